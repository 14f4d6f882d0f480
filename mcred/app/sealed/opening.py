"""Opening what is sealed in reviews and decisions, as far as a person's reading keys go.

The levels and remarks of a review are sealed to a key of their own, and that key to the readers. So a
decision passes a review on by sealing the key again, and what its readers open is what the assessor signed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.decision import Decision, Override
from mcred.domain.disclosure import commitment_of
from mcred.domain.ids import PersonId, Slug
from mcred.domain.rules.sealing import explain_open_review
from mcred.domain.sealed.review import (
    DecisionContent,
    ProposalContent,
    ReviewContent,
    disclose_proposal,
    disclose_review,
    fill_in,
    fill_in_decision,
    fill_in_proposal,
    is_content_of,
    is_decision_content,
    join_lines,
)
from mcred.formats.sealed_part import decode_part, encode_part, to_bytes, to_text
from mcred.problems import McredError
from mcred.store.seal import (
    ReadingPair,
    Unopened,
    is_sealed,
    load_reading_key,
    make_reading_key,
    seal,
    unseal,
)

Keys = Sequence[ReadingPair]


class OpenReview(Struct, frozen=True, kw_only=True):
    """A review whose levels and remarks can be read."""

    assessment: Assessment
    content: ReviewContent | None = None
    """Its sealed part; None for one that was written on a review host and is open."""
    key: str = ""
    """What opens it."""


class OpenDecision(Struct, frozen=True, kw_only=True):
    """A decision whose sealed part can be read."""

    decision: Decision
    content: DecisionContent
    reviews: Mapping[PersonId, OpenReview] = field(default_factory=dict)
    """Its reviews, by assessor, as far as they can be read."""


def seal_bytes(data: bytes, readers: Sequence[str]) -> bytes:
    """Bytes that only the holders of some reading keys can open."""
    sealed = io.BytesIO()
    seal(io.BytesIO(data), sealed, readers)
    return sealed.getvalue()


def seal_content(review: Assessment, content: ReviewContent, readers: Sequence[str]) -> Assessment:
    """A review whose levels and remarks only the holders of some reading keys can open."""
    own = make_reading_key()
    return replace(
        review,
        scores=(),
        summary="",
        commitments=tuple(map(commitment_of, disclose_review(review.assessor, content))),
        sealed=to_text(seal_bytes(encode_part(content), [own.public])),
        key=to_text(seal_bytes(own.private.encode("ascii"), readers)),
    )


def seal_proposal(said: Override, salt: str, readers: Sequence[str]) -> Override:
    """A proposal that only the holders of some reading keys can open."""
    content = ProposalContent(
        salt=salt,
        outcome=said.outcome or "revise",
        reason=join_lines(said.reason),
        levels=tuple(replace(s, reason=join_lines(s.reason)) for s in said.levels),
    )
    return replace(
        said,
        commitment=commitment_of(disclose_proposal(said.issuer, content)),
        sealed=to_text(seal_bytes(encode_part(content), readers)),
        outcome=None,
        reason="",
        levels=(),
    )


def why_not_sealed(assessment: Assessment, criteria: Sequence[Slug]) -> tuple[str, ...]:
    """Why a review is not sealed as one has to be, as far as can be told without opening it.

    `criteria`: the open ones.
    """
    reasons = explain_open_review(assessment, criteria)
    parts = () if assessment.attested is not None else (assessment.sealed, assessment.key)
    if not reasons and not all(is_sealed(to_bytes(text)) for text in parts):
        return ("its levels and remarks are not sealed in a way that is accepted here",)
    return reasons


def open_review(assessment: Assessment, keys: Keys) -> OpenReview:
    """A review whose levels and remarks can be read. Raises `Unopened` with the reason where they cannot."""
    if not assessment.is_sealed:
        return OpenReview(assessment=assessment)
    return _open_with(assessment, _unseal(assessment.key, keys).decode("ascii", "replace").strip())


def _open_with(assessment: Assessment, key: str) -> OpenReview:
    """The same with the review's own key."""
    try:
        own = load_reading_key(key.encode("ascii", "replace"))
    except McredError:
        raise Unopened("the key to it is not a key") from None
    content = decode_part(_unseal(assessment.sealed, (own,)), ReviewContent)
    if content is None or not is_content_of(assessment, content):
        raise Unopened("what is sealed in it is not what it vouches for")
    return OpenReview(assessment=fill_in(assessment, content), content=content, key=key)


