"""Badges secured in other ways than ours: what holds, what fails, and that no one is accused."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt import PyJWS
from openvc.multibase import encode_multibase
from openvc.proof.di_jcs import EddsaJcsProofSuite

from mcred.badges.checks import Check, VerifyReport
from mcred.badges.heading import Heading, read_achievements, read_heading, read_issuer_id
from mcred.badges.others.contexts import OLDER, SUITE_2020, SUITE_CONTEXT, VC_1, all_contexts
from mcred.badges.others.older_proofs import compute_older
from mcred.badges.others.public_keys import expand_did, read_method, spell_multikey
from mcred.badges.verify import verify
from tests.badges import elsewhere
from tests.badges.elsewhere import (
    DOCUMENTS,
    EARNER,
    LIST,
    PROFILE,
    SIGNED,
    SITE,
    TOKENS,
    assertion,
    baked,
    credential,
    did_of,
    ed25519,
    older,
    p256,
    pages,
    public_pem,
    reading,
    rsa_key,
    sign_2020,
    signed_assertion,
    signing_key,
)
from tests.badges.foreign import FILES, foreign
from tests.badges.issuing import a_badge, write
from tests.badges.tamper import changed, leaves
from tests.school import NOON

KNOWN = (did_of(ed25519()), did_of(p256()))


def line(report: VerifyReport, name: str) -> Check:
    return next(c for c in report.checks if c.name == name)


def verdict(data: bytes, *known: str, web: dict[str, Any] | None = None, **more: Any) -> tuple[str, str]:
    report = verify(data, reading(known, web, **more))
    return report.answer, report.state


@pytest.mark.parametrize("name", DOCUMENTS)
class TestProofs:
    def test_holds_from_a_known_issuer_and_is_open_from_an_unknown_one(self, name: str) -> None:
        data = write(DOCUMENTS[name]())
        assert verdict(data, *KNOWN) == ("valid", "valid")
        assert verdict(data) == ("cannot tell", "whole")
        assert verdict(data, "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK") == (
            "cannot tell",
            "whole",
        )

    def test_each_value_changed_is_never_valid_and_changed_once_computed(self, name: str) -> None:
        document = DOCUMENTS[name]()
        for path, value in leaves(document):
            inside = "verifiableCredential" in path and path[-1] != "name"
            if not isinstance(value, str) or inside or (path[0] == "proof" and name == "two proofs"):
                continue
            report = verify(write(changed(document, path, f"{value}x")), reading(KNOWN))
            assert report.answer != "valid", path
            # `issuanceDate`: openvc computes nothing where one is not a date.
            untold = path[0] in ("@context", "proof", "issuanceDate") or path[:2] == ("issuer", "id")
            # A type that our copy of an older context does not have may be one that the published has.
            state = "partly signed" if name == SUITE_2020 and "type" in path else "forged"
            assert untold or report.state == state, (path, report)
            assert (report.state == "forged") == (line(report, "proof").ok is False)

    def test_a_member_that_was_added_is_noticed(self, name: str) -> None:
        report = verify(write({**DOCUMENTS[name](), "honours": "X"}), reading(KNOWN))
        assert report.answer != "valid" and report.state in ("forged", "partly signed")


@pytest.mark.parametrize("name", TOKENS)
class TestTokens:
    def test_holds_and_a_change_fails(self, name: str) -> None:
        token = TOKENS[name]()
        head, body, signature = token.split(".")
        known = () if "RS256" in name else KNOWN
        assert verdict(token.encode(), *known) == (("valid", "valid") if known else ("cannot tell", "whole"))
        plain = json.loads(base64.urlsafe_b64decode(body + "=="))
        (plain.get("vc") or plain)["name"] = "X"
        other = base64.urlsafe_b64encode(json.dumps(plain).encode()).rstrip(b"=").decode()
        assert verdict(f"{head}.{other}.{signature}".encode(), *known) == ("not valid", "forged")
        assert verdict(f"{head}.{body}.{signature[:-8]}AAAAAAAA".encode(), *known)[0] != "valid"

    def test_in_a_picture_or_an_envelope_it_is_the_same(self, name: str) -> None:
        token = TOKENS[name]()
        plain = verify(token.encode(), reading(KNOWN))
        envelope = {
            "@context": "x",
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/vc+jwt,{token}",
        }
        head, body, signature = token.split(".")
        jws = {"payload": body, "signatures": [{"protected": head, "signature": signature}]}
        for data in (write(envelope), write(jws)):
            assert verify(data, reading(KNOWN)) == plain


def test_a_token_of_a_known_name_by_another_key_is_not_known() -> None:
    """Whoever signs may write any issuer, any key's address, and any key into the header."""
    from openvc.keys import Ed25519SigningKey
    from openvc.proof.vc_jwt import VcJwtProofSuite

    mine = Ed25519SigningKey.generate(kid=elsewhere.method_of(p256()))
    token = VcJwtProofSuite().sign(elsewhere.credential(KNOWN[0]), signing_key=mine)
    assert verdict(token.encode(), KNOWN[0])[0] != "valid"
    for kid in ("https://evil.example/key", "#x", "x", KNOWN[0]):
        mine = Ed25519SigningKey.generate(kid=kid)
        token = VcJwtProofSuite().sign(elsewhere.credential(KNOWN[0]), signing_key=mine)
        web = {"https://evil.example/key": dict(mine.public_jwk())}
        report = verify(token.encode(), reading((KNOWN[0],), web))
        assert report.answer != "valid" and not report.known, kid


