"""Credentials secured as a JWT, and badges signed as a JWS: the signer's key, and the signature.

The algorithms are EdDSA, ES256, ES384 and RS256; the computing is PyJWT's. The key is one that the issuer's
DID document lists, one at an https address of the issuer, or one that came along in the token's header: that
one shows only that the token is intact.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from mcred.badges.checks import Check, CheckContext, Material, bracket
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.links import same_site
from mcred.badges.others.opening import ADDRESS, Token
from mcred.badges.others.public_keys import (
    Jwk,
    expand_did,
    open_key,
    read_certificate,
    read_method,
    spell_multikey,
)
from mcred.badges.proof import find_method, issuer_of
from mcred.badges.signer import COMPUTED, Signer, doubt_signer, find_owner, only_computed, vouch
from mcred.problems import McredError

ALGORITHMS = frozenset({"EdDSA", "ES256", "ES384", "RS256"})
_CLAUSE = "VC Data Model 1.1, §6.3.1; Open Badges 3.0, §8.2; RFC 7515, §5.2"


def check_token(
    token: Token, document: JsonObject, context: CheckContext
) -> tuple[Signer, tuple[Check, ...]]:
    """The signer of a credential secured as a JWT, and its three checks: issuer, coverage, proof."""
    if doubt := doubt_token(token):
        coverage = Check(name="coverage", ok=None, what=doubt, clause=_CLAUSE, remedy=_ELSEWHERE)
        return Signer(check=coverage), (coverage,)
    signer, jwk = _find_signer(token, document, context)
    coverage = Check(name="coverage", ok=True, what="the signature covers every member", clause=_CLAUSE)
    proof = check_signature(token, jwk)
    signer = only_computed(signer, proof)
    return signer, (signer.check, coverage, proof)


_ELSEWHERE = "ask its issuer, or use software that knows this kind of badge"


def doubt_token(token: Token) -> str:
    """Why a token cannot be verified here, '' when it can."""
    algorithm = str(token.head.get("alg", "unknown"))
    if token.is_partial:
        return f"secured in a way that mcred cannot check (an SD-JWT, {algorithm})"
    if algorithm.lower() == "none":
        return "it is not signed (a JWT without a signature)"
    if algorithm not in ALGORITHMS or "crit" in token.head or "b64" in token.head:
        return f"secured in a way that mcred cannot check (a JWT, {algorithm})"
    return ""


def check_signature(token: Token, jwk: Jwk | None) -> Check:
    """Compute a token's signature with a key."""
    holds = None if jwk is None else compute_jws(token, jwk)
    return Check(name="proof", ok=holds, what=COMPUTED[holds], clause=_CLAUSE, state="forged")


def compute_jws(token: Token, jwk: Jwk) -> bool | None:
    """Whether a token was signed with this key; None when that could not be computed."""
    from jwt import PyJWK, PyJWS
    from jwt.exceptions import InvalidSignatureError, PyJWTError

    algorithm = str(token.head.get("alg"))
    if algorithm not in ALGORITHMS or not _fits(algorithm, jwk):
        return None
    try:
        key = PyJWK({n: jwk[n] for n in ("kty", "crv", "x", "y", "n", "e") if n in jwk}, algorithm)
        PyJWS(algorithms=[algorithm]).decode_complete(token.text, key, algorithms=[algorithm])
    except InvalidSignatureError:
        return False
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    return True


_SHORTEST, _LONGEST = 2048, 8192
"""The lengths of RSA keys that count, in bits: others can sign with a shorter one's (NIST SP 800-131A)."""


def _fits(algorithm: str, jwk: Jwk) -> bool:
    kinds = {"EdDSA": ("OKP", "Ed25519"), "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384")}
    if algorithm == "RS256":
        key = open_key(jwk) if jwk.get("kty") == "RSA" else None
        return key is not None and _SHORTEST <= key.key_size <= _LONGEST
    return (jwk.get("kty"), jwk.get("crv")) == kinds[algorithm]


def _find_signer(token: Token, document: JsonObject, context: CheckContext) -> tuple[Signer, Jwk | None]:
    """Who signed a token, as far as known, and the key to compute with."""
    issuer, kid = issuer_of(document), token.head.get("kid")
    kid = kid if isinstance(kid, str) else ""
    if kid.startswith("#") or (not kid and expand_did(issuer) is not None):
        kid = _only_method(issuer) if not kid else issuer + kid
    elif issuer.startswith("did:") and kid and not kid.startswith(("did:", "http")):
        kid = f"{issuer}#{kid}"
    if kid.startswith("did:") and issuer.startswith("did:"):
        owner, material = find_owner(issuer, kid, context)
        method, doubts = find_method(issuer, kid, owner)
        jwk = read_method(method) if method is not None else None
        if method is not None and jwk is not None:
            check = vouch(issuer, spell_multikey(jwk), material, context)
            return Signer(check=check, owner=owner), jwk
        doubt = doubts[0] if doubts else "the issuer's key cannot be read"
        return doubt_signer(issuer, kid, owner, material, doubt, context), _own_key(kid)
    if ADDRESS.fullmatch(kid):
        return _find_at_address(kid, issuer, context)
    jwk = _own_key(kid) or _enclosed(token.head)
    if jwk is not None:
        own = Material(data=None, where="")
        return Signer(check=vouch(issuer, spell_multikey(jwk), own, context)), jwk
    return doubt_signer(issuer, kid, None, Material(data=None, where=""), "it names no key", context), None


def _only_method(did: str) -> str:
    document = expand_did(did) or {}
    return next(iter(document.get("assertionMethod", ())), "")


def _own_key(method: str) -> Jwk | None:
    """The key of a method that is a key itself (did:key, did:jwk)."""
    document = expand_did(method.partition("#")[0])
    if document is None or method not in document["assertionMethod"]:
        return None
    return read_method(document["verificationMethod"][0])


def _enclosed(head: JsonObject) -> Jwk | None:
    """The key in a token's own header."""
    jwk, chain = head.get("jwk"), head.get("x5c")
    if isinstance(jwk, dict):
        return jwk if open_key(jwk) is not None else None
    if isinstance(chain, list) and chain and isinstance(chain[0], str):
        try:
            return read_certificate(base64.b64decode(chain[0]))
        except (ValueError, binascii.Error):
            return None
    return None


def _find_at_address(kid: str, issuer: str, context: CheckContext) -> tuple[Signer, Jwk | None]:
    """A key at an https address counts as the issuer's where the issuer has an address at the same site."""
    found = context.find_page(kid)
    jwk = _read_page(found.data, kid) if found.data is not None else None
    if jwk is None:
        what = f"the key at {kid} is not at hand{bracket(found)}"
        remedy = f"the same command with --online; the file names {kid}"
        return Signer(check=Check(name="issuer", ok=None, what=what, clause=_CLAUSE, remedy=remedy)), None
    if not same_site(kid, issuer):
        found = Material(data=None, where="")
    return Signer(check=vouch(issuer, spell_multikey(jwk), found, context)), jwk


def _read_page(data: bytes, kid: str) -> Jwk | None:
    try:
        document = read_json(data)
    except McredError:
        return None
    keys = document.get("keys")
    if isinstance(keys, list):
        named = [k for k in keys if isinstance(k, dict) and k.get("kid") in (kid, kid.partition("#")[2])]
        document = named[0] if len(named) == 1 else {}
    return _as_key(document)


def _as_key(document: dict[str, Any]) -> Jwk | None:
    return document if open_key(document) is not None else read_method(document)
