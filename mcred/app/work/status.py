"""Where the user stands: their submissions, what others wait for, and the one next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec import Struct

from mcred.app.awards.duties import issuer_duty, say_waiting
from mcred.app.awards.stacks import stack_title
from mcred.app.pieces.shown import find_shown, read_list
from mcred.app.programme.first_steps import first_steps
from mcred.app.sealed.line import let_in_of, my_lines, sent_tip
from mcred.app.work.drafts import has_draft, is_unsaved, my_drafts, read_draft, turned_away, unsent_of
from mcred.app.work.saved_files import missing_files
from mcred.app.workspace import Workspace
from mcred.domain.ids import PersonId, SubmissionId
from mcred.domain.layout import submission_ref
from mcred.domain.rules.decide import list_deciders
from mcred.domain.rules.submit import ENDED, FINAL
from mcred.domain.stats.due_dates import DueDate, list_due
from mcred.domain.status import Standing
from mcred.domain.submission import find_gaps, largest_file
from mcred.problems import Hint, McredError, NextStep, errors, next_step
from mcred.store.snapshot import list_tree

NEWS = timedelta(days=7)
"""How long an award is news to the one who earned it."""


class SubmissionRow(Struct, frozen=True, kw_only=True):
    """One submission's row: state, who has to act, since when, by when, the next command."""

    submission: SubmissionId
    word: str
    actor: str
    since: str
    due: str
    next: NextStep
    let_in: tuple[PersonId, ...]
    """The coaches who may read it."""


class Duty(Struct, frozen=True, kw_only=True):
    """Something that others wait for the user to do."""

    what: str
    next: Hint


class OwnStatus(Struct, frozen=True, kw_only=True):
    """Where the user stands."""

    rows: tuple[SubmissionRow, ...]
    duties: tuple[Duty, ...]
    stacks: tuple[str, ...]
    """The titles of the stacks whose badge they have."""
    unpublished: tuple[SubmissionId, ...]
    """Those they earned of which nothing is published, while their pages are shown."""
    earned: tuple[str, ...]
    """The titles of what they earned in the last days."""
    next: Hint


def own_status(ws: Workspace) -> OwnStatus:
    """Where the user of this folder stands."""
    rows, duties = tuple(_row(ws, s) for s in _my_submissions(ws)), tuple(_duties(ws))
    if not duties and all(row.actor != "you" for row in rows):
        duties = tuple(_first_steps(ws))
    held = (found.stack for found in ws.catalog.stacked_of(ws.me) if found.live is not None) if ws.me else ()
    unpublished = tuple(_unpublished(ws))
    new = tuple(row.submission for row in rows if _is_new(ws, row.submission))
    return OwnStatus(
        rows=rows,
        duties=duties,
        stacks=tuple(stack_title(ws.catalog, stack) for stack in held),
        unpublished=unpublished,
        earned=tuple(ws.known(found.credential).title for found in new),
        next=_next(ws, rows, duties, unpublished, new),
    )


def own_due_dates(ws: Workspace) -> tuple[DueDate, ...]:
    """The days that concern the user: assessments they owe or wait for, and badges of theirs that end."""
    me = ws.person()
    mine = [ws.standing(submission) for submission in _my_submissions(ws)]
    titles = {name: found.credential.title for name, found in ws.catalog.definitions.items()}
    others = (standing for standing in ws.record.open if standing.submission.earner != me)
    return list_due((*mine, *others), me, titles, ws.ctx.now().date())


def _unpublished(ws: Workspace) -> Iterator[SubmissionId]:
    """What a user with pages earned and publishes nothing of, though there is evidence that could be."""
    profile = ws.catalog.people.get(ws.me) if ws.me else None
    if profile is None or profile.publish == "private":
        return
    tip = find_shown(ws.repo).get(profile.id)
    listed = read_list(ws.repo, profile.id, list_tree(ws.repo, tip))[0] if tip is not None else None
    if listed is not None and listed.hidden:
        return
    shown = {(p.submission, p.attempt) for p in listed.pieces} if listed is not None else set()
    for record in ws.catalog.records_of(profile.id):
        if not record.live:
            continue
        request, attempt = record.requests.get(record.live[-1]), record.live[-1]
        evidence = [p for p in request.pieces if p.item and p.type != "answer"] if request else []
        if evidence and (record.id, attempt) not in shown:
            yield record.id


def _my_submissions(ws: Workspace) -> tuple[SubmissionId, ...]:
    """All submissions of mine: started here, submitted, or decided."""
    if ws.me is None:
        return ()
    known = ws.record.of(ws.catalog, ws.me)
    return tuple(sorted({*known, *my_drafts(ws)}))


def _row(ws: Workspace, submission: SubmissionId) -> SubmissionRow:
    """A submission's row."""
    standing, name = ws.standing(submission), submission.credential
    word, actor, command = standing.word, "you", next_step("check", name)
    text = str(word)
    if word in ("not started", "draft"):
        text, command = "draft", _draft_next(ws, submission)
    elif word == "in review":
        done, panel = len(standing.reviews), len(standing.seats.places)
        text, actor, command = f"in review ({done} of {panel})", _asked(ws, standing), next_step("status")
    elif word == "being reconciled":
        actor = " or ".join(list_deciders(ws.catalog.programme.roles, submission, standing.panel))
        command = next_step("status")
    elif word in ("not yet earned", "declined"):
        command = next_step("feedback", name)
        actor = "you" if word == "not yet earned" else "-"
    elif word in ("earned", *ENDED):
        actor, command = "-", next_step("feedback", name)
        text = f"earned, valid until {standing.ends}" if word == "earned" and standing.ends else text
    added, first = _left_to_do(ws, submission) or ("", command)
    return SubmissionRow(
        submission=submission,
        word=f"{text}, {added}" if added else text,
        actor=actor,
        since=standing.since.date().isoformat() if standing.since else "-",
        due=_due(standing),
        next=first,
        let_in=let_in_of(ws, submission),
    )


