"""A group-shared bare repository: permissions, pre-receive hook, and pinned settings.

git at the receiving end runs as the pushing user and reads that user's configuration too; the repository's
own settings override it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mcred.problems import Exit, McredError
from mcred.store.atomic import write_whole
from mcred.store.config import write_config
from mcred.store.files.objects import ObjectFiles
from mcred.store.files.refs import read_ref_files
from mcred.store.files.settings import parse_settings
from mcred.store.git import Repo, attempt, is_git_dir, is_own, own_settings
from mcred.store.leftovers import LAYING
from mcred.store.options import LEAN
from mcred.store.os_errors import AGAIN

PINNED: Mapping[str, str] = {
    # Relative, so that it also works where the folder is mounted under another name.
    "core.hooksPath": "hooks",
    "core.logAllRefUpdates": "false",
    # The hook holds each ref to its own rule: work and what is shown may be rewritten, a ref may be deleted
    # whose commits main has, and nothing else.
    "receive.denyDeletes": "false",
    "receive.denyNonFastForwards": "false",
    "receive.fsckObjects": "false",
    "receive.hideRefs": "!refs",
    "receive.maxInputSize": "0",
    "receive.shallowUpdate": "false",
    "receive.autogc": "true",
    "uploadpack.hideRefs": "!refs",
    "gc.auto": "6700",
    "gc.pruneExpire": "2.weeks.ago",
}
"""git's defaults, except the first: the pushing user may have set others."""


HOOK_FORM = "(form 3)"
"""The marker of a current hook's text."""


def share(repo: Repo, hook: str) -> None:
    """Let a bare repository's group push to it, with `hook` as its pre-receive hook.

    Raises McredError when it belongs to another user. Idempotent.
    """
    try:
        _install_hook(repo, hook)
        for key, value in {**PINNED, **LEAN}.items():
            write_config(repo, key, value)
        if not _shared_with(repo):
            write_config(repo, "core.sharedRepository", "group")
        _open_to_group(repo.git_dir)
    except PermissionError as error:
        raise McredError(
            f"{repo.git_dir} belongs to {owner_of(repo.git_dir)}, so you cannot set it up ({error.strerror})",
            hint="ask its owner to type the same command",
            code=Exit.NOT_ALLOWED,
        ) from error


def find_faults(repo: Repo) -> tuple[str, ...]:
    """What `share` would fix in a repository that has or had mcred's hook, as messages; else nothing."""
    hook = repo.git_dir / "hooks" / "pre-receive"
    text = hook.read_bytes().decode("utf-8", "replace") if hook.is_file() else ""
    if "mcred" not in text and _own(repo, "core.hooksPath") is None:
        return ()
    found = []
    # Windows has no such right, and starts every hook.
    may_start = hook.is_file() and (not hasattr(os, "chown") or hook.stat().st_mode & stat.S_IXGRP)
    if HOOK_FORM not in text or "\r" in text or not may_start:
        found.append("the check of what arrives is missing, damaged, or from an older mcred")
    if wrong := [key for key, value in PINNED.items() if _own(repo, key) != value]:
        found.append(f"a sender's own settings can change what is accepted ({', '.join(wrong[:3])})")
    if any(_own(repo, key) != value for key, value in LEAN.items()):
        found.append(f"git takes more memory there than it has to ({', '.join(LEAN)})")
    if not (_shared_with(repo) and _is_open_to_group(repo.git_dir)):
        found.append("others in its group cannot send to it")
    return tuple(found)


def is_read_only(place: Path) -> bool:
    """Whether the disk of a folder can only be read."""
    return hasattr(os, "statvfs") and bool(os.statvfs(place).f_flag & os.ST_RDONLY)


def explain_rights(place: Path, *, writing: bool = False) -> McredError | None:
    """The error when this user lacks permission for a repository's folder; None otherwise."""
    may = "use"
    try:
        list((place / "refs").iterdir())
        for name in ("HEAD", "config"):
            (place / name).read_bytes()
        if not writing or all(os.access(place / name, os.W_OK) for name in ("objects", "refs")):
            return None
        if is_read_only(place):
            return McredError(
                f"the disk of {place} is read-only",
                hint=f"make it writable, {AGAIN}",
                code=Exit.UNREACHABLE,
            )
        may = "write to"
    except PermissionError:
        pass
    except OSError:
        return None
    owner = owner_of(place, short=True)
    return McredError(
        f"your account may not {may} {place}: it belongs to {owner_of(place)}",
        hint=f"ask {owner} to add your account to the group, sign in to this computer again, {AGAIN}",
        code=Exit.NOT_ALLOWED,
    )


