"""`mcred submit`: send your work to be assessed."""

from __future__ import annotations

import difflib
import hashlib
import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.clock import check_clock, stamp
from mcred.app.context import Context
from mcred.app.events import Submitted
from mcred.app.push import publish, send_event
from mcred.app.work.drafts import (
    FINAL,
    Draft,
    handed_in,
    is_behind,
    is_sent,
    pick_draft,
    read_draft,
    refresh,
    refuse_final,
    refuse_problems,
    save_draft,
    tip_kind,
    turned_away,
    work_folder,
)
from mcred.app.work.review_request import carried_criteria, earlier_assessors
from mcred.app.work.unfit_files import drop_unfit, own_files
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import DryRun, Terminal, Yes, terminal_of
from mcred.domain.credential import ATTESTATION_TEXTS, Attestation
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import folder_of, request_path, submission_path, submission_ref
from mcred.domain.rules.panel import Panel, choose_panel
from mcred.domain.status import Standing
from mcred.domain.submission import (
    FileDigest,
    ReviewRequest,
    Submission,
    find_gaps,
    needed_attestations,
)
from mcred.formats.edit import set_value
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError, Problem, errors
from mcred.store.atomic import write_whole
from mcred.store.snapshot import read_blobs
from mcred.store.write import put_blob

EXAMPLES = (
    "mcred submit fractions-number-line",
    "mcred submit fractions-number-line --attest ready --attest own-work --attest release",
    'mcred submit fractions-number-line --note "New second lesson, with the students\' words" --yes',
)

