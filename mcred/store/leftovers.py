"""Stale locks, unfinished files and foreign files in the git directory, and taking them away.

Programs that synchronise folders put their own files there (desktop.ini, "main (1)"), and git then neither
fetches nor pushes. Only locks and what mcred itself did not finish are deleted: all else moves to mcred's
private folder.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from mcred.domain.layout import MAIN
from mcred.problems import Exit, McredError, next_step
from mcred.retries import retry
from mcred.store.atomic import PART_PREFIX, write_whole
from mcred.store.session import close_readers

_FOREIGN = re.compile(
    r"desktop\.ini|thumbs\.db|\.ds_store|icon\r|\._.*|~\$.*|\.~lock\..*|\.dropbox.*|.*\.tmp\.drive\w+|"
    r".* \(\d+\)(?:\.\w+)?|.* copy(?: \d+)?(?:\.\w+)?|.*conflicted copy.*|"
    r".*\.sync-conflict-.*|.*-conflict-\d.*",
    re.IGNORECASE,
)
"""File names of Drive, OneDrive, Dropbox, iCloud, Syncthing, Nextcloud, Finder, Explorer and editors."""
_BAD_REF = re.compile(r"(?:^|/)\.|\.\.|[\x00-\x20\x7f~^:?*\[\\]|\.lock$|\.$|@\{")
_POINTS = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64}|ref: refs/[^\n]+)\s*")
WRITING, LAYING = "writing-", "tree-"
"""How the names of folders begin where something is written before git stores it."""
MOVED = "moved-away"
"""The folder for moved files, below mcred's private folder."""
LOCK_AGE = 600.0
"""Seconds after which a lock is stale: git keeps one for a moment only."""
_GC = "gc.pid"
_LONG = ("index.lock", _GC)
"""What git may hold for as long as a person writes a message, or a large repository is packed."""
_AT_ONCE = 30.0
"""The same in a folder of this computer, where no git is at work."""
_CAN_SEE = Path("/proc/self/cwd").exists()
"""Whether this system tells where programs are at work."""


def find_locks(git_dir: Path, now: float, age: float) -> tuple[Path, ...]:
    """git's lock files of at least `age` seconds at `now` (a Unix time); none while git is seen running
    there.

    One dated as much later was left when a clock was wrong, and would never grow old.
    """
    found = sorted(
        lock
        for lock in (*_locks(git_dir), *_log_locks(git_dir))
        if lock.name != _GC and _is_old(lock, now, age)
    )
    return tuple(found) if found and _is_idle(git_dir) else ()


def _locks(git_dir: Path) -> Iterator[Path]:
    """Those that can stop a command; one below `logs` only stops git from shortening a log."""
    folders = (git_dir, git_dir / "objects", git_dir / "objects/info", git_dir / "objects/info/commit-graphs")
    yield from (lock for folder in folders for lock in folder.glob("*.lock"))
    # No locks by name: git makes the one only where there is none, and collects nothing beside the other.
    yield from (path for name in ("packed-refs.new", _GC) for path in git_dir.glob(name))
    yield from (path for path in _files(git_dir / "refs") if path.name.endswith(".lock"))


def _log_locks(git_dir: Path) -> Iterator[Path]:
    yield from (path for path in _files(git_dir / "logs") if path.name.endswith(".lock"))


def find_lost(start: Path) -> tuple[Path, ...]:
    """HEAD or refs where they are missing in the nearest git directory from `start` upward: sync programs
    leave out empty folders, and a crash leaves an empty file. Nothing where git's objects are gone too.
    """
    for top in (start, *start.parents):
        for git_dir in (top / ".git", top):
            if (git_dir / "objects").is_dir() and (git_dir / "config").is_file():
                head, refs = git_dir / "HEAD", git_dir / "refs"
                is_headless = not head.is_file() or not head.read_bytes().strip(b"\0\r\n ")
                return (*([head] if is_headless else ()), *(() if refs.exists() else [refs]))
    return ()


def explain_lost(start: Path) -> McredError | None:
    """The error for what `find_lost` finds."""
    if not (lost := find_lost(start)):
        return None
    fix = next_step("doctor", "--fix")
    what = f"a sync program left out {' and '.join(map(str, lost))}, or a crash did; {fix} writes it again"
    return McredError(what, hint=fix, code=Exit.UNREACHABLE)


def restore_lost(start: Path) -> tuple[Path, ...]:
    """Write again what `find_lost` finds; returns it. Refs that were stored in there come from the remote."""
    lost = find_lost(start)
    for path in lost:
        if path.name == "HEAD":
            write_whole(path, f"ref: {MAIN}\n".encode())
        else:
            (path / "heads").mkdir(parents=True)
    return lost


