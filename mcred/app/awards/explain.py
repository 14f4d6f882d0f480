"""Explains how an award or a stack badge came about, by its name or by a badge's file."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from mcred.app.audit.run import AuditResult, run_audit
from mcred.app.awards.explain_attempt import Story, find_badge, gather, stored_badge
from mcred.app.awards.explain_stack import StackStory, find_stack_badge, gather_stack
from mcred.app.awards.resolver import is_file
from mcred.app.awards.stack_lookup import names_stack
from mcred.app.context import Context
from mcred.app.lookup import parse_submission
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.proof import issuer_of
from mcred.badges.verify import open_badge
from mcred.problems import Exit, McredError, next_step
from mcred.store.folder_index import find_typed
from mcred.store.git import open_repo

LARGEST = 5 * 1024 * 1024
_JOIN = next_step("join", "ADDRESS", note="the address of that program; then the same command in its folder")


class Explanation(Struct, frozen=True, kw_only=True):
    """How an award came about."""

    story: Story | StackStory
    file: str = ""
    """The name of the badge's file; empty where none was named."""
    is_altered: bool = False
    """Whether that file differs from the recorded badge."""


def explain(ctx: Context, what: str, attempt: int | None = None) -> Explanation:
    """Explain what is named: `ana/true-cost`, `ana/stacks/talk`, or a badge's file. The whole record is
    audited.

    `attempt`: an earlier one. Raises McredError for what was never sent or issued, and for an attempt of
    what has none.
    """
    place = find_typed(ctx.at, what)
    if attempt is not None and (is_file(place) or names_stack(what)):
        said = "a badge is already about one attempt" if is_file(place) else "a stack badge has no attempts"
        raise McredError(said, hint=next_step("explain", what), code=Exit.USAGE)
    if is_file(place):
        return _explain_file(ctx, place, what)
    if names_stack(what):
        return Explanation(story=gather_stack(_audit(_open(ctx)), what))
    ws = _open(ctx)
    submission = parse_submission(ws, what)
    return Explanation(story=gather(ws, _audit(ws), submission, attempt))


def _open(ctx: Context) -> Workspace:
    ws = open_workspace(ctx)
    if ws.stale is not None:
        ctx.show.note(f"{ws.stale.what}. What follows is what was last received.", style="yellow")
    return ws


def _audit(ws: Workspace) -> AuditResult:
    with ws.ctx.show.working("checking the record") as tell:
        told = (lambda done, total: tell("checking the record", done, total)) if tell else None
        now = ws.ctx.now()
        return run_audit(ws.repo, ws.main, refs=False, cache=ws.ctx.cache, today=now, tell=told)


def _explain_file(ctx: Context, place: Path, what: str) -> Explanation:
    document = _read_badge(place, what)
    name, issuer = str(document.get("id", "")), _issuer_name(document)
    try:
        open_repo(ctx.at)
    except McredError as error:
        said = f"how this badge came about is in the record of {issuer}, and there is no record here"
        raise McredError(said, hint=_JOIN) from error
    ws = _open(ctx)
    result = _audit(ws)
    story: Story | StackStory
    if found := find_badge(result, name):
        submission, attempt, number = found
        story = gather(ws, result, submission, attempt)
        stored = stored_badge(result, submission, attempt, number)
    elif stacked := find_stack_badge(result, name):
        story, stored = gather_stack(result, stacked[0]), stacked[1]
    else:
        own = ws.catalog.programme.issuer.name
        raise McredError(f"{own} never issued this badge; it names {issuer} as its issuer", hint=_JOIN)
    return Explanation(story=story, file=place.name, is_altered=read_json(stored) != document)


def _read_badge(place: Path, what: str) -> JsonObject:
    data = place.read_bytes() if place.stat().st_size <= LARGEST else b""
    try:
        return open_badge(data)
    except McredError as error:
        raise McredError(
            f"{what} is not a badge that can be read: {error.what}", hint=next_step("verify", what)
        ) from error


def _issuer_name(document: JsonObject) -> str:
    issuer = document.get("issuer")
    name = issuer.get("name") if isinstance(issuer, dict) else None
    known = [text for text in (name, issuer_of(document)) if isinstance(text, str) and text]
    return " · ".join(known) or "an unnamed issuer"
