"""`mcred explain`: how an award came about, as a story that anybody can follow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mcred.badge.bake import extract, is_image
from mcred.badge.proof import issuer_of
from mcred.badge.reading import read_json
from mcred.cli.desk import Desk, open_desk
from mcred.cli.edge import Edge, Json, edge_of
from mcred.cli.explaining import Story, audit_record, find_badge, gather, stored_badge
from mcred.cli.naming import parse_submission
from mcred.cli.telling import story_json, tell_story
from mcred.model.ids import SubmissionId
from mcred.problems import Exit, McredError
from mcred.store.git import open_repo

EXAMPLES = (
    "mcred explain ana/fractions-number-line",
    "mcred explain ana/fractions-number-line --attempt 1 --brief",
    "mcred explain badge.json",
)
LARGEST = 5 * 1024 * 1024


def run(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="Whose and which, such as ana/true-cost; or a badge's file.", metavar="WHAT")
    ],
    attempt: Annotated[int | None, typer.Option(help="An earlier attempt.", min=1)] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Counts instead of names and remarks.")] = False,
    json: Json = False,
) -> None:
    """Tell how an award came about: the rule of that day, who judged and why, what they found.

    WHAT is a submission, or a badge as JSON, SVG or PNG. The whole record is audited first. Ends with 1 when
    something about this attempt does not follow from the rules.
    """
    edge = edge_of(ctx)
    edge.show.as_json = json
    place = edge.at / what
    if place.is_file():
        if attempt is not None:
            raise McredError(
                "a badge is about one attempt already", hint=f"mcred explain {what}", code=Exit.USAGE
            )
        story, doubt = _of_badge(edge, place, what)
    else:
        story, doubt = _of_submission(edge, what, attempt), ""
    if json:
        edge.show.json("mcred/explain/1", {**story_json(story), "badge": _badge_json(doubt, place)})
    else:
        if doubt:
            edge.show.say(doubt, style="bold red")
        tell_story(edge.show, story, brief=brief)
    if story.findings or doubt:
        raise typer.Exit(int(Exit.REFUSED))


def _badge_json(doubt: str, place: Path) -> dict[str, Any] | None:
    return {"file": place.name, "as_recorded": not doubt} if place.is_file() else None


def _of_submission(edge: Edge, what: str, attempt: int | None) -> Story:
    desk = open_desk(edge, only=lambda s: str(s) == what or s.credential == what)
    _say_stale(desk)
    return _tell(desk, parse_submission(desk, what), attempt)


def _tell(desk: Desk, submission: SubmissionId, attempt: int | None) -> Story:
    with desk.edge.show.working("going through the record") as tell:
        told = (lambda done, total: tell("going through the record", done, total)) if tell else None
        return gather(desk, audit_record(desk, told), submission, attempt)


def _of_badge(edge: Edge, place: Path, what: str) -> tuple[Story, str]:
    """The story behind a badge's file, and where the file is not the badge of the record."""
    document = _read_badge(place, what)
    name, issuer = str(document.get("id", "")), _issuer_name(document)
    try:
        open_repo(edge.at)
    except McredError as error:
        raise McredError(
            f"how this badge came about stands in the record of {issuer}, and there is no record here",
            hint="mcred join ADDRESS   (the address of that programme; then the same command in its folder)",
        ) from error
    desk = open_desk(edge, only=lambda s: False)
    _say_stale(desk)
    with edge.show.working("going through the record") as tell:
        told = (lambda done, total: tell("going through the record", done, total)) if tell else None
        result = audit_record(desk, told)
    found = find_badge(result, name)
    if found is None:
        raise McredError(
            f"{desk.catalog.programme.issuer.name} never gave this badge; it names {issuer} as its issuer",
            hint="mcred join ADDRESS   (the address of that programme; then the same command in its folder)",
        )
    submission, attempt, number = found
    same = read_json(stored_badge(result, submission, attempt, number)) == document
    doubt = "" if same else "This file says something else than the badge in the record: it was altered."
    return gather(desk, result, submission, attempt), doubt


def _read_badge(place: Path, what: str) -> dict[str, Any]:
    data = place.read_bytes() if place.stat().st_size <= LARGEST else b""
    try:
        return read_json(extract(data) if is_image(data) else data)
    except McredError as error:
        raise McredError(
            f"{what} is no badge that can be read: {error.what}", hint=f"mcred verify {what}"
        ) from error


def _issuer_name(document: dict[str, Any]) -> str:
    issuer = document.get("issuer")
    name = issuer.get("name") if isinstance(issuer, dict) else None
    known = [text for text in (name, issuer_of(document)) if isinstance(text, str) and text]
    return " · ".join(known) or "nobody"


def _say_stale(desk: Desk) -> None:
    if desk.stale is not None:
        desk.edge.show.note(f"{desk.stale.what}. What follows is what was last received.", style="yellow")
