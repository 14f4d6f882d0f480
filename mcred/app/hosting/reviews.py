"""Assessments written on the review host, read back by an issuer's `mcred sync` (docs/decisions).

Each review is handled by itself: ignored, answered once with what is wrong, or stored on its assessor's ref
as attested by the host, signed by the issuer who read it. A stored review that is later edited or withdrawn
on the host is reported; the stored one stays unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.decide import Case
from mcred.app.hosting.session import Host, find_place, head_of, signed_in
from mcred.app.hosting.text import as_text
from mcred.app.pending import read_edition
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.assessment import Assessment, Attested, check_scores
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import assessment_path, review_ref
from mcred.domain.rules.eligibility import reasons_against_asked
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from mcred.formats.score_lines import ScoreText, in_order, read_scores
from mcred.formats.trailers import message
from mcred.hosting.values import HostedRepository, PostedReview, Request, Review, marker, read_marker
from mcred.problems import McredError, next_step
from mcred.store.git import resolve
from mcred.store.log import is_ancestor
from mcred.store.write import commit_files, move_refs, put_blob


class Table(Struct, frozen=True, kw_only=True):
    """What a review is checked against: the open attempt, its rubric, and the repository on the host."""

    place: HostedRepository
    standing: Standing
    request: ReviewRequest
    judged: CommitId
    definition: Credential
    older: frozenset[CommitId]
    """Commits that were submitted before the one that is judged."""


class ReviewRefusal(Struct, frozen=True, kw_only=True):
    """Why a review is not an assessment, as text for its author."""

    reasons: tuple[str, ...]


def take_web_reviews(ws: Workspace) -> Workspace:
    """Read the reviews of everything open from the host; returns the programme after that."""
    issuers = ws.catalog.programme.roles.issuers
    if ws.me not in issuers or ws.is_key_waiting or find_place(ws) is None:
        return ws
    taken = False
    try:
        with signed_in(ws) as host:
            for submission in (s.submission for s in ws.record.open):
                if host.is_signed_in and submission.earner != ws.me:
                    taken = _take_all(ws, host, submission) or taken
    except McredError as error:
        what = f"What was written on the review host could not be read ({error.what})"
        ws.ctx.show.note(f"{what}; {next_step('sync')} reads it later", style="yellow")
    return open_workspace(ws.ctx, fetching="no") if taken else ws


def _take_all(ws: Workspace, host: Host, submission: SubmissionId) -> bool:
    """Store or answer every new review of one submission; returns whether any was stored."""
    request = host.forge.find(head_of(submission))
    table = lay_table(ws, host, submission)
    if request is None or table is None:
        return False
    reviews = host.forge.reviews(request)
    there = {read_marker(r.body) for r in reviews}
    for changed in find_altered(_recorded(ws, submission), reviews):
        ws.ctx.show.note(f"{submission}: {changed}", style="bold yellow")
    taken: dict[PersonId, Assessment] = {}
    for review in reviews:
        found = consider(ws, table, review, taken)
        if isinstance(found, ReviewRefusal):
            _answer(host, request, review, found, there)
        elif found is not None:
            _store(ws, found)
            taken[found.assessor] = found
            ws.ctx.show.say(f"{found.assessor}'s assessment of {submission} was taken from {host.name}.")
    for person, assessment in {**_recorded(ws, submission), **taken}.items():
        if assessment.attested is not None:
            mark = marker("recorded", assessment.attested.review)
            if mark not in there:
                text = (
                    f"{mark}\n\nThis is on record as {person}'s assessment of attempt {assessment.attempt}."
                )
                host.forge.post(request, PostedReview(body=text))
    return bool(taken)


def lay_table(ws: Workspace, host: Host, submission: SubmissionId) -> Table | None:
    """What reviews of a submission are checked against; None where no attempt is open."""
    standing = ws.standing(submission)
    if standing.request is None or standing.judged is None or host.place is None:
        return None
    sent = (e.commit for e in ws.record.sent.get(submission, ()))
    return Table(
        place=host.place,
        standing=standing,
        request=standing.request,
        judged=standing.judged,
        definition=read_edition(ws.repo, standing.request.definition.blob, submission.credential),
        older=frozenset(c for c in sent if c != standing.judged),
    )


def consider(
    ws: Workspace, table: Table, review: Review, taken: Mapping[PersonId, Assessment]
) -> Assessment | ReviewRefusal | None:
    """Classify a review: an assessment to store, a rejected one, or unrelated."""
    written = read_scores(review.body)
    if read_marker(review.body) or review.is_taken_back or not written.is_assessment:
        return None
    if _is_of_before(ws, table, review):
        return None
    person = _whose(ws, table, review.account)
    submission = table.standing.submission
    if person is None:
        hint = next_step("setup", "--account", f"{table.place.kind}={review.account}")
        return ReviewRefusal(reasons=(f"no one in this program has the account {review.account} ({hint})",))
    known = {**_recorded(ws, submission), **taken}.get(person)
    if known is not None:
        if known.attested is not None and known.attested.review == review.id:
            return None
        return ReviewRefusal(reasons=(f"{person} already has an assessment of this attempt",))
    reasons = tuple(_reasons(ws, table, review, person, written))
    if reasons:
        return ReviewRefusal(reasons=reasons)
    return Assessment(
        format=2,
        submission=submission,
        attempt=table.standing.attempt,
        assessor=person,
        judged=table.judged,
        main=ws.main,
        definition=table.request.definition,
        conflict="none",
        assessed=review.when,
        scores=in_order(written.scores, table.definition),
        summary=written.summary,
        attested=Attested(
            kind=table.place.kind,
            host=table.place.host,
            account=review.account,
            review=review.id,
            text=digest(review.body),
            by=ws.person(),
        ),
    )


def _is_of_before(ws: Workspace, table: Table, review: Review) -> bool:
    """Whether a review belongs to an earlier attempt; where the host keeps no commit, its time decides."""
    if review.commit is None:
        # The time of submission is the earner's own claim; that of the decision before is an issuer's.
        before = table.standing.decision
        since = max(table.request.requested, before.decided) if before else table.request.requested
        return review.when < since
    if review.commit == table.judged:
        return False
    return resolve(ws.repo, review.commit) is not None and is_ancestor(ws.repo, review.commit, table.judged)


def _whose(ws: Workspace, table: Table, account: str) -> PersonId | None:
    """The only person whose profile names an account."""
    kind = Slug(table.place.kind)
    people = [
        p.id for p in ws.catalog.people.values() if p.accounts.get(kind, "").casefold() == account.casefold()
    ]
    return people[0] if account and len(people) == 1 else None


def _reasons(
    ws: Workspace, table: Table, review: Review, person: PersonId, written: ScoreText
) -> Iterator[str]:
    """Every reason to reject a review that was meant as an assessment."""
    request, submission = table.request, table.standing.submission
    programme = ws.catalog.programme
    if person == submission.earner:
        yield "no one assesses their own work"
        return
    if person not in table.standing.panel:
        yield f"it is assigned to {', '.join(table.standing.panel) or 'no one yet'}, not {person}"
        return
    by_issuer = person in table.standing.seats.stand_ins
    policy = programme.assessment.for_credential(table.definition)
    yield from reasons_against_asked(
        person, submission, ws.catalog, request.rule, policy, by_issuer=by_issuer
    )
    if programme.signatures != "recorded" or person == ws.me:
        yield f"an assessment counts here only when it is signed: {next_step('assess', submission)}"
        return
    if review.commit is not None and review.commit != table.judged:
        yield "it is about a version that was not submitted; please review what was submitted instead"
    if review.commit is None and table.older:
        # The earner's clock alone would decide which of the two it belongs to.
        other = f"write a review, or type: {next_step('assess', submission)}"
        yield f"this was resubmitted, and a comment does not name a version: {other}"
    yield from written.faults
    open_criteria = tuple(c.id for c in table.definition.criteria if c.id not in request.carried)
    for fault in check_scores(in_order(written.scores, table.definition), table.definition, open_criteria):
        yield f"{fault.what}; {fault.hint}" if fault.hint else fault.what


def _answer(host: Host, request: Request, review: Review, refusal: ReviewRefusal, there: set[str]) -> None:
    """Reply once with what is wrong with a review; after an edit it is checked again."""
    mark = marker("answer", review.id, digest(review.body)[:12])
    if mark in there:
        return
    lines = "\n".join(f"- {as_text(reason)}" for reason in dict.fromkeys(refusal.reasons))
    text = f"{mark}\n\nThis could not be accepted as an assessment, {as_text(review.account)}:\n\n{lines}"
    host.forge.post(request, PostedReview(body=f"{text}\n\nPlease fix it and post it again."))


def _store(ws: Workspace, assessment: Assessment) -> None:
    """Store an attested assessment on its assessor's ref, signed by the issuer who read it, and push it."""
    submission, attempt, person = assessment.submission, assessment.attempt, assessment.assessor
    ref, path = review_ref(submission, attempt, person), assessment_path(submission, attempt, person)
    title = f"Record {person}'s assessment of attempt {attempt} of {submission}"
    commit = commit_files(
        ws.repo,
        base=assessment.judged,
        changes={path: put_blob(ws.repo, encode(assessment))},
        parents=[assessment.judged],
        message=message(title, "assess", submission, attempt),
        author=ws.author(),
        key=ws.key(),
    )
    move_refs(ws.repo, [(ref, commit, resolve(ws.repo, ref))])
    send(ws, {ref: commit}, next_step("sync"))