def open_decision(decision: Decision, keys: Keys, reviews: Iterable[Assessment] = ()) -> OpenDecision:
    """A decision whose sealed part can be read, and with it those of the reviews that it rests on.

    Raises `Unopened` with the reason where it cannot.
    """
    return _open_content(decision, _unseal(decision.sealed, keys), reviews)


def _open_content(decision: Decision, data: bytes, reviews: Iterable[Assessment]) -> OpenDecision:
    """The same with the bytes that are sealed in it."""
    content = decode_part(data, DecisionContent)
    if content is None or not is_decision_content(decision, content):
        raise Unopened("what is sealed in it is not what it vouches for")
    passed_on = {one.assessor: one.key for one in content.keys}
    opened = {}
    for review in reviews:
        if review.attempt == decision.attempt and review.assessor in passed_on and review.is_sealed:
            try:
                opened[review.assessor] = _open_with(review, passed_on[review.assessor])
            except Unopened:
                continue
    return OpenDecision(decision=fill_in_decision(decision, content), content=content, reviews=opened)


def open_attempt(
    decision: Decision, reviews: Sequence[Assessment], keys: Keys
) -> tuple[Decision, tuple[Assessment, ...]]:
    """A decision and its reviews, as far as some reading keys open them; the rest stays as it is."""
    passed_on: Mapping[PersonId, OpenReview] = {}
    if decision.is_sealed:
        try:
            found = open_decision(decision, keys, reviews)
            decision, passed_on = found.decision, found.reviews
        except Unopened:
            pass
    given = (
        passed_on[a.assessor].assessment if a.assessor in passed_on else open_own(a, keys) for a in reviews
    )
    return decision, tuple(given)


def open_record(record: Record, keys: Keys) -> Record:
    """A record with the reviews and decisions that some reading keys open; the rest stays as it is."""
    if not keys:
        return record
    decisions: list[Decision] = []
    assessments: list[Assessment] = []
    for decision in record.decisions:
        given = [a for a in record.assessments if a.attempt == decision.attempt]
        opened, reviews = open_attempt(decision, given, keys)
        decisions.append(opened)
        assessments.extend(reviews)
    decided = {d.attempt for d in record.decisions}
    assessments.extend(open_own(a, keys) for a in record.assessments if a.attempt not in decided)
    return replace(record, decisions=tuple(decisions), assessments=tuple(assessments))


def open_passed(record: Record, passed: Mapping[int, bytes]) -> Record:
    """A record with the decisions that its earner passes on, and the reviews that these rest on.

    `passed`: what is sealed in the decision on each attempt. What it does not commit to counts as nothing.
    """
    found: dict[int, OpenDecision] = {}
    for decision in record.decisions:
        if decision.is_sealed and decision.attempt in passed:
            with suppress(Unopened):
                data = passed[decision.attempt]
                found[decision.attempt] = _open_content(decision, data, record.assessments)
    reviews = {
        (n, person): one for n, found_one in found.items() for person, one in found_one.reviews.items()
    }
    return replace(
        record,
        decisions=tuple(found[d.attempt].decision if d.attempt in found else d for d in record.decisions),
        assessments=tuple(
            reviews[key].assessment if (key := (a.attempt, a.assessor)) in reviews else a
            for a in record.assessments
        ),
    )


def open_own(assessment: Assessment, keys: Keys) -> Assessment:
    """A review as far as some reading keys open it by themselves, as its assessor's or an issuer's do."""
    try:
        return open_review(assessment, keys).assessment if keys else assessment
    except Unopened:
        return assessment


def open_proposal(said: Override, keys: Keys) -> tuple[Override, str]:
    """A proposal with what it proposes, and the disclosure that opens it to others.

    Raises `Unopened` with the reason where it cannot be opened.
    """
    content = decode_part(_unseal(said.sealed, keys), ProposalContent)
    disclosure = disclose_proposal(said.issuer, content) if content is not None else ""
    if content is None or commitment_of(disclosure) != said.commitment:
        raise Unopened("what is sealed in it is not what it vouches for")
    return fill_in_proposal(said, content), disclosure


def _unseal(text: str, keys: Keys) -> bytes:
    """What an age file in a record holds. Raises `Unopened`."""
    if not keys:
        raise Unopened("there is no reading key in this folder")
    opened = io.BytesIO()
    unseal(io.BytesIO(to_bytes(text)), opened, keys)
    return opened.getvalue()
