"""Warnings: what breaks no rule and is worth a look, because bribes and clubs leave such traces.

`Watch` gathers a few facts while the history is replayed; pure functions judge them at the end. What is
counted are decided attempts. Small programmes and small numbers are silent: chance alone explains them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args

from msgspec import Struct, field

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import PROGRAMME
from mcred.domain.programme import Conflict, OverridePolicy, Programme
from mcred.domain.sealed.review import show_levels

RING_ASSESSORS = 6
"""With fewer assessors the draw itself brings the same people together."""
RING_ATTEMPTS = 3
"""Judging someone once or twice is chance."""
TOP_REVIEWS = 12
"""Some assessors see a dozen good pieces in a row; what is above them is compared with what others gave."""
TOP_OTHERS = 5
"""Where others gave a lower level in less than one of five reviews, the work may just be good."""
QUICK = timedelta(minutes=10)
"""A lesson plan and a video of a class cannot be read and seen in less."""
QUICK_REVIEWS = 5
"""Fewer may be second looks at work that the assessor knew from an earlier attempt."""
CROWD = 10
"""Ten reviews in an hour are six minutes for each."""
CLOCK_BACK = timedelta(hours=1)
"""Clocks that are minutes off are common, and so is an hour of summer time."""
PUT_BACK = timedelta(days=14)
"""Rules that were tried and given up last longer: a school needs weeks to try them."""
OVERRIDES = get_args(OverridePolicy)


class Reviewed(Struct, frozen=True, kw_only=True):
    """One assessment that a decision rests on."""

    assessor: PersonId
    submission: SubmissionId
    attempt: int
    commit: CommitId
    path: str
    requested: datetime | None
    assessed: datetime
    is_top: bool | None
    """Whether every score is the best level of its scale; None where its levels are sealed."""


class RulesStep(Struct, frozen=True, kw_only=True):
    """The rules from one step on."""

    step: int
    commit: CommitId
    when: datetime | None
    rules: Programme


class Watch(Struct, kw_only=True):
    """The facts that warnings rest on, gathered step by step."""

    reviews: list[Reviewed] = field(default_factory=list)
    rules: list[RulesStep] = field(default_factory=list)
    judged: list[tuple[int, int]] = field(default_factory=list)
    """For each decision the step that its request was read from, and its own."""
    clocks: list[Finding] = field(default_factory=list)
    last: datetime | None = None

    def see(self, move: Move, step: int, rules: Programme | None) -> None:
        """Gather the date of one step, and the rules that it brings."""
        if move.when is not None:
            if self.last is not None and move.when < self.last - CLOCK_BACK:
                what = f"it is dated {_say(move.when)}, and the step before it {_say(self.last)}"
                self.clocks.append(Finding(code="clock-back", commit=move.commit, path="", what=what))
            self.last = move.when
        if rules is not None:
            self.rules.append(RulesStep(step=step, commit=move.commit, when=move.when, rules=rules))

    def add(self, step: int, requested: int, reviews: Iterable[Reviewed]) -> None:
        """Gather what one decision rests on, as `read_reviews` reads it."""
        self.judged.append((requested, step))
        self.reviews.extend(reviews)

    def warnings(self) -> tuple[Finding, ...]:
        """Everything worth a look."""
        return (
            *find_rings(self.reviews),
            *find_always_top(self.reviews),
            *find_quick(self.reviews),
            *find_crowds(self.reviews),
            *self.clocks,
            *find_loosened(self.rules, self.judged),
        )


def read_reviews(move: Move, step: int, decided: Touch, books: Books) -> tuple[int, tuple[Reviewed, ...]]:
    """The step that a decided request was read from, the decision's own where it is unknown; and each
    assessment that comes in with the decision."""
    archive = books.archive
    sent = (t for t in move.touches if t.kind == "request" and t.attempt == decided.attempt)
    request = next((archive.request(t) for t in sent), None)
    decision = archive.decision(decided)
    opened = [o for o in decision.opened if o.attempt == decided.attempt] if decision is not None else []
    reviews = []
    for touch in move.touches:
        given = archive.assessment(touch) if touch.kind == "assessment" else None
        if given is None or touch.submission is None:
            continue
        given = show_levels(given, opened)
        definition = archive.definition(given.definition.blob, touch.submission.credential)
        best = {c.id: definition.scale_of(c)[0] for c in definition.criteria} if definition else {}
        reviews.append(
            Reviewed(
                assessor=given.assessor,
                submission=touch.submission,
                attempt=touch.attempt,
                commit=move.commit,
                path=touch.path,
                requested=request.requested if request else None,
                assessed=given.assessed,
                is_top=all(best.get(s.criterion) == s.level for s in given.scores) if given.scores else None,
            )
        )
    return books.positions.get(request.main, step) if request else step, tuple(reviews)


def find_rings(reviews: Sequence[Reviewed]) -> Iterator[Finding]:
    """Pairs, and circles of three, who judge at least half of one another's attempts.

    An attempt has few assessors, so few people judge half of someone's: the cost is linear.
    """
    if len({r.assessor for r in reviews}) < RING_ASSESSORS:
        return
    attempts: dict[PersonId, set[tuple[SubmissionId, int]]] = defaultdict(set)
    for r in reviews:
        attempts[r.submission.earner].add((r.submission, r.attempt))
    together = Counter((r.assessor, r.submission.earner) for r in reviews)
    newest = {(r.assessor, r.submission.earner): r for r in reviews}
    judges: dict[PersonId, set[PersonId]] = defaultdict(set)
    for (assessor, earner), count in together.items():
        if count >= RING_ATTEMPTS and count * 2 >= len(attempts[earner]) and assessor != earner:
            judges[assessor].add(earner)
    for a in sorted(judges):
        for b in sorted(judges[a]):
            if a < b and a in judges.get(b, ()):
                yield _ring((a, b), together, attempts, newest[a, b])
            for c in sorted(judges.get(b, ())):
                pairs = any(x in judges.get(y, ()) for x, y in ((a, b), (b, c), (c, a)))
                if a < min(b, c) and a in judges.get(c, ()) and not pairs:
                    yield _ring((a, b, c), together, attempts, newest[a, b])


def _ring(
    people: tuple[PersonId, ...],
    together: Mapping[tuple[PersonId, PersonId], int],
    attempts: Mapping[PersonId, set[tuple[SubmissionId, int]]],
    newest: Reviewed,
) -> Finding:
    said = (
        f"{a} assessed {together[a, b]} of {len(attempts[b])} attempts of {b}"
        for a, b in zip(people, (*people[1:], people[0]), strict=True)
    )
    return _warn("review-ring", newest, "; ".join(said))


def find_always_top(reviews: Sequence[Reviewed]) -> Iterator[Finding]:
    """Assessors who never gave anything but the best levels, where others did. Of awards alone: other
    levels are sealed."""
    reviews = [r for r in reviews if r.is_top is not None]
    lower = Counter(r.assessor for r in reviews if not r.is_top)
    all_lower = sum(lower.values())
    for person, own in _by_assessor(reviews):
        others = len(reviews) - len(own)
        if len(own) >= TOP_REVIEWS and not lower[person] and all_lower * TOP_OTHERS >= others > 0:
            what = f"{person} gave the best level to every criterion in {len(own)} reviews; others gave "
            yield _warn("review-top", own[-1], what + f"a lower one in {all_lower} of {others}")


def find_quick(reviews: Sequence[Reviewed]) -> Iterator[Finding]:
    """Assessors at least half of whose reviews were written within minutes of the request."""
    for person, own in _by_assessor(reviews):
        took = [r.assessed - r.requested for r in own if r.requested is not None]
        quick = sum(1 for time in took if timedelta(0) <= time < QUICK)
        if quick >= QUICK_REVIEWS and quick * 2 >= len(own):
            what = (
                f"{person} wrote {quick} of {len(own)} reviews less than {QUICK.seconds // 60} minutes after"
            )
            yield _warn("review-quick", own[-1], f"{what} the request")


def find_crowds(reviews: Sequence[Reviewed]) -> Iterator[Finding]:
    """Assessors who wrote very many reviews within an hour."""
    for person, own in _by_assessor(reviews):
        times = sorted(own, key=lambda r: r.assessed)
        first = best = begun = 0
        for last, review in enumerate(times):
            while review.assessed - times[first].assessed > timedelta(hours=1):
                first += 1
            if last - first + 1 > best:
                best, begun = last - first + 1, first
        if best >= CROWD:
            what = f"{person} wrote {best} reviews within an hour, from {_say(times[begun].assessed)} on"
            yield _warn("review-crowd", times[begun], what)


def find_loosened(steps: Sequence[RulesStep], judged: Iterable[tuple[int, int]]) -> Iterator[Finding]:
    """Rules that were loosened and put back within days, while something was asked or decided by them."""
    # When nothing was asked or decided meanwhile, a slip was fixed and no one was judged by it.
    used = sorted({step for pair in judged for step in pair})
    loose: dict[str, tuple[int, RulesStep]] = {}
    for before, now in pairwise(steps):
        old, new = _strictness(before.rules), _strictness(now.rules)
        for rule, value in new.items():
            if value < old[rule]:
                loose.setdefault(rule, (old[rule], now))
            elif rule in loose and value >= loose[rule][0]:
                strict, since = loose.pop(rule)
                # A request reads the rules of the state it names, and that state may be the very step.
                count = bisect_left(used, now.step) - bisect_left(used, since.step)
                if count and since.when and now.when and now.when - since.when <= PUT_BACK:
                    was = _strictness(since.rules)[rule]
                    what = f"{rule}: {_number(rule, strict)} → {_number(rule, was)} on {_say(since.when)}"
                    what += f", and back on {_say(now.when)}; requests or decisions were made in between"
                    yield Finding(code="rules-loosened", commit=now.commit, path=PROGRAMME, what=what)


def _strictness(rules: Programme) -> Mapping[str, int]:
    """What a programme may loosen; a higher number is stricter."""
    policy = rules.assessment
    return {
        "signatures": int(rules.signatures == "required"),
        "experts": policy.experts,
        "peers": policy.peers,
        "first submissions for experts": policy.expert_submissions,
        "override": OVERRIDES.index(policy.override),
        **{f"conflict {kind}": int(kind in policy.conflicts) for kind in get_args(Conflict)},
    }


def _number(rule: str, value: int) -> str:
    if rule == "signatures":
        return "required" if value else "recorded"
    if rule.startswith("conflict "):
        return "held" if value else "not held"
    return str(OVERRIDES[value]) if rule == "override" else str(value)


def _by_assessor(reviews: Iterable[Reviewed]) -> Iterator[tuple[PersonId, list[Reviewed]]]:
    found: dict[PersonId, list[Reviewed]] = defaultdict(list)
    for review in reviews:
        found[review.assessor].append(review)
    yield from sorted(found.items())


def _warn(code: str, review: Reviewed, what: str) -> Finding:
    return Finding(code=code, commit=review.commit, path=review.path, what=what, person=review.assessor)


def _say(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
