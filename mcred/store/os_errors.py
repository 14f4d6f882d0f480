"""User-facing errors for failures of the operating system or git, from an OSError or git's stderr.

Pure: values in, McredError out. None of these is a bug in mcred; the reason is quoted, never guessed.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from shlex import quote

from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.address import redact

_NO_PROGRAM = (errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.ENOEXEC)
AGAIN = "then type the same command again"
_ROOM = f"make room on the disk, {AGAIN}"
_HELD = f"close that program, or wait until a virus scanner or a sync program lets go of it, {AGAIN}"
_IN_USE = ("another program is using it", _HELD)
_RIGHTS = "mcred doctor   (it lists what your account may not read or write)"
DAMAGED = "mcred doctor   (your own files are not affected; mcred join ADDRESS creates a fresh folder)"

WHOLE_COPY: Hint = next_step("join", "ADDRESS", note="into a new folder: it downloads the complete history")
_MISSING = re.compile(
    r"(?:Could not read |unable to read tree \(?|bad tree object |missing \w+ object '|could not fetch |"
    r"Failed to traverse parents of commit )([0-9a-f]{40,64})"
)

_NOISE = re.compile(
    r"could not read from remote repository|remote end hung up|please make sure you have the correct|"
    r"^and the repository exists|failed to push some refs|early eof|did not send all necessary|"
    r"unpack-objects |index-pack (?:failed|abnormal)|to add an exception for|git config --global --add|"
    r"another git process seems|an editor opened by|are terminated then try|may have crashed|"
    r"remove the file manually|^hint:|disconnecting$",
    re.IGNORECASE,
)

_TOO_LONG = ("a name is too long", f"give it a shorter name or move it higher up, {AGAIN}")
_OS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("ENOSPC",), "the disk is full", _ROOM),
    (("EDQUOT",), "your share of the disk is full", _ROOM),
    (("EFBIG",), "the file is larger than this disk allows", f"make it smaller, {AGAIN}"),
    (("EROFS",), "the disk is read-only", f"make it writable, or work on another one, {AGAIN}"),
    (("EACCES", "EPERM"), "your account does not have permission to do this", _RIGHTS),
    (("EBUSY", "ETXTBSY"), *_IN_USE),
    (("EMFILE", "ENFILE"), "too many files are open", f"close other programs, {AGAIN}"),
    (("ENOMEM",), "there is not enough memory", f"close other programs, {AGAIN}"),
    (("ENAMETOOLONG",), *_TOO_LONG),
    (("ENOENT",), "something is missing", f"put it back, {AGAIN}"),
    (("ENOTDIR", "EEXIST"), "there is a file where a folder has to be", f"move the file away, {AGAIN}"),
    (("EISDIR",), "there is a folder where a file has to be", f"move the folder away, {AGAIN}"),
    (
        ("EIO", "ESTALE", "ENXIO"),
        "the disk is not responding properly",
        "copy your work to another disk first",
    ),
)
"""Names of errno, what that means, what helps. Not every system has every name."""
_LONGEST = 260
"""From how many characters on Windows finds no path, where its long paths are not turned on."""
_OPEN = (
    "another program has the file open, or your account may not do this",
    f"close the programs that show it, {AGAIN}",
)
_WINDOWS: Mapping[int, tuple[str, str]] = {
    5: _OPEN,
    32: _IN_USE,
    33: _IN_USE,
    123: ("Windows takes no such name", f"give it another name, {AGAIN}"),
    206: _TOO_LONG,
}
"""Windows' own codes, which errno tells apart less well: what they mean, what helps."""

_GIT: tuple[tuple[str, str, str], ...] = (
    (r"no space left on device|out of disk ?space|not enough space on the disk", "the disk is full", _ROOM),
    (r"disk quota exceeded", "your share of the disk is full", _ROOM),
    (r"read-only file ?system", "the disk is read-only", f"make it writable, {AGAIN}"),
    (
        r"unable to create '[^\n]*\.lock': file exists|could not lock config file [^\n]*: file exists",
        "another command is running here, or one was interrupted",
        "wait a moment and type the same command again; if that does not help: mcred doctor --fix",
    ),
    (
        r"permission denied(?! \(|,)|operation not permitted|access is denied|insufficient permission",
        "your account does not have permission to do this",
        _RIGHTS,
    ),
    (
        r"bad (?:\w+ )?config |bad config|could not expand include path|exceeded maximum include depth|"
        r"reading the configuration files|unable to access '[^']*config'|invalid value for '|"
        r"malformed value for|bad default |unable to parse config",
        "the settings of git on this computer cannot be read",
        "mcred doctor   (it checks each of these files)",
    ),
    (
        r"unknown repository extension|expected git repo version|is not a git command|unknown option|"
        r"xcrun: error|xcode license|loading shared libraries",
        "git on this computer is too old or not completely installed",
        f"install git from https://git-scm.com/downloads, {AGAIN}",
    ),
    (
        r"(?:corrupt|is empty|inflate: )|bad object |missing object |bad tree object|unable to read |"
        r"bad signature|bad index file|unknown index entry|(?:unexpected|unterminated) line in|"
        r"malformed header in|unable to resolve reference|"
        r"could not parse|unable to normalize alternate|invalid gitfile|reference broken|broken ref|"
        r"unable to parse|unable to unpack|unable to stream|invalid object type|"
        r"failed to read object|missing blob|missing tree|missing necessary objects|index file open failed",
        "what mcred stores in this folder is damaged",
        DAMAGED,
    ),
    (
        r"too many open files|cannot allocate memory|out of memory|malloc failed|cannot fork|"
        r"resource temporarily unavailable|unable to create thread",
        "this computer cannot run more programs at the moment",
        f"close other programs, {AGAIN}",
    ),
    (r"file ?name too long", *_TOO_LONG),
    (
        r"input/output error|stale (?:nfs )?file handle|transport endpoint|host is down",
        "the disk is not responding properly",
        "copy your work to another disk first",
    ),
    (
        r"write error|write failure|"
        r"(?:unable|could not|couldn't|failed|cannot) (?:to )?(?:write|store|create|open) ",
        "something could not be written here",
        "mcred doctor   (it checks the disk and what your account may write)",
    ),
    (
        r"not a git repository",
        "this is no longer a program's folder",
        "mcred join ADDRESS   (into a new folder; your own files stay where they are)",
    ),
)
"""What git writes, what that means, what helps."""


