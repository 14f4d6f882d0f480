"""Who can read what is said as it is, of what is sealed, what members have, and what pages show."""

from __future__ import annotations

import base64
import gzip
import re
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from pyrage import x25519

from mcred.app.profile import who_reads
from tests.cli.court import asked, set_rules
from tests.cli.town import ANSWER, SLIP, WAIT, Ran, Town, digests, git, scoring
from tests.cli.webtown import show_on
from tests.school import a_programme
from tests.searching import find_planted

TOLD = who_reads(a_programme())
ROOT = Path(__file__).parents[2]
UNTRUE = re.compile(
    r"only hers|evidence is private|private (unless|when|until)|assessors saw it|"
    r"what others see|nobody else (can|may) (see|read)|who may see your badges:|"
    r"nothing is shown to the public"
)
TEXTS = sorted(
    path
    for folder in ("mcred", "templates", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".j2", ".po", ".js", ".md", ".json")
    and "decisions" not in path.parts
    and path.name not in ("open_badge.py", "record.md")
)


def test_no_text_promises_more_than_is_so() -> None:
    for path in (ROOT / "README.md", *TEXTS):
        text = " ".join(re.split(r"[\s\"#*>]+", path.read_text("utf-8").lower()))
        found = UNTRUE.search(text)
        assert found is None, f"{path}: {found[0]}"


@pytest.mark.parametrize("work", ["open", "sealed"])
def test_what_an_earner_confirms_and_what_pages_say_are_so_for_the_programme(town: Town, work: str) -> None:
    set_rules(town, "work: open", f"work: {work}")
    members = "Every member of the program may read everything I submit here."
    readers = "The assessors of my submission and the issuers may read everything I submit here."
    said, other = (members, readers) if work == "open" else (readers, members)
    town.run("ana", "sync")
    town.hand_in("ana")
    missing = town.run("ana", "submit", expect=2).err
    start = town.listing("ana").read_text("utf-8")
    town.run("rosa", "build", "--out", str(town.desk("rosa") / "site"))
    pages = town.desk("rosa") / "site"
    page = (pages / "credentials" / WAIT / "index.html").read_text("utf-8")
    for text in (" ".join(missing.split()), start, page):
        assert said in text and other not in text
    about = (pages / "about" / "index.html").read_text("utf-8")
    opened = "only its earner, a coach they let in, its assessors, and the issuers can open it."
    assert (opened in about) is (work == "sealed")
    assert ("can read all of it" in about) is (work == "open")
    if work == "sealed":
        set_rules(town, "work: sealed", f"work: sealed\nrecovery: {x25519.Identity.generate().to_public()}")
        town.run("rosa", "build", "--out", str(pages))
        about = (pages / "about" / "index.html").read_text("utf-8")
        assert "and the keeper of the program&#39;s recovery key can open it." in about


def test_the_page_on_privacy_says_who_reads_what() -> None:
    text = " ".join((ROOT / "docs" / "privacy.md").read_text("utf-8").replace("**", "").split())
    for said in (
        "every member, and anyone else who can reach its address",
        "A draft: only you",
        "sealed as well, to the people who are assigned to assess it and the issuers",
        "reads evidence and submitted work",
        "In both they read the levels of your awards",
        "before it, only the issuers can read it",
        "only the issuers (`mcred person list`) and you can open it",
        "and the program's history does not show it",
        "anyone who guesses your address can check the guess",
    ):
        assert said in text, said


def test_a_new_member_hears_it_before_anything_is_sent(town: Town) -> None:
    who = ("--name", "Nia Berg", "--id", "nia")
    said = town.run("nia", "join", str(town.remote), str(town.home("nia")), *who, at=town.place)
    assert TOLD in said.err
    assert TOLD not in town.run("nia", "setup", "--school", "Oak Grove School").said


def test_the_first_piece_says_it_and_the_next_does_not(town: Town) -> None:
    town.start("ana")
    (town.desk("ana") / "a.md").write_text("One.", "utf-8")
    (town.desk("ana") / "b.md").write_text("Two.", "utf-8")
    first = town.run("ana", "add", str(town.desk("ana") / "a.md"), "--for", "lesson-plan")
    assert TOLD in first.err
    assert TOLD not in town.run("ana", "add", str(town.desk("ana") / "b.md"), "--for", "lesson-plan").err


