"""What is typed wrongly, and what the help says: each verb names its options, each mistake the way on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcred.cli.verbs import VERBS, make_command
from mcred.problems import Exit
from tests.cli.answering import talk
from tests.cli.test_app import NAMES, line
from tests.cli.town import SLIP, WAIT, Town

SOURCE = Path(__file__).parents[2] / "mcred"
MINE = {
    "start": ("--dry-run",),
    "add": (
        "--for",
        "--type",
        "--title",
        "--about",
        "--students",
        "--copy",
        "--in",
        "--dry-run",
    ),
    "check": ("--format", "--json"),
    "publish-piece": ("--of", "--all", "--yes", "--dry-run", "--json"),
    "unpublish": ("--of", "--page", "--dry-run", "--json"),
    "save": ("--programme", "--dry-run"),
    "submit": ("--attest", "--note", "--replace", "--yes", "--dry-run"),
    "withdraw": ("--dry-run",),
    "sync": ("--dry-run",),
    "join": ("--name", "--id", "--school", "--publish"),
    "setup": ("--name", "--id", "--school", "--publish", "--dry-run"),
    "init": ("--name", "--programme-id", "--person", "--id", "--remote", "--url", "--peers", "--dry-run"),
    "browse": ("--topic", "--json"),
    "show": ("--rubric", "--json"),
}


class TestHelp:
    @pytest.mark.parametrize("verb", MINE)
    def test_names_what_can_be_said(
        self, verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "140")
        assert line(verb, "--help").code == 0
        text = capsys.readouterr().out
        assert [option for option in MINE[verb] if option not in text] == []
        command = make_command(verb)
        assert (command.help or "").split(".")[0] in re.sub(r"\s+", " ", text)
        assert all(getattr(p, "help", "") for p in command.params if p.name != "help"), command.params

    @pytest.mark.parametrize("verb", MINE)
    def test_asks_nothing_of_the_folder_it_is_typed_in(self, verb: str, tmp_path: Path) -> None:
        assert line(verb, "-h", at=tmp_path / "nowhere").code == 0

    def test_every_exit_code_is_documented(self, capsys: pytest.CaptureFixture[str]) -> None:
        line("--help")
        text = re.sub(r"\s+", " ", capsys.readouterr().out)
        assert [int(c) for c in Exit if f" {int(c)} " not in text] == []


class TestMistakes:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("stat", "start"),
            ("sumbit", "submit"),
            ("withdrw", "withdraw"),
            ("brows", "browse"),
            ("ad", "add"),
        ],
    )
    def test_a_verb_nearly_right_is_named(self, typed: str, meant: str) -> None:
        ran = line(typed)
        assert ran.code == 2 and meant in ran.err and ran.next == "mcred --help" and ran.out == ""

    @pytest.mark.parametrize("typed", ["zzzz", "START", "ana/wait-time", "[red]x[/]", "\x1b[2J", "學"])
    def test_a_verb_that_is_none_at_all(self, typed: str) -> None:
        ran = line(typed)
        assert ran.code == 2 and ran.next == "mcred --help" and "\x1b" not in ran.said

    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            (("submit", "--atest", "all"), "--attest"),
            (("add", "x", "--fro", "y"), "--for"),
            (("start", WAIT, "--dryrun"), "--dry-run"),
            (("init", "x", "--remot", "y"), "--remote"),
            (("show", WAIT, "--rubrik"), "--rubric"),
            (("save", "--program"), "--programme"),
        ],
    )
    def test_an_option_nearly_right_is_named(self, words: tuple[str, ...], meant: str) -> None:
        ran = line(*words)
        assert ran.code == 2 and meant in ran.err and ran.next == f"mcred {words[0]} --help"

    @pytest.mark.parametrize(
        "words",
        [
            *[(verb, *rest) for verb in MINE for rest in (("--nope",),)],
            ("add", "x", "--for"),
            ("submit", "--note"),
            ("show",),
            ("join",),
            ("init",),
            ("init", "x", "--peers", "none"),
            ("init", "x", "--peers", "0"),
            ("show", WAIT, "too many"),
            ("sync", "all"),
        ],
        ids=" ".join,
    )
    def test_is_two_lines_and_reads_no_folder(self, words: tuple[str, ...], tmp_path: Path) -> None:
        ran = line(*words, at=tmp_path / "nowhere")
        assert ran.code == 2 and ran.out == "" and len(ran.err.splitlines()) == 2
        assert ran.next == f"mcred {words[0]} --help"

    @pytest.mark.parametrize("name", ["--at", "-C"])
    def test_options_for_all_verbs_stand_before_or_after_the_verb(self, town: Town, name: str) -> None:
        there, elsewhere = town.home("ana"), town.place
        said = town.run("ana", "browse").out
        for words in (
            (name, str(there), "browse"),
            ("browse", name, str(there)),
            (name, "people", "browse", name, "ana", "--no-input"),
            ("--no-input", "browse", f"--at={there}", "-v"),
        ):
            assert town.run("ana", *words, at=elsewhere).out == said
        assert town.run("ana", "browse", at=elsewhere, expect=1).out == ""

    def test_no_input_counts_after_the_verb_too(self, town: Town) -> None:
        for words in (("--no-input", "start"), ("start", "--no-input")):
            assert "Missing argument" in talk(town, "ana", *words, expect=2).err

    def test_a_dash_v_shows_details_after_the_verb(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise ValueError("odd")

        monkeypatch.setattr("mcred.cli.commands.teachers.browse.browse", fail)
        assert "Traceback" in town.run("ana", "browse", "-v", expect=3).err
        assert "Traceback" not in town.run("ana", "browse", expect=3).err

    def test_a_verb_as_a_value_is_a_value(self, town: Town) -> None:
        """The words of other verbs among the values do not confuse what is loaded."""
        assert "No micro-credential matches" in town.run("ana", "browse", "submit").out
        assert "No micro-credential matches" in town.run("ana", "browse", "--topic", "withdraw").out
        assert "there is no micro-credential 'start'" in town.run("ana", "start", "start", expect=1).err

    def test_a_value_that_looks_like_an_option(self, town: Town) -> None:
        plan = town.start("ana") / "-plan.md"
        plan.write_text("A plan.", encoding="utf-8")
        at = town.folder("ana")
        assert town.run("ana", "add", "-plan.md", "--for", "lesson-plan", at=at, expect=2).next
        town.run("ana", "add", "--for", "lesson-plan", "--", "-plan.md", at=at)
        assert "evidence/plan.md" in town.listing("ana").read_text(encoding="utf-8")


class TestAlone:
    @pytest.mark.parametrize("words", [(), ("--no-input",), ("-v",)], ids=["nothing", "no input", "verbose"])
    def test_says_where_i_stand(self, ready: Town, words: tuple[str, ...]) -> None:
        ran = ready.run("ana", *words)
        assert WAIT in ran.out and ran.next == f"mcred submit {WAIT}"

    def test_the_version_asks_for_nothing_else(self, tmp_path: Path) -> None:
        ran = line("--version", at=tmp_path / "nowhere")
        assert ran.code == 0 and re.fullmatch(r"mcred \d+\.\d+\.\d+\S*\n", ran.out)


def commands() -> Iterator[tuple[str, str]]:
    """Every text in the source that begins with a command, with its place and the verb in it."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for verb in re.findall(r"(?:^|, |: |\()mcred ([a-z]+(?:-[a-z]+)*)(?![^\n]*\.$)", node.value):
                    yield f"{path.relative_to(SOURCE)}:{node.lineno}", verb


def test_every_command_that_is_named_exists() -> None:
    sentences = {"itself", "does", "writes", "keeps", "cannot", "asks", "stores"}
    found = list(commands())
    assert len(found) > 100
    assert [(place, verb) for place, verb in found if verb not in {*NAMES, *sentences}] == []


class TestWhichOne:
    """A verb without an id means the only open one; it never guesses between two."""

    @pytest.mark.parametrize("verb", ["check", "open", "preview", "submit"])
    def test_two_open_ones_are_named(self, ready: Town, verb: str) -> None:
        ready.start("ana", SLIP)
        before = ready.refs("ana"), ready.refs()
        ran = ready.run("ana", verb, expect=2)
        assert f"which one: {SLIP} or {WAIT}?" in ran.err and ran.next == f"mcred {verb} {SLIP}"
        assert (ready.refs("ana"), ready.refs()) == before

    def test_what_is_earned_is_not_meant(self, earned: Town) -> None:
        assert earned.run("ana", "check", expect=1).next == "mcred browse"
        earned.start("ana", SLIP)
        assert earned.run("ana", "check", expect=1).next.startswith(f"mcred check {SLIP}")

    def test_roles_are_in_the_order_of_the_help(self) -> None:
        roles = list(dict.fromkeys(v.role for v in VERBS))
        assert roles == [
            *("Everyone", "Teachers", "Assessors", "Coaches", "Issuers"),
            *("Recognizers", "Maintainers"),
        ]
