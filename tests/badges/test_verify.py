"""What a reader is told about a badge, and that nothing can be changed without it being told."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from openbadgeslib.ob3 import add_data_integrity_proof

from mcred.badges.checks import Check, Material, NamedIssuer, VerifyReport
from mcred.badges.default_image import draw_artwork, write_png, write_svg
from mcred.badges.keys import did_document, did_key, method_id, publish_key
from mcred.badges.open_badge import Replaced, read_references
from mcred.badges.proof import check, sign
from mcred.badges.status_list import pack_bits
from mcred.badges.verify import verify
from tests.badges.foreign import V2
from tests.badges.issuing import (
    DID,
    EARLY,
    KEY,
    LIST,
    METHOD,
    OTHER,
    PLACE,
    PUBLIC,
    a_badge,
    a_context,
    a_did_document,
    a_list,
    an_issuing,
    bake,
    the_facts,
    with_one_proof,
    write,
)
from tests.badges.tamper import Path, changed, leaves, tampered
from tests.school import EMAIL, NOON

BADGE = with_one_proof(a_badge())


def AWAY(_: str) -> Material:
    return Material(data=None, where="not looked up online")


LEAVES = [pytest.param(path, value, id=".".join(map(str, path))) for path, value in leaves(BADGE)]


def line(report: VerifyReport, name: str) -> Check:
    return next(c for c in report.checks if c.name == name)


def test_a_signed_badge_is_valid_and_every_check_says_its_clause() -> None:
    report = verify(write(BADGE), a_context(identity=EMAIL, keys={DID: (PUBLIC,)}))
    assert (report.answer, report.state) == ("valid", "valid")
    names = ["form", "members", "issuer", "coverage", "proof", "dates", "key period", "status", "recipient"]
    assert [c.name for c in report.checks] == names
    assert all(c.ok and c.what and c.clause and c.state is None for c in report.checks)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "value"), LEAVES)
def test_each_value_changed_once_is_refused(path: Path, value: Any) -> None:
    others = (value + "x", value.swapcase(), ...) if isinstance(value, str) else (not value, None, ...)
    for other in (o for o in others if o is ... or o != value or type(o) is not type(value)):
        report = verify(write(changed(BADGE, path, other)), a_context())
        assert report.answer != "valid", f"{path}: {other!r}: {report}"
        # Whoever changes how a proof is to be computed leaves nothing that could be computed.
        untold = path[0] in ("@context", "proof") or path == ("issuer", "id")
        assert untold or report.state == "forged", f"{path}: {other!r}: {report}"


@pytest.mark.parametrize(("name", "case"), tampered(BADGE).items(), ids=tampered(BADGE))
def test_a_trick_is_refused(name: str, case: dict[str, Any]) -> None:
    report = verify(write(case), a_context())
    state = TRICKS.get(name, "forged")
    answer = "cannot tell" if state in ("unknown", "unsigned", "partly signed") else "not valid"
    assert (report.answer, report.state) == (answer, state)
    signature = [c.ok for c in report.checks if c.name == "proof"]
    assert (report.state == "forged") == (signature == [False] and "proof" in case)


TRICKS = {
    "no proof": "unsigned",
    "an undefined member": "partly signed",
    "an undefined member inside": "partly signed",
    "an undefined member of the proof": "unknown",
    "another's signature": "signed by another",
    "a key the issuer does not list": "unknown",
    "another issuer": "unknown",
    "an inline context": "unknown",
    "a remote context": "unknown",
}


def test_a_context_that_is_not_known_is_named_and_not_called_forged() -> None:
    for more in ({"honours": "https://schema.org/award"}, "https://www.w3.org/ns/credentials/v2"):
        case = changed(BADGE, ("@context",), [*BADGE["@context"], more])
        report = verify(write(case), a_context())
        assert (report.answer, line(report, "coverage").ok) == ("cannot tell", None)
    case = changed(BADGE, ("@context",), [*BADGE["@context"], "https://evil.example/c.json"])
    assert "https://evil.example/c.json" in line(verify(write(case), a_context()), "coverage").what


def another(**changes: Any) -> dict[str, Any]:
    """The issuer's did.json with one method changed."""
    document = a_did_document()
    document["verificationMethod"][0].update(changes)
    return document


