"""What a submission's pull request should show, computed from the record before the host is contacted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from mcred.app.hosting.session import find_place
from mcred.app.hosting.text import (
    answered_body,
    decision_body,
    decision_mark,
    request_body,
    request_title,
    review_mark,
)
from mcred.app.pending import read_edition, read_submitted
from mcred.app.workspace import Workspace
from mcred.domain.ids import PersonId, Slug, SubmissionId
from mcred.domain.status import Standing, StateWord
from mcred.hosting.values import EARNED, IN_REVIEW, LABEL, NEEDS_EVIDENCE, PostedReview

LABELS_OF: Mapping[StateWord, tuple[str, ...]] = {
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
"""The labels for each state; a state that is missing here has nothing to show."""


class Showing(Struct, frozen=True, kw_only=True):
    """What a request should show, read from the record."""

    standing: Standing
    title: str
    body: str
    reviewers: tuple[str, ...]
    said: Mapping[str, PostedReview]
    """The comments I have to post on it, by their marker."""


def read_showing(ws: Workspace, submission: SubmissionId) -> Showing | None:
    """What the request should show; None for a submission that was never submitted."""
    standing = ws.standing(submission)
    if standing.word not in LABELS_OF:
        return None
    if standing.request is None or standing.judged is None:
        said = dict(_decided(ws, standing))
        return Showing(standing=standing, title="", body="", reviewers=(), said=said)
    request = standing.request
    definition = read_edition(ws.repo, request.definition.blob, submission.credential)
    work = None
    if request.work is None:
        work, _ = read_submitted(ws.repo, standing.judged, submission, definition)
    earner = ws.catalog.people.get(submission.earner)
    names = ", ".join(_name(ws, p) for p in standing.panel) or "no one yet"
    return Showing(
        standing=standing,
        title=request_title(definition, earner.name if earner else submission.earner, request.attempt),
        body=request_body(
            work, definition, request, names, on_web=ws.catalog.programme.signatures == "recorded"
        ),
        reviewers=tuple(a for p in standing.missing if (a := account_of(ws, p))),
        said={**dict(_decided(ws, standing)), **dict(_assessed(ws, standing))},
    )


def _assessed(ws: Workspace, standing: Standing) -> Iterator[tuple[str, PostedReview]]:
    """That I answered the open attempt; what I said is sealed until the decision."""
    for event in standing.reviews:
        key = (standing.submission, standing.attempt, event.person)
        if event.person == ws.me and key in ws.record.assessments:
            yield review_mark(*key), PostedReview(body=answered_body(*key), commit=standing.judged)


def _decided(ws: Workspace, standing: Standing) -> Iterator[tuple[str, PostedReview]]:
    """The newest decision, posted by its issuer: of it what is for everyone."""
    decision = standing.decision
    definition = ws.catalog.editions.get(decision.definition.blob) if decision else None
    if decision is None or definition is None or decision.issuer != ws.me:
        return
    mark = decision_mark(standing.submission, decision.attempt)
    yield mark, PostedReview(body=decision_body(decision, definition))


def account_of(ws: Workspace, person: PersonId) -> str:
    """A person's account on the programme's review host, '' where the profile names none."""
    place, profile = find_place(ws), ws.catalog.people.get(person)
    return profile.accounts.get(Slug(place.kind), "") if place and profile else ""


def _name(ws: Workspace, person: PersonId) -> str:
    profile = ws.catalog.people.get(person)
    return profile.name if profile else person


def state_of(ws: Workspace, submission: SubmissionId) -> str:
    """The part of a standing that a request shows, as a short text: a change means an update is due."""
    standing = ws.standing(submission)
    told = (
        standing.word,
        standing.attempt,
        standing.judged,
        sorted((e.person, e.commit) for e in standing.reviews),
        standing.decision.attempt if standing.decision else 0,
        standing.panel,
        ws.catalog.programme.signatures if standing.is_open else "",
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:20]
