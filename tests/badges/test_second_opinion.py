"""Other people's verifiers take our badges and refuse each tampered copy.

`@digitalbazaar/vc` with its suites (`make verifiers` installs it), `openbadgeslib`'s own verifier, and the
JSON Schema of Open Badges. The first two read this computer's clock, so badge and list here are of the past
and have no end.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from mcred.badges.keys import did_document, expand_did_key, issuer_did, method_id, publish_key
from mcred.badges.open_badge import AwardFacts, Replaced, StatusPlace, describe_award
from mcred.badges.status_places import open_ledger
from mcred.badges.verify import verify
from mcred.domain.ids import CreditHours
from tests.badges import others
from tests.badges.hostile import HARMLESS, poisoned_facts
from tests.badges.issuing import (
    DID,
    EARLY,
    KEY,
    LIST,
    METHOD,
    OTHER,
    PUBLIC,
    a_badge,
    a_context,
    a_did_document,
    a_list,
    a_stack_badge,
    an_issuing,
    the_facts,
    the_stack,
    with_one_proof,
    write,
)
from tests.badges.tamper import changed, leaves, one_leaf_each, tampered
from tests.school import NOON, a_credential, a_decision, a_person, a_stack

SCHEMA = Path("shared/data/ob3/ob3-achievementcredential.derived.schema.json")
PAST = the_facts(definition=a_credential(), decision=a_decision(decided=EARLY))


def worth(credits: str) -> AwardFacts:
    """The same award of a micro-credential that is worth credit hours."""
    return replace(PAST, definition=a_credential(credits=CreditHours(Decimal(credits))))


def ask(
    cases: Mapping[str, Any], listed: Any = None, did: Any = None, name: str = DID, at: str = LIST
) -> dict[str, dict[str, Any]]:
    """What @digitalbazaar/vc says of each case; `name` and `at`: whose DID document and list are given."""
    by_itself = issuer_did("", KEY.multibase)
    documents = {name: did or a_did_document(), at: listed or a_list(1, 2, 3)}
    return others.ask(cases, {**documents, by_itself: expand_did_key(by_itself)})


@lru_cache(maxsize=1)
def good_badges() -> dict[str, dict[str, Any]]:
    """Badges of every kind that is issued."""
    by_itself = issuer_did("", KEY.multibase)
    (part,) = the_stack().contained
    old = Replaced(id="https://old.example/badge.json", document=b"{}")
    return {
        "whole": a_badge(PAST),
        **{f"{text} credits": a_badge(worth(text)) for text in ("0.01", "1.5", "33.33", "2")},
        "with one proof, as before": with_one_proof(a_badge(PAST)),
        "private": a_badge(replace(PAST, earner=a_person("ana", publish="private"))),
        "stack with credits": a_stack_badge(
            replace(
                the_stack(),
                stack=a_stack(credits=CreditHours(Decimal("4.5"))),
                awarded=EARLY,
                contained=(replace(part, ends=None),),
            )
        ),
        "stack": a_stack_badge(replace(the_stack(), awarded=EARLY, contained=(replace(part, ends=None),))),
        "short": a_badge(
            replace(PAST, earner=a_person("ana")), an_issuing(status=None, image="", decision=None)
        ),
        "issued again": a_badge(replace(PAST, number=2, replaces=old)),
        "renewed": a_badge(replace(PAST, number=3, replaces=old, begins=EARLY + timedelta(days=90))),
        "by itself": a_badge(PAST, an_issuing(did=by_itself, method=method_id(by_itself, KEY), status=None)),
        **{f"text {n}": a_badge(poisoned_facts(PAST, text)) for n, text in enumerate(HARMLESS)},
    }


@pytest.mark.slow
@pytest.mark.verifiers
def test_others_take_our_badges() -> None:
    answers = ask(good_badges())
    assert {name: a["why"] for name, a in answers.items() if not a["verified"]} == {}
    assert answers["whole"]["status"] == [False]


def changed_copies() -> dict[str, dict[str, Any]]:
    """A badge with two proofs and one from before, changed in every way. Both readers leave out the second
    proof, which is of a kind they do not know, so a change in that is none to them."""
    badge, found = a_badge(PAST), dict[str, dict[str, Any]]()
    for form, whole in (("two proofs", badge), ("one proof", with_one_proof(badge))):
        cases = {**one_leaf_each(whole), **tampered(whole)}
        found |= {f"{form}: {n}": case for n, case in cases.items() if not n.startswith("proof.1.")}
    return found


@pytest.mark.slow
@pytest.mark.verifiers
def test_others_refuse_each_tampered_copy() -> None:
    answers = ask(changed_copies())
    assert [name for name, a in answers.items() if a["verified"]] == []
    assert len(answers) > 200


@pytest.mark.slow
@pytest.mark.verifiers
def test_others_see_a_revoked_badge_and_refuse_a_list_that_is_not_ours() -> None:
    case = {"badge": a_badge(PAST)}
    assert ask(case, a_list(4711))["badge"]["status"] == [True]
    changed = a_list(1)
    changed["credentialSubject"]["encodedList"] = a_list()["credentialSubject"]["encodedList"]
    assert not ask(case, changed)["badge"]["verified"]
    stranger = a_did_document()
    stranger["verificationMethod"][0]["publicKeyMultibase"] = OTHER.multibase
    assert not ask(case, did=stranger)["badge"]["verified"]


@pytest.mark.slow
@pytest.mark.verifiers
def test_others_follow_a_renewed_badge_over_a_change_of_keys() -> None:
    """The old badge is by the old key, the new one and the list are by the new key of the same issuer."""
    old = a_badge(PAST)
    facts = replace(
        PAST,
        number=2,
        begins=EARLY + timedelta(days=90),
        replaces=Replaced(id=old["id"], document=write(old)),
    )
    method = method_id(DID, OTHER)
    new = a_badge(facts, an_issuing(method=method, status=StatusPlace(list=LIST, index=4712)), OTHER)
    ledger = open_ledger({1: write(a_list())}, [write(old), write(new)], [method])
    ledger.revoke(StatusPlace(list=LIST, index=4711))
    written, lost = ledger.sign(OTHER, OTHER.multibase, EARLY)
    did = did_document(DID, [replace(PUBLIC, until=EARLY.date()), publish_key(OTHER, EARLY.date())])
    answers = ask({"old": old, "new": new}, json.loads(written[1]), did)
    assert lost == ()
    assert (answers["new"]["why"], answers["new"]["verified"], answers["new"]["status"]) == (
        "",
        True,
        [False],
    )
    assert answers["old"]["status"] == [True]


ALONE = issuer_did("", KEY.multibase)
IN_USE = {"since": EARLY.date().isoformat(), "until": None}
KEYS: Mapping[str, Any] = {
    "issuers": {DID: {METHOD: KEY.multibase}, ALONE: {method_id(ALONE, KEY): KEY.multibase}},
    "periods": {KEY.multibase: IN_USE},
}


@pytest.mark.slow
@pytest.mark.verifiers
def test_the_script_of_the_pages_takes_our_badges_and_says_what_else_a_file_is() -> None:
    badge = a_badge(PAST)
    first, second = badge["proof"]
    texts = {name: json.dumps(one, ensure_ascii=False, indent=1) for name, one in good_badges().items()}
    said = others.ask_page(texts, KEYS)
    assert said.pop("with one proof, as before") == "older"
    assert set(said.values()) == {"good"}
    text = json.dumps(badge)
    odd = {
        "the second alone": (json.dumps({**badge, "proof": second}), "good"),
        "the second twice": (json.dumps({**badge, "proof": [second, second]}), "good"),
        "no proof": (json.dumps({**badge, "proof": []}), "unsigned"),
        "another issuer": (json.dumps(badge | {"issuer": {"id": "did:web:x.example"}}), "foreign"),
        "a name twice": (text.replace('"name"', '"name": "X", "name"', 1), "unreadable"),
        "a name twice, escaped": (text.replace('"name"', '"n\\u0061me": "X", "name"', 1), "unreadable"),
        "half of a character": (text.replace("Wait", "\\ud800", 1), "unreadable"),
        "a list": (f"[{text}]", "unreadable"),
        "more after it": (f"{text}{{}}", "unreadable"),
        "too large": (text + " " * 300_000, "unreadable"),
        "an issuer like a member of objects": (
            json.dumps(badge | {"issuer": {"id": "constructor"}}),
            "foreign",
        ),
        "a key like a member of objects": (
            json.dumps({**badge, "proof": [{**second, "verificationMethod": "constructor"}]}),
            "bad",
        ),
        "an issuer that is no text": (json.dumps(badge | {"issuer": {"id": {"toString": None}}}), "foreign"),
        "an issuer in a list": (json.dumps(badge | {"issuer": [DID]}), "foreign"),
        "a key that is no text": (
            json.dumps({**badge, "proof": [{**second, "verificationMethod": {"toString": None}}]}),
            "bad",
        ),
        "a good one and a bad one": (
            json.dumps({**badge, "proof": [second, {**second, "created": first["created"][:-1] + "z"}]}),
            "bad",
        ),
    }
    found = others.ask_page({name: text for name, (text, _) in odd.items()}, KEYS)
    assert found == {name: word for name, (_, word) in odd.items()}


@pytest.mark.slow
@pytest.mark.verifiers
def test_the_script_of_the_pages_holds_a_key_to_its_days_as_we_do() -> None:
    badge, day = a_badge(), NOON.date()
    periods = {
        "in use": (day - timedelta(days=9), None, "good"),
        "its first and last day": (day, day, "good"),
        "ended the day before": (day - timedelta(days=9), day - timedelta(days=1), "idle"),
        "begun the day after": (day + timedelta(days=1), None, "idle"),
    }
    changed = {**badge, "name": "Another"}
    for name, (since, until, word) in periods.items():
        file = {"since": since.isoformat(), "until": until.isoformat() if until else None}
        keys = {**KEYS, "periods": {KEY.multibase: file}}
        said = others.ask_page({"whole": json.dumps(badge), "changed": json.dumps(changed)}, keys)
        assert said == {"whole": word, "changed": "bad"}, name
        key = replace(PUBLIC, since=since, until=until)
        state = verify(write(badge), a_context(now=NOON, keys={DID: (key,)})).state
        assert (state == "key not in use") == (word == "idle"), name


@pytest.mark.slow
@pytest.mark.verifiers
def test_the_script_of_the_pages_refuses_each_tampered_copy() -> None:
    badge = a_badge(PAST)
    content = {name: value for name, value in badge.items() if name != "proof"}
    copies = {
        **{
            f"{'.'.join(map(str, path))} {n}": changed(badge, path, value)
            for path, old in leaves(content)
            for n, value in enumerate((f"{old}x", ..., None))
        },
        **{n: c for n, c in one_leaf_each(badge).items() if not n.startswith("proof.0.")},
        **tampered(badge),
    }
    # It says what the badge's own second proof holds for; the first may be as it likes.
    del copies["an undefined member of the proof"]
    said = others.ask_page({name: json.dumps(copy) for name, copy in copies.items()}, KEYS)
    assert len(said) > 200
    assert {
        n: w for n, w in said.items() if w not in ("bad", "foreign", "unreadable", "unsigned", "older")
    } == {}


def library_takes(badge: dict[str, Any]) -> bool:
    """What `openbadgeslib`'s verifier says; the same library signs, but this is another half of it."""
    from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError

    pages = {"https://badges.example.org/team/did.json": a_did_document(), LIST: a_list(1, 2, 3)}
    try:
        # It knows lists secured as a JWT only, so the list's own proof is left to the other verifiers.
        OB3LdpVerifier().verify(
            write(badge), check_status=True, verify_status_list=False, download=lambda url: write(pages[url])
        )
    except OB3VerificationError:
        return False
    return True