@pytest.mark.parametrize(
    "did",
    [
        another(id=f"#{KEY.multibase}"),
        {**a_did_document(), "assertionMethod": [f"#{KEY.multibase}"]},
        {"id": DID, "assertionMethod": a_did_document()["verificationMethod"]},
    ],
    ids=range(3),
)
def test_a_did_document_may_shorten_the_names_in_it(did: dict[str, Any]) -> None:
    assert verify(write(BADGE), a_context(did)).answer == "valid"


@pytest.mark.parametrize(
    "did",
    [
        another(controller="did:web:evil.example"),
        another(id=f"{DID}#other"),
        another(type="JsonWebKey2020"),
        another(publicKeyMultibase=OTHER.multibase),
        another(publicKeyMultibase="z6Mk"),
        another(publicKeyMultibase=None),
        {**a_did_document(), "assertionMethod": []},
        {**a_did_document(), "assertionMethod": METHOD},
        {**a_did_document(), "assertionMethod": [], "authentication": [METHOD]},
        {**a_did_document(), "id": "did:web:evil.example"},
        {**a_did_document(), "verificationMethod": a_did_document()["verificationMethod"] * 2},
        {**a_did_document(), "verificationMethod": None},
        {"id": DID},
    ],
    ids=range(13),
)
def test_a_key_that_the_issuer_does_not_list_vouches_for_nothing(did: dict[str, Any]) -> None:
    """The copy at hand may be older than the key: only a signature that was computed makes a forgery."""
    report = verify(write(BADGE), a_context(did))
    computed = line(report, "proof").ok is False
    assert (report.answer, report.state) == (
        ("not valid", "forged") if computed else ("cannot tell", "unknown")
    )
    assert computed == (did == another(publicKeyMultibase=OTHER.multibase))


@pytest.mark.parametrize(
    "method",
    [
        DID,
        f"{DID}#",
        f"{METHOD}#{KEY.multibase}",
        f"{DID}#{KEY.multibase}x",
        f"{DID}?a=1#{KEY.multibase}",
        f"{DID}:more#{KEY.multibase}",
        did_key(KEY.multibase),
    ],
)
def test_a_proof_whose_key_is_named_by_a_trick_is_refused(method: str) -> None:
    unsigned = {name: value for name, value in BADGE.items() if name != "proof"}
    case = sign(unsigned, KEY, method, NOON)
    assert verify(write(case), a_context()).state == "unknown"
    assert check(case, a_did_document())


