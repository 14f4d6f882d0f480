"""Where a submission stands, from events in whatever order they are listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.decision import Outcome
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.status import Event, EventKind, Standing, StateWord, fold
from tests.school import ANA, ANAS, BEN, CLEO, DEV, MEI, NOON, ROSA, WAIT, a_decision, a_request, a_revocation

unhurried = settings(deadline=None, max_examples=40)
BENS = SubmissionId(BEN, WAIT)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def an_event(kind: EventKind, person: PersonId, hours: float, **changes: Any) -> Event:
    fields: dict[str, Any] = {"submission": ANAS, "attempt": 1, **changes}
    commit = CommitId(f"{kind} {fields['submission']} {fields['attempt']} {person} {hours}")
    return Event(kind=kind, person=person, when=at(hours), **{"commit": commit, **fields})


def saved(hours: float = 0, **changes: Any) -> Event:
    return an_event("save", ANA, hours, **changes)


def sent(hours: float = 1, attempt: int = 1, panel: tuple[PersonId, ...] = (MEI,), **changes: Any) -> Event:
    request = a_request(attempt=attempt, panel=panel)
    return an_event("submit", ANA, hours, attempt=attempt, request=request, **changes)


def reviewed(by: PersonId = MEI, hours: float = 2, **changes: Any) -> Event:
    return an_event("assess", by, hours, **changes)


def decided(outcome: Outcome = "award", hours: float = 3, attempt: int = 1, **changes: Any) -> Event:
    decision = a_decision(outcome=outcome, attempt=attempt)
    return an_event("decide", ROSA, hours, attempt=attempt, decision=decision, **changes)


def withdrawn(hours: float = 2, **changes: Any) -> Event:
    return an_event("withdraw", ANA, hours, **changes)


TODAY = NOON.date()


def stand(events: Iterable[Event], today: date = TODAY) -> Mapping[SubmissionId, Standing]:
    """Where everything stands on the day of the tests."""
    return fold(events, today)


def standing(*events: Event) -> Standing:
    """Where Ana's submission stands, the same for every order of the events."""
    found = {stand(order)[ANAS] for order in permutations(events)} if len(events) < 5 else set()
    found |= {stand(events)[ANAS], stand(reversed(events))[ANAS], stand(events * 2)[ANAS]}
    (one,) = found
    return one


# the words of state


def test_without_events_nothing_has_a_standing() -> None:
    assert stand(()) == {}


def test_what_was_only_saved_is_a_draft_since_it_was_last_saved() -> None:
    found = standing(saved(0), saved(5), saved(3))
    assert (found.word, found.attempt, found.since) == ("draft", 1, at(5))
    assert not found.is_open


def test_what_was_sent_is_in_review_on_that_state() -> None:
    event = sent(panel=(MEI, DEV))
    found = standing(saved(), event)
    assert (found.word, found.attempt, found.since, found.judged) == ("in review", 1, at(1), event.commit)
    assert found.request == event.request
    assert found.missing == (MEI, DEV)
    assert found.due == date(2026, 11, 12)
    assert found.is_open


def test_a_draft_saved_after_sending_is_still_in_review() -> None:
    assert standing(sent(1), saved(2)).word == "in review"


def test_the_review_goes_on_until_everyone_asked_has_answered() -> None:
    found = standing(sent(panel=(MEI, DEV, CLEO)), reviewed(DEV))
    assert (found.word, found.missing, found.since) == ("in review", (MEI, CLEO), at(1))
    assert [e.person for e in found.reviews] == [DEV]


def test_with_all_reviews_it_is_being_reconciled_since_the_last_of_them() -> None:
    found = standing(sent(panel=(MEI, DEV)), reviewed(MEI, 7), reviewed(DEV, 5))
    assert (found.word, found.missing, found.since) == ("being reconciled", (), at(7))
    assert [e.person for e in found.reviews] == [DEV, MEI]
    assert found.is_open


def test_a_review_by_someone_who_was_not_asked_completes_nothing() -> None:
    found = standing(sent(panel=(MEI,)), reviewed(DEV))
    assert (found.word, found.missing) == ("in review", (MEI,))


@pytest.mark.parametrize("asked", [{"panel": ()}, {"request": None}])
def test_a_panel_of_no_one_is_never_complete(asked: dict[str, Any]) -> None:
    event = sent(panel=()) if "panel" in asked else an_event("submit", ANA, 1)
    found = standing(event, reviewed(MEI))
    assert found.word == "in review"
    assert found.missing == ()


@pytest.mark.parametrize(
    ("outcome", "word"), [("award", "earned"), ("revise", "not yet earned"), ("decline", "declined")]
)
def test_a_decision_gives_its_word(outcome: Outcome, word: StateWord) -> None:
    event = decided(outcome)
    found = standing(saved(), sent(), reviewed(), event)
    assert (found.word, found.attempt, found.since) == (word, 1, at(3))
    assert found.decision == event.decision
    assert not found.is_open
    assert (found.missing, found.due) == ((), None)


