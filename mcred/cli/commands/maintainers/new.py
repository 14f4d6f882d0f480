"""`mcred new`: begin the definition of a micro-credential."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.programme import new_answer
from mcred.app.programme.new_definition import NewDefinition, NewDefinitionResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.layout import definition_path, folder_of_definition

EXAMPLES = (
    "mcred new exit-tickets",
    'mcred new exit-tickets --title "Using Exit Tickets" --topic "Formative Assessment" '
    '--competency "The teacher plans the next lesson from what exit tickets show."',
)


def run(
    ctx: typer.Context,
    credential: Annotated[str, typer.Argument(help="Its id, such as exit-tickets.", metavar="ID")],
    title: Annotated[str, typer.Option(help="Its title; asked otherwise.")] = "",
    topic: Annotated[str, typer.Option(help="A topic that it is listed under; asked otherwise.")] = "",
    competency: Annotated[
        str, typer.Option(help="The one skill it is about, in a sentence; asked otherwise.")
    ] = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Begin a micro-credential's definition: a draft with all its parts, and two sample submissions.

    No existing file is changed, and nothing is saved or sent. mcred lint says what is left to write;
    mcred save --programme sends it to the program.
    """
    command = NewDefinition(credential=credential, title=title, topic=topic, competency=competency)
    run_command(terminal_of(ctx), command, _show_result, new_answer)


def _show_result(show: Show, found: NewDefinitionResult) -> None:
    path = definition_path(found.credential)
    if found.status == "not needed":
        show.say(f"{path} already exists; nothing was changed.")
    else:
        show.say(f"{path} is a draft now: no one can start it until its status is live.", style="bold")
        show.say(f"Two sample submissions are in {folder_of_definition(found.credential)}/examples.")
        show.say("Write what is marked FILL IN; credentials/README.md helps with the rubric.")
    show.next("mcred lint")