def test_of_several_proofs_each_is_judged() -> None:
    """One that cannot be judged takes nothing away; one that fails fails the badge."""
    own, odd = BADGE["proof"], {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023"}
    wrong = {**own, "created": "2026-11-02T12:00:01Z"}
    for proofs in ([own], [own, own], [own, odd], [odd, own]):
        report = verify(write({**BADGE, "proof": proofs}), a_context())
        assert (report.answer, line(report, "proof").ok) == ("valid", True)
        assert verify(write({**BADGE, "proof": proofs, "name": "X"}), a_context()).state == "forged"
    for proofs in ([own, wrong], [wrong, own], [odd, wrong]):
        assert verify(write({**BADGE, "proof": proofs}), a_context()).state == "forged"
    unjudged: tuple[object, ...] = ([odd], [odd, odd], "z", [own] * 9, ["z"], [None], [[own]])
    for proof in unjudged:
        report = verify(write({**BADGE, "proof": proof}), a_context())
        assert (report.answer, line(report, "coverage").ok) == ("cannot tell", None)
    nothing: tuple[object, ...] = ([], None, {})
    for empty in nothing:
        assert verify(write({**BADGE, "proof": empty}), a_context()).state == "unsigned"
    assert check(BADGE, a_did_document()) == ()


def test_a_proof_of_someone_else_does_not_stand_for_the_issuers() -> None:
    unsigned = {name: value for name, value in BADGE.items() if name != "proof"}
    theirs = sign(unsigned, OTHER, method_id(did_key(OTHER.multibase), OTHER), NOON)["proof"]
    assert verify(write({**BADGE, "proof": [theirs]}), a_context()).state == "signed by another"
    assert verify(write({**BADGE, "proof": [theirs, BADGE["proof"]]}), a_context()).answer == "valid"
    changed_badge = {**BADGE, "name": "X", "proof": [theirs, BADGE["proof"]]}
    assert verify(write(changed_badge), a_context()).state == "forged"


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = write(BADGE).replace(b'"name"', b'"name": "Another", "name"', 1)
    assert (verify(twice, a_context()).answer, verify(twice, a_context()).document) == ("cannot tell", {})


def test_keys_of_an_issuer_that_cannot_be_reached_leave_it_open() -> None:
    report = verify(write(BADGE), a_context(find_did=AWAY))
    assert (report.answer, report.state) == ("cannot tell", "unknown")
    assert line(report, "issuer").ok is None and line(report, "proof").ok is None
    broken = verify(write(BADGE), a_context(find_did=lambda _: Material(data=b"<html>", where="x")))
    assert broken.answer == "cannot tell"


MINE = did_key(KEY.multibase)


def by_its_key(**changes: Any) -> dict[str, Any]:
    """A badge of an issuer without a site: its name is its key."""
    issuing = an_issuing(did=MINE, method=method_id(MINE, KEY), status=None)
    return with_one_proof(a_badge(issuing=issuing, **changes))


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({}, "cannot tell"),
        ({"trusted": frozenset({KEY.multibase})}, "valid"),
        ({"trusted": frozenset({OTHER.multibase})}, "cannot tell"),
        ({"named": NamedIssuer(did=MINE, keys=frozenset({KEY.multibase}))}, "valid"),
        (
            {"named": NamedIssuer(did=did_key(OTHER.multibase), keys=frozenset({OTHER.multibase}))},
            "cannot tell",
        ),
        ({"named": NamedIssuer(did=DID)}, "cannot tell"),
    ],
    ids=["nobody", "programme", "another program", "named", "another named", "another's site named"],
)
def test_an_issuer_that_is_a_key_is_intact_until_someone_vouches_for_it(
    known: dict[str, Any], answer: str
) -> None:
    report = verify(write(by_its_key()), a_context(find_did=AWAY, find_list=AWAY, **known))
    assert (report.answer, report.known) == (answer, answer == "valid")
    assert report.state == ("valid" if answer == "valid" else "whole")
    assert line(report, "proof").ok is True
    changed_badge = write({**by_its_key(), "name": "X"})
    assert verify(changed_badge, a_context(find_did=AWAY, **known)).state == "forged"


@pytest.mark.parametrize(
    ("named", "own", "answer"),
    [
        (NamedIssuer(did=DID), False, "valid"),
        (NamedIssuer(did=DID), True, "cannot tell"),
        (NamedIssuer(keys=frozenset({KEY.multibase})), False, "valid"),
        (NamedIssuer(keys=frozenset({KEY.multibase})), True, "cannot tell"),
        (NamedIssuer(did="did:web:other.example"), False, "cannot tell"),
        (NamedIssuer(keys=frozenset({OTHER.multibase})), False, "cannot tell"),
    ],
    ids=[
        "its site",
        "its site by keys that came along",
        "its key",
        "its key, listed in what came along",
        "another site",
        "another key",
    ],
)
def test_an_issuer_with_a_site_is_known_by_what_someone_names(
    named: NamedIssuer, own: bool, answer: str
) -> None:
    found = Material(data=write(a_did_document()), where="at hand", own=own)
    report = verify(write(BADGE), a_context(find_did=lambda _: found, named=named))
    assert (report.answer, report.known) == (answer, answer == "valid")
    assert report.state == ("valid" if answer == "valid" else "whole")


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({"named": NamedIssuer(did=DID, keys=frozenset({KEY.multibase}))}, "valid"),
        ({"named": NamedIssuer(did=MINE, keys=frozenset({KEY.multibase}))}, "cannot tell"),
        ({"trusted": frozenset({KEY.multibase}), "keys": {DID: (PUBLIC,)}}, "valid"),
        ({"trusted": frozenset({KEY.multibase}), "keys": {MINE: (PUBLIC,)}}, "cannot tell"),
    ],
    ids=["its did.json named", "a key alone named", "the program", "a program of another name"],
)
def test_a_known_key_vouches_for_no_name_that_its_holder_takes(known: dict[str, Any], answer: str) -> None:
    """Anyone may write another one's did:web into a badge and sign it with a key of their own."""
    context = a_context(find_did=AWAY, **known)
    report = verify(write(BADGE), context)
    assert (report.answer, report.known) == (answer, answer == "valid")
    assert report.state == ("valid" if answer == "valid" else "whole")
    assert verify(write({**BADGE, "name": "X"}), context).state == "forged"


