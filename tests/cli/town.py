"""A small town that runs a programme: a remote, a folder for each person, the real verbs.

It is founded once for each run of the tests and copied for each test; a command takes about a tenth of a
second. `Town.run` is what a person types, and gives back what they see.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Score, Scoring
from mcred.domain.credential import Credential, Criterion, Item, Part, Words
from mcred.domain.ids import CredentialId, CreditHours, Slug, Version
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError
from tests.answers import held_to_schema
from tests.cli.hints import faults
from tests.school import a_credential

WAIT = "wait-time"
"""Two parts: a written answer of 3 to 30 words, a lesson plan (1 to 2), a video or observation (1)."""
SLIP = "exit-slip"
"""One part, one written answer, guided only; no evidence."""
OLD = "old-way"
"""A retired micro-credential."""

PEOPLE = {
    "rosa": ("Rosa Diaz", "District Office"),
    "mei": ("Mei Lin", "University"),
    "tom": ("Tomás Vega", "College of Education"),
    "ana": ("Ana Reyes", "Lincoln Elementary"),
    "ben": ("Ben Okafor", "Harbor Middle School"),
    "cleo": ("Cleo Martin", "Hill Street School"),
    "dev": ("Dev Patel", "Riverside Academy"),
    "eva": ("Eva Novak", "Oak Grove School"),
}
"""Rosa maintains and issues, Mei and Tom are experts, Eva asked to join and is not confirmed."""
EXPERTS = ("mei", "tom")
SITE = "https://badges.example.org/lakeside"
ANSWER = "Period two, ten year olds, and a quiet goal."
OVERVIEW = f"# Overview questions\n\n## Your setting\n\n{ANSWER}\n"
TOLD = "I changed the plan on the way."
PLAN = "# Lesson plan\n\nWait three seconds, twice.\n"
TALK = "09:01 A question. 09:02 Three seconds. 09:03 Four hands.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one command gave back."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything the person sees."""
        return self.out + self.err

    @property
    def next(self) -> str:
        """The last line `Next: …`, or the empty text."""
        lines = [line for line in self.said.splitlines() if line.startswith("Next: ")]
        return lines[-1].removeprefix("Next: ") if lines else ""

    @property
    def json(self) -> Any:
        """The one document on stdout; fails where there is more, or its schema does not accept it."""
        return held_to_schema(json.loads(self.out))