MAX_NOTE = 6000


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    attest: Annotated[
        list[str] | None, typer.Option(help="Confirm a statement by its name; 'all' confirms every one.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="A further attempt: what you changed.")] = None,
    replace_sent: Annotated[
        bool, typer.Option("--replace", help="Take back what is in review and send what you have now.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Send your work to be assessed. Typed again after a cut, it finishes and never sends twice."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, only=lambda s: True)
    submission = pick_draft(ws, credential, "submit")
    ws.confirmed()
    ws.need_shared_place()
    again = f"mcred submit {submission.credential}"
    _refuse_statements(attest or [], again)
    if not dry_run:
        drop_unfit(ws, submission)
        _join_computers(ws, submission)
    draft, standing = read_draft(ws, submission), ws.standing(submission)
    if is_sent(ws, draft) and not (replace_sent and ws.record.rejected(standing)):
        if not dry_run:
            refresh(ws)
            publish(ws, (Submitted(submission=submission, attempt=standing.attempt),))
        _say_sent(edge, ws, submission, "was sent already")
        return
    if ws.stale is not None and not dry_run:
        raise _keep(ws, draft, attest or [], note, again)
    if _finish_cut(ws, draft, again, dry_run):
        return
    _refuse_state(ws, standing, submission, replace_sent)
    if not dry_run:
        check_clock(ws)
    refuse_problems(draft)
    _refuse_gaps(draft, sending=False)
    draft = _confirmed(edge, ws, draft, standing, attest or [], note, dry_run)
    _refuse_gaps(draft, sending=True)
    request = make_request(ws, draft)
    _show_request(edge, request, draft)
    if dry_run:
        edge.show.say("Nothing was sent.")
    elif not yes and edge.interactive and not edge.confirm("Send it now?", default=True):
        edge.show.say("Nothing was sent; your work is kept.")
        edge.show.next(again)
    else:
        _send(ws, submission, request, again)


def _send(ws: Workspace, submission: SubmissionId, request: ReviewRequest, again: str) -> None:
    """Store the attempt, send it, and say so only once the shared place has it."""
    saved = save_draft(
        ws,
        submission,
        kind="submit",
        attempt=request.attempt,
        extra={request_path(submission): put_blob(ws.repo, encode(request))},
        title=f"Submit attempt {request.attempt} of {submission}",
    )
    refresh(ws)
    _arrive(ws, submission, saved.tip, request.attempt, again)


def _arrive(ws: Workspace, submission: SubmissionId, tip: CommitId, attempt: int, again: str) -> None:
    event = Submitted(submission=submission, attempt=attempt)
    after = send_event(ws, {submission_ref(submission): tip}, event, again)
    refresh(after)
    _say_sent(ws.ctx, after, submission, "is sent and has arrived")


def _refuse_statements(attest: list[str], again: str) -> None:
    for name in attest:
        if name != "all" and name not in ATTESTATION_TEXTS:
            close = difflib.get_close_matches(name, ATTESTATION_TEXTS, n=1, cutoff=0.5)
            raise McredError(
                f"there is no statement '{name}'; there are {', '.join(ATTESTATION_TEXTS)}",
                hint=f"{again} --attest {close[0]}" if close else again,
                code=Exit.USAGE,
            )


def _join_computers(ws: Workspace, submission: SubmissionId) -> None:
    """Bring in what another computer of mine saved or sent; stop where a person has to look."""
    if not is_behind(ws, submission):
        return
    beside = save_draft(ws, submission).beside
    refresh(ws)
    if beside:
        raise McredError(
            f"another computer of yours changed the same files; look at {', '.join(beside)} first",
            hint=f"mcred check {submission.credential}",
        )


def _keep(ws: Workspace, draft: Draft, attest: list[str], note: str | None, again: str) -> McredError:
    """Keep all that was typed while the shared place is away; what to say about it."""
    if ws.standing(draft.id).word not in FINAL:
        given = [
            n for n in needed_attestations(draft.work, draft.definition) if n in attest or "all" in attest
        ]
        listed = draft.work.submission
        attestations = tuple(dict.fromkeys((*listed.attestations, *given)))
        said = listed.note if note is None else note
        _write_listing(ws, draft, replace(listed, attestations=attestations, note=said))
        save_draft(ws, draft.id)
        refresh(ws)
    stale = ws.stale or McredError("the shared copy can't be reached")
    return McredError(
        f"{stale.what}. Your work is saved on this computer and not sent", hint=again, code=stale.code
    )


def _refuse_gaps(draft: Draft, *, sending: bool) -> None:
    gaps = errors(find_gaps(draft.work, draft.definition, sending=sending))
    if not gaps:
        return
    if sending:
        raise _unconfirmed(draft)
    raise McredError(
        f"{draft.definition.title} is not complete yet",
        hint=f"mcred check {draft.id.credential}",
        problems=gaps,
    )


def _unconfirmed(draft: Draft) -> McredError:
    """Which statements are missing, and how to go on without saying what is not so."""
    again, given = f"mcred submit {draft.id.credential}", draft.work.submission.attestations
    missing = [name for name in needed_attestations(draft.work, draft.definition) if name not in given]
    what = "it goes out only when each of these is true; read each one and confirm it by its name"
    hint = f"{again} --attest {missing[0]}   (and --attest for each other one that is true)"
    if "student-consent" in missing:
        shown = " and ".join(f"“{piece.title}”" for piece in draft.work.submission.evidence if piece.students)
        what = (
            f"students can be seen, heard or named in {shown}. Take that out of the list in "
            f"{draft.work.where.file}, or get consent; the rest of what you said is kept"
        )
        hint = f"{again}   (then; with consent on file, without a terminal: --attest student-consent)"
    return McredError(
        what,
        hint=hint,
        problems=tuple(Problem(what=f"{name}: {ATTESTATION_TEXTS[name]}") for name in missing),
        code=Exit.USAGE,
    )


def _finish_cut(ws: Workspace, draft: Draft, again: str, dry_run: bool) -> bool:
    """Send what an earlier run stored and could not send, if nothing changed since."""
    newest = tip_kind(ws, draft.id)
    if newest is None or newest[0] != "submit":
        return False
    stored = own_files(ws, newest[1], draft.id)
    if handed_in(stored, draft.id) != handed_in(draft.blobs, draft.id):
        return False
    if newest[1] in {e.commit for e in ws.record.sent.get(draft.id, ())}:
        return False
    if turned_away(ws, draft.id):
        return False
    if dry_run:
        ws.ctx.show.say("Would send what was stored and did not arrive. Nothing was sent.")
    else:
        _arrive(ws, draft.id, newest[1], draft.work.submission.attempt, again)
    return True


def _refuse_state(ws: Workspace, standing: Standing, submission: SubmissionId, replace_sent: bool) -> None:
    refuse_final(ws, submission)
    if standing.is_open and not replace_sent:
        done = len(standing.reviews)
        raise McredError(
            f"attempt {standing.attempt} is in review ({done} of {done + len(standing.missing)} done), "
            "and what you have here differs from it",
            hint=f"mcred submit {submission.credential} --replace   (its assessments will not count)",
        )


def _confirmed(
    edge: Terminal,
    ws: Workspace,
    draft: Draft,
    standing: Standing,
    attest: list[str],
    note: str | None,
    dry_run: bool,
) -> Draft:
    """The draft with attestations and note asked for, written into its list (unless `dry_run`)."""
    given = list(draft.work.submission.attestations)
    for name in needed_attestations(draft.work, draft.definition):
        if (
            name in attest
            or "all" in attest
            or (name not in given and edge.interactive and edge.confirm(ATTESTATION_TEXTS[name]))
        ):
            given.append(name)
    attestations: tuple[Attestation, ...] = tuple(dict.fromkeys(given))
    attempt = _next_attempt(ws, draft.id, standing)
    said = note if note is not None else draft.work.submission.note
    if attempt > 1 and standing.decision and ws.catalog.programme.attempts.note_required:
        # What was said about the attempt before says nothing about this one.
        before = ws.catalog.records.get(draft.id)
        old = before.work.submission.note if before and before.work else ""
        if not said.strip() or (note is None and said == old):
            said = edge.ask("What did you change since the feedback", '--note "WHAT YOU CHANGED"')
    if len(said) > MAX_NOTE:
        raise McredError(
            f"the note has {len(said)} characters, at most {MAX_NOTE} are taken",
            hint=f'mcred submit {draft.id.credential} --note "SHORTER"',
        )
    listed = replace(draft.work.submission, attestations=attestations, note=said, attempt=attempt)
    if dry_run:
        return replace(draft, work=replace(draft.work, submission=listed))
    return _write_listing(ws, draft, listed)


def _write_listing(ws: Workspace, draft: Draft, listed: Submission) -> Draft:
    """Put attestations, note and attempt into the earner’s own list, its remarks kept; the draft then."""
    before = draft.work.submission
    if listed == before:
        return draft
    path = work_folder(ws) / submission_path(draft.id)
    data = path.read_bytes()
    for key in ("attestations", "note", "attempt"):
        if getattr(listed, key) != getattr(before, key):
            data = set_value(data, key, getattr(listed, key), submission_path(draft.id))
    write_whole(path, data)
    return read_draft(ws, draft.id)


def _next_attempt(ws: Workspace, submission: SubmissionId, standing: Standing) -> int:
    """One more than any attempt that was sent or decided before; a number turned away is not used again."""
    sent = [e.attempt for e in ws.record.sent.get(submission, ())]
    decided = [n for s, n in ws.catalog.decided if s == submission]
    away = {e.attempt for e in ws.record.asked(submission)}
    return next(n for n in itertools.count(1 + max((*sent, *decided), default=0)) if n not in away)


def make_request(ws: Workspace, draft: Draft) -> ReviewRequest:
    """Whom to ask, by which rule, what is carried over: all that `review.yaml` says."""
    policy = ws.catalog.programme.assessment.for_credential(draft.definition)
    carried = carried_criteria(ws.repo, ws.catalog, draft.work, draft.definition, draft.edition)
    if carried and len(carried) == len(draft.definition.criteria):
        raise McredError(
            "nothing that is judged has changed since the feedback",
            hint=f"mcred feedback {draft.id.credential}",
        )
    earlier = earlier_assessors(ws.catalog, draft.id, ws.record.asked(draft.id))
    panel = choose_panel(draft.id, ws.catalog, policy, _loads_without(ws, draft.id), earlier)
    if not panel.is_complete:
        raise _nobody(ws, panel)
    now = stamp(ws)
    return ReviewRequest(
        format=1,
        submission=draft.id,
        attempt=draft.work.submission.attempt,
        definition=draft.edition,
        main=ws.main,
        rule=panel.rule,
        assessed_before=panel.assessed_before,
        panel=panel.members,
        candidates=panel.candidates,
        reasons=panel.reasons,
        carried=carried,
        requested=now,
        due=(now + timedelta(days=policy.due_days)).date(),
        files=_digests(ws, draft),
    )


def _loads_without(ws: Workspace, submission: SubmissionId) -> Mapping[PersonId, int]:
    """Open reviews by assessor, a replaced attempt of this very submission left out."""
    loads = dict(ws.loads)
    for person in ws.standing(submission).missing:
        loads[person] = loads.get(person, 1) - 1
    return loads


def _nobody(ws: Workspace, panel: Panel) -> McredError:
    issuers = " or ".join(ws.catalog.programme.roles.issuers)
    return McredError(
        f"nobody can assess this now: {'; '.join(panel.reasons)}. Your work is saved; tell {issuers}",
        hint="mcred save",
        code=Exit.NOT_ALLOWED,
    )


def _digests(ws: Workspace, draft: Draft) -> tuple[FileDigest, ...]:
    """The SHA-256 of every file that goes out."""
    own = handed_in(draft.blobs, draft.id)
    prefix = folder_of(draft.id) + "/"
    found = []
    for path, blob in sorted(own.items()):
        data = read_blobs(ws.repo, [blob])[blob]
        found.append(
            FileDigest(
                path=path.removeprefix(prefix), sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)
            )
        )
    return tuple(found)


def _show_request(edge: Terminal, request: ReviewRequest, draft: Draft) -> None:
    edge.show.say(f"{draft.definition.title}, attempt {request.attempt}", style="bold")
    edge.show.say(f"Judged by {describe_panel(request)}, due {request.due}.")
    for reason in request.reasons:
        edge.show.say(f"- {reason}", indent=2)
    if request.carried:
        edge.show.say(f"Kept from before, as nothing changed there: {', '.join(request.carried)}")


def describe_panel(request: ReviewRequest) -> str:
    """`the expert mei`, `3 peers: ben, cleo, dev`."""
    kind = "expert" if request.rule == "expert" else "peer"
    if len(request.panel) == 1:
        return f"the {kind} {request.panel[0]}"
    return f"{len(request.panel)} {kind}s: {', '.join(request.panel)}"


def _say_sent(edge: Context, ws: Workspace, submission: SubmissionId, said: str) -> None:
    standing = ws.standing(submission)
    edge.show.say(f"Attempt {standing.attempt} of {submission.credential} {said}.", style="bold green")
    if standing.request is not None:
        edge.show.say(f"It is assessed by {describe_panel(standing.request)}, due {standing.due}.")
    edge.show.next("mcred status")
