"""What a step writes into the two books, and what of it gives a right."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from mcred.domain.audit.programme_history import NOBODYS, Edition, ProgrammeHistory
from mcred.domain.audit.state import Books, GivenAward
from mcred.domain.audit.values import Move, Touch
from mcred.domain.credential import Stack
from mcred.domain.decision import Checkpoint, Decision
from mcred.domain.ids import BlobId, CommitId, PersonId, StackId, SubmissionId, Version
from mcred.domain.people import Person, SigningKey
from tests.domain.shelf import (
    EARLIER,
    STEP,
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
    MEI,
    NOON,
    ROSA,
    WAIT,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_reissue,
    a_stack,
)

NOTHING: frozenset[str] = frozenset()
NOBODY: frozenset[SubmissionId] = frozenset()
BENS = SubmissionId(BEN, WAIT)
TALK = StackId("talk")


def founded(**stored: object) -> tuple[Shelf, Books]:
    """Books with one step: the rules, Rosa and Ana."""
    shelf, books = books_of(
        rules=a_programme(), rosa=a_person("rosa"), ana=a_person("ana"), badge={}, **stored
    )
    step = a_move(
        rules_touch("rules"), profile_touch(ROSA, "rosa"), profile_touch(ANA, "ana"), before=None, commit=MAIN
    )
    books.enter(step, NOTHING, NOBODY)
    return shelf, books


def test_empty_books_know_no_rules_and_no_one() -> None:
    _, books = books_of()
    assert (len(books), books.tip, books.awards(), books.last_attempt(ANAS)) == (0, "", 0, 0)
    assert books.now.programme is NOBODYS
    assert dict(books.now.people) == {}
    assert dict(books.now.holders) == {}
    assert (books.now.edition(WAIT), books.now.stack(TALK), books.now.decision(ANAS)) == (None, None, None)
    assert (books.now.assessors(ANAS), books.now.assessed(WAIT)) == ((), 0)


def test_a_founding_sets_rules_people_and_owners_of_keys() -> None:
    _, books = founded()
    assert (books.steps, books.tip, books.rules_seen) == (1, MAIN, {"rules"})
    assert books.now.programme == a_programme()
    assert dict(books.now.people) == {ANA: a_person("ana"), ROSA: a_person("rosa")}
    assert books.owner == {"ssh-ed25519 rosa": ROSA, "ssh-ed25519 ana": ANA}


RETIRED = a_person("rosa", keys=(replace(a_person("rosa").keys[0], retired=date(2026, 10, 1)),))


@pytest.mark.parametrize(
    ("signer", "profile", "person", "code", "what"),
    [
        ("ssh-ed25519 rosa", None, ROSA, "", ""),
        ("ssh-ed25519 ana", None, ANA, "", ""),
        (None, None, None, "not-signed", "it is not signed, or its signature is broken"),
        ("ssh-ed25519 eve", None, None, "unknown-key", "it is signed with a key that no one here has"),
        (
            "ssh-ed25519 rosa",
            RETIRED,
            None,
            "retired-key",
            "it is signed with a key that rosa no longer uses",
        ),
    ],
)
def test_a_step_is_whose_key_signed_it(
    signer: str | None, profile: Person | None, person: PersonId | None, code: str, what: str
) -> None:
    shelf, books = founded()
    if profile is not None:
        shelf.stored["later"] = profile
        books.enter(a_move(profile_touch(ROSA, "later", "rosa")), NOTHING, NOBODY)
    touches = (own_touch("award", "badge", attempt=2), own_touch("decision", "decided", attempt=2))
    found, wrong = books.signer(a_move(*touches, signer=signer))
    assert found == person
    assert [(f.code, f.what) for f in wrong] == ([(code, what)] if code else [])
    # A finding stands at the decision, whatever comes before it.
    assert all((f.path, f.submission, f.attempt) == (touches[1].path, ANAS, 2) for f in wrong)
    assert [f.person for f in wrong if f.code == "retired-key"] == ([ROSA] if code == "retired-key" else [])


def test_without_a_decision_a_bad_signature_stands_at_the_first_file() -> None:
    _, books = founded()
    _, (found,) = books.signer(a_move(list_touch("new"), own_touch("award", "badge"), signer=None))
    assert (found.path, found.submission, found.attempt) == ("status/1.json", None, 0)


def test_who_is_gone_signs_nothing_any_more() -> None:
    _, books = founded()
    books.enter(a_move(profile_touch(ANA, None, "ana")), NOTHING, NOBODY)
    assert ANA not in books.now.people
    assert books.owner["ssh-ed25519 ana"] == ANA
    person, (found,) = books.signer(a_move(list_touch("new"), signer="ssh-ed25519 ana"))
    assert (person, found.code, found.person) == (None, "retired-key", ANA)


def test_a_key_stays_with_who_had_it_first() -> None:
    shelf, books = founded()
    shelf.stored["ben"] = a_person("ben", keys=a_person("ana").keys)
    books.enter(a_move(profile_touch(BEN, "ben")), NOTHING, NOBODY)
    assert books.owner["ssh-ed25519 ana"] == ANA


def test_what_is_wrong_is_seen_and_gives_no_right() -> None:
    shelf, books = founded()
    shelf.stored["coup"] = a_programme(maintainers=(ANA,))
    shelf.stored["ben"] = a_person("ben")
    step = a_move(rules_touch("coup", "rules"), profile_touch(BEN, "ben"))
    books.enter(step, frozenset({"mcred.yaml"}), NOBODY)
    seen = books.seen.at(books.steps, books.tip)
    assert (seen.programme.roles.maintainers, books.now.programme.roles.maintainers) == ((ANA,), (ROSA,))
    assert (BEN in seen.people, BEN in books.now.people) == (True, True)
    assert books.rules_seen == {"rules", "coup"}


@pytest.mark.parametrize(
    ("signer", "before", "wrong", "right"),
    [
        ("ssh-ed25519 rosa", EARLIER, "mcred.yaml", True),
        ("ssh-ed25519 eve", EARLIER, "mcred.yaml", False),
        (None, EARLIER, "mcred.yaml", False),
        # A founding has no one before it who could have signed.
        ("ssh-ed25519 eve", None, "mcred.yaml", True),
        # Steps that are taken on trust are not looked at again.
        ("ssh-ed25519 eve", EARLIER, "", True),
    ],
)
def test_nothing_in_a_step_of_no_one_gives_a_right(
    signer: str | None, before: str | None, wrong: str, right: bool
) -> None:
    _, books = founded(ben=a_person("ben"))
    paths = frozenset({wrong}) if wrong else NOTHING
    step = a_move(rules_touch("none"), profile_touch(BEN, "ben"), signer=signer, before=before)
    books.enter(step, paths, NOBODY)
    assert BEN in books.seen.at(2, STEP).people
    assert (BEN in books.now.people) is right
    assert ("ssh-ed25519 ben" in books.owner) is right


def decided(books: Books, decision: Decision, shelf: Shelf, *more: Touch, doubted: bool = False) -> None:
    """One step that decides on an attempt."""
    name = f"decided {decision.submission} {decision.attempt}"
    shelf.stored[name] = decision
    touch = own_touch("decision", name, attempt=decision.attempt, submission=decision.submission)
    found = frozenset({decision.submission}) if doubted else NOBODY
    books.enter(a_move(touch, *more), NOTHING, found)


@pytest.mark.parametrize("doubted", [False, True])
def test_an_award_gives_the_right_to_assess_unless_it_is_doubted(doubted: bool) -> None:
    shelf, books = founded()
    mark = Checkpoint(commit=MAIN, awards=0)
    decision = a_decision(badge=2, checkpoint=mark)
    decided(books, decision, shelf, own_touch("award", "badge"), doubted=doubted)
    seen = books.seen.at(2, STEP)
    assert (seen.holders[WAIT], seen.assessed(WAIT)) == (frozenset({ANA}), 1)
    assert seen.decision(ANAS) == decision
    assert dict(books.now.holders) == ({} if doubted else {WAIT: {ANA}})
    assert books.now.assessed(WAIT) == (0 if doubted else 1)
    assert books.now.decision(ANAS) == (None if doubted else decision)
    used = {} if doubted else {(WAIT, "1.2.0"): (2, decision.definition.blob)}
    assert (books.used, books.wording, books.checkpoints) == (used, 0 if doubted else 2, not doubted)
    # On the record it is whether right or not.
    assert (books.awards(), books.last_attempt(ANAS)) == (1, 1)
    assert books.given == {
        (ANAS, 1): GivenAward(decision=blob(f"decided {ANAS} 1"), documents={1: blob("badge")})
    }


def test_a_version_is_in_use_since_its_first_decision_and_the_newest_wording_counts() -> None:
    shelf, books = founded()
    other = replace(a_decision().definition, blob=blob("other text"))
    decided(books, a_decision(badge=3, outcome="revise"), shelf)
    decided(books, a_decision(BENS, badge=1, definition=other), shelf)
    assert books.used == {(WAIT, "1.2.0"): (2, a_decision().definition.blob)}
    assert (books.wording, books.checkpoints, books.now.assessed(WAIT)) == (3, False, 2)


def test_what_was_decided_counts_where_it_cannot_be_read_too() -> None:
    _, books = founded()
    books.enter(a_move(own_touch("decision", "torn", attempt=4)), NOTHING, NOBODY)
    assert (books.now.assessed(WAIT), books.now.decision(ANAS), books.last_attempt(ANAS)) == (1, None, 4)
    books.enter(a_move(own_touch("decision", "torn again", old="torn", attempt=5)), NOTHING, NOBODY)
    assert (books.now.assessed(WAIT), books.last_attempt(ANAS), books.last_attempt(BENS)) == (1, 4, 0)


def test_an_award_of_no_decision_has_none_and_its_first_document_stays() -> None:
    _, books = founded()
    books.enter(a_move(own_touch("award", "badge")), NOTHING, NOBODY)
    books.enter(a_move(own_touch("award", "altered", old="badge")), NOTHING, NOBODY)
    assert books.given == {(ANAS, 1): GivenAward(decision=BlobId(""), documents={1: blob("badge")})}
    assert books.now.holders[WAIT] == {ANA}


def test_a_badge_issued_again_is_no_second_award_and_a_revocation_ends_it() -> None:
    _, books = founded()
    books.enter(a_move(own_touch("award", "first")), NOTHING, NOBODY)
    books.enter(a_move(own_touch("award", "second", number=2)), NOTHING, NOBODY)
    assert books.given[(ANAS, 1)].documents == {1: "first", 2: "second"}
    assert not books.given[(ANAS, 1)].revoked
    books.enter(a_move(own_touch("revocation", "gone")), NOTHING, NOBODY)
    assert books.given[(ANAS, 1)].revoked
    assert books.now.holders[WAIT] == frozenset()
    assert books.seen.at(3, STEP).holders[WAIT] == {ANA}
    assert books.awards() == 1


@pytest.mark.parametrize(("kind", "begins"), [("renew", NOON), ("reissue", None)])
def test_only_a_renewed_badge_begins_again(kind: str, begins: object) -> None:
    _, books = founded(again=a_reissue(kind=kind))
    books.enter(a_move(own_touch("award", "first")), NOTHING, NOBODY)
    again = own_touch("reissue", "again", number=2)
    books.enter(a_move(own_touch("award", "second", number=2), again), NOTHING, NOBODY)
    assert books.given[(ANAS, 1)].begins == begins


@pytest.mark.parametrize("kind", ["reissue", "revocation"])
def test_what_became_of_no_award_changes_nothing_given(kind: str) -> None:
    _, books = founded(gone=a_reissue(kind="renew", number=1))
    books.enter(a_move(own_touch(kind, "gone")), NOTHING, NOBODY)
    assert books.given == {}


def test_assessors_are_kept_once_each_in_the_order_they_came() -> None:
    _, books = founded()
    for assessor in (MEI, BEN, MEI):
        books.enter(a_move(own_touch("assessment", "judged", assessor=assessor)), NOTHING, NOBODY)
    assert [books.seen.at(n, STEP).assessors(ANAS) for n in (1, 2, 3, 4)] == [
        (),
        (MEI,),
        (MEI, BEN),
        (MEI, BEN),
    ]
    assert books.now.assessors(BENS) == ()


def test_definitions_and_stacks_are_those_of_the_step_asked_for() -> None:
    first, second = a_credential(), a_credential(version=Version("1.3.0"))
    stack, stored = a_stack(), {"old": first, "new": second}
    _, books = founded(stack=stack, **stored)
    touch = Touch(path="credentials/stacks/talk.yaml", kind="stack", old=None, new=blob("stack"), stack=TALK)
    commits = [CommitId(c * 40) for c in "1236"]
    moves: list[Move] = [
        a_move(definition_touch("old"), touch, commit=commits[0]),
        a_move(definition_touch("new", "old"), commit=commits[1]),
        a_move(definition_touch(None, "new"), replace(touch, old=touch.new, new=None), commit=commits[2]),
        a_move(definition_touch("old"), replace(touch, new=blob("old")), commit=commits[3]),
    ]
    for move in moves:
        books.enter(move, NOTHING, NOBODY)
    one = Edition(version=Version("1.2.0"), blob=blob("old"), commit=commits[0])
    two = Edition(version=Version("1.3.0"), blob=blob("new"), commit=commits[1])
    back = replace(one, commit=commits[3])
    at = [books.seen.at(n, STEP) for n in range(6)]
    assert [m.edition(WAIT) for m in at] == [None, None, one, two, None, back]
    kept: tuple[str, Stack] = ("stack", stack)
    assert [m.stack(TALK) for m in at] == [None, None, kept, kept, None, None]
    assert at[5].editions_since(0, WAIT) == [(2, one), (3, two), (5, back)]
    assert at[5].editions_since(2, WAIT) == [(3, two), (5, back)]
    assert at[3].editions_since(2, WAIT) == [(3, two)]
    assert at[1].editions_since(0, WAIT) == []


def test_rules_that_cannot_be_read_leave_those_before_in_force() -> None:
    _, books = founded()
    books.enter(a_move(rules_touch("torn", "rules")), NOTHING, NOBODY)
    assert books.now.programme == a_programme()
    assert books.rules_seen == {"rules", "torn"}


def test_a_state_is_known_once_the_line_has_come_to_it() -> None:
    shelf, _ = founded()
    books = Books(archive=shelf, positions={MAIN: 1, STEP: 2})
    assert (books.then(MAIN), books.then(CommitId("9" * 40))) == (None, None)
    step = a_move(rules_touch("rules"), profile_touch(ANA, "ana"), before=None, commit=MAIN)
    books.enter(step, frozenset({"mcred.yaml", "portfolios/ana/profile.yaml"}), NOBODY)
    then = books.then(MAIN)
    assert then is not None
    # What everyone could read that day, right or not.
    assert (then.step, then.commit, then.programme, set(then.people)) == (1, MAIN, a_programme(), {ANA})
    assert books.then(STEP) is None


def test_lists_and_badges_of_stacks_are_filed_as_they_come() -> None:
    _, books = founded()
    books.enter(a_move(list_touch("one"), stack_touch("stack award", "badge")), NOTHING, NOBODY)
    books.enter(a_move(list_touch("two", "one"), stack_touch("stack award", "other")), NOTHING, NOBODY)
    books.enter(a_move(list_touch(None, "two")), NOTHING, NOBODY)
    books.enter(a_move(stack_touch("stack revocation", "gone")), NOTHING, NOBODY)
    books.enter(a_move(stack_touch("stack award", "next", number=2)), NOTHING, NOBODY)
    assert books.lists == {"status/1.json": "two"}
    assert books.stacked == {(ANA, TALK): {1: "badge", 2: "next"}}
    assert books.unstacked == {(ANA, TALK, 1)}


def test_people_at_a_step_are_a_mapping_of_those_confirmed_then() -> None:
    ledger = ProgrammeHistory()
    ana, later = a_person("ana"), replace(a_person("ana"), name="Ana Maria")
    for step, person in ((1, ana), (3, later), (5, None), (7, ana)):
        ledger.people.put(step, ANA, person)
    ledger.people.put(6, BEN, a_person("ben"))
    found = [ledger.at(n, STEP).people for n in range(8)]
    assert [p.get(ANA) for p in found] == [None, ana, ana, later, later, None, None, ana]
    assert [sorted(p) for p in found[4:]] == [[ANA], [], [BEN], [ANA, BEN]]
    assert [len(p) for p in found] == [0, 1, 1, 1, 1, 0, 1, 2]
    with pytest.raises(KeyError):
        found[5][ANA]


def test_of_two_values_at_one_step_the_later_stands() -> None:
    ledger = ProgrammeHistory()
    ledger.rules.put(2, "", a_programme(experts=()))
    ledger.rules.put(2, "", a_programme(experts=(BEN,)))
    assert ledger.at(1, STEP).programme is NOBODYS
    assert ledger.at(2, STEP).programme.roles.experts == (BEN,)
    assert list(ledger.rules) == [""]


def test_holders_of_what_no_one_ever_had_are_no_entry() -> None:
    ledger = ProgrammeHistory()
    ledger.held.put(4, ANAS, 1)
    holders = ledger.at(2, STEP).holders
    assert (dict(holders), len(holders), list(holders)) == ({WAIT: frozenset()}, 1, [WAIT])
    with pytest.raises(KeyError):
        ProgrammeHistory().at(2, STEP).holders[WAIT]


def test_a_new_key_beside_the_old_one_has_its_owner_too() -> None:
    shelf, books = founded()
    second = SigningKey(public="ssh-ed25519 ana2", since=date(2026, 10, 2))
    shelf.stored["more"] = a_person("ana", keys=(*a_person("ana").keys, second))
    books.enter(a_move(profile_touch(ANA, "more", "ana")), NOTHING, NOBODY)
    assert books.signer(a_move(list_touch("new"), signer="ssh-ed25519 ana2")) == (ANA, ())