def test_a_programme_says_it_of_itself(town: Town) -> None:
    text = (town.home("ana") / "README.md").read_text("utf-8")
    assert "can read all of it except drafts, what assessors write, and email addresses" in text
    listing = (town.start("ana") / "submission.yaml").read_text("utf-8")
    assert "Once submitted, everyone in the program can read it" in listing


def test_a_programme_that_seals_work_says_it_of_itself(tmp_path: Path) -> None:
    town = Town(place=tmp_path)
    words = ("--name", "Lake", "--person", "Rosa Diaz", "--no-starter")
    town.run("rosa", "init", str(town.home("rosa")), *words, at=tmp_path)
    text = (town.home("rosa") / "README.md").read_text("utf-8")
    text = " ".join(text.split())
    assert "Only its author can open a draft. Its author, the assigned assessors, and the issuers" in text
    assert "anyone who could open it may have kept a copy" in text and "when and how much" in text
    assert "can open it, and anyone who could open it may have kept a copy" in who_reads(
        replace(a_programme(), work="sealed")
    )


# Random texts are planted where people write, and looked for in every copy.

ANA = f"ana/{WAIT}"
DRAFTS = frozenset({"an earlier draft", "a draft not sent"})
WORK = frozenset(
    {"an answer", "a piece", "the name of a piece", "its title", "its description", "a note", "a film"}
)
"""All of it may be read by every member of an open programme."""
JUDGED = frozenset({"a remark", "a summary", "the reason of a level", "feedback"})
DECLINED = frozenset({"a second remark", "a reason to decline", "feedback on that"})
AWARDED = frozenset({"a remark on an award", "feedback on an award"})
ADDRESS = "an email address"
ALL = DRAFTS | WORK | JUDGED | DECLINED | AWARDED | {ADDRESS}


