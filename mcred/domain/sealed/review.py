"""What a review and a decision commit to, and what is sealed of them.

A review's levels and remarks are sealed until the decision. It commits to each of them by the digest of a
salted disclosure, so that a decision can open the levels to everyone, and the remarks to a few. A decision
that awards nothing commits to its levels in the same way, so that a later award can open those it keeps.

Each disclosure of a review names its assessor: no one can submit another person's review.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mcred.domain.assessment import Assessment, Score
from mcred.domain.decision import Decision, Disclosed, Outcome, Override, Settled
from mcred.domain.disclosure import SALT_BYTES, commitment_of, disclose, new_salt, read_disclosure
from mcred.domain.ids import PersonId, Prose, Slug
from mcred.domain.record_file import RecordPart

RandomBytes = Callable[[int], bytes]
"""Draws so many random bytes."""


class ReviewContent(RecordPart, frozen=True, kw_only=True):
    """The sealed part of a review: a level and a remark for each open criterion in the rubric's order."""

    salts: tuple[str, ...]
    """Of each level and remark, and of the summary."""
    scores: tuple[Score, ...] = ()
    summary: Prose = ""


class PassedKey(RecordPart, frozen=True, kw_only=True):
    """What opens one review."""

    assessor: PersonId
    key: str


class DecisionContent(RecordPart, frozen=True, kw_only=True):
    """The sealed part of a decision; of an award only the keys of its reviews, and the feedback."""

    keys: tuple[PassedKey, ...] = ()
    salts: tuple[str, ...] = ()
    levels: tuple[Settled, ...] = ()
    recommended: Outcome | None = None
    reason: Prose = ""
    feedback: Prose = ""


class ProposalContent(RecordPart, frozen=True, kw_only=True):
    """The sealed part of an issuer's proposal."""

    salt: str
    outcome: Outcome
    reason: Prose
    levels: tuple[Settled, ...] = ()


def draw_salts(count: int, random: RandomBytes) -> tuple[str, ...]:
    """So many new salts."""
    return tuple(new_salt(random(SALT_BYTES)) for _ in range(count))


def join_lines(text: str) -> str:
    """A text with each line end as records have it: `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def make_content(
    scores: Sequence[Score], summary: str, criteria: Sequence[Slug], random: RandomBytes
) -> ReviewContent:
    """The sealed part of a review. `criteria`: the open ones in the rubric's order, which `scores` match."""
    ordered = tuple(
        replace(s, feedback=join_lines(s.feedback))
        for s in sorted(scores, key=lambda s: criteria.index(s.criterion))
    )
    salts = draw_salts(2 * len(ordered) + 1, random)
    return ReviewContent(salts=salts, scores=ordered, summary=join_lines(summary))


def disclose_review(assessor: PersonId, content: ReviewContent) -> tuple[str, ...]:
    """The disclosures of all that a review says: for each criterion the level and the remark, the summary."""
    said = _list_said(assessor, content)
    return tuple(
        disclose(salt, name, value) for salt, (name, value) in zip(content.salts, said, strict=False)
    )


def _list_said(assessor: PersonId, content: ReviewContent) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for score in content.scores:
        yield "level", _level(assessor, score.criterion, score.level)
        remark = {"assessor": assessor, "criterion": score.criterion, "feedback": score.feedback}
        yield "remark", remark
    yield "summary", {"assessor": assessor, "summary": content.summary}


def _level(assessor: PersonId, criterion: Slug, level: Slug) -> Mapping[str, Any]:
    return {"assessor": assessor, "criterion": criterion, "level": level}


def disclose_levels(
    assessor: PersonId, content: ReviewContent, wanted: Collection[Slug] | None = None
) -> tuple[str, ...]:
    """The disclosures of a review's levels; `wanted`: of these criteria alone."""
    found = disclose_review(assessor, content)[:-1:2]
    chosen = (wanted is None or s.criterion in wanted for s in content.scores)
    return tuple(text for text, is_wanted in zip(found, chosen, strict=True) if is_wanted)


def is_content_of(assessment: Assessment, content: ReviewContent) -> bool:
    """Whether the sealed part of a review is what it commits to."""
    whole = len(content.salts) == 2 * len(content.scores) + 1
    found = disclose_review(assessment.assessor, content)
    return whole and tuple(map(commitment_of, found)) == assessment.commitments


def fill_in(assessment: Assessment, content: ReviewContent) -> Assessment:
    """A review with everything that its sealed part says."""
    return replace(
        assessment, scores=content.scores, summary=content.summary, commitments=(), sealed="", key=""
    )