def test_a_key_that_is_too_short_proves_nothing() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from openbadgeslib.ob3 import OB3Signer

    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 (that is the case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the signer says so, too
        token = OB3Signer(elsewhere.pem_of(short)).sign_payload(elsewhere.credential("https://x.example/i"))
    assert verdict(token.encode()) == ("cannot tell", "unknown")


def test_the_end_of_a_token_counts_beside_that_of_its_badge() -> None:
    from openbadgeslib.ob3 import OB3Signer

    body = elsewhere.credential("https://x.example/i", validUntil="2099-01-01T00:00:00Z")
    for claims, state in (({"exp": 1767225600}, "expired"), ({}, "whole"), ({"exp": 4102444800}, "whole")):
        token = OB3Signer(elsewhere.pem_of(elsewhere.rsa_key())).sign_payload({**body, **claims})
        assert verdict(token.encode())[1] == state


PAST, FUTURE = 1700000000, 4000000000
OVER, LATER = "2025-04-01T00:00:00Z", "2099-01-01T00:00:00Z"


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize(
    ("dates", "claims", "state"),
    [
        ({}, {}, "valid"),
        ({}, {"exp": FUTURE, "nbf": PAST}, "valid"),
        ({}, {"exp": None, "nbf": None}, "valid"),
        ({}, {"exp": PAST}, "expired"),
        ({"validUntil": None, "expirationDate": None}, {"exp": PAST}, "expired"),
        ({"validUntil": OVER}, {"exp": FUTURE}, "expired"),
        ({"validUntil": None, "expirationDate": OVER}, {}, "expired"),
        ({"expirationDate": None, "validUntil": OVER}, {}, "expired"),
        ({"expirationDate": OVER, "validUntil": LATER}, {}, "expired"),
        ({"expirationDate": LATER, "validUntil": OVER}, {}, "expired"),
        ({}, {"nbf": FUTURE}, "not yet valid"),
        ({"validFrom": None, "issuanceDate": None}, {"nbf": FUTURE}, "not yet valid"),
        ({"validFrom": LATER, "issuanceDate": OVER}, {"nbf": PAST}, "not yet valid"),
        ({"validFrom": OVER, "issuanceDate": LATER}, {}, "not yet valid"),
        ({}, {"exp": str(PAST)}, "unknown"),
        ({"validUntil": "x"}, {"exp": FUTURE}, "unknown"),
    ],
)
def test_the_strictest_of_a_tokens_dates_counts(
    dates: dict[str, Any], claims: dict[str, Any], state: str, *, is_old: bool
) -> None:
    from jwt.api_jws import PyJWS

    body = elsewhere.older_credential() if is_old else elsewhere.credential(KNOWN[0])
    body.update(dates)
    text = json.dumps({"vc": body, **claims} if is_old else {**body, **claims}).encode()
    kid = {"kid": elsewhere.method_of(ed25519())}
    token = PyJWS().encode(text, ed25519(), algorithm="EdDSA", headers=kid)
    assert verdict(token.encode(), *KNOWN)[1] == state


@pytest.mark.parametrize(
    ("dates", "state"),
    [
        ({"validUntil": None, "expirationDate": OVER}, "expired"),
        ({"validUntil": LATER, "expirationDate": OVER}, "expired"),
        ({"validFrom": None, "issuanceDate": LATER}, "not yet valid"),
        ({"validUntil": None}, "valid"),
    ],
)
def test_so_does_the_strictest_in_a_document(dates: dict[str, Any], state: str) -> None:
    from openvc.proof.di_jcs import EddsaJcsProofSuite

    signed = EddsaJcsProofSuite().add_proof(
        elsewhere.credential(KNOWN[0], **dates),
        signing_key=elsewhere.signing_key(ed25519()),
        verification_method=elsewhere.method_of(ed25519()),
        created=elsewhere.SIGNED,
    )
    assert verdict(write(signed), *KNOWN)[1] == state


def test_the_end_of_a_proof_counts() -> None:
    from openvc.proof._jcs import canonicalize

    document = DOCUMENTS["eddsa-jcs-2022"]()
    for expires, state in (("2026-01-01T00:00:00Z", "expired"), ("2099-01-01T00:00:00Z", "valid")):
        proof = {**document["proof"], "expires": expires}
        del proof["proofValue"]
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        parts = ({**proof, "@context": document["@context"]}, unsigned)
        signed = ed25519().sign(b"".join(sha256(canonicalize(part)).digest() for part in parts))
        proof["proofValue"] = encode_multibase(signed)
        assert verdict(write({**unsigned, "proof": proof}), *KNOWN)[1] == state


@pytest.mark.parametrize("name", ["proof", "https://x.example/p", "nonce"])
def test_a_graph_inside_an_older_proof_is_not_canonized(name: str) -> None:
    """Nine nodes that cannot be told apart would take hours."""
    links = {f"_:b{i}": [f"_:b{j}" for j in range(9) if j != i] for i in range(9)}
    graph = [{"id": one, "p": others} for one, others in links.items()]
    document = sign_2020()
    document["proof"][name] = {"@context": {"p": {"@id": "urn:p", "@type": "@id"}}, "@graph": graph}
    report = verify(write(document), reading(KNOWN))
    assert report.answer == "cannot tell"
    assert line(report, "coverage").what == "the proof has members it should not have, or is missing one"


def test_an_older_proof_without_its_suites_context_leaves_a_badge_open() -> None:
    """Its members are no statements then: here the purpose and the end were changed after signing."""
    for document in (elsewhere.older_credential(), elsewhere.credential(KNOWN[0])):
        document["@context"] = document["@context"][:2]
        signed = sign_2020(document, proofPurpose="authentication", expires="2024-01-01T00:00:00Z")
        del signed["proof"]["expires"]
        signed["proof"]["proofPurpose"] = "assertionMethod"
        report = verify(write(signed), reading(KNOWN))
        assert report.answer == "cannot tell" and SUITE_CONTEXT in line(report, "coverage").what
        document["@context"].append(SUITE_CONTEXT)
        assert verdict(write(sign_2020(document)), *KNOWN) == ("valid", "valid")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("credentialSchema", "JsonSchemaValidator2018"), ("refreshService", "ManualRefreshService2018")],
)
def test_a_kind_that_the_older_context_names_is_signed(name: str, kind: str) -> None:
    document = sign_2020(elsewhere.older_credential(**{name: {"id": "https://x.example/s", "type": kind}}))
    assert verdict(write(document), *KNOWN) == ("valid", "valid")
    document[name]["id"] += "x"
    assert verdict(write(document), *KNOWN) == ("not valid", "forged")


