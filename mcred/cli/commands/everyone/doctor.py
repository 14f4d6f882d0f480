"""`mcred doctor`: check this computer and this folder, and show what to type."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.answers.programme import doctor_answer
from mcred.app.doctor.checkup import Checkup, check_up, mend, report
from mcred.app.doctor.finding import FIX
from mcred.app.doctor.host import check_host
from mcred.cli.terminal import DryRun, Json, Terminal, terminal_of
from mcred.problems import Exit

EXAMPLES = (
    "mcred doctor",
    "mcred doctor --fix",
    "mcred doctor --report for-support.txt",
    "mcred doctor --host",
    "mcred doctor --json",
)
MARKS = {"good": ("ok", "green"), "look": ("look", "yellow"), "wrong": ("wrong", "bold red")}


def run(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Fix what is safe to fix without asking.")] = False,
    to: Annotated[
        Path | None,
        typer.Option("--report", help="Also write a report for support, without secrets.", metavar="FILE"),
    ] = None,
    host: Annotated[
        bool, typer.Option("--host", help="Also check the review host's settings for the program.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Check this computer and this folder for problems, and say what to type to fix them."""
    edge = terminal_of(ctx)
    found = _look(edge, host)
    mended: tuple[str, ...] = ()
    if fix and not dry_run and any(f.next == FIX for f in found.findings):
        mended = mend(edge, time.time())
        found = _look(edge, host)
    if to is not None and not dry_run:
        (edge.at / to).write_text(report(edge, found, str(Path.home())), encoding="utf-8")
    if json:
        edge.show.answer(doctor_answer(found, mended, "mcred status"))
    else:
        _say(edge, found, mended, to)
    if not found.is_well:
        raise typer.Exit(int(Exit.REFUSED))


def _look(edge: Terminal, host: bool) -> Checkup:
    found = check_up(edge, time.time())
    if not host or found.ws is None:
        return found
    return replace(found, findings=(*found.findings, *check_host(found.ws)))


def _say(edge: Terminal, found: Checkup, mended: tuple[str, ...], to: Path | None) -> None:
    show = edge.show
    for line in mended:
        show.say(f"Fixed: {line}.", style="green")
    for finding in found.findings:
        word, style = MARKS[finding.level]
        show.say(f"{word:6} {finding.said}: {finding.what}", style=style)
        if finding.next:
            show.say(f"type: {finding.next}", indent=7)
    if to is not None:
        show.say(f"You can send {to} to whoever helps you; look it over first.")
    show.next(found.next or "mcred status")