@pytest.mark.slow
def test_the_library_takes_our_badges() -> None:
    assert [name for name, badge in good_badges().items() if not library_takes(badge)] == []


@pytest.mark.slow
def test_the_library_refuses_each_tampered_copy() -> None:
    assert [name for name, case in changed_copies().items() if library_takes(case)] == []


def schema() -> dict[str, Any]:
    """The JSON Schema of Open Badges, kept beside the project and not in it."""
    for folder in Path(__file__).resolve().parents:
        if (folder / SCHEMA).is_file():
            found: dict[str, Any] = json.loads((folder / SCHEMA).read_text("utf-8"))
            return found
    pytest.skip(f"the JSON Schema of Open Badges is not beside the project ({SCHEMA})")


@pytest.mark.slow
def test_our_badges_are_as_the_json_schema_has_them() -> None:
    checker = jsonschema.Draft201909Validator(schema(), format_checker=jsonschema.FormatChecker())
    for name, badge in good_badges().items():
        assert [f"{e.json_path}: {e.message}" for e in checker.iter_errors(badge)] == [], name
    assert not list(checker.iter_errors(describe_award(the_facts())))
    broken = copy.deepcopy(a_badge())
    del broken["credentialSubject"]["achievement"]["criteria"]
    assert list(checker.iter_errors(broken))


@pytest.mark.slow
def test_we_take_what_we_gave_to_others() -> None:
    reader = a_context(listed=a_list(1), trusted=frozenset({KEY.multibase}))
    for name, badge in good_badges().items():
        assert verify(write(badge), reader).answer == "valid", name
    assert METHOD.startswith(DID)
