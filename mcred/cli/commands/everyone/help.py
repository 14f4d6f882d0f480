"""`mcred help`: the help of mcred, or of a verb."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.programme import HelpAnswer
from mcred.cli.help import help_of
from mcred.cli.terminal import Json, terminal_of
from mcred.cli.verbs import VERBS
from mcred.domain.text import nearest
from mcred.problems import Exit, McredError

EXAMPLES = ("mcred help", "mcred help submit")


def run(
    ctx: typer.Context,
    verb: Annotated[str, typer.Argument(help="The verb.", metavar="[VERB]")] = "",
    json: Json = False,
) -> None:
    """Show what mcred can do, or how to use a verb, as mcred VERB --help does."""
    names = [known.name for known in VERBS]
    if verb and verb not in names:
        close = nearest(verb, names)
        what = f"there is no command '{verb}'" + (f"; did you mean '{close}'?" if close else "")
        raise McredError(what, hint=f"mcred help {close}".strip(), code=Exit.USAGE)
    show = terminal_of(ctx).show
    if json:
        show.answer(HelpAnswer(verb=verb, text=help_of(verb)))
    else:
        show.out.file.write(help_of(verb))
