"""What a command loads before it does anything, and what is answered without the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from mcred.cli import quick
from mcred.cli.help import help_of, read_pages
from mcred.cli.verbs import VERBS, load, make_command, make_parser
from tests.cli.test_app import line
from tests.cli.test_completing import surroundings
from tests.cli.town import WAIT, Town

PROGRAM = (sys.executable, "-c", "from mcred.cli.app import main; main()")
"""mcred without what is answered quickly."""
QUICK = {"mcred", "mcred.__main__", "mcred.cli", "mcred.cli.quick", "mcred.cli.help"}
UNUSED = frozenset(
    {
        *(
            "pydantic",
            "markdown_it",
            "cryptography",
            "jinja2",
            "nh3",
            "httpx",
            "PIL",
            "pypdf",
            "openbadgeslib",
        ),
        *("multiprocessing", "concurrent.futures", "email", "http", "ssl", "asyncio", "git", "rapidfuzz"),
        *(
            "rich.progress",
            "rich.markdown",
            "rich.syntax",
            "rich.traceback",
            "rich.prompt",
            "typer.rich_utils",
        ),
        *("mcred.app.programme.edits", "mcred.app.pages", "mcred.website", "mcred.cli.completion"),
    }
)
"""What no command of an ordinary day needs."""


def loaded(words: Sequence[str], at: Path, env: Mapping[str, str]) -> set[str]:
    """The modules that a command loads."""
    code = """
import sys
before = set(sys.modules)
from mcred.__main__ import main
try:
    main()
finally:
    print(*set(sys.modules) - before, sep="\\n", file=sys.stderr)