@dataclass(slots=True, kw_only=True)
class Town:
    """The programme's place on the disk, and the town's clock: one minute for each command."""

    place: Path
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    web: dict[str, bytes] = field(default_factory=dict)
    """What the network has, by address."""
    asked: list[str] = field(default_factory=list)
    """What of the network was asked."""
    host: Any = None
    """A stand-in for a review host (`tests.hosting.hosts.Host`)."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Who has a token for it."""
    waits: list[float] = field(default_factory=list)
    """The seconds that commands would have waited."""
    source: Path | None = None
    """A town that never changes, from which a person's folder comes when it is first asked for."""
    here: set[str] = field(default_factory=set)
    """Whose folder came from there already: it does not come back when someone removed it."""
    is_fixed: bool = False
    """Whether this one never changes: its copies take a person's folder when they need it."""

    @property
    def remote(self) -> Path:
        """The remote."""
        return self.place / "remote.git"

    @property
    def keys(self) -> Path | None:
        """Where issuers' keys lie: in the town, where there is a folder for them, or below the home."""
        folder = self.place / "keys"
        return folder if folder.is_dir() else None

    def home(self, person: str) -> Path:
        """A person's own copy of the programme."""
        home = self.place / "people" / person
        if self.source is not None and person not in self.here:
            self.here.add(person)
            if (self.source / "people" / person).is_dir():
                _copy_folder(self.source / "people" / person, home)
                _move_along(home / ".git" / "config", self.source, self.place)
        return home

    def whole(self) -> Town:
        """The same, with everyone's folder in its place."""
        if self.source is not None:
            for there in sorted((self.source / "people").iterdir()):
                self.home(there.name)
        return self

    def folder(self, person: str, credential: str = WAIT) -> Path:
        """Where a person works on a micro-credential."""
        return self.home(person) / "portfolios" / person / credential

    def listing(self, person: str, credential: str = WAIT) -> Path:
        """A person's `submission.yaml`."""
        return self.folder(person, credential) / "submission.yaml"

    def run(
        self,
        person: str,
        *words: str,
        at: Path | None = None,
        expect: int | None = 0,
        wait: timedelta | None = None,
    ) -> Ran:
        """One command of one person, whose next steps the parser takes. `expect` None takes any exit code."""
        self.now += wait if wait is not None else timedelta(minutes=1)
        if self.host:
            self.host.clock = max(self.host.clock, self.now)
        out, talk = io.StringIO(), io.StringIO()
        show, home = Show(out, talk), self.home(person)
        edge = Terminal(
            at=at or home,
            show=show,
            now=lambda: self.now,
            fetch=self.fetch,
            keys=self.keys,
            hosts=self.host.transport() if self.host else None,
            pause=self.waits.append,
            no_input=True,
        )
        with self._signed_in(person):
            code = int(run_line(words, edge))
        ran = Ran(code=code, out=out.getvalue(), err=talk.getvalue())
        if expect is not None and code != expect:
            raise AssertionError(f"mcred {' '.join(words)} ended with {code}, not {expect}:\n{ran.said}")
        told = [line.removeprefix("Next: ") for line in ran.said.splitlines() if line.startswith("Next: ")]
        if wrong := [fault for hint in told for fault in faults(hint)]:
            raise AssertionError(f"mcred {' '.join(words)} names what cannot be typed: {'; '.join(wrong)}")
        return ran

    @contextmanager
    def _signed_in(self, person: str) -> Iterator[None]:
        """A person's token in their environment, for the host of this town."""
        with pytest.MonkeyPatch.context() as patch:
            if person in self.tokens:
                patch.setenv("MCRED_TOKEN", self.tokens[person])
                patch.setenv("MCRED_HOST", self.host.url.partition("://")[2])
            yield

    def fetch(self, url: str) -> bytes:
        """What the network answers."""
        self.asked.append(url)
        if url not in self.web:
            raise McredError("there is nothing at that address", code=Exit.UNREACHABLE)
        return self.web[url]

    def copy(self, place: Path) -> Town:
        """The same town somewhere else; paths inside the folders' settings are moved along."""
        if self.is_fixed:
            place.mkdir(parents=True)
            (place / "people").mkdir()
            for there in self.place.iterdir():
                if there.name != "people":
                    _copy_folder(there, place / there.name)
            return Town(place=place, now=self.now, source=self.place)
        _copy_folder(self.place, place)
        for config in place.glob("people/*/.git/config"):
            _move_along(config, self.place, place)
        return Town(place=place, now=self.now, source=self.source, here={*self.here})

    def pack(self) -> Town:
        """Every repository's many small files as few large ones, so that copies are quick."""
        for repo in (self.remote, *(p.parent for p in self.place.glob("people/*/.git"))):
            git(repo, "gc", "--quiet", "--prune=now")
        return self

    def second_computer(self, person: str) -> Path:
        """Another folder of the same person: a copy of the programme with the same key and settings."""
        other = self.place / "second" / person
        shutil.copytree(self.home(person), other, symlinks=True)
        return other

    def start(self, person: str, credential: str = WAIT) -> Path:
        """Begin a micro-credential; its folder."""
        self.run(person, "start", credential)
        return self.folder(person, credential)

    def hand_in(self, person: str, credential: str = WAIT) -> None:
        """Start, and fill in all that is asked for."""
        folder = self.start(person, credential)
        if credential == SLIP:
            (folder / "1-slip.md").write_text("# Slip\n\n## One slip\n\nWhat they wrote.\n", "utf-8")
            return
        (folder / "1-overview.md").write_text(OVERVIEW, encoding="utf-8")
        desk = self.desk(person)
        (desk / "plan.md").write_text(PLAN, encoding="utf-8")
        (desk / "talk.md").write_text(TALK, encoding="utf-8")
        self.run(person, "add", str(desk / "plan.md"), "--for", "lesson-plan", "--in", credential)
        words = ("--for", "class-video", "--type", "observation", "--in", credential)
        self.run(person, "add", str(desk / "talk.md"), *words)

    def tell_of_plan(self, person: str) -> None:
        """Write a text below the heading of the lesson plan, too."""
        part = self.folder(person) / "2-artifacts.md"
        part.write_text(f"# Artifacts\n\n## Lesson plan\n\n{TOLD}\n", "utf-8")

    def desk(self, person: str) -> Path:
        """A folder outside the programme, where a person's own files lie."""
        desk = self.place / "desks" / person
        desk.mkdir(parents=True, exist_ok=True)
        return desk

    def submit(self, person: str, credential: str = WAIT) -> None:
        """Hand in everything and send it."""
        self.hand_in(person, credential)
        self.run(person, "submit", credential, "--attest", "all")

    def status(self, person: str, credential: str = WAIT) -> dict[str, Any]:
        """A person's row for a micro-credential, as `mcred status --json` gives it."""
        rows = self.run(person, "status", "--json").json["submissions"]
        found: dict[str, Any] = next(r for r in rows if r["submission"] == f"{person}/{credential}")
        return found

    def panel(self, earner: str, credential: str = WAIT) -> Sequence[str]:
        """Who still has to assess a submission."""
        waiting = str(self.status(earner, credential)["waiting_for"])
        return [name.strip() for name in waiting.split(",")]

    def assess(self, earner: str, credential: str = WAIT, levels: Mapping[str, str] | None = None) -> None:
        """Everyone who was asked scores what is open; `levels` where not the best."""
        kept = self.carried(earner, credential)
        for person in self.panel(earner, credential):
            scores = self.desk(person) / "scores.yaml"
            scores.write_bytes(scoring(credential, levels or {}, kept))
            self.run(person, "assess", f"{earner}/{credential}", "--from", str(scores), "--yes")

    def carried(self, earner: str, credential: str = WAIT) -> Sequence[str]:
        """The criteria that keep their level in the newest attempt that was sent."""
        ref, folder = f"refs/heads/submission/{earner}/{credential}", f"portfolios/{earner}/{credential}"
        sent = git(self.remote, "ls-tree", "-r", "--name-only", ref, f"{folder}/attempts/").split()
        path = max((p for p in sent if p.endswith("/request.json")), key=lambda p: int(p.split("/")[4]))
        request = git(self.remote, "show", f"{ref}:{path}")
        carried = decode(request.encode(), ReviewRequest, path)[0]
        return carried.carried if carried else ()

    def decide(self, earner: str, credential: str = WAIT, outcome: str = "award", *words: str) -> Ran:
        """Rosa decides."""
        return self.run("rosa", "reconcile", f"{earner}/{credential}", f"--{outcome}", "--yes", *words)

    def award(self, earner: str, credential: str = WAIT) -> None:
        """From start to award."""
        self.submit(earner, credential)
        self.assess(earner, credential)
        self.decide(earner, credential)
        self.run(earner, "sync")

    def send_back(self, earner: str, levels: Mapping[str, str] | None = None) -> None:
        """From start to a first *not yet earned*, fetched by the earner."""
        self.submit(earner)
        self.assess(earner, levels=levels or {"questions": "developing"})
        self.decide(earner, WAIT, "revise", "--feedback", "Open the questions.")
        self.run(earner, "sync")

    def refs(self, person: str = "") -> str:
        """Every ref of a person's folder, or of the remote."""
        # Not what a fetch puts aside for a moment: `refs/mcred/fetched`.
        place = self.home(person) if person else self.remote
        return git(place, "for-each-ref", "refs/heads", "refs/remotes", "refs/tags")

    def files(self, person: str) -> Mapping[str, str]:
        """Every file of a person's folder with a digest of its bytes."""
        return digests(self.home(person))

    def saved(self, person: str, credential: str = WAIT) -> Mapping[str, bytes]:
        """A person's draft as the remote has it, opened with their reading key: path → bytes."""
        return open_sealed(self.remote, self.home(person), person, credential)

    def sent(self, earner: str, credential: str = WAIT) -> Sequence[str]:
        """Which attempts were sent, as the remote has them, oldest first."""
        return sent_attempts(self.remote, earner, credential)