class Copies:
    """A town where each person has a cache and a folder for temporary files of their own."""

    def __init__(self, town: Town, planted: Mapping[str, str]) -> None:
        self.town = town
        self.planted = planted

    def own(self, person: str) -> Path:
        """What a person's computer keeps outside of the programme's folder."""
        return self.town.place / "own" / person

    @contextmanager
    def _at_home(self, person: str) -> Iterator[None]:
        (self.own(person) / "tmp").mkdir(parents=True, exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            for kind in ("CACHE", "DATA", "STATE", "CONFIG"):
                patch.setenv(f"XDG_{kind}_HOME", str(self.own(person) / kind.lower()))
            patch.setenv("TMPDIR", str(self.own(person) / "tmp"))
            patch.setattr(tempfile, "tempdir", None)
            yield

    def run(self, person: str, *words: str, expect: int | None = 0, at: Path | None = None) -> Ran:
        """One command of one person."""
        with self._at_home(person):
            return self.town.run(person, *words, expect=expect, at=at)

    def score(self, earner: str, remark: str, summary: str, levels: Mapping[str, str]) -> None:
        """The assessor who was asked answers with planted words."""
        judge = next(iter(self.town.panel(earner)))
        text = scoring(WAIT, levels, self.town.carried(earner)).decode()
        text = text.replace("Say more here.", remark).replace("Read with pleasure.", summary)
        path = self.town.desk(judge) / "planted.yaml"
        path.write_text(text, "utf-8")
        self.run(judge, "assess", f"{earner}/{WAIT}", "--from", str(path), "--yes")

    def found(self, *places: Path | bytes) -> set[str]:
        """Which of the planted texts stand in some places."""
        return find_planted(places, self.planted)

    def of(self, person: str) -> set[str]:
        """Which of them stand in what a member has, who has just fetched."""
        self.run(person, "sync")
        return self.found(self.town.home(person), self.own(person))

    def of_stranger(self) -> set[str]:
        """Which of them whoever knows the address can fetch: with git, and by joining."""
        mirror = self.town.place / "mirror.git"
        shutil.rmtree(mirror, ignore_errors=True)
        git(self.town.place, "clone", "--quiet", "--mirror", str(self.town.remote), str(mirror))
        if not self.town.home("zoe").exists():
            who = ("--name", "Zoe Ito", "--id", "zoe", "--school", "Bay")
            place = self.town.home("zoe")
            self.run("zoe", "join", str(self.town.remote), str(place), *who, at=self.town.place)
        return self.found(mirror) | self.of("zoe")


def a_film_that_says(place: Path, text: str) -> Path:
    """A file over the limit of git's own store, which says something in its last bytes."""
    size = 11 * 1024 * 1024
    body = secrets.token_bytes(size - 16 - len(text)) + text.encode()
    place.write_bytes(b"\0\0\0\x10ftypisom\0\0\2\0" + (len(body) + 8).to_bytes(4) + b"mdat" + body)
    return place


def hand_in_planted(copies: Copies, *, with_film: bool) -> None:
    """Ana's drafts, and all that she is about to send, saved."""
    town, said = copies.town, copies.planted
    folder, desk = town.home("ana") / "portfolios" / "ana" / WAIT, town.desk("ana")
    copies.run("ana", "start", SLIP)
    slip = town.folder("ana", SLIP) / "1-slip.md"
    slip.write_text(f"# Slip\n\n## One slip\n\n{said['a draft not sent']}\n", "utf-8")
    copies.run("ana", "save", SLIP)
    copies.run("ana", "start", WAIT)
    overview = "# Overview questions\n\n## Your setting\n\n{}\n"
    (folder / "1-overview.md").write_text(overview.format(said["an earlier draft"]), "utf-8")
    copies.run("ana", "save", WAIT)
    (folder / "1-overview.md").write_text(overview.format(f"{ANSWER} {said['an answer']}"), "utf-8")
    piece = desk / f"{said['the name of a piece']}.md"
    piece.write_text(f"# Plan\n\n{said['a piece']}\n", "utf-8")
    told = ("--title", said["its title"], "--about", said["its description"])
    copies.run("ana", "add", str(piece), "--for", "lesson-plan", "--in", WAIT, *told)
    if with_film:
        film = a_film_that_says(desk / "lesson.mp4", said["a film"])
        copies.run("ana", "add", str(film), "--for", "class-video", "--type", "video", "--in", WAIT)
    else:
        (desk / "talk.md").write_text("09:01 A question.\n", "utf-8")
        words = ("--for", "class-video", "--type", "observation", "--in", WAIT)
        copies.run("ana", "add", str(desk / "talk.md"), *words)
    copies.run("ana", "save", WAIT)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
@pytest.mark.parametrize("work", ["sealed", "open"])
def test_what_is_planted_is_found_where_its_readers_have_it_and_nowhere_else(
    first_web: Town, tmp_path: Path, work: str
) -> None:
    town, is_sealed = show_on(first_web.copy(tmp_path / "town"), "github"), work == "sealed"
    planted = {name: secrets.token_hex(32) for name in ALL if is_sealed or name != "a film"}
    # A longer name is cut where the file is added.
    planted["the name of a piece"] = planted["the name of a piece"][:63]
    copies = Copies(town, planted)
    said, everything = planted, frozenset(planted)
    if is_sealed:
        set_rules(town, "work: open", "work: sealed")
    members = everything if is_sealed else everything - WORK
    """What no member may have who is no reader."""

    def look(hidden: frozenset[str]) -> None:
        assert copies.of("ben") & hidden == copies.of_stranger() & hidden == set()
        assert copies.found(town.remote, repr(town.host.calls).encode()) & hidden == set()

    copies.run("ana", "setup", "--email", f"{said[ADDRESS]}@school.example")
    copies.run("rosa", "person", "add", "ana")
    copies.run("ana", "sync")
    hand_in_planted(copies, with_film=is_sealed)
    look(everything)
    assert copies.of("ana") >= (DRAFTS | WORK) & everything - {"a note"}

    copies.run("ana", "submit", WAIT, "--attest", "all")
    judge = asked(town)
    copies.score("ana", said["a remark"], said["a summary"], {"questions": "developing"})
    look(members)
    # Before the decision she has no remark, whatever she opens.
    seen = copies.run("ana", "explain", ANA).said + copies.run("ana", "view", ANA, "--text", expect=None).said
    assert (copies.of("ana") | copies.found(seen.encode())) & JUDGED == set()

    words = (
        "--level",
        f"questions=basic: {said['the reason of a level']}",
        "--feedback",
        said["feedback"],
    )
    copies.run("rosa", "reconcile", ANA, "--revise", "--yes", *words)
    copies.run("ana", "sync")
    heard = copies.run("ana", "feedback").said + copies.run("ana", "explain", ANA).said
    (piece,) = (town.folder("ana") / "evidence").glob(f"{said['the name of a piece']}*")
    piece.write_text(piece.read_text("utf-8") + "And then a third time.\n", "utf-8")
    copies.run("ana", "submit", WAIT, "--attest", "all", "--note", said["a note"])
    copies.score("ana", said["a second remark"], "Read again.", {"questions": "developing"})
    words = ("--reason", said["a reason to decline"], "--feedback", said["feedback on that"])
    copies.run("rosa", "reconcile", ANA, "--decline", "--yes", *words)
    copies.run("ana", "sync")
    heard += copies.run("ana", "feedback").said + copies.run("ana", "person", "list", "--json").out

    town.submit("cleo")
    copies.score("cleo", said["a remark on an award"], "Good.", {"questions": "developing"})
    words = ("--reason", "It is enough.", "--feedback", said["feedback on an award"])
    copies.run("rosa", "reconcile", f"cleo/{WAIT}", "--award", "--yes", *words)
    copies.run("cleo", "sync")
    theirs = copies.run("cleo", "feedback").said

    copies.run("cleo", "publish-piece", "--all", "--yes")
    look(members)
    assert sum(call.method != "GET" for call in town.host.calls) > 5, "the review host was told of it"
    built = []
    for person in ("ben", "dev", "rosa"):
        copies.run(person, "sync")
        if person != "rosa":
            (town.home(person) / ".git" / "mcred" / "reading-key").unlink()
        site = town.place / f"site-{person}"
        copies.run(person, "build", "--out", str(site))
        assert copies.found(site) == set()
        hidden = DRAFTS | {ADDRESS} if person == "rosa" else members
        assert copies.found(town.home(person), copies.own(person)) & hidden == set()
        built.append(digests(site))
    # Two members without a reading key and an issuer who reads everything build the same bytes.
    assert built[0] == built[1] == built[2] and f"badges/cleo/{WAIT}/1/index.html" in built[0]
    for person in {"mei", "tom"} - {judge}:
        assert copies.of(person) & members == set()
    assert copies.of(judge) & (DRAFTS | {ADDRESS}) == set()
    # The same search finds each of them where its readers have it.
    hers = copies.of("ana") | copies.found(heard.encode())
    assert hers == everything - AWARDED
    assert copies.found(theirs.encode()) == AWARDED


def _packed(place: Path, text: str) -> None:
    _loose(place, text)
    git(place / "repo", "repack", "-adfk", "--quiet")


def _loose(place: Path, text: str) -> None:
    git(place, "init", "--quiet", "repo")
    data = f"a: {text}\n".encode() * 20
    subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=place / "repo", input=data, check=True)


