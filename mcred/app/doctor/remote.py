"""Checks a programme's folder, and a remote on this computer, for damage from outside.

Stale locks, files of other programs, permissions, a full disk, corruption, a remote folder that its group
cannot use.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from shlex import quote

from mcred.app.audit.hook import own_hook
from mcred.app.context import Context
from mcred.app.doctor.finding import FIX, DoctorFinding, Level
from mcred.domain.layout import OWN_PLACES, PORTFOLIOS
from mcred.problems import Hint, McredError, NextStep, next_step
from mcred.store.address import local_path
from mcred.store.config import remote_url
from mcred.store.git import Repo, attempt, is_own, list_refs, open_repo, run
from mcred.store.leftovers import LOCK_AGE, MOVED, find_foreign, find_locks, move_away, restore_lost
from mcred.store.os_errors import pick_words, rename_hint
from mcred.store.shared import find_faults, is_read_only, owner_of, share

SPACE = 200 * 2**20
"""Bytes that should be free on the disk."""
LEAST = 5 * 2**20
"""Bytes below which nothing can be saved."""
DEEPEST = 2000
"""The most files and folders of a kind whose permissions are checked."""


def check_place(ctx: Context, repo: Repo, now: float) -> Iterator[DoctorFinding]:
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
    yield from _damage(ctx, repo)


def mend_place(repo: Repo, now: float) -> Iterator[str]:
    """Make the safe repairs; returns what was repaired. What the system refuses, the next check finds
    again."""
    if there := local_path(remote_url(repo) or ""):
        with suppress(OSError):
            yield from (f"{path} was written again" for path in restore_lost(there))
    for one in (repo, _shared(repo)):
        if one is None:
            continue
        try:
            yield from _clear(one, now)
            if one.work_tree is None and find_faults(one):
                share(one, own_hook())
                yield f"{one.git_dir} is set up for its group, and checks what arrives"
        except (OSError, McredError):
            continue


def _clear(repo: Repo, now: float) -> Iterator[str]:
    place = repo.common_dir
    for lock in find_locks(place, now, LOCK_AGE):
        lock.unlink(missing_ok=True)
        yield f"the lock {lock} was removed"
    for path in filter(is_own, _closed(repo)):
        path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o400))
        yield f"{path} can be used by you again"
    foreign = find_foreign(place)
    if foreign:
        move_away(place, repo.state_dir, foreign)
        yield f"files of other apps were moved to {repo.state_dir / MOVED}: {_names(foreign)}"


def _shared(repo: Repo) -> Repo | None:
    """The remote, where it is a folder of this computer that can be inspected."""
    place = local_path(remote_url(repo) or "")
    try:
        found = open_repo(place, named=True) if place and place.is_dir() else None
        if found is None or found.work_tree is not None or not list((found.git_dir / "refs").iterdir()):
            return None
        run(found, "config", "--local", "--get", "core.bare", ok=(0, 1))
        return found
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
        what = f"no more files can be created on the disk of {place}"
        yield DoctorFinding(topic=topic, level="wrong", what=what, next=again)


def _rights(repo: Repo, topic: str) -> Iterator[DoctorFinding]:
    """The first thing that this account may not use, often made by an administrator's command."""
    top = repo.common_dir
    if is_read_only(top):
        again = next_step("doctor", before="make it writable, then")
        what = f"the disk of {top} is read-only"
        yield DoctorFinding(topic=topic, level="wrong", what=what, next=again)
        return
    closed = next(_closed(repo), None)
    if closed is None:
        return
    hint: Hint = _ask_owner(top)
    if is_own(closed):
        hint = FIX
    elif repo.work_tree:
        whole = quote(str(repo.work_tree))
        hint = f'sudo chown -R "$(id -un)" {whole}   (or ask the administrator)'
    may = "write in" if closed.is_dir() else "read"
    what = f"your account may not {may} {closed}: it belongs to {owner_of(closed)}"
    yield DoctorFinding(topic=topic, level="wrong", what=what, next=hint)


def _closed(repo: Repo) -> Iterator[Path]:
    """Folders that this account may not write in, and files that it may not read."""
    top = repo.common_dir
    near = [place for place in (repo.work_tree, top, top / "mcred") if place]
    far = [top / "refs", top / "objects", *([repo.work_tree / PORTFOLIOS] if repo.work_tree else [])]
    for path in chain(near, *map(_inside, near), *(islice(_below(place), DEEPEST) for place in far)):
        if path.exists() and not os.access(path, os.W_OK | os.X_OK if path.is_dir() else os.R_OK):
            yield path


def _inside(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from place.iterdir()


def _below(place: Path) -> Iterator[Path]:
    yield place
    for base, folders, names in os.walk(place):
        yield from (Path(base, name) for name in (*folders, *names))


def _ask_owner(place: Path) -> str:
    return f"ask {owner_of(place, short=True)} to type: {FIX}"


def _left(repo: Repo, topic: str, now: float) -> Iterator[DoctorFinding]:
    locks = find_locks(repo.common_dir, now, LOCK_AGE)
    if locks:
        what = f"a lock was left behind by a command that was stopped: {_names(locks)}"
        yield DoctorFinding(topic=topic, level="wrong", what=what, next=FIX)
    foreign = find_foreign(repo.common_dir)
    if foreign:
        what = f"another app left files among those of git: {_names(foreign)}"
        yield DoctorFinding(topic=topic, level="look", what=what, next=FIX)


def _names(files: tuple[Path, ...]) -> str:
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return ", ".join(str(path) for path in files[:3]) + more


def _in_the_way(repo: Repo) -> Iterator[DoctorFinding]:
    try:
        there = {*list_refs(repo)}
    except McredError:
        return  # `_damage` says why
    for ref in sorted(there & {*OWN_PLACES}):
        name = ref.removeprefix("refs/heads/")
        what = f"a branch named {name} is in the way: mcred stores people's work under that name"
        yield DoctorFinding(topic="folder", level="wrong", what=what, next=rename_hint(name))


def _damage(ctx: Context, repo: Repo) -> Iterator[DoctorFinding]:
    if find_foreign(repo.common_dir) or next(_closed(repo), None) is not None:
        return  # git stops at these first
    with ctx.show.working("looking for damage"):
        done = attempt(repo, "fsck", "--connectivity-only", "--no-dangling", "--no-progress")
    if done.code:
        said = pick_words(done.err or done.out.decode("utf-8", "replace"))
        what = f"what git stores here is damaged ({said}); your own files are not affected"
        yield DoctorFinding(topic="folder", level="wrong", what=what, next=join_again(repo))


def join_again(repo: Repo) -> NextStep:
    """The command that creates a fresh folder where this one is damaged."""
    return next_step("join", remote_url(repo) or "ADDRESS", "ANOTHER-FOLDER")
