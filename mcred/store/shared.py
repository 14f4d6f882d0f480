"""A folder that several people push to: its group, its hook, and settings that no sender's own can change.

git at the receiving side runs as whoever sends and reads their configuration too; what a repository says
itself comes after that and counts.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mcred.problems import Exit, McredError
from mcred.store.atomic import write_whole
from mcred.store.config import write_config
from mcred.store.git import Repo, attempt, own_settings
from mcred.store.os_errors import AGAIN

PINNED: Mapping[str, str] = {
    # Relative, so that it also holds where the folder has another name.
    "core.hooksPath": "hooks",
    "core.logAllRefUpdates": "false",
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "receive.fsckObjects": "false",
    "receive.hideRefs": "!refs",
    "receive.maxInputSize": "0",
    "receive.shallowUpdate": "false",
    "receive.autogc": "true",
    "uploadpack.hideRefs": "!refs",
    "gc.auto": "6700",
    "gc.pruneExpire": "2.weeks.ago",
}
"""git's own defaults, but for the first and what would lose something: a sender may have set others."""


HOOK_FORM = "(form 2)"
"""In the text of a hook that is as it has to be."""


def share(repo: Repo, hook: str) -> None:
    """Make a bare repository one that its group sends to, with `hook` asked before anything is taken.

    Raises McredError where it belongs to another user. Can be done again.
    """
    try:
        _install_hook(repo, hook)
        for key, value in PINNED.items():
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
    """What of `share` is missing in a repository that has mcred's hook, or had it; nothing for others."""
    hook = repo.git_dir / "hooks" / "pre-receive"
    text = hook.read_text("utf-8", "replace") if hook.is_file() else ""
    if "mcred" not in text and _own(repo, "core.hooksPath") is None:
        return ()
    found = []
    if HOOK_FORM not in text or not hook.stat().st_mode & stat.S_IXGRP:
        found.append("the check of what arrives is missing, or of an older mcred")
    if wrong := [key for key, value in PINNED.items() if _own(repo, key) != value]:
        found.append(f"a sender's own settings can change what is taken ({', '.join(wrong[:3])})")
    if not _shared_with(repo):
        found.append("others of its group cannot send to it")
    return tuple(found)


def explain_rights(place: Path, *, writing: bool = False) -> McredError | None:
    """Why this user cannot use a shared folder, from its rights alone; None where they can."""
    may = "use"
    try:
        list((place / "refs").iterdir())
        for name in ("HEAD", "config"):
            (place / name).read_bytes()
        if not writing or all(os.access(place / name, os.W_OK) for name in ("objects", "refs")):
            return None
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


def owner_of(place: Path, *, short: bool = False) -> str:
    """A folder's owner and group in words, as far as this user can see them."""
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
    """A configuration for one call of git: the user's own, and that `place` may be another user's.

    git takes that from a file of the user's only, not from its command line at the other side of a push.
    """
    with tempfile.TemporaryDirectory(dir=repo.state_dir, prefix="tree-") as folder:
        lines = [f"[include]\n\tpath = {_quoted(str(own))}\n" for own in own_settings() if own.is_file()]
        settings = Path(folder) / "gitconfig"
        settings.write_text("".join(lines) + f"[safe]\n\tdirectory = {_quoted(place)}\n", "utf-8")
        yield settings


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _own(repo: Repo, key: str) -> str | None:
    """The last value that a repository itself has for a key."""
    found = attempt(repo, "config", "--local", "--get", key)
    return found.out.decode("utf-8", "replace").rstrip("\n") if found.code == 0 else None


def _shared_with(repo: Repo) -> str:
    """For whom a repository is made, '' for its owner alone."""
    said = _own(repo, "core.sharedRepository") or ""
    return "" if said.lower() in ("umask", "false", "0", "no", "off") else said


def _install_hook(repo: Repo, text: str) -> None:
    """Where git starts it on every push: everybody who may send has to be able to start it."""
    place = repo.git_dir / "hooks" / "pre-receive"
    place.parent.mkdir(exist_ok=True)
    if place.parent.stat().st_mode & 0o755 != 0o755:
        place.parent.chmod(0o2775)
    write_whole(place, text.encode(), 0o755)


def _open_to_group(place: Path) -> None:
    """The rights that git gives in a repository made for a group; mcred's private folder keeps its own."""
    if not hasattr(os, "chown"):
        return
    group = place.stat().st_gid
    for path in (place, *place.rglob("*")):
        if path.is_symlink() or path.relative_to(place).parts[:1] == ("mcred",):
            continue
        mode = path.stat().st_mode
        more = 0o2070 if path.is_dir() else (mode & 0o700) >> 3
        # What another member of the group sent is that user's, and was made for the group.
        with suppress(PermissionError):
            os.chown(path, -1, group)
            path.chmod(mode | more)