def explain_no_git(error: OSError) -> McredError:
    """The error for a git program that did not start."""
    if error.filename not in ("git", None) or error.errno not in _NO_PROGRAM:
        return explain_os_error(error)
    missing = error.errno == errno.ENOENT
    why = "is not installed on this computer" if missing else f"does not start ({error.strerror})"
    return McredError(f"git {why}", hint=f"install it from https://git-scm.com/downloads, {AGAIN}")


def explain_os_error(error: OSError) -> McredError:
    """The error for an OSError that no command handled."""
    names = {getattr(errno, name): row for row in _OS for name in row[0] if hasattr(errno, name)}
    if (of_windows := _WINDOWS.get(getattr(error, "winerror", None) or 0)) is not None:
        names = {error.errno: ((), *of_windows)}
    elif error.errno == errno.ENOENT and len(str(error.filename or "")) >= _LONGEST:
        names = {error.errno: ((), *_TOO_LONG)}
    said = error.strerror or str(error) or type(error).__name__
    where = f"{error.filename}: " if error.filename is not None else ""
    quoted = redact(f"{where}{said}")
    if error.errno not in names:
        return McredError(f"the system refused: {quoted}", hint=f"mcred doctor   ({AGAIN})")
    _, what, hint = names[error.errno]
    return McredError(f"{what} ({quoted})", hint=hint)


def explain_git(stderr: str) -> McredError | None:
    """The error for a local cause in git's stderr; None when it names none."""
    told = pick_words(stderr)
    lines = stderr.splitlines()
    stderr = "\n".join([line for line in lines if not line.startswith("warning: ")] or lines)
    if (owned := find_owned(stderr)) is not None:
        return McredError(
            f"{owned} belongs to another user of this computer",
            hint=f"git config --global --add safe.directory {quote(owned)}",
        )
    if line := re.search(r"bad config line (\d+) in file (.+)", stderr):
        return McredError(
            f"the settings of git in {line[2]} cannot be read ({told})",
            hint=f"fix line {line[1]} of {line[2]} in a text editor, {AGAIN}",
        )
    if key := re.search(r"config value '[^'\n]*' for '([A-Za-z][\w.-]*)': ", stderr):
        return McredError(
            f"the settings of git on this computer cannot be read ({told})",
            hint=f"git config --global --edit   (correct {key[1]} there, {AGAIN})",
        )
    if there := re.search(r"'refs/heads/([^']+)' exists; cannot create '", stderr):
        return McredError(f"{there[1]} is in the way ({told})", hint=rename_hint(there[1]))
    if (gone := _MISSING.search(stderr)) and not re.search("corrupt|inflate|unpack|is empty", stderr):
        return missing(gone[1])
    for pattern, what, hint in _GIT:
        if re.search(pattern, stderr, re.IGNORECASE):
            code = Exit.UNREACHABLE if hint == DAMAGED else Exit.REFUSED
            return McredError(f"{what} ({told})", hint=hint, code=code)
    return None


def find_owned(stderr: str) -> str | None:
    """The folder that git does not use because another user owns it; None where it says no such thing."""
    found = re.search(r"dubious ownership in repository at '(.*)'", stderr)
    return found[1] if found else None


def missing(name: str) -> McredError:
    """The error for an object of the history that is not stored locally."""
    what = f"part of the history is missing on this computer ({name[:12]})"
    return McredError(what, hint=WHOLE_COPY, code=Exit.UNREACHABLE)


def altered(name: str) -> McredError:
    """The error for an object whose bytes do not give its name."""
    what = f"a part of the history on this computer is not what its name says ({name[:12]})"
    return McredError(what, hint=WHOLE_COPY, code=Exit.UNREACHABLE)


def rename_hint(name: str) -> str:
    """A hint for renaming a branch whose name mcred needs."""
    return f"git branch -m {name} old-{name.replace('/', '-')}   ({AGAIN})"


def pick_words(stderr: str) -> str:
    """The first line of git's errors that gives a reason."""
    lines = [line.strip() for line in redact(stderr).splitlines() if line.strip()]
    telling = [line for line in lines if not _NOISE.search(line)]
    errors = [
        line for line in telling if re.match(r"(?:remote: )?(?:fatal|error|ssh)\b", line, re.IGNORECASE)
    ]
    chosen = (errors[:1] or telling[-1:] or lines[-1:] or ["no message"])[0]
    return re.sub(r"^(?:remote: )?(?:fatal: |error: )?", "", chosen)[:300].rstrip(".")


def without_noise(stderr: str) -> str:
    """git's stderr without the lines it prints whatever the cause."""
    return "\n".join(line for line in stderr.splitlines() if not _NOISE.search(line.strip()))


def own_words(stderr: str) -> str:
    """The local git's own lines of stderr: none of the remote's, of ssh or of the network."""
    return "\n".join(
        line
        for line in stderr.splitlines()
        if re.match(r"(?:fatal|error|warning): ", line) and not re.search(r"://|\bssh\b", line)
    )
