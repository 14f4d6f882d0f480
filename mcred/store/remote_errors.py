"""User-facing errors for an unreachable remote or a rejected push, one for each cause.

Pure: stderr of git and ssh in, McredError out. Order matters, because ssh prints "make sure you have the
correct access rights" whatever the cause. Secrets are removed from everything quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from shlex import quote
from urllib.parse import unquote

from mcred.problems import Exit, McredError
from mcred.store.address import local_path, redact
from mcred.store.os_errors import AGAIN, explain_git, find_owned, own_words, pick_words, without_noise

CHANGED_FIRST = "someone else changed it first"
"""The reason when another user pushed first."""

NOT_STORED = "the server could not store it"
"""How the reason begins where the disk there is full, or something there may not be written."""

FIX_TAKES = "mcred doctor --fix removes"
"""Is part of the reason where a lock is left in a shared folder."""

_CAUSES: tuple[tuple[str, str, str, Exit], ...] = (
    (
        r"host key verification failed|remote host identification has changed|no \S+ host key is known",
        "this computer does not know the host {url}, or the host is not the same as before",
        "ask the program's maintainer for its address, "
        "connect to it once with ssh and compare the fingerprint, " + AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"could not resolve host(?!.*proxy)|name or service not known|nodename nor servname|"
        r"no address associated",
        "the host of {url} cannot be found",
        "check your internet connection and the spelling of the address, " + AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"permission denied \((?:publickey|password|keyboard|gssapi)|authentication failed|"
        r"could not read (?:username|password)|terminal prompts disabled|invalid (?:username|credentials)|"
        r"error: 401|http basic: access denied|too many authentication failures",
        "the sign-in at {url} was refused",
        "mcred setup   (it helps you sign in), " + AGAIN,
        Exit.SIGN_IN,
    ),
    (
        r"could not resolve proxy|from proxy|proxy connect|proxy tunnel",
        "this network's proxy does not let you through to {url} ({said})",
        "ask the person who manages the network for the proxy settings, " + AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"certificate|no alternative certificate|self.signed|schannel: next",
        "this computer cannot trust the certificate of {url} ({said})",
        "check this computer's date, or ask the person who manages the host, " + AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"\bssh: (?:command )?not found|cannot run \S*ssh|unable to find remote helper|"
        r"'remote-\w+' is not a git command",
        "the program that talks to {url} is not installed on this computer ({said})",
        "install OpenSSH (for addresses like git@host), or reinstall git, " + AGAIN,
        Exit.UNREACHABLE,
    ),
    (
        r"error: 403|permission to \S+ denied|not allowed to push|protected branch|write access|"
        r"insufficient permission|unable to create temporary object directory|"
        r"you are not allowed|pre-receive hook declined|deploy key",
        "you may read {url}, but you may not write there",
        "ask the program's maintainer to give you access, " + AGAIN,
        Exit.NOT_ALLOWED,
    ),
    (
        r"repository (?:'[^']*' )?not found|does not appear to be a git repository|error: 404|"
        r"project you were looking for could not be found|"
        r"repository '[^']*' does not exist",
        "there is no program at {url}",
        "check the address with the program's maintainer, then: mcred join URL",
        Exit.UNREACHABLE,
    ),
    (
        r"network is unreachable|timed out|connection refused|failed to connect|couldn't connect|"
        r"no route to host|connection (?:was )?reset|closed by remote|hung up|early eof|rpc failed|"
        r"broken pipe|operation too slow|software caused connection abort|ssl_|ssl connect|"
        r"error: (?:429|5\d\d)",
        "the network, or the host of {url}, is not responding",
        "your work is saved on this computer; when you are back online, type the same command again",
        Exit.UNREACHABLE,
    ),
)


def gone_away(url: str) -> McredError:
    """The error for a remote that answers and does not have the programme any more."""
    return McredError(
        f"the program is not at {redact(url)} any more: it was emptied, or created again",
        hint="tell the program's maintainer; your work is saved on this computer",
        code=Exit.UNREACHABLE,
    )


def explain_unreachable(stderr: str, url: str) -> McredError:
    """The error to raise when git could not reach the remote."""
    shown = redact(url)
    owned = find_owned(stderr)
    if owned is not None and local_path(url) is None:
        return McredError(
            f"at {shown}: {owned} belongs to another user of that computer, and git there does not trust it",
            hint="ask whoever looks after that computer to type there: "
            f"git config --system --add safe.directory {quote(owned)}",
            code=Exit.UNREACHABLE,
        )
    # git at the other side names its own settings from the folder that it works in.
    stderr = re.sub(r"(?<=in file )(?:\./)?config$", f"{local_path(url) or shown}/config", stderr, flags=re.M)
    here = explain_git(own_words(stderr))
    if here is not None:
        # Unreachable too; commands that work offline go on.
        return McredError(here.what, hint=here.hint, code=Exit.UNREACHABLE)
    if (asked := _rewritten(stderr, url)) is not None:
        what = f"there is no program at {redact(asked)}, which is what your git settings make of {shown}"
        hint = f"git config --get-regexp insteadof   (shows the setting; correct it, {AGAIN})"
        return McredError(what, hint=hint, code=Exit.UNREACHABLE)
    telling = without_noise(stderr)
    for pattern, what, hint, code in _CAUSES:
        if re.search(pattern, telling if telling.strip() else stderr, re.IGNORECASE):
            return McredError(what.format(url=shown, said=pick_words(stderr)), hint=hint, code=code)
    there = explain_git(telling)
    what = f"at {shown}: {there.what}" if there else f"{shown} could not be reached ({pick_words(stderr)})"
    hint = "your work is saved on this computer; type the same command again"
    return McredError(what, hint=hint, code=Exit.UNREACHABLE)


def _rewritten(stderr: str, url: str) -> str | None:
    """The address that git asked instead of the programme's, by `url.….insteadOf`, where there is nothing."""
    said = re.search(r"'([^']+)' (?:does not appear to be a git repository|not found|does not exist)", stderr)
    asked = said[1].rstrip("/") if said else ""
    return asked if asked and "/" in url and not any(asked in one for one in (url, unquote(url))) else None