def _draft_next(ws: Workspace, submission: SubmissionId) -> NextStep:
    """To submit a draft that lacks nothing; to check one that does, or is not in this folder."""
    check = next_step("check", submission.credential)
    if ws.repo.work_tree is None or not has_draft(ws, submission):
        return check
    try:
        draft = read_draft(ws, submission)
    except McredError:
        return check
    gaps = find_gaps(draft.work, draft.definition, largest=largest_file(ws.catalog.programme))
    return check if errors((*draft.problems, *gaps)) else next_step("submit", submission.credential)


def _is_new(ws: Workspace, submission: SubmissionId) -> bool:
    """Whether its award is a few days old at most."""
    standing = ws.standing(submission)
    if standing.word != "earned" or standing.since is None:
        return False
    return ws.ctx.now() - standing.since <= NEWS


def _asked(ws: Workspace, standing: Standing) -> str:
    """Who has to act on work in review: assessors without an answer; an issuer where a place is vacant."""
    able = list_deciders(ws.catalog.programme.roles, standing.submission)
    issuers = " or ".join(able) if standing.seats.vacant else ""
    return ", ".join((*standing.missing, *([issuers] if issuers else [])))


def _left_to_do(ws: Workspace, submission: SubmissionId) -> tuple[str, NextStep] | None:
    """What is not saved or not pushed of a submission, and the command for it."""
    name = submission.credential
    if ws.repo.work_tree is None or ws.standing(submission).word in FINAL:
        return None
    if not has_draft(ws, submission) and submission not in my_lines(ws):
        return "not in this folder yet", next_step("sync")
    try:
        missing, unsaved = len(missing_files(ws, submission)), is_unsaved(ws, submission)
    except McredError:
        return "a file cannot be stored", next_step("check", name)
    if missing:
        return f"{missing} {'file' if missing == 1 else 'files'} missing", next_step("restore", name)
    newest, waiting = sent_tip(ws, submission), unsent_of(ws, submission)
    if submission_ref(submission) in waiting and newest and newest[0] in ("submit", "withdraw"):
        return f"{newest[0]} not finished", next_step(newest[0], name)
    if waiting:
        return "only on this computer", next_step("sync")
    if turned_away(ws, submission):
        return "to be sent again", next_step("submit", name)
    return ("changes not saved", next_step("save")) if unsaved else None


def _due(standing: Standing) -> str:
    return str(standing.due) if standing.due and standing.word == "in review" else "-"


def _duties(ws: Workspace) -> Iterator[Duty]:
    """What others wait for the user to do."""
    for standing in ws.record.open:
        wanted = standing.submission
        if standing.word == "in review" and ws.me in standing.missing:
            text = f"{wanted} is waiting for your assessment, due {standing.due}."
            yield Duty(what=text, next=next_step("assess", wanted))
        if duty := issuer_duty(ws, standing):
            yield Duty(what=duty[0], next=duty[1])
        yield from _uncounted(ws, standing)
    for standing in ws.record.open:
        if said := say_waiting(ws, standing):
            yield Duty(what=said, next=next_step("queue"))
    if ws.me in ws.catalog.programme.roles.maintainers:
        for person in sorted(ws.record.people):
            yield Duty(what=f"{person} is waiting to be confirmed.", next=next_step("person", "add", person))


def _first_steps(ws: Workspace) -> Iterator[Duty]:
    """What a programme lacks before it can assess and award, for its maintainers."""
    if ws.me not in ws.catalog.programme.roles.maintainers:
        return
    live = (found.credential for found in ws.catalog.definitions.values())
    for step in first_steps(ws.catalog.programme, live):
        if isinstance(step.hint, NextStep):
            yield Duty(what=f"{step.what[0].upper()}{step.what[1:]}.", next=step.hint)


def _uncounted(ws: Workspace, standing: Standing) -> Iterator[Duty]:
    """Answers that are not counted, shown to their authors, the earner and the issuers."""
    earner = standing.submission.earner
    for person, reasons in ws.record.rejected(standing).items():
        if ws.me in (person, earner, *ws.catalog.programme.roles.issuers):
            whose = "Your" if ws.me == person else f"{person}'s"
            again = next_step("submit", standing.submission.credential, "--replace")
            yield Duty(
                what=f"{whose} answer about {standing.submission} does not count: {'; '.join(reasons)}. "
                f"{earner} can resubmit the work ({again}); then it is assessed again.",
                next=again if ws.me == earner else next_step("queue", "--why", standing.submission),
            )


def _next(
    ws: Workspace,
    rows: Sequence[SubmissionRow],
    duties: Sequence[Duty],
    unpublished: Sequence[SubmissionId],
    new: Sequence[SubmissionId],
) -> Hint:
    """The one command to type now: identity, then what others wait for, then the user's own work."""
    if ws.me is None:
        return next_step("setup")
    if ws.is_key_replaced:
        return next_step("setup", "--id", ws.me, "--lost-key", note="unless you continue on another computer")
    if duties:
        return duties[0].next
    publish = next_step("publish-piece", "--of", unpublished[0].credential) if unpublished else None
    share = next_step("share", new[0].credential) if new else None
    mine = next((row.next for row in rows if row.actor == "you"), None)
    return mine or publish or share or next_step("browse")
