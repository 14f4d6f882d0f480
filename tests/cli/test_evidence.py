"""Evidence in all its kinds: what is taken, how it is listed, changed, taken out, and what is refused."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.assessment.sent_work import choose_left_out
from mcred.domain.credential import EVIDENCE_TYPES
from mcred.domain.disclosure import commitment_of
from mcred.domain.ids import CredentialId, Version
from mcred.domain.pieces import digest_of, read_disclosure
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from tests.cli.town import DEFINITIONS, OVERVIEW, PLAN, SLIP, WAIT, Town, git

PLANS = ("--for", "lesson-plan")
FILM = ("--for", "class-video", "--type", "video")
LISTING = f"portfolios/ana/{WAIT}/submission.yaml"


def listed(town: Town, credential: str = WAIT) -> Submission:
    """Ana's list as it is read."""
    found, problems = decode(town.listing("ana", credential).read_bytes(), Submission, "submission.yaml")
    assert found is not None, problems
    return found


def edit(path: Path, old: str, new: str) -> None:
    """Change a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def mine(town: Town) -> Path:
    """Ana's own folder with a plan; she has started."""
    town.start("ana")
    (town.desk("ana") / "plan.md").write_text(PLAN, encoding="utf-8")
    return town.desk("ana")


class TestKinds:
    def test_every_type_there_is_can_be_asked_for_and_handed_in(self, town: Town) -> None:
        parts = DEFINITIONS[WAIT].parts
        item = replace(parts[1].items[0], accepts=EVIDENCE_TYPES, max=len(EVIDENCE_TYPES))
        part = replace(parts[1], items=(item, *parts[1].items[1:]))
        every = replace(
            DEFINITIONS[WAIT],
            id=CredentialId("every-kind"),
            version=Version("1.0.0"),
            title="Every Kind",
            parts=(parts[0], part),
        )
        path = town.home("rosa") / "credentials" / "every-kind" / "credential.yaml"
        path.parent.mkdir()
        path.write_bytes(encode(every))
        town.run("rosa", "save", "--programme")
        town.run("ana", "sync")
        town.start("ana", "every-kind")
        plan = town.desk("ana") / "plan.md"
        plan.write_text(PLAN, encoding="utf-8")
        for kind in EVIDENCE_TYPES:
            ran = town.run("ana", "add", str(plan), *PLANS, "--type", kind, "--dry-run")
            assert ran.out == f"Would add evidence/plan.md as {kind} for Lesson plan.\n"
        text = town.listing("ana", "every-kind").read_text(encoding="utf-8")
        rows = (
            f"  - {{item: lesson-plan, type: {kind}, title: One, url: 'https://x.example.org/{kind}'}}\n"
            for kind in EVIDENCE_TYPES
        )
        text = text.replace("evidence: []\n", "evidence:\n" + "".join(rows))
        town.listing("ana", "every-kind").write_text(text, encoding="utf-8")
        assert [e.type for e in listed(town, "every-kind").evidence] == list(EVIDENCE_TYPES)
        said = town.run("ana", "check", expect=1).out
        assert "Lesson plan" not in said and "“Class video” needs 1" in said

    def test_what_is_said_of_a_piece_is_listed_word_for_word(self, town: Town, mine: Path) -> None:
        about = "Line one: # no remark\n\"Line\" 'two' [x] {y} | z\n- line three"
        title = 'A title: "with" #signs & [marks]'
        words = ("--title", title, "--about", about, "--students")
        town.run("ana", "add", str(mine / "plan.md"), *PLANS, *words)
        (piece,) = listed(town).evidence
        assert (piece.title, piece.about, piece.students) == (title, about, True)

    def test_bytes_stay_as_they_are(self, town: Town, mine: Path) -> None:
        data = bytes(range(256)) * 5 + b"\r\n\r\n"
        (mine / "photo.JPG").write_bytes(data)
        town.run("ana", "add", str(mine / "photo.JPG"), *PLANS)
        assert (town.folder("ana") / "evidence" / "photo.jpg").read_bytes() == data
        assert town.saved("ana")["evidence/photo.jpg"] == data

    def test_the_file_at_hand_is_meant_from_where_one_stands(self, town: Town, mine: Path) -> None:
        town.run("ana", "--at", str(town.home("ana")), "add", str(mine / "plan.md"), *PLANS, at=mine)
        ran = town.run("ana", "add", "evidence/plan.md", *PLANS, at=town.folder("ana"))
        assert "already added" in ran.out and len(listed(town).evidence) == 1

    def test_a_title_comes_from_the_name_of_the_file(self, town: Town, mine: Path) -> None:
        (mine / "my_second-plan.v2.md").write_text("x", encoding="utf-8")
        ran = town.run("ana", "add", str(mine / "my_second-plan.v2.md"), *PLANS)
        assert "“my second plan.v2” was added" in ran.out

    def test_a_type_that_is_not_accepted_leads_to_the_command_that_adds_the_file(
        self, town: Town, mine: Path
    ) -> None:
        plan = (mine / "plan.md").rename(mine / "my plan.md")
        ran = town.run("ana", "add", str(plan), *PLANS, "--type", "lesson-plans", expect=1)
        town.run("ana", *shlex.split(ran.next)[1:])
        assert len(listed(town).evidence) == 1

    @pytest.mark.parametrize("name", ["~nobody-of-that-name/x.md", "x\0y.md", "https:/x"])
    def test_names_that_lead_nowhere(self, town: Town, mine: Path, name: str) -> None:
        ran = town.run("ana", "add", name, *PLANS, expect=1)
        assert "was not found" in ran.err and ran.next == "mcred add FILE --for lesson-plan"
        assert listed(town).evidence == ()

    def test_what_is_neither_file_nor_folder(self, town: Town, mine: Path) -> None:
        os.mkfifo(mine / "pipe")
        assert town.run("ana", "add", str(mine / "pipe"), *PLANS, expect=1).next
        assert listed(town).evidence == ()


