"""`mcred start`: start a micro-credential."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import start_answer
from mcred.app.work.start import Start, StartResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.layout import answers_file
from mcred.domain.rules.submit import ENDED, FINAL

EXAMPLES = ("mcred start fractions-number-line", "mcred start student-work-protocol --dry-run")


def run(
    ctx: typer.Context,
    credential: Annotated[str, typer.Argument(help="Which micro-credential.", metavar="ID")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Start a micro-credential: a folder with a file for each part and a heading for each question."""
    run_command(terminal_of(ctx), Start(credential=credential), _show_result, start_answer)


def _show_result(show: Show, found: StartResult) -> None:
    definition, standing = found.definition, found.standing
    if found.status == "not needed":
        word = "draft" if standing.word == "not started" else standing.word
        show.say(f"You have already started {definition.title} ({word}).")
        if standing.word in ENDED:
            show.say("You can resubmit it: change the files in your folder, then submit.")
        done = standing.word in FINAL or standing.is_open
        after = "mcred status" if done else f"mcred check {definition.id}"
        show.next(f"mcred restore {definition.id}" if found.is_incomplete else after)
        return
    show.say(f"{definition.title} is started in {found.folder}", style="bold")
    show.say("Write your answers in these files, under the questions:")
    for part in definition.parts:
        show.say(answers_file(definition, part), indent=4)
    for item in (i for i in definition.items if not i.is_written):
        show.say(f"Add {item.title}:")
        show.whole(f"    mcred add FILE --for {item.id}")
    show.next(f"mcred check {definition.id}")
