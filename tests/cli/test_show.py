"""What is printed, on every kind of terminal; `browse` and `show`; prompts on a real one."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from rich.console import Console

from mcred.cli.show import Show
from mcred.domain.text import clean
from mcred.problems import McredError, Place, Problem
from tests.cli.keyboard import press_control_c
from tests.cli.town import OLD, SLIP, WAIT, Town

ROOT = Path(__file__).parents[2]
HOSTILE = "[red]x[/red] \x1b[31mred\x1b]0;title\x07 \u202eright \u2066 \x9b2J tail"


def python(town: Town, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`mcred` as a process of its own, in Ana's folder."""
    command = [sys.executable, "-m", "mcred", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MCRED_NO_INPUT": "1", **environment}
    return subprocess.run(command, cwd=town.home("ana"), env=env, capture_output=True, check=False)


class TestPrinter:
    def test_user_text_is_shown_as_it_is_and_harmless(self) -> None:
        out, talk = io.StringIO(), io.StringIO()
        show = Show(out, talk)
        show.say(HOSTILE)
        show.say(HOSTILE, indent=4)
        show.title(HOSTILE)
        show.note(HOSTILE)
        show.next(HOSTILE)
        show.table(("a",), [(HOSTILE,)])
        problem = Problem(
            what=HOSTILE, where=Place(file=HOSTILE, line=1, column=3, source=HOSTILE), hint=HOSTILE
        )
        show.problems([problem])
        show.problems([problem], "github")
        show.error(McredError(HOSTILE, hint=HOSTILE, problems=(problem,)))
        printed = out.getvalue() + talk.getvalue()
        assert "[red]x[/red]" in printed and "tail" in printed
        assert not set(printed) & set("\x1b\x07\x9b\u202e\u2066\r\x00")

    def test_clean_keeps_what_people_write(self) -> None:
        text = "Zoë, Ωmega, 日本, عربى, 👩‍🏫\n\ttab"
        assert clean(text) == text

    def test_piped_lines_are_not_broken_nor_filled_up(self) -> None:
        out = io.StringIO()
        Show(out, out).say("word " * 60 + "end", indent=4)
        assert out.getvalue() == "    " + "word " * 60 + "end\n"

    def test_a_caret_stays_below_its_column_in_a_long_line(self) -> None:
        talk = io.StringIO()
        source = "x" * 300 + "HERE" + "y" * 300
        place = Place(file="a.yaml", line=1, column=301, source=source)
        Show(talk, talk).problems([Problem(what="bad", where=place)])
        lines = talk.getvalue().splitlines()
        assert lines[1][lines[2].index("^")] == "H"


def test_a_narrow_terminal_gets_blocks_instead_of_a_table() -> None:
    rows = [("fractions-number-line", "in review (0 of 1)", "tom", "-"), ("wait-time", "draft", "you", "")]
    for width, broken in ((40, False), (100, False)):
        show, out = Show(io.StringIO(), io.StringIO()), io.StringIO()
        show.out = Console(file=out, force_terminal=True, width=width, no_color=True, highlight=False)
        show.table(("micro-credential", "state", "who acts", "due"), rows)
        lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()]
        assert all(len(line) <= width for line in lines)
        assert any(line.startswith("fractions-number-line") for line in lines) is not broken
        assert ("  who acts: tom" in lines) is (width == 40)
        assert not any(line.strip() in ("due: -", "due:") for line in lines)


class TestBrowseAndShow:
    def test_browse(self, town: Town) -> None:
        ran = town.run("ana", "browse")
        assert WAIT in ran.out and SLIP in ran.out and OLD not in ran.out
        assert ran.next == f"mcred show {SLIP}"
        assert SLIP not in town.run("ana", "browse", "--topic", "quest").out
        assert WAIT in town.run("ana", "browse", "SILENCE").out
        assert WAIT in town.run("ana", "browse", "silénce", "wait").out
        near = town.run("ana", "browse", "wiat", "tme").out
        assert WAIT in near and SLIP not in near
        assert SLIP not in town.run("ana", "browse", WAIT).out
        assert "No micro-credential matches" in town.run("ana", "browse", "silence", "zzz").out
        assert "No micro-credential matches" in town.run("ana", "browse", "zzz").out

    def test_browse_for_machines(self, town: Town) -> None:
        ran = town.run("ana", "browse", "--json")
        assert ran.json["schema"] == "mcred/catalogue/1" and ran.err == ""
        assert [c["id"] for c in ran.json["credentials"]] == [SLIP, WAIT]

    def test_show(self, ready: Town) -> None:
        text = ready.run("ana", "show", WAIT).out
        for part in ("Wait Time", "Competency", "[class-video] 1 of video or observation", "3–30 words"):
            assert part in text
        assert "proficient (needed): Open." in text and "basic (needed): 1 s." in text
        assert "Competency" not in ready.run("ana", "show", WAIT, "--rubric").out
        assert ready.run("ana", "show", WAIT, "--json").json["credential"]["id"] == WAIT

    def test_show_leads_on(self, ready: Town) -> None:
        assert ready.run("ana", "show", WAIT).next == f"mcred check {WAIT}"
        assert ready.run("ana", "show", SLIP).next == f"mcred start {SLIP}"
        assert ready.run("ana", "show", OLD).next == "mcred browse"
        assert "did you mean wait-time?" in ready.run("ana", "show", "wait-tim", expect=1).err


