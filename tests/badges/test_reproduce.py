"""A badge held against the facts it was made from: every value that says something else is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.badges.keys import IssuerKey, publish_key
from mcred.badges.open_badge import WORDING, AwardFacts, Replaced, StatusPlace, make_award
from mcred.badges.proof import sign
from mcred.badges.reproduce import compare, find_differences, find_stack_differences
from mcred.badges.stack_badge import StackFacts, make_stack_badge
from mcred.domain.credential import Validity
from mcred.domain.ids import BlobId, CommitId, CreditHours, Slug, Version
from mcred.domain.issuer_key import PublicKey
from mcred.domain.people import Person
from mcred.domain.programme import Programme, Site
from tests.badges.issuing import (
    KEY,
    LIST,
    METHOD,
    OTHER,
    PUBLIC,
    SITE,
    a_badge,
    a_stack_badge,
    an_issuing,
    the_facts,
    the_stack,
    with_one_proof,
    write,
)
from tests.badges.tamper import Path, changed, leaves
from tests.school import (
    BEN,
    CLEO,
    EMAIL_SALT,
    NOON,
    a_decision,
    a_person,
    a_programme,
    a_stack,
    a_work,
    an_email,
    commit_work,
)

DECISION = BlobId("f" * 40)
OTHER_BLOB = BlobId("9" * 40)
SAID = "it differs from the record at "
SUBJECT = "/credentialSubject"
EARNER = f"{SUBJECT}/identifier"
ACHIEVEMENT = f"{SUBJECT}/achievement"


def signing(**changes: Any) -> Programme:
    """Rosa's programme with a site and a key in use."""
    programme = a_programme()
    issuer = replace(programme.issuer, **{"keys": (PUBLIC,), **changes})
    return replace(programme, issuer=issuer, site=Site(url=SITE))


def ana(**changes: Any) -> Person:
    return replace(a_person("ana", email=an_email()), **changes)


FACTS = the_facts(programme=signing(), decision=a_decision(badge=WORDING), earner=ana())
BADGE = with_one_proof(a_badge(FACTS))
PLAIN = the_facts(decision=a_decision(badge=WORDING))
PLAIN_BADGE: dict[str, Any] = json.loads(make_award(PLAIN))
STACK = replace(the_stack(), programme=signing())
STACK_ISSUING = an_issuing(decision=None)
STACK_BADGE = with_one_proof(a_stack_badge(STACK, STACK_ISSUING))
PLAIN_STACK = the_stack()
PLAIN_STACK_BADGE: dict[str, Any] = json.loads(make_stack_badge(PLAIN_STACK))


def yes(document: Mapping[str, Any], multibase: str) -> bool:
    """Every proof holds: what is left are the texts."""
    return True


def places(differences: tuple[str, ...]) -> list[str]:
    """The pointers of the differences, each of which is one of texts."""
    assert all(d.startswith(SAID) for d in differences), differences
    return [d.removeprefix(SAID) for d in differences]


def differ(document: Any, facts: AwardFacts = FACTS, decision: BlobId = DECISION) -> list[str]:
    """Where a badge's texts are not those of the facts, whatever its proof."""
    return places(find_differences(write(document), facts, decision, yes))


def pointer(path: Path) -> str:
    return "".join(f"/{step}" for step in path)


def other(value: Any) -> Any:
    return value + "x" if isinstance(value, str) else not value


def texts(document: dict[str, Any]) -> list[Path]:
    """The way to every value outside the proof."""
    return [path for path, _ in leaves(document) if path[0] != "proof"]


def value_at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def with_other(document: dict[str, Any], path: Path) -> dict[str, Any]:
    return changed(document, path, other(value_at(document, path)))


DRAWN = {
    f"{EARNER}/1/salt": [f"{EARNER}/1/identityHash"],
    f"{EARNER}/1/identityType": [f"{EARNER}/1/{n}" for n in ("identityHash", "identityType", "salt")],
    f"{ACHIEVEMENT}/image/id": [],
    "/credentialStatus/statusListIndex": ["/credentialStatus"],
    "/credentialStatus/statusListCredential": ["/credentialStatus/id"],
}
"""What the issuer drew or chose is taken over, so that what hangs on it differs instead."""


