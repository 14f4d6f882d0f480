"""`mcred submit`: send your work to be assessed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import typer

from mcred.cli.desk import Desk, open_desk, send
from mcred.cli.drafts import (
    Draft,
    own_files,
    pick_draft,
    read_draft,
    refresh,
    refuse_problems,
    save_draft,
    tip_kind,
    work_folder,
)
from mcred.cli.edge import DryRun, Edge, Yes, edge_of
from mcred.cli.requesting import carried_criteria, earlier_assessors
from mcred.cli.verbs.add import write_whole
from mcred.files.edit import set_value
from mcred.files.encode import encode
from mcred.files.layout import folder_of, request_path, submission_path, submission_ref
from mcred.model.credential import ATTESTATION_TEXTS, Attestation
from mcred.model.history import Standing
from mcred.model.ids import BlobId, PersonId, SubmissionId
from mcred.model.submission import (
    FileDigest,
    ReviewRequest,
    find_gaps,
    needed_attestations,
)
from mcred.policy.panel import Panel, choose_panel
from mcred.problems import Exit, McredError, errors
from mcred.store.snapshot import read_blobs
from mcred.store.write import put_blob

EXAMPLES = (
    "mcred submit fractions-number-line",
    "mcred submit fractions-number-line --attest ready --attest own-work --attest release",
    'mcred submit fractions-number-line --note "New second lesson, with the students\' words" --yes',
)


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
    edge = edge_of(ctx)
    desk = open_desk(edge, only=lambda s: True)
    submission = pick_draft(desk, credential)
    desk.confirmed()
    desk.need_shared_place()
    again = f"mcred submit {submission.credential}"
    if desk.stale is not None and not dry_run:
        save_draft(desk, submission)
        raise McredError(
            f"{desk.stale.what}. Your work is saved on this computer and not sent",
            hint=again,
            code=desk.stale.code,
        )
    draft, standing = read_draft(desk, submission), desk.standing(submission)
    if _is_sent(desk, draft, standing):
        _say_sent(edge, desk, submission, "was sent already")
        return
    if _finish_cut(desk, draft, again):
        return
    _refuse_state(standing, submission, replace_sent)
    refuse_problems(draft)
    draft = _confirmed(edge, desk, draft, standing, attest or [], note, dry_run)
    gaps = find_gaps(draft.work, draft.definition, sending=True)
    if errors(gaps):
        raise McredError(
            f"{draft.definition.title} is not complete yet",
            hint=f"mcred check {submission.credential}",
            problems=gaps,
        )
    request = make_request(desk, draft)
    _show_request(edge, request, draft)
    if dry_run:
        edge.show.say("Nothing was sent.")
        return
    if not yes and edge.interactive and not edge.confirm("Send it now?", default=True):
        edge.show.say("Nothing was sent; your work is saved.")
        return
    review = put_blob(desk.repo, encode(request))
    saved = save_draft(
        desk,
        submission,
        kind="submit",
        attempt=request.attempt,
        extra={request_path(submission): review},
        title=f"Submit attempt {request.attempt} of {submission}",
    )
    send(desk, {submission_ref(submission): saved.tip}, again)
    after = open_desk(edge, fetching="no", only=lambda s: True)
    refresh(after)
    _say_sent(edge, after, submission, "is sent and has arrived")


def _without_request(blobs: Mapping[str, BlobId], submission: SubmissionId) -> Mapping[str, BlobId]:
    """The earner's own files, without the machine-made request."""
    folder = folder_of(submission)
    judged = (f"{folder}/assessments/", f"{folder}/decisions/", f"{folder}/awards/")
    return {p: b for p, b in blobs.items() if p != request_path(submission) and not p.startswith(judged)}


def _is_sent(desk: Desk, draft: Draft, standing: Standing) -> bool:
    """Whether exactly what lies here is in review."""
    if not standing.is_open or standing.judged is None:
        return False
    sent = own_files(desk, standing.judged, draft.id)
    return _without_request(sent, draft.id) == _without_request(draft.blobs, draft.id)


def _finish_cut(desk: Desk, draft: Draft, again: str) -> bool:
    """Send what an earlier run stored and could not send, if nothing changed since."""
    newest = tip_kind(desk, draft.id)
    if newest is None or newest[0] != "submit":
        return False
    stored = own_files(desk, newest[1], draft.id)
    if _without_request(stored, draft.id) != _without_request(draft.blobs, draft.id):
        return False
    if newest[1] in {e.commit for e in desk.record.sent.get(draft.id, ())}:
        return False
    send(desk, {submission_ref(draft.id): newest[1]}, again)
    after = open_desk(desk.edge, fetching="no", only=lambda s: True)
    refresh(after)
    _say_sent(desk.edge, after, draft.id, "is sent and has arrived")
    return True


