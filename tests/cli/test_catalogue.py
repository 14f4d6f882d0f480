"""`browse`, `show` and `start`: what a definition says reaches the terminal whole, harmless and in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from mcred.domain.credential import Credential, Research, Resource, Stack, Validity
from mcred.domain.ids import CredentialId, StackId, Version
from mcred.formats.encode import encode
from tests.cli.test_show import HOSTILE
from tests.cli.town import DEFINITIONS, OLD, SLIP, WAIT, Town

Publish = Callable[..., None]
TRICKS = HOSTILE.split("\x1b")[0] + "[/] {x} `y` <b>z</b>"


@pytest.fixture
def publish(town: Town) -> Publish:
    """Rosa puts a changed definition on the programme, and Ana gets it."""

    def change(credential: str = WAIT, **changes: object) -> None:
        made = replace(DEFINITIONS[credential], **changes)
        path = town.home("rosa") / "credentials" / credential / "credential.yaml"
        path.write_bytes(encode(made))
        town.run("rosa", "save", "--programme")
        town.run("ana", "sync")

    return change


class TestShow:
    def test_all_that_a_teacher_has_to_know_before(self, town: Town, publish: Publish) -> None:
        publish(
            hours=12,
            prerequisites=(CredentialId(SLIP),),
            validity=Validity(months=36),
            topics=("Questioning", "Talk"),
            research=(Research(citation="Rowe (1974).", url="https://doi.example.org/1"),),
            resources=(Resource(title="A timer", url="https://timer.example.org"),),
        )
        text = town.run("ana", "show", WAIT).out
        for said in (
            "Questioning, Talk · about 12 hours · 1.5 credit hours",
            "It is valid for 36 months.",
            f"Earn first: {SLIP}.",
            "- Rowe (1974).  https://doi.example.org/1",
            "- A timer  https://timer.example.org",
            "The first 2 submissions are assessed by experts (1 each), later ones by 2 teachers",
            "They have 10 days.",
            "To earn it: every criterion at its required level.",
        ):
            assert said in text

    def test_guided_words_and_counts_are_told_apart(self, town: Town) -> None:
        assert "[one-slip] about 2–9 words" in town.run("ana", "show", SLIP).out
        text = town.run("ana", "show", WAIT).out
        assert "[lesson-plan] 1–2 of lesson-plan" in text and "[setting] 3–30 words" in text

    def test_a_retired_one_says_so(self, town: Town) -> None:
        ran = town.run("ana", "show", OLD)
        assert "This micro-credential is retired." in ran.out and ran.next == "mcred browse"

    def test_the_rubric_alone_is_the_rubric_of_the_whole(self, town: Town) -> None:
        whole, rubric = (town.run("ana", "show", WAIT, *more).out for more in ((), ("--rubric",)))
        assert rubric.startswith("\nRubric\n") and whole.endswith(rubric)

    def test_text_of_people_stays_text(self, town: Town, publish: Publish) -> None:
        publish(title=f"T {TRICKS}", competency=f"C {TRICKS}\n\nSecond.", key_method=f"K {TRICKS}")
        ran = town.run("ana", "show", WAIT)
        assert f"T {TRICKS}" in ran.out and f"  C {TRICKS}\n  \n  Second." in ran.out.replace(
            "\n\n", "\n  \n"
        )
        assert f"T {TRICKS}" in town.run("ana", "browse").out
        assert f"T {TRICKS} is started in" in town.run("ana", "start", WAIT).out
        assert f"“T {TRICKS}”" in town.listing("ana").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("typed", "meant"), [("wait_time", WAIT), ("waittime", WAIT), ("exit", SLIP), ("slip-exit", "")]
    )
    def test_the_nearest_is_named(self, town: Town, typed: str, meant: str) -> None:
        ran = town.run("ana", "show", typed, expect=1)
        assert (f"did you mean {meant}?" in ran.err) is bool(meant)
        assert ran.next.startswith("mcred browse") and ran.out == ""

    def test_an_id_in_capital_letters_is_that_id(self, ready: Town) -> None:
        for words in (("show",), ("check",), ("save",), ("submit", "--attest", "all"), ("withdraw",)):
            ready.run("ana", words[0], WAIT.upper(), *words[1:])
        assert {r["state"] for r in ready.run("ana", "status", "--json").json["submissions"]} == {"withdrawn"}

    @pytest.mark.parametrize("typed", ["", ".", "../wait-time", "wait-time/", "[red]", "\x1b[2J"])
    def test_what_is_no_id(self, town: Town, typed: str) -> None:
        for verb in ("show", "start", "check", "save", "submit", "withdraw"):
            ran = town.run("ana", verb, typed, expect=1)
            assert "there is no micro-credential" in ran.err and "\x1b" not in ran.said
        assert not (town.home("ana") / "portfolios" / "ana" / typed / "submission.yaml").exists()


class TestBrowse:
    def test_a_stack_says_how_many_of_which(self, town: Town) -> None:
        both = (CredentialId(WAIT), CredentialId(SLIP))
        stack = Stack(
            format=2,
            id=StackId("talk"),
            version=Version("1.0.0"),
            title=f"Talk {TRICKS}",
            credentials=both,
            need=1,
        )
        path = town.home("rosa") / "credentials" / "stacks" / "talk.yaml"
        path.parent.mkdir()
        path.write_bytes(encode(stack))
        town.run("rosa", "save", "--programme")
        town.run("ana", "sync")
        assert f"Stack Talk {TRICKS}: 1 of {WAIT}, {SLIP}" in town.run("ana", "browse").out

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            (("--topic", "QUEST"), [WAIT]),
            (("--topic", "check"), [SLIP]),
            (("wait after",), [SLIP, WAIT]),
            (("waits after",), [SLIP, WAIT]),
            (("three seconds", "--topic", "checking"), [SLIP]),
            ((".*",), []),
            (("--topic", "[red]"), []),
            (("",), [SLIP, WAIT]),
        ],
        ids=str,
    )
    def test_finds_words_whatever_their_case(
        self, town: Town, words: tuple[str, ...], found: list[str]
    ) -> None:
        rows = town.run("ana", "browse", *words, "--json").json["credentials"]
        assert [row["id"] for row in rows] == found
        ran = town.run("ana", "browse", *words)
        assert ran.next == (f"mcred show {found[0]}" if found else "mcred browse")

    def test_credit_hours_are_listed_where_something_has_them(self, town: Town, publish: Publish) -> None:
        said = {row["id"]: row["credits"] for row in town.run("ana", "browse", "--json").json["credentials"]}
        assert (said[WAIT], said[SLIP]) == ("1.5", None)
        head, *rows = town.run("ana", "browse").out.splitlines()
        assert "credits" in head and any(row.startswith(WAIT) and " 1.5 " in row for row in rows)
        assert "credits" not in town.run("ana", "browse", SLIP).out

    def test_where_i_stand_follows_me(self, back: Town) -> None:
        row = next(x for x in back.run("ana", "browse").out.splitlines() if x.startswith(WAIT))
        assert row.split("  ")[-1].strip() == "not yet earned"

    def test_only_what_is_live_is_offered_and_a_draft_is_not(self, town: Town, publish: Publish) -> None:
        publish(SLIP, status="draft")
        assert SLIP not in town.run("ana", "browse").out
        ran = town.run("ana", "start", SLIP, expect=1)
        assert "is draft, so it cannot be started" in ran.err and ran.next == "mcred browse"


class TestNewVersion:
    """A definition changes while someone works on the old one."""

    def change(self, made: Credential) -> dict[str, object]:
        criterion = replace(made.parts[0].items[0], title="Your place")
        part = replace(made.parts[0], items=(criterion, *made.parts[0].items[1:]))
        return {"version": Version("2.0.0"), "parts": (part, *made.parts[1:])}

    def test_who_began_before_goes_on_with_what_they_began(self, town: Town, publish: Publish) -> None:
        town.hand_in("ana")
        publish(**self.change(DEFINITIONS[WAIT]))
        assert (
            "[setting]" in town.run("ana", "show", WAIT).out
            and "Your place" in town.run("ana", "show", WAIT).out
        )
        assert "is complete" in town.run("ana", "check").out
        town.run("ana", "submit", "--attest", "all")
        assert town.sent("ana") == ["1"]

    def test_who_begins_now_gets_the_new_questions(self, town: Town, publish: Publish) -> None:
        publish(**self.change(DEFINITIONS[WAIT]))
        folder = town.start("ana")
        assert "## Your place" in (folder / "1-overview.md").read_text(encoding="utf-8")
        assert 'version: "2.0.0"' in town.listing("ana").read_text(encoding="utf-8")

    def test_retired_meanwhile_a_draft_can_still_be_finished(self, town: Town, publish: Publish) -> None:
        town.hand_in("ana")
        publish(status="retired", version=Version("1.2.1"))
        assert "is complete" in town.run("ana", "check", WAIT).out
        assert town.run("ben", "sync").code == 0
        assert "is retired" in town.run("ben", "start", WAIT, expect=1).err


class TestStart:
    def test_what_should_be_earned_before_is_said_and_stops_no_one(
        self, town: Town, publish: Publish
    ) -> None:
        publish(prerequisites=(CredentialId(SLIP),))
        ran = town.run("ana", "start", WAIT)
        assert f"{SLIP} should be earned before this one." in ran.err and town.listing("ana").exists()

    def test_a_dry_run_names_every_file(self, town: Town) -> None:
        before = town.refs("ana"), town.files("ana")
        ran = town.run("ana", "start", WAIT, "--dry-run")
        names = ("1-overview.md", "2-artifacts.md", "submission.yaml")
        assert ran.out.splitlines() == [f"Would make portfolios/ana/{WAIT}/{name}" for name in names]
        assert (town.refs("ana"), town.files("ana")) == before

    def test_in_review_it_is_started_already(self, sent: Town) -> None:
        ran = sent.run("ana", "start", WAIT)
        assert "(in review)" in ran.out and ran.next == "mcred status"
        (sent.folder("ana") / "2-artifacts.md").unlink()
        assert sent.run("ana", "start", WAIT).next == f"mcred restore {WAIT}"
        assert not (sent.folder("ana") / "2-artifacts.md").exists()

    def test_guidance_is_not_an_answer(self, town: Town) -> None:
        town.start("ana")
        for credential in (WAIT,):
            ran = town.run("ana", "check", credential, "--json", expect=1)
            assert any("is not answered yet" in p["what"] for p in ran.json["problems"])


class TestNobodyToJudge:
    def test_is_said_with_whom_to_tell_and_the_work_is_kept(self, ready: Town) -> None:
        rules = ready.home("rosa") / "mcred.yaml"
        text = rules.read_text(encoding="utf-8")
        start = text.index("  experts:", text.index("roles:"))
        end = text.index("\n  ", text.index("tom", start))
        rules.write_text(f"{text[:start]}  experts: []{text[end:]}", encoding="utf-8")
        ready.run("rosa", "save", "--programme")
        ran = ready.run("ana", "submit", "--attest", "all", expect=5)
        assert "no one can assess this now" in ran.err and "tell rosa" in ran.err
        assert ran.next == "mcred save" and not ready.sent("ana")
        assert "own-work" in ready.listing("ana").read_text(encoding="utf-8")
        rules.write_text(text, encoding="utf-8")
        ready.run("rosa", "save", "--programme")
        ready.run("ana", "submit")
        assert ready.sent("ana") == ["1"]