def _read_words(heard: str) -> Mapping[str, str]:
    """Ref → reason from the programme's pre-receive check, lines `remote: mcred: REF: WHY [CODE]`.

    Under the empty name: a message about no ref, such as that the check does not start.
    """
    words: dict[str, str] = {}
    for ref, why in re.findall(r"^remote: mcred: (?:(refs/\S+): )?(.*?)\s*$", heard, re.M):
        words[ref] = f"{words[ref]}; {why}" if ref in words else why
    return words


def read_codes(reasons: Iterable[str]) -> frozenset[str]:
    """The codes that the programme's check gave with its reasons.

    >>> sorted(read_codes(["refused: main is newer [request-old]; it is not yours [not-allowed]"]))
    ['not-allowed', 'request-old']
    """
    return frozenset(code for why in reasons for code in re.findall(r"\[([a-z]+(?:-[a-z]+)+)\]", why))


def read_reasons(porcelain: str, heard: str, *, is_folder: bool = False) -> Mapping[str, str]:
    """Rejected ref → reason, from the porcelain lines `!<TAB>from:to<TAB>[kind] (reason)`.

    `heard`: stderr, with messages of the remote's git and its check about single refs. `is_folder`: whether
    the remote is a folder of this computer.
    """
    reasons: dict[str, str] = {}
    words = _read_words(heard)
    for line in porcelain.split("\n"):
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        if flag != "!":
            continue
        ref = names.partition(":")[2]
        why = summary.partition("(")[2].rpartition(")")[0]
        if any(word in summary for word in ("fetch first", "non-fast-forward")):
            reasons[ref] = CHANGED_FIRST
        elif "cannot lock" in why or "failed to update" in why:
            reasons[ref] = _why_not_updated(ref, heard, is_folder=is_folder)
        elif "unpacker error" in why:
            reasons[ref] = f"{NOT_STORED}: {pick_words(heard)}"
        elif "hook declined" in why:
            said = words.get(ref) or words.get("", "")
            reasons[ref] = f"the program's own check rejected it{f': {said}' if said else ''}"
        else:
            said = pick_words(heard) if "missing necessary" in why else why or summary
            reasons[ref] = f"rejected by the server: {said}"
    return reasons


def _why_not_updated(ref: str, heard: str, *, is_folder: bool) -> str:
    """Why the remote did not update a ref: its git's message, unless that says that the ref moved first."""
    said = re.search(rf"cannot lock ref '{re.escape(ref)}': (.*?)\.?\s*$", heard, re.M)
    if said is None or re.match(r"is at [0-9a-f]+ but expected|reference already exists", said[1]):
        return CHANGED_FIRST
    if there := re.match(r"'refs/heads/(.+?)' exists; cannot create", said[1]):
        return f"a branch named {there[1]} is in the way there ({said[1]})"
    if "File exists" in said[1]:
        # A lock of a command that was killed, or that runs for more than some seconds.
        who = FIX_TAKES if is_folder else "the server's administrator removes"
        return f"a lock is in the way there, which {who} when it is old ({said[1]})"
    return f"{NOT_STORED}: {said[1]}"
