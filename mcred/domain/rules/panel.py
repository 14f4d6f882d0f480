"""Choosing the panel of assessors: experts while a micro-credential is young, then peers who earned it.

The choice is deterministic, so that it is reproducible and earners cannot pick assessors: those at their
limit of open reviews come last; before them those who assessed an earlier attempt come first, then those
with the fewest open reviews, ties by a hash of main's commit, the submission and the person (FORMATS:
Policy, last paragraph). No one at their limit is asked: a seat that only they could take is vacant.

Everyone who could be asked is put in order, and only the first are named, so that a request is as small in a
state as in a school (decision 54). `choose_again` holds them to the rules without the numbers of the others.

Example, with the defaults: 50 decided submissions or more and three free holders → three peers;
with two holders → one expert, and the reason is recorded.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from heapq import nsmallest

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.programme import Policy, Rule
from mcred.domain.rules.eligibility import able, reasons_against_able
from mcred.domain.submission import DrawPool, Load, ReviewRequest

RESERVE = 12
"""How many are named beyond the panel. Where every second one declines, three of fifteen accept in 996 of
1,000 attempts; after that an issuer assigns someone, as where no one is left."""

LISTED = 12
"""How many reasons against people are told."""


class Panel(Struct, frozen=True, kw_only=True):
    """A chosen panel, its rule, and the inputs of the choice. With too few `members` it cannot judge.

    A member who is `at_limit` has a seat that is vacant until an issuer assigns someone.
    """

    rule: Rule
    needed: int
    members: tuple[PersonId, ...]
    candidates: tuple[Load, ...]
    """The first of those who could be asked: the members, and `RESERVE` more."""
    at_limit: tuple[PersonId, ...]
    """The candidates with as many open reviews as the policy allows: they are not asked."""
    sha256: str
    """Of all who could be asked, as in `DrawPool`."""
    open: Mapping[int, int]
    """Open reviews, up to the limit → how many of all who could be asked have so many."""
    assessed_before: int
    reasons: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether enough assessors were found; False for an empty panel."""
        return is_enough(len(self.members), self.needed)

    @property
    def count(self) -> int:
        """The number of all who could be asked."""
        return sum(self.open.values())

    @property
    def pool(self) -> DrawPool:
        """All who could be asked, as a request says it."""
        most = max(self.open, default=-1)
        return DrawPool(sha256=self.sha256, open=tuple(self.open.get(n, 0) for n in range(most + 1)))


class _Phase(Struct, frozen=True, kw_only=True):
    """The current rule, and everyone who could be asked by it."""

    rule: Rule
    people: tuple[PersonId, ...]
    ahead: Sequence[PersonId]
    """Those of them that the first come from."""
    reasons: tuple[str, ...]


_Place = tuple[bool, bool, int, bytes]
"""A sort key: at the limit, not asked before, open reviews, seed."""
_Rank = Callable[[PersonId, int], _Place]
"""The sort key of a person with so many open reviews."""


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
    phase = _find_phase(submission, catalog, policy)
    rank = _ranking(_seeds(submission, catalog.commit, phase.people), policy, frozenset(earlier))
    loads = {person: open_reviews.get(person, 0) for person in phase.people}
    return _choose(phase, loads, rank, policy, (catalog.assessed(submission.credential), earlier))


def choose_again(
    request: ReviewRequest,
    submission: SubmissionId,
    catalog: ProgrammeState,
    policy: Policy,
    earlier: tuple[PersonId, ...],
) -> Panel:
    """The panel by the rules, from the open reviews that a request names.

    Of whom it does not name it is taken that they have as few as put them behind the last one it names.
    """
    phase = _find_phase(submission, catalog, policy)
    seeds, before = _seeds(submission, catalog.commit, phase.people), frozenset(earlier)
    rank = _ranking(seeds, policy, before)
    able, named = frozenset(phase.people), {c.person: c.open for c in request.candidates}
    last = max((rank(p, count) for p, count in named.items() if p in able), default=None)
    # Hundreds are not named: what is least is the same for all with a seed above the last one's, or below it.
    usual, again = (_find_least(last, policy, is_earlier) for is_earlier in (False, True))
    end = last[3] if last is not None else b""
    loads = {
        person: above if above == below or seeds[person] > end else below
        for people, (above, below) in ((able - before, usual), (able & before, again))
        for person in people
    }
    loads.update((person, count) for person, count in named.items() if person in able)
    # Only those asked before may come before someone named.
    ahead = [p for p in phase.people if p in named or p in before]
    is_full = len(able & named.keys()) >= seats_for(phase.rule, policy) + RESERVE
    return _choose(
        replace(phase, ahead=ahead if is_full else phase.people),
        loads,
        rank,
        policy,
        (catalog.assessed(submission.credential), earlier),
    )