def test_a_badge_is_what_its_facts_give() -> None:
    assert find_differences(write(BADGE), FACTS, DECISION) == ()
    assert find_differences(make_award(PLAIN), PLAIN, DECISION) == ()
    assert find_stack_differences(write(STACK_BADGE), STACK) == ()
    assert find_stack_differences(make_stack_badge(PLAIN_STACK), PLAIN_STACK) == ()


@pytest.mark.parametrize("path", texts(BADGE), ids=pointer)
def test_every_value_of_a_signed_badge_is_held_against_the_record(path: Path) -> None:
    at = pointer(path)
    assert differ(with_other(BADGE, path)) == DRAWN.get(at, [at])


@pytest.mark.parametrize("path", texts(PLAIN_BADGE), ids=pointer)
def test_every_value_of_an_unsigned_badge_is_held_against_the_record(path: Path) -> None:
    assert differ(with_other(PLAIN_BADGE, path), PLAIN) == [pointer(path)]


@pytest.mark.parametrize("path", texts(PLAIN_STACK_BADGE), ids=pointer)
def test_every_value_of_an_unsigned_stack_is_held_against_the_record(path: Path) -> None:
    document = write(with_other(PLAIN_STACK_BADGE, path))
    assert places(find_stack_differences(document, PLAIN_STACK)) == [pointer(path)]


@pytest.mark.parametrize("path", texts(STACK_BADGE), ids=pointer)
def test_every_value_of_a_signed_stack_is_held_against_the_record(path: Path) -> None:
    at = pointer(path)
    *said, proof = find_stack_differences(write(with_other(STACK_BADGE, path)), STACK)
    assert places(tuple(said)) == DRAWN.get(at, [at])
    assert proof == "its signature is not valid"


@pytest.mark.parametrize("name", sorted(set(BADGE) - {"proof"}))
def test_a_member_that_is_missing_is_one_place(name: str) -> None:
    due = [] if name == "credentialStatus" else [f"/{name}"]
    assert differ(changed(BADGE, (name,), ...)) == due


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("honours",), "/honours"),
        (("validFrom2",), "/validFrom2"),
        (("credentialSubject", "honours"), f"{SUBJECT}/honours"),
        (("credentialSubject", "identifier", 0, "honours"), f"{EARNER}/0/honours"),
        (("credentialSubject", "achievement", "honours"), f"{ACHIEVEMENT}/honours"),
        (("credentialSubject", "achievement", "image", "alt"), f"{ACHIEVEMENT}/image/alt"),
        (("credentialSubject", "result", 2, "value"), f"{SUBJECT}/result/2/value"),
        (("evidence", 0, "audience"), "/evidence/0/audience"),
        (("issuer", "email"), "/issuer/email"),
        (("credentialStatus", "statusSize"), "/credentialStatus/statusSize"),
        (("relatedResource",), "/relatedResource"),
    ],
)
def test_a_member_more_is_one_place(path: Path, at: str) -> None:
    more: tuple[object, ...] = ("first class", None, [], {})
    for value in more:
        assert differ(changed(BADGE, path, value)) == [at]


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("@context",), "/@context"),
        (("type",), "/type"),
        (("evidence",), "/evidence"),
        (("credentialSchema",), "/credentialSchema"),
        (("credentialSubject", "result"), f"{SUBJECT}/result"),
        (("credentialSubject", "achievement", "tag"), f"{ACHIEVEMENT}/tag"),
        (("credentialSubject", "achievement", "alignment"), f"{ACHIEVEMENT}/alignment"),
        (("credentialSubject", "achievement", "resultDescription"), f"{ACHIEVEMENT}/resultDescription"),
    ],
)
def test_a_list_of_another_length_is_one_place(path: Path, at: str) -> None:
    entries = value_at(BADGE, path)
    for longer in (entries[1:], [*entries, entries[0]], [], entries * 2, entries[0], None):
        assert differ(changed(BADGE, path, longer)) == [at]


def test_a_list_in_another_order_differs_where_its_entries_do() -> None:
    results = BADGE["credentialSubject"]["result"]
    turned = changed(BADGE, ("credentialSubject", "result"), [results[1], results[0], results[2]])
    at = f"{SUBJECT}/result"
    assert differ(turned) == [
        f"{at}/0/achievedLevel",
        f"{at}/0/resultDescription",
        f"{at}/1/achievedLevel",
        f"{at}/1/resultDescription",
    ]