"""
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, cwd=at, env=env, capture_output=True, text=True)
    assert done.stdout
    return set(done.stderr.splitlines())


@pytest.mark.parametrize(
    ("words", "also"),
    [
        (("status",), {"cryptography"}),
        (("queue",), set()),
        (("browse",), set()),
        (("show", WAIT), set()),
        (("check", WAIT), {"jinja2"}),
        (("submit", WAIT, "--attest", "all", "--dry-run"), {"cryptography", "jinja2"}),
        (("save",), {"cryptography"}),
        (("start", WAIT), {"jinja2"}),
        (("sync",), {"cryptography"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_loads_itself_and_nothing_that_it_does_not_use(
    words: tuple[str, ...], also: set[str], ready: Town
) -> None:
    found = loaded(words, ready.home("ana"), surroundings(ready))
    verbs = {n for n in found if re.fullmatch(r"mcred\.cli\.commands\.\w+\.\w+", n)}
    assert {name.rpartition(".")[2] for name in verbs} == {words[0]}
    unused = {n for n in found if any(n == u or n.startswith(f"{u}.") for u in UNUSED - also)}
    assert unused == set()


@pytest.mark.parametrize(
    "words", [("--version",), ("--help",), ("-h",), ("submit", "--help"), ("tour", "-h")]
)
def test_help_is_told_without_loading_the_program(words: tuple[str, ...], tmp_path: Path) -> None:
    found = loaded(words, tmp_path, os.environ)
    assert {n for n in found if n.partition(".")[0] == "mcred"} <= QUICK and "mcred.cli.quick" in found
    assert not found & {"typer", "rich", "msgspec", "typing", "re", "pathlib"}


class TestHelp:
    """Both ways say the same: `quick` for the lines of every day, the parser for all others."""

    @pytest.mark.parametrize("verb", ["", "add", "restore", "init"])
    def test_is_the_same_from_the_program(self, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
        words = [verb] if verb else []
        assert quick.answer_quickly([*words, "--help"])
        told = capsys.readouterr().out
        assert line("--no-input", *words, "--help").code == 0
        assert capsys.readouterr().out.strip() == told.strip()
        assert told.startswith(f"Usage: mcred {verb}")

    @pytest.mark.parametrize("columns", [30, 40, 63, 64, 80, 100, 200])
    def test_fits_the_terminal(self, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """But for examples, which are copied, and a word or a name that is longer."""
        monkeypatch.setenv("COLUMNS", str(columns))
        for verb, page in read_pages().items():
            lines = help_of(verb).splitlines()
            told = lines[: lines.index("Examples")] if page.examples else lines
            assert [x for x in told if len(x) > min(columns, 100) and len(x.split()) > 4] == []
            assert " ".join(page.about.split()) in re.sub(r"\s+", " ", " ".join(lines))

    @pytest.mark.parametrize("columns", [40, 80])
    def test_every_option_stands_in_full(self, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        for verb, page in read_pages().items():
            lines = help_of(verb).splitlines()
            for row in page.options:
                assert any(x == f"  {row.spelled}" or x.startswith(f"  {row.spelled}  ") for x in lines)

    def test_names_and_texts_stand_side_by_side_or_below(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for columns, at in (
            ("80", "  --for ITEM     Which item it is for; asked for each file otherwise."),
            ("40", "  --for ITEM"),
        ):
            monkeypatch.setenv("COLUMNS", columns)
            assert at in help_of("add").splitlines()

    @pytest.mark.parametrize(
        ("setting", "is_colored"),
        [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
        ids=str,
    )
    def test_has_colors_on_a_terminal_that_wants_them(
        self, setting: Mapping[str, str], is_colored: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        for name, value in setting.items():
            monkeypatch.setenv(name, value)
        assert "\x1b" not in help_of("add")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert ("\x1b[1mOptions\x1b[0m" in help_of("add")) is is_colored
        assert ("\x1b[36m--for ITEM\x1b[0m" in help_of("add")) is is_colored

    def test_a_verb_that_there_is_not_is_left_to_the_program(self) -> None:
        assert not quick.answer_quickly(["nope", "--help"])
        assert not quick.answer_quickly(["", "--help"]) and not quick.answer_quickly(["--help", "add"])

    @pytest.mark.parametrize("words", [("--help",), ("add", "--help"), ("--version",)])
    def test_where_it_cannot_be_printed_the_program_says_why(self, words: tuple[str, ...]) -> None:
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "mcred", *words]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert (
            done.returncode != 0 and "Traceback" not in done.stderr and done.stderr.startswith("Not done: ")
        )


def test_the_pages_are_the_verbs_by_role() -> None:
    pages = {name: (page.role, page.about, page.examples) for name, page in read_pages().items()}
    del pages[""]
    assert list(pages) == [verb.name for verb in VERBS]
    for verb in VERBS:
        about = re.sub(r"\s+", " ", (make_command(verb.name).help or "").split("\n\n")[0])
        assert pages[verb.name] == (verb.role, about, list(load(verb).EXAMPLES))  # type: ignore[attr-defined]


class TestTab:
    """What is offered without the program is what the program would offer."""

    @pytest.mark.parametrize("verb", ["", *(verb.name for verb in VERBS)])
    def test_options_are_those_of_the_parser(self, verb: str) -> None:
        params = (make_command(verb) if verb else make_parser()).params
        names = [n for param in params for n in (*param.opts, *param.secondary_opts) if n[0] == "-"]
        offered = [name for name, _ in quick._offers([verb] if verb else [], "-")]
        assert offered == [*names, "--help", "-h"]
        takes = {n for o in read_pages()[verb].options if o.takes for n in o.names}
        assert takes == {n for p in params for n in p.opts if n[0] == "-" and not p.is_flag}

    @pytest.mark.parametrize(
        "words",
        [
            *(("",), ("sh",), ("--at", "/", "sh"), ("--at", "sh"), ("--no",), ("nope", ""), ("status", "")),
            *(("submit", "--"), ("submit", "--yes", "--"), ("submit", "--attest", "all", "--at")),
            *(
                ("add", "--for", "--"),
                ("add", "x", "--for=y", "--"),
                ("show", "--", "--"),
                ("add", "-n", "-"),
            ),
            *(("restore", "save", ""), ("-v", "sta"), ("person", "add", "--r"), ("--", "sta")),
        ],
        ids=str,
    )
    def test_a_line_has_the_same_offers(self, words: tuple[str, ...], town: Town, tmp_path: Path) -> None:
        asked = {"COMP_WORDS": "\n".join(("mcred", *words)), "COMP_CWORD": str(len(words))}
        assert_same(surroundings(town, **asked, _MCRED_COMPLETE="complete_bash"), tmp_path)

    @pytest.mark.parametrize("shell", ["zsh", "fish"])
    @pytest.mark.parametrize("typed", ["mcred ", "mcred sh", "mcred submit --", "mcred status x"])
    def test_so_it_has_in_other_shells(self, typed: str, shell: str, town: Town, tmp_path: Path) -> None:
        asked = {"_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        assert_same(surroundings(town, **asked, _MCRED_COMPLETE=f"complete_{shell}"), tmp_path)


def test_an_option_is_offered_again_where_it_may_be_repeated() -> None:
    assert [name for name, _ in quick._offers(["submit", "--attest", "all"], "--at")] == ["--attest"]
    assert quick._offers(["add", "--for", "x"], "--fo") == []


def assert_same(env: Mapping[str, str], at: Path) -> None:
    told = []
    for command in (PROGRAM, (sys.executable, "-m", "mcred")):
        done = subprocess.run(command, cwd=at, env=env, capture_output=True, text=True)
        told.append((done.returncode, sorted(NAME.sub(r"\1", row) for row in done.stdout.splitlines())))
    assert told[0] == told[1]


NAME = re.compile(r"^(?:_arguments '\*: :\(\()?\"?([a-z-]+)\"?(?:\t.*|:.*)?$")
"""What is offered, in a line of any of the shells, without what is said of it."""


def test_a_shell_that_asks_whether_there_is_anything_is_told(town: Town) -> None:
    asked = {"_TYPER_COMPLETE_FISH_ACTION": "is-args", "_MCRED_COMPLETE": "complete_fish"}
    for typed, code in (("mcred sta", 0), ("mcred zzz", 1)):
        env = surroundings(town, **asked, _TYPER_COMPLETE_ARGS=typed)
        assert subprocess.run([sys.executable, "-m", "mcred"], cwd=town.place, env=env).returncode == code