def clear_foreign(git_dir: Path, state_dir: Path) -> bool:
    """Move files of other programs out of the git directory; whether there were any that could be moved."""
    found = find_foreign(git_dir)
    with suppress(OSError):
        if found:
            move_away(git_dir, state_dir, found)
        return bool(found)
    return False


def clear_log_locks(git_dir: Path) -> None:
    """Delete stale locks of git's logs. What cannot be deleted stays."""
    with suppress(OSError):
        age = _AT_ONCE if _CAN_SEE else LOCK_AGE
        _delete(_old([*_log_locks(git_dir)], git_dir, age), git_dir)


def clear_dead(git_dir: Path, state_dir: Path, shared: Path | None) -> None:
    """Delete what killed commands left: stale locks of a repository and of a folder that is its remote, and
    what mcred was writing in its private folder.

    What cannot be deleted stays for the next call. A user's own git may hold some for long, so where the
    system does not tell whether it runs, these stay.
    """
    with suppress(OSError):
        locks = [k for k in _locks(git_dir) if _CAN_SEE or k.name not in _LONG]
        _delete(_old(locks, state_dir, _AT_ONCE if _CAN_SEE else LOCK_AGE), git_dir)
    if shared is not None:
        with suppress(OSError):
            locks = [k for k in _locks(shared) if k.name not in _LONG]
            _delete(_old(locks, shared, LOCK_AGE), shared)
    with suppress(OSError):
        for path in _old([*_unfinished(state_dir)], state_dir, LOCK_AGE):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _delete(locks: Sequence[Path], git_dir: Path) -> None:
    for lock in locks if locks and _is_idle(git_dir) else ():
        lock.unlink(missing_ok=True)


def _unfinished(state_dir: Path) -> Iterator[Path]:
    """What commands are writing in mcred's private folder, or were when they were killed."""
    for kind in (f"{WRITING}*", f"{LAYING}*", f"{PART_PREFIX}*"):
        yield from state_dir.glob(kind)


def _old(paths: Sequence[Path], place: Path, age: float) -> Sequence[Path]:
    """Those that nothing was written to for some seconds, by the clock of the disk they lie on."""
    if not paths:
        return ()
    with tempfile.TemporaryFile(dir=place) as made:
        now = os.fstat(made.fileno()).st_mtime
    return [path for path in paths if all(_is_old(p, now, age) for p in (path, *path.rglob("*")))]


def find_foreign(git_dir: Path) -> tuple[Path, ...]:
    """Files of other programs in the git directory: by name anywhere, below `refs` by content too."""
    refs = git_dir / "refs"
    found = [p for p in _files(git_dir) if _FOREIGN.fullmatch(p.name) and not _is_ref_file(p, refs)]
    broken = [p for p in _files(refs) if not p.name.endswith(".lock") and not _is_ref_file(p, refs)]
    return tuple(sorted({*found, *broken}))


def move_away(git_dir: Path, state_dir: Path, files: tuple[Path, ...]) -> None:
    """Move files to mcred's private folder under their own names, numbered rather than overwritten."""
    for path in files:
        target = state_dir / MOVED / path.relative_to(git_dir)
        for folder in reversed(target.relative_to(state_dir).parents[:-1]):
            _make_like(state_dir / folder)
        count = 1
        while target.exists():
            count += 1
            target = target.with_name(f"{path.name}.{count}")
        retry(partial(path.replace, target))


def _make_like(folder: Path) -> None:
    """Make a folder with the permissions of the one around it, whatever this user's umask."""
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o7777)


def _is_ref_file(path: Path, refs: Path) -> bool:
    """Whether git can read a file as one of its refs."""
    if not path.is_relative_to(refs) or _BAD_REF.search(path.relative_to(refs).as_posix()):
        return False
    try:
        with path.open("rb") as file:
            return bool(_POINTS.fullmatch(file.read(1000)))
    except OSError:
        return True  # its owner may be able to read it: not foreign


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder except mcred's own; what cannot be listed is left out."""
    for base, folders, names in os.walk(folder):
        if "mcred" in folders and (Path(base) / "HEAD").exists():
            folders.remove("mcred")
        yield from (Path(base) / name for name in names)


def _is_old(path: Path, now: float, age: float) -> bool:
    try:
        return abs(now - path.stat().st_mtime) >= age
    except OSError:
        return False


def _is_idle(git_dir: Path) -> bool:
    """Whether no git process has its working directory in this repository, as far as the system tells."""
    close_readers()  # one of ours would count
    tops = (git_dir, git_dir.parent) if git_dir.name == ".git" else (git_dir,)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text("ascii", "replace").startswith("git"):
                here = (process / "cwd").readlink()
                if any(here.is_relative_to(top) for top in tops):
                    return False
        except OSError:
            continue
    return True
