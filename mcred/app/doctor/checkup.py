"""Checks whether this computer and this folder are ready: findings, each with the command that helps.

Checks run in the order of their dependencies and stop where a later one cannot work. Changes nothing; `fix`
makes the few repairs that are safe without asking.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

import mcred
from mcred.app.clock import doubt_clock
from mcred.app.context import Context
from mcred.app.doctor.finding import FIX, DoctorFinding, Level
from mcred.app.doctor.remote import check_place, join_again, mend_place
from mcred.app.fetch import whoami
from mcred.app.keys.reading import READING_KEY, all_reading_keys
from mcred.app.keys.replaced import told_replaced
from mcred.app.keys.signing import KEY_FILE, NEXT_KEY, read_key
from mcred.app.pieces.shown import find_shown, read_shown
from mcred.app.work.drafts import unsent
from mcred.app.workspace import KEY_WAITS, Workspace, open_workspace
from mcred.domain.people import Person
from mcred.problems import Hint, McredError, next_step
from mcred.store.config import remote_url
from mcred.store.git import Repo, open_repo, own_settings, read_helper
from mcred.store.leftovers import restore_lost
from mcred.store.os_errors import DAMAGED, explain_os_error

OLDEST_GIT = (2, 30)
"""The oldest git that can exclude the pages' branches from a fetch and has the options used to read."""


class Checkup(Struct, frozen=True, kw_only=True):
    """All findings."""

    findings: tuple[DoctorFinding, ...]
    ws: Workspace | None
    """None where the programme could not be opened."""

    @property
    def next(self) -> Hint:
        """The one command to type now, '' when everything is fine."""
        ranked = sorted(self.findings, key=lambda f: ("wrong", "look", "good").index(f.level))
        return next((f.next for f in ranked if f.next), "")

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return all(f.level != "wrong" for f in self.findings)


def check_up(ctx: Context, now: float) -> Checkup:
    """Run all checks. `now`: the time in file system terms."""
    found = [*_programs(), *_settings(), *_kept(ctx)]
    try:
        repo = open_repo(ctx.at)
    except McredError as error:
        hint = next_step("join", "ADDRESS", note="the program's address; maintainers know it")
        found.append(DoctorFinding(topic="folder", level="wrong", what=error.what, next=error.hint or hint))
        return Checkup(findings=tuple(found), ws=None)
    try:
        found.extend(_folder(ctx, repo, now))
        ws = open_workspace(ctx)
    except (McredError, OSError) as error:
        why = error if isinstance(error, McredError) else explain_os_error(error)
        step = join_again(repo) if why.hint == DAMAGED else why.hint
        found.append(DoctorFinding(topic="programme", level="wrong", what=why.what, next=step))
        with suppress(McredError, OSError):
            found.extend(_person(repo, None))
        return Checkup(findings=tuple(found), ws=None)
    found += [*_shared_place(ws), *_programme(ws), *_person(repo, ws), *_clock(ws), *_waiting(ws)]
    found += _published(ws)
    return Checkup(findings=tuple(found), ws=ws)


def _programs() -> Iterator[DoctorFinding]:
    python = platform.python_version()
    yield DoctorFinding(topic="mcred", level="good", what=f"version {mcred.__version__}, Python {python}")
    said = read_helper(("git", "version"))
    number = re.search(r"(\d+)\.(\d+)", said)
    wanted = ".".join(str(n) for n in OLDEST_GIT)
    hint: Hint = ""
    if number is None:
        what, level = "git is not on this computer, or does not start", "wrong"
        hint = next_step("doctor", before="install git from https://git-scm.com, then")
    elif (int(number[1]), int(number[2])) < OLDEST_GIT:
        what, level = f"{said} is older than {wanted}", "wrong"
        hint = next_step("doctor", before="install a newer git from https://git-scm.com, then")
    else:
        what, level = said, "good"
    yield DoctorFinding(topic="git", level="wrong" if level == "wrong" else "good", what=what, next=hint)


