"""Verifying a badge's issuer: its key, who vouches for it, the proof's coverage and signature.

A `did:key`, or a key that came in the same file, shows only that the badge is intact. The key's owner has to
come from another source: the programme the command runs in, the issuer's own site, or the caller. A proof of
an unsupported kind is named and not judged.
"""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct

from mcred.badges.checks import Check, CheckContext, Material, bracket
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.keys import did_document, expand_did_key
from mcred.badges.proof import (
    READ_CONTEXTS,
    compute_signature,
    find_key,
    find_strange,
    issuer_of,
    read_coverage,
)
from mcred.domain.issuer_key import PublicKey
from mcred.problems import McredError

_ISSUER = "VC Data Model 2.0, §4.7; Controlled Identifiers 1.0, §3.3"
_COVERAGE = "Data Integrity 1.0, §2.4.1"
_PROOF = "EdDSA Cryptosuites 1.0, §3.2.2"
_METHOD = re.compile(r"(did:[a-z0-9]+:[A-Za-z0-9._:%-]+)#[A-Za-z0-9._:%-]+")


class Signer(Struct, frozen=True, kw_only=True):
    """What is known of a badge's signer."""

    check: Check
    owner: JsonObject | None = None
    """The issuer's DID document, if available."""
    multibase: str = ""
    """The key to verify the signature with, empty when none is available."""


def check_issuer(document: JsonObject, context: CheckContext) -> tuple[Signer, tuple[Check, ...]]:
    """The signer and its three checks: issuer, coverage, proof."""
    signer = find_signer(document, context)
    coverage = _check_coverage(document)
    proof = _check_proof(document, signer, coverage)
    return signer, (signer.check, coverage, proof)


def find_signer(document: JsonObject, context: CheckContext) -> Signer:
    """The key a document names, and whether another source confirms that it is the issuer's."""
    owner, material = _find_owner(document, context)
    multibase, doubts = find_key(document, owner)
    if not doubts:
        check = _vouch(issuer_of(document), multibase, material, context)
        return Signer(check=check, owner=owner, multibase=multibase)
    return _doubt(document, owner, material, doubts[0], context)


def method_of(document: JsonObject) -> str:
    """The verification method of a document's proof, '' when it names none."""
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    return method if isinstance(method, str) else ""


def _find_owner(document: JsonObject, context: CheckContext) -> tuple[JsonObject | None, Material]:
    """The issuer's DID document, None when unavailable or unreadable, and its source."""
    issuer = issuer_of(document)
    if issuer.startswith("did:key:"):
        return expand_did_key(issuer), Material(data=None, where="")
    found = context.find_did(issuer) if issuer.startswith("did:") else Material(data=None, where="")
    if found.data is not None:
        try:
            return read_json(found.data), found
        except McredError:
            return None, Material(data=None, where=f"{found.where}: that is not a did.json")
    # Enough to verify the signature; `_vouch` needs another source for the key's owner.
    name = method_of(document).partition("#")[2]
    known = context.trusted | (context.named.keys if context.named else frozenset())
    if issuer.startswith("did:") and name in known:
        key = PublicKey(id=name, multibase=name, since=date.min)
        return did_document(issuer, (key,)), Material(data=None, where="")
    return None, found


def _vouch(issuer: str, multibase: str, material: Material, context: CheckContext) -> Check:
    """Whether the issuer is known from another source than the badge.

    A known key vouches for its own did:key, and for issuers known to list it; not for any name that its
    holder writes into a badge.
    """
    named = context.named
    listed = material.data is not None and not material.own
    own_name = issuer == f"did:key:{multibase}"
    where = ""
    if named is not None:
        by_key = multibase in named.keys and (listed or own_name or issuer == named.did)
        where = "the issuer you named" if by_key or (listed and issuer == named.did) else ""
    elif multibase in context.trusted and (own_name or issuer in context.keys):
        where = material.where or "from the program's record"
    elif listed:
        where = material.where
    if where:
        what = f"signed with a key that {issuer} lists ({where})"
        return Check(name="issuer", ok=True, what=what, clause=_ISSUER)
    if named is not None and issuer != named.did and multibase not in named.keys:
        what = f"signed by {issuer}, which is not the issuer you named"
        remedy = "ask the issuer you know whether this badge is theirs"
    elif issuer.startswith("did:web:"):
        what = f"signed with the key {multibase}: this file can't show that the key belongs to {issuer}"
        remedy = "the same command with --online, which asks the issuer's own address"
    else:
        what = f"signed with the key {multibase}: the badge can't show whose key this is"
        remedy = "confirm it with the issuer in some way other than this file"
    return Check(name="issuer", ok=None, what=what, clause=_ISSUER, state="whole", remedy=remedy)


def _doubt(
    document: JsonObject, owner: JsonObject | None, material: Material, doubt: str, context: CheckContext
) -> Signer:
    """The signer when the issuer's key is unavailable, or not the one named."""
    issuer, method = issuer_of(document), method_of(document)
    found = _METHOD.fullmatch(method)
    other = found[1] if found else ""
    by_itself = expand_did_key(other)
    multibase = other.removeprefix("did:key:") if by_itself and method in by_itself["assertionMethod"] else ""
    if issuer.startswith("did:"):
        if other and other != issuer:
            what = f"signed with a key of {other}, not of its issuer {issuer}"
            check = Check(name="issuer", ok=False, what=what, clause=_ISSUER, state="signed by another")
            return Signer(check=check, owner=owner, multibase=multibase)
        if owner is None:
            doubt = f"the keys of {issuer} are not at hand"
        remedy = "the issuer's current pages: --online, or a copy of them with --site"
        check = Check(name="issuer", ok=None, what=doubt + bracket(material), clause=_ISSUER, remedy=remedy)
        return Signer(check=check, owner=owner)
    if multibase:
        return Signer(check=_vouch(issuer, multibase, material, context), multibase=multibase)
    what = f"its issuer is named as {issuer or 'no one'}, whose keys mcred cannot look up"
    remedy = "ask its issuer, or check whether its own site shows this badge"
    return Signer(check=Check(name="issuer", ok=None, what=what, clause=_ISSUER, remedy=remedy))


def _check_coverage(document: JsonObject) -> Check:
    ok: bool | None = None
    if strange := find_strange(document, READ_CONTEXTS):
        what = strange[0]
    else:
        ok, what = read_coverage(document)
    remedy = "" if ok is not None else "ask its issuer, or use software that knows this kind of badge"
    what = what or "every member is covered by the proof"
    return Check(name="coverage", ok=ok, what=what, clause=_COVERAGE, state="partly signed", remedy=remedy)


def _check_proof(document: JsonObject, signer: Signer, coverage: Check) -> Check:
    """Verify the signature, even if the issuer is unknown or coverage incomplete, to detect changes."""
    holds = None
    if signer.multibase and coverage.ok is not None:
        holds = compute_signature(document, signer.multibase)
    what = {
        True: "the signature is valid",
        False: "the signature is not valid: something was changed",
        None: "not checked: there is no key, or no proof that mcred can compute",
    }[holds]
    return Check(name="proof", ok=holds, what=what, clause=_PROOF, state="forged")
