"""Badges that other people's software made for these tests, by each way of securing them.

`openvc` signs with the suites that mcred does not sign with, `openbadgeslib` signs Open Badges 2.0 and JWTs.
The issuer is a key, so that nothing has to be looked up but for older badges, whose site is `pages`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from msgspec.structs import replace
from openbadgeslib import baking
from openbadgeslib.ob2 import OB2Signer
from openbadgeslib.ob2.models import Assertion
from openbadgeslib.ob3 import OB3Signer
from openbadgeslib.ob3.contexts import bundled_contexts, document_loader
from openvc.keys import Ed25519SigningKey, P256SigningKey
from openvc.multibase import encode_multibase
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite
from openvc.proof.vc_jwt import VcJwtProofSuite
from pyld import jsonld
from pyld.documentloader.frozen import BUNDLED_CONTEXTS

from mcred.badges.checks import CheckContext, Material, NamedIssuer
from mcred.badges.default_image import draw_artwork, write_png, write_svg
from mcred.badges.others.contexts import SUITE_CONTEXT, VC_1
from mcred.badges.others.public_keys import spell_multikey
from tests.badges.issuing import a_context
from tests.school import NOON

ART = draw_artwork("Questioning", "Wait Time", "wait-time")
SIGNED = datetime(2025, 3, 1, tzinfo=UTC)
EARNER = "ana@school.example"


@lru_cache(maxsize=1)
def ed25519() -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@lru_cache(maxsize=1)
def p256() -> Any:
    return ec.derive_private_key(7, ec.SECP256R1())


@lru_cache(maxsize=1)
def rsa_key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: Any) -> bytes:
    found: bytes = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return found


def signing_key(key: Any, kid: str = "_") -> Any:
    return (Ed25519SigningKey if key is ed25519() else P256SigningKey)(key, kid=kid)


def did_of(key: Any) -> str:
    """The did:key of a key."""
    return f"did:key:{spell_multikey(signing_key(key).public_jwk())}"


def method_of(key: Any) -> str:
    return f"{did_of(key)}#{did_of(key).removeprefix('did:key:')}"


def credential(issuer: str, **more: Any) -> dict[str, Any]:
    """An Open Badge 3.0 as another program writes it, not signed yet."""
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:3f2a54f0-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Reading Aloud",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Other Town College"},
        "validFrom": "2025-03-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:learner",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://badges.other.example/a/1",
                "type": ["Achievement"],
                "name": "Reading Aloud",
                "description": "Reads aloud to a class.",
                "criteria": {"narrative": "Read three texts aloud."},
            },
        },
        **more,
    }


def _proved(suite: Any, key: Any, document: dict[str, Any] | None = None) -> dict[str, Any]:
    document = document or credential(did_of(key))
    more = {} if "Jcs" in type(suite).__name__ else {"extra_contexts": bundled_contexts()}
    found: dict[str, Any] = suite.add_proof(
        document, signing_key=signing_key(key), verification_method=method_of(key), created=SIGNED, **more
    )
    return found


def with_jcs(document: dict[str, Any]) -> dict[str, Any]:
    """A document of the issuer's, signed as JSON text."""
    return _proved(EddsaJcsProofSuite(), ed25519(), document)


def clr() -> dict[str, Any]:
    """A record of two badges (CLR 2.0), signed as a whole."""
    contexts = credential("x")["@context"]
    held = [_proved(EddsaJcsProofSuite(), ed25519()), _proved(EcdsaJcsProofSuite(), p256())]
    record = credential(did_of(ed25519()), type=["VerifiableCredential", "ClrCredential"])
    record["@context"] = [
        contexts[0],
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        contexts[1],
    ]
    record["credentialSubject"] = {
        "id": "did:example:learner",
        "type": ["ClrSubject"],
        "verifiableCredential": held,
    }
    return _proved(EddsaJcsProofSuite(), ed25519(), record)


def two_proofs() -> dict[str, Any]:
    first = _proved(EddsaJcsProofSuite(), ed25519())
    second = _proved(DataIntegrityProofSuite(), ed25519())
    return {**first, "proof": [first["proof"], second["proof"]]}


def published() -> dict[str, Any]:
    """The two contexts that mcred has in its own words, as W3C publishes them."""
    return {url: json.loads(BUNDLED_CONTEXTS[url].read_text("utf-8")) for url in (VC_1, SUITE_CONTEXT)}