def test_a_decision_alone_is_enough() -> None:
    assert standing(decided("award")).word == "earned"


def test_drafts_after_a_decision_change_nothing() -> None:
    assert standing(sent(), decided("revise"), saved(9)).word == "not yet earned"


def test_what_was_taken_back_is_withdrawn_since_then() -> None:
    found = standing(sent(), reviewed(hours=1.5), withdrawn(2))
    assert (found.word, found.attempt, found.since) == ("withdrawn", 1, at(2))
    assert not found.is_open


def test_a_decision_on_the_attempt_outweighs_taking_it_back() -> None:
    assert standing(sent(), withdrawn(2), decided("award", 3)).word == "earned"


def test_sending_again_after_taking_back_is_a_new_attempt_in_review() -> None:
    found = standing(sent(1), withdrawn(2), sent(3, attempt=2))
    assert (found.word, found.attempt) == ("in review", 2)


# attempts


def test_a_newer_attempt_after_revise_is_in_review_with_the_old_feedback_at_hand() -> None:
    first = decided("revise", 3)
    found = standing(sent(1), reviewed(MEI, 2), first, sent(4, attempt=2))
    assert (found.word, found.attempt, found.since) == ("in review", 2, at(4))
    assert found.decision == first.decision
    assert found.reviews == ()


def test_a_review_of_an_older_attempt_does_not_count_for_the_newer() -> None:
    found = standing(sent(1), sent(3, attempt=2), reviewed(MEI, 4, attempt=1))
    assert (found.word, found.reviews, found.missing) == ("in review", (), (MEI,))


def test_a_review_of_the_newer_attempt_counts() -> None:
    found = standing(sent(1), reviewed(MEI, 2), sent(3, attempt=2), reviewed(MEI, 4, attempt=2))
    assert (found.word, found.attempt, found.since) == ("being reconciled", 2, at(4))
    assert [e.attempt for e in found.reviews] == [2]


def test_taking_back_an_older_attempt_leaves_the_newer_in_review() -> None:
    assert standing(sent(1), sent(3, attempt=2), withdrawn(4, attempt=1)).word == "in review"


def test_the_decision_of_the_last_attempt_counts_whatever_the_clocks_said() -> None:
    found = standing(sent(1), decided("revise", 9), sent(4, attempt=2), decided("award", 5, attempt=2))
    assert (found.word, found.attempt) == ("earned", 2)


def test_attempts_are_ordered_by_number_and_not_by_clock() -> None:
    assert standing(sent(9, attempt=1), sent(2, attempt=2), sent(5, attempt=10)).attempt == 10


def test_a_second_review_by_one_person_counts_once_and_the_first_stays() -> None:
    found = standing(sent(panel=(MEI, DEV)), reviewed(MEI, 2), reviewed(MEI, 4))
    assert [e.when for e in found.reviews] == [at(2)]
    assert (found.word, found.missing) == ("in review", (DEV,))


# many submissions, any order


def test_each_submission_has_its_own_standing() -> None:
    other = an_event("save", BEN, 0, submission=BENS)
    found = stand((sent(), other, reviewed()))
    assert {key: s.word for key, s in found.items()} == {ANAS: "being reconciled", BENS: "draft"}
    assert list(found) == sorted([ANAS, BENS])


PEOPLE = (CLEO, DEV, MEI)
KINDS: tuple[EventKind, ...] = ("save", "submit", "withdraw", "assess", "assess", "decide", "revoke")


@st.composite
def event_lists(draw: st.DrawFn) -> list[Event]:
    """Anything that may happen to two submissions, clocks included that run backwards or stand still."""
    events: list[Event] = []
    for number in range(draw(st.integers(0, 10))):
        kind: EventKind = draw(st.sampled_from(KINDS))
        attempt = draw(st.integers(1, 3))
        outcome: Outcome = draw(st.sampled_from(("award", "revise", "decline")))
        panel = tuple(draw(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3)))
        events.append(
            Event(
                kind=kind,
                submission=draw(st.sampled_from((ANAS, BENS))),
                attempt=attempt,
                person=draw(st.sampled_from(PEOPLE)),
                commit=CommitId(f"{number:040x}"),
                when=at(draw(st.integers(0, 3))),
                request=a_request(attempt=attempt, panel=panel) if kind == "submit" else None,
                decision=a_decision(attempt=attempt, outcome=outcome) if kind == "decide" else None,
            )
        )
    return events


@unhurried
@given(event_lists(), st.data())
def test_any_order_and_any_repetition_of_events_give_the_same_standing(
    events: list[Event], data: st.DataObject
) -> None:
    twice = events + (data.draw(st.lists(st.sampled_from(events))) if events else [])
    assert stand(data.draw(st.permutations(twice))) == stand(events)


