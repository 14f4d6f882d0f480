"""Why the shared copy could not be reached, from what git and ssh said: five different messages.

Pure: text in, McredError out. Order matters, because ssh says "make sure you have the correct access
rights" whatever the cause. Everything quoted has its secrets removed.
"""

from __future__ import annotations

import re

from mcred.problems import Exit, McredError
from mcred.store.address import redact

_AGAIN = "then type the same command again"

_CAUSES: tuple[tuple[str, str, str, Exit], ...] = (
    (
        r"host key verification failed|remote host identification has changed|no \S+ host key is known",
        "this computer does not know the host {url}, or the host is not the one it was",
        "ask the programme's maintainer for its address, "
        "connect to it once with ssh and compare the fingerprint, " + _AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"could not resolve host|name or service not known|nodename nor servname|no address associated",
        "the host of {url} cannot be found",
        "check the network and the spelling of the address, " + _AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"permission denied \((?:publickey|password|keyboard|gssapi)|authentication failed|"
        r"could not read (?:username|password)|terminal prompts disabled|invalid (?:username|credentials)|"
        r"error: 401|http basic: access denied|too many authentication failures",
        "the sign-in at {url} was refused",
        "mcred setup   (it helps you sign in), " + _AGAIN,
        Exit.SIGN_IN,
    ),
    (
        r"error: 403|permission to \S+ denied|not allowed to push|protected branch|write access|"
        r"insufficient permission|read-only file system|unable to create temporary object directory|"
        r"you are not allowed|pre-receive hook declined|deploy key",
        "you may read {url}, but not write there",
        "ask the programme's maintainer to give you access, " + _AGAIN,
        Exit.NOT_ALLOWED,
    ),
    (
        r"repository (?:'[^']*' )?not found|does not appear to be a git repository|error: 404|"
        r"project you were looking for could not be found|no such file or directory|"
        r"repository '[^']*' does not exist",
        "there is no programme at {url}",
        "check the address with the programme's maintainer, then: mcred join URL",
        Exit.UNREACHABLE,
    ),
    (
        r"network is unreachable|timed out|connection refused|failed to connect|couldn't connect|"
        r"no route to host|connection (?:was )?reset|closed by remote|hung up|early eof|rpc failed|"
        r"broken pipe|operation too slow|software caused connection abort|ssl",
        "the network, or the host of {url}, does not answer",
        "your work is kept on this computer; when the network is back, type the same command again",
        Exit.UNREACHABLE,
    ),
)


def explain_unreachable(stderr: str, url: str) -> McredError:
    """The error to raise when git could not talk to the shared copy."""
    shown = redact(url)
    for pattern, what, hint, code in _CAUSES:
        if re.search(pattern, stderr, re.IGNORECASE):
            return McredError(what.format(url=shown), hint=hint, code=code)
    said = [line.strip() for line in redact(stderr).splitlines() if line.strip()]
    quoted = f" ({said[-1].removeprefix('fatal: ')[:200]})" if said else ""
    return McredError(
        f"{shown} could not be reached{quoted}",
        hint="your work is kept on this computer; type the same command again",
        code=Exit.UNREACHABLE,
    )