def read_heads(place: Path, fetched: Collection[str] = ()) -> Mapping[str, str] | None:
    """Ref → commit of the branches of this user's own bare repository; None where only git can tell.

    That is: another user's, one that hides branches, one with a ref to what is not there.
    `fetched`: commits that came from there, which are not looked for again.
    """
    try:
        if not is_git_dir(place) or not is_own(place) or (place / "shallow").exists():
            return None
    except OSError:
        return None
    settings = parse_settings(place / "config")
    if settings is None or any(
        key.startswith("extensions.") or (key.endswith(".hiderefs") and value != "!refs")
        for key, value in settings.items()
    ):
        return None
    heads, objects = read_ref_files(place, ["refs/heads"]), ObjectFiles([place / "objects"])
    kinds = {objects.measure(target) for target in set((heads or {}).values()).difference(fetched)}
    objects.close()
    return None if None in kinds else heads


def owner_of(place: Path, *, short: bool = False) -> str:
    """A folder's owner and group as text, as far as this user can see them."""
    for seen in (place, *place.parents):
        try:
            owner = seen.owner()
        except (OSError, KeyError, NotImplementedError):
            continue
        try:
            group = "" if short else f" and the group {seen.group()}"
        except (OSError, KeyError):
            group = ""
        return f"{owner}{group}"
    return "its owner" if short else "another user"


@contextmanager
def trusted(repo: Repo, place: str) -> Iterator[Path]:
    """A temporary git configuration: the user's own, plus `safe.directory` for `place`.

    The receiving git of a push reads `safe.directory` from a user's file only, not from the command line.
    """
    with tempfile.TemporaryDirectory(dir=repo.state_dir, prefix=LAYING) as folder:
        lines = [f"[include]\n\tpath = {_quoted(str(own))}\n" for own in own_settings() if own.is_file()]
        settings = Path(folder) / "git" / "config"
        settings.parent.mkdir()
        settings.write_text("".join(lines) + f"[safe]\n\tdirectory = {_quoted(place)}\n", "utf-8")
        yield settings


def share_large(place: Path) -> None:
    """Let the group of a shared repository use its large files; git-lfs leaves them to whoever sent them."""
    if (place / "lfs").is_dir() and _shared_with(Repo(git_dir=place, work_tree=None)):
        _open_to_group(place / "lfs")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _own(repo: Repo, key: str) -> str | None:
    """The last value of a key in the repository's own configuration, or None."""
    found = attempt(repo, "config", "--local", "--get", key)
    return found.out.decode("utf-8", "replace").rstrip("\n") if found.code == 0 else None


def _shared_with(repo: Repo) -> str:
    """`core.sharedRepository`, '' for the owner alone."""
    said = _own(repo, "core.sharedRepository") or ""
    return "" if said.lower() in ("umask", "false", "0", "no", "off") else said


def _install_hook(repo: Repo, text: str) -> None:
    """Write the pre-receive hook, executable for every user who may push."""
    place = repo.git_dir / "hooks" / "pre-receive"
    place.parent.mkdir(exist_ok=True)
    if place.parent.stat().st_mode & 0o755 != 0o755:
        place.parent.chmod(0o2775)
    write_whole(place, text.encode(), 0o755)


def _is_open_to_group(place: Path) -> bool:
    """Whether the group may write where every push does; a copy of a folder often loses that."""
    folders = (place, *(place / name for name in ("objects", "refs", "refs/heads")))
    return not hasattr(os, "chown") or all(
        one.stat().st_mode & 0o070 == 0o070 for one in folders if one.exists()
    )


def _open_to_group(place: Path) -> None:
    """Set the permissions of a group-shared repository."""
    if not hasattr(os, "chown"):
        return
    group = place.stat().st_gid
    for path in (place, *place.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        more = 0o2070 if path.is_dir() else (mode & 0o700) >> 3
        # Objects that another member pushed belong to that user, and are group-shared already.
        with suppress(PermissionError):
            os.chown(path, -1, group)
            path.chmod(mode | more)
