"""`mcred growth`: draw how a portfolio grew; its earner chooses what is shown of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.lookup import parse_submission
from mcred.app.pending import newest_refs
from mcred.app.people.setup import keep_profile
from mcred.app.profile import read_profile
from mcred.app.programme.timeline import read_timelines
from mcred.app.work.drafts import work_folder
from mcred.app.work.page_wishes import shown_people
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.commands.everyone.setup import show_profile
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.show import note_stale, show_of
from mcred.cli.terminal import DryRun, Json, Terminal, terminal_of
from mcred.domain.ids import SubmissionId
from mcred.domain.people import Shown
from mcred.domain.stats.overview import may_see_all
from mcred.domain.timeline import ALL, Timeline, keep_shown, tell
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred growth fractions-number-line",
    "mcred growth fractions-number-line --svg growth.svg",
    "mcred growth fractions-number-line --show attempts,levels",
    "mcred growth fractions-number-line --show nothing",
)
SVG_MARK = b'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="How the portfolio'
NOTHING = "nothing"


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Your micro-credential, or a submission.")],
    show: Annotated[
        str | None,
        typer.Option("--show", help="What pages show: drafts, attempts, reviews, levels, all or nothing."),
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write the picture into this file.")] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show how a portfolio grew: drafts, attempts, reviews, decisions. You choose what pages show."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    need_ending(edge, svg, ".svg")
    ws = open_workspace(edge)
    note_stale(ws)
    which = parse_submission(ws, submission)
    if show is not None:
        choose(ws, which, parse_shown(show, edge), dry_run=dry_run)
        return
    timeline = _visible(ws, which)
    if json:
        edge.show.json("mcred/growth/1", _plain(ws, timeline))
    elif svg is None:
        _tell(ws, timeline)
    if svg is not None:
        from mcred.website.timeline import draw_timeline

        write_output(edge, svg, draw_timeline(timeline), SVG_MARK, dry_run=dry_run)


def parse_shown(text: str, edge: Terminal) -> tuple[Shown, ...]:
    """The parts that a list of words names, each once, in fixed order. Raises McredError for an unknown
    word."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == [NOTHING]:
        return ()
    if words == ["all"]:
        return ALL
    unknown = [word for word in words if word not in ALL]
    if unknown or not words:
        said = f"'{unknown[0]}' is nothing that a picture shows" if unknown else "nothing was named"
        raise McredError(
            f"{said}; it can be {', '.join(ALL)}, all or {NOTHING}",
            hint="mcred growth ID --show attempts,levels",
            code=Exit.USAGE,
        )
    return tuple(part for part in ALL if part in words)


def choose(ws: Workspace, which: SubmissionId, shown: tuple[Shown, ...], *, dry_run: bool) -> None:
    """Record in the earner's own profile what their picture may show."""
    me, show = ws.confirmed(), show_of(ws)
    if which.earner != me:
        raise McredError(
            f"only {which.earner} chooses that", hint=f"mcred growth {which}", code=Exit.NOT_ALLOWED
        )
    before = read_profile(work_folder(ws), me)
    if before is None:
        raise McredError("your profile is not in this folder", hint="mcred sync")
    said = ", ".join(shown) or NOTHING
    if dry_run:
        show.say(f"Would show of {which.credential}: {said}. Nothing was changed.")
        return
    kept = {c: parts for c, parts in before.growth.items() if c != which.credential}
    asked = replace(before, growth={**kept, which.credential: shown} if shown else kept)
    show.say(f"Pages show of how {which.credential} grew: {said}.")
    if shown and before.publish == "private":
        show.say("Your badges are on no page (you chose private), so nobody sees the picture there yet.")
    show_profile(show, keep_profile(ws, asked, before))


def _visible(ws: Workspace, which: SubmissionId) -> Timeline:
    """The timeline as far as the current user may see it."""
    refs = newest_refs(ws.repo, lambda _: ws.url is None or which.earner == ws.me)
    whole = read_timelines(ws.repo, ws.catalog, refs, (which,))[which]
    if which.earner == ws.me or may_see_all(ws.catalog, ws.me):
        return whole
    profile = shown_people(ws).get(which.earner)
    chosen = profile.growth.get(which.credential, ()) if profile else ()
    if not chosen:
        raise McredError(
            f"{which.earner} has not chosen to show how {which.credential} grew",
            hint="mcred progress",
            code=Exit.NOT_ALLOWED,
        )
    return keep_shown(whole, chosen)


def _tell(ws: Workspace, timeline: Timeline) -> None:
    show, which = show_of(ws), timeline.submission
    show.title(f"{timeline.title} · {which.earner}")
    for line in tell(timeline):
        show.say(line, indent=2)
    if not timeline.moments:
        show.say("Nothing was saved or sent yet.")
    if which.earner == ws.me:
        profile = ws.catalog.people.get(which.earner)
        chosen = profile.growth.get(which.credential, ()) if profile else ()
        show.say(f"Pages show: {', '.join(chosen) or NOTHING}.")
        show.next(f"mcred growth {which.credential} --show attempts,levels")
    else:
        show.next(f"mcred growth {which} --svg growth.svg")


def _plain(ws: Workspace, timeline: Timeline) -> dict[str, object]:
    profile = ws.catalog.people.get(timeline.submission.earner)
    chosen = profile.growth.get(timeline.submission.credential, ()) if profile else ()
    return {
        "submission": str(timeline.submission),
        "title": timeline.title,
        "shown": list(chosen),
        "moments": [
            {
                "part": m.shown,
                "kind": m.kind,
                "when": m.when.isoformat(),
                "attempt": m.attempt,
                "outcome": m.outcome,
                "met": m.met,
                "of": m.of,
            }
            for m in timeline.moments
        ],
    }