def read_levels(
    assessment: Assessment, disclosures: Sequence[str], criteria: Sequence[Slug]
) -> tuple[tuple[Score, ...], tuple[str, ...]]:
    """The levels that disclosures open of a review, and why some are none of its levels.

    `criteria`: those that were open to its assessor, in the rubric's order.
    """
    scores, wrong = [], []
    places = {digest: place for place, digest in enumerate(assessment.commitments[:-1])}
    for text in disclosures:
        match read_disclosure(text):
            case "level", {"criterion": str() as criterion, "level": str() as level} as value:
                place = places.get(commitment_of(text), -1)
                is_there = (
                    place >= 0 and place % 2 == 0 and criterion in criteria[place // 2 : place // 2 + 1]
                )
                if is_there and value == _level(assessment.assessor, Slug(criterion), Slug(level)):
                    scores.append(Score(criterion=Slug(criterion), level=Slug(level)))
                    continue
        wrong.append(f"an opened level is none that {assessment.assessor}'s review commits to")
    return tuple(scores), tuple(wrong)


def disclose_settled(
    salts: Sequence[str], levels: Sequence[Settled], wanted: Collection[Slug] | None = None
) -> tuple[str, ...]:
    """The disclosures of a decision's levels; `wanted`: of these criteria alone."""
    return tuple(
        disclose(salt, "settled", _settled(one))
        for salt, one in zip(salts, levels, strict=True)
        if wanted is None or one.criterion in wanted
    )


def _settled(one: Settled) -> Mapping[str, Any]:
    return {
        "criterion": one.criterion,
        "level": one.level,
        "carried": one.carried,
        "by_issuer": one.by_issuer,
        "reason": one.reason,
    }


def read_settled(
    decision: Decision, disclosures: Sequence[str], criteria: Sequence[Slug]
) -> tuple[tuple[Settled, ...], tuple[str, ...]]:
    """The levels that disclosures open of an earlier decision, and why some are none of its levels.

    `criteria`: all of the rubric, in its order.
    """
    found, wrong = [], []
    places = {digest: place for place, digest in enumerate(decision.commitments)}
    for text in disclosures:
        match read_disclosure(text):
            case (
                "settled",
                {
                    "criterion": str() as criterion,
                    "level": str() as level,
                    "carried": bool() as carried,
                    "by_issuer": bool() as by_issuer,
                    "reason": str() as reason,
                } as value,
            ) if len(value) == 5:
                place = places.get(commitment_of(text), len(criteria))
                if criterion in criteria[place : place + 1]:
                    found.append(
                        Settled(
                            criterion=Slug(criterion),
                            level=Slug(level),
                            carried=carried,
                            by_issuer=by_issuer,
                            reason=reason,
                        )
                    )
                    continue
        wrong.append(f"an opened level is none that the decision on attempt {decision.attempt} commits to")
    return tuple(found), tuple(wrong)


def is_decision_content(decision: Decision, content: DecisionContent) -> bool:
    """Whether the sealed part of a decision is what it commits to."""
    if len(content.salts) != len(content.levels):
        return False
    return tuple(map(commitment_of, disclose_settled(content.salts, content.levels))) == decision.commitments


def fill_in_decision(decision: Decision, content: DecisionContent) -> Decision:
    """A decision with everything that its sealed part says."""
    if decision.outcome == "award":
        return replace(decision, feedback=content.feedback, opened=(), sealed="")
    return replace(
        decision,
        commitments=(),
        levels=content.levels,
        recommended=content.recommended,
        reason=content.reason,
        feedback=content.feedback,
        sealed="",
    )


def disclose_proposal(issuer: PersonId, content: ProposalContent) -> str:
    """The disclosure of an issuer's proposal."""
    levels = [{"criterion": s.criterion, "level": s.level, "reason": s.reason} for s in content.levels]
    said = {"issuer": issuer, "outcome": content.outcome, "reason": content.reason, "levels": levels}
    return disclose(content.salt, "proposal", said)


def fill_in_proposal(said: Override, content: ProposalContent) -> Override:
    """A proposal with what its sealed part says."""
    return replace(said, outcome=content.outcome, reason=content.reason, levels=content.levels)


def read_proposal(said: Override, disclosure: str) -> Override | None:
    """A proposal with what a disclosure opens of it; None where that is not what it commits to."""
    if commitment_of(disclosure) != said.commitment:
        return None
    match read_disclosure(disclosure):
        case "proposal", {
            "issuer": said.issuer,
            "outcome": "award" | "revise" | "decline" as outcome,
            "reason": str() as reason,
            "levels": list() as levels,
        } as value if len(value) == 4:
            found = [_set(one) for one in levels]
            if None not in found:
                kept = tuple(one for one in found if one is not None)
                return replace(said, outcome=outcome, reason=reason, levels=kept)
    return None


def _set(value: object) -> Settled | None:
    match value:
        case {"criterion": str() as criterion, "level": str() as level, "reason": str() as reason, **rest}:
            return _set_level(criterion, level, reason) if not rest else None
    return None


def _set_level(criterion: str, level: str, reason: str) -> Settled:
    return Settled(criterion=Slug(criterion), level=Slug(level), by_issuer=True, reason=reason)


def show_levels(assessment: Assessment, opened: Collection[Disclosed]) -> Assessment:
    """A review with the levels that awards opened of it; its remarks stay sealed."""
    texts = [
        text
        for one in opened
        if (one.attempt, one.assessor) == (assessment.attempt, assessment.assessor)
        for text in one.levels
    ]
    said = [
        value
        for text in texts
        if (found := read_disclosure(text)) is not None and commitment_of(text) in assessment.commitments
        for value in (found[1],)
        if found[0] == "level"
    ]
    scores = tuple(
        Score(criterion=Slug(str(value.get("criterion"))), level=Slug(str(value.get("level"))))
        for value in said
    )
    return replace(assessment, scores=scores) if scores and not assessment.scores else assessment
