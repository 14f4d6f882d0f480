"""Badges of stacks, awards issued again, what an audit says of one: small values with exact answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.audit.values import EARNERS, Finding, Proof, Touch
from mcred.domain.award import (
    badge_folder,
    definition_folder,
    stack_badge_folder,
    stack_folder,
    status_file,
    valid_until,
)
from mcred.domain.credential import Validity
from mcred.domain.ids import CommitId, CredentialId, PersonId, StackId, SubmissionId, Version
from mcred.domain.stack_badge import Contained, StackAward, StackRecord, StackRevocation
from mcred.domain.status import Standing
from tests.school import (
    ANA,
    ANAS,
    BEN,
    CLEO,
    DEV,
    MAIN,
    MEI,
    NOON,
    ROSA,
    WAIT,
    a_catalog,
    a_decision,
    a_record,
    a_reissue,
    a_request,
    a_revocation,
)

TALK = StackId("talk")
FEEDBACK = CredentialId("feedback")
NUMBERS = st.sets(st.integers(1, 9))


def an_award() -> StackAward:
    return StackAward(
        document=b"{}",
        title="Classroom talk",
        version=Version("1.0.0"),
        awarded=NOON,
        ends=None,
        contained=(Contained(name="Wait Time", digest="0" * 64),),
    )


def taken_back(day: int, number: int = 1) -> StackRevocation:
    return StackRevocation(
        format=2,
        earner=ANA,
        stack=TALK,
        number=number,
        issuer=ROSA,
        revoked=NOON + timedelta(days=day),
        reason="A part of it was revoked.",
    )


def stacked(awards: tuple[int, ...] = (), revoked: tuple[int, ...] = ()) -> StackRecord:
    return StackRecord(
        earner=ANA,
        stack=TALK,
        awards={n: an_award() for n in awards},
        revocations={n: taken_back(0, n) for n in revoked},
    )


@pytest.mark.parametrize(
    ("awards", "revoked", "live", "free"),
    [
        ((), (), None, 1),
        ((1,), (), 1, 2),
        ((1,), (1,), None, 2),
        ((1, 2), (1,), 2, 3),
        ((1, 2), (2,), 1, 3),
        ((1, 2), (1, 2), None, 3),
        ((3,), (), 3, 4),
        ((1, 10), (), 10, 11),
        ((), (1,), None, 1),
        ((2,), (1,), 2, 3),
    ],
)
def test_the_badge_that_holds_is_the_newest_not_revoked(
    awards: tuple[int, ...], revoked: tuple[int, ...], live: int | None, free: int
) -> None:
    record = stacked(awards, revoked)
    assert (record.live, record.free) == (live, free)


@settings(max_examples=30)
@given(NUMBERS, NUMBERS)
def test_a_new_number_was_never_used_and_what_cannot_be_read_counts(
    awards: set[int], revoked: set[int]
) -> None:
    record = StackRecord(
        earner=ANA, stack=TALK, awards=dict.fromkeys(awards), revocations=dict.fromkeys(revoked)
    )
    assert all(record.free > number for number in awards)
    assert record.live == max(awards - revoked, default=None)


@pytest.mark.parametrize(
    ("revoked", "allowed"),
    [
        ({}, True),
        ({1: taken_back(-1)}, True),
        ({1: taken_back(0)}, False),
        ({1: taken_back(1)}, False),
        ({1: taken_back(-2), 2: taken_back(-1, 2)}, True),
        ({1: taken_back(-2), 2: taken_back(1, 2)}, False),
        ({1: None}, False),
        ({1: taken_back(-9), 2: None}, False),
    ],
)
def test_another_badge_needs_a_newer_part_than_every_revocation(
    revoked: dict[int, StackRevocation | None], allowed: bool
) -> None:
    record = StackRecord(earner=ANA, stack=TALK, awards={1: an_award()}, revocations=revoked)
    assert record.allows_another(NOON) is allowed


# where awards stand, and how long they hold


def test_everything_published_has_a_folder_of_its_own() -> None:
    found = [
        badge_folder(ANAS, 1),
        badge_folder(ANAS, 1, 2),
        badge_folder(ANAS, 12),
        badge_folder(SubmissionId(BEN, WAIT), 1),
        stack_badge_folder(ANA, TALK, 1),
        stack_badge_folder(ANA, TALK, 2),
        stack_folder(TALK),
        definition_folder(WAIT),
        status_file(3),
    ]
    assert found == [
        "badges/ana/wait-time/1/",
        "badges/ana/wait-time/1-2/",
        "badges/ana/wait-time/12/",
        "badges/ben/wait-time/1/",
        "badges/ana/stacks/talk/1/",
        "badges/ana/stacks/talk/2/",
        "stacks/talk/",
        "credentials/wait-time/",
        "status/3.json",
    ]


@pytest.mark.parametrize(
    ("awarded", "months", "until"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 12, 31), 13, date(2028, 1, 31)),
        (date(2096, 2, 29), 48, date(2100, 2, 28)),
        (date(2026, 3, 15), 1200, date(2126, 3, 15)),
    ],
)
def test_the_last_day_is_in_its_month(awarded: date, months: int, until: date) -> None:
    assert valid_until(awarded, Validity(months=months)) == until


@settings(max_examples=30)
@given(st.dates(date(2020, 1, 1), date(2060, 12, 31)), st.integers(1, 1200))
def test_validity_counts_months_and_never_passes_the_day(awarded: date, months: int) -> None:
    until = valid_until(awarded, Validity(months=months))
    assert until is not None
    assert (until.year * 12 + until.month) - (awarded.year * 12 + awarded.month) == months
    day_after = until + timedelta(days=1)
    assert until.day == awarded.day or (until.day < awarded.day and day_after.day == 1)


# documents of a record


def test_documents_of_an_attempt_come_in_the_order_they_were_issued() -> None:
    again = {(1, 10): b"tenth", (1, 2): b"second", (2, 2): b"other"}
    record = a_record(awards={1: b"first", 3: b"third"}, issued_again=again)
    assert list(record.documents(1).items()) == [(1, b"first"), (2, b"second"), (10, b"tenth")]
    assert list(record.documents(2).items()) == [(2, b"other")]
    assert list(record.documents(3).items()) == [(1, b"third")]
    assert list(record.documents(4)) == []
    assert [record.current(n) for n in (1, 2, 3, 4)] == [b"tenth", b"other", b"third", None]
    assert record.live == (1, 2, 3)


def test_a_renewal_of_another_attempt_gives_no_time() -> None:
    later = NOON + timedelta(days=9)
    record = a_record(
        decisions=(a_decision(), a_decision(attempt=2, decided=later)),
        reissues=(a_reissue(attempt=2, kind="renew", issued=later + timedelta(days=9)),),
    )
    assert (record.begins(1), record.begins(2), record.begins(2, 1)) == (
        NOON,
        later + timedelta(days=9),
        later,
    )


def test_what_each_person_holds_is_theirs() -> None:
    records = (
        a_record(),
        a_record(SubmissionId(ANA, FEEDBACK)),
        a_record(SubmissionId(BEN, WAIT), revocations={1: a_revocation()}),
        a_record(SubmissionId(CLEO, WAIT), revocations={1: None}, issued_again={(2, 2): b"again"}),
    )
    catalog = a_catalog(records)
    assert {p: catalog.held_by(p) for p in (ANA, BEN, CLEO, DEV)} == {
        ANA: {WAIT, FEEDBACK},
        BEN: frozenset(),
        CLEO: {WAIT},
        DEV: frozenset(),
    }


# standings and proofs


@pytest.mark.parametrize(
    ("word", "open_"),
    [
        ("in review", True),
        ("being reconciled", True),
        ("draft", False),
        ("earned", False),
        ("revoked", False),
    ],
)
def test_only_a_review_waits_for_someone(word: str, open_: bool) -> None:
    standing = Standing(submission=ANAS, word=word, attempt=1)  # type: ignore[arg-type]
    assert standing.is_open is open_
    assert (standing.missing, standing.due) == ((), None)


def test_who_was_asked_and_has_not_answered_is_missing_in_the_order_asked() -> None:
    asked = a_request(panel=(MEI, CLEO, DEV))
    standing = Standing(submission=ANAS, word="in review", attempt=1, request=asked)
    assert standing.missing == (MEI, CLEO, DEV)
    assert standing.due == date(2026, 11, 12)


@pytest.mark.parametrize(
    ("person", "credential", "submission"),
    [(ANA, WAIT, ANAS), (ANA, None, None), (None, WAIT, None), (None, None, None)],
)
def test_a_touched_file_belongs_to_a_submission_when_it_has_both(
    person: PersonId | None, credential: CredentialId | None, submission: SubmissionId | None
) -> None:
    touch = Touch(path="x", kind="stray", old=None, new=None, person=person, credential=credential)
    assert touch.submission == submission


def test_a_proof_holds_until_something_is_found() -> None:
    finding = Finding(code="A1", commit=MAIN, path="x", what="odd")
    proofs = [
        Proof(submission=ANAS, attempt=1, commit=CommitId(MAIN), findings=found)
        for found in ((), (finding,), (finding, finding))
    ]
    assert [p.holds for p in proofs] == [True, False, False]
    assert frozenset({"submission", "answers", "evidence", "request", "disclosure list"}) == EARNERS


def test_a_badge_issued_again_takes_the_place_of_the_one_before() -> None:
    record = StackRecord(
        earner=ANA,
        stack=TALK,
        awards={1: an_award(), 2: an_award(), 3: an_award(), 4: an_award()},
        revocations={1: taken_back(1)},
        reissues={3: None, 4: None},
    )
    assert (record.live, record.free, record.replaced) == (4, 5, frozenset({2, 3}))
    assert [record.newest_of(n) for n in (1, 2, 3, 4)] == [1, 4, 4, 4]
    ended = replace(record, revocations={1: taken_back(1), 4: taken_back(2, 4)})
    assert ended.live is None and ended.newest_of(2) == 4
