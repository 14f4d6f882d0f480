"""Checks a programme's folder, and a remote on this computer, for damage from outside.

Stale locks, files of other programs, permissions, a full disk, corruption, a remote folder that its group
cannot use.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from mcred.app.audit.hook import own_hook
from mcred.app.doctor.finding import FIX, DoctorFinding, Level
from mcred.domain.layout import OWN_PLACES
from mcred.problems import McredError, next_step
from mcred.store.address import local_path
from mcred.store.config import remote_url
from mcred.store.git import Repo, attempt, list_refs, open_repo
from mcred.store.leftovers import LOCK_AGE, MOVED, find_foreign, find_locks, move_away
from mcred.store.os_errors import pick_words, rename_hint
from mcred.store.shared import find_faults, owner_of, share

SPACE = 200 * 2**20
"""Bytes that should be free on the disk."""
LEAST = 5 * 2**20
"""Bytes below which nothing can be saved."""
DEEPEST = 300
"""The most of git's folders whose permissions are checked."""


def check_place(repo: Repo, now: float) -> Iterator[DoctorFinding]:
    """Every finding about the folder, then about the remote folder."""
    yield from _space(repo.work_tree or repo.git_dir, "disk")
    yield from _rights(repo, "folder")
    yield from _left(repo, "folder", now)
    yield from _in_the_way(repo)
    shared = _shared(repo)
    if shared is not None:
        yield from _space(shared.git_dir, "shared place")
        yield from _rights(shared, "shared place")
        yield from _left(shared, "shared place", now)
        for what in find_faults(shared):
            hint = FIX if os.access(shared.git_dir, os.W_OK) else _ask_owner(shared.git_dir)
            yield DoctorFinding(topic="shared place", level="wrong", what=what, next=hint)
    yield from _damage(repo)


def mend_place(repo: Repo, now: float) -> Iterator[str]:
    """Make the safe repairs; returns what was repaired. What the system refuses, the next check finds
    again."""
    for one in (repo, _shared(repo)):
        if one is None:
            continue
        try:
            yield from _clear(one, now)
            if one.work_tree is None and find_faults(one):
                share(one, own_hook())
                yield f"{one.git_dir} is made for its group, and checks what arrives"
        except (OSError, McredError):
            continue


def _clear(repo: Repo, now: float) -> Iterator[str]:
    place = repo.common_dir
    for lock in find_locks(place, now - LOCK_AGE):
        lock.unlink(missing_ok=True)
        yield f"the lock {lock} is gone"
    foreign = find_foreign(place)
    if foreign:
        move_away(place, repo.state_dir, foreign)
        yield f"files of other programs were moved to {repo.state_dir / MOVED}: {_names(foreign)}"


def _shared(repo: Repo) -> Repo | None:
    """The remote, where it is a folder of this computer that can be inspected."""
    place = local_path(remote_url(repo) or "")
    try:
        found = open_repo(place, named=True) if place and place.is_dir() else None
        return (
            found if found and found.work_tree is None and list((found.git_dir / "refs").iterdir()) else None
        )
    except (OSError, McredError):
        return None  # why it cannot be used is reported where it is needed


def _space(place: Path, topic: str) -> Iterator[DoctorFinding]:
    free = shutil.disk_usage(place).free
    again = next_step("doctor", before="make room, then")
    if free < SPACE:
        level: Level = "wrong" if free < LEAST else "look"
        what = f"only {free // 2**20} MB are free on the disk of {place}"
        yield DoctorFinding(topic=topic, level=level, what=what, next=again)
    seen = os.statvfs(place) if hasattr(os, "statvfs") else None
    if seen is not None and seen.f_files and not seen.f_favail:
        what = f"no further file can be made on the disk of {place}"
        yield DoctorFinding(topic=topic, level="wrong", what=what, next=again)


def _rights(repo: Repo, topic: str) -> Iterator[DoctorFinding]:
    """The first folder that this account may not write in, often created by an administrator's command."""
    top = repo.common_dir
    folders = [repo.work_tree or top, top, *_folders(top / "refs"), *_folders(top / "objects")]
    closed = next((f for f in folders[:DEEPEST] if not os.access(f, os.W_OK | os.X_OK)), None)
    if closed is None:
        return
    what = f"your account may not write in {closed}: it belongs to {owner_of(closed)}"
    own = (
        f'sudo chown -R "$(id -un)" {quote(str(repo.work_tree))}   (or ask whoever looks after this computer)'
    )
    yield DoctorFinding(
        topic=topic, level="wrong", what=what, next=own if repo.work_tree else _ask_owner(top)
    )


def _folders(top: Path) -> Iterator[Path]:
    yield from (Path(base) for base, _, _ in os.walk(top))


def _ask_owner(place: Path) -> str:
    return f"ask {owner_of(place, short=True)} to type: {FIX}"


def _left(repo: Repo, topic: str, now: float) -> Iterator[DoctorFinding]:
    locks = find_locks(repo.common_dir, now - LOCK_AGE)
    if locks:
        what = f"a lock was left behind by a command that was stopped: {_names(locks)}"
        yield DoctorFinding(topic=topic, level="wrong", what=what, next=FIX)
    foreign = find_foreign(repo.common_dir)
    if foreign:
        what = f"another program left files among those of git: {_names(foreign)}"
        yield DoctorFinding(topic=topic, level="look", what=what, next=FIX)


def _names(files: tuple[Path, ...]) -> str:
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return ", ".join(str(path) for path in files[:3]) + more


def _in_the_way(repo: Repo) -> Iterator[DoctorFinding]:
    for ref in sorted({*list_refs(repo)} & {*OWN_PLACES}):
        name = ref.removeprefix("refs/heads/")
        what = f"a branch named {name} is in the way: mcred keeps people's work under that name"
        yield DoctorFinding(topic="folder", level="wrong", what=what, next=rename_hint(name))


def _damage(repo: Repo) -> Iterator[DoctorFinding]:
    if find_foreign(repo.common_dir):
        return  # git stops at these first
    done = attempt(repo, "fsck", "--connectivity-only", "--no-dangling", "--no-progress")
    if done.code:
        said = pick_words(done.err or done.out.decode("utf-8", "replace"))
        address = remote_url(repo) or "ADDRESS"
        what = f"what git keeps here is damaged ({said}); your own files are not touched"
        yield DoctorFinding(
            topic="folder", level="wrong", what=what, next=next_step("join", address, "ANOTHER-FOLDER")
        )
