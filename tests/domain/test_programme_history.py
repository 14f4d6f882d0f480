"""Who held a micro-credential at each step, however it is asked."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.audit.programme_history import Holding, ProgrammeHistory
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.people import Person
from mcred.domain.programme import Policy
from mcred.domain.rules.eligibility import able, is_able
from mcred.domain.rules.panel import choose_panel
from tests.school import ANA, ANAS, BEN, CLEO, DEV, MEI, WAIT, a_catalog, a_person, a_programme

SLIP = CredentialId("exit-slip")
CHANGES = some.lists(
    some.tuples(
        some.integers(0, 2),
        some.sampled_from((ANA, BEN, CLEO)),
        some.sampled_from((WAIT, SLIP)),
        some.booleans(),
    ),
    max_size=20,
)


@given(CHANGES, some.lists(some.tuples(some.integers(0, 40), some.sampled_from((WAIT, SLIP))), max_size=9))
def test_holders_are_those_with_more_awards_than_revocations(
    changes: list[tuple[int, str, CredentialId, bool]], asked: list[tuple[int, CredentialId]]
) -> None:
    holding, log, step = Holding(), [], 0
    for wait, person, credential, awarded in changes:
        step += wait
        change = 1 if awarded else -1
        holding.put(step, SubmissionId(person, credential), change)  # type: ignore[arg-type]
        log.append((step, person, credential, change))
    for at, credential in asked:
        balance: Counter[str] = Counter()
        for when, person, c, change in log:
            balance[person] += change if when <= at and c == credential else 0
        assert holding.get(at, credential) == {p for p, n in balance.items() if n > 0}


@given(some.sampled_from((ANA, BEN, CLEO, DEV, MEI)), some.booleans())
def test_one_is_able_exactly_where_all_who_are_able_name_one(person: str, peer: bool) -> None:
    ledger = ProgrammeHistory()
    ledger.rules.put(1, "", a_programme())
    for step, earner in ((2, BEN), (3, CLEO)):
        ledger.held.put(step, SubmissionId(earner, WAIT), 1)
    moment = ledger.at(2, CommitId("a" * 40))
    rule = "peer" if peer else "expert"
    assert is_able(person, ANAS, moment, rule) == (person in able(ANAS, moment, rule))  # type: ignore[arg-type]
    assert able(ANAS, moment, "peer") == (BEN,)
    assert dict(moment.holders) == {WAIT: {BEN}}


PEOPLE = (ANA, BEN, CLEO, DEV, MEI)
PROFILES = some.tuples(
    some.sampled_from(PEOPLE),
    some.none()
    | some.tuples(
        some.sampled_from(("", "Hill", "HILL", "Lake")), some.sets(some.sampled_from(PEOPLE), max_size=2)
    ),
)
AWARDS = some.tuples(some.sampled_from(PEOPLE), some.sampled_from((1, -1)))


@given(
    some.lists(some.tuples(some.integers(0, 2), PROFILES | AWARDS), max_size=12),
    some.lists(some.integers(0, 30), max_size=4),
    some.sampled_from((Policy(expert_submissions=0, peers=1), Policy(), Policy(conflicts=()))),
)
def test_a_panel_is_the_same_whether_all_are_asked_or_only_those_who_are_close(
    changes: list[tuple[int, tuple[PersonId, object]]], asked: list[int], policy: Policy
) -> None:
    ledger, log, step = ProgrammeHistory(), [], 0
    ledger.rules.put(0, "", a_programme(experts=(MEI, DEV)))
    for wait, (person, what) in [(0, (p, ("", set()))) for p in PEOPLE] + changes:
        step += wait
        if isinstance(what, int):
            ledger.held.put(step, SubmissionId(person, WAIT), what)
        else:
            ledger.people.put(step, person, a_profile(person, what))
        log.append((step, person, what))
    for at in (*range(step, -1, -1), *asked):
        people = {p: a_profile(p, w) for n, p, w in log if n <= at and not isinstance(w, int)}
        balance: Counter[PersonId] = Counter()
        for n, p, w in log:
            balance[p] += w if isinstance(w, int) and n <= at else 0
        catalog = a_catalog(
            commit=CommitId("a" * 40),
            programme=a_programme(experts=(MEI, DEV)),
            people={p: profile for p, profile in people.items() if profile is not None},
            holders={WAIT: frozenset(p for p, n in balance.items() if n > 0)},
        )
        moment = ledger.at(at, catalog.commit)
        assert choose_panel(ANAS, moment, policy, {}) == choose_panel(ANAS, catalog, policy, {})


def a_profile(person: PersonId, said: object) -> Person | None:
    """The profile of someone at a school who names some people, or None."""
    if not isinstance(said, tuple):
        return None
    return replace(a_person(str(person)), school=said[0], conflicts=tuple(sorted(said[1])))
