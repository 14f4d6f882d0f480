"""Laws of where a submission stands, for whatever events there are: clocks, older attempts, late arrivals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.decision import Outcome
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.status import Event, EventKind, Standing, fold
from tests.school import ANA, ANAS, CLEO, DEV, MEI, NOON, ROSA, a_decision, a_request

unhurried = settings(deadline=None, max_examples=50)
JUDGES = (CLEO, DEV, MEI)
KINDS: tuple[EventKind, ...] = ("save", "submit", "withdraw", "assess", "assess", "assess", "decide")
DECIDED = ("earned", "not yet earned", "declined")


def an_event(kind: EventKind, attempt: int, person: PersonId, **changes: Any) -> Event:
    """One of Ana's submission; its name says what it is, so that two alike are one."""
    base = Event(
        kind=kind,
        submission=ANAS,
        attempt=attempt,
        person=person,
        commit=CommitId(f"{kind} {attempt} {person}"),
        when=NOON,
        decision=a_decision(attempt=attempt) if kind == "decide" else None,
    )
    return replace(base, **changes)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """What honest tools can leave behind: each thing once per attempt and person, at any hour."""
    panels = {n: tuple(draw(st.lists(st.sampled_from(JUDGES), unique=True, max_size=3))) for n in (1, 2, 3)}
    events: dict[CommitId, Event] = {}
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(KINDS))
        attempt = draw(st.integers(1, 3))
        person = {"assess": draw(st.sampled_from(JUDGES)), "decide": ROSA}.get(kind, ANA)
        outcome: Outcome = draw(st.sampled_from(("award", "revise", "decline")))
        made = an_event(kind, attempt, person, when=NOON + timedelta(hours=draw(st.integers(-5, 5))))
        if kind == "submit":
            made = replace(made, request=a_request(attempt=attempt, panel=panels[attempt]))
        if kind == "decide":
            made = replace(made, decision=a_decision(attempt=attempt, outcome=outcome))
        events.setdefault(made.commit, made)
    return list(events.values())


def standing(events: Iterable[Event]) -> Standing | None:
    return fold(events, date(2026, 3, 1)).get(ANAS)


def of(events: list[Event], kind: EventKind, attempt: int) -> list[Event]:
    return [e for e in events if (e.kind, e.attempt) == (kind, attempt)]


@unhurried
@given(histories(), st.data())
def test_no_clock_decides_the_word(events: list[Event], data: st.DataObject) -> None:
    hours = data.draw(st.lists(st.integers(-99, 99), min_size=len(events), max_size=len(events)))
    wrong = [replace(e, when=NOON + timedelta(hours=h)) for e, h in zip(events, hours, strict=True)]
    before, after = standing(events), standing(wrong)
    assert (before is None) == (after is None)
    if before and after:
        told = ("word", "attempt", "judged", "decision", "missing", "due", "is_open")
        assert [getattr(before, n) for n in told] == [getattr(after, n) for n in told]


@unhurried
@given(histories())
def test_the_attempt_is_the_last_that_was_sent_or_decided(events: list[Event]) -> None:
    found = standing(events)
    assume(found is not None)
    assert found is not None
    tried = [e.attempt for e in events if e.kind in ("submit", "decide")]
    assert found.attempt == max(tried, default=1)
    assert (found.word == "draft") == (not tried)


@unhurried
@given(histories())
def test_each_word_says_what_happened_to_the_last_attempt(events: list[Event]) -> None:
    found = standing(events)
    assume(found is not None and found.word != "draft")
    assert found is not None
    sent, back = of(events, "submit", found.attempt), of(events, "withdraw", found.attempt)
    decided = of(events, "decide", found.attempt)
    assert (found.word in DECIDED) == bool(decided)
    assert (found.word == "withdrawn") == (not decided and bool(back))
    assert found.is_open == (not decided and not back)
    if found.is_open:
        (asked,) = (e.request for e in sent)
        answered = {e.person for e in of(events, "assess", found.attempt)}
        assert asked is not None
        assert (found.word == "being reconciled") == (bool(asked.panel) and set(asked.panel) <= answered)
        assert set(found.missing) == set(asked.panel) - answered
        assert found.judged == sent[0].commit, "assessors look at what was sent, not at a later draft"