def _recorded(ws: Workspace, submission: SubmissionId) -> Mapping[PersonId, Assessment]:
    """The accepted assessments of the open attempt."""
    attempt = ws.standing(submission).attempt
    return {p: a for (s, n, p), a in ws.record.assessments.items() if (s, n) == (submission, attempt)}


def find_altered(recorded: Mapping[PersonId, Assessment], reviews: Iterable[Review]) -> Iterator[str]:
    """Stored reviews that were since edited or deleted on the host."""
    there = {r.id: r for r in reviews}
    for person, assessment in recorded.items():
        attested = assessment.attested
        if attested is None:
            continue
        review = there.get(attested.review)
        if review is None or review.is_taken_back:
            yield f"{person}'s assessment was withdrawn on {attested.host} after it was recorded"
        elif digest(review.body) != attested.text:
            yield f"{person}'s assessment was edited on {attested.host} after it was recorded"


def with_altered(ws: Workspace, case: Case) -> Case:
    """A case with the later edits and deletions of its reviews on the host, if the host answers."""
    if not any(a.attested for a in case.assessments):
        return case
    try:
        with signed_in(ws) as host:
            request = host.forge.find(head_of(case.submission))
            if request is None:
                return case
            given = {a.assessor: a for a in case.assessments}
            return replace(case, altered=tuple(find_altered(given, host.forge.reviews(request))))
    except McredError as error:
        ws.ctx.show.note(f"The review host was not checked again ({error.what})", style="yellow")
        return case


def digest(body: str) -> str:
    """The SHA-256 of a review's text, for detecting a later edit."""
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()
