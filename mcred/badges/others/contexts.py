"""The JSON-LD contexts that a badge of others may have; none is ever fetched.

Those of today come with `openbadgeslib`. The two older ones come with no package: `OLDER` says what
their terms mean, in our own words. A signature that is valid with them was made with the same meanings,
as it covers them. One that does not match shows a change only where they have every term of the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SUITE_2020 = "Ed25519Signature2020"
VC_1 = "https://www.w3.org/2018/credentials/v1"
SUITE_CONTEXT = "https://w3id.org/security/suites/ed25519-2020/v1"
_CRED, _SEC = "https://www.w3.org/2018/credentials#", "https://w3id.org/security#"
_MOMENT = "http://www.w3.org/2001/XMLSchema#dateTime"
_NAMES = {"@version": 1.1, "@protected": True, "id": "@id", "type": "@type"}


def _link(term: str, base: str = _CRED) -> dict[str, str]:
    return {"@id": f"{base}{term}", "@type": "@id"}


def _service(term: str, kind: str) -> dict[str, Any]:
    """A link to something whose kind is a term there alone."""
    return {**_link(term), "@context": {**_NAMES, kind: f"{_CRED}{kind}"}}


def _date(term: str, base: str = _CRED) -> dict[str, str]:
    return {"@id": f"{base}{term}", "@type": _MOMENT}


_PURPOSES = {
    name: {"@id": f"{_SEC}{term}", "@type": "@id", "@container": "@set"}
    for name, term in (("assertionMethod", "assertionMethod"), ("authentication", "authenticationMethod"))
}
_SIGNATURE = {
    **_NAMES,
    **{name: f"{_SEC}{name}" for name in ("challenge", "domain", "nonce")},
    "created": _date("created", "http://purl.org/dc/terms/"),
    "expires": _date("expiration", _SEC),
    "proofPurpose": {"@id": f"{_SEC}proofPurpose", "@type": "@vocab", "@context": {**_NAMES, **_PURPOSES}},
    "proofValue": {"@id": f"{_SEC}proofValue", "@type": f"{_SEC}multibase"},
    "verificationMethod": _link("verificationMethod", _SEC),
}
_CREDENTIAL = {
    **_NAMES,
    **{
        name: _link(name)
        for name in ("credentialStatus", "credentialSubject", "evidence", "holder", "issuer", "termsOfUse")
    },
    "credentialSchema": _service("credentialSchema", "JsonSchemaValidator2018"),
    "refreshService": _service("refreshService", "ManualRefreshService2018"),
    **{name: _date(name) for name in ("expirationDate", "issuanceDate", "issued", "validFrom", "validUntil")},
    "proof": {"@id": f"{_SEC}proof", "@type": "@id", "@container": "@graph"},
}
OLDER: Mapping[str, dict[str, Any]] = {
    VC_1: {
        "@context": {
            **_NAMES,
            "VerifiableCredential": {"@id": f"{_CRED}VerifiableCredential", "@context": _CREDENTIAL},
            "proof": _CREDENTIAL["proof"],
        }
    },
    SUITE_CONTEXT: {
        "@context": {**_NAMES, SUITE_2020: {"@id": f"{_SEC}{SUITE_2020}", "@context": _SIGNATURE}},
    },
}


def all_contexts() -> dict[str, Any]:
    """URL → every context that is at hand."""
    from openbadgeslib.ob3 import bundled_clr_contexts
    from openbadgeslib.ob3.contexts import bundled_contexts

    return {**bundled_contexts(), **bundled_clr_contexts(), **OLDER}