def sign_2020(document: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A badge of VC Data Model 1.1 with an `Ed25519Signature2020`, under the contexts as W3C publishes them.

    `more`: members of the proof.
    """
    found = document or older_credential()
    proof = {
        "type": "Ed25519Signature2020",
        "created": "2025-03-01T00:00:00Z",
        "verificationMethod": method_of(ed25519()),
        "proofPurpose": "assertionMethod",
        **more,
    }
    loader = document_loader({**bundled_contexts(), **published()})
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    parts = ({**proof, "@context": found["@context"]}, found)
    data = b"".join(sha256(jsonld.normalize(part, options).encode()).digest() for part in parts)
    return {**found, "proof": {**proof, "proofValue": encode_multibase(ed25519().sign(data))}}


def older_credential(**more: Any) -> dict[str, Any]:
    """The same badge as of VC Data Model 1.1, not signed yet."""
    found = credential(did_of(ed25519()), issuanceDate="2025-03-01T00:00:00Z", **more)
    del found["validFrom"]
    return {**found, "@context": [VC_1, found["@context"][1], SUITE_CONTEXT]}


DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "eddsa-rdfc-2022": lambda: _proved(DataIntegrityProofSuite(), ed25519()),
    "eddsa-jcs-2022": lambda: _proved(EddsaJcsProofSuite(), ed25519()),
    "ecdsa-rdfc-2019": lambda: _proved(EcdsaRdfcProofSuite(), p256()),
    "ecdsa-jcs-2019": lambda: _proved(EcdsaJcsProofSuite(), p256()),
    "Ed25519Signature2020": sign_2020,
    "two proofs": two_proofs,
    "clr": clr,
}
"""Signed JSON documents, by the way they are secured."""


def jwt_with_key_id(key: Any) -> str:
    """A JWT as of the VC Data Model 1.1, its key named by a DID."""
    with patch("time.time", return_value=SIGNED.timestamp()):  # when its `nbf` begins
        found: str = VcJwtProofSuite().sign(
            credential(did_of(key)), signing_key=signing_key(key, kid=method_of(key))
        )
    return found


def jwt_with_enclosed_key() -> str:
    """A JWT as Open Badges 3.0 describes it: the members beside the claims, the key in the header (RS256)."""
    body = credential("https://college.other.example/profile")
    return OB3Signer(pem_of(rsa_key())).sign_payload(
        {**body, "iss": "https://college.other.example/profile", "jti": body["id"], "nbf": 1740787200}
    )


TOKENS: dict[str, Callable[[], str]] = {
    "EdDSA": lambda: jwt_with_key_id(ed25519()),
    "ES256": lambda: jwt_with_key_id(p256()),
    "RS256, enclosed key": jwt_with_enclosed_key,
}

SITE = "https://badges.other.example"
PROFILE = f"{SITE}/issuer.json"
LIST = f"{SITE}/revoked.json"


def assertion(how: str = "HostedBadge", **more: Any) -> dict[str, Any]:
    """An Open Badge 2.0, as its issuer hosts it."""
    person = {"type": "email", "hashed": True, "salt": "s1"}
    person["identity"] = f"sha256${sha256(f'{EARNER}s1'.encode()).hexdigest()}"
    verification = {"type": how, **({"creator": f"{SITE}/key.json"} if how == "SignedBadge" else {})}
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "id": f"{SITE}/assertions/7.json",
        "type": "Assertion",
        "recipient": person,
        "badge": f"{SITE}/class.json",
        "verification": verification,
        "issuedOn": "2024-05-04T10:00:00Z",
        **more,
    }


def older(version: str) -> dict[str, Any]:
    """The same badge as of 1.1 or 1.0."""
    found = assertion()
    place = found.pop("id")
    del found["verification"], found["@context"], found["type"]
    verify = {"type": "hosted", "url": place}
    if version == "1.1":
        return {
            "@context": "https://w3id.org/openbadges/v1",
            "type": "Assertion",
            "uid": "7",
            **found,
            "verify": verify,
        }
    return {**found, "uid": "7", "issuedOn": 1714816800, "verify": verify}


def _page(**more: Any) -> dict[str, Any]:
    return {"@context": "https://w3id.org/openbadges/v2", **more}


def public_pem() -> str:
    public = rsa_key().public_key()
    return public.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[no-any-return]


def pages(**changes: Any) -> dict[str, Any]:
    """What an older issuer's site has, by address."""
    return {
        f"{SITE}/assertions/7.json": assertion(),
        f"{SITE}/class.json": _page(
            type="BadgeClass", id=f"{SITE}/class.json", name="Reading Aloud", issuer=PROFILE
        ),
        PROFILE: _page(
            type="Issuer",
            id=PROFILE,
            name="Other Town College",
            publicKey=[f"{SITE}/key.json"],
            revocationList=LIST,
        ),
        f"{SITE}/key.json": _page(
            type="CryptographicKey", id=f"{SITE}/key.json", owner=PROFILE, publicKeyPem=public_pem()
        ),
        LIST: _page(type="RevocationList", id=LIST, issuer=PROFILE, revokedAssertions=[]),
        **changes,
    }


@lru_cache(maxsize=1)
def signed_assertion() -> str:
    """An Open Badge 2.0 signed as a JWS by `openbadgeslib`."""
    return OB2Signer(pem_of(rsa_key())).sign(Assertion.from_dict(assertion("SignedBadge")))


def baked() -> dict[str, bytes]:
    """Pictures with older badges inside, baked by `openbadgeslib`."""
    png, svg = write_png(ART, 16), write_svg(ART)
    return {
        "signed.png": bytes(baking.bake_png(png, signed_assertion())),
        "signed.svg": bytes(baking.bake_svg(svg, signed_assertion())),
        "hosted.png": bytes(baking.bake_png(png, json.dumps(assertion()))),
        "address.png": bytes(baking.bake_png(png, f"{SITE}/assertions/7.json")),
        "address.svg": bytes(baking.bake_svg(svg, f"{SITE}/assertions/7.json")),
    }


def reading(known: tuple[str, ...] = (), web: dict[str, Any] | None = None, **changes: Any) -> CheckContext:
    """A reader who knows some issuers, and may ask a few addresses."""
    there = web or {}

    def find(address: str) -> Material:
        found = there.get(address)
        data = json.dumps(found).encode() if isinstance(found, dict) else found
        return Material(data=data, where=f"from {address}" if data else "", public=True)

    issuers = tuple(
        NamedIssuer(
            did=one, keys=frozenset({one.removeprefix("did:key:")} if "did:key" in one else ()), name="X"
        )
        for one in known
    )
    base = a_context(find_did=find, find_list=find, now=NOON)
    return replace(base, find_page=find, known=issuers, **changes)