HASHES = [f"{EARNER}/{n}/identityHash" for n in (0, 1)]


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"salt": "00" * 16}, []),
        ({"status": StatusPlace(list=LIST, index=0)}, []),
        ({"status": StatusPlace(list="https://elsewhere.example/9.json", index=131_071)}, []),
        ({"status": None}, []),
        ({"image": ""}, []),
        ({"image": "https://elsewhere.example/badge.svg"}, []),
        ({"earner_did": "did:key:z6MkAna"}, [f"{SUBJECT}/id"]),
        ({"decision": OTHER_BLOB}, ["/evidence/5/id"]),
        ({"decision": None}, ["/evidence"]),
        ({"did": "did:web:elsewhere.example"}, ["/issuer/id"]),
    ],
)
def test_what_the_computer_added_is_taken_over_only_where_it_was_drawn(
    changes: dict[str, Any], due: list[str]
) -> None:
    assert differ(a_badge(FACTS, an_issuing(**changes))) == due


@settings(max_examples=8, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.integers(0, 131_071))
def test_any_salt_and_place_make_a_badge_of_the_same_facts(salt: bytes, index: int) -> None:
    drawn = an_issuing(salt=salt.hex(), status=StatusPlace(list=LIST, index=index))
    assert find_differences(write(a_badge(FACTS, drawn)), FACTS, DECISION) == ()


@pytest.mark.parametrize("value", ["04711", "-1", "+4711", "4711.0", "4_711", " 4711", "", 4711, None, []])
def test_a_place_that_is_no_plain_number_is_none(value: object) -> None:
    badge = changed(BADGE, ("credentialStatus", "statusListIndex"), value)
    assert differ(badge) == ["/credentialStatus"]


@pytest.mark.parametrize("salt", [7, None, ["5a"], True])
def test_a_salt_that_is_no_text_is_not_taken_over(salt: object) -> None:
    badge = changed(BADGE, ("credentialSubject", "identifier", 1, "salt"), salt)
    assert differ(badge) == [f"{EARNER}/1/identityHash", f"{EARNER}/1/salt"]


def the_definition(**changes: Any) -> AwardFacts:
    return replace(FACTS, definition=replace(FACTS.definition, **changes))


def the_decision(**changes: Any) -> AwardFacts:
    return replace(FACTS, decision=replace(FACTS.decision, **changes))


LATER = datetime(2027, 5, 1, 8, 30, tzinfo=UTC)
LEVELS = FACTS.decision.levels


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        (the_definition(title="Waiting"), [f"{ACHIEVEMENT}/image/caption", f"{ACHIEVEMENT}/name", "/name"]),
        (
            the_definition(competency="Waits."),
            [f"{ACHIEVEMENT}/criteria/narrative", f"{ACHIEVEMENT}/description"],
        ),
        (the_definition(key_method="None."), [f"{ACHIEVEMENT}/criteria/narrative"]),
        (the_definition(for_recognizers=""), [f"{ACHIEVEMENT}/criteria/narrative"]),
        (the_definition(topics=("Talk",)), [f"{ACHIEVEMENT}/tag/0"]),
        (the_definition(topics=("Questioning", "Talk")), [f"{ACHIEVEMENT}/tag"]),
        (the_definition(topics=("Questioning", "Questioning")), []),
        (the_definition(credits=CreditHours(Decimal("0.5"))), [f"{ACHIEVEMENT}/creditsAvailable"]),
        (the_definition(alignment=()), [f"{ACHIEVEMENT}/alignment"]),
        (the_definition(language="es"), [f"{ACHIEVEMENT}/inLanguage"]),
        (the_definition(version=Version("2.0.0")), [f"{ACHIEVEMENT}/version"]),
        (the_definition(validity=None), ["/validUntil"]),
        (the_definition(validity=Validity(months=12)), ["/validUntil"]),
        (the_decision(decided=LATER), ["/awardedDate", "/validFrom", "/validUntil"]),
        (
            the_decision(levels=(LEVELS[0], LEVELS[1], replace(LEVELS[2], level=Slug("proficient")))),
            [f"{SUBJECT}/result/2/achievedLevel"],
        ),
        (the_decision(levels=LEVELS[:2]), [f"{SUBJECT}/result"]),
        (the_decision(rule="peer"), [f"{SUBJECT}/narrative", f"{SUBJECT}/source/name"]),
        (
            the_decision(attempt=2),
            [f"{SUBJECT}/source/id", "/evidence/3/id", "/id"],
        ),
        (the_decision(feedback="Other words.", issuer=CLEO), []),
        (replace(FACTS, number=2), ["/evidence/3/id", "/id"]),
        (replace(FACTS, begins=LATER), ["/validFrom", "/validUntil"]),
        (replace(FACTS, replaces=Replaced(id="urn:x", document=b"{}")), ["/relatedResource"]),
        (replace(FACTS, submitted=CommitId("7" * 40)), [f"{SUBJECT}/source/id", "/evidence/4/id"]),
        (replace(FACTS, pieces=commit_work(a_work(evidence=()))[0]), ["/evidence"]),
        (replace(FACTS, pieces=FACTS.pieces[1:]), ["/evidence"]),
        (replace(FACTS, pieces=commit_work(a_work(), seed=1)[0]), [f"/evidence/{n}/id" for n in range(3)]),
        (replace(FACTS, earner=ana(name="Anna")), [f"{EARNER}/2/identityHash"]),
        (replace(FACTS, earner=ana(id=BEN)), [f"{EARNER}/1/identityHash"]),
        (replace(FACTS, earner=ana(email=an_email("ana@home.example", EMAIL_SALT))), [HASHES[0]]),
        (replace(FACTS, earner=ana(email=None)), [EARNER]),
        (replace(FACTS, earner=ana(publish="anonymous")), [EARNER]),
        (replace(FACTS, programme=signing(name="Elmo")), ["/issuer/name"]),
        (replace(FACTS, programme=signing(email="a@b.example")), ["/issuer/email"]),
        (replace(FACTS, programme=signing(description="A district.")), ["/issuer/description"]),
        (replace(FACTS, programme=signing(url="")), ["/issuer/url"]),
    ],
)
def test_every_fact_is_held_against_what_the_badge_says(facts: AwardFacts, due: list[str]) -> None:
    assert sorted(differ(BADGE, facts)) == sorted(due)


