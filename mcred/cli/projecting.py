"""The record shown on the review host: one request for each submission, made to look as the record is.

Nothing here decides anything. Each call looks at what the host has, and does what is missing: so a second
call does nothing, one after a cut does the rest, and it does not matter who calls. Reviews are posted by
whoever gave them. A host that does not answer keeps nobody from anything: `mcred sync` shows it later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcred.cli.desk import Desk, open_desk
from mcred.cli.hosting import Host, find_place, head_of, page_to_open, signed_in
from mcred.cli.outbox import note_shown, note_waiting, read_shown
from mcred.cli.record import read_edition, read_submitted
from mcred.cli.request_text import (
    decision_body,
    decision_mark,
    request_body,
    request_title,
    review_body,
    review_mark,
)
from mcred.files.layout import assessment_path
from mcred.forge.values import (
    EARNED,
    IN_REVIEW,
    LABEL,
    NEEDS_EVIDENCE,
    Request,
    Said,
    Verdict,
    Wanted,
    read_marker,
)
from mcred.model.assessment import Assessment
from mcred.model.credential import Credential
from mcred.model.history import Standing, Word
from mcred.model.ids import PersonId, Slug, SubmissionId
from mcred.problems import McredError
from mcred.store.snapshot import read_files

LABELS_OF: Mapping[Word, tuple[str, ...]] = {
    "draft": (LABEL, NEEDS_EVIDENCE),
    "in review": (LABEL, IN_REVIEW),
    "being reconciled": (LABEL, IN_REVIEW),
    "not yet earned": (LABEL, NEEDS_EVIDENCE),
    "earned": (LABEL, EARNED),
    "declined": (LABEL,),
    "withdrawn": (LABEL,),
    "revoked": (LABEL,),
    "expired": (LABEL,),
}
"""Each word of state with the labels that say it; a word that is not here has nothing to show."""
PATIENCE = 3
"""So many seconds a host gets to see for itself that what it shows was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What there is to show of a submission, read from the record before anything is asked."""

    standing: Standing
    title: str
    body: str
    reviewers: tuple[str, ...]
    said: Mapping[str, Said]
    """What is mine to say on it, by its marker."""


def show_on_host(desk: Desk, submission: SubmissionId) -> None:
    """Make the submission's request look as the record is; what goes wrong is said and keeps nobody."""
    try:
        with signed_in(desk) as host:
            if host.place is None:
                return
            if not host.is_signed_in:
                _say_unsigned(desk, submission, host)
                return
            note_waiting(desk.repo, submission)
            project(desk, host, submission)
            note_shown(desk.repo, submission, state_of(desk, submission))
    except McredError as error:
        what = f"The request for {submission} is not up to date on the review host ({error.what})"
        desk.edge.show.note(f"{what}; the record is. mcred sync shows it later", style="yellow")


def show_newest(desk: Desk, submission: SubmissionId) -> None:
    """The same for a verb that has just sent something, and still holds what it read before that."""
    if find_place(desk) is not None:
        show_on_host(open_desk(desk.edge, fetching="no"), submission)


def show_what_changed(desk: Desk) -> None:
    """Every request that is mine to keep and does not show the record as it is now."""
    if find_place(desk) is None:
        return
    shown = read_shown(desk.repo)
    concerned = [
        s for s, standing in desk.record.standings.items() if standing.is_open and _concerns(desk, s)
    ]
    for submission in sorted({*concerned, *shown}):
        if shown.get(submission) != state_of(desk, submission):
            show_on_host(desk, submission)


def _concerns(desk: Desk, submission: SubmissionId) -> bool:
    standing = desk.standing(submission)
    return _may_edit(desk, submission) or desk.me in {e.person for e in standing.reviews}


