"""Questions to a whole programme: how many were assessed, who holds what, which versions are in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.assessment import DefinitionRef
from mcred.domain.award import Reissue
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Validity
from mcred.domain.ids import BlobId, CredentialId, SubmissionId, Version
from tests.school import (
    ANA,
    ANAS,
    BEN,
    BLOB,
    CLEO,
    NOON,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_record,
    a_reissue,
    a_request,
    a_revocation,
    a_work,
    an_assessment,
)

FEEDBACK = CredentialId("feedback")
BENS = SubmissionId(BEN, WAIT)
ANAS_FEEDBACK = SubmissionId(ANA, FEEDBACK)
OLDER = DefinitionRef(version=Version("1.0.0"), blob=BlobId("8" * 40))


def test_every_decided_attempt_counts_as_an_assessed_submission() -> None:
    twice = (a_decision(attempt=1, outcome="revise"), a_decision(attempt=2))
    catalog = a_catalog((a_record(decisions=twice), a_record(BENS)))
    assert catalog.assessed(WAIT) == 3


def test_submissions_of_another_credential_do_not_count() -> None:
    catalog = a_catalog((a_record(), a_record(ANAS_FEEDBACK)))
    assert catalog.assessed(WAIT) == 1
    assert catalog.assessed(FEEDBACK) == 1
    assert catalog.assessed(CredentialId("other")) == 0


def test_an_undecided_submission_does_not_count() -> None:
    assert a_catalog((a_record(decisions=(), awards={}),)).assessed(WAIT) == 0


def test_a_person_holds_what_was_awarded_to_them() -> None:
    catalog = a_catalog(
        (a_record(), a_record(ANAS_FEEDBACK), a_record(BENS), a_record(SubmissionId(CLEO, WAIT), awards={}))
    )
    assert catalog.held_by(ANA) == {WAIT, FEEDBACK}
    assert catalog.held_by(BEN) == {WAIT}
    assert catalog.held_by(CLEO) == frozenset()


def test_documents_of_an_attempt_are_in_the_order_they_were_issued_and_the_newest_is_current() -> None:
    again = {(1, 10): b"tenth", (1, 2): b"second", (2, 2): b"of another attempt"}
    record = a_record(awards={1: b"first", 2: b"other"}, issued_again=again)
    assert list(record.documents(1).items()) == [(1, b"first"), (2, b"second"), (10, b"tenth")]
    assert (record.current(1), record.current(2)) == (b"tenth", b"of another attempt")
    assert (record.documents(3), record.current(3)) == ({}, None)


@given(st.sets(st.integers(1, 9)), st.sets(st.tuples(st.integers(1, 9), st.integers(2, 4))), st.data())
def test_a_revoked_attempt_is_never_live_and_every_other_award_is(
    first: set[int], again: set[tuple[int, int]], data: st.DataObject
) -> None:
    awarded = first | {attempt for attempt, _ in again}
    revoked = data.draw(st.sets(st.integers(1, 9)))
    record = a_record(
        awards=dict.fromkeys(first, b""),
        issued_again=dict.fromkeys(again, b""),
        revocations={a: a_revocation(attempt=a) if a % 2 else None for a in revoked},
    )
    assert record.live == tuple(sorted(awarded - revoked))


def test_a_version_someone_submitted_against_is_in_use() -> None:
    newer = replace(a_record(BENS), work=a_work(BENS, version="1.3.0"))
    assert a_catalog((a_record(), newer)).in_use() == {(WAIT, "1.2.0"), (WAIT, "1.3.0")}


def test_nothing_is_in_use_in_an_empty_programme() -> None:
    assert a_catalog().in_use() == frozenset()


def test_the_newest_decision_is_that_of_the_highest_attempt_in_whatever_order() -> None:
    first, second = a_decision(attempt=1, outcome="revise"), a_decision(attempt=2)
    assert a_record(decisions=(first, second)).decision == second
    assert a_record(decisions=(second, first)).decision == second


def test_a_record_without_decisions_has_no_newest() -> None:
    assert a_record(ANAS, decisions=()).decision is None


@pytest.mark.parametrize(
    "changes",
    [
        {"decisions": (a_decision(definition=OLDER), a_decision(attempt=2))},
        {"assessments": (an_assessment(definition=OLDER), an_assessment(attempt=2))},
        {"work": replace(a_work(), request=a_request(definition=OLDER))},
    ],
    ids=["decided", "assessed", "asked for"],
)
def test_a_version_of_an_earlier_attempt_stays_in_use(changes: Mapping[str, Any]) -> None:
    assert a_catalog((a_record(**changes),)).in_use() == {(WAIT, "1.2.0"), (WAIT, "1.0.0")}


def test_a_version_stays_in_use_when_the_work_itself_cannot_be_read() -> None:
    assert a_catalog((a_record(work=None),)).in_use() == {(WAIT, "1.2.0")}


# how long an award holds


def ending(months: int, **changes: Any) -> Catalog:
    """A programme whose award of Ana's holds for some months, and what became of it."""
    catalog = a_catalog((a_record(**changes),))
    return replace(catalog, editions={BLOB: a_credential(validity=Validity(months=months))})


def renewals(*days: tuple[int, str]) -> tuple[Reissue, ...]:
    return tuple(
        a_reissue(number=number, kind=kind, issued=NOON + timedelta(days=day))
        for number, (day, kind) in enumerate(days, start=2)
    )


def test_an_award_ends_by_the_definition_it_was_decided_by() -> None:
    catalog = ending(12)
    record = catalog.records[ANAS]
    assert (record.begins(1), catalog.ends(record, 1)) == (NOON, date(2027, 11, 2))
    assert (record.begins(2), catalog.ends(record, 2)) == (None, None)
    assert a_catalog((record,)).ends(record, 1) is None
    assert replace(catalog, editions={}).ends(record, 1) is None


def test_only_a_renewal_gives_it_more_time() -> None:
    catalog = ending(12, reissues=renewals((30, "reissue"), (60, "renew"), (90, "reissue"), (120, "renew")))
    record = catalog.records[ANAS]
    held = [record.begins(1, number) for number in (1, 2, 3, 4, 5, 0)]
    assert held == [NOON + timedelta(days=d) for d in (0, 0, 60, 60, 120, 120)]
    assert catalog.ends(record, 1, 1) == date(2027, 11, 2)
    assert catalog.ends(record, 1) == date(2028, 3, 2)
