"""Terminals of every kind, and pipes: colours, widths, alphabets, and JSON that is nothing but JSON."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from rich.console import Console

from mcred.cli.show import Show
from mcred.problems import McredError, Place, Problem
from tests.cli.test_show import HOSTILE, python
from tests.cli.town import OVERVIEW, SLIP, WAIT, Town

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
JSON_VERBS = (
    (("browse", "--json"), "mcred/catalogue/1", 0),
    (("browse", "zzz", "--json"), "mcred/catalogue/1", 0),
    (("show", WAIT, "--json"), "mcred/credential/1", 0),
    (("show", WAIT, "--rubric", "--json"), "mcred/credential/1", 0),
    (("check", WAIT, "--json"), "mcred/check/1", 1),
    (("check", WAIT, "--json", "--format", "github"), "mcred/check/1", 1),
)


class Typed(io.StringIO):
    """What is printed on a terminal."""

    def isatty(self) -> bool:
        return True


def screen(width: int, **more: Any) -> tuple[Show, io.StringIO]:
    """A printer on a terminal so many columns wide."""
    out = Typed()
    show = Show(io.StringIO(), io.StringIO())
    show.out = show.talk = Console(
        file=out, force_terminal=True, width=width, highlight=False, markup=False, emoji=False, **more
    )
    return show, out


def lines(out: io.StringIO) -> Sequence[str]:
    """What is to be read, without colours."""
    return [line.rstrip() for line in CODES.sub("", out.getvalue()).splitlines()]


class TestJson:
    @pytest.fixture
    def hostile(self, ready: Town) -> Town:
        """Ana's answer is missing and her evidence has a title that plays tricks."""
        (ready.folder("ana") / "1-overview.md").write_text("# Overview questions\n", encoding="utf-8")
        path = ready.listing("ana")
        title = "'</script>é😀 [red]{x}'"
        path.write_text(path.read_text("utf-8").replace("title: plan", f"title: {title}"), encoding="utf-8")
        return ready

    @pytest.mark.parametrize(
        ("words", "schema", "code"),
        JSON_VERBS,
        ids=str,
    )
    def test_is_one_document_and_nothing_else(
        self, hostile: Town, words: tuple[str, ...], schema: str, code: int
    ) -> None:
        ran = hostile.run("ana", *words, expect=code)
        assert (
            ran.json["schema"] == schema and ran.err == "" and ran.out.isascii() and ran.out.endswith("}\n")
        )

    @pytest.mark.parametrize(
        "settings",
        [{"FORCE_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "10"}, {"PYTHONIOENCODING": "latin-1"}],
        ids=lambda s: next(iter(s)),
    )
    def test_is_the_same_whatever_the_terminal(self, hostile: Town, settings: dict[str, str]) -> None:
        plain = hostile.run("ana", "check", WAIT, "--json", expect=1)
        done = python(hostile, "check", WAIT, "--json", **settings)
        assert done.returncode == 1 and done.stdout.decode() == plain.out and done.stderr == b""

    @pytest.mark.parametrize(
        ("words", "code"),
        [(("show", "wait-tim", "--json"), 1), (("check", "--json"), 1), (("browse", "--json", "--x"), 2)],
    )
    def test_a_refusal_leaves_it_empty(self, town: Town, words: tuple[str, ...], code: int) -> None:
        ran = town.run("ana", *words, expect=code)
        assert ran.out == "" and ran.err.startswith("Not done: ") and ran.next

    def test_places_of_problems_can_be_gone_to(self, hostile: Town) -> None:
        found = hostile.run("ana", "check", "--json", expect=1).json
        assert found["complete"] is False and found["submission"] == f"ana/{WAIT}"
        for problem in found["problems"]:
            assert set(problem) == {"severity", "where", "what", "help"}
            assert (hostile.home("ana") / problem["where"].split(":")[0]).is_file()

    def test_a_complete_one_has_no_problems(self, ready: Town) -> None:
        found = ready.run("ana", "check", "--json").json
        assert found == {
            "schema": "mcred/check/1",
            "submission": f"ana/{WAIT}",
            "complete": True,
            "problems": [],
        }

    def test_a_catalogue_says_where_i_stand(self, sent: Town) -> None:
        def word(person: str) -> Any:
            rows = sent.run(person, "browse", "--json").json["credentials"]
            return {row["id"]: row["standing"] for row in rows}

        assert word("ana") == {SLIP: "-", WAIT: "in review"} and word("ben") == {SLIP: "-", WAIT: "-"}


class TestFormats:
    @pytest.mark.parametrize("style", ["xml", "json", "GitHub", ""])
    def test_a_format_that_is_none_is_refused(self, ready: Town, style: str) -> None:
        ran = ready.run("ana", "check", WAIT, "--format", style, expect=2)
        assert f"--format cannot be '{style}'; use text or github" in ran.err
        assert ran.next == f"mcred check {WAIT} --format text"
        assert ready.run("ana", *ran.next.split()[1:]).code == 0

    def test_an_annotation_is_one_line_whatever_it_says(self) -> None:
        out = io.StringIO()
        place = Place(file="a,b:c%d\n::error::x.yaml", line=0, column=0)
        problem = Problem(what="100%\nof: it, ::", where=place, hint="mend\r\nit", severity="warning")
        Show(out, out).problems([problem, Problem(what="no place", hint="h")], "github")
        first, second = out.getvalue().splitlines()
        name = "a%2Cb%3Ac%25d%0A%3A%3Aerror%3A%3Ax.yaml"
        assert first == f"::warning file={name},line=1,col=1::100%25%0Aof: it, :: (mend%0Ait)"
        assert second == "::error::no place (h)"


class TestColours:
    def test_forced_they_are_there_and_the_words_are_the_same(self, ready: Town) -> None:
        plain = python(ready, "show", WAIT).stdout.decode()
        forced = python(ready, "show", WAIT, FORCE_COLOR="1", COLUMNS="200").stdout.decode()
        assert "\x1b[" not in plain and "\x1b[1m" in forced
        assert CODES.sub("", forced).split() == plain.split()

    @pytest.mark.parametrize("settings", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
    def test_no_colour_is_stronger(self, ready: Town, settings: dict[str, str]) -> None:
        done = python(ready, "show", WAIT, **settings)
        assert b"\x1b" not in done.stdout and done.returncode == 0

    def test_a_refusal_keeps_its_two_lines(self, ready: Town) -> None:
        done = python(ready, "show", "wait-tim", FORCE_COLOR="1")
        said = CODES.sub("", done.stderr.decode()).splitlines()
        assert [line.partition(":")[0] for line in said] == ["Not done", "Next"] and done.returncode == 1


class TestWidths:
    @pytest.mark.parametrize("width", [20, 40, 63, 64, 100])
    def test_nothing_is_wider_than_the_terminal_but_what_is_to_be_typed(self, width: int) -> None:
        show, out = screen(width, no_color=True)
        show.say("Several words that go on for longer than any narrow terminal is wide " * 2, indent=4)
        show.table(("id", "title", "you"), [("wait-time", "A title of several words", "draft")])
        show.next("mcred add FILE --for lesson-plan --in wait-time --type lesson-plan --title X")
        text = lines(out)
        assert all(len(line) <= width for line in text if not line.startswith("Next: "))
        assert text[-1] == (
            "Next: mcred add FILE --for lesson-plan --in wait-time --type lesson-plan --title X"
        )

    def test_two_columns_stay_a_table_on_any_width(self) -> None:
        show, out = screen(30, no_color=True)
        show.table(("id", "role"), [("ana", "earner")])
        assert [line.split() for line in lines(out)] == [["id", "role"], ["ana", "earner"]]

    def test_a_block_says_each_cell_with_its_name(self) -> None:
        show, out = screen(40, no_color=True)
        show.table(("id", "state", "", "due"), [("a", "draft", "no name", " - ")])
        assert lines(out) == ["a", "  state: draft", "  no name"]

    def test_a_table_keeps_markup_and_codes_away(self) -> None:
        for width in (40, 120):
            show, out = screen(width, no_color=True)
            show.table(("id", "title", "you"), [(HOSTILE, "[bold]b[/bold]", "\x1b[2J")])
            text = "".join(lines(out)).replace(" ", "")
            assert "[bold]b[/bold]" in text and not set("".join(lines(out))) & set("\x1b\x07\x9b\u202e")

    def test_a_narrow_check_names_every_place(self, town: Town) -> None:
        town.start("ana")
        done = python(town, "check", COLUMNS="30")
        assert b"1-overview.md:3" in done.stdout and done.returncode == 1


class TestProblems:
    def test_a_caret_stands_below_what_is_meant(self) -> None:
        show, out = screen(100, no_color=True)
        place = Place(file="a.yaml", line=2, column=7, source="\tkey: valeu # é")
        show.problems([Problem(what="bad", where=place, hint="write value")])
        head, source, caret, hint = lines(out)
        assert head == "a.yaml:2:7: error: bad" and hint == "    help: write value"
        assert source[caret.index("^") :].startswith("valeu")

    def test_an_error_says_all_its_problems_then_what_to_type(self) -> None:
        out = io.StringIO()
        found = tuple(Problem(what=f"thing {n}", severity=s) for n, s in enumerate(("error", "warning")))
        Show(out, out).error(McredError("it stays", hint="mcred check", problems=found))
        assert out.getvalue().splitlines() == [
            "Not done: it stays",
            "error: thing 0",
            "warning: thing 1",
            "Next: mcred check",
        ]

    def test_without_a_hint_nothing_is_made_up(self) -> None:
        out = io.StringIO()
        Show(out, out).error(McredError("it stays"))
        assert out.getvalue() == "Not done: it stays\n"


class TestWorking:
    def test_piped_it_is_silent(self) -> None:
        out = io.StringIO()
        with Show(out, out).working("sending") as tell:
            assert tell is None
        assert out.getvalue() == ""

    def test_on_a_terminal_it_says_what_is_being_done_and_leaves_nothing(self) -> None:
        show, out = screen(80)
        with show.working("sending [red]") as tell:
            assert tell is not None
            tell("packing\x1b[2J", 3, 7)
            tell("", 7, None)
            show.talk.print("between")
        assert "sending [red]" in out.getvalue() and "\x1b[2J" not in out.getvalue()
        assert out.getvalue().endswith("\x1b[2K") or "between" in lines(out)[-1] or not lines(out)[-1].strip()

    def test_a_failure_within_takes_the_bar_away(self) -> None:
        show, out = screen(80)
        with pytest.raises(McredError), show.working("sending"):
            raise McredError("cut")
        assert out.getvalue().rstrip().endswith(("\x1b[?25h", "\x1b[2K"))


class TestAlphabets:
    @pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
    def test_no_letter_stops_anything(self, ready: Town, encoding: str) -> None:
        text = OVERVIEW.replace("quiet", "日本 🎓 Ωé \x07")
        (ready.folder("ana") / "1-overview.md").write_text(text, encoding="utf-8")
        for words, code in ((("check",), None), (("save",), 0)):
            done = python(ready, *words, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
            assert b"a bug in mcred" not in done.stderr and done.returncode in (
                (0, 1) if code is None else (code,)
            )
        assert "日本" in (ready.folder("ana") / "1-overview.md").read_text(encoding="utf-8")

    def test_bytes_on_the_command_line_that_are_no_text(self, ready: Town) -> None:
        done = python(ready, "show", "wait\udcff", LC_ALL="C.UTF-8")
        assert done.returncode == 1 and b"not valid UTF-8 text" in done.stderr
        done = python(ready, "add", "pl\udcffan.md", "--for", "lesson-plan")
        assert done.returncode == 1 and b"what you typed is not valid UTF-8 text" in done.stderr
        place = ready.home("ana").parent / "pl\udcffan.md"
        place.write_text("x", "utf-8")
        done = python(ready, "add", str(place), "--for", "lesson-plan")
        assert done.returncode == 1 and b"Next: rename it" in done.stderr

    def test_json_reads_back_what_was_written(self, ready: Town) -> None:
        done = python(ready, "show", WAIT, "--json", PYTHONIOENCODING="ascii")
        assert "Rowe, M. B. (1974)" in json.loads(done.stdout)["credential"]["research"][0]["citation"]


def test_what_cannot_be_seen_is_shown_where_something_is_wrong_with_the_caret_below_it() -> None:
    show, out = screen(80)
    where = Place(file="a\u200b.yaml", line=1, column=7, source="id: a\u200bb\u00adc")
    problem = Problem(what="'a\u200bb' is no id", where=where, hint="write ab")
    show.error(McredError("no 'x\u202ey'", problems=(problem,)))
    shown = CODES.sub("", out.getvalue()).splitlines()
    assert [line.rstrip() for line in shown] == [
        "Not done: no 'x(U+202E)y'",
        "a(U+200B).yaml:1:7: error: 'a(U+200B)b' is no id",
        "    id: a(U+200B)b(U+00AD)c",
        "                 ^",
        "    help: write ab",
    ]
