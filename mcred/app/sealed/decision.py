"""What a decision opens of its reviews, and what it seals for the earner, the panel and the issuers."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from mcred.app.keys.reading import all_reading_keys, ensure_reading_key
from mcred.app.sealed.opening import (
    OpenDecision,
    OpenReview,
    open_decision,
    open_proposal,
    open_review,
    seal_bytes,
    seal_proposal,
)
from mcred.app.sealed.review import current_keys
from mcred.app.workspace import Workspace
from mcred.domain.assessment import check_scores
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision, Disclosed, Override
from mcred.domain.disclosure import commitment_of
from mcred.domain.ids import PersonId, Slug
from mcred.domain.rules.decide import list_deciders
from mcred.domain.sealed.review import (
    DecisionContent,
    PassedKey,
    disclose_levels,
    disclose_settled,
    draw_salts,
    join_lines,
)
from mcred.domain.status import Standing
from mcred.formats.sealed_part import encode_part, to_text
from mcred.problems import Exit, McredError, next_step
from mcred.store.seal import MAX_READERS, Unopened

Trail = tuple[int, PersonId | None]
"""Where a kept level comes from: the decision on an attempt, or one person's review of it."""


def open_reviews(
    ws: Workspace, standing: Standing, definition: Credential, carried: Collection[Slug]
) -> tuple[OpenReview, ...]:
    """The panel's reviews with their levels and remarks, each held to what it commits to.

    Raises McredError for one that this folder cannot open, or that does not say what it has to.
    """
    keys, found = all_reading_keys(ws.repo), []
    criteria = tuple(c.id for c in definition.criteria if c.id not in carried)
    for person in standing.panel:
        review = ws.record.assessments[(standing.submission, standing.attempt, person)]
        try:
            one = open_review(review, keys)
        except Unopened as error:
            raise _unread(standing, person, error.what) from None
        if faults := check_scores(one.assessment.scores, definition, criteria):
            raise _unread(standing, person, "; ".join(fault.what for fault in faults))
        if one.content is not None and tuple(s.criterion for s in one.assessment.scores) != criteria:
            raise _unread(standing, person, "its levels are not in the rubric's order")
        found.append(one)
    return tuple(found)


def _unread(standing: Standing, person: PersonId, why: str) -> McredError:
    wanted = standing.submission
    return McredError(
        f"{person}'s review of {wanted} cannot be used: {why}. Nothing is lost: it stays as it is until "
        f"{person} sends it again",
        hint=next_step(
            "submit",
            wanted.credential,
            "--replace",
            note=f"by {wanted.earner}; then {person} assesses it again. Another issuer may open it",
        ),
        code=Exit.CHANGED,
    )


def open_earlier(ws: Workspace, record: Record | None) -> Mapping[int, OpenDecision]:
    """The earlier decisions of a record that this folder can open, by attempt."""
    keys = all_reading_keys(ws.repo)
    found: dict[int, OpenDecision] = {}
    if record is None:
        return found
    for decision in record.decisions:
        try:
            found[decision.attempt] = open_decision(decision, keys, record.assessments)
        except Unopened:
            continue
    return found


def trace_kept(
    record: Record | None, opened: Mapping[int, OpenDecision], carried: Iterable[Slug]
) -> Mapping[Slug, tuple[Slug, tuple[Trail, ...]]]:
    """For each criterion that keeps its level: that level, and where it comes from.

    Those whose way cannot be opened here are left out.
    """
    decisions = sorted(record.decisions, key=lambda d: d.attempt, reverse=True) if record is not None else []
    found = {}
    for criterion in carried:
        trail = _trail(decisions, opened, criterion)
        newest = opened[decisions[0].attempt].decision.level_of(criterion) if trail else None
        if trail and newest is not None:
            found[criterion] = (newest, trail)
    return found


def _trail(
    decisions: Iterable[Decision], opened: Mapping[int, OpenDecision], criterion: Slug
) -> tuple[Trail, ...]:
    """The decisions and reviews that a kept level comes from; empty where one of them is not open."""
    trail: list[tuple[int, PersonId | None]] = []
    for decision in decisions:
        found = opened.get(decision.attempt)
        levels = found.decision.levels if found is not None and decision.outcome != "award" else ()
        settled = next((s for s in levels if s.criterion == criterion), None)
        if found is None or settled is None:
            return ()
        trail.append((decision.attempt, None))
        if settled.carried:
            continue
        signed = [b.assessor for b in decision.basis if b.attested is None and not settled.by_issuer]
        if not set(signed) <= set(found.reviews):
            return ()
        return (*trail, *((decision.attempt, person) for person in signed))
    return ()


