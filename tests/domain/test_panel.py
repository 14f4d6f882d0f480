"""Whom to ask: the phase, the choice, its balance, and what is recorded about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.credential import AssessmentOverride
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.programme import Policy
from mcred.domain.rules.panel import (
    LISTED,
    RESERVE,
    Panel,
    choose_again,
    choose_panel,
    could_be,
    digest_of,
)
from mcred.domain.submission import Load, ReviewRequest
from tests.school import (
    ANA,
    ANAS,
    BEN,
    CLEO,
    DEV,
    MAIN,
    MEI,
    ROSA,
    WAIT,
    a_catalog,
    a_credential,
    a_person,
    a_programme,
    a_request,
)

unhurried = settings(deadline=None, max_examples=60)
POLICY = Policy()
FEEDBACK = CredentialId("feedback")


def a_school(
    decided: int = 0,
    holders: tuple[PersonId, ...] = (),
    experts: tuple[PersonId, ...] = (MEI,),
) -> Catalog:
    """A programme with so many decided submissions of the micro-credential, and these holders of it."""
    attempts = frozenset((SubmissionId(PersonId(f"past-{n}"), WAIT), 1) for n in range(decided))
    return a_catalog(
        decided=attempts, holders={WAIT: frozenset(holders)}, programme=a_programme(experts=experts)
    )


def panel(
    catalog: Catalog,
    loads: Mapping[PersonId, int] | None = None,
    earlier: tuple[PersonId, ...] = (),
    policy: Policy = POLICY,
) -> Panel:
    return choose_panel(ANAS, catalog, policy, loads or {}, earlier)


# the phase


@pytest.mark.parametrize("decided", [0, 1, 49])
def test_the_first_fifty_are_judged_by_experts(decided: int) -> None:
    found = panel(a_school(decided, holders=(BEN, CLEO, DEV)))
    assert (found.rule, found.members, found.needed) == ("expert", (MEI,), 1)
    assert found.assessed_before == decided
    assert found.reasons == (f"{decided} of the first 50 submissions assessed: experts assess",)
    assert found.is_complete


@pytest.mark.parametrize("decided", [50, 51, 500])
def test_from_the_fiftieth_on_three_holders_are_asked(decided: int) -> None:
    found = panel(a_school(decided, holders=(BEN, CLEO, DEV)))
    assert (found.rule, set(found.members), found.needed) == ("peer", {BEN, CLEO, DEV}, 3)
    assert found.assessed_before == decided
    assert found.reasons == (f"{decided} submissions assessed, 50 or more: peers assess",)
    assert found.is_complete


def test_decisions_on_another_credential_do_not_end_the_first_phase() -> None:
    elsewhere = frozenset((SubmissionId(PersonId(f"p{n}"), FEEDBACK), 1) for n in range(60))
    assert panel(replace(a_school(holders=(BEN, CLEO, DEV)), decided=elsewhere)).rule == "expert"


def test_a_further_attempt_that_was_decided_counts_as_well() -> None:
    attempts = frozenset((SubmissionId(PersonId(f"p{n}"), WAIT), a) for n in range(25) for a in (1, 2))
    catalog = replace(a_school(holders=(BEN, CLEO, DEV)), decided=attempts)
    assert panel(catalog).rule == "peer"


def test_a_credential_of_its_own_policy_has_its_own_phase_and_numbers() -> None:
    own = AssessmentOverride(expert_submissions=0, peers=2)
    policy = POLICY.for_credential(a_credential(assessment=own))
    found = panel(a_school(0, holders=(BEN, CLEO)), policy=policy)
    assert (found.rule, len(found.members)) == ("peer", 2)


def test_with_two_holders_experts_judge_and_the_reason_is_recorded() -> None:
    found = panel(a_school(50, holders=(BEN, CLEO)))
    assert (found.rule, found.members) == ("expert", (MEI,))
    assert "50 submissions assessed, 50 or more: peers assess" in found.reasons
    assert "only 2 of 3 peers can assess this, so experts do" in found.reasons


def test_a_holder_in_conflict_is_not_asked_and_the_conflict_is_recorded() -> None:
    colleague = a_person("dev", school="Ana’s School")
    catalog = a_school(50, holders=(BEN, CLEO, DEV))
    found = panel(replace(catalog, people={**catalog.people, DEV: colleague}))
    assert (found.rule, found.members) == ("expert", (MEI,))
    assert "dev and ana are at the same school" in found.reasons
    assert "only 2 of 3 peers can assess this, so experts do" in found.reasons


def test_the_earners_own_award_does_not_make_them_their_own_peer() -> None:
    found = panel(a_school(50, holders=(ANA, BEN, CLEO)))
    assert found.rule == "expert"
    assert not any("own work" in reason for reason in found.reasons)
    four = panel(a_school(50, holders=(ANA, BEN, CLEO, DEV)))
    assert set(four.members) == {BEN, CLEO, DEV}
    assert ANA not in {load.person for load in four.candidates}


def test_an_earner_who_is_an_expert_is_not_asked_about_their_own_work() -> None:
    assert panel(a_school(experts=(ANA, MEI))).members == (MEI,)


# no one to ask


@pytest.mark.parametrize("experts", [(), (ANA,), (PersonId("nobody"),)])
def test_without_a_free_expert_the_panel_is_not_complete(experts: tuple[PersonId, ...]) -> None:
    found = panel(a_school(experts=experts))
    assert (found.members, found.candidates) == ((), ())
    assert not found.is_complete


def test_with_fewer_experts_than_needed_the_panel_is_not_complete() -> None:
    found = panel(a_school(experts=(MEI,)), policy=Policy(experts=2))
    assert found.members == (MEI,)
    assert not found.is_complete


@pytest.mark.parametrize("decided", [0, 50])
def test_a_panel_of_no_one_is_never_complete_even_when_no_one_is_needed(decided: int) -> None:
    found = panel(a_school(decided, holders=(BEN, CLEO, DEV)), policy=Policy(experts=0, peers=0))
    assert found.members == ()
    assert not found.is_complete


# the choice

EXPERTS = (BEN, CLEO, DEV, MEI, ROSA)


def test_the_same_state_gives_the_same_panel_whatever_the_order_of_lists() -> None:
    one = panel(a_school(experts=EXPERTS), {BEN: 1}, policy=Policy(experts=2))
    two = panel(a_school(experts=EXPERTS[::-1]), {BEN: 1}, policy=Policy(experts=2))
    assert one == two
    assert len(set(one.members)) == 2


def test_another_submission_or_another_state_may_give_another_panel() -> None:
    catalog = a_school(experts=EXPERTS)
    states = [replace(catalog, commit=CommitId(f"{n:040x}")) for n in range(40)]
    assert {panel(state).members for state in states} == {(e,) for e in EXPERTS}
    earners = [SubmissionId(PersonId(f"earner-{n}"), WAIT) for n in range(40)]
    assert {choose_panel(s, catalog, POLICY, {}).members for s in earners} == {(e,) for e in EXPERTS}


def test_the_least_busy_are_asked_first() -> None:
    loads = {BEN: 3, CLEO: 1, DEV: 0, MEI: 2, ROSA: 1}
    found = panel(a_school(experts=EXPERTS), loads, policy=Policy(experts=3))
    assert found.members[0] == DEV
    assert set(found.members) == {DEV, CLEO, ROSA}


def test_all_who_could_be_asked_are_recorded_with_their_load_in_order() -> None:
    loads = {BEN: 3, CLEO: 1, DEV: 0, MEI: 2, ROSA: 4}
    found = panel(a_school(experts=EXPERTS), loads)
    assert [(c.person, c.open) for c in found.candidates] == [
        (DEV, 0),
        (CLEO, 1),
        (MEI, 2),
        (BEN, 3),
        (ROSA, 4),
    ]


def test_someone_at_their_limit_has_a_seat_only_when_no_one_else_is_left_and_is_not_asked() -> None:
    policy = Policy(max_open=4, experts=2)
    loads = {BEN: 4, CLEO: 3, DEV: 3}
    free = panel(a_school(experts=(BEN, CLEO, DEV)), loads, policy=policy)
    assert (set(free.members), free.at_limit) == ({CLEO, DEV}, (BEN,))
    assert not any("ben" in reason for reason in free.reasons)
    found = panel(a_school(experts=(BEN, CLEO)), loads, policy=policy)
    assert (found.members, found.at_limit, found.is_complete) == ((CLEO, BEN), (BEN,), True)
    assert "ben is not assigned, with 4 open reviews; the limit is 4" in found.reasons


def test_three_peers_at_their_limit_do_not_make_it_an_experts_work() -> None:
    """Else an earner could wait for the day when experts judge."""
    found = panel(a_school(50, holders=(BEN, CLEO, DEV)), dict.fromkeys((BEN, CLEO, DEV), 4))
    assert (found.rule, set(found.at_limit)) == ("peer", {BEN, CLEO, DEV})


def test_those_who_assessed_an_earlier_attempt_come_first_and_that_is_recorded() -> None:
    loads = {BEN: 0, CLEO: 3}
    found = panel(a_school(experts=(BEN, CLEO)), loads, earlier=(CLEO,))
    assert found.members == (CLEO,)
    assert "cleo was assigned to an earlier attempt and is assigned again" in found.reasons
    assert "assigned again" not in " ".join(panel(a_school(experts=(BEN, CLEO)), loads).reasons)


def test_an_earlier_assessor_at_their_limit_gives_way_to_someone_below_it() -> None:
    catalog = a_school(experts=(BEN, CLEO))
    assert panel(catalog, {BEN: 3, CLEO: 4}, earlier=(CLEO,)).members == (BEN,)
    assert panel(catalog, {BEN: 0, CLEO: 3}, earlier=(CLEO,)).members == (CLEO,)


def test_an_earlier_assessor_who_may_no_longer_assess_is_not_asked() -> None:
    found = panel(a_school(experts=(BEN,)), earlier=(CLEO,))
    assert found.members == (BEN,)
    assert not any("cleo" in reason for reason in found.reasons)


@unhurried
@given(
    st.sets(st.sampled_from(EXPERTS), min_size=1),
    st.dictionaries(st.sampled_from(EXPERTS), st.integers(0, 8)),
    st.integers(1, 5),
    st.integers(1, 6),
)
def test_no_one_is_passed_over_for_someone_busier(
    experts: set[PersonId], loads: dict[PersonId, int], needed: int, limit: int
) -> None:
    policy = Policy(experts=needed, max_open=limit)
    found = panel(a_school(experts=tuple(sorted(experts))), loads, policy=policy)
    asked = [loads.get(p, 0) for p in found.members]
    left = [loads.get(p, 0) for p in experts - set(found.members)]
    assert len(set(found.members)) == min(needed, len(experts))
    assert max(asked) <= min(left, default=max(asked))
    assert max(asked) < limit or not [load for load in left if load < limit]
    assert set(found.at_limit) == {p for p in experts if loads.get(p, 0) >= limit}
    assert found.is_complete is (len(experts) >= needed)


# balance over many submissions


def simulate(members: int, needed: int, submissions: int, answered_after: int) -> list[int]:
    """The largest difference in load after each of many submissions; each review is answered in turn."""
    judges = tuple(PersonId(f"judge-{n}") for n in range(members))
    base = replace(a_school(experts=judges), people={p: a_person(str(p)) for p in (*judges, ANA)})
    loads: Counter[PersonId] = Counter(dict.fromkeys(judges, 0))
    waiting: list[tuple[PersonId, ...]] = []
    spreads = []
    for n in range(submissions):
        catalog = replace(base, commit=CommitId(f"{n:040x}"))
        submission = SubmissionId(PersonId(f"earner-{n}"), WAIT)
        chosen = choose_panel(submission, catalog, Policy(experts=needed), loads).members
        loads.update(chosen)
        waiting.append(chosen)
        if len(waiting) > answered_after:
            loads.subtract(waiting.pop(0))
        spreads.append(max(loads.values()) - min(loads.values()))
    return spreads


@pytest.mark.parametrize(("members", "needed"), [(2, 1), (5, 1), (7, 3), (10, 3)])
def test_without_answers_no_two_loads_ever_differ_by_more_than_one(members: int, needed: int) -> None:
    assert max(simulate(members, needed, 100, answered_after=1000)) <= 1


@pytest.mark.parametrize(("members", "needed"), [(5, 1), (7, 3), (10, 3)])
def test_with_answers_coming_in_loads_stay_close(members: int, needed: int) -> None:
    assert max(simulate(members, needed, 150, answered_after=12)) <= 2


def test_ties_are_spread_over_everyone() -> None:
    catalog = a_school(experts=EXPERTS)
    earners = (SubmissionId(PersonId(f"earner-{n}"), WAIT) for n in range(300))
    first = Counter(choose_panel(s, catalog, POLICY, {}).members[0] for s in earners)
    assert set(first) == set(EXPERTS)
    assert min(first.values()) >= 30


def test_a_peer_who_is_not_asked_after_all_is_not_said_to_be_asked_again() -> None:
    found = panel(a_school(50, holders=(BEN, CLEO)), earlier=(BEN,))
    assert found.members == (MEI,)
    assert not any("asked again" in reason for reason in found.reasons)


def test_a_conflict_of_a_peer_who_is_an_expert_too_is_recorded_once() -> None:
    catalog = a_school(50, holders=(BEN, CLEO, DEV), experts=(DEV, MEI))
    found = panel(replace(catalog, people={**catalog.people, DEV: a_person("dev", school="Ana’s School")}))
    assert found.reasons == (
        "50 submissions assessed, 50 or more: peers assess",
        "dev and ana are at the same school",
        "only 2 of 3 peers can assess this, so experts do",
    )


def test_an_earlier_assessor_at_their_limit_has_the_seat_when_no_one_else_is_left() -> None:
    alone = panel(a_school(experts=(CLEO,)), {CLEO: 9}, earlier=(CLEO,))
    assert (alone.members, alone.at_limit) == ((CLEO,), (CLEO,))
    assert not any("asked again" in reason for reason in alone.reasons)
    both = panel(a_school(experts=(BEN, CLEO)), {BEN: 4, CLEO: 9}, earlier=(CLEO,))
    assert both.members == (CLEO,)


# a request names the first of many


MANY = tuple(PersonId(f"judge-{n:02}") for n in range(RESERVE + 12))


def a_state(experts: tuple[PersonId, ...] = MANY) -> Catalog:
    """A programme with so many experts."""
    return replace(a_school(experts=experts), people={p: a_person(str(p)) for p in (*MANY, ANA)})


def as_said(found: Panel) -> ReviewRequest:
    """The request that says a panel."""
    return a_request(
        panel=found.members, candidates=found.candidates, at_limit=found.at_limit, pool=found.pool
    )


def holds(request: ReviewRequest, policy: Policy, earlier: tuple[PersonId, ...] = ()) -> bool:
    """Whether a request follows from the rules, without what is said of people it does not name."""
    again = choose_again(request, ANAS, a_state(), policy, earlier)
    told = (again.members, again.candidates, again.at_limit)
    said = (request.panel, request.candidates, request.at_limit)
    return told == said and could_be(request.pool, again, policy)


def test_a_request_names_the_panel_and_twelve_more_and_counts_all() -> None:
    found = panel(a_state(), dict.fromkeys(MANY[:5], 9))
    assert len(found.candidates) == 1 + RESERVE == 13
    assert (found.count, found.pool.open) == (len(MANY), (len(MANY) - 5, 0, 0, 0, 5))
    assert found.pool.sha256 == digest_of(reversed(MANY))
    assert digest_of([BEN, ANA]) == sha256(b"ana\nben\n").hexdigest()


@unhurried
@given(
    st.lists(st.integers(0, 6), min_size=len(MANY), max_size=len(MANY)),
    st.integers(1, 5),
    st.integers(1, 6),
    st.sets(st.sampled_from(MANY), max_size=RESERVE + 8),
)
def test_what_is_drawn_can_be_told_from_those_it_names(
    numbers: list[int], needed: int, limit: int, before: set[PersonId]
) -> None:
    policy, earlier = Policy(experts=needed, max_open=limit), tuple(sorted(before))
    loads = dict(zip(MANY, numbers, strict=True))
    found = panel(a_state(), loads, earlier, policy)
    request = as_said(found)
    again = choose_again(request, ANAS, a_state(), policy, earlier)
    assert (again.members, again.candidates, again.at_limit) == (
        found.members,
        found.candidates,
        found.at_limit,
    )
    assert (again.reasons, again.count) == (found.reasons, found.count)
    assert could_be(request.pool, again, policy)


@unhurried
@given(
    st.lists(st.integers(0, 3), min_size=len(MANY), max_size=len(MANY)),
    st.dictionaries(st.sampled_from(MANY), st.integers(0, 3), max_size=6),
    st.integers(1, 4),
)
def test_another_number_of_busy_people_is_taken_only_where_it_could_have_been_so(
    numbers: list[int], others: dict[PersonId, int], limit: int
) -> None:
    """Held against every way in which the numbers could be given to the people who are not named."""
    policy = Policy(max_open=limit)
    loads = dict(zip(MANY, numbers, strict=True))
    found = panel(a_state(), loads, policy=policy)
    other = panel(a_state(), {**loads, **others}, policy=policy)
    request = replace(as_said(found), pool=other.pool)
    named = [c.person for c in found.candidates]
    rest = [p for p in MANY if p not in named]
    left = Counter(dict(enumerate(other.pool.open)))
    left.subtract(Counter(min(c.open, limit) for c in found.candidates))
    given_out = sorted(left.elements())
    last = found.candidates[-1]
    lots = {p: sha256(f"{MAIN} {ANAS} {p}".encode()).hexdigest() for p in MANY}

    def comes_after(person: PersonId, many: int) -> bool:
        if many >= limit:  # it may be more than the limit
            return True
        return last.open < limit and (many, lots[person]) > (last.open, lots[last.person])

    # Whoever has the smaller lot needs the larger number.
    ordered = sorted(rest, key=lambda p: lots[p], reverse=True)
    possible = min(left.values(), default=0) >= 0 and all(
        comes_after(p, n) for p, n in zip(ordered, given_out, strict=True)
    )
    assert holds(request, policy) is possible


def draw_by_the_record(
    request: ReviewRequest, people: tuple[PersonId, ...], policy: Policy, earlier: tuple[PersonId, ...]
) -> tuple[list[PersonId], Counter[int]]:
    """The candidates, and how many have how many open reviews at least: docs/record.md, D7, word by word."""
    said = {c.person: c.open for c in request.candidates}

    def key(person: PersonId, count: int) -> tuple[bool, bool, int, str]:
        lot = sha256(f"{MAIN} {ANAS} {person}".encode()).hexdigest()
        return count >= policy.max_open, person not in earlier, count, lot

    named = [p for p in people if p in said]
    last = max((key(p, said[p]) for p in named), default=None)
    count = {p: said[p] for p in named}
    for person in set(people) - set(named):
        tried = [0] if last is None else sorted({0, policy.max_open, last[2], last[2] + 1})
        behind = [n for n in tried if last is None or key(person, n) > last]
        count[person] = behind[0] if behind else policy.max_open
    ordered = sorted(people, key=lambda p: key(p, count[p]))
    return ordered[: policy.experts + 12], Counter(min(n, policy.max_open) for n in count.values())


@unhurried
@given(
    st.permutations((*MANY, BEN)),
    st.lists(st.integers(0, 6), max_size=RESERVE + 8),
    st.integers(0, 4),
    st.integers(0, 5),
    st.sets(st.sampled_from(MANY), max_size=4),
)
def test_whatever_a_request_names_all_who_could_be_asked_are_put_in_the_order_of_the_record(
    people: list[PersonId], numbers: list[int], needed: int, limit: int, before: set[PersonId]
) -> None:
    policy, earlier = Policy(experts=needed, max_open=limit), tuple(sorted(before))
    named = zip(people, numbers, strict=False)
    request = a_request(candidates=tuple(Load(person=p, open=n) for p, n in named))
    found = choose_again(request, ANAS, a_state(), policy, earlier)
    first, least = draw_by_the_record(request, MANY, policy, earlier)
    assert [c.person for c in found.candidates] == first
    assert found.open == least


FORGED: dict[str, Callable[[ReviewRequest], ReviewRequest]] = {
    "cut short": lambda r: replace(r, candidates=r.candidates[:-1]),
    "more than are named": lambda r: replace(
        r, candidates=(*r.candidates, Load(person=next(p for p in MANY if p not in names(r)), open=0))
    ),
    "the first left out": lambda r: replace(
        r, panel=(r.candidates[1].person,), candidates=(*r.candidates[1:], next_of(r))
    ),
    "another order": lambda r: replace(r, candidates=(*r.candidates[:-2], *r.candidates[:-3:-1])),
    "one named twice": lambda r: replace(r, candidates=(*r.candidates[:-1], r.candidates[0])),
    "another list": lambda r: replace(r, pool=replace(r.pool, sha256=digest_of(MANY[1:]))),
    "one too many": lambda r: replace(r, pool=replace(r.pool, open=(len(MANY) + 1,))),
    "one too few": lambda r: replace(r, pool=replace(r.pool, open=(len(MANY) - 1,))),
    "below nothing": lambda r: replace(r, pool=replace(r.pool, open=(len(MANY) + 1, -1))),
    "nobody": lambda r: replace(r, pool=replace(r.pool, open=())),
    "busier than they are said to be": lambda r: replace(r, pool=replace(r.pool, open=(0, len(MANY)))),
}


def names(request: ReviewRequest) -> set[PersonId]:
    return {c.person for c in request.candidates}


def next_of(request: ReviewRequest) -> Load:
    """Who comes next after those that a request names."""
    lots = {p: sha256(f"{MAIN} {ANAS} {p}".encode()).hexdigest() for p in MANY if p not in names(request)}
    return Load(person=min(lots, key=lots.__getitem__), open=0)


@pytest.mark.parametrize("name", FORGED)
def test_what_a_request_says_of_many_is_held_to_the_people_there_were(name: str) -> None:
    honest = as_said(panel(a_state()))
    assert holds(honest, POLICY)
    assert not holds(FORGED[name](honest), POLICY)


def test_few_reasons_against_people_are_told_and_the_others_counted() -> None:
    catalog = a_state()
    near = {p: a_person(str(p), school=catalog.people[ANA].school) for p in MANY}
    found = panel(replace(catalog, people={**near, ANA: catalog.people[ANA]}))
    assert found.count == 0
    assert len(found.reasons) == 1 + LISTED + 1
    assert found.reasons[-1] == f"and {len(MANY) - LISTED} more reasons against others"