def _copy_folder(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, copy_function=_copy_or_link)
    else:
        shutil.copy2(source, target)


def _move_along(config: Path, old: Path, new: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace(str(old), str(new)), encoding="utf-8")


def _copy_or_link(source: str, target: str) -> None:
    # What git stored once it never changes, so copies may share it.
    if "/objects/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def git(place: Path, *args: str) -> str:
    """git as a person would type it."""
    done = subprocess.run(["git", *args], cwd=place, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def open_sealed(remote: Path, home: Path, person: str, credential: str) -> Mapping[str, bytes]:
    """What the remote has of a draft, read without mcred's own code."""
    from pyrage import decrypt, x25519

    def show(path: str) -> bytes:
        return subprocess.run(
            ["git", "show", f"{ref}:{path}"], cwd=remote, capture_output=True, check=True
        ).stdout

    ref = f"refs/heads/work/{person}/{credential}/draft"
    mine = x25519.Identity.from_str((home / ".git" / "mcred" / "reading-key").read_text().strip())
    (key,) = git(remote, "ls-tree", "-r", "--name-only", ref, "keys/").split()
    opened = x25519.Identity.from_str(decrypt(show(key), [mine]).decode().strip())
    listed = json.loads(decrypt(show("list.age"), [opened]))
    return {
        f["path"]: decrypt(show(f"files/{f['name']}.age"), [x25519.Identity.from_str(f["key"])])
        for f in listed["files"]
    }


def digests(folder: Path) -> Mapping[str, str]:
    """Every file below a folder but git's own, with a digest of its bytes."""
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".git" not in p.relative_to(folder).parts
    }


