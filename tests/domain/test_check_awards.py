"""What became of awards, asked file by file: revocations, badges issued again, stacks, lists, places."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from mcred.domain.audit.archive import Bits, StackIssue
from mcred.domain.audit.check_awards import check_afterwards
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.award import Reissue, Revocation
from mcred.domain.ids import CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.rules.stack_badges import check_stack_award, check_stack_revocation, stack_badge_of
from mcred.domain.stack_badge import StackReissue, StackRevocation
from tests.domain.shelf import (
    Shelf,
    a_move,
    blob,
    books_of,
    definition_touch,
    list_touch,
    own_touch,
    profile_touch,
    rules_touch,
    stack_touch,
)
from tests.school import (
    ANA,
    ANAS,
    BEN,
    MAIN,
    NOON,
    ROSA,
    WAIT,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_reissue,
    a_revocation,
    a_stack,
)

LATER = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
ADDRESS = "https://badges.example.org/status/1"
SLIP = CredentialId("exit-slip")
SLIPS = SubmissionId(ANA, SLIP)
TALK = StackId("talk")
REPLACED = "id of first"


def awarded(**stored: object) -> tuple[Shelf, Books]:
    """Books where Ana has one badge, at place 7 of the list."""
    shelf, books = books_of(
        rules=a_programme(),
        rosa=a_person("rosa"),
        ana=a_person("ana"),
        decided=a_decision(),
        **{a_decision().definition.blob: a_credential()},
        **stored,
    )
    founding = (rules_touch("rules"), profile_touch(ROSA, "rosa"), profile_touch(ANA, "ana"))
    award = a_move(own_touch("decision", "decided"), own_touch("award", "first"))
    for move in (a_move(*founding, before=None, commit=MAIN), award):
        books.enter(move, frozenset(), frozenset())
    return shelf, books


def told(found: list[Finding]) -> list[tuple[str, str]]:
    """Code and words of each."""
    return [(f.code, f.what) for f in found]


def enter(books: Books, *touches: Touch) -> None:
    """A step that nothing is wrong with."""
    books.enter(a_move(*touches), frozenset(), frozenset())


@pytest.mark.parametrize(
    ("gone", "person", "attempt", "before", "expected"),
    [
        (a_revocation(), ROSA, 1, False, []),
        (a_revocation(), None, 1, False, []),
        (None, ROSA, 1, False, ["it cannot be read, or is about another attempt"]),
        (a_revocation(), BEN, 1, False, ["it says rosa revoked it, but ben signed it"]),
        (a_revocation(reason=" \n"), ROSA, 1, False, ["it gives no reason"]),
        (a_revocation(), ROSA, 2, False, ["there is no award to revoke"]),
        (a_revocation(), ROSA, 1, True, ["the award was already revoked"]),
        (
            a_revocation(reason=""),
            BEN,
            2,
            False,
            ["it says rosa revoked it, but ben signed it", "there is no award to revoke"],
        ),
    ],
)
def test_a_revocation(
    gone: Revocation | None, person: PersonId | None, attempt: int, before: bool, expected: list[str]
) -> None:
    _, books = awarded(gone=gone)
    if before:
        enter(books, own_touch("revocation", "gone"))
    touch = own_touch("revocation", "gone", attempt=attempt)
    found = list(check_afterwards(a_move(touch), books, person, None))
    assert told(found) == [("revocation-wrong", what) for what in expected]
    assert {(f.path, f.submission, f.attempt) for f in found} <= {(touch.path, ANAS, attempt)}


GOOD = a_reissue(replaces=REPLACED)
NOT_NEXT = "it does not replace the badge before it"


@pytest.mark.parametrize(
    ("again", "person", "number", "expected"),
    [
        (GOOD, ROSA, 2, []),
        (GOOD, None, 2, []),
        (replace(GOOD, kind="renew"), ROSA, 2, []),
        (None, ROSA, 2, ["nothing readable says why it was reissued"]),
        (GOOD, BEN, 2, ["it says rosa issued it, but ben signed it"]),
        (replace(GOOD, reason="\t"), ROSA, 2, ["it gives no reason"]),
        (replace(GOOD, number=3), ROSA, 3, [NOT_NEXT]),
        (replace(GOOD, replaces="id of another"), ROSA, 2, [NOT_NEXT]),
        (
            replace(GOOD, reason="", replaces=""),
            BEN,
            2,
            ["it says rosa issued it, but ben signed it", "it gives no reason", NOT_NEXT],
        ),
    ],
)
def test_a_badge_issued_again(
    again: Reissue | None, person: PersonId | None, number: int, expected: list[str]
) -> None:
    shelf, books = awarded(again=again)
    touches = (own_touch("award", "second", number=number), own_touch("reissue", "again", number=number))
    found = list(check_afterwards(a_move(*touches), books, person, None))
    assert told(found) == [("reissue-wrong", what) for what in expected]
    assert {f.path for f in found} <= {touches[0].path}
    assert len(shelf.issues) == (again is not None)


def test_a_badge_issued_again_says_what_its_decision_gave() -> None:
    renewed = replace(GOOD, kind="renew", issued=LATER)
    plain = replace(GOOD, number=3, replaces="id of second")
    shelf, books = awarded(renewed=renewed, plain=plain)
    step = (own_touch("award", "second", number=2), own_touch("reissue", "renewed", number=2))
    assert list(check_afterwards(a_move(*step), books, ROSA, None)) == []
    enter(books, *step)
    shelf.doubts["third"] = ("its name is another", "its signature is broken")
    step = (own_touch("award", "third", number=3), own_touch("reissue", "plain", number=3))
    found = list(check_afterwards(a_move(*step), books, ROSA, None))
    assert told(found) == [
        ("award-other", "its name is another"),
        ("award-other", "its signature is broken"),
    ]
    first, second = shelf.issues
    assert (first.document, first.number, first.replaced, first.begins) == ("second", 2, "first", LATER)
    assert (first.decision, first.decided, first.earner) == (a_decision(), "decided", a_person("ana"))
    assert (first.definition, first.programme) == (a_credential(), a_programme())
    # A plain one keeps from when the one before it holds.
    assert (second.document, second.number, second.replaced, second.begins) == ("third", 3, "second", LATER)


@pytest.mark.parametrize("revoked", [False, True])
def test_there_is_nothing_to_issue_again(revoked: bool) -> None:
    shelf, books = awarded(again=GOOD, gone=a_revocation())
    attempt = 1 if revoked else 2
    if revoked:
        enter(books, own_touch("revocation", "gone"))
    award = own_touch("award", "second", number=2, attempt=attempt)
    beside = own_touch("reissue", "again", number=2, attempt=attempt)
    found = list(check_afterwards(a_move(award, beside), books, ROSA, None))
    assert told(found) == [("reissue-wrong", "there is no award in force to reissue")]
    assert shelf.issues == []


@pytest.mark.parametrize(
    "award",
    [
        None,
        own_touch("award", "second", number=3),
        own_touch("award", "second", number=2, attempt=2),
        own_touch("award", "second", number=2, submission=SLIPS),
    ],
)
def test_a_record_of_issuing_again_comes_with_its_badge(award: Touch | None) -> None:
    _, books = awarded(again=GOOD)
    touch = own_touch("reissue", "again", number=2)
    move = a_move(touch, *((award,) if award else ()))
    found = list(check_afterwards(move, books, ROSA, None))
    assert told(found)[0] == ("reissue-without-badge", "there is no badge with it")
    assert (found[0].path, found[0].submission, found[0].attempt) == (touch.path, ANAS, 1)
    old = replace(touch, old=blob("again"))
    assert list(check_afterwards(a_move(old), books, ROSA, None)) == []


def bits(*revoked: int, address: str = ADDRESS, doubts: tuple[str, ...] = (), todays: bool = True) -> Bits:
    """A status list."""
    return Bits(address=address, revoked=frozenset(revoked), doubts=doubts, is_todays=todays)


UNREADABLE = ("status-list-wrong", "it cannot be read")
MOVED = ("status-list-wrong", "it is for a different address than before")
CLEARED = ("status-bit-cleared", "a badge that was revoked no longer is")
UNEXPLAINED = ("status-bit-unexplained", "it revokes a badge that nothing here revokes")
UNSET = ("status-not-set", "the status list does not show that the badge ended")


@pytest.mark.parametrize(
    ("old", "new", "revoked", "expected"),
    [
        (bits(), bits(7), True, []),
        (bits(3), bits(3, 7), True, []),
        (None, bits(7), True, []),
        (bits(), bits(), False, []),
        (None, bits(), False, []),
        (bits(7), bits(7), True, []),
        (bits(), bits(), True, [UNSET]),
        (bits(), bits(8), True, [UNEXPLAINED, UNSET]),
        (bits(), bits(7, 8), True, [UNEXPLAINED]),
        (bits(), bits(7), False, [UNEXPLAINED]),
        (None, bits(7), False, [UNEXPLAINED]),
        (bits(3), bits(7), True, [CLEARED]),
        (bits(3), bits(), False, [CLEARED]),
        (bits(3), bits(4), False, [CLEARED, UNEXPLAINED]),
        (bits(), None, False, [UNREADABLE]),
        (bits(), None, True, [UNREADABLE, UNSET]),
        (bits(), bits(doubts=("its signature is broken", "it is too short")), False, ["d1", "d2"]),
        (bits(), bits(7, address="https://other.example.org/1"), True, [MOVED, UNEXPLAINED, UNSET]),
        # A list of an address that the programme has left may be out of reach.
        (bits(), bits(todays=False), True, []),
        (bits(), bits(address="https://other.example.org/1", todays=False), True, [MOVED, UNSET]),
    ],
)
def test_a_status_list_says_what_ended(
    old: Bits | None, new: Bits | None, revoked: bool, expected: list[tuple[str, str] | str]
) -> None:
    shelf, books = awarded(gone=a_revocation(), old=old, new=new)
    shelf.places["first"] = (ADDRESS, 7)
    touches = (own_touch("revocation", "gone"),) if revoked else ()
    touch = list_touch("new", "old" if old else None)
    words = {
        "d1": ("status-list-wrong", "its signature is broken"),
        "d2": ("status-list-wrong", "it is too short"),
    }
    found = list(check_afterwards(a_move(*touches, touch), books, ROSA, None))
    assert told(found) == [words[e] if isinstance(e, str) else e for e in expected]
    # What is not set is said of what ended the badge, all else of the list.
    assert all((f.path == touch.path) is (f.code != "status-not-set") for f in found)


@pytest.mark.parametrize(("listed", "expected"), [(bits(7), []), (bits(), [UNSET]), (None, [UNSET])])
def test_a_list_that_does_not_change_counts_as_it_stands(
    listed: Bits | None, expected: list[tuple[str, str]]
) -> None:
    shelf, books = awarded(gone=a_revocation(), listed=listed)
    shelf.places["first"] = (ADDRESS, 7)
    enter(books, list_touch("listed"))
    assert (
        told(list(check_afterwards(a_move(own_touch("revocation", "gone")), books, ROSA, None))) == expected
    )


def test_a_badge_issued_again_ends_the_one_before_it() -> None:
    shelf, books = awarded(again=GOOD, old=bits(), both=bits(7, 8), one=bits(7))
    shelf.places |= {"first": (ADDRESS, 7), "second": (ADDRESS, 8)}
    step = (own_touch("award", "second", number=2), own_touch("reissue", "again", number=2))
    assert list(check_afterwards(a_move(*step, list_touch("one", "old")), books, ROSA, None)) == []
    found = list(check_afterwards(a_move(*step, list_touch("both", "old")), books, ROSA, None))
    assert told(found) == [UNEXPLAINED]
    found = list(check_afterwards(a_move(*step), books, ROSA, None))
    assert [(f.code, f.path) for f in found] == [("status-not-set", step[0].path)]
    # Of several badges, the newest is what a revocation ends.
    enter(books, *step)
    shelf.stored |= {"gone": a_revocation(), "two": bits(7, 8)}
    end = (own_touch("revocation", "gone"), list_touch("two", "one"))
    assert list(check_afterwards(a_move(*end), books, ROSA, None)) == []


def test_two_badges_never_share_a_place() -> None:
    shelf, books = awarded(stack=a_stack())
    for document in ("badge", "other", "third"):
        shelf.places[document] = (ADDRESS, 4)
    shelf.places["elsewhere"] = ("https://other.example.org/1", 4)
    first = own_touch("award", "badge", submission=SLIPS)
    assert list(check_afterwards(a_move(first), books, ROSA, None)) == []
    assert books.places == {(ADDRESS, 4): first.path}
    # The same file again, another list, a file that only changes, a badge without a place.
    for calm in (
        first,
        own_touch("award", "elsewhere", attempt=5),
        own_touch("award", "other", old="before", attempt=6),
        own_touch("award", "nowhere", attempt=7),
    ):
        assert list(check_afterwards(a_move(calm), books, ROSA, None)) == []
    second = own_touch("award", "other", attempt=8)
    found = list(check_afterwards(a_move(second), books, ROSA, None))
    assert told(found) == [("status-place-shared", f"its place in the status list is that of {first.path}")]
    assert (found[0].path, found[0].attempt) == (second.path, 8)
    third = stack_touch("stack award", "third")
    codes = [f.code for f in check_afterwards(a_move(third), books, ROSA, None)]
    assert codes == ["stack-not-earned", "status-place-shared"]


def stacking(*, badges: tuple[CredentialId, ...] = (WAIT,)) -> tuple[Shelf, Books]:
    """Books where Ana has some badges, and a stack that needs two."""
    stack = a_stack(credentials=(WAIT, SLIP))
    shelf, books = awarded(stack=stack, slip=a_decision(SLIPS), text=a_credential())
    touch = Touch(path="credentials/stacks/talk.yaml", kind="stack", old=None, new=blob("stack"), stack=TALK)
    enter(books, touch, definition_touch("text"))
    if WAIT not in badges:
        enter(books, own_touch("revocation", "gone"))
    if SLIP in badges:
        award = own_touch("award", "slip badge", submission=SLIPS)
        enter(books, own_touch("decision", "slip", submission=SLIPS), award)
    return shelf, books


def test_a_stacks_badge_contains_the_newest_of_each_badge_held() -> None:
    shelf, books = stacking(badges=(WAIT, SLIP))
    enter(books, own_touch("award", "renewed", number=2))
    touch = stack_touch("stack award", "whole")
    shelf.doubts["whole"] = ("it names another earner",)
    found = list(check_stack_award(a_move(touch), touch, books, None))
    assert [(f.code, f.what, f.path, f.person) for f in found] == [
        ("award-other", "it names another earner", touch.path, ANA)
    ]
    assert shelf.stack_issues == [
        StackIssue(
            document=blob("whole"),
            programme=a_programme(),
            stack=TALK,
            stored=blob("stack"),
            earner=a_person("ana"),
            held={WAIT: blob("renewed"), SLIP: blob("slip badge")},
            definitions={WAIT: blob("text")},
            number=1,
        )
    ]


def test_a_stack_is_not_earned_with_too_few_badges() -> None:
    shelf, books = stacking()
    touch = stack_touch("stack award", "whole")
    what = "ana holds 1 of its micro-credentials; 2 are required"
    assert told(list(check_stack_award(a_move(touch), touch, books, None))) == [("stack-not-earned", what)]
    # The badge of this very step counts where a decision comes with it, and no one else's does.
    decision = own_touch("decision", "slip", submission=SLIPS)
    award = own_touch("award", "slip badge", submission=SLIPS)
    assert list(check_stack_award(a_move(decision, award, touch), touch, books, decision)) == []
    assert shelf.stack_issues[0].held == {WAIT: "first", SLIP: "slip badge"}
    bens = own_touch("award", "bens badge", submission=SubmissionId(BEN, SLIP))
    for move, decided in ((a_move(award, touch), None), (a_move(bens, touch), decision)):
        assert told(list(check_stack_award(move, touch, books, decided))) == [("stack-not-earned", what)]


def test_a_revoked_or_doubted_badge_counts_for_no_stack() -> None:
    _, books = stacking(badges=(SLIP,))
    touch = stack_touch("stack award", "whole")
    (found,) = check_stack_award(a_move(touch), touch, books, None)
    assert found.what == "ana holds 1 of its micro-credentials; 2 are required"
    _, books = stacking()
    award = a_move(own_touch("award", "slip badge", submission=SLIPS))
    books.enter(award, frozenset(), frozenset({SLIPS}))
    (found,) = check_stack_award(a_move(touch), touch, books, None)
    assert found.what == "ana holds 1 of its micro-credentials; 2 are required"


def test_there_is_one_badge_of_a_stack_until_it_is_revoked() -> None:
    _, books = stacking(badges=(WAIT, SLIP))
    enter(books, stack_touch("stack award", "whole"))
    touch = stack_touch("stack award", "again", number=2)
    found = list(check_stack_award(a_move(touch), touch, books, None))
    assert told(found) == [("stack-not-earned", "ana already has this stack's badge")]
    enter(books, stack_touch("stack revocation", "gone"))
    assert list(check_stack_award(a_move(touch), touch, books, None)) == []


WHOLE = stack_touch("stack award", "whole")


@pytest.mark.parametrize(
    "touch",
    [
        replace(WHOLE, stack=StackId("other")),
        replace(WHOLE, stack=None),
        replace(WHOLE, person=None),
        replace(WHOLE, new=None),
    ],
)
def test_there_is_no_such_stack(touch: Touch) -> None:
    shelf, books = stacking(badges=(WAIT, SLIP))
    found = list(check_stack_award(a_move(touch), touch, books, None))
    assert told(found) == [("stack-not-earned", "there is no such stack")]
    assert shelf.stack_issues == []


GONE = StackRevocation(
    format=2, earner=ANA, stack=TALK, number=1, issuer=ROSA, revoked=NOON, reason="A badge of it fell."
)
NONE_THERE = "there is no badge to revoke"


@pytest.mark.parametrize(
    ("gone", "person", "number", "expected"),
    [
        (GONE, ROSA, 1, []),
        (GONE, None, 1, []),
        (GONE, ROSA, 2, [NONE_THERE]),
        (GONE, BEN, 1, ["it says rosa revoked it, but ben signed it"]),
        (replace(GONE, reason=" "), ROSA, 1, ["it gives no reason"]),
        (None, ROSA, 1, ["it cannot be read, or is about another badge"]),
        (None, ROSA, 2, ["it cannot be read, or is about another badge", NONE_THERE]),
    ],
)
def test_a_stacks_badge_is_taken_back(
    gone: StackRevocation | None, person: PersonId | None, number: int, expected: list[str]
) -> None:
    shelf, books = awarded(gone=gone)
    enter(books, stack_touch("stack award", "whole"))
    touch = stack_touch("stack revocation", "gone", number=number)
    found = list(check_stack_revocation(a_move(touch), touch, books, person))
    assert told(found) == [("revocation-wrong", what) for what in expected]
    assert stack_badge_of(touch, books) == (["whole"] if number == 1 else [])
    assert stack_badge_of(replace(touch, stack=None), books) == []
    assert stack_badge_of(replace(touch, person=BEN), books) == []
    # Its place is to be revoked with it.
    shelf.places["whole"] = (ADDRESS, 2)
    codes = [f.code for f in check_afterwards(a_move(touch), books, person, None)]
    assert codes == ["revocation-wrong"] * len(expected) + ["status-not-set"] * (number == 1)


AGAIN = StackReissue(
    format=2,
    earner=ANA,
    stack=TALK,
    number=2,
    issuer=ROSA,
    issued=NOON,
    reason="Moved.",
    replaces="id of whole",
)
NOTHING_THERE = "there is no stack badge in force to reissue"


def reissued(
    again: StackReissue | None = AGAIN, *, number: int = 2, badges: tuple[CredentialId, ...] = (WAIT, SLIP)
) -> tuple[Shelf, Books, Move]:
    """A step that puts a newer badge of a stack beside the one that holds."""
    shelf, books = stacking(badges=badges)
    enter(books, stack_touch("stack award", "whole"))
    shelf.stored["definition of whole"] = "the stack"
    shelf.stored["the stack"] = shelf.stored["stack"]
    if again is not None:
        shelf.stored["again"] = again
    award = stack_touch("stack award", "newer", number=number)
    return shelf, books, a_move(award, stack_touch("stack reissue", "again", number=number))


@pytest.mark.parametrize(
    ("again", "number", "expected"),
    [
        (AGAIN, 2, []),
        (replace(AGAIN, issuer=BEN), 2, ["it says ben issued it, but rosa signed it"]),
        (replace(AGAIN, reason=" "), 2, ["it gives no reason"]),
        (replace(AGAIN, replaces="another"), 2, ["it does not replace the badge before it"]),
        (None, 2, ["nothing readable says why it was reissued"]),
        (AGAIN, 3, [NOTHING_THERE]),
    ],
)
def test_a_stacks_badge_issued_again(again: StackReissue | None, number: int, expected: list[str]) -> None:
    shelf, books, move = reissued(again, number=number)
    found = list(check_afterwards(move, books, ROSA, None))
    assert [f.what for f in found if f.code == "reissue-wrong"] == expected
    if not expected:
        assert found == [] and [i.replaced for i in shelf.stack_issues] == ["whole"]


def test_a_stacks_badge_is_issued_again_only_while_it_holds_and_is_earned() -> None:
    _, books, move = reissued()
    enter(books, stack_touch("stack revocation", "gone"))
    assert told(list(check_afterwards(move, books, ROSA, None))) == [("reissue-wrong", NOTHING_THERE)]
    _, books, move = reissued(badges=(SLIP,))
    (found,) = check_afterwards(move, books, ROSA, None)
    assert found.code == "stack-not-earned"
    shelf, books, move = reissued()
    del shelf.stored["definition of whole"]
    (found,) = check_afterwards(move, books, ROSA, None)
    assert found.what == "the stack it was awarded by cannot be read"


def test_a_stacks_badge_that_was_replaced_is_not_the_one_that_holds() -> None:
    _, books, move = reissued()
    for touch in move.touches:
        enter(books, touch)
    assert books.unstacked == {(ANA, TALK, 1)}
    third = stack_touch("stack award", "third", number=3)
    assert told(list(check_stack_award(a_move(third), third, books, None))) == [
        ("stack-not-earned", "ana already has this stack's badge")
    ]
    lone = stack_touch("stack reissue", "again", number=3)
    assert told(list(check_afterwards(a_move(lone), books, ROSA, None))) == [
        ("reissue-without-badge", "there is no badge with it")
    ]
