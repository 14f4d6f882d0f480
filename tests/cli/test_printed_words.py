"""Words as they are printed or written: tables, annotations, choices, an export's README, addresses."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app import safe_http as web
from mcred.app.answers.answer import VerbAnswer
from mcred.app.awards.export_readme import write_readme
from mcred.app.awards.issued_badges import IssuedBadge, read_moment
from mcred.app.safe_http import Target, parse_target
from mcred.badges.keys import make_issuer_key
from mcred.cli.render.explanation import meaning
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.domain.audit.values import Finding
from mcred.domain.ids import CommitId
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Site
from mcred.domain.text import clean
from mcred.problems import Exit, McredError, Place, Problem
from tests.school import NOON, a_person, a_programme

MULTIBASE = make_issuer_key(b"\x01" * 32).multibase


def printer() -> tuple[Show, io.StringIO, io.StringIO]:
    out, talk = io.StringIO(), io.StringIO()
    return Show(out, talk), out, talk


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(("a\r\nb", "a\nb"), ("a\rb", "a\ufffdb"), ("a\tb\n", "a\tb\n"), ("\x1b[0m", "\ufffd[0m")),
        *(("\x00\x7f\x9f", "\ufffd" * 3), ("\u202e\u2066\u200f", "\ufffd" * 3), ("\ud800", "\ufffd")),
        *(("\u2028\ufeff", "\ufffd" * 2), ("\u200d", "\u200d"), ("\xa0", "\xa0"), ("\x0b\x0c", "\ufffd" * 2)),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


class NamedAnswer(VerbAnswer, frozen=True, tag="mcred/x/1"):
    """For a test."""

    name: str


class TestShow:
    def test_for_machines_there_is_nothing_but_the_document(self) -> None:
        show, out, talk = printer()
        show.as_json = True
        show.say("a")
        show.title("b")
        show.next("mcred c")
        show.table(("d",), [("e",)])
        show.answer(NamedAnswer(name="Zoë \u202e"))
        assert json.loads(out.getvalue()) == {"schema": "mcred/x/1", "name": "Zoë \u202e"}
        assert out.getvalue().isascii() and talk.getvalue() == ""

    def test_columns_are_as_wide_as_their_widest_cell(self) -> None:
        show, out, _ = printer()
        show.table(("who", "state"), [("ana", "draft"), ("benjamin", "[b]done[/b]")])
        lines = [line.rstrip() for line in out.getvalue().splitlines()]
        assert lines == ["who       state", "ana       draft", "benjamin  [b]done[/b]"]

    def test_results_and_talk_go_apart(self) -> None:
        show, out, talk = printer()
        show.say("two\nlines", indent=2)
        show.note("aside", indent=1)
        show.next("mcred sync")
        assert (out.getvalue(), talk.getvalue()) == ("  two\n  lines\nNext: mcred sync\n", " aside\n")

    def test_a_problem_with_its_line_and_caret(self) -> None:
        show, out, talk = printer()
        place = Place(file="a.yaml", line=2, column=4, source="id:\tx")
        show.problems([Problem(what="bad", where=place, hint="mend it", severity="warning")])
        assert talk.getvalue() == ""
        assert out.getvalue().splitlines() == [
            "a.yaml:2:4: warning: bad",
            "    id: x",
            "       ^",
            "    help: mend it",
        ]

    def test_a_refusal_with_its_problems(self) -> None:
        show, _, talk = printer()
        show.error(McredError("it is so", hint="mcred sync", problems=(Problem(what="why"),)))
        assert talk.getvalue() == "Not done: it is so\nerror: why\nNext: mcred sync\n"

    @pytest.mark.parametrize(
        ("problem", "line"),
        [
            (Problem(what="a", hint="b"), "::error::a (b)"),
            (
                Problem(what="100%\nsure", hint="x:y", severity="warning"),
                "::warning::100%25%0Asure (x:y)",
            ),
            (
                Problem(what="a", hint="b", where=Place(file="p,q:r%.yaml", line=7, column=3)),
                "::error file=p%2Cq%3Ar%25.yaml,line=7,col=3::a (b)",
            ),
            (
                Problem(what="a", hint="b", where=Place(file="p\n::error::q")),
                "::error file=p%0A%3A%3Aerror%3A%3Aq,line=1,col=1::a (b)",
            ),
        ],
    )
    def test_annotations_stay_on_one_line(self, problem: Problem, line: str) -> None:
        show, out, _ = printer()
        show.problems([problem], "github")
        assert out.getvalue() == line + "\n"

    def test_no_one_watches_progress_in_a_pipe(self) -> None:
        show, out, talk = printer()
        with show.working("checking") as tell:
            assert tell is None
        assert out.getvalue() + talk.getvalue() == ""


class TestEdge:
    @pytest.mark.parametrize(
        ("typed", "chosen"),
        [
            (["award"], "award"),
            (["aw"], "award"),
            (["", "r", "rev"], "revise"),
            (["re", "x", "rest"], "rest"),
        ],
    )
    def test_one_of_several_words(
        self, monkeypatch: pytest.MonkeyPatch, typed: Sequence[str], chosen: str
    ) -> None:
        answers = iter(typed)
        monkeypatch.setattr(Terminal, "ask", lambda *words: next(answers))
        show, _, talk = printer()
        assert Terminal(show=show).choose("Which?", ("award", "revise", "rest"), "--outcome") == chosen
        again = "please type one of award, revise, rest\n"
        assert talk.getvalue() == again * (len(typed) - 1)
        assert next(answers, None) is None

    def test_a_whole_word_wins_over_a_longer_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Terminal, "ask", lambda *words: "re")
        assert Terminal(show=printer()[0]).choose("Which?", ("renew", "re"), "--kind") == "re"

    def test_no_one_is_there(self) -> None:
        edge = Terminal(show=printer()[0], no_input=True, typed="mcred award ana/x")
        assert edge.ask("Name?", "--name NAME", default="Ana") == "Ana"
        with pytest.raises(McredError) as open_question:
            edge.ask("Your name?:", "--name NAME")
        assert open_question.value.what == ("--name is required when not running in a terminal (Your name)")
        assert str(open_question.value.hint) == "mcred award ana/x --name NAME"
        with pytest.raises(McredError) as unsaid:
            edge.confirm("Go on?", default=True)
        with pytest.raises(McredError) as secret:
            edge.ask_secret("Passphrase", "MCRED_PASS")
        assert (str(unsaid.value.hint), str(secret.value.hint)) == (
            "mcred award ana/x --yes",
            "set MCRED_PASS",
        )
        assert {e.value.code for e in (open_question, unsaid, secret)} == {Exit.USAGE}


def a_badge(**changes: Any) -> IssuedBadge:
    document = {"name": "Wait Time", "validFrom": "2026-11-02T12:00:00Z", "proof": {}}
    base = IssuedBadge(
        name="wait-time", attempt=1, number=1, folder="b/", data=b"", document=document, became="holds"
    )
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-02T12:00:00Z", NOON),
        ("2026-11-02T14:00:00+02:00", NOON),
        ("2026-11-02T12:00:00.5Z", datetime(2026, 11, 2, 12, 0, 0, 500_000, UTC)),
        *(("2026-11-02T12:00:00", None), ("2026-11-02", None), ("soon", None), ("", None)),
        *((None, None), (3, None), ([], None), ("2026-13-02T12:00:00Z", None)),
    ],
)
def test_moments_of_a_badge(value: object, moment: datetime | None) -> None:
    assert read_moment(value) == moment
    assert a_badge(document={"validUntil": value}).moment("validUntil") == moment
    assert a_badge(document={"validUntil": value}).moment("validFrom") is None


def test_a_badge_that_cannot_be_read_has_its_id_for_a_title() -> None:
    assert (a_badge(document={}).title, a_badge(document={}).is_signed) == ("wait-time", False)
    assert (a_badge().title, a_badge().is_signed) == ("Wait Time", True)


class TestReadme:
    def text(self, *badges: IssuedBadge, files: Sequence[str] = (), own: bool = True, **more: Any) -> str:
        rules = more.pop("rules", a_programme())
        person = replace(a_person("ana"), name=more.pop("name", "Ana"))
        held = dict.fromkeys(files, b"")
        clr = more.pop("clr", "")
        return write_readme(rules, person, badges, held, own=own, clr=clr, when=NOON).decode()

    @pytest.mark.parametrize(
        ("changes", "line"),
        [
            ({}, "Wait Time, 2026-11-02: badges/wait-time/1/"),
            ({"attempt": 2, "number": 3}, "Wait Time, 2026-11-02: badges/wait-time/2-3/"),
            ({"name": "stacks/talk"}, "Wait Time, 2026-11-02: badges/stacks/talk/1/"),
            (
                {"became": "replaced", "why": "by a new one"},
                "Wait Time, 2026-11-02: badges/wait-time/1/ - replaced by a new one",
            ),
            ({"became": "revoked"}, "Wait Time, 2026-11-02: badges/wait-time/1/ - revoked"),
            (
                {"document": {}},
                "wait-time, without a date: badges/wait-time/1/"
                " (not signed: only the program's record vouches for it)",
            ),
        ],
    )
    def test_a_line_for_each_badge(self, changes: dict[str, Any], line: str) -> None:
        after = self.text(a_badge(**changes)).split("The badges\n==========\n\n")[1]
        assert " ".join(after.split("\n\n")[0].split()) == f"- {line}"

    def test_a_name_cannot_make_up_a_heading(self) -> None:
        lines = self.text(name="Ana\nForged\n\x1b[2J").splitlines()
        assert lines[0] == "Micro-credentials of Ana Forged \ufffd[2J"
        assert lines[1] == "=" * len(lines[0])
        assert "Forged" not in lines

    @pytest.mark.parametrize("own", [True, False])
    @pytest.mark.parametrize("keys", [True, False])
    @pytest.mark.parametrize(("clr", "says"), [("", ""), ("signed", "It is signed"), ("x", "It has no sig")])
    def test_only_what_is_there_is_told(self, own: bool, keys: bool, clr: str, says: str) -> None:
        text = self.text(own=own, files=["keys/did.json"] if keys else ["badges/x"], clr=clr)
        assert ("Think before you share" in text) is own
        assert ("their own mcred export" in text.replace("\n  ", " ")) is not own
        assert ("- keys/:" in text, "- clr.json:" in text) == (keys, bool(clr))
        assert [w for w in ("It is signed", "It has no sig") if w in " ".join(text.split())] == [
            w for w in (says,) if w
        ]

    @pytest.mark.parametrize(
        ("site", "issuer"),
        [("", f"did:key:{MULTIBASE}"), ("https://x.example/a", "did:web:x.example:a")],
    )
    def test_the_issuer_is_named_once_something_is_signed(self, site: str, issuer: str) -> None:
        key = PublicKey(id=MULTIBASE, multibase=MULTIBASE, since=date(2026, 9, 1))
        rules = a_programme()
        rules = replace(rules, site=Site(url=site), issuer=replace(rules.issuer, keys=(key,)))
        told = " ".join(self.text(a_badge(), rules=rules).split())
        assert f"The issuer is {issuer}." in told and told.endswith(f"The keys: {MULTIBASE}")
        assert "The issuer is" not in self.text(a_badge(document={}), rules=rules)
        assert "The issuer is" not in self.text(a_badge())

    def test_lines_fit_a_window(self) -> None:
        text = self.text(a_badge(document={"name": "word " * 60}), files=["keys/x"], clr="signed")
        assert max(map(len, text.splitlines())) <= 90
        assert text.endswith("\n") and not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("assessment-late", "an assessment that the decision rests on does not count as it is"),
        ("assessor-barred", "someone assessed who was not allowed to"),
        ("decision-wrong", "the decision does not follow from what it rests on"),
        ("not-signed", "no one has signed this"),
        ("not-allowed", "someone changed what they may not change"),
        ("never-heard-of", "the record was not kept by its rules"),
        ("late-award", "the record was not kept by its rules"),
    ],
)
def test_a_finding_means_what_its_code_begins_with(code: str, means: str) -> None:
    assert meaning(Finding(code=code, commit=CommitId("1" * 40), path="", what="x")) == means


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://x.example", "x.example", 443, "/"),
        ("https://X.Example/a/", "x.example", 443, "/a/"),
        ("https://x.example:8443/a?b=c&d", "x.example", 8443, "/a?b=c&d"),
        ("https://x.example/a#part", "x.example", 443, "/a"),
        ("https://x.example?q", "x.example", 443, "/?q"),
        ("https://x.example/Übung 1", "x.example", 443, "/%C3%9Cbung%201"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/"),
        (" https://x.example/50% ", "x.example", 443, "/50%25"),
    ],
)
def test_an_address_taken_apart(url: str, host: str, port: int, path: str) -> None:
    assert parse_target(url) == Target(host=host, port=port, path=path)


HERE = Target(host="x.example", port=8443, path="/a/b?c")


@pytest.mark.parametrize(
    ("onward", "path"),
    [
        *(("d", "/a/d"), ("/d", "/d"), ("../d", "/d"), ("?e", "/a/b?e"), ("d/#f", "/a/d/")),
        *(("https://x.example:8443/z", "/z"), ("//x.example:8443/z", "/z")),
    ],
)
def test_sent_on_within_the_host(onward: str, path: str) -> None:
    assert web._onward(HERE, onward) == replace(HERE, path=path)


@pytest.mark.parametrize(
    "onward",
    [
        *("", "https://x.example/z", "https://x.example:443/z", "//y.example/z", "http://x.example:8443/z"),
        *("https://x.example.evil:8443/", "https://me@x.example:8443/", "file:///etc/passwd"),
    ],
)
def test_sent_on_to_elsewhere(onward: str) -> None:
    with pytest.raises(McredError):
        web._onward(HERE, onward)