def test_a_keys_time_counts_under_every_name_a_badge_gives_its_issuer() -> None:
    ended = replace(PUBLIC, until=PUBLIC.since)
    context = a_context(find_did=AWAY, trusted=frozenset({KEY.multibase}), keys={MINE: (ended,)})
    assert verify(write(BADGE), context).state == "key not in use"


def test_an_issuer_named_by_a_web_address_is_unknown_and_its_badge_intact() -> None:
    """As many issuers do it: an https id, and a did:key that signs."""
    unsigned = {name: value for name, value in by_its_key().items() if name != "proof"}
    unsigned["issuer"] = {**unsigned["issuer"], "id": "https://school.example/issuer"}
    case = sign(unsigned, KEY, method_id(MINE, KEY), NOON)
    assert verify(write(case), a_context()).state == "whole"
    assert verify(write({**case, "name": "X"}), a_context()).state == "forged"
    named = a_context(named=NamedIssuer(did=MINE, keys=frozenset({KEY.multibase})))
    assert verify(write(case), named).state == "whole", "a key does not say whose address that is"


def test_an_address_that_a_file_names_is_not_called_its_issuers() -> None:
    found = verify(write(V2), a_context())
    assert (found.answer, found.state, line(found, "form").ok) == ("cannot tell", "unknown", True)
    proof = line(found, "proof")
    assert str(V2["id"]) in proof.what and proof.remedy.endswith("its issuer's site?")