class TestLinks:
    @pytest.mark.parametrize(
        "address",
        [
            "https://video.example.org/42?a=b&c=%20#t=3",
            "https://x.example.org/a'b\"c<script>alert(1)</script>",
            "http://[2001:db8::1]:8080/v",
            "https://münchen.example/ä",
            "https://x.example.org/" + "v" * 900,
        ],
        ids=["parts", "markup", "numbers", "letters", "long"],
    )
    def test_are_listed_as_typed(self, town: Town, mine: Path, address: str) -> None:
        town.run("ana", "add", address, *FILM)
        (piece,) = listed(town).evidence
        assert (piece.url, piece.file, piece.title) == (address, "", "Class video")
        before = town.refs("ana"), town.files("ana")
        assert "already added" in town.run("ana", "add", address, *FILM).out
        assert (town.refs("ana"), town.files("ana")) == before

    @pytest.mark.parametrize(
        "address",
        [
            "https://x.example.org/" + "v" * 3000,
            "https://[::1",
            "https://x.example.org/\u202egpj.exe",
            "https://x.example.org/\x1b]0;t\x07",
            "data://text/html,<script>",
            "https://user@x.example.org/",
            "https:///path",
        ],
        ids=["too long", "half a bracket", "turned around", "control codes", "data", "a name", "no host"],
    )
    def test_refused_leave_the_list_as_it_was(self, town: Town, mine: Path, address: str) -> None:
        before = town.refs("ana"), town.files("ana")
        ran = town.run("ana", "add", address, *FILM, expect=1)
        assert ran.next.startswith("mcred add ") and not set(ran.said) & set("\x1b\x07\u202e")
        assert (town.refs("ana"), town.files("ana")) == before

    def test_a_copy_is_looked_at_and_not_stored(self, town: Town, mine: Path) -> None:
        (mine / "talk.mp4").write_bytes(b"film" * 9000)
        town.run("ana", "add", "https://x.example.org/1", *FILM, "--copy", str(mine / "talk.mp4"))
        (piece,) = listed(town).evidence
        assert piece.sha256 == sha256(b"film" * 9000).hexdigest()
        assert not list((town.folder("ana") / "evidence").iterdir())

    @pytest.mark.parametrize(("copy", "said"), [("nope.mp4", "was not found"), (".", "is a folder")])
    def test_a_copy_that_is_none(self, town: Town, mine: Path, copy: str, said: str) -> None:
        ran = town.run("ana", "add", "https://x.example.org/1", *FILM, "--copy", copy, expect=1)
        assert said in ran.err and ran.next.endswith("--copy FILE") and "https://x.example.org/1" in ran.next

    def test_a_copy_of_a_file_makes_no_sense(self, town: Town, mine: Path) -> None:
        path = mine / "my plan.md"
        path.write_text(PLAN, encoding="utf-8")
        ran = town.run("ana", "add", str(path), *PLANS, "--copy", str(path), expect=2)
        assert "--copy is for a web address" in ran.err and listed(town).evidence == ()
        town.run("ana", *shlex.split(ran.next)[1:])
        assert len(listed(town).evidence) == 1