def sent_attempts(remote: Path, earner: str, credential: str) -> Sequence[str]:
    """The attempt of each submit on the remote, oldest first."""
    ref = f"refs/heads/submission/{earner}/{credential}"
    if not git(remote, "for-each-ref", ref):
        return []
    wanted = (
        "%(trailers:key=Mcred-Event,valueonly,separator=)/%(trailers:key=Mcred-Attempt,valueonly,separator=)"
    )
    lines = git(remote, "log", "--reverse", f"--format={wanted}", ref, "--not", "main").split()
    return [line.partition("/")[2] for line in lines if line.startswith("submit/")]


def scoring(credential: str, levels: Mapping[str, str], carried: Sequence[str] = ()) -> bytes:
    """A filled-in scores file: the best level everywhere, but for `levels`; without what is carried over."""
    definition = DEFINITIONS[credential]
    scores = tuple(
        Score(
            criterion=c.id,
            level=Slug(levels.get(c.id, definition.scale_of(c)[0])),
            feedback="Say more here." if c.id in levels else "",
        )
        for c in definition.criteria
        if c.id not in carried
    )
    return encode(Scoring(format=2, scores=scores, summary="Read with pleasure."))


def _slip() -> Credential:
    levels = {Slug("passing"): "Yes.", Slug("not-yet"): "No."}
    part = Part(
        id=Slug("slip"),
        title="Slip",
        kind="overview",
        scale=Slug("pass"),
        items=(Item(id=Slug("one-slip"), title="One slip", words=Words(min=2, max=9, mode="guide")),),
        criteria=(Criterion(id=Slug("clear"), title="Clear", levels=levels),),
    )
    return a_credential(
        id=CredentialId(SLIP),
        title="Exit Slip",
        topics=("Checking",),
        version=Version("1.0.0"),
        parts=(part,),
    )


DEFINITIONS: Mapping[str, Credential] = {
    WAIT: a_credential(credits=CreditHours(Decimal("1.5"))),
    SLIP: _slip(),
    OLD: a_credential(id=CredentialId(OLD), title="The Old Way", status="retired"),
}


def found_town(place: Path, *, expert_submissions: int = 2, peers: int = 2) -> Town:
    """A programme with its people, by the commands they would type."""
    town = Town(place=place)
    rosa = town.home("rosa")
    place.mkdir(parents=True, exist_ok=True)
    who = ("--person", PEOPLE["rosa"][0], "--id", "rosa", "--school", PEOPLE["rosa"][1])
    rules = ("--expert-submissions", str(expert_submissions), "--peers", str(peers))
    name = ("--name", "Lakeside Schools", "--programme-id", "lakeside")
    shared = ("--remote", str(town.remote))
    more = ("--work", "open", "--no-starter", "--no-guard")
    town.run("rosa", "init", str(rosa), *name, *who, *rules, *shared, *more, at=place)
    for credential, definition in DEFINITIONS.items():
        path = rosa / "credentials" / credential / "credential.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes(encode(definition))
    town.run("rosa", "save", "--programme")
    for person in PEOPLE:
        if person != "rosa":
            join(town, person)
    for person in (p for p in PEOPLE if p not in ("rosa", "eva")):
        town.run("rosa", "person", "add", person, *(("--role", "expert") if person in EXPERTS else ()))
    for person in (p for p in PEOPLE if p != "rosa"):
        town.run(person, "sync")
    return town


def set_site(town: Town, url: str) -> None:
    """Rosa says where the pages will stand."""
    town.run("rosa", "sync")
    rules = town.home("rosa") / "mcred.yaml"
    head, site = rules.read_text("utf-8").split("\nsite:\n")
    rules.write_text(f"{head}\nsite:\n{re.sub('url: .*', f'url: {url}', site, count=1)}", "utf-8")
    town.run("rosa", "save", "--programme")


def join(town: Town, person: str) -> Ran:
    """A person joins, as they are in PEOPLE."""
    name, school = PEOPLE[person]
    town.home(person).parent.mkdir(parents=True, exist_ok=True)
    who = ("--name", name, "--id", person, "--school", school, "--publish", "public")
    return town.run(person, "join", str(town.remote), str(town.home(person)), *who, at=town.place)
