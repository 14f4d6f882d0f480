"""Stale locks and foreign files in the git directory, and moving them away.

Programs that synchronise folders put their own files there (desktop.ini, "main (1)"), and git then neither
fetches nor pushes. Only locks are ever deleted: all else moves to mcred's private folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mcred.retries import retry
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
MOVED = "moved-away"
"""The folder for moved files, below mcred's private folder."""


def find_locks(git_dir: Path, now: float, age: float) -> tuple[Path, ...]:
    """git's lock files of at least `age` seconds at `now` (a Unix time); none while git is seen running
    there.

    One dated as much later was left when a clock was wrong, and would never grow old.
    """
    close_readers()  # one of ours would count as a running git
    if _git_is_at_work(git_dir):
        return ()
    found = [*git_dir.glob("*.lock"), *_files(git_dir / "refs"), *(git_dir / "objects").rglob("*.lock")]
    return tuple(sorted(p for p in found if p.name.endswith(".lock") and _is_old(p, now, age)))


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


def _git_is_at_work(git_dir: Path) -> bool:
    """Whether a git process has its working directory in this repository (known on Linux only)."""
    tops = (git_dir, git_dir.parent) if git_dir.name == ".git" else (git_dir,)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text("ascii", "replace").startswith("git"):
                here = (process / "cwd").readlink()
                if any(here.is_relative_to(top) for top in tops):
                    return True
        except OSError:
            continue
    return False