def test_an_earner_who_is_private_by_now_has_another_address_and_no_name() -> None:
    assert differ(BADGE, replace(FACTS, earner=ana(publish="private"))) == [EARNER, "/evidence", "/id"]


def test_another_decision_file_is_another_badge() -> None:
    assert differ(BADGE, decision=OTHER_BLOB) == ["/evidence/5/id"]


def signed_by(key: IssuerKey, method: str) -> dict[str, Any]:
    said = {name: value for name, value in BADGE.items() if name != "proof"}
    return sign(said, key, method, NOON)


@pytest.mark.parametrize(
    ("document", "due"),
    [
        (signed_by(KEY, METHOD), ()),
        (signed_by(OTHER, METHOD), ("its signature is not valid",)),
        (
            signed_by(OTHER, f"{METHOD.partition('#')[0]}#{OTHER.multibase}"),
            ("it is not signed with the key that was in use",),
        ),
        (signed_by(KEY, f"{METHOD}x"), ("it is not signed with the key that was in use",)),
        (changed(BADGE, ("proof", "created"), "2026-11-02T12:00:01Z"), ("its signature is not valid",)),
        (changed(BADGE, ("proof", "proofValue"), ...), ("its signature is not valid",)),
        (changed(BADGE, ("proof", "proofValue"), "z"), ("its signature is not valid",)),
        (
            changed(BADGE, ("proof", "verificationMethod"), ...),
            ("it is not signed with the key that was in use",),
        ),
        (changed(BADGE, ("name",), "X"), (f"{SAID}/name", "its signature is not valid")),
        *(
            (changed(BADGE, ("proof",), no_proof), ("it is not signed, and the program signs its badges",))
            for no_proof in (..., None, "z")
        ),
    ],
)
def test_its_proof_is_by_the_key_that_was_in_use(document: dict[str, Any], due: tuple[str, ...]) -> None:
    assert find_differences(write(document), FACTS, DECISION) == due


def test_a_caller_who_knows_whether_the_proof_holds_is_believed() -> None:
    asked: list[str] = []

    def no(document: Mapping[str, Any], multibase: str) -> bool:
        assert document == BADGE
        asked.append(multibase)
        return False

    assert find_differences(write(BADGE), FACTS, DECISION, no) == ("its signature is not valid",)
    assert asked == [KEY.multibase]
    foreign = changed(BADGE, ("proof", "verificationMethod"), "did:web:x#y")
    assert find_differences(write(foreign), FACTS, DECISION, no) == (
        "it is not signed with the key that was in use",
    )
    assert asked == [KEY.multibase]


