"""`mcred add-badge`: keep a badge that you earned elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.elsewhere import add_badge_answer
from mcred.app.elsewhere.add import AddBadge, AddBadgeResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.network.elsewhere import ElsewhereBadge

EXAMPLES = (
    "mcred add-badge reading-coach.png",
    "mcred add-badge reading-coach.png --online --identity ana@school.example",
    "mcred add-badge reading-coach --publish",
    "mcred add-badge reading-coach --private",
    "mcred remove reading-coach --in elsewhere",
)


def run(
    ctx: typer.Context,
    badge: Annotated[str, typer.Argument(help="A badge file, or the name of a badge you added before.")],
    name: Annotated[str, typer.Option(help="A short name for it; made from its title otherwise.")] = "",
    identity: Annotated[
        str,
        typer.Option(help="Your email address, to check that it was issued to you.", metavar="EMAIL"),
    ] = "",
    online: Annotated[
        bool, typer.Option("--online", help="Ask the issuer's own address for keys and revocations.")
    ] = False,
    publish: Annotated[
        bool | None, typer.Option("--publish/--private", help="Show it on your page, or take it off.")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a badge that you earned elsewhere to your own folder: Open Badges 1, 2, or 3, in any form.

    It is verified now, and each time it is shown. It is saved the way your drafts are: no one else can read
    it unless you publish it. It adds no hours to your transcript. If the program accepts it in place of one
    of its own micro-credentials, it counts where that one is required first, once --identity has shown that
    it was issued to you.
    """
    edge = terminal_of(ctx)
    command = AddBadge(badge=badge, name=name, identity=identity, online=online, publish=publish)
    run_command(edge, command, _show_result, add_badge_answer, yes=yes)


def _show_result(show: Show, found: AddBadgeResult) -> None:
    badge = found.badge
    kept = "You already have" if found.status == "not needed" else "Added"
    show.say(f"{kept} “{badge.title}” as {badge.name}, issued by {badge.issuer or 'no one it names'}.")
    show.say(f"Verified on {badge.checked}: {say_verdict(badge)}.")
    if badge.counts_as:
        show.say(f"It counts where {' or '.join(badge.counts_as)} is required first.")
    if found.shown:
        show.say("It is on your page the next time the program's pages are built.")
        show.next(f"mcred add-badge {badge.name} --private   (takes it off)")
    else:
        show.say("No one else can read it.")
        show.next(f"mcred add-badge {badge.name} --publish   (shows it on your page)")


def say_verdict(badge: ElsewhereBadge) -> str:
    """`cannot tell: intact, but the issuer is unknown to you`."""
    return f"{badge.verdict}: {badge.reason}" if badge.reason else badge.verdict