def hold_on_host(desk: Desk, submission: SubmissionId) -> None:
    """Close the request before a decision that sends the work back.

    A decision brings what was judged into the programme. A host that sees that on an open request shows it as
    done for good; a closed one can be opened again for the next attempt.
    """
    try:
        with signed_in(desk) as host:
            found = host.forge.find(head_of(submission))
            if found is not None and found.state == "open":
                note_waiting(desk.repo, submission)
                host.forge.change(found, _as_found(found, is_open=False))
    except McredError as error:
        desk.edge.show.note(f"The review host was not told first ({error.what})", style="yellow")


def project(desk: Desk, host: Host, submission: SubmissionId) -> Request | None:
    """Find or open the request and do what is missing on it. Raises McredError where the host refuses."""
    showing = read_showing(desk, submission)
    if showing is None:
        return None
    found = host.forge.find(head_of(submission))
    if showing.standing.is_open:
        return _show_open(desk, host, showing, found)
    if found is None:
        return None
    _say(host, found, showing)
    if showing.standing.word == "earned":
        found = _wait_for_merge(desk, host, found)
    if _may_edit(desk, submission):
        is_open = showing.standing.word == "draft" and found.state == "open"
        found = host.forge.change(found, _as_found(found, is_open=is_open, is_draft=is_open))
        _label(desk, host, found, showing)
    return found


def _show_open(desk: Desk, host: Host, showing: Showing, found: Request | None) -> Request | None:
    """A request that is in review: opened, up to date, its assessors asked."""
    standing = showing.standing
    wanted = Wanted(
        head=head_of(standing.submission),
        title=showing.title,
        body=showing.body,
        labels=LABELS_OF[standing.word],
    )
    may_edit = _may_edit(desk, standing.submission)
    if found is None or found.state == "merged":
        if not may_edit:
            return None
        # One that the host has shown as done cannot be opened again; the next attempt gets one of its own.
        found = host.forge.open(wanted)
    if found is None:
        return None
    if may_edit:
        found = host.forge.change(found, wanted)
        _label(desk, host, found, showing)
    seen = _say(host, found, showing)
    if may_edit:
        known = {name.casefold() for name in (*found.reviewers, *seen)}
        asked = tuple(a for a in showing.reviewers if a.casefold() not in known)
        for account in host.forge.invite(found, asked):
            desk.edge.show.note(f"{host.name} does not take {account} as a reviewer", style="yellow")
    return found


def read_showing(desk: Desk, submission: SubmissionId) -> Showing | None:
    """What there is to show; None while nothing was ever sent."""
    standing = desk.standing(submission)
    if standing.word not in LABELS_OF:
        return None
    if standing.request is None or standing.judged is None:
        said = dict(_decided(desk, standing))
        return Showing(standing=standing, title="", body="", reviewers=(), said=said)
    request = standing.request
    definition = read_edition(desk.repo, request.definition.blob, submission.credential)
    work, _ = read_submitted(desk.repo, standing.judged, submission, definition)
    earner = desk.catalog.people.get(submission.earner)
    names = ", ".join(_name(desk, p) for p in standing.panel)
    return Showing(
        standing=standing,
        title=request_title(definition, earner.name if earner else submission.earner, request.attempt),
        body=request_body(
            work, definition, request, names, on_web=desk.catalog.programme.signatures == "recorded"
        ),
        reviewers=tuple(a for p in standing.missing if (a := account_of(desk, p))),
        said={**dict(_decided(desk, standing)), **dict(_assessed(desk, standing, definition))},
    )


def _assessed(desk: Desk, standing: Standing, definition: Credential) -> Iterator[tuple[str, Said]]:
    """My own assessment of the open attempt, as I signed it."""
    for event in standing.reviews:
        key = (standing.submission, standing.attempt, event.person)
        assessment = desk.record.assessments.get(key)
        if event.person != desk.me or assessment is None:
            continue
        path = assessment_path(*key)
        (signed,) = read_files(desk.repo, [(event.commit, path)])
        yield (
            review_mark(*key),
            Said(
                body=review_body(assessment, definition, signed or b"", event.commit),
                verdict=verdict_of(assessment, definition),
                commit=standing.judged,
            ),
        )