def test_the_key_in_use_is_the_last_that_has_not_ended() -> None:
    ended = replace(PUBLIC, until=date(2026, 12, 31))
    after = publish_key(OTHER, date(2027, 1, 1))

    gone = replace(after, until=date(2027, 2, 1))

    def found(*keys: PublicKey) -> tuple[str, ...]:
        return find_differences(write(BADGE), replace(FACTS, programme=signing(keys=keys)), DECISION)

    for keys in ((PUBLIC,), (PUBLIC, gone), (gone, PUBLIC), (after, PUBLIC)):
        assert found(*keys) == ()
    for keys in ((ended, after), (PUBLIC, after)):
        assert found(*keys) == ("it is not signed with the key that was in use",)
    assert f"{SAID}/proof" in found(ended)


@pytest.mark.parametrize("number", [0, WORDING + 1, 99])
def test_the_wording_of_another_day_is_said_and_not_compared(number: int) -> None:
    facts = the_decision(badge=number)
    words = f"its wording has the number {number}, and {WORDING} is known here"
    assert find_differences(write(BADGE), facts, DECISION) == (words,)
    assert find_differences(write({}), facts, DECISION) == (words,)


def test_an_older_award_that_was_issued_again_has_the_wording_of_that_day() -> None:
    again = replace(the_decision(badge=0), number=2)
    assert find_differences(write(a_badge(again)), again, DECISION) == ()
    # It is held against the record as any other, and only the first badge is by the older wording.
    assert differ(BADGE, again) == ["/evidence/3/id", "/id"]
    assert find_differences(write(a_badge(again)), replace(again, number=1), DECISION) == (
        f"its wording has the number 0, and {WORDING} is known here",
    )


def test_an_award_from_a_day_to_come_is_not_known_even_issued_again() -> None:
    again = replace(the_decision(badge=WORDING + 1), number=2)
    assert find_differences(write(a_badge(again)), again, DECISION) == (
        f"its wording has the number {WORDING + 1}, and {WORDING} is known here",
    )


@pytest.mark.parametrize("path", texts(PLAIN_BADGE), ids=pointer)
def test_the_oldest_awards_may_differ_in_standing_texts_alone(path: Path) -> None:
    draft = replace(PLAIN, decision=a_decision(badge=0))
    free = path[-1] == "digestSRI" or path[-2:] == ("criteria", "narrative")
    assert differ(with_other(PLAIN_BADGE, path), draft) == ([] if free else [pointer(path)])


@pytest.mark.parametrize("name", ["@context", "credentialSchema"])
def test_the_oldest_awards_may_lack_a_standing_text(name: str) -> None:
    draft = replace(PLAIN, decision=a_decision(badge=0))
    without = changed(PLAIN_BADGE, (name,), ...)
    assert differ(without, draft) == []
    assert differ(changed(PLAIN_BADGE, (name,), []), draft) == []
    assert differ(without, PLAIN) == [f"/{name}"]


def test_an_award_from_before_the_key_has_no_proof() -> None:
    assert differ({**PLAIN_BADGE, "proof": BADGE["proof"]}, PLAIN) == ["/proof"]
    assert find_differences(write(PLAIN_BADGE), FACTS, DECISION) == (
        "it is not signed, and the program signs its badges",
    )


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'"x"', b"\xff", b"[" * 5000, b'{"a": 1, "a": 2}', b'{"a": NaN}']
)
def test_what_cannot_be_read_is_said_in_one_sentence(data: bytes) -> None:
    for facts in (FACTS, PLAIN):
        (why,) = find_differences(data, facts, DECISION)
        assert why and not why.startswith(SAID)
    for stack in (STACK, PLAIN_STACK):
        assert find_stack_differences(data, stack) == (why,)


@pytest.mark.parametrize(
    "path", sorted({path[:n] for path in texts(BADGE) for n in range(1, len(path))}, key=str)
)
def test_any_part_may_be_of_another_kind(path: Path) -> None:
    """Each object and list replaced by a number: one place, and never a crash."""
    assert differ(changed(BADGE, path, 7)) == [pointer(path)]