def _find_least(last: _Place | None, policy: Policy, is_earlier: bool) -> tuple[int, int]:
    """The least open reviews that put someone behind the last one named: with a seed above that one's, and
    with one below it. `is_earlier`: of those asked before."""
    if last is None:
        return 0, 0
    tried = sorted({0, policy.max_open, last[2], last[2] + 1})
    places = [((n >= policy.max_open, not is_earlier, n), n) for n in tried]
    below = next((n for place, n in places if place > last[:3]), policy.max_open)
    return next((n for place, n in places if place == last[:3]), below), below


def could_be(pool: DrawPool, panel: Panel, policy: Policy) -> bool:
    """Whether a request may say this of all who could be asked, where `panel` was chosen again from it.

    The same people, and as many of them with each number of open reviews that those it does not name can
    have stood behind those it names.
    """
    named = Counter(min(c.open, policy.max_open) for c in panel.candidates)
    said, least = Counter(dict(enumerate(pool.open))), Counter(panel.open)
    levels = sorted({*named, *said, *least}, reverse=True)
    spare = 0
    for level in levels:
        if said[level] < named[level]:
            return False
        # Those left at this level or above, beyond those who have to be.
        spare += said[level] - least[level]
        if spare < 0:
            return False
    return spare == 0 and pool.sha256 == panel.sha256


def digest_of(people: Iterable[PersonId]) -> str:
    """The digest of all who could be asked (`DrawPool`)."""
    return hashlib.sha256("\n".join((*sorted(people), "")).encode()).hexdigest()


def _find_phase(submission: SubmissionId, catalog: ProgrammeState, policy: Policy) -> _Phase:
    """The current rule: experts, then peers, or experts again where peers are too few."""
    assessed = catalog.assessed(submission.credential)
    if is_young(assessed, policy):
        first = f"{assessed} of the first {policy.expert_submissions} submissions assessed: experts assess"
        return _find_people(submission, catalog, policy, "expert", (first,))
    first = f"{assessed} submissions assessed, {policy.expert_submissions} or more: peers assess"
    peers = _find_people(submission, catalog, policy, "peer", (first,))
    if rule_for(assessed, len(peers.people), policy) == "peer":
        return peers
    free = min(len(peers.people), policy.peers)
    short = f"only {free} of {policy.peers} peers can assess this, so experts do"
    return _find_people(submission, catalog, policy, "expert", (*peers.reasons, short))


def _find_people(
    submission: SubmissionId, catalog: ProgrammeState, policy: Policy, rule: Rule, reasons: tuple[str, ...]
) -> _Phase:
    people = able(submission, catalog, rule)
    # Of hundreds of holders only a few have to be asked one by one.
    close = catalog.find_close(submission.earner, people)
    explain = reasons_against_able(submission, catalog, policy)
    against = {p: found for p in people if p in close and (found := explain(p))}
    free = tuple(p for p in people if p not in against)
    said = [reason for p, found in against.items() if p != submission.earner for reason in found]
    more = (f"and {len(said) - LISTED} more reasons against others",) if len(said) > LISTED else ()
    return _Phase(rule=rule, people=free, ahead=free, reasons=(*reasons, *said[:LISTED], *more))


def _choose(
    phase: _Phase,
    loads: Mapping[PersonId, int],
    rank: _Rank,
    policy: Policy,
    before: tuple[int, tuple[PersonId, ...]],
) -> Panel:
    """`before`: how many submissions were assessed, and who was asked about an earlier attempt."""
    assessed, earlier = before
    needed = seats_for(phase.rule, policy)
    first = nsmallest(needed + RESERVE, phase.ahead, key=lambda p: rank(p, loads[p]))
    members = tuple(first[:needed])
    at_limit = tuple(p for p in first if loads[p] >= policy.max_open)
    notes = (
        f"{p} is not assigned, with {loads[p]} open reviews; the limit is {policy.max_open}"
        if p in at_limit
        else f"{p} was assigned to an earlier attempt and is assigned again"
        for p in members
        if p in at_limit or p in earlier
    )
    return Panel(
        rule=phase.rule,
        needed=needed,
        members=members,
        candidates=tuple(Load(person=p, open=loads[p]) for p in first),
        at_limit=at_limit,
        sha256=digest_of(phase.people),
        open=_count_open(loads, policy),
        assessed_before=assessed,
        reasons=tuple(dict.fromkeys((*phase.reasons, *notes))),
    )


def _count_open(loads: Mapping[PersonId, int], policy: Policy) -> dict[int, int]:
    counts: Counter[int] = Counter()
    for number, people in Counter(loads.values()).items():
        counts[min(number, policy.max_open)] += people
    return dict(counts)


def _seeds(
    submission: SubmissionId, commit: CommitId, people: Iterable[PersonId]
) -> Mapping[PersonId, bytes]:
    """What decides between people of equal rank."""
    begin, sha256 = f"{commit} {submission} ".encode(), hashlib.sha256
    return {person: sha256(begin + person.encode()).digest() for person in people}


def _ranking(seeds: Mapping[PersonId, bytes], policy: Policy, before: Set[PersonId]) -> _Rank:
    """Below the limit first, among them earlier assessors, then the least busy, ties by hash."""
    return lambda person, count: (count >= policy.max_open, person not in before, count, seeds[person])
