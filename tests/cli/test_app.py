"""The command line as a whole: help, wrong usage, our own bugs, and what is loaded when."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import typer.main

from mcred import __version__
from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.cli.verbs import VERBS, load, make_command
from tests.cli.town import OVERVIEW, WAIT, Ran, Town

ROOT = Path(__file__).parents[2]
NAMES = [v.name for v in VERBS]


def examples() -> list[str]:
    return [line for verb in VERBS for line in load(verb).EXAMPLES]  # type: ignore[attr-defined]


def line(*words: str, at: Path | None = None) -> Ran:
    """A command line outside any town."""
    out, talk = io.StringIO(), io.StringIO()
    edge = Terminal(at=at or Path("/"), show=Show(out, talk), no_input=True)
    code = int(run_line(words, edge))
    return Ran(code=code, out=out.getvalue(), err=talk.getvalue())


class TestHelp:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_verb_has_help_and_two_examples(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        verb = next(v for v in VERBS if v.name == name)
        assert len(load(verb).EXAMPLES) >= 2  # type: ignore[attr-defined]
        for flag in ("-h", "--help"):
            assert line(name, flag).code == 0
        text = capsys.readouterr().out
        assert "Examples" in text and f"mcred {name}" in text

    @pytest.mark.parametrize("typed", examples())
    def test_every_example_parses(self, typed: str) -> None:
        words = shlex.split(typed)
        assert words[0] == "mcred"
        assert len(words) == 1 or words[1] in NAMES
        if len(words) > 1:
            make_command(words[1]).make_context(words[1], words[2:], resilient_parsing=False)

    def test_grouped_by_who_it_is_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert line("--help").code == 0
        text = capsys.readouterr().out
        places = [
            text.index(role) for role in ("Everyone", "Teachers", "Assessors", "Issuers", "Maintainers")
        ]
        assert places == sorted(places)
        for name in NAMES:
            assert name in text
        assert "Exit codes" in text

    def test_version(self) -> None:
        assert line("--version").out.startswith("mcred ")


HEAVY = frozenset({"git", "jinja2", "markdown_it", "cryptography", "ruamel", "nh3", "httpx", "pyrage"})
# The parser's own help page draws with rich, which brings markdown_it along (40 ms); nothing of ours does.
PARSERS_OWN = frozenset({"markdown_it"})


ALL_VERBS = "from mcred.cli.verbs import VERBS, load; [load(v) for v in VERBS]"


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import mcred.cli.app", HEAVY),
        (ALL_VERBS, HEAVY),
        ("from mcred.cli.app import main; main()", HEAVY - PARSERS_OWN),
    ],
)
def test_nothing_heavy_is_loaded_for_help(code: str, heavy: frozenset[str]) -> None:
    script = (
        "import sys, json\nsys.argv = ['mcred', '--help']\n"
        f"try:\n    exec({code!r})\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(json.dumps(sorted(sys.modules)))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stderr)}
    assert sorted(loaded & heavy) == []


def test_ctrl_c_while_the_program_loads_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt", "utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    done = subprocess.run([sys.executable, "-m", "mcred", "status"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {"mcred": "mcred.__main__:main"}


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("words", "said", "then"),
        [
            (("statsu",), "status", "mcred --help"),
            (("status", "--jsn"), "--json", "mcred status --help"),
            (("add",), "FILE", "mcred add --help"),
            (("add", "x", "--for"), "--for", "mcred add --help"),
            (("feedback", "--attempt", "x"), "--attempt", "mcred feedback --help"),
            (("feedback", "--attempt", "0"), "--attempt", "mcred feedback --help"),
            (("start",), "ID", "mcred start --help"),
            (("start", "a", "b"), "b", "mcred start --help"),
            (("--nope",), "--nope", "mcred --help"),
        ],
    )
    def test_is_said_in_two_lines_with_the_help_that_fits(
        self, words: tuple[str, ...], said: str, then: str
    ) -> None:
        ran = line(*words)
        assert ran.code == 2 and said in ran.err and ran.next == then
        assert ran.out == "" and "Traceback" not in ran.err and len(ran.err.splitlines()) == 2

    def test_a_folder_that_is_not_there(self) -> None:
        ran = line("--at", "/nowhere/at/all", "status")
        assert ran.code == 1 and "/nowhere/at/all" in ran.err and ran.next.startswith("mcred join")


class TestOurBugs:
    @pytest.fixture(autouse=True)
    def own_command(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A command for each test: another one's runs the verb as it was."""
        monkeypatch.setattr("mcred.cli.verbs.make_command", make_command.__wrapped__)

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(ctx: typer.Context) -> None:
            raise ZeroDivisionError("https://ana:geheim1@host/x?private_token=geheim2 ghp_geheim3geheim3")

        monkeypatch.setattr("mcred.cli.commands.everyone.sync.run", fail)

    def test_three_lines_a_log_and_no_secrets(self, broken: None) -> None:
        ran = line("sync")
        assert ran.code == 3 and "This is a bug in mcred" in ran.err and "Traceback" not in ran.said
        assert len(ran.err.splitlines()) == 3 and ran.next.startswith("type the same command again")
        log = Path(next(x for x in ran.err.splitlines() if "bug.log" in x).rsplit(" ", 1)[1])
        text = log.read_text(encoding="utf-8")
        assert "ZeroDivisionError" in text and "Traceback" in text and "geheim" not in text

    def test_verbose_shows_it_without_secrets(self, broken: None) -> None:
        ran = line("-v", "sync")
        assert ran.code == 3 and "Traceback" in ran.err and "geheim" not in ran.said

    def test_where_no_log_can_be_written(
        self, broken: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            monkeypatch.setenv(name, str(tmp_path / "file" / "x"))
        ran = line("sync")
        assert ran.code == 3 and "bug.log" in ran.err

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, typer.Abort])
    def test_stopped_by_the_person(self, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]) -> None:
        def fail(ctx: typer.Context) -> None:
            raise stop

        monkeypatch.setattr("mcred.cli.commands.everyone.sync.run", fail)
        ran = line("sync")
        assert ran.code == 130 and "Stopped" in ran.err and "Traceback" not in ran.said