def test_a_term_that_only_the_published_context_has_is_no_forgery() -> None:
    evidence = [{"id": "https://x.example/e", "type": ["Evidence", "RsaSignature2018"]}]
    report = verify(write(sign_2020(elsewhere.older_credential(evidence=evidence))), reading(KNOWN))
    assert (report.answer, report.state) == ("cannot tell", "partly signed")
    assert line(report, "proof").ok is None and "may be due" in line(report, "proof").what


def test_what_an_older_proof_costs_is_bounded() -> None:
    links = {f"_:b{i}": [{"id": f"_:b{j}"} for j in range(9) if j != i] for i in range(9)}
    graph = [{"id": one, "type": "Evidence", "https://x.example/p": others} for one, others in links.items()]
    assert compute_older({**sign_2020(), "evidence": graph}, KNOWN[0].removeprefix("did:key:")) is None


@pytest.mark.parametrize("name", ["foo", "cryptosuite"])
def test_a_member_of_an_older_proof_that_is_not_signed_leaves_it_open(name: str) -> None:
    document = sign_2020()
    document["proof"][name] = "eddsa-rdfc-2022"
    assert verdict(write(document), *KNOWN) == ("cannot tell", "unknown")


@pytest.mark.parametrize(("end", "is_offered"), [("issuers/7", True), ("i;curl$IFS-evil", False)])
def test_no_command_has_the_strange_id_of_an_issuer_in_it(end: str, is_offered: bool) -> None:
    issuer, multibase = f"{SITE}/{end}", did_of(ed25519()).removeprefix("did:key:")
    method = {"id": f"{issuer}#k", "type": "Multikey", "controller": issuer, "publicKeyMultibase": multibase}
    page = {"id": issuer, "assertionMethod": [method["id"]], "verificationMethod": [method]}
    badge = EddsaJcsProofSuite().add_proof(
        credential(issuer),
        signing_key=signing_key(ed25519()),
        verification_method=method["id"],
        created=SIGNED,
    )
    report = verify(write(badge), reading((), {issuer: page}))
    assert report.state == "whole"
    remedy = line(report, "issuer").remedy
    assert ("mcred trust add" in remedy, issuer in remedy) == (is_offered, is_offered)