def _ref(place: Path, text: str) -> None:
    git(place, "init", "--quiet", "--bare", "repo.git")
    who = ("-c", "user.name=A", "-c", "user.email=a@x")
    tree = git(place / "repo.git", "hash-object", "-t", "tree", "-w", "/dev/null").strip()
    commit = git(place / "repo.git", *who, "commit-tree", tree, "-m", "x").strip()
    git(place / "repo.git", "update-ref", f"refs/heads/x/{text}", commit)
    git(place / "repo.git", "pack-refs", "--all")


def _database(place: Path, text: str) -> None:
    with closing(sqlite3.connect(place / "cache.db")) as base:
        base.execute("CREATE TABLE kept (data BLOB)")
        base.execute("INSERT INTO kept VALUES (?)", (gzip.compress(text.encode()),))
        base.commit()


def _archive(place: Path, text: str) -> None:
    with zipfile.ZipFile(place / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x.txt", text * 9)


HIDDEN: Mapping[str, Callable[[Path, str], object]] = {
    "a file": lambda place, text: (place / "x").write_bytes(b"\0" + text.encode()),
    "a file's name": lambda place, text: (place / text).mkdir(),
    "base64": lambda place, text: (place / "x").write_bytes(base64.b64encode(b"ab" + text.encode())),
    "a loose object": _loose,
    "a packed object": _packed,
    "the name of a packed ref": _ref,
    "a database": _database,
    "an archive": _archive,
}


@pytest.mark.parametrize("where", HIDDEN)
def test_the_search_finds_it_in(where: str, tmp_path: Path) -> None:
    text, other = secrets.token_hex(32), secrets.token_hex(32)
    HIDDEN[where](tmp_path, text)
    assert find_planted([tmp_path], {"it": text, "another": other}) == {"it"}
