"""Whether this computer and this folder are ready: findings, each with the command that helps.

Looks at things in the order in which they depend on one another, and stops where no more can be seen.
Changes nothing; `mend` does the little that is safe without asking.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

import mcred
from mcred.cli.checkup_place import check_place, mend_place
from mcred.cli.clock import doubt_clock
from mcred.cli.desk import KEY_WAITS, Desk, open_desk, whoami
from mcred.cli.drafts import unsent
from mcred.cli.edge import Edge
from mcred.cli.finding import FIX, Finding
from mcred.cli.keyring import KEY_FILE, NEXT_KEY, read_key
from mcred.cli.replaced import told_replaced
from mcred.problems import McredError, errors
from mcred.store.causes import explain_os_error
from mcred.store.git import Repo, open_repo, read_helper, remote_url

OLDEST_GIT = (2, 30)
"""The oldest version of git that can leave the pages' branches out of a fetch and read what we ask it for."""
LEFT_AFTER = 24 * 3600.0
"""Seconds after which what a killed command left behind is in nobody's use."""


class Checkup(Struct, frozen=True, kw_only=True):
    """Everything that was found."""

    findings: tuple[Finding, ...]
    desk: Desk | None
    """None where the programme could not be opened."""

    @property
    def next(self) -> str:
        """The one command to type now, '' where all is well."""
        ranked = sorted(self.findings, key=lambda f: ("wrong", "look", "good").index(f.level))
        return next((f.next for f in ranked if f.next), "")

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return all(f.level != "wrong" for f in self.findings)


def check_up(edge: Edge) -> Checkup:
    """Look at everything."""
    found = [*_programs()]
    try:
        repo = open_repo(edge.at)
    except McredError as error:
        hint = "mcred join ADDRESS   (the programme's address; maintainers know it)"
        found.append(Finding(topic="folder", level="wrong", what=error.what, next=error.hint or hint))
        return Checkup(findings=tuple(found), desk=None)
    try:
        found.extend(_folder(repo))
        desk = open_desk(edge)
    except (McredError, OSError) as error:
        why = error if isinstance(error, McredError) else explain_os_error(error)
        found.append(Finding(topic="programme", level="wrong", what=why.what, next=why.hint))
        with suppress(McredError, OSError):
            found.extend(_person(repo, None))
        return Checkup(findings=tuple(found), desk=None)
    found += [*_shared_place(desk), *_programme(desk), *_person(repo, desk), *_clock(desk), *_waiting(desk)]
    return Checkup(findings=tuple(found), desk=desk)


def _programs() -> Iterator[Finding]:
    python = platform.python_version()
    yield Finding(topic="mcred", level="good", what=f"version {mcred.__version__}, Python {python}")
    said = read_helper(("git", "version"))
    number = re.search(r"(\d+)\.(\d+)", said)
    wanted = ".".join(str(n) for n in OLDEST_GIT)
    if number is None:
        what, level = "git is not on this computer, or does not start", "wrong"
        hint = "install git from https://git-scm.com, then: mcred doctor"
    elif (int(number[1]), int(number[2])) < OLDEST_GIT:
        what, level = f"{said} is older than {wanted}", "wrong"
        hint = "install a newer git from https://git-scm.com, then: mcred doctor"
    else:
        what, level, hint = said, "good", ""
    yield Finding(topic="git", level="wrong" if level == "wrong" else "good", what=what, next=hint)


def _folder(repo: Repo) -> Iterator[Finding]:
    place = repo.work_tree or repo.git_dir
    yield Finding(topic="folder", level="good", what=str(place))
    yield from check_place(repo)
    left = len(_left_behind(repo))
    if left:
        what = f"{left} things that killed commands left behind lie in the private folder"
        yield Finding(topic="leftovers", level="look", what=what, next=FIX)


def _left_behind(repo: Repo) -> tuple[Path, ...]:
    """Temporary folders of commands that ended long ago."""
    before = time.time() - LEFT_AFTER
    return tuple(p for p in repo.state_dir.glob("tree-*") if p.is_dir() and p.stat().st_mtime < before)


def _shared_place(desk: Desk) -> Iterator[Finding]:
    topic = "shared place"
    if desk.url is None:
        what, hint = "there is none yet, so nobody else can join", "mcred init . --remote ADDRESS"
        yield Finding(topic=topic, level="look", what=what, next=hint)
    elif desk.stale is not None:
        yield Finding(topic=topic, level="wrong", what=desk.stale.what, next=desk.stale.hint or "mcred sync")
    else:
        yield Finding(topic=topic, level="good", what="it answers")


