"""Choosing the panel of assessors: experts while a micro-credential is young, then peers who earned it.

The choice is deterministic, so that it is reproducible and earners cannot pick assessors: those at their
limit of open reviews come last; before them those who assessed an earlier attempt come first, then those
with the fewest open reviews, ties by a hash of main's commit, the submission and the person (FORMATS:
Policy, last paragraph). Nobody at their limit is asked: a seat that only they could take is vacant.

Example, with the defaults: 50 decided submissions or more and three free holders → three peers;
with two holders → one expert, and the reason is recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.programme import Policy, Rule
from mcred.domain.rules.eligibility import able, reasons_against
from mcred.domain.submission import Load


class Panel(Struct, frozen=True, kw_only=True):
    """A chosen panel, its rule, and the inputs of the choice. With too few `members` it cannot judge.

    A member who is `at_limit` has a seat that is vacant until an issuer assigns somebody.
    """

    rule: Rule
    needed: int
    members: tuple[PersonId, ...]
    candidates: tuple[Load, ...]
    at_limit: tuple[PersonId, ...]
    """The candidates with as many open reviews as the policy allows: they are not asked."""
    assessed_before: int
    reasons: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether enough assessors were found; False for an empty panel."""
        return is_enough(len(self.members), self.needed)


def is_young(assessed: int, policy: Policy) -> bool:
    """Whether experts judge, because too few submissions were assessed yet (FORMATS: "the first 50")."""
    return assessed < policy.expert_submissions


def rule_for(assessed: int, peers: int, policy: Policy) -> Rule:
    """The rule a submission is judged by: experts at first, then peers, or experts where peers are too few.

    FORMATS: Policy. `assessed`: the number assessed so far. `peers`: the number eligible for this one.
    """
    return "expert" if is_young(assessed, policy) or not is_enough(peers, policy.peers) else "peer"


def seats_for(rule: Rule, policy: Policy) -> int:
    """The size of a panel by a rule."""
    return policy.experts if rule == "expert" else policy.peers


def is_enough(found: int, needed: int) -> bool:
    """Whether there are as many assessors as needed; False when none are needed."""
    return 0 < needed <= found


def choose_panel(
    submission: SubmissionId,
    catalog: ProgrammeState,
    policy: Policy,
    open_reviews: Mapping[PersonId, int],
    earlier: tuple[PersonId, ...] = (),
) -> Panel:
    """Choose the panel for one attempt, from the catalog's commit."""
    panel = _of_phase(submission, catalog, policy, open_reviews, earlier)
    notes = (
        f"{p} is not asked, having {open_reviews[p]} open reviews; {policy.max_open} is the limit"
        if p in panel.at_limit
        else f"{p} was asked about an earlier attempt and is asked again"
        for p in panel.members
        if p in panel.at_limit or p in earlier
    )
    return replace(panel, reasons=tuple(dict.fromkeys((*panel.reasons, *notes))))


def _of_phase(
    submission: SubmissionId,
    catalog: ProgrammeState,
    policy: Policy,
    open_reviews: Mapping[PersonId, int],
    earlier: tuple[PersonId, ...],
) -> Panel:
    """The panel by the current rule: experts, then peers, or experts again where peers are too few."""
    assessed = catalog.assessed(submission.credential)
    if is_young(assessed, policy):
        first = (
            f"{assessed} of the first {policy.expert_submissions} submissions were assessed: experts judge"
        )
        return _choose(submission, catalog, policy, open_reviews, earlier, "expert", (first,))
    first = f"{assessed} submissions were assessed, {policy.expert_submissions} or more: peers judge"
    peers = _choose(submission, catalog, policy, open_reviews, earlier, "peer", (first,))
    if rule_for(assessed, len(peers.members), policy) == "peer":
        return peers
    short = f"only {len(peers.members)} of {policy.peers} peers can judge this: experts do instead"
    return _choose(submission, catalog, policy, open_reviews, earlier, "expert", (*peers.reasons, short))


def _choose(
    submission: SubmissionId,
    catalog: ProgrammeState,
    policy: Policy,
    open_reviews: Mapping[PersonId, int],
    earlier: tuple[PersonId, ...],
    rule: Rule,
    reasons: tuple[str, ...],
) -> Panel:
    needed = seats_for(rule, policy)
    free: list[Load] = []
    said = list(reasons)
    for person in able(submission, catalog, rule):
        against = reasons_against(person, submission, catalog, rule, policy)
        if not against:
            free.append(Load(person=person, open=open_reviews.get(person, 0)))
        elif person != submission.earner:
            said.extend(against)
    ranked = sorted(free, key=lambda load: _rank(load, submission, catalog.commit, policy, earlier))
    members = tuple(load.person for load in ranked[:needed])
    return Panel(
        rule=rule,
        needed=needed,
        members=members,
        candidates=tuple(ranked),
        at_limit=tuple(load.person for load in ranked if load.open >= policy.max_open),
        assessed_before=catalog.assessed(submission.credential),
        reasons=tuple(said),
    )


def _rank(
    load: Load, submission: SubmissionId, commit: CommitId, policy: Policy, earlier: tuple[PersonId, ...]
) -> tuple[bool, bool, int, str]:
    """Sort key: below the limit first, among them earlier assessors, then the least busy, ties by hash."""
    seed = hashlib.sha256(f"{commit} {submission} {load.person}".encode()).hexdigest()
    return (load.open >= policy.max_open, load.person not in earlier, load.open, seed)