@unhurried
@given(histories())
def test_an_award_is_earned_only_while_it_is_the_last_word(events: list[Event]) -> None:
    found = standing(events)
    assume(found is not None)
    assert found is not None
    if found.word == "earned":
        assert found.decision is not None
        assert (found.decision.outcome, found.decision.attempt) == ("award", found.attempt)
        assert not [e for e in events if e.kind in ("submit", "decide") and e.attempt > found.attempt]
        assert found.missing == () and not found.is_open


@unhurried
@given(histories())
def test_what_happened_to_older_attempts_is_only_feedback(events: list[Event]) -> None:
    found = standing(events)
    assume(found is not None and found.word != "draft")
    assert found is not None
    now = standing(e for e in events if e.attempt == found.attempt)
    assert now is not None
    assert replace(found, decision=None) == replace(now, decision=None)
    if found.word not in DECIDED:
        earlier = [e.decision for e in events if e.kind == "decide"]
        newest = max(earlier, key=lambda d: d.attempt if d else 0, default=None)
        assert found.decision == newest, "the newest feedback stays at hand"


@unhurried
@given(histories(), st.integers(1, 4), st.integers(-50, 50))
def test_saving_a_draft_changes_nothing_that_was_sent(events: list[Event], attempt: int, hour: int) -> None:
    found = standing(events)
    assume(found is not None and found.word != "draft")
    draft = an_event("save", attempt, ANA, when=NOON + timedelta(hours=hour), commit=CommitId("draft"))
    assert standing([*events, draft]) == found


@unhurried
@given(histories(), st.sampled_from(JUDGES), st.integers(1, 4))
def test_a_review_that_arrives_late_opens_and_decides_nothing(
    events: list[Event], who: PersonId, attempt: int
) -> None:
    before = standing(events)
    assume(before is not None)
    assert before is not None
    after = standing([*events, an_event("assess", attempt, who, commit=CommitId("late"))])
    assert after is not None
    assert after.attempt == before.attempt and set(after.missing) <= set(before.missing)
    if not before.is_open or attempt != before.attempt:
        assert after == before
    elif before.word == "being reconciled":
        assert after.word == "being reconciled"
    assert set(before.missing) - set(after.missing) <= {who}


@unhurried
@given(histories())
def test_a_decision_ends_its_attempt_whatever_else_comes_to_it(events: list[Event]) -> None:
    found = standing(events)
    assume(found is not None and found.word in DECIDED)
    assert found is not None
    again = an_event("submit", found.attempt, ANA, request=a_request(panel=JUDGES), commit=CommitId("again"))
    back = an_event("withdraw", found.attempt, ANA, commit=CommitId("back"))
    late = [an_event("assess", found.attempt, p, commit=CommitId(f"late {p}")) for p in JUDGES]
    assert standing([*events, again, back, *late]) == found


@unhurried
@given(histories())
def test_sending_the_next_attempt_puts_it_in_review_with_nothing_done(events: list[Event]) -> None:
    last = max((e.attempt for e in events), default=0)
    new = an_event("submit", last + 1, ANA, request=a_request(attempt=last + 1, panel=JUDGES))
    found = standing([*events, new])
    assert found is not None
    assert (found.word, found.attempt, found.reviews) == ("in review", last + 1, ())
    assert (found.missing, found.judged, found.since) == (JUDGES, new.commit, new.when)


def test_a_decision_that_cannot_be_read_is_no_award() -> None:
    found = standing([an_event("decide", 1, ROSA, decision=None)])
    assert found is not None
    assert (found.word, found.judged, found.decision) == ("not yet earned", None, None)
    assert not found.is_open