@pytest.mark.parametrize(
    ("stack", "due"),
    [
        (replace(STACK, awarded=LATER), ["/awardedDate", "/validFrom"]),
        (
            replace(STACK, stack=replace(STACK.stack, credits=CreditHours(Decimal(3)))),
            [f"{ACHIEVEMENT}/creditsAvailable"],
        ),
        (replace(STACK, number=2), ["/id"]),
        (replace(STACK, blob=OTHER_BLOB), [f"{ACHIEVEMENT}/id"]),
        (replace(STACK, titles={}), [f"{ACHIEVEMENT}/criteria/narrative"]),
        (replace(STACK, contained=()), [f"{SUBJECT}/narrative", "/evidence", "/validUntil"]),
        (
            replace(STACK, contained=(replace(STACK.contained[0], digest="1" * 64),)),
            ["/evidence/0/description", "/evidence/0/digestSRI"],
        ),
        (replace(STACK, contained=(replace(STACK.contained[0], ends=LATER),)), ["/validUntil"]),
        (replace(STACK, contained=(replace(STACK.contained[0], awarded=LATER),)), []),
        (
            replace(STACK, stack=a_stack(topics=("Questioning",), text="Talk.")),
            [f"{ACHIEVEMENT}/description"],
        ),
        (replace(STACK, earner=a_person("ana", publish="anonymous")), [EARNER]),
    ],
)
def test_every_fact_of_a_stack_is_held_against_its_badge(stack: StackFacts, due: list[str]) -> None:
    assert sorted(places(find_stack_differences(write(STACK_BADGE), stack))) == sorted(due)


def test_a_stack_is_signed_with_the_key_in_use_too() -> None:
    unsigned = changed(STACK_BADGE, ("proof",), ...)
    foreign = sign(unsigned, OTHER, METHOD, NOON)
    assert find_stack_differences(write(unsigned), STACK) == (
        "it is not signed, and the program signs its badges",
    )
    assert find_stack_differences(write(foreign), STACK) == ("its signature is not valid",)


@pytest.mark.parametrize(
    ("due", "said", "where"),
    [
        ({}, {}, []),
        ([], (), []),
        ([1, "x"], (1, "x"), []),
        ({"a": 1}, MappingProxyType({"a": 1}), []),
        (1, 1, []),
        (1, 1.0, ["/"]),
        (1, True, ["/"]),
        (0, False, ["/"]),
        (None, False, ["/"]),
        ("", None, ["/"]),
        ("ab", ["a", "b"], ["/"]),
        ("ab", "ab", []),
        ("ab", "ac", ["/"]),
        ([], {}, ["/"]),
        ([1], [1, 1], ["/"]),
        ([[1], [2]], [[1], [3]], ["/1/0"]),
        ([[1], [2]], [[1], []], ["/1"]),
        ({"a": None}, {}, ["/a"]),
        ({}, {"a": None}, ["/a"]),
        ({"b": 1, "a": 2}, {"a": 1, "b": 2}, ["/a", "/b"]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, ["/a/b/0/c"]),
        ({"a": {"x": 1}}, {"a": [1]}, ["/a"]),
    ],
)
def test_two_values_are_compared_place_by_place(due: object, said: object, where: list[str]) -> None:
    assert list(compare(due, said)) == where
    assert list(compare({"in": due}, {"in": said})) == [("/in" + w).rstrip("/") for w in where]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(JSON, JSON)
def test_two_values_differ_nowhere_exactly_when_their_json_is_the_same(one: object, two: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
    assert (list(compare(one, two)) == []) == same
    assert list(compare(one, two)) == list(compare(two, one))
    assert list(compare(one, one)) == []


def test_a_badge_keeps_the_spelling_its_issuer_had_once() -> None:
    """Issuers were named with a path encoded twice; those badges are still theirs."""
    facts = replace(FACTS, programme=replace(signing(), site=Site(url="https://badges.example.org/école")))
    now, once, other = (
        f"did:web:badges.example.org:{path}"
        for path in ("%C3%A9cole", "%25C3%25A9cole", "%2525C3%2525A9cole")
    )
    for did, differs in ((now, False), (once, False), (other, True)):
        issuing = an_issuing(did=did, method=f"{did}#{PUBLIC.id}")
        badge = write(a_badge(facts, issuing))
        assert bool(find_differences(badge, facts, DECISION)) == differs, did
