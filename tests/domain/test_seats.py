"""Who is asked after places changed hands: examples, and laws that hold for any order of arrival."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.seats import Assignment, DeclinedReview, Seats, seat
from mcred.domain.status import Event, Standing, fold, seat_by
from mcred.domain.submission import Load, ReviewRequest
from tests.school import ANA, ANAS, MAIN, NOON, ROSA, SENT, a_request

A, B, C, D, E, X = (PersonId(p) for p in "abcdex")
RANKED = (A, B, C, D, E)
TODAY = date(2026, 11, 5)


def asked(
    *panel: PersonId, ranked: tuple[PersonId, ...] = RANKED, full: tuple[PersonId, ...] = ()
) -> ReviewRequest:
    return a_request(panel=panel, candidates=tuple(Load(person=p, open=0) for p in ranked), at_limit=full)


def instead(of: PersonId, to: PersonId, number: int = 1) -> Assignment:
    return Assignment(
        format=2,
        submission=ANAS,
        attempt=1,
        number=number,
        judged=SENT,
        issuer=ROSA,
        instead_of=of,
        to=to,
        assigned=NOON,
        because="Away.",
    )


def given_back(person: PersonId, judged: CommitId = SENT, days: int = 1) -> Event:
    declined = DeclinedReview(
        format=2,
        submission=ANAS,
        attempt=1,
        assessor=person,
        judged=judged,
        main=MAIN,
        declined=NOON,
        because="No.",
    )
    return Event(
        kind="decline-review",
        submission=ANAS,
        attempt=1,
        person=person,
        commit=CommitId(f"{person}" * 40),
        when=NOON + timedelta(days=days),
        declined=declined,
    )


def assigned(one: Assignment, days: int = 1) -> Event:
    return Event(
        kind="assign",
        submission=ANAS,
        attempt=1,
        person=ROSA,
        commit=one.judged,
        when=NOON + timedelta(days=days),
        assignment=one,
    )


def sent(request: ReviewRequest) -> Event:
    return Event(
        kind="submit", submission=ANAS, attempt=1, person=ANA, commit=SENT, when=NOON, request=request
    )


def assessed(person: PersonId) -> Event:
    return Event(
        kind="assess",
        submission=ANAS,
        attempt=1,
        person=person,
        commit=CommitId("9" * 40),
        when=NOON + timedelta(days=2),
    )


@pytest.mark.parametrize(
    ("panel", "declined", "changes", "now", "vacant"),
    [
        ((A, B), (), (), (A, B), ()),
        ((A, B), (B,), (), (A, C), ()),
        ((A, B), (A, B), (), (C, D), ()),
        ((A, B), (B, C), (), (A, D), ()),
        ((A, B), (D,), (), (A, B), ()),
        ((A, B), (), (instead(B, X),), (A, X), ()),
        ((A, B), (B,), (instead(B, X),), (A, X), ()),
        ((A, B), (A,), (instead(B, C),), (D, C), ()),
        ((A, B), (B, X), (instead(B, X),), (A, C), ()),
        ((A, B), (B,), (instead(C, X),), (A, X), ()),
        ((A,), (), (instead(A, X), instead(A, D, 2)), (X,), ()),
        ((A,), (), (instead(A, X), instead(X, E, 2)), (E,), ()),
        ((A, B), (), (instead(A, B),), (A, B), ()),
        ((A, B), (), (instead(X, D),), (A, B), ()),
        ((A, B), (A, B, C, D, E), (), (), (E, B)),
        ((A, B), (A, B, C, D, E), (instead(E, X),), (X,), (B,)),
    ],
)
def test_who_is_asked(
    panel: tuple[PersonId, ...],
    declined: tuple[PersonId, ...],
    changes: tuple[Assignment, ...],
    now: tuple[PersonId, ...],
    vacant: tuple[PersonId, ...],
) -> None:
    seats = seat(asked(*panel), declined, changes)
    assert set(seats.panel) == set(now)
    assert set(seats.vacant) == set(vacant)
    assert len(seats.places) == len(panel)
    assert seats.relieved == seats.everybody - set(now)


def test_the_number_of_an_assignment_says_which_came_first() -> None:
    one, two = instead(A, X, 2), instead(A, D, 1)
    assert seat(asked(A), (), (one, two)).panel == seat(asked(A), (), (two, one)).panel == (D,)
    assert seat(asked(A), (), (one, two)).stand_ins == {D}


@pytest.mark.parametrize(
    ("panel", "full", "declined", "changes", "now", "vacant"),
    [
        # A seat drawn for someone at their limit is vacant from the start.
        ((A, B), (B,), (), (), (A,), (B,)),
        ((A,), (A,), (), (), (), (A,)),
        # An issuer fills it, with another person or with that very one.
        ((A, B), (B,), (), (instead(B, X),), (A, X), ()),
        ((A, B), (B,), (), (instead(B, B),), (A, B), ()),
        # In the order of those who wait no one at their limit comes next.
        ((A, B), (C, D), (A,), (), (E, B), ()),
        ((A, B), (C, D, E), (A,), (), (B,), (A,)),
        # Whoever was not asked gives no place back, until an issuer asked them.
        ((A, B), (B,), (B,), (), (A,), (B,)),
        ((A, B), (B,), (B,), (instead(B, B),), (A, C), ()),
        ((A, B), (B,), (B,), (instead(B, B), instead(B, X, 2)), (A, X), ()),
        # They have a seat, and take no second one.
        ((A, B), (B,), (), (instead(A, B),), (A,), (B,)),
        # To ask someone in their own place means nothing where they were asked.
        ((A, B), (), (), (instead(B, B), instead(B, X, 2)), (A, X), ()),
    ],
)
def test_no_one_at_their_limit_is_asked(
    panel: tuple[PersonId, ...],
    full: tuple[PersonId, ...],
    declined: tuple[PersonId, ...],
    changes: tuple[Assignment, ...],
    now: tuple[PersonId, ...],
    vacant: tuple[PersonId, ...],
) -> None:
    seats = seat(asked(*panel, full=full), declined, changes)
    assert (set(seats.panel), set(seats.vacant)) == (set(now), set(vacant))
    assert not seats.everybody & seats.unasked
    assert set(seats.panel) <= seats.everybody


def test_work_with_a_vacant_seat_waits_for_an_issuer_from_the_start() -> None:
    events = [sent(asked(A, B, full=(B,)))]
    standing = fold(events, TODAY)[ANAS]
    assert (standing.word, standing.missing, standing.seats.vacant) == ("in review", (A,), (B,))
    answered = [*events, assessed(A)]
    assert fold(answered, TODAY)[ANAS].word == "in review"
    filled = [*answered, assigned(instead(B, X)), assessed(X)]
    assert fold(filled, TODAY)[ANAS].word == "being reconciled"


def test_nothing_asked_is_no_one() -> None:
    assert seat(None) == Seats()
    assert seat(None, {A}).panel == ()


people = st.sampled_from((*RANKED, X))
assignments = st.lists(st.tuples(people, people), max_size=4).map(
    lambda pairs: tuple(instead(of, to, n) for n, (of, to) in enumerate(pairs, start=1))
)
panels = st.integers(min_value=1, max_value=3).map(lambda n: RANKED[:n])


@given(panels, st.sets(people), assignments)
def test_each_place_has_one_person_and_each_person_one_place(
    panel: tuple[PersonId, ...], declined: set[PersonId], changes: tuple[Assignment, ...]
) -> None:
    seats = seat(asked(*panel), declined, changes)
    everybody = [p for place in seats.places for p in place]
    assert len(everybody) == len(set(everybody))
    assert len(seats.panel) + len(seats.vacant) == len(panel)
    assert not declined & set(seats.panel)
    assert [place[0] for place in seats.places] == list(panel)
    assert seats.stand_ins <= {a.to for a in changes} & seats.everybody


@given(panels, st.sets(people), assignments, st.randoms())
def test_the_order_of_arrival_does_not_matter(
    panel: tuple[PersonId, ...], declined: set[PersonId], changes: tuple[Assignment, ...], lot: object
) -> None:
    events = [*(given_back(p) for p in declined), *(assigned(a) for a in changes)]
    first = seat_by(asked(*panel), events)
    lot.shuffle(events)  # type: ignore[attr-defined]
    assert seat_by(asked(*panel), events) == first


@given(panels, st.sets(people))
def test_without_an_issuer_only_the_next_in_the_order_are_asked(
    panel: tuple[PersonId, ...], declined: set[PersonId]
) -> None:
    seats = seat(asked(*panel), declined)
    left = [p for p in RANKED if p not in declined]
    assert set(seats.panel) == set(left[: len(panel)])


def test_the_standing_asks_the_next_one_and_gives_them_as_many_days() -> None:
    request = asked(A)
    days = request.due - request.requested.date()
    standing = fold([sent(request), given_back(A, days=8)], TODAY)[ANAS]
    assert (standing.word, standing.panel, standing.missing) == ("in review", (B,), (B,))
    assert standing.due == (NOON + timedelta(days=8)).date() + days
    assert Standing(submission=ANAS, word="in review", attempt=1, request=request).due == request.due


def test_work_is_decided_on_once_everyone_asked_in_the_end_answered() -> None:
    events = [sent(asked(A, B)), given_back(A), assessed(B)]
    assert fold(events, TODAY)[ANAS].word == "in review"
    assert fold([*events, assessed(C)], TODAY)[ANAS].word == "being reconciled"


def test_a_vacant_place_keeps_work_open_until_an_issuer_asks_someone() -> None:
    request = asked(A, ranked=(A,))
    standing = fold([sent(request), given_back(A)], TODAY)[ANAS]
    assert (standing.word, standing.missing, standing.seats.vacant) == ("in review", (), (A,))
    after = fold([sent(request), given_back(A), assigned(instead(A, X))], TODAY)[ANAS]
    assert (after.missing, after.seats.vacant) == ((X,), ())


def test_what_spoke_of_another_state_changes_nothing() -> None:
    other = CommitId("7" * 40)
    stale = replace(instead(A, X), judged=other)
    standing = fold([sent(asked(A)), given_back(A, judged=other), assigned(stale)], TODAY)[ANAS]
    assert (standing.panel, standing.changes) == ((A,), ())
