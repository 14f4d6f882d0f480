"""`mcred explain`: how an award came about, for readers without technical knowledge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mcred.app.audit.run import AuditResult
from mcred.app.awards.explain import Story, audit_record, find_badge, gather, stored_badge
from mcred.app.awards.resolver import is_file
from mcred.app.awards.stack_lookup import names_stack
from mcred.app.lookup import parse_submission
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.json_reader import read_json
from mcred.badges.proof import issuer_of
from mcred.badges.verify import open_badge
from mcred.cli.render.explanation import show_explanation, story_json
from mcred.cli.render.stack_explanation import (
    StackStory,
    find_stack_badge,
    gather_stack,
    stack_json,
    tell_stack,
)
from mcred.cli.show import note_stale
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.domain.ids import SubmissionId
from mcred.problems import Exit, McredError
from mcred.store.git import open_repo

EXAMPLES = (
    "mcred explain ana/fractions-number-line",
    "mcred explain ana/fractions-number-line --attempt 1 --brief",
    "mcred explain ana/stacks/evidence-to-action",
    "mcred explain badge.json",
)
LARGEST = 5 * 1024 * 1024


def run(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="Whose and which: ana/true-cost, ana/stacks/evidence-to-action; or a badge's file.",
            metavar="WHAT",
        ),
    ],
    attempt: Annotated[int | None, typer.Option(help="An earlier attempt.", min=1)] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Counts instead of names and remarks.")] = False,
    json: Json = False,
) -> None:
    """Tell how an award came about: the rule of that day, who judged and why, what they found.

    WHAT is a submission, a stack's badge, or a badge's file (JSON, SVG or PNG). The whole record is audited
    first. Ends with 1 when something about it does not follow from the rules.
    """
    edge = terminal_of(ctx)
    edge.show.as_json = json
    place = edge.at / what
    if is_file(place):
        if attempt is not None:
            raise McredError(
                "a badge is about one attempt already", hint=f"mcred explain {what}", code=Exit.USAGE
            )
        story, doubt = _of_badge(edge, place, what)
    elif names_stack(what):
        if attempt is not None:
            raise McredError("a stack's badge has no attempts", hint=f"mcred explain {what}", code=Exit.USAGE)
        story, doubt = _of_stack(edge, what), ""
    else:
        story, doubt = _of_submission(edge, what, attempt), ""
    if json:
        told = stack_json(story) if isinstance(story, StackStory) else story_json(story)
        edge.show.json("mcred/explain/1", {**told, "badge": _badge_json(doubt, place)})
    else:
        if doubt:
            edge.show.say(doubt, style="bold red")
        if isinstance(story, StackStory):
            tell_stack(edge.show, story)
        else:
            show_explanation(edge.show, story, brief=brief)
    if story.findings or doubt:
        raise typer.Exit(int(Exit.REFUSED))


def _badge_json(doubt: str, place: Path) -> dict[str, Any] | None:
    return {"file": place.name, "as_recorded": not doubt} if is_file(place) else None


def _of_submission(edge: Terminal, what: str, attempt: int | None) -> Story:
    ws = open_workspace(edge, only=lambda s: str(s) == what or s.credential == what)
    note_stale(ws)
    return _tell(ws, parse_submission(ws, what), attempt)


def _of_stack(edge: Terminal, what: str) -> StackStory:
    ws = open_workspace(edge, only=lambda s: False)
    note_stale(ws)
    return gather_stack(ws, _audit(ws), what)


def _tell(ws: Workspace, submission: SubmissionId, attempt: int | None) -> Story:
    return gather(ws, _audit(ws), submission, attempt)


def _audit(ws: Workspace) -> AuditResult:
    with ws.ctx.show.working("going through the record") as tell:
        told = (lambda done, total: tell("going through the record", done, total)) if tell else None
        return audit_record(ws, told)


def _of_badge(edge: Terminal, place: Path, what: str) -> tuple[Story | StackStory, str]:
    """The story behind a badge's file, and where the file differs from the recorded badge."""
    document = _read_badge(place, what)
    name, issuer = str(document.get("id", "")), _issuer_name(document)
    try:
        open_repo(edge.at)
    except McredError as error:
        raise McredError(
            f"how this badge came about stands in the record of {issuer}, and there is no record here",
            hint="mcred join ADDRESS   (the address of that programme; then the same command in its folder)",
        ) from error
    ws = open_workspace(edge, only=lambda s: False)
    note_stale(ws)
    result = _audit(ws)
    if found := find_badge(result, name):
        submission, attempt, number = found
        story: Story | StackStory = gather(ws, result, submission, attempt)
        stored = stored_badge(result, submission, attempt, number)
    elif stacked := find_stack_badge(result, name):
        story, stored = gather_stack(ws, result, stacked[0]), stacked[1]
    else:
        raise McredError(
            f"{ws.catalog.programme.issuer.name} never gave this badge; it names {issuer} as its issuer",
            hint="mcred join ADDRESS   (the address of that programme; then the same command in its folder)",
        )
    doubt = "This file says something else than the badge in the record: it was altered."
    return story, "" if read_json(stored) == document else doubt


def _read_badge(place: Path, what: str) -> dict[str, Any]:
    data = place.read_bytes() if place.stat().st_size <= LARGEST else b""
    try:
        return dict(open_badge(data))
    except McredError as error:
        raise McredError(
            f"{what} is no badge that can be read: {error.what}", hint=f"mcred verify {what}"
        ) from error


def _issuer_name(document: dict[str, Any]) -> str:
    issuer = document.get("issuer")
    name = issuer.get("name") if isinstance(issuer, dict) else None
    known = [text for text in (name, issuer_of(document)) if isinstance(text, str) and text]
    return " · ".join(known) or "nobody"