def _programme(desk: Desk) -> Iterator[Finding]:
    name, count = desk.catalog.programme.issuer.name, len(errors(desk.problems))
    if count:
        what = f"{count} of its files cannot be read and are left out"
        yield Finding(topic="programme", level="look", what=f"{name}: {what}", next="mcred lint")
    else:
        yield Finding(topic="programme", level="good", what=name)


def _person(repo: Repo, desk: Desk | None) -> Iterator[Finding]:
    me = whoami(repo)
    if me is None:
        yield Finding(topic="you", level="wrong", what="mcred does not know who you are", next="mcred setup")
        return
    known = desk is None or me in desk.catalog.people
    said = me if known else f"{me}, not confirmed yet by a maintainer; you can work meanwhile"
    yield Finding(
        topic="you", level="good" if known else "look", what=said, next="" if known else "mcred status"
    )
    try:
        public = (desk.key() if desk else read_key(repo)).public
    except McredError as error:
        yield Finding(topic="key", level="wrong", what=error.what, next=error.hint or "mcred setup")
        return
    if loose := _loose_keys(repo):
        what = f"others on this computer can read {loose[0].name}"
        yield Finding(topic="key", level="wrong", what=what, next=FIX)
    elif desk is not None and (told := told_replaced(desk)):
        yield Finding(topic="key", level="wrong", what=" ".join(told[:-1]), next=told[-1])
    elif desk is not None and desk.is_key_waiting:
        yield Finding(topic="key", level="look", what=KEY_WAITS, next="mcred status")
    else:
        yield Finding(topic="key", level="good", what=f"it ends in {public[-12:]}")


def _loose_keys(repo: Repo) -> tuple[Path, ...]:
    """Private keys that others may read; Windows keeps that elsewhere."""
    if sys.platform == "win32":
        return ()
    places = (repo.state_dir / name for name in (KEY_FILE, NEXT_KEY))
    return tuple(p for p in places if p.is_file() and p.stat().st_mode & 0o077)


def _clock(desk: Desk) -> Iterator[Finding]:
    if doubt := doubt_clock(desk):
        yield Finding(topic="clock", level="wrong", what=doubt, next="set the clock, then: mcred doctor")
    else:
        yield Finding(topic="clock", level="good", what=f"{desk.edge.now():%Y-%m-%d %H:%M} UTC")


def _waiting(desk: Desk) -> Iterator[Finding]:
    if desk.me is None or desk.url is None:
        return
    count = len(unsent(desk))
    if count:
        what = f"{count} {'thing of yours is' if count == 1 else 'things of yours are'} only on this computer"
        yield Finding(topic="your work", level="look", what=what, next="mcred sync")
    else:
        yield Finding(topic="your work", level="good", what="all that was saved is sent")


def mend(edge: Edge) -> tuple[str, ...]:
    """What can be put right without asking; says what was."""
    repo = open_repo(edge.at)
    done = []
    for place in _loose_keys(repo):
        place.chmod(0o600)
        done.append(f"{place.name} can be read by you alone now")
    left = _left_behind(repo)
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    if left:
        done.append(f"{len(left)} leftovers of killed commands are gone")
    done += mend_place(repo)
    return tuple(done)


def report(edge: Edge, found: Checkup) -> str:
    """All of it as a text to send to whoever helps: nothing secret, nobody's work, no name of a person."""
    from mcred.store.address import redact

    home = str(Path.home())
    rows = [
        f"{f.level:6} {f.topic}: {f.what}{f'   (next: {f.next})' if f.next else ''}" for f in found.findings
    ]
    lines = [
        "What mcred doctor found. It holds no key, no token, no name and nothing of anybody's work.",
        f"When: {edge.now():%Y-%m-%d %H:%M} UTC",
        f"System: {platform.system()} {platform.release()}, {sys.platform}",
        f"Work here: {_counts(found.desk)}",
        *rows,
    ]
    text = redact("\n".join(lines)) + "\n"
    me = whoami(found.desk.repo) if found.desk else None
    return re.sub(rf"\b{re.escape(me)}\b", "(me)", text.replace(home, "~")) if me else text.replace(home, "~")


def _counts(desk: Desk | None) -> str:
    if desk is None:
        return "cannot be told"
    open_ones = sum(s.is_open for s in desk.record.standings.values())
    kind = "a folder" if (remote_url(desk.repo) or "/").startswith(("/", "file:")) else "on another computer"
    people, credentials = len(desk.catalog.people), len(desk.catalog.definitions)
    return (
        f"{people} people, {credentials} micro-credentials, {open_ones} in review; the shared place is {kind}"
    )
