"""Who held a micro-credential at each step, however it is asked."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some

from mcred.domain.audit.programme_history import Holding, ProgrammeHistory
from mcred.domain.ids import CommitId, CredentialId, SubmissionId
from mcred.domain.rules.eligibility import able, is_able
from tests.school import ANA, ANAS, BEN, CLEO, DEV, MEI, WAIT, a_programme

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
