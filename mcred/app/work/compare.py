"""Compares two sides of a portfolio: resolves which ones are meant, and gathers all there is to show.

The sides are read here and compared by `domain.compare`; how it looks is up to `cli/render/comparison` and
`website/local/comparison_page`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.lookup import parse_submission, pick_draft
from mcred.app.sealed.coached import find_open_draft, my_record
from mcred.app.sealed.line import newest_state
from mcred.app.work.page_wishes import shown_people
from mcred.app.work.versions import (
    Side,
    attempt_side,
    attempts_of,
    coached_side,
    draft_side,
    example_side,
    may_draft,
    named_side,
    read_contents,
    saved_side,
)
from mcred.app.workspace import Workspace
from mcred.domain.compare.answered import CriterionChange, Remark, judge_criteria, of_the_whole, said_of
from mcred.domain.compare.cells import changed_cells
from mcred.domain.compare.report import Comparison, describe
from mcred.domain.credential import Credential
from mcred.domain.ids import Slug, SubmissionId
from mcred.domain.rules.consent import missing_consent
from mcred.domain.rules.submit import FINAL
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.shipped import shipped


class ComparedSides(Struct, frozen=True, kw_only=True):
    """Everything to show about two sides."""

    definition: Credential
    before: Side
    after: Side
    comparison: Comparison
    criteria: tuple[CriterionChange, ...]
    remarks: tuple[Remark, ...] = ()
    """Feedback on the older attempt as a whole."""


def pick_compared(ws: Workspace, typed: str | None) -> SubmissionId:
    """The submission named, or my only open one. Raises McredError otherwise."""
    if typed is None:
        return pick_draft(ws, None, "diff")
    if "/" not in typed and ws.me is not None and typed in ws.catalog.definitions:
        return ws.submission(typed)
    return parse_submission(ws, typed)


def compare_sides(
    ws: Workspace,
    wanted: SubmissionId,
    *,
    other: str | None = None,
    since: str = "",
    until: str = "",
    example: str = "",
) -> ComparedSides:
    """Compare a submission with `other` of the same micro-credential, with an `example` of its definition, or
    at two moments (`since` and `until`, each an attempt's number, a day, `draft` or `sent`).

    Raises McredError for a side that does not exist, and for people who did not agree to be compared.
    """
    if example:
        after = newest_side(ws, wanted)
        return tell(ws, example_side(ws, after.state.definition, example), after)
    if other is None:
        return tell(ws, *choose_sides(ws, wanted, since, until))
    second = pick_compared(ws, other)
    if second.credential != wanted.credential:
        raise McredError(
            f"{wanted} and {second} are different micro-credentials and cannot be compared",
            hint=next_step("diff", wanted, f"{second.earner}/{wanted.credential}"),
        )
    missing = missing_consent(ws.me, (wanted.earner, second.earner), shown_people(ws))
    if missing:
        raise McredError(
            f"{' and '.join(missing)} did not agree to have their work compared with someone else's",
            hint=next_step("setup", "--share-work", note=f"typed by {' and by '.join(missing)}"),
            code=Exit.NOT_ALLOWED,
        )
    sides = [newest_side(ws, s) if s.earner == ws.me else named_side(ws, s, "sent") for s in (wanted, second)]
    return tell(ws, *(replace(side, label=f"{side.submission.earner}, {side.label}") for side in sides))


def tell(ws: Workspace, before: Side, after: Side) -> ComparedSides:
    """Compare two sides; the feedback on the older attempt is matched with what is new."""
    changed = changed_cells(before.state, after.state)
    contents = read_contents(ws, changed)
    comparison = describe(before.state, after.state, changed, contents)
    definition, record = after.state.definition, my_record(ws, before.submission)
    same = before.submission == after.submission
    said = said_of(before.attempt, record.decisions, record.assessments) if record and same else ()
    return ComparedSides(
        definition=definition,
        before=before,
        after=after,
        comparison=comparison,
        criteria=judge_criteria(definition, comparison, said, levels_of(ws, before), levels_of(ws, after)),
        remarks=of_the_whole(comparison, said),
    )


def levels_of(ws: Workspace, side: Side) -> Mapping[Slug, Slug]:
    """The levels that were decided on an attempt; empty for any other side."""
    record = my_record(ws, side.submission)
    decision = next((d for d in record.decisions if d.attempt == side.attempt), None) if record else None
    return {s.criterion: s.level for s in decision.levels} if decision else {}


def choose_sides(ws: Workspace, submission: SubmissionId, since: str, until: str) -> tuple[Side, Side]:
    """What to compare: the moments named, or since the last feedback (an assessor: since they scored)."""
    after = named_side(ws, submission, until) if until else newest_side(ws, submission)
    if since:
        return named_side(ws, submission, since), after
    return older_side(ws, submission, after), after


def newest_side(ws: Workspace, submission: SubmissionId) -> Side:
    """My draft while I may change it, or one that I am let in to; else the newest submitted attempt."""
    if may_draft(ws, submission) and ws.standing(submission).word not in FINAL:
        return draft_side(ws, submission)
    if (coached := find_open_draft(ws, submission)) is not None:
        return coached_side(ws, coached)
    known = attempts_of(ws, submission)
    if not known:
        word = ws.standing(submission).word
        raise McredError(
            f"{submission} has not been submitted yet ({word})", hint=next_step("queue", "--all")
        )
    return attempt_side(ws, submission, max(known))


def older_side(ws: Workspace, submission: SubmissionId, after: Side) -> Side:
    """The last attempt before: decided, or scored by me, else submitted; for a first draft the last save."""
    before = [n for n in attempts_of(ws, submission) if not after.attempt or n < after.attempt]
    scored = [n for n in before if _is_answered(ws, submission, n)]
    if before:
        return attempt_side(ws, submission, max(scored or before))
    is_open = newest_state(ws, submission) != ws.main
    saved = saved_side(ws, submission) if not after.attempt and is_open else None
    if saved is not None:
        return saved
    name = submission.credential if ws.me == submission.earner else submission
    if after.attempt:
        raise McredError(
            f"attempt {after.attempt} is the first one of {submission}: there is nothing before it",
            hint=next_step("view", submission) if ws.me != submission.earner else next_step("feedback", name),
        )
    if ws.me != submission.earner:
        raise McredError(
            f"{submission} has not been submitted yet, so there is nothing to compare the draft with",
            hint=next_step("view", submission),
        )
    raise McredError(
        f"there is nothing to compare your draft of {name} with: no feedback, and nothing saved",
        hint=next_step("save"),
    )


def _is_answered(ws: Workspace, submission: SubmissionId, attempt: int) -> bool:
    """Whether an attempt has a decision, or an assessment of mine."""
    record = ws.catalog.records.get(submission)
    decided = any(d.attempt == attempt for d in (record.decisions if record else ()))
    scored = any(a.attempt == attempt and a.assessor == ws.me for a in (record.assessments if record else ()))
    return decided or scored


def after_comparing(ws: Workspace, told: ComparedSides) -> NextStep:
    """The next command after a comparison."""
    submission = told.after.submission
    if ws.me == submission.earner and not told.after.attempt:
        return next_step("check", submission.credential)
    if ws.me in ws.standing(submission).missing:
        return next_step("assess", submission)
    if ws.me != submission.earner and not told.after.attempt:
        return next_step("view", submission)
    return next_step("status")


def draw_page(told: ComparedSides) -> bytes:
    """Render the comparison as one page, side by side."""
    from mcred.website.local.comparison_page import render_comparison

    return render_comparison(
        told.definition,
        (str(told.before.submission), told.before.label),
        (str(told.after.submission), told.after.label),
        told.comparison,
        told.criteria,
        told.remarks,
        (shipped("templates") / "site",),
    )
