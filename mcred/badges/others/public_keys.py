"""Public keys as others publish them: multikeys, JWKs and certificates of Ed25519, P-256, P-384 and RSA.

A key is a JWK (RFC 7517) here; its multikey spelling (z6Mk…, zDn…, z82…) is what people and trust lists name.
RSA has no multikey. The encodings are `openvc`'s and PyJWT's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcred.badges.keys import expand_did_key

Jwk = Mapping[str, Any]
_CODES = {"Ed25519": b"\xed\x01", "P-256": b"\x80\x24", "P-384": b"\x81\x24"}


def read_multikey(multibase: str) -> Jwk | None:
    """The JWK of a multikey; None when it is none that is known here."""
    from openvc.did.base import multikey_to_jwk
    from openvc.errors import OpenvcError

    if len(multibase) > 200:
        return None
    try:
        jwk: Jwk = multikey_to_jwk(multibase)
    except (OpenvcError, ValueError, TypeError, IndexError):
        return None
    return jwk if spell_multikey(jwk) == multibase else None


def spell_multikey(jwk: Jwk) -> str:
    """The multikey spelling of a JWK; '' where it has none, or is not a key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from openvc.multibase import encode_multibase

    code = _CODES.get(str(jwk.get("crv")))
    key = open_key(jwk)
    if code is None or key is None:
        return ""
    is_point = jwk.get("kty") == "EC"
    raw = key.public_bytes(
        Encoding.X962 if is_point else Encoding.Raw,
        PublicFormat.CompressedPoint if is_point else PublicFormat.Raw,
    )
    return str(encode_multibase(code + raw))


def open_key(jwk: Jwk) -> Any:
    """The `cryptography` public key of a JWK; None when it is not a public key of a known kind."""
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    kinds = (("OKP", "Ed25519", "EdDSA"), ("EC", "P-256", "ES256"), ("EC", "P-384", "ES384"))
    kinds_rsa = (("RSA", None, "RS256"),)
    found = next((k for k in kinds + kinds_rsa if (jwk.get("kty"), jwk.get("crv")) == k[:2]), None)
    if found is None or not all(isinstance(v, str | list | bool) for v in jwk.values()):
        return None
    plain = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    try:
        return PyJWK(plain, found[2]).key
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None


def read_pem(text: str) -> Jwk | None:
    """The JWK of a public key or certificate in PEM; None when it is neither."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        data = text.encode("ascii")[: 64 * 1024]
        if b"BEGIN CERTIFICATE" in data:
            return _as_jwk(load_pem_x509_certificate(data).public_key())
        return _as_jwk(load_pem_public_key(data))
    except Exception:  # cryptography raises several kinds for what is no key
        return None


def read_certificate(der: bytes) -> Jwk | None:
    """The JWK of a certificate's key; None when it is not a certificate."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        return _as_jwk(load_der_x509_certificate(der).public_key())
    except Exception:  # as above
        return None


def _as_jwk(key: Any) -> Jwk | None:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    if isinstance(key, RSAPublicKey):
        found = RSAAlgorithm.to_jwk(key, as_dict=True)
    elif isinstance(key, EllipticCurvePublicKey):
        found = ECAlgorithm.to_jwk(key, as_dict=True)
    else:
        found = OKPAlgorithm.to_jwk(key, as_dict=True)
    return found if open_key(found) is not None else None


def read_method(method: Mapping[str, Any]) -> Jwk | None:
    """The key of a verification method: `publicKeyMultibase`, `publicKeyJwk` or `publicKeyPem`."""
    jwk, multibase, pem = (method.get(f"publicKey{form}") for form in ("Jwk", "Multibase", "Pem"))
    if isinstance(multibase, str):
        return read_multikey(multibase)
    if isinstance(jwk, dict):
        return jwk if open_key(jwk) is not None else None
    return read_pem(pem) if isinstance(pem, str) else None


def expand_did(did: str) -> dict[str, Any] | None:
    """The DID document that a did:key or did:jwk expands to; None for others."""
    if did.startswith("did:jwk:"):
        return _expand_jwk(did)
    if (found := expand_did_key(did)) is not None:
        return found
    multibase = did.removeprefix("did:key:")
    if not did.startswith("did:key:") or read_multikey(multibase) is None:
        return None
    return describe_key(did, multibase)


def describe_key(issuer: str, multibase: str) -> dict[str, Any]:
    """The DID document of an issuer with this one key, which is named by its multikey."""
    key = {"type": "Multikey", "publicKeyMultibase": multibase}
    return _document(issuer, f"{issuer}#{multibase}", key)


def _expand_jwk(did: str) -> dict[str, Any] | None:
    from openvc.did.did_jwk import DidJwkResolver
    from openvc.errors import OpenvcError

    if len(did) > 4096:
        return None
    try:
        (method,) = DidJwkResolver().resolve(did).verification_methods
    except (OpenvcError, ValueError, TypeError):
        return None
    key = {"type": "JsonWebKey", "publicKeyJwk": method.public_key_jwk}
    return _document(did, f"{did}#0", key) if open_key(method.public_key_jwk) is not None else None


def _document(did: str, name: str, key: Mapping[str, Any]) -> dict[str, Any]:
    method = {"id": name, "controller": did, **key}
    return {"id": did, "verificationMethod": [method], "assertionMethod": [name]}
