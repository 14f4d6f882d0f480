"""Audit checks of recorded decisions on what is recognized: who says so, of which day, and how much.

The number is that of `audit.replay` (10).
"""

from __future__ import annotations

from collections.abc import Iterator

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.ids import PersonId
from mcred.domain.recognition.decided import Ledger, RecognitionDecision, find_new, open_ledger
from mcred.domain.recognition.evidence import SOUND_YEARS
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.rules.dates import wrong_dates


def check_recognized(move: Move, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(10) Findings about decisions that are added: unreadable, another's word, of another state or day, or
    not what the policy and the record come to."""
    for touch in move.touches:
        if touch.kind == "recognized" and touch.old is None and touch.person is not None:
            yield from _check_one(move, touch, books, touch.person, person)


def _check_one(
    move: Move, touch: Touch, books: Books, whose: PersonId, person: PersonId | None
) -> Iterator[Finding]:
    said = books.archive.recognized(touch)
    earlier = open_ledger(books.recognized.get((whose, touch.policy), ()))
    wrong = "it cannot be read, or is about something else"
    policy = None
    if said is not None:
        policy = _policy_of(said, books)
        wrong = _explain_wrong(said, policy, earlier, person, books)
        wrong = wrong or next(_wrong_dates(said, move, books), "")
    if wrong or said is None or policy is None:
        yield _found(move, touch, "recognized-wrong", wrong)
        return
    badges = books.archive.presented(said.main, said.person, policy)
    expected = find_new(policy, badges, said.as_of, earlier)
    if (said.lines, said.total) != (expected.lines, expected.total) or not said.lines:
        what = "it is not what the policy and the record come to, without what was recorded before"
        yield _found(move, touch, "recognized-other", what)


def _policy_of(said: RecognitionDecision, books: Books) -> RecognitionPolicy | None:
    """The policy that held at the state which a decision names; None where it names another one."""
    step = books.place(said.main)
    found = books.right.at(step, said.main).policy(said.policy) if step is not None else None
    return found[1] if found is not None and found[0] == said.blob else None


def _explain_wrong(
    said: RecognitionDecision,
    policy: RecognitionPolicy | None,
    earlier: Ledger,
    person: PersonId | None,
    books: Books,
) -> str:
    """What is wrong with what a decision says of itself, '' for nothing."""
    step = books.place(said.main)
    if person is not None and said.by != person:
        return f"it says {said.by} recorded it, but {person} signed it"
    if said.number != earlier.next_number:
        return f"the next number is {earlier.next_number}, and its number is {said.number}"
    if step is None:
        return f"{said.main[:12]} is not an earlier state of main"
    if policy is None:
        return f"that is not the policy {said.policy} which held at {said.main[:12]}"
    days = [policy.day_of(when) for when in books.dates[step - 1 :]]
    if said.as_of.year not in SOUND_YEARS or days[0] > said.as_of:
        return f"{said.main[:12]} is of a day after {said.as_of}"
    if any(day <= said.as_of for day in days[1:]):
        return f"{said.main[:12]} is not the newest state of {said.as_of}"
    if said.as_of > policy.day_of(said.recorded):
        return f"it was recorded before {said.as_of} began"
    if earlier.last_day is not None and earlier.last_day > said.as_of:
        return f"an earlier one is of a day after {said.as_of}"
    return ""


def _wrong_dates(said: RecognitionDecision, move: Move, books: Books) -> Iterator[str]:
    step = books.place(said.main)
    if step is not None:
        follows = {"the state that it counts": books.dates[step - 1]}
        yield from wrong_dates(said.recorded, move, books, follows, signed=False)


def _found(move: Move, touch: Touch, code: str, what: str) -> Finding:
    return Finding(code=code, commit=move.commit, path=touch.path, what=what, person=touch.person)