def _settings() -> Iterator[DoctorFinding]:
    """The user's own settings of git: git stops at a file that it cannot read, without its name."""
    for place in own_settings():
        try:
            if place.exists():
                place.read_bytes()
        except OSError as error:
            what = f"its settings in {place} cannot be read ({error.strerror})"
            hint = next_step("doctor", before=f"move {place} away, then")
            yield DoctorFinding(topic="git", level="wrong", what=what, next=hint)


def _kept(ctx: Context) -> Iterator[DoctorFinding]:
    """Whether a folder of the user's own can be made; nothing of a programme depends on it."""
    there = next((p for p in (ctx.cache, *ctx.cache.parents) if p.exists()), None) if ctx.cache else None
    if there is not None and not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        wrong = "is no folder" if not there.is_dir() else "cannot be written to"
        what = f"{there} {wrong}, so keys of issuers, and what makes commands fast, cannot be kept there"
        hint = next_step("doctor", before="put that right, then")
        yield DoctorFinding(topic="your own files", level="look", what=what, next=hint)


def _folder(ctx: Context, repo: Repo, now: float) -> Iterator[DoctorFinding]:
    place = repo.work_tree or repo.git_dir
    yield DoctorFinding(topic="folder", level="good", what=str(place))
    yield from check_place(ctx, repo, now)


def _shared_place(ws: Workspace) -> Iterator[DoctorFinding]:
    topic = "shared place"
    if ws.url is None:
        what, hint = (
            "there is none yet, so no one else can join",
            next_step("init", ".", "--remote", "ADDRESS"),
        )
        yield DoctorFinding(topic=topic, level="look", what=what, next=hint)
    elif ws.stale is not None:
        yield DoctorFinding(
            topic=topic, level="wrong", what=ws.stale.what, next=ws.stale.hint or next_step("sync")
        )
    else:
        yield DoctorFinding(topic=topic, level="good", what="it answers")


def _programme(ws: Workspace) -> Iterator[DoctorFinding]:
    name, count = ws.catalog.programme.issuer.name, ws.catalog.unreadable
    if count:
        what = f"{count} of its files cannot be read and are left out"
        yield DoctorFinding(topic="programme", level="look", what=f"{name}: {what}", next=next_step("lint"))
    else:
        yield DoctorFinding(topic="programme", level="good", what=name)


def _person(repo: Repo, ws: Workspace | None) -> Iterator[DoctorFinding]:
    me = whoami(repo)
    if me is None:
        yield DoctorFinding(
            topic="you", level="wrong", what="mcred does not know who you are", next=next_step("setup")
        )
        return
    known = ws is None or me in ws.catalog.people
    said = me if known else f"{me}, not confirmed yet by a maintainer; you can work in the meantime"
    yield DoctorFinding(
        topic="you", level="good" if known else "look", what=said, next="" if known else next_step("status")
    )
    try:
        public = (ws.key() if ws else read_key(repo)).public
    except McredError as error:
        yield DoctorFinding(
            topic="key", level="wrong", what=error.what, next=error.hint or next_step("setup")
        )
        return
    if loose := _loose_keys(repo):
        what = f"others on this computer can read {loose[0].name}"
        yield DoctorFinding(topic="key", level="wrong", what=what, next=FIX)
    elif ws is not None and (told := told_replaced(ws)):
        yield DoctorFinding(topic="key", level="wrong", what=" ".join(told[:-1]), next=told[-1])
    elif ws is not None and ws.is_key_waiting:
        yield DoctorFinding(topic="key", level="look", what=KEY_WAITS, next=next_step("status"))
    else:
        yield DoctorFinding(topic="key", level="good", what=f"it ends in {public[-12:]}")
    yield from _reading_key(repo, ws.catalog.people.get(me) if ws else None)


def _published(ws: Workspace) -> Iterator[DoctorFinding]:
    """What people publish and no page shows, since it is not as it should be."""
    for name, tip in find_shown(ws.repo).items():
        person = ws.catalog.people.get(name)
        problems = read_shown(ws.repo, ws.catalog, person, tip)[1] if person is not None else ()
        for problem in problems:
            where = problem.where.file if problem.where else name
            hint = next_step("publish-piece", "--all") if ws.me == name else next_step("doctor")
            level: Level = "wrong" if ws.me == name else "look"
            yield DoctorFinding(topic="published", level=level, what=f"{where}: {problem.what}", next=hint)