@unhurried
@given(event_lists())
def test_a_standing_never_contradicts_itself(events: list[Event]) -> None:
    for key, found in stand(events).items():
        assert found.submission == key
        assert all(e.submission == key and e.attempt == found.attempt for e in found.reviews)
        assert len({e.person for e in found.reviews}) == len(found.reviews)
        if found.word == "being reconciled":
            assert found.request is not None and found.request.panel and not found.missing
        if found.word == "in review" and found.request is not None and found.request.panel:
            assert found.missing
        if found.word in ("earned", "not yet earned", "declined", "revoked"):
            assert found.decision is not None and found.decision.attempt == found.attempt


@unhurried
@given(event_lists(), event_lists())
def test_another_submissions_events_change_nothing(ours: list[Event], others: list[Event]) -> None:
    mine = [e for e in ours if e.submission == ANAS]
    theirs = [e for e in others if e.submission == BENS]
    assert stand(mine + theirs).get(ANAS) == stand(mine).get(ANAS)


def test_after_a_decision_the_judged_state_is_the_one_decided_on() -> None:
    event = decided("revise")
    found = standing(sent(), event)
    assert found.judged == a_decision().judged != event.commit


def test_taking_back_a_further_attempt_keeps_the_earlier_feedback_at_hand() -> None:
    first = decided("revise", 2)
    found = standing(sent(1), first, sent(3, attempt=2), withdrawn(4, attempt=2))
    assert (found.word, found.attempt, found.since) == ("withdrawn", 2, at(4))
    assert found.decision == first.decision


def test_an_unasked_review_does_not_move_the_day_the_issuer_has_to_act_from() -> None:
    found = standing(sent(panel=(MEI,)), reviewed(MEI, 2), reviewed(DEV, 8))
    assert (found.word, found.since) == ("being reconciled", at(2))


def test_of_two_reviews_the_earlier_counts_whatever_they_are_called() -> None:
    early = reviewed(MEI, 2, commit=CommitId("f" * 40))
    late = reviewed(MEI, 4, commit=CommitId("0" * 40))
    assert standing(sent(panel=(MEI,)), late, early).reviews == (early,)


def test_a_review_of_what_was_never_sent_leaves_the_draft_as_it_was() -> None:
    found = standing(saved(1), reviewed(MEI, 5))
    assert (found.word, found.since, found.reviews) == ("draft", at(1), ())


# what becomes of an award


def revoked(attempt: int = 1, hours: float = 9, **changes: Any) -> Event:
    reason = a_revocation(attempt=attempt)
    return an_event("revoke", ROSA, hours, attempt=attempt, **{"revocation": reason, **changes})


def test_a_revoked_award_is_revoked_since_then() -> None:
    found = standing(sent(), decided(), revoked())
    assert (found.word, found.attempt, found.revocation) == ("revoked", 1, a_revocation())
    assert found.since == at(9)
    assert not found.is_open


def test_a_revocation_whose_reason_cannot_be_read_is_one() -> None:
    found = standing(decided(), revoked(revocation=None))
    assert (found.word, found.revocation) == ("revoked", None)


def test_a_new_attempt_after_a_revocation_goes_its_own_way() -> None:
    again = sent(attempt=2, hours=10)
    assert standing(sent(), decided(), revoked(), again).word == "in review"
    assert standing(sent(), decided(), revoked(), again, decided("award", 12, 2)).word == "earned"
    assert standing(sent(), decided(), revoked(), again, decided("revise", 12, 2)).word == "not yet earned"
    assert standing(decided(), revoked(), decided("award", 12, 2), revoked(2, 13)).word == "revoked"


def test_what_was_not_awarded_cannot_be_revoked() -> None:
    assert standing(decided("decline"), revoked()).word == "declined"


LAST = NOON.date() + timedelta(days=1)


@pytest.mark.parametrize(("day", "word"), [(-9, "earned"), (0, "earned"), (1, "expired"), (400, "expired")])
def test_an_award_holds_to_the_end_of_its_last_day(day: int, word: StateWord) -> None:
    (found,) = stand([decided(ends=LAST)], LAST + timedelta(days=day)).values()
    assert (found.word, found.ends) == (word, LAST)
    assert found.since is not None and found.since.date() == (LAST if word == "expired" else at(3).date())


def test_revoked_goes_before_expired_and_nothing_else_expires() -> None:
    much_later = LAST + timedelta(days=999)
    (found,) = stand([decided(ends=LAST), revoked()], much_later).values()
    assert found.word == "revoked"
    (found,) = stand([decided()], much_later).values()
    assert found.word == "earned"
    (found,) = stand([decided(ends=LAST), sent(attempt=2, hours=10)], much_later).values()
    assert found.word == "in review"
