"""`mcred growth`: draw how a portfolio grew; its earner chooses what is shown of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.catalogue import GrowthShownAnswer, growth_answer
from mcred.app.lookup import parse_submission
from mcred.app.people.setup import keep_profile
from mcred.app.work.growth import NOTHING, VisibleGrowth, choose_shown, parse_shown, view_growth
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.commands.everyone.setup import show_profile
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.show import Show, note_stale, show_of
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.ids import SubmissionId
from mcred.domain.people import Shown
from mcred.domain.timeline import tell

EXAMPLES = (
    "mcred growth fractions-number-line",
    "mcred growth fractions-number-line --svg growth.svg",
    "mcred growth fractions-number-line --show attempts,levels",
    "mcred growth fractions-number-line --show nothing",
)
SVG_MARK = b'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="How the portfolio'


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Your micro-credential, or a submission.")],
    show: Annotated[
        str | None,
        typer.Option(
            "--show",
            help="What pages show: attempts, reviews, levels, all, or nothing. Drafts are on no page.",
        ),
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write the picture to this file.")] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show how a portfolio grew: drafts, attempts, reviews, decisions. You choose what pages show."""
    edge = terminal_of(ctx)
    need_ending(edge, svg, ".svg")
    ws = open_workspace(edge)
    note_stale(ws)
    which = parse_submission(ws, submission)
    if show is not None:
        _choose(ws, which, parse_shown(show), dry_run=dry_run)
        return
    found = view_growth(ws, which)
    if json:
        edge.show.answer(growth_answer(found))
    elif svg is None:
        _tell(edge.show, found, is_mine=which.earner == ws.me)
    if svg is not None:
        from mcred.website.timeline import draw_timeline

        write_output(edge, svg, draw_timeline(found.timeline), SVG_MARK, dry_run=dry_run)


def _choose(ws: Workspace, which: SubmissionId, shown: tuple[Shown, ...], *, dry_run: bool) -> None:
    """Store in the earner's own profile what their picture may show."""
    before, asked = choose_shown(ws, which, shown)
    show, said = show_of(ws), ", ".join(shown) or NOTHING
    answer = GrowthShownAnswer(submission=which, shown=shown, written=not dry_run)
    if dry_run:
        if show.as_json:
            show.answer(answer)
        show.say(f"Pages would show of {which.credential}: {said}. Nothing was changed.")
        return
    show.say(f"Pages now show of how {which.credential} grew: {said}.")
    if shown and before.publish == "private":
        show.say("Your badges are on no page (you chose private), so no one sees the picture there yet.")
    show_profile(show, keep_profile(ws, asked, before))
    if show.as_json:
        show.answer(answer)


def _tell(show: Show, found: VisibleGrowth, *, is_mine: bool) -> None:
    timeline, which = found.timeline, found.timeline.submission
    show.title(f"{timeline.title} · {which.earner}")
    for line in tell(timeline):
        show.say(line, indent=2)
    if not timeline.moments:
        show.say("Nothing has been saved or submitted yet.")
    if is_mine:
        show.say(f"Pages show: {', '.join(found.shown) or NOTHING}.")
        show.next(f"mcred growth {which.credential} --show attempts,levels")
    else:
        show.next(f"mcred growth {which} --svg growth.svg")