class TestTerminals:
    def test_ascii_only(self, ready: Town) -> None:
        for words in (("show", WAIT), ("check",), ("--help",), ("add", "nope", "--for", "setting")):
            done = python(ready, *words, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
            assert done.returncode in (0, 1) and b"a bug in mcred" not in done.stderr, done.stderr.decode()
            assert (done.stdout + done.stderr).isascii()

    @pytest.mark.parametrize("settings", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "40"}])
    def test_plain_and_narrow(self, ready: Town, settings: dict[str, str]) -> None:
        done = python(ready, "status", **settings)
        assert done.returncode == 0 and b"\x1b" not in done.stdout and b"Next: mcred submit" in done.stdout

    def test_a_closed_pipe_is_no_error(self, ready: Town) -> None:
        code = f"{sys.executable} -m mcred show {WAIT} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-c", code], cwd=ready.home("ana"), env=env, capture_output=True, check=False
        )
        assert b"Traceback" not in done.stderr and b"bug" not in done.stderr

    def test_machine_output_is_ascii_json_whatever_the_text(self, ready: Town) -> None:
        done = python(ready, "show", WAIT, "--json", PYTHONIOENCODING="ascii")
        assert done.returncode == 0 and done.stdout.startswith(b"{") and done.stdout.isascii()


def test_asked_on_a_terminal(ready: Town) -> None:
    """Setup and submit as a person meets them, question by question."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "NO_COLOR": "1"}
    env.pop("MCRED_NO_INPUT", None)

    def mcred(home: Path, *words: str) -> pexpect.spawn[str]:
        return pexpect.spawn(
            sys.executable, ["-m", "mcred", *words], cwd=str(home), env=env, encoding="utf-8", timeout=60
        )

    ready.run("zoe", "join", str(ready.remote), str(ready.home("zoe")), at=ready.place)
    asked = mcred(ready.home("zoe"), "setup")
    for question, answer in (
        ("Your name", "Zoe [bold]Ito"),
        ("Your short id", "zoe"),
        ("Your school", "Bay School"),
        ("Who may see your badges", "unl"),
        ("check the guess in the same way[^?]*Your email address", "zoe@bay.example"),
    ):
        asked.expect(question)
        asked.sendline(answer)
    asked.expect(r"You are Zoe \[bold\]Ito \(zoe\)")
    asked.expect(pexpect.EOF)
    assert asked.wait() == 0
    profile = (ready.home("zoe") / "portfolios" / "zoe" / "profile.yaml").read_text(encoding="utf-8")
    assert "publish: unlisted" in profile and "zoe@bay.example" not in profile and "hash: sha256$" in profile

    asked = mcred(ready.home("ana"), "submit")
    for _ in range(3):
        asked.expect(r"\[y/N\]")
        asked.sendline("y")
    asked.expect(r"Submit it now\?")
    asked.sendline("n")
    asked.expect("Nothing was submitted")
    asked.expect(pexpect.EOF)
    assert asked.wait() == 0 and not ready.sent("ana")

    # The statements were kept, so only the last question is left.
    asked = mcred(ready.home("ana"), "submit")
    asked.expect(r"Submit it now\?")
    asked.sendline("")
    asked.expect("is submitted")
    asked.expect(pexpect.EOF)
    assert asked.wait() == 0 and ready.sent("ana") == ["1"]

    asked = mcred(ready.home("ana"), "let-in", "dev", "--of", WAIT)
    asked.expect(r"Let dev read")
    press_control_c(asked)
    asked.expect(pexpect.EOF)
    assert asked.wait() == 130