def _reading_key(repo: Repo, person: Person | None) -> Iterator[DoctorFinding]:
    topic = "reading key"
    if not (repo.state_dir / READING_KEY).is_file():
        what = "it is not in this folder: drafts that you saved elsewhere cannot be opened here"
        hint = next_step("setup", note="makes a new one; better: copy the file from your other folder first")
        yield DoctorFinding(topic=topic, level="wrong", what=what, next=hint)
        return
    try:
        public = all_reading_keys(repo)[0].public
    except McredError as error:
        hint = next_step("setup", before=f"move {READING_KEY} out of the private folder, then")
        yield DoctorFinding(topic=topic, level="wrong", what=error.what, next=hint)
        return
    if person is not None and not any(k.public == public and k.retired is None for k in person.reading):
        what = "the program does not list it"
        yield DoctorFinding(topic=topic, level="look", what=what, next=next_step("setup"))
    else:
        yield DoctorFinding(topic=topic, level="good", what=f"it ends in {public[-12:]}")


def _loose_keys(repo: Repo) -> tuple[Path, ...]:
    """Private keys that others may read; Windows handles that elsewhere."""
    if sys.platform == "win32":
        return ()
    names = (KEY_FILE, NEXT_KEY, f"{READING_KEY}*")
    places = (place for name in names for place in sorted(repo.state_dir.glob(name)))
    return tuple(p for p in places if p.is_file() and p.stat().st_mode & 0o077)


def _clock(ws: Workspace) -> Iterator[DoctorFinding]:
    if doubt := doubt_clock(ws):
        yield DoctorFinding(
            topic="clock", level="wrong", what=doubt, next=next_step("doctor", before="set the clock, then")
        )
    else:
        yield DoctorFinding(topic="clock", level="good", what=f"{ws.ctx.now():%Y-%m-%d %H:%M} UTC")


def _waiting(ws: Workspace) -> Iterator[DoctorFinding]:
    if ws.me is None or ws.url is None:
        return
    count = len(unsent(ws))
    if count:
        what = f"{count} {'thing of yours is' if count == 1 else 'things of yours are'} only on this computer"
        yield DoctorFinding(topic="your work", level="look", what=what, next=next_step("sync"))
    else:
        yield DoctorFinding(topic="your work", level="good", what="everything saved was sent")


def mend(ctx: Context, now: float) -> tuple[str, ...]:
    """Make the repairs that need no question; returns what was repaired."""
    done = [f"{path} was written again" for path in restore_lost(ctx.at)]
    repo = open_repo(ctx.at)
    for place in _loose_keys(repo):
        place.chmod(0o600)
        done.append(f"only you can read {place.name} now")
    done += mend_place(repo, now)
    return tuple(done)


def report(ctx: Context, found: Checkup, home: str) -> str:
    """All findings as a text to send to a supporter: no secrets, no one's work, no names of people.

    `home`: the folder to remove from paths.
    """
    from mcred.store.address import redact

    rows = [
        f"{f.level:6} {f.said}: {f.what}{f'   (next: {f.next})' if f.next else ''}" for f in found.findings
    ]
    lines = [
        f"What {next_step('doctor')} found. It contains no key, no token, no name, and none of anyone's "
        "work.",
        f"When: {ctx.now():%Y-%m-%d %H:%M} UTC",
        f"System: {platform.system()} {platform.release()}, {sys.platform}",
        f"Work here: {_counts(found.ws)}",
        *rows,
    ]
    text = redact("\n".join(lines)) + "\n"
    me = whoami(found.ws.repo) if found.ws else None
    return re.sub(rf"\b{re.escape(me)}\b", "(me)", text.replace(home, "~")) if me else text.replace(home, "~")


def _counts(ws: Workspace | None) -> str:
    if ws is None:
        return "unknown"
    open_ones = len(ws.record.open)
    kind = "a folder" if (remote_url(ws.repo) or "/").startswith(("/", "file:")) else "on another computer"
    people, credentials = len(ws.catalog.people), len(ws.catalog.definitions)
    return f"{people} people, {credentials} micro-credentials, {open_ones} in review; the server is {kind}"