def test_every_hint_of_an_unanswered_question_can_be_typed(signed: Town) -> None:
    for person, *words in (
        ("rosa", "key", "rotate"),
        ("ana", "erase", "lesson-plan", "--reason", "A child."),
        ("rosa", "revoke", f"ana/{WAIT}", "--reason", "By mistake."),
    ):
        _asks_for_yes(signed, person, *words)


def test_what_loses_others_work_or_ends_a_submission_needs_yes(sent: Town) -> None:
    (sent.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")
    sent.run("ana", "submit", "--replace", "--attest", "all", "-n")
    sent.assess("ana")
    said = sent.run("ana", "submit", "--replace", "--attest", "all", expect=2)
    assert "1 assessment of what is in review will not count" in said.err
    sent.run("rosa", "reconcile", f"ana/{WAIT}", "--revise", "--reason", "So.", "-n")
    _asks_for_yes(sent, "rosa", "reconcile", f"ana/{WAIT}", "--decline", "--reason", "Not hers.")


def test_what_loses_no_ones_work_does_not(sent: Town) -> None:
    (sent.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")
    sent.run("ana", "submit", "--replace", "--attest", "all")
    assert sent.sent("ana") == ["1", "2"]


def _asks_for_yes(town: Town, person: str, *words: str) -> None:
    """Refused without a terminal; what it then names is typed and goes on."""
    before = town.refs()
    ran = town.run(person, *words, expect=2)
    assert ran.next.endswith(" --yes") and town.refs() == before
    assert town.run(person, *shlex.split(ran.next)[1:]).code == 0 and town.refs() != before


def test_the_version_is_told_without_loading_anything_else() -> None:
    words = [sys.executable, "-X", "importtime", "-m", "mcred", "--version"]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert ran.stdout == f"mcred {__version__}\n" == line("--version").out
    assert "mcred" in ran.stderr and "typer" not in ran.stderr and "msgspec" not in ran.stderr