@pytest.mark.parametrize("version", [2, 3])
def test_a_badge_of_others_may_have_the_two_standard_contexts_alone(version: int) -> None:
    contexts = [BADGE["@context"][0], f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{version}.json"]
    plain = {
        name: value for name, value in BADGE.items() if name in ("type", "id", "name", "issuer", "validFrom")
    }
    subject = BADGE["credentialSubject"]
    achievement = {
        name: subject["achievement"][name] for name in ("id", "type", "name", "description", "criteria")
    }
    document = {
        "@context": contexts,
        **plain,
        "credentialSubject": {
            "type": subject["type"],
            "identifier": subject["identifier"],
            "achievement": achievement,
        },
    }
    case = add_data_integrity_proof(document, KEY.pem, METHOD, created=NOON)
    assert verify(write(case), a_context()).answer == "valid"
    assert verify(write({**case, "name": "X"}), a_context()).state == "forged"
    assert verify(write({**case, "honours": "X"}), a_context()).state == "partly signed"


@pytest.mark.parametrize("sign_", ["\x0c", "\x0b", "\x08", "\x1b", "\x7f"])
def test_a_control_character_that_programs_sign_in_different_ways_is_no_proof(sign_: str) -> None:
    """Other software escapes it before it signs: what holds here does not hold there, and the reverse."""
    unsigned = {name: value for name, value in BADGE.items() if name != "proof"}
    unsigned["credentialSubject"] = copy.deepcopy(unsigned["credentialSubject"])
    unsigned["credentialSubject"]["achievement"]["description"] = f"a{sign_}b"
    case = sign(unsigned, KEY, METHOD, NOON)
    report = verify(write(case), a_context())
    assert (report.answer, report.state) == ("cannot tell", "unknown")
    assert f"U+{ord(sign_):04X}" in line(report, "coverage").what
    plain = sign({**unsigned, "name": "a\tb\nc\rd"}, KEY, METHOD, NOON)
    assert "U+00" in line(verify(write(plain), a_context()), "coverage").what


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_badge_saved_by_an_editor_in_another_encoding_is_the_badge(encoding: str) -> None:
    text = json.dumps({**BADGE}, ensure_ascii=False)
    assert verify(text.encode(encoding), a_context()) == verify(write(BADGE), a_context())
    assert verify(text.replace("Wait", "Wáit").encode(encoding), a_context()).state == "forged"
    lost = verify(text.replace("Wait", "Wáit").encode("latin-1"), a_context())
    assert lost.answer == "cannot tell" and "UTF-8" in line(lost, "form").what


def test_dates_are_told_apart() -> None:
    ends = datetime.fromisoformat(BADGE["validUntil"])
    assert verify(write(BADGE), a_context(now=ends)).answer == "valid"
    over = verify(write(BADGE), a_context(now=ends + timedelta(seconds=1)))
    assert (over.answer, over.state) == ("not valid", "expired")
    early = verify(write(BADGE), a_context(now=NOON - timedelta(days=1)))
    assert (early.answer, early.state) == ("not valid", "not yet valid")
    assert verify(write(BADGE), a_context(now=NOON - timedelta(minutes=4))).answer == "valid"


def test_revoked_superseded_and_unknown_are_told_apart() -> None:
    revoked = verify(write(BADGE), a_context(listed=a_list(PLACE)))
    assert (revoked.answer, revoked.state) == ("not valid", "revoked")
    replaced = verify(write(BADGE), a_context(listed=a_list(PLACE), successor=lambda _: "urn:uuid:new"))
    assert (replaced.state, line(replaced, "status").what) == ("superseded", "replaced by urn:uuid:new")
    unknown = verify(write(BADGE), a_context(find_list=AWAY))
    assert (unknown.answer, unknown.state) == ("cannot tell", "unknown")
    both = verify(write(BADGE), a_context(listed=a_list(PLACE), now=NOON + timedelta(days=9999)))
    assert both.state == "expired" and line(both, "status").state == "revoked"
    assert verify(write(BADGE), a_context(listed=a_list(PLACE - 1, PLACE + 1))).answer == "valid"


def a_forged_list(**subject: Any) -> dict[str, Any]:
    listed = {name: value for name, value in a_list().items() if name != "proof"}
    return sign(
        {**listed, "credentialSubject": {**listed["credentialSubject"], **subject}}, KEY, METHOD, EARLY
    )


def test_a_list_that_is_not_the_issuers_whole_list_is_refused() -> None:
    short = "u" + base64.urlsafe_b64encode(gzip.compress(bytes(1024))).decode().rstrip("=")
    mine = {**a_list(), "issuer": did_key(OTHER.multibase)}
    unset = a_list(PLACE)
    unset["credentialSubject"]["encodedList"] = pack_bits(())
    lists = {
        "shortened": a_forged_list(encodedList=short),
        "no bits": a_forged_list(encodedList="u"),
        "broken bits": a_forged_list(encodedList=pack_bits(())[:-9]),
        "another purpose": a_forged_list(statusPurpose="suspension"),
        "bit put back": unset,
        "another issuer": mine,
        "another list": {**a_list(), "id": f"{LIST}2"},
        "no proof": {name: value for name, value in a_list().items() if name != "proof"},
        "a badge instead": BADGE,
        "more members": {**a_list(), "honours": 1},
        "nothing": {},
    }
    for name, listed in lists.items():
        found = Material(data=write(listed), where="x")
        report = verify(write(BADGE), a_context(find_list=lambda _, found=found: found))
        assert (report.answer, report.state) == ("cannot tell", "unknown"), name
    bomb = a_forged_list(
        encodedList="u" + base64.urlsafe_b64encode(gzip.compress(bytes(64 * 2**20))).decode().rstrip("=")
    )
    assert verify(write(BADGE), a_context(listed=bomb)).answer == "cannot tell"


def test_a_list_of_tomorrow_says_nothing_yet() -> None:
    unsigned = {name: value for name, value in a_list().items() if name != "proof"}
    later = sign({**unsigned, "validFrom": "2030-01-01T00:00:00Z"}, KEY, METHOD, EARLY)
    assert verify(write(BADGE), a_context(listed=later)).answer == "cannot tell"
    over = sign({**unsigned, "validUntil": "2025-02-01T00:00:00Z"}, KEY, METHOD, EARLY)
    assert verify(write(BADGE), a_context(listed=over)).answer == "cannot tell"


def test_an_unknown_kind_of_status_leaves_it_open() -> None:
    unsigned = {name: value for name, value in BADGE.items() if name != "proof"}
    for name, value in (
        ("statusPurpose", "suspension"),
        ("statusListIndex", "007"),
        ("statusListIndex", "-1"),
    ):
        entry = {**BADGE["credentialStatus"], name: value}
        case = sign({**unsigned, "credentialStatus": entry}, KEY, METHOD, NOON)
        assert verify(write(case), a_context()).answer == "cannot tell", value


@pytest.mark.parametrize("who", [EMAIL, " Ana@School.Example", "ana"])
def test_the_person_it_was_issued_to_is_recognised(who: str) -> None:
    assert line(verify(write(BADGE), a_context(identity=who)), "recipient").ok


@pytest.mark.parametrize("who", ["ben@school.example", "ben", "Ana", "did:key:z6Mk", "sha256$", DID])
def test_another_person_is_refused(who: str) -> None:
    report = verify(write(BADGE), a_context(identity=who))
    assert (report.answer, report.state) == ("not valid", "another's")


def test_a_person_may_be_named_by_a_did() -> None:
    badge = with_one_proof(a_badge(issuing=an_issuing(earner_did="did:key:z6MkAna")))
    assert verify(write(badge), a_context(identity="did:key:z6MkAna")).answer == "valid"


def test_a_retired_key_vouches_for_its_time_and_no_other() -> None:
    new = publish_key(OTHER, date(2026, 11, 1))
    old = replace(PUBLIC, until=date(2026, 10, 31))
    did = did_document(DID, [old, new])
    badge = a_badge(issuing=an_issuing(method=method_id(DID, new)), key=OTHER)
    assert verify(write(badge), a_context(did, keys={DID: (old, new)})).answer == "valid"
    assert verify(write(BADGE), a_context(did)).answer == "valid"
    late = verify(write(BADGE), a_context(did, keys={DID: (old, new)}))
    assert (late.answer, late.state, line(late, "key period").ok) == ("not valid", "key not in use", False)


def test_pictures_are_checked_like_the_badge_inside() -> None:
    art = draw_artwork("Questioning", "Wait Time", "wait-time")
    for image in (write_svg(art), write_png(art, 64)):
        assert verify(bake(image, write(BADGE)), a_context()).answer == "valid"
        assert verify(image, a_context()).answer == "cannot tell"
        changed_badge = write({**BADGE, "name": "Another"})
        assert verify(bake(image, changed_badge), a_context()).state == "forged"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"{}" + b" " * 300_000,
        b"<svg",
        b"<svg/>",
        b"\x89PNG\r\n\x1a\n",
        b"a.b.c",
    ],
    ids=range(14),
)
def test_what_is_no_badge_is_refused_without_a_crash(data: bytes) -> None:
    report = verify(data, a_context())
    assert (report.answer, report.state, report.document) == ("cannot tell", "unknown", {})
    assert all(c.what and c.remedy for c in report.checks)