class TestOlder:
    HOSTED = write(assertion())

    def test_a_hosted_badge_is_what_its_issuers_site_says(self) -> None:
        assert verdict(self.HOSTED) == ("cannot tell", "unknown")
        assert verdict(self.HOSTED, PROFILE) == ("cannot tell", "unknown")
        assert verdict(self.HOSTED, web=pages()) == ("cannot tell", "whole")
        assert verdict(self.HOSTED, PROFILE, web=pages()) == ("valid", "valid")

    @pytest.mark.parametrize("version", ["1.1", "1.0"])
    def test_so_are_the_versions_before(self, version: str) -> None:
        found = older(version)
        web = pages(**{f"{SITE}/assertions/7.json": found})
        assert verdict(write(found), PROFILE, web=web) == ("valid", "valid")
        other = {**found, "badge": f"{SITE}/other.json"}
        assert verdict(write(other), PROFILE, web=web) == ("not valid", "differs")

    @pytest.mark.parametrize("name", ["recipient", "badge", "issuedOn", "expires", "evidence"])
    def test_what_differs_from_the_issuers_copy_is_not_valid(self, name: str) -> None:
        other = {
            "recipient": {"type": "email", "identity": "b@x.example"},
            "issuedOn": "2024-01-01T00:00:00Z",
        }
        case = {**assertion(), name: other.get(name, "https://badges.other.example/x")}
        if name == "expires":
            case[name] = "2099-01-01T00:00:00Z"
        assert verdict(write(case), PROFILE, web=pages()) == ("not valid", "differs")

    def test_an_address_elsewhere_does_not_speak_for_an_issuer(self) -> None:
        evil = {**assertion(), "id": "https://evil.example/7.json"}
        web = pages(**{"https://evil.example/7.json": evil})
        assert verdict(write(evil), PROFILE, web=web) == ("cannot tell", "unknown")
        inside = {"id": PROFILE, "verification": {"startsWith": "https://evil.example/"}, "name": "Other"}
        evil["badge"] = {"id": "https://evil.example/c.json", "name": "X", "issuer": inside}
        assert (
            verdict(write(evil), PROFILE, web={**web, "https://evil.example/7.json": evil})[0]
            == "cannot tell"
        )
        allowed = {**pages()[PROFILE], "verification": {"startsWith": "https://evil.example/"}}
        found = verdict(
            write({**assertion(), "id": evil["id"]}),
            PROFILE,
            web={**web, PROFILE: allowed, "https://evil.example/7.json": {**assertion(), "id": evil["id"]}},
        )
        assert found == ("valid", "valid")

    def test_revoked_expired_and_anothers_are_told_apart(self) -> None:
        listed = {**pages()[LIST], "revokedAssertions": [{"id": assertion()["id"], "revocationReason": "x"}]}
        assert verdict(self.HOSTED, PROFILE, web=pages(**{LIST: listed})) == ("not valid", "revoked")
        away = {address: page for address, page in pages().items() if address != LIST}
        assert verdict(self.HOSTED, PROFILE, web=away) == ("cannot tell", "unknown")
        gone = pages(**{f"{SITE}/assertions/7.json": {"id": assertion()["id"], "revoked": True}})
        assert verdict(self.HOSTED, PROFILE, web=gone) == ("not valid", "revoked")
        over = assertion(expires="2025-01-01")
        web = pages(**{f"{SITE}/assertions/7.json": over})
        assert verdict(write(over), PROFILE, web=web) == ("not valid", "expired")
        early = reading((PROFILE,), pages(), now=NOON - timedelta(days=9999))
        assert verify(self.HOSTED, early).state == "not yet valid"
        for who, answer in (
            (EARNER, "valid"),
            (EARNER.upper(), "valid"),
            ("ben@school.example", "not valid"),
        ):
            assert verdict(self.HOSTED, PROFILE, web=pages(), identity=who)[0] == answer

    def test_a_signed_badge_holds_by_its_issuers_key(self) -> None:
        data = signed_assertion().encode()
        assert verdict(data, PROFILE) == ("cannot tell", "unknown")
        assert verdict(data, web=pages()) == ("cannot tell", "whole")
        assert verdict(data, PROFILE, web=pages()) == ("valid", "valid")
        key = pages()[f"{SITE}/key.json"]
        assert verdict(
            data, PROFILE, web=pages(**{f"{SITE}/key.json": {**key, "owner": "https://evil.example/i"}})
        ) == (
            "not valid",
            "signed by another",
        )
        unlisted = {name: value for name, value in pages()[PROFILE].items() if name != "publicKey"}
        unlisted["publicKey"] = "https://badges.other.example/other.json"
        assert verdict(data, PROFILE, web=pages(**{PROFILE: unlisted})) == ("cannot tell", "unknown")
        head, body, signature = signed_assertion().split(".")
        plain = json.loads(base64.urlsafe_b64decode(body + "=="))
        other = base64.urlsafe_b64encode(json.dumps({**plain, "issuedOn": "2020-01-01T00:00:00Z"}).encode())
        forged = f"{head}.{other.rstrip(b'=').decode()}.{signature}".encode()
        assert verdict(forged, PROFILE, web=pages()) == ("not valid", "forged")

    def test_its_heading_comes_from_what_was_verified(self) -> None:
        """A badge of an issuer that is known has no other title, holder or issuer by members beside."""
        beside = {
            "name": "PhD",
            "issuer": {"id": "did:web:university.example", "name": "Big University"},
            "credentialSubject": {"name": "Ben", "achievement": {"id": "https://u.example/a", "name": "PhD"}},
            "validFrom": "2001-01-01T00:00:00Z",
            "awardedDate": "2001-01-01T00:00:00Z",
            "validUntil": "2099-01-01T00:00:00Z",
        }
        plain = {"type": "email", "hashed": False, "identity": EARNER}
        usual = f"{SITE}/assertions/7.json"
        for case in (assertion(recipient=plain), {**assertion(recipient=plain), **beside}):
            report = verify(write(case), reading((PROFILE,), pages(**{usual: case})))
            assert report.answer == "valid"
            assert read_heading(report.document) == Heading(
                title="Reading Aloud",
                holder=EARNER,
                issuer=f"Other Town College ({PROFILE})",
                issued="2024-05-04",
            )
            assert read_issuer_id(report.document) == PROFILE
            assert read_achievements(report.document) == {f"{SITE}/class.json", "Reading Aloud"}

    def test_an_issuers_profile_gives_it_no_other_id(self) -> None:
        inside = {"id": PROFILE, "origin": SITE, "name": "Other Town College"}
        case = assertion(badge={"id": "urn:x", "name": "Reading Aloud", "issuer": inside})
        profile = {**pages()[PROFILE], "id": "https://university.example/"}
        web = pages(**{f"{SITE}/assertions/7.json": case, PROFILE: profile})
        report = verify(write(case), reading((PROFILE,), web))
        assert read_issuer_id(report.document) == PROFILE

    def test_a_copy_that_is_no_badge_confirms_none(self) -> None:
        case = {k: v for k, v in assertion().items() if k != "recipient"}
        case["verify"] = {"type": "hosted", "url": case["id"]}
        there = {**{k: v for k, v in case.items() if k != "verify"}, "issuer": "did:web:university.example"}
        web = pages(**{f"{SITE}/assertions/7.json": there})
        assert verdict(write(case), PROFILE, web=web) == ("cannot tell", "unknown")

    @pytest.mark.parametrize(("end", "is_offered"), [("issuers/7", True), ("i;curl$IFS-evil", False)])
    def test_no_command_has_the_strange_id_of_its_issuer_in_it(self, end: str, is_offered: bool) -> None:
        address = f"{SITE}/{end}"
        case = assertion(badge={"id": "urn:x", "name": "Reading", "issuer": address})
        web = {f"{SITE}/assertions/7.json": case, address: {"id": address, "name": "Other"}}
        report = verify(write(case), reading((), web))
        assert report.state == "whole"
        remedy = line(report, "issuer").remedy
        assert ("mcred trust add" in remedy, address in remedy) == (is_offered, is_offered)

    def test_without_its_issuers_profile_neither_issuer_nor_status_is_told(self) -> None:
        """What a badge itself has of its issuer lists no key and no revoked badges."""
        inside = {"id": PROFILE, "name": "Other Town College"}
        badge = {"type": "BadgeClass", "id": "urn:x", "name": "Reading Aloud", "issuer": inside}
        hosted = assertion(badge=badge)
        there = pages(**{f"{SITE}/assertions/7.json": hosted, f"{SITE}/uploads/7.pem": public_pem().encode()})
        away = {address: page for address, page in there.items() if address != PROFILE}
        assert verdict(write(hosted), PROFILE, web=there) == ("valid", "valid")
        signed = assertion("SignedBadge", badge=badge)
        signed["verification"]["creator"] = f"{SITE}/uploads/7.pem"
        token = PyJWS().encode(json.dumps(signed).encode(), rsa_key(), algorithm="RS256").encode()
        for data in (write(hosted), token, signed_assertion().encode()):
            report = verify(data, reading((PROFILE,), away))
            told = {check.name: check.ok for check in report.checks}
            said = (report.answer, report.known, told["issuer"], told["status"])
            assert said == ("cannot tell", False, None, None)

    @pytest.mark.parametrize("name", ["signed.png", "signed.svg", "hosted.png", "address.png", "address.svg"])
    def test_baked_by_others_it_is_found(self, name: str) -> None:
        data = baked()[name]
        assert verdict(data)[0] == "cannot tell"
        web = pages()
        if name.startswith("signed"):
            web[f"{SITE}/assertions/7.json"] = assertion("SignedBadge")
        assert verdict(data, PROFILE, web=web) == ("valid", "valid")


