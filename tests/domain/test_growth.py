"""What only grows: each way in which rules, keys and definitions can lose something, and what is no loss."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding
from mcred.domain.ids import BlobId, CommitId, PersonId, Version
from mcred.domain.issuer_key import PublicKey
from mcred.domain.people import Person, SigningKey, Word, fingerprint
from mcred.domain.programme import Attempts, Policy, Programme, Site
from mcred.domain.rules.growth import (
    check_definition_change,
    check_profile,
    check_rules,
    lost_issuer_keys,
    lost_signing_keys,
    may_vouch,
    new_signing_keys,
    policy_of,
)
from tests.domain.shelf import (
    STEP,
    Shelf,
    a_move,
    books_of,
    definition_touch,
    own_touch,
    profile_touch,
    rules_touch,
)
from tests.school import (
    ANA,
    ANAS,
    BEN,
    CLEO,
    DEV,
    MAIN,
    MEI,
    ROSA,
    a_credential,
    a_decision,
    a_person,
    a_programme,
)

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))
ONE = PublicKey(id="key-1", multibase="z6MkOneOneOneOneOne", since=SEPTEMBER)
TWO = PublicKey(id="key-2", multibase="z6MkTwoTwoTwoTwoTwo", since=OCTOBER)
ENDED = replace(ONE, until=OCTOBER)
REQUEST = "7" * 40
SECOND = "8" * 40


def with_keys(*keys: PublicKey, programme: Programme | None = None) -> Programme:
    """Rules with these issuer keys."""
    base = programme or a_programme()
    return replace(base, issuer=replace(base.issuer, keys=keys))


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ((), (ONE,), ()),
        ((ONE,), (ONE,), ()),
        ((ONE,), (ONE, TWO), ()),
        ((ONE, TWO), (TWO, ONE), ()),
        ((ONE,), (ENDED, TWO), ()),
        ((ENDED,), (ENDED,), ()),
        ((ONE,), (), (ONE,)),
        ((ONE, TWO), (TWO,), (ONE,)),
        ((ONE, TWO), (), (ONE, TWO)),
        ((ONE,), (replace(ONE, multibase="z6MkOther"),), (ONE,)),
        ((ONE,), (replace(ONE, id="key-9"),), (ONE,)),
        ((ONE,), (replace(ONE, since=OCTOBER),), (ONE,)),
        ((ENDED,), (ONE,), (ENDED,)),
        ((ENDED,), (replace(ONE, until=NOVEMBER),), (ENDED,)),
    ],
)
def test_an_issuer_key_is_lost(
    before: tuple[PublicKey, ...], after: tuple[PublicKey, ...], lost: tuple[PublicKey, ...]
) -> None:
    found = lost_issuer_keys(with_keys(*before), with_keys(*after))
    assert found == tuple(k.multibase for k in lost)


A = SigningKey(public="ssh-ed25519 a", since=SEPTEMBER)
B = SigningKey(public="ssh-ed25519 b", since=OCTOBER)
OUT = replace(A, retired=OCTOBER)


@pytest.mark.parametrize(
    ("before", "after", "lost", "new"),
    [
        ((A,), (A,), (), ()),
        ((A,), (A, B), (), (B,)),
        ((A, B), (B, A), (), ()),
        ((A,), (OUT, B), (), (B,)),
        ((OUT,), (OUT,), (), ()),
        ((A,), (), (A,), ()),
        ((A,), (B,), (A,), (B,)),
        ((A, B), (), (A, B), ()),
        ((A,), (replace(A, since=OCTOBER),), (A,), ()),
        ((OUT,), (A,), (OUT,), ()),
        ((OUT,), (replace(A, retired=NOVEMBER),), (OUT,), ()),
        ((), (A, B), (), (A, B)),
    ],
)
def test_a_persons_key_is_lost_or_new(
    before: tuple[SigningKey, ...],
    after: tuple[SigningKey, ...],
    lost: tuple[SigningKey, ...],
    new: tuple[SigningKey, ...],
) -> None:
    old, now = a_person("ana", keys=before), a_person("ana", keys=after)
    assert lost_signing_keys(old, now) == tuple(k.public for k in lost)
    assert new_signing_keys(old, now) == tuple(k.public for k in new)
    assert new_signing_keys(None, now) == tuple(k.public for k in after)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"roles": a_programme(maintainers=(BEN,)).roles}, True),
        ({"site": Site(url="https://elsewhere.example.org")}, True),
        ({"assessment": Policy(experts=2)}, False),
        ({"attempts": Attempts(coach_after=4)}, False),
        ({"signatures": "recorded"}, False),
        ({"issuer": with_keys(ONE).issuer}, False),
        ({"evidence_types": ("audio",)}, False),
    ],
)
def test_a_roll_back_is_of_the_policy_and_not_of_roles(changed: dict[str, object], same: bool) -> None:
    rules = a_programme()
    assert (policy_of(replace(rules, **changed)) == policy_of(rules)) is same


@pytest.mark.parametrize(
    ("person", "may"), [(ROSA, True), (BEN, True), (CLEO, True), (MEI, False), (ANA, False)]
)
def test_maintainers_and_issuers_vouch(person: PersonId, may: bool) -> None:
    assert may_vouch(a_programme(maintainers=(ROSA, BEN), issuers=(ROSA, CLEO)), person) is may


def ruled(**stored: object) -> tuple[Shelf, Books]:
    """Books of a school with a strict and a mild day behind it."""
    strict = with_keys(ONE, programme=a_programme(Policy(experts=2)))
    mild = with_keys(ONE)
    shelf, books = books_of(mild=mild, strict=strict, **stored)
    for new, old in (("mild", None), ("strict", "mild")):
        books.enter(a_move(rules_touch(new, old), before=None), frozenset(), frozenset())
    return shelf, books


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """Code and words of each."""
    return [(f.code, f.what) for f in findings]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (None, [("rules-unreadable", "the program's rules cannot be read")]),
        ("mild", [("rules-rolled-back", "these are exactly the rules of an earlier day")]),
        ("strict", []),
        (with_keys(ONE, TWO), []),
        (with_keys(ENDED, TWO), []),
        (
            with_keys(TWO),
            [
                (
                    "issuer-key-lost",
                    "the issuer's key z6MkOneOneOneOne… is gone or altered, but old badges depend on it",
                )
            ],
        ),
        (
            with_keys(ONE, programme=a_programme(maintainers=())),
            [("no-maintainer", "no one may change the rules anymore")],
        ),
    ],
)
def test_rules_that_come_in(rules: Programme | str | None, expected: list[tuple[str, str]]) -> None:
    shelf, books = ruled()
    name = rules if isinstance(rules, str) else "new"
    if isinstance(rules, Programme):
        shelf.stored["new"] = rules
    found = list(check_rules(a_move(), rules_touch(name, "strict"), books))
    assert told(found) == expected
    assert {(f.commit, f.path) for f in found} <= {(STEP, "mcred.yaml")}


def test_rules_taken_away_are_not_the_matter_here() -> None:
    _, books = ruled()
    assert list(check_rules(a_move(), rules_touch(None, "strict"), books)) == []


def staffed(**stored: object) -> tuple[Shelf, Books]:
    """Books with Rosa and Ben, who may vouch, Ana, and Mei, who may not."""
    people = {p: a_person(p) for p in ("ana", "ben", "mei", "rosa", "cleo")}
    shelf, books = books_of(rules=a_programme(issuers=(ROSA, BEN, CLEO)), **people, **stored)
    profiles = (profile_touch(PersonId(p), p) for p in people)
    books.enter(a_move(rules_touch("rules"), *profiles, before=None, commit=MAIN), frozenset(), frozenset())
    return shelf, books


NEW = SigningKey(public="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5newkeyofana", since=OCTOBER)
MORE = a_person("ana", keys=(*a_person("ana").keys, NEW))
NOT_VOUCHED = (
    "key-not-vouched",
    "nothing vouches for a new key of ana: no old key of theirs, and no second person",
)


@pytest.mark.parametrize(
    ("signed_by", "requests", "vouched"),
    [
        # Ana herself, on the line or in the request that is brought in.
        (ANA, {}, True),
        (ROSA, {REQUEST: "ssh-ed25519 ana"}, True),
        (None, {REQUEST: "ssh-ed25519 ana"}, True),
        # Two others who may vouch; a maintainer's own step is one voice, an issuer's is none.
        (ROSA, {REQUEST: "ssh-ed25519 ben"}, True),
        (BEN, {REQUEST: "ssh-ed25519 ben", SECOND: "ssh-ed25519 cleo"}, True),
        (ROSA, {}, False),
        (BEN, {REQUEST: "ssh-ed25519 cleo"}, False),
        (ROSA, {REQUEST: "ssh-ed25519 rosa"}, False),
        (None, {REQUEST: "ssh-ed25519 ben", SECOND: "ssh-ed25519 ben"}, False),
        # An expert's word does not count, nor does a key no one has, nor the new key itself.
        (ROSA, {REQUEST: "ssh-ed25519 mei"}, False),
        (ROSA, {REQUEST: "ssh-ed25519 eve"}, False),
        (ROSA, {REQUEST: NEW.public}, False),
        (ROSA, {REQUEST: ""}, False),
    ],
)
def test_a_new_key_is_vouched_for(
    signed_by: PersonId | None, requests: dict[str, str], vouched: bool
) -> None:
    shelf, books = staffed(more=MORE)
    touch = profile_touch(ANA, "more", "ana")
    word = Word(person=ANA, keys=(fingerprint(NEW.public),))
    for commit, key in requests.items():
        shelf.trees[commit, touch.path] = BlobId("more")
        shelf.words[commit] = word
        if key:
            shelf.signers[commit] = key
    move = a_move(touch, parents=tuple(requests))
    shelf.words[move.commit] = word
    assert told(list(check_profile(move, touch, books, signed_by))) == ([] if vouched else [NOT_VOUCHED])


@pytest.mark.parametrize(
    "word",
    [
        None,
        Word(person=BEN, keys=(fingerprint(NEW.public),)),
        Word(person=ANA, keys=(fingerprint("ssh-ed25519 AAAA"),)),
        Word(person=ANA, keys=()),
    ],
    ids=["no word", "of another person", "of another key", "of no key"],
)
@pytest.mark.parametrize("whose", [REQUEST, a_move().commit])
def test_whoever_does_not_name_person_and_key_vouches_for_nothing(word: Word | None, whose: str) -> None:
    shelf, books = staffed(more=MORE)
    touch = profile_touch(ANA, "more", "ana")
    move = a_move(touch, parents=(REQUEST,))
    shelf.trees[REQUEST, touch.path] = BlobId("more")
    shelf.signers[REQUEST] = "ssh-ed25519 ben"
    right = Word(person=ANA, keys=(fingerprint(NEW.public),))
    shelf.words = {REQUEST: right, move.commit: right}
    assert list(check_profile(move, touch, books, ROSA)) == []
    shelf.words.pop(whose)
    if word is not None:
        shelf.words[whose] = word
    assert told(list(check_profile(move, touch, books, ROSA))) == [NOT_VOUCHED]


def test_a_request_that_says_something_else_vouches_for_nothing() -> None:
    shelf, books = staffed(more=MORE)
    touch = profile_touch(ANA, "more", "ana")
    shelf.trees[REQUEST, touch.path] = BlobId("ana")
    shelf.signers[REQUEST] = "ssh-ed25519 ana"
    found = list(check_profile(a_move(touch, parents=(REQUEST,)), touch, books, ROSA))
    assert told(found) == [NOT_VOUCHED]
    assert (found[0].person, found[0].path) == (ANA, touch.path)


def test_the_line_before_a_step_vouches_for_nothing() -> None:
    shelf, books = staffed(more=MORE)
    touch = profile_touch(ANA, "more", "ana")
    move = a_move(touch)
    shelf.trees[move.parents[0], touch.path] = BlobId("more")
    shelf.signers[move.parents[0]] = "ssh-ed25519 ana"
    assert told(list(check_profile(move, touch, books, ROSA))) == [NOT_VOUCHED]


def test_a_retired_key_vouches_for_nothing() -> None:
    shelf, books = staffed(more=MORE)
    old = a_person("ben")
    shelf.stored["retired"] = replace(old, keys=(replace(old.keys[0], retired=OCTOBER),))
    books.enter(a_move(profile_touch(BEN, "retired", "ben")), frozenset(), frozenset())
    touch = profile_touch(ANA, "more", "ana")
    shelf.trees[REQUEST, touch.path] = BlobId("more")
    shelf.signers[REQUEST] = "ssh-ed25519 ben"
    assert told(list(check_profile(a_move(touch, parents=(REQUEST,)), touch, books, ROSA))) == [NOT_VOUCHED]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("ana", []),
        (replace(a_person("ana"), school="Another"), []),
        (a_person("ben"), [("profile-unreadable", "it cannot be read")]),
        ("torn", [("profile-unreadable", "it cannot be read")]),
        (None, [("profile-removed", "it is gone")]),
        (
            a_person("ana", keys=()),
            [
                (
                    "key-lost",
                    "a key of ana is gone or altered, but old work was signed with it (ana)",
                )
            ],
        ),
        (
            a_person("ana", keys=(*a_person("ana").keys, *a_person("mei").keys)),
            [("key-shared", "this key is mei's (mei); a key belongs to one person")],
        ),
        (
            a_person("ana", keys=(NEW,)),
            [("key-lost", "a key of ana is gone or altered, but old work was signed with it (ana)")],
        ),
    ],
)
def test_a_profile_that_changes(after: Person | str | None, expected: list[tuple[str, str]]) -> None:
    shelf, books = staffed()
    name = "new" if isinstance(after, Person) else after
    if isinstance(after, Person):
        shelf.stored["new"] = after
    touch = profile_touch(ANA, name, "ana")
    found = list(check_profile(a_move(touch), touch, books, ANA))
    assert told(found) == expected
    assert {(f.path, f.person) for f in found} <= {("portfolios/ana/profile.yaml", ANA)}


def test_a_long_key_is_named_by_its_end() -> None:
    _, books = staffed(more=MORE)
    books.enter(a_move(profile_touch(ANA, "more", "ana"), signer="ssh-ed25519 ana"), frozenset(), frozenset())
    touch = profile_touch(ANA, "ana", "more")
    (found,) = check_profile(a_move(touch), touch, books, ANA)
    assert found.what.endswith("(5newkeyofana)")


@pytest.mark.parametrize(
    ("signers", "asked"),
    [
        ({}, True),
        ({REQUEST: "ssh-ed25519 dev"}, True),
        ({REQUEST: "ssh-ed25519 ana", SECOND: "ssh-ed25519 dev"}, True),
        ({REQUEST: "ssh-ed25519 ana"}, False),
        ({REQUEST: ""}, False),
    ],
)
def test_who_joins_by_a_request_signed_it_with_their_key(signers: dict[str, str], asked: bool) -> None:
    shelf, books = staffed(dev=a_person("dev"))
    touch = profile_touch(DEV, "dev")
    for commit, key in signers.items():
        shelf.trees[commit, touch.path] = BlobId("dev")
        if key:
            shelf.signers[commit] = key
    found = list(check_profile(a_move(touch, parents=tuple(signers)), touch, books, ROSA))
    what = "the request that came with it is not signed with a key of dev's"
    assert told(found) == ([] if asked else [("key-not-vouched", what)])


def test_a_parent_that_has_no_such_profile_is_no_request() -> None:
    shelf, books = staffed(dev=a_person("dev"))
    touch = profile_touch(DEV, "dev")
    shelf.signers[REQUEST] = "ssh-ed25519 ana"
    assert list(check_profile(a_move(touch, parents=(REQUEST,)), touch, books, ROSA)) == []


def test_a_newcomer_does_not_bring_someones_key() -> None:
    _, books = staffed(dev=a_person("dev", keys=a_person("mei").keys))
    touch = profile_touch(DEV, "dev")
    (found,) = check_profile(a_move(touch), touch, books, ROSA)
    assert (found.code, found.person) == ("key-shared", DEV)


TAKEN = "it is in use and was removed"
OTHER_TEXT = "version 1.2.0 is in use and now says something else"


@pytest.mark.parametrize(
    ("used", "new", "version", "expected"),
    [
        (False, "new", "1.2.0", []),
        (False, "new", "1.1.0", []),
        (False, None, "", []),
        (False, "torn", "", [("definition-unreadable", "it cannot be read")]),
        (True, "new", "1.3.0", []),
        (True, "new", "1.10.0", []),
        (True, "old", "1.2.0", []),
        (True, None, "", [("definition-changed", TAKEN)]),
        (True, "torn", "", [("definition-unreadable", "it cannot be read")]),
        (True, "new", "1.2.0", [("definition-changed", OTHER_TEXT)]),
        (True, "new", "1.1.9", [("definition-rolled-back", "version 1.1.9 comes after version 1.2.0")]),
    ],
)
def test_a_definition_that_changes(
    used: bool, new: str | None, version: str, expected: list[tuple[str, str]]
) -> None:
    shelf, books = staffed(old=a_credential())
    books.enter(a_move(definition_touch("old")), frozenset(), frozenset())
    if used:
        reference = replace(a_decision().definition, blob=BlobId("old"))
        shelf.stored["decided"] = a_decision(definition=reference)
        books.enter(a_move(own_touch("decision", "decided")), frozenset(), frozenset())
    if new == "new":
        shelf.stored["new"] = a_credential(version=Version(version))
    touch = definition_touch(new, "old")
    found = list(check_definition_change(a_move(touch, commit="6" * 40), touch, books))
    assert told(found) == expected
    assert {(f.commit, f.path) for f in found} <= {(CommitId("6" * 40), touch.path)}
    assert list(check_definition_change(a_move(), replace(touch, credential=None), books)) == []
    assert books.last_attempt(ANAS) == (1 if used else 0)