class TestLimits:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--title", "t" * 500), "title has 500 characters, more than 200"),
            (("--about", "a" * 70000), "about has 70000 characters"),
            (("--about", "one\u2066two"), "hidden character (U+2066)"),
        ],
        ids=["title", "about", "hidden"],
    )
    def test_a_text_the_list_cannot_hold(
        self, town: Town, mine: Path, words: tuple[str, ...], said: str
    ) -> None:
        before = town.refs("ana"), town.files("ana")
        ran = town.run("ana", "add", str(mine / "plan.md"), *PLANS, *words, expect=1)
        assert said in ran.err and ran.next.startswith("mcred add FILE --for lesson-plan")
        assert (town.refs("ana"), town.files("ana")) == before
        town.run("ana", "add", str(mine / "plan.md"), *PLANS)

    @pytest.mark.parametrize(
        ("size", "said"),
        [
            (11 * 2**20, ""),
            (25 * 2**20, ""),
            (25 * 2**20 + 1, "26 MB"),
            (200 * 2**20, "200 MB"),
            (2**31, "2 GB"),
        ],
    )
    def test_the_largest_file(self, town: Town, mine: Path, size: int, said: str) -> None:
        with (mine / "film.mp4").open("wb") as file:
            file.truncate(size)
        ran = town.run("ana", "add", str(mine / "film.mp4"), *FILM, "--dry-run", expect=1 if said else 0)
        assert (not said) is ("Would add evidence/film.mp4 as video" in ran.out)
        if said:
            larger = "more than 25 MB; larger ones are accepted only where submitted work is sealed"
            assert f"film.mp4 has {said}, {larger}" in ran.err
            link = f"mcred add URL --for class-video --type video --copy {mine / 'film.mp4'}"
            assert ran.next == f"upload it where you keep videos, then: {link}"
        assert not (town.folder("ana") / "evidence" / "film.mp4").exists()

    def test_a_large_file_put_there_by_hand_does_not_go_out(self, ready: Town) -> None:
        with (ready.folder("ana") / "evidence" / "talk.md").open("wb") as file:
            file.truncate(26 * 2**20)
        ran = ready.run("ana", "check", expect=1)
        assert "evidence/talk.md" in ran.out and "25 MB" in ran.out
        ready.run("ana", "submit", "--attest", "all", expect=1)
        assert not ready.sent("ana")

    def test_a_list_that_cannot_be_read_is_not_added_to(self, ready: Town) -> None:
        edit(ready.listing("ana"), "format: 2", "format: one")
        before = ready.listing("ana").read_bytes()
        ran = ready.run("ana", "add", "https://x.example.org/1", *FILM, expect=1)
        assert f"{LISTING}:4" in ran.err and ran.next.startswith(f"mcred check {WAIT}")
        assert ready.listing("ana").read_bytes() == before