def samples() -> Iterator[bytes]:
    """One file of every kind that is read."""
    yield from (write(make()) for make in DOCUMENTS.values())
    yield from (make().encode() for make in TOKENS.values())
    yield from baked().values()
    yield signed_assertion().encode()
    yield from (write(document) for document in (assertion(), older("1.1"), older("1.0"), a_badge()))
    yield from (foreign(name) for name in FILES)


SAMPLES = tuple(samples())
COMPUTED = {"forged", "signed by another", "key not in use"}
FACTS = {"expired", "not yet valid", "differs", "revoked"}


def check_answer(data: bytes) -> None:
    """No crash, nothing valid that was not, and no accusation without a computation."""
    report = verify(data, reading((*KNOWN, PROFILE), WEB))
    failed = [c for c in report.checks if c.ok is False]
    assert (report.answer == "not valid") == bool(failed)
    assert report.state in COMPUTED | FACTS or report.answer != "not valid"
    if report.state in COMPUTED:
        assert any(c.name == "proof" and c.ok is not None for c in report.checks)
    assert (report.state == "forged") == any(c.name == "proof" and c.state == "forged" for c in failed)
    if report.answer == "valid":
        assert data in SAMPLES or signed_part(report.document) in KNOWN_PARTS


WEB = pages()


