"""Finding the repository around a folder, where it is a plain one of this user's."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from mcred.store.files.settings import parse_settings

_HEAD = re.compile(rb"ref: refs/heads/[^\x00-\x20\x7f]+\n|[0-9a-f]{40}\n")
_PARTS = ("HEAD", "objects", "refs")
"""What a git directory has."""


def is_git_dir(place: Path) -> bool:
    """Whether a folder is itself a bare repository."""
    return place.name != ".git" and all(
        (place / name).exists() for name in ("HEAD", "objects", "refs", "config")
    )


def is_own(place: Path) -> bool:
    """Whether a folder belongs to this user, as far as the system knows owners."""
    return not hasattr(os, "geteuid") or place.stat().st_uid == os.geteuid()


def find_plain(start: Path) -> tuple[Path, Path] | None:
    """The work tree around a folder, and its git directory. None where only git can tell.

    That is: no repository, a bare one, one of another user or on another disk, a linked work tree, one with
    settings that say where its files are.
    """
    if not hasattr(os, "geteuid"):
        return None
    try:
        here = start.resolve(strict=True)
        disk = here.stat().st_dev
        for place in (here, *here.parents):
            info = place.stat()
            if info.st_dev != disk or all((place / name).exists() for name in _PARTS):
                return None
            git_dir = place / ".git"
            if os.path.lexists(git_dir):
                return (place, git_dir) if _is_plain(info, git_dir) else None
    except (OSError, RuntimeError):
        pass
    return None


def _is_plain(work_tree: os.stat_result, git_dir: Path) -> bool:
    info = git_dir.lstat()
    if not stat.S_ISDIR(info.st_mode) or {work_tree.st_uid, info.st_uid} != {os.geteuid()}:
        return False
    if not all((git_dir / name).is_dir() for name in _PARTS[1:]) or (git_dir / "commondir").exists():
        return False
    head, settings = git_dir / "HEAD", parse_settings(git_dir / "config")
    if head.is_symlink() or not _HEAD.fullmatch(head.read_bytes()) or settings is None:
        return False
    odd = any(key.startswith("extensions.") or key == "core.worktree" for key in settings)
    said = settings.get("core.repositoryformatversion"), settings.get("core.bare", "false")
    return not odd and said == ("0", "false")