class TestChanged:
    def test_a_replaced_file_is_what_goes_out(self, ready: Town) -> None:
        (ready.folder("ana") / "evidence" / "plan.md").write_text("A better plan.\n", encoding="utf-8")
        ready.run("ana", "submit", "--attest", "all")
        path = f"portfolios/ana/{WAIT}/evidence/plan.md"
        assert git(ready.remote, "show", f"refs/heads/submission/ana/{WAIT}:{path}") == "A better plan.\n"
        sent = f"submission/ana/{WAIT}:portfolios/ana/{WAIT}/attempts/1"
        request, opened = (
            json.loads(git(ready.remote, "show", f"{sent}/{name}.json"))
            for name in ("request", "disclosures")
        )
        digests = {
            commitment_of(d): said.digest
            for d in opened["disclosures"]
            if (said := read_disclosure(d)) is not None
        }
        (plan,) = (p for p in request["pieces"] if p.get("item") == "lesson-plan")
        assert digests[plan["commitment"]] == digest_of(b"A better plan.\n")
        assert sha256(b"A better plan.\n").hexdigest() not in json.dumps(request)

    def test_taken_out_of_list_and_folder_it_is_gone_there_too(self, ready: Town) -> None:
        (ready.desk("ana") / "more.md").write_text("More.\n", encoding="utf-8")
        ready.run("ana", "add", str(ready.desk("ana") / "more.md"), *PLANS)
        text = ready.listing("ana").read_text(encoding="utf-8")
        start = text.index("  - item: lesson-plan\n    type: lesson-plan\n    title: more")
        ready.listing("ana").write_text(text[:start] + text[start:].split("more.md\n", 1)[1], "utf-8")
        (ready.folder("ana") / "evidence" / "more.md").unlink()
        ready.run("ana", "submit", "--attest", "all")
        names = git(ready.remote, "ls-tree", "-r", "--name-only", f"refs/heads/submission/ana/{WAIT}")
        assert "evidence/plan.md" in names and "more.md" not in names

    def test_the_whole_folder_removed_comes_back_by_start_as_it_was_typed(self, ready: Town) -> None:
        before = ready.listing("ana").read_bytes()
        shutil.rmtree(ready.folder("ana"))
        ready.run("ana", "save")
        ready.run("ana", "start", WAIT)
        assert ready.listing("ana").read_bytes() == before
        assert (ready.folder("ana") / "1-overview.md").read_text(encoding="utf-8") == OVERVIEW
        assert (ready.folder("ana") / "evidence" / "plan.md").read_text(encoding="utf-8") == PLAN
        assert ready.run("ana", "check").next == f"mcred submit {WAIT}"


class TestTwoAtOnce:
    def test_evidence_goes_to_the_one_that_asks_for_it(self, town: Town, mine: Path) -> None:
        town.start("ana", SLIP)
        town.run("ana", "add", str(mine / "plan.md"), *PLANS)
        assert len(listed(town).evidence) == 1 and listed(town, SLIP).evidence == ()

    def test_an_item_of_the_other_one_is_answered_in_words(self, town: Town, mine: Path) -> None:
        town.start("ana", SLIP)
        ran = town.run("ana", "add", str(mine / "plan.md"), "--for", "one-slip", expect=1)
        assert "is answered in writing" in ran.err and ran.next == f"mcred check {SLIP}"

    def test_one_verb_touches_only_the_one_it_names(self, ready: Town) -> None:
        slip = ready.start("ana", SLIP)
        (slip / "1-slip.md").write_text("# Slip\n\n## One slip\n\nTyped, not saved.\n", encoding="utf-8")
        before = git(ready.remote, "rev-parse", f"refs/heads/work/ana/{SLIP}/draft")
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        for words in (("check", WAIT), ("save", WAIT), ("submit", WAIT, "--attest", "all")):
            ready.run("ana", *words)
        assert git(ready.remote, "rev-parse", f"refs/heads/work/ana/{SLIP}/draft") == before
        assert "Typed, not saved." in (slip / "1-slip.md").read_text(encoding="utf-8")
        # Only one of them is in review, so only that one can be meant.
        assert f"of {WAIT} is withdrawn" in ready.run("ana", "withdraw").out
        assert git(ready.remote, "rev-parse", f"refs/heads/work/ana/{SLIP}/draft") == before
        assert ready.status("ana", SLIP)["state"] == "draft, changes not saved"

    def test_both_are_submitted_and_withdrawn_each_by_itself(self, ready: Town) -> None:
        ready.hand_in("ana", SLIP)
        for credential in (WAIT, SLIP):
            ready.run("ana", "submit", credential, "--attest", "all")
        ready.run("ana", "withdraw", WAIT)
        assert ready.status("ana")["state"] == "withdrawn"
        assert ready.status("ana", SLIP)["state"] == "in review (0 of 1)"
        assert ready.sent("ana") == ["1"] and ready.sent("ana", SLIP) == ["1"]


def test_the_largest_files_are_left_out_until_the_others_fit() -> None:
    mega = 1024 * 1024
    sizes = {"a": 100 * mega, "b": 200 * mega, "c": 150 * mega, **{str(n): 0 for n in range(20_000)}}
    assert choose_left_out(sizes) == {"b": 200 * mega}
    assert choose_left_out({"a": 1, "b": 256 * mega - 1}) == {}
    many = {str(n): mega for n in range(20_000)}
    assert len(choose_left_out(many)) == 20_000 - 256