def list_opened(
    attempt: int,
    reviews: Iterable[OpenReview],
    earlier: Mapping[int, OpenDecision],
    kept: Mapping[Slug, tuple[Slug, tuple[Trail, ...]]],
) -> Iterator[Disclosed]:
    """What an award opens: every level of its own reviews, and the way of each level that it keeps."""
    for one in reviews:
        if one.content is not None:
            person = one.assessment.assessor
            yield Disclosed(attempt=attempt, assessor=person, levels=disclose_levels(person, one.content))
    wanted: dict[Trail, set[Slug]] = {}
    for criterion, (_, trail) in kept.items():
        for place in trail:
            wanted.setdefault(place, set()).add(criterion)
    for (number, whose), criteria in wanted.items():
        found = earlier[number]
        if whose is None:
            levels = disclose_settled(found.content.salts, found.content.levels, criteria)
        else:
            content = found.reviews[whose].content
            levels = disclose_levels(whose, content, criteria) if content is not None else ()
        yield Disclosed(attempt=number, assessor=whose, levels=levels)


def seal_decision(
    ws: Workspace, decision: Decision, reviews: Iterable[OpenReview], opened: Iterable[Disclosed]
) -> Decision:
    """A decision as the record has it: what is not for everyone is sealed.

    `opened`: what it opens, where it awards. Raises McredError for more readers than a seal takes.
    """
    keys = _all_keys(ws, list_readers(ws, decision))
    return seal_parts(decision, reviews, opened, keys)


def seal_parts(
    decision: Decision, reviews: Iterable[OpenReview], opened: Iterable[Disclosed], readers: Sequence[str]
) -> Decision:
    """A decision of which the holders of some reading keys open what is not for everyone."""
    decision = replace(
        decision,
        reason=join_lines(decision.reason),
        feedback=join_lines(decision.feedback),
        levels=tuple(replace(s, reason=join_lines(s.reason)) for s in decision.levels),
    )
    passed_on = tuple(PassedKey(assessor=one.assessment.assessor, key=one.key) for one in reviews if one.key)
    if decision.outcome == "award":
        content = DecisionContent(keys=passed_on, feedback=decision.feedback)
        shown = replace(decision, feedback="", opened=tuple(opened))
    else:
        salts = draw_salts(len(decision.levels), secrets.token_bytes)
        content = DecisionContent(
            keys=passed_on,
            salts=salts,
            levels=decision.levels,
            recommended=decision.recommended,
            reason=decision.reason,
            feedback=decision.feedback,
        )
        commitments = tuple(map(commitment_of, disclose_settled(salts, decision.levels)))
        shown = replace(
            decision, levels=(), recommended=None, reason="", feedback="", commitments=commitments
        )
    return replace(shown, sealed=to_text(seal_bytes(encode_part(content), readers)))


def seal_my_proposal(ws: Workspace, said: Override) -> Override:
    """My proposal as the record has it: for those who decide, under the newest main."""
    panel = ws.standing(said.submission).panel
    able = list_deciders(ws.catalog.programme.roles, said.submission, panel)
    salt = draw_salts(1, secrets.token_bytes)[0]
    return seal_proposal(replace(said, main=ws.main), salt, _all_keys(ws, able))


def open_my_proposal(ws: Workspace, said: Override | None) -> Override | None:
    """A proposal of mine that was stored before, opened; None where it cannot be."""
    try:
        return open_proposal(said, all_reading_keys(ws.repo))[0] if said is not None else None
    except Unopened:
        return None


def _all_keys(ws: Workspace, people: Iterable[PersonId]) -> tuple[str, ...]:
    """The listed reading keys of some people, and mine. Raises McredError for more than a seal takes."""
    keys = tuple(dict.fromkeys((*current_keys(ws.catalog, people), ensure_reading_key(ws.repo).public)))
    if len(keys) > MAX_READERS:
        raise McredError(
            f"{len(keys)} people would read it, but it can be sealed to at most {MAX_READERS}",
            hint=next_step("person", "list"),
        )
    return keys


def list_readers(ws: Workspace, decision: Decision) -> tuple[PersonId, ...]:
    """Who may read what is sealed in a decision: the earner, its assessors and the issuers."""
    assessors = (b.assessor for b in decision.basis)
    people = (decision.submission.earner, *assessors, *ws.catalog.programme.roles.issuers)
    return tuple(dict.fromkeys(people))