def _refuse_state(standing: Standing, submission: SubmissionId, replace_sent: bool) -> None:
    if standing.word == "earned":
        raise McredError(f"you have earned {submission.credential} already", hint="mcred status")
    if standing.word == "declined":
        raise McredError(
            f"{submission.credential} was declined", hint=f"mcred feedback {submission.credential}"
        )
    if standing.is_open and not replace_sent:
        done = len(standing.reviews)
        raise McredError(
            f"attempt {standing.attempt} is in review ({done} of {done + len(standing.missing)} done), "
            "and what you have here differs from it",
            hint=f"mcred submit {submission.credential} --replace   (its assessments will not count)",
        )


def _confirmed(
    edge: Edge,
    desk: Desk,
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
    unknown = [a for a in attest if a != "all" and a not in ATTESTATION_TEXTS]
    if unknown:
        names = ", ".join(needed_attestations(draft.work, draft.definition))
        raise McredError(f"there is no statement '{unknown[0]}'", hint=f"--attest with one of {names}")
    attestations: tuple[Attestation, ...] = tuple(dict.fromkeys(given))
    attempt = _next_attempt(desk, draft.id, standing)
    said = note if note is not None else draft.work.submission.note
    if (
        attempt > 1
        and standing.decision
        and desk.catalog.programme.attempts.note_required
        and not said.strip()
    ):
        said = edge.ask("What did you change since the feedback", "--note TEXT")
    if len(said) > 6000:
        raise McredError(
            f"the note has {len(said)} characters, more than 6000", hint="mcred submit --note SHORTER"
        )
    listed = replace(draft.work.submission, attestations=attestations, note=said, attempt=attempt)
    if not dry_run and listed != draft.work.submission:
        path = work_folder(desk) / submission_path(draft.id)
        data = path.read_bytes()
        for key in ("attestations", "note", "attempt"):
            if getattr(listed, key) != getattr(draft.work.submission, key):
                data = set_value(data, key, getattr(listed, key), submission_path(draft.id))
        write_whole(path, data)
        return read_draft(desk, draft.id)
    return replace(draft, work=replace(draft.work, submission=listed))


def _next_attempt(desk: Desk, submission: SubmissionId, standing: Standing) -> int:
    """One more than any attempt that was sent or decided before."""
    sent = [e.attempt for e in desk.record.sent.get(submission, ())]
    decided = [n for s, n in desk.catalog.decided if s == submission]
    return 1 + max((*sent, *decided), default=0)


def make_request(desk: Desk, draft: Draft) -> ReviewRequest:
    """Whom to ask, by which rule, what is carried over: all that `review.yaml` says."""
    policy = desk.catalog.programme.assessment.for_credential(draft.definition)
    carried = carried_criteria(desk.repo, desk.catalog, draft.work, draft.definition, draft.edition)
    if carried and len(carried) == len(draft.definition.criteria):
        raise McredError(
            "nothing that is judged has changed since the feedback",
            hint=f"mcred feedback {draft.id.credential}",
        )
    earlier = earlier_assessors(desk.catalog, draft.id, desk.record.sent.get(draft.id, ()))
    panel = choose_panel(draft.id, desk.catalog, policy, _loads_without(desk, draft.id), earlier)
    if not panel.is_complete:
        raise _nobody(desk, panel)
    now = desk.edge.now()
    return ReviewRequest(
        format=1,
        submission=draft.id,
        attempt=draft.work.submission.attempt,
        definition=draft.edition,
        main=desk.main,
        rule=panel.rule,
        assessed_before=panel.assessed_before,
        panel=panel.members,
        candidates=panel.candidates,
        reasons=panel.reasons,
        carried=carried,
        requested=now,
        due=(now + timedelta(days=policy.due_days)).date(),
        files=_digests(desk, draft),
    )


def _loads_without(desk: Desk, submission: SubmissionId) -> Mapping[PersonId, int]:
    """Open reviews by assessor, a replaced attempt of this very submission left out."""
    loads = dict(desk.loads)
    for person in desk.standing(submission).missing:
        loads[person] = loads.get(person, 1) - 1
    return loads


def _nobody(desk: Desk, panel: Panel) -> McredError:
    issuers = " or ".join(desk.catalog.programme.roles.issuers)
    return McredError(
        f"nobody can assess this now: {'; '.join(panel.reasons)}. Your work is saved; tell {issuers}",
        hint="mcred save",
        code=Exit.NOT_ALLOWED,
    )


def _digests(desk: Desk, draft: Draft) -> tuple[FileDigest, ...]:
    """The SHA-256 of every file that goes out."""
    own = _without_request(draft.blobs, draft.id)
    prefix = folder_of(draft.id) + "/"
    found = []
    for path, blob in sorted(own.items()):
        data = read_blobs(desk.repo, [blob])[blob]
        found.append(
            FileDigest(
                path=path.removeprefix(prefix), sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)
            )
        )
    return tuple(found)


def _show_request(edge: Edge, request: ReviewRequest, draft: Draft) -> None:
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


def _say_sent(edge: Edge, desk: Desk, submission: SubmissionId, said: str) -> None:
    standing = desk.standing(submission)
    edge.show.say(f"Attempt {standing.attempt} of {submission.credential} {said}.", style="bold green")
    if standing.request is not None:
        edge.show.say(f"It is assessed by {describe_panel(standing.request)}, due {standing.due}.")
    edge.show.next("mcred status")