def signed_part(document: Any) -> dict[str, Any]:
    """A badge without its proofs, of which one that cannot be judged takes nothing away."""
    return {name: value for name, value in document.items() if name != "proof"}


KNOWN_PARTS = [signed_part(verify(data, reading((*KNOWN, PROFILE), WEB)).document) for data in SAMPLES]


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"{", b"\x89PNG\r\n\x1a\n", b"<svg", b"eyJ", b"PK\x03\x04"]),
)
def test_random_bytes_are_no_badge(data: bytes, head: bytes) -> None:
    check_answer(head + data)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_mutated_badge_is_never_valid_by_mistake(data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 4))):
        if not sample:
            break
        at = data.draw(st.integers(0, len(sample) - 1))
        how = data.draw(st.sampled_from(("replace", "delete", "insert", "cut")))
        if how == "replace":
            sample[at] = data.draw(st.integers(0, 255))
        elif how == "delete":
            del sample[at : at + data.draw(st.integers(1, 20))]
        elif how == "insert":
            sample[at:at] = data.draw(st.binary(max_size=10))
        else:
            del sample[at:]
    check_answer(bytes(sample))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_member_of_a_strange_type_is_no_crash(data: st.DataObject) -> None:
    values: st.SearchStrategy[Any] = st.sampled_from(
        [None, 1, -1.5, "", "x", [], [[]], {}, {"a": [None]}, True, "did:key:z", "https://x"]
    )
    document = json.loads(data.draw(st.sampled_from([s for s in SAMPLES if s.startswith(b"{")])))
    path = data.draw(st.sampled_from([path for path, _ in leaves(document)] or [()]))
    if path:
        check_answer(
            write(changed(document, path[: data.draw(st.integers(1, len(path)))], data.draw(values)))
        )