@pytest.mark.slow
@pytest.mark.parametrize("value", [None, 1, "x", [], [{}], {"a": [None]}], ids=range(6))
@pytest.mark.parametrize("name", sorted(BADGE))
def test_members_of_a_strange_type_are_refused_without_a_crash(name: str, value: Any) -> None:
    report = verify(write({**BADGE, name: value}), a_context(identity=EMAIL, keys={DID: (PUBLIC,)}))
    assert report.answer != "valid"
    assert (report.state == "forged") == any(c.name == "proof" and c.ok is False for c in report.checks)


def test_a_badge_says_what_it_can_be_derived_from_again() -> None:
    old = Replaced(id="https://old.example/badge.json", document=b"{}")
    found = read_references(a_badge(the_facts(replaces=old)))
    assert found.definition == f"urn:mcred:definition:wait-time:1.2.0:{'c' * 40}"
    assert (found.submission, found.decision) == ("b" * 40, "f" * 40)
    assert found.replaces == "https://old.example/badge.json"
    for odd in (None, 5, "x", {"id": "x"}, [5]):
        nothing = read_references({"evidence": odd, "relatedResource": odd, "credentialSubject": odd})
        assert (nothing.decision, nothing.replaces) == ("", "")


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert with_one_proof(a_badge()) == BADGE
    assert json.dumps(with_one_proof(a_badge())) == json.dumps(copy.deepcopy(BADGE))
