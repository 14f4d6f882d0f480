"""Endorsements: signed, verified, told apart from badges; by themselves and inside a badge."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace
from openbadgeslib.ob3 import resolve_did, verify_data_integrity_proof
from openvc.proof.di_jcs import EddsaJcsProofSuite
from openvc.proof.errors import SignatureInvalid

from mcred.badges.checks import CheckContext, NamedIssuer
from mcred.badges.endorsements.document import (
    EndorsementFacts,
    multikey_of,
    name_parts,
    read_claims,
    sign_endorsement,
)
from mcred.badges.keys import expand_did_key, issuer_did, method_id, publish_key
from mcred.badges.others.public_keys import read_multikey
from mcred.badges.proof_pair import sign_badge
from mcred.badges.verify import is_publishable, verify
from mcred.problems import McredError
from mcred.store.signatures import key_of_secret
from tests.badges import others
from tests.badges.elsewhere import credential, did_of, ed25519, with_jcs
from tests.badges.issuing import (
    DID,
    EARLY,
    KEY,
    METHOD,
    OTHER,
    a_badge,
    a_context,
    a_did_document,
    an_issuing,
    the_facts,
    write,
)
from tests.badges.tamper import changed, leaves, one_leaf_each
from tests.badges.test_second_opinion import schema
from tests.school import NOON

ABOUT = "https://badges.example.org/team/badges/ana/wait-time/1/badge.json"
THEM = issuer_did("", OTHER.multibase)
KNOWN: dict[str, Any] = {"known": (NamedIssuer(did=THEM, keys=frozenset({OTHER.multibase}), name="State"),)}


def an_endorsement(about: str = ABOUT, **more: Any) -> dict[str, Any]:
    """What another issuer, who is named by a key, says about something. `more`: members signed along."""
    facts = EndorsementFacts(
        id="urn:uuid:3f2a54f0-0000-4000-8000-0000000000ee",
        about=about,
        title="“Wait Time”",
        comment="She waits.",
        signer={"id": THEM, "type": ["Profile"], "name": "State University"},
        signed=EARLY,
    )
    document: dict[str, Any] = json.loads(sign_endorsement(facts, OTHER, method_id(THEM, OTHER)))
    if not more:
        return document
    plain = {**{k: v for k, v in document.items() if k != "proof"}, **more}
    return sign_badge(plain, OTHER, method_id(THEM, OTHER), EARLY)


def answer(document: dict[str, Any], context: CheckContext | None = None) -> tuple[str, str]:
    report = verify(write(document), context or a_context(**KNOWN))
    return report.answer, report.state


def test_it_says_who_says_what_about_what() -> None:
    claims = read_claims(an_endorsement())
    assert (claims.about, claims.comment, claims.signer) == (ABOUT, "She waits.", "State University")
    assert (claims.signer_id, claims.day) == (THEM, str(EARLY.date()))
    assert answer(an_endorsement()) == ("valid", "valid")
    assert answer(an_endorsement(), a_context()) == ("cannot tell", "whole")


SAID = {name: copy for name, copy in one_leaf_each(an_endorsement()).items() if not name.startswith("proof.")}


@pytest.mark.parametrize("name", SAID)
def test_nothing_that_it_says_can_be_changed(name: str) -> None:
    assert answer(SAID[name])[0] != "valid"


def test_what_cannot_be_signed_is_refused() -> None:
    facts = EndorsementFacts(
        id="urn:uuid:1", about=ABOUT, title="x", comment="a\u202eb", signer={"id": DID}, signed=EARLY
    )
    with pytest.raises(McredError, match="reverses the direction"):
        sign_endorsement(facts, KEY, METHOD)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"type": ["VerifiableCredential", "EndorsementCredential", "OpenBadgeCredential"]}, "type"),
        ({"credentialSubject": {"type": ["EndorsementSubject"]}}, "credentialSubject.id"),
        ({"credentialSubject": {"id": ABOUT, "type": ["Profile"]}}, "credentialSubject.type"),
        (
            {"credentialSubject": {"id": ABOUT, "type": "EndorsementSubject", "endorsementComment": [1]}},
            "credentialSubject.endorsementComment",
        ),
    ],
)
def test_one_that_lacks_something_is_never_valid(more: dict[str, Any], named: str) -> None:
    report = verify(write(an_endorsement(**more)), a_context(**KNOWN))
    assert report.answer == "cannot tell"
    assert named in next(c.what for c in report.checks if c.name == "members")


def test_it_has_no_holder_and_no_record_and_can_end() -> None:
    context = a_context(compare=lambda _: pytest.fail("compared"), **KNOWN)
    assert answer(an_endorsement(), context) == ("valid", "valid")
    assert answer(an_endorsement(), replace(context, identity="ana@school.example"))[0] == "cannot tell"
    assert answer(an_endorsement(validUntil="2021-01-01T00:00:00Z")) == ("not valid", "expired")
    withdrawn = a_context(is_withdrawn=lambda _: True, **KNOWN)
    assert answer(an_endorsement(), withdrawn) == ("not valid", "withdrawn")
    assert answer(a_badge(), withdrawn) == answer(a_badge(), a_context(**KNOWN))


def test_a_person_s_key_counts_for_endorsements_alone_and_only_in_its_time() -> None:
    key = {THEM: (publish_key(OTHER, EARLY.date()),)}
    assert answer(an_endorsement(), a_context(endorsers=key)) == ("valid", "valid")
    later = {THEM: (publish_key(OTHER, NOON.date()),)}
    assert answer(an_endorsement(), a_context(endorsers=later)) == ("not valid", "key not in use")
    badge = a_badge(the_facts(), an_issuing(did=THEM, method=method_id(THEM, OTHER), status=None), OTHER)
    assert answer(badge, a_context(endorsers=key, endorsing=KNOWN["known"]))[0] == "cannot tell"


def test_it_is_published_like_a_badge_unless_it_stands_for_keys() -> None:
    assert is_publishable(an_endorsement())
    assert not is_publishable({**an_endorsement(), "verificationMethod": []})


def test_a_person_s_public_key_as_the_key_of_a_did() -> None:
    pair = key_of_secret("01" * 32)
    assert expand_did_key(f"did:key:{multikey_of(pair.public)}") is not None
    for other in ("ssh-rsa AAAAB3NzaC1yc2E=", "ssh-ed25519 AAAA", "ssh-ed25519 ???", ""):
        assert multikey_of(other) == ""


def holding(place: tuple[str, ...], inside: Any, name: str = "endorsement") -> dict[str, Any]:
    """A badge of another issuer with an endorsement inside, signed as a whole."""
    return with_jcs(changed(credential(did_of(ed25519())), (*place, name), [inside]))


BADGE = with_jcs(credential(did_of(ed25519())))
COLLEGE = NamedIssuer(did=did_of(ed25519()), keys=frozenset({did_of(ed25519())[8:]}), name="College")
READER = (*KNOWN["known"], COLLEGE)
PARTS = {
    (): BADGE["id"],
    ("credentialSubject", "achievement"): BADGE["credentialSubject"]["achievement"]["id"],
    ("issuer",): BADGE["issuer"]["id"],
}


@pytest.mark.parametrize(("place", "about"), PARTS.items())
def test_one_inside_a_badge_is_verified_by_itself(place: tuple[str, ...], about: str) -> None:
    report = verify(write(holding(place, an_endorsement(about))), a_context(known=READER))
    (line,) = (c for c in report.checks if c.name == "endorsement")
    assert (line.ok, line.weighs) == (True, False)
    assert line.what.startswith("State University about ") and line.what.endswith("“She waits.” (valid)")
    assert (report.answer, report.state) == ("valid", "valid")


BAD = changed(an_endorsement(BADGE["id"]), ("credentialSubject", "endorsementComment"), "She runs.")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (BAD, "(not valid: its signature does not match, so something was changed)"),
        (an_endorsement("urn:uuid:other"), "about something else (urn:uuid:other)"),
        (an_endorsement(BADGE["id"], validUntil="2021-01-01T00:00:00Z"), "(not valid: expired)"),
        ({"type": "no"}, "(cannot tell: "),
        ({"type": ["EndorsementCredential"], "issuer": 7, "credentialSubject": []}, "(cannot tell: "),
        ("a.b.c", "(cannot tell: "),
    ],
)
def test_none_inside_a_badge_ever_counts_against_it(inside: Any, said: str) -> None:
    name = "endorsementJwt" if isinstance(inside, str) else "endorsement"
    report = verify(write(holding((), inside, name)), a_context(known=READER))
    (line,) = (c for c in report.checks if c.name == "endorsement")
    assert line.ok is None and said in line.what
    assert (report.answer, report.state) == ("valid", "valid")


def test_an_unknown_signer_inside_a_badge_leaves_it_valid_and_open() -> None:
    inside = an_endorsement(BADGE["id"])
    report = verify(write(holding((), inside)), a_context(known=READER[1:]))
    (line,) = (c for c in report.checks if c.name == "endorsement")
    assert (report.answer, line.ok) == ("valid", None)
    assert "(cannot tell: intact, but the issuer is unknown to you)" in line.what


def test_some_of_many_are_looked_at_and_none_inside_another() -> None:
    one = an_endorsement(BADGE["id"])
    nested = {**one, "endorsement": [one, one]}
    badge = with_jcs({**credential(did_of(ed25519())), "endorsement": [nested] * 30})
    report = verify(write(badge), a_context(known=READER))
    assert sum(c.name == "endorsement" for c in report.checks) == 20


def test_what_of_a_badge_can_be_endorsed() -> None:
    parts = name_parts(BADGE)
    assert {part: said[0] for part, said in parts.items()} == {
        "badge": BADGE["id"],
        "definition": BADGE["credentialSubject"]["achievement"]["id"],
        "issuer": BADGE["issuer"]["id"],
    }
    assert name_parts({}) == {}


def test_each_proof_holds_for_a_library_of_other_people() -> None:
    whole = an_endorsement()
    first, second = ({**whole, "proof": proof} for proof in whole["proof"])
    verify_data_integrity_proof(first, resolve_did(THEM))
    key = dict(read_multikey(OTHER.multibase) or {})
    EddsaJcsProofSuite().verify(second, public_key_jwk=key, check_temporal=False)
    other = changed(second, ("credentialSubject", "endorsementComment"), "She runs.")
    with pytest.raises(SignatureInvalid):
        EddsaJcsProofSuite().verify(other, public_key_jwk=key, check_temporal=False)


@pytest.mark.slow
def test_it_is_as_the_json_schema_has_it() -> None:
    found = {**schema(), "$ref": "#/$defs/EndorsementCredential"}
    checker = jsonschema.Draft201909Validator(found, format_checker=jsonschema.FormatChecker())
    assert [e.message for e in checker.iter_errors(an_endorsement())] == []
    assert list(checker.iter_errors(changed(an_endorsement(), ("credentialSubject", "id"), ...)))


@pytest.mark.slow
@pytest.mark.verifiers
def test_others_take_it_and_refuse_each_changed_copy() -> None:
    whole = an_endorsement()
    copies = {
        ".".join(map(str, path)): changed(whole, path, f"{old}x")
        for path, old in leaves(whole)
        if path[:2] != ("proof", 1)  # of a kind that this reader leaves out
    }
    said = others.ask({"whole": whole, **copies}, {THEM: expand_did_key(THEM), DID: a_did_document()})
    assert said.pop("whole")["verified"]
    assert [name for name, one in said.items() if one["verified"]] == [] and len(said) > 15