def _decided(desk: Desk, standing: Standing) -> Iterator[tuple[str, Said]]:
    """The newest decision with the feedback of all, said by whoever decided."""
    decision = standing.decision
    record = desk.catalog.records.get(standing.submission)
    definition = desk.catalog.editions.get(decision.definition.blob) if decision else None
    if decision is None or record is None or definition is None or decision.issuer != desk.me:
        return
    given = tuple(a for a in record.assessments if a.attempt == decision.attempt)
    body = decision_body(decision, given, definition)
    yield decision_mark(standing.submission, decision.attempt), Said(body=body)


def verdict_of(assessment: Assessment, definition: Credential) -> Verdict:
    """What an assessment says of the whole: whether every criterion it scores is where it must be."""
    criteria = {c.id: c for c in definition.criteria}
    met = all(definition.meets(criteria[s.criterion], s.level) for s in assessment.scores)
    return "approve" if met else "changes"


def _say(host: Host, request: Request, showing: Showing) -> tuple[str, ...]:
    """Post what is mine to say and is not there yet; the accounts that said something."""
    reviews = host.forge.reviews(request)
    there = {read_marker(review.body) for review in reviews}
    for mark, said in showing.said.items():
        if mark not in there:
            host.forge.post(request, said)
    return tuple(review.account for review in reviews)


def _wait_for_merge(desk: Desk, host: Host, found: Request) -> Request:
    """The request after the host had a moment to see that it was decided."""
    for _ in range(PATIENCE):
        if found.state != "open":
            break
        desk.edge.pause(1.0)
        found = host.forge.find(found.head) or found
    return found


def _label(desk: Desk, host: Host, request: Request, showing: Showing) -> None:
    missing = host.forge.label(request, LABELS_OF[showing.standing.word])
    if missing:
        names = ", ".join(f"“{name}”" for name in missing)
        desk.edge.show.note(f"{host.name} has no label {names}; its owner can add it", style="dim")


def _may_edit(desk: Desk, submission: SubmissionId) -> bool:
    """Whether the request's text, state and labels are mine to keep: the earner's and the programme's."""
    roles = desk.catalog.programme.roles
    return desk.me in (submission.earner, *roles.issuers, *roles.maintainers)


def _as_found(found: Request, *, is_open: bool, is_draft: bool = False) -> Wanted:
    return Wanted(
        head=found.head,
        title=found.title,
        body=found.body,
        labels=found.labels,
        is_open=is_open,
        is_draft=is_draft,
    )


def account_of(desk: Desk, person: PersonId) -> str:
    """A person's name on the programme's review host, '' where the profile says none."""
    place, profile = find_place(desk), desk.catalog.people.get(person)
    return profile.accounts.get(Slug(place.kind), "") if place and profile else ""


def _name(desk: Desk, person: PersonId) -> str:
    profile = desk.catalog.people.get(person)
    return profile.name if profile else person


def state_of(desk: Desk, submission: SubmissionId) -> str:
    """All of a standing that a request shows, as a short text: where it changed, there is something to do."""
    standing = desk.standing(submission)
    told = (
        standing.word,
        standing.attempt,
        standing.judged,
        sorted((e.person, e.commit) for e in standing.reviews),
        standing.decision.attempt if standing.decision else 0,
        standing.panel,
        desk.catalog.programme.signatures if standing.is_open else "",
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:20]


def _say_unsigned(desk: Desk, submission: SubmissionId, host: Host) -> None:
    """Where to go when nobody is signed in: said to the earner, whose page it is."""
    if desk.me != submission.earner or not desk.standing(submission).is_open:
        return
    desk.edge.show.note(f"To show it on {host.name} as well, open this page and press the button there:")
    desk.edge.show.note(page_to_open(desk, submission), style="", indent=2)