def test_the_older_contexts_mean_what_their_publisher_says() -> None:
    from openbadgeslib.ob3.contexts import document_loader
    from pyld import jsonld

    terms = OLDER[VC_1]["@context"]["VerifiableCredential"]["@context"]
    values: dict[str, Any] = {n: "2020-01-01T00:00:00Z" for n, t in terms.items() if "dateTime" in str(t)}
    for name, term in terms.items():
        if isinstance(term, dict) and term["@type"] == "@id":
            kinds = [kind for kind in term.get("@context", {}) if kind[0].isupper()]
            values[name] = {"id": f"urn:x:{name}", **({"type": kinds} if kinds else {})}
    signature = OLDER[SUITE_CONTEXT]["@context"][SUITE_2020]["@context"]
    proof = {name: f"urn:x:{name}" for name in signature if name[0].isalpha() and name != "type"}
    for purpose in ("assertionMethod", "authentication"):
        values["proof"] = {**proof, "type": SUITE_2020, "proofPurpose": purpose}
        document = {
            "@context": [VC_1, SUITE_CONTEXT],
            "id": "urn:x:1",
            "type": ["VerifiableCredential"],
            **values,
        }

        def canon(contexts: dict[str, Any], document: dict[str, Any] = document) -> str:
            loader = document_loader({**all_contexts(), **contexts})
            options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
            found: str = jsonld.normalize(document, options)
            return found

        assert canon({}) == canon(elsewhere.published()) and len(values) == 14
        assert "2018>" in canon({}) and purpose in canon({})


def test_keys_are_read_and_spelled_alike() -> None:
    for did in KNOWN:
        document = expand_did(did)
        assert document is not None
        jwk = read_method(document["verificationMethod"][0])
        assert jwk is not None and f"did:key:{spell_multikey(jwk)}" == did
    assert all(
        expand_did(odd) is None for odd in ("did:key:z", "did:key:zQ3sh", "did:jwk:x", "did:web:x", "")
    )
