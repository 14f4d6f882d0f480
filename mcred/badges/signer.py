"""Verifying a badge's issuer: its key, who vouches for it, the proof's coverage and signature.

A `did:key`, or a key that came in the same file, shows only that the badge is intact; a key that the issuer's
own address lists shows who holds that address. That you know them has to come from another source: the
programme the command runs in, a copy of the issuer's pages, your list of issuers, or the caller. A proof of
an unsupported kind is named and not judged.

Of several proofs each is judged by itself. They hold when every one that can be judged holds, and one by the
issuer is among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mcred.badges.checks import Check, CheckContext, Material, NamedIssuer, bracket, read_moment
from mcred.badges.clr import is_made_of_badges
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.links import suggest_trust
from mcred.badges.others.contexts import OLDER, SUITE_2020, all_contexts
from mcred.badges.others.forms import find_unreadable, is_usual
from mcred.badges.others.older_proofs import compute_older
from mcred.badges.others.public_keys import describe_key, expand_did
from mcred.badges.others.suites import JCS, read_other_coverage
from mcred.badges.proof import MAX_PROOFS, compute_signature, find_key, issuer_of, read_coverage
from mcred.problems import McredError

_ISSUER = "VC Data Model 2.0, §4.7; Controlled Identifiers 1.0, §3.3"
_COVERAGE = "Data Integrity 1.0, §2.4.1"
_PROOF = "Data Integrity 1.0, §4.4"
_METHOD = re.compile(r"(did:[a-z0-9]+:[A-Za-z0-9._:%-]+)#[A-Za-z0-9._:%-]+")
COMPUTED = {
    True: "the signature is valid",
    False: "the signature does not match: something was changed, or another key signed it",
    None: "not checked: there is no key, or no proof that mcred can compute",
}


class Signer(Struct, frozen=True, kw_only=True):
    """What is known of a badge's signer."""

    check: Check
    owner: JsonObject | None = None
    """The issuer's DID document, if available."""
    multibase: str = ""
    """The key to verify the signature with, empty when none is available."""
    signed: str = ""
    """When it was signed, as the proof has it."""


JudgedProof = tuple[Signer, tuple[Check, ...]]


def check_issuer(document: JsonObject, context: CheckContext) -> JudgedProof:
    """The signer, and its three checks: issuer, coverage, proof."""
    proofs = document.get("proof")
    if not isinstance(proofs, list):
        return _judge(document, context)
    if len(proofs) > MAX_PROOFS:
        check = Check(
            name="coverage", ok=None, what=f"it has more than {MAX_PROOFS} proofs", clause=_COVERAGE
        )
        return Signer(check=check), (check,)
    return _sum_up([_judge({**document, "proof": proof}, context) for proof in proofs])


def _judge(document: JsonObject, context: CheckContext) -> JudgedProof:
    signer = find_signer(document, context)
    covered, what = _read_coverage(document)
    holds = _compute(document, signer.multibase) if covered is not None else None
    what_holds = COMPUTED[holds]
    if covered is False and holds is False and not OLDER.keys().isdisjoint(document["@context"]):
        # What is not covered may be a term that we left out of a context in our own words.
        holds, what_holds = None, "the signature does not match, which may be due to what it does not cover"
    remedy = "" if covered else "ask its issuer, or use software that knows this kind of badge"
    coverage = Check(
        name="coverage",
        # What is not covered may have been there from the beginning.
        ok=True if covered else None,
        what=what or "every member is covered by the proof",
        clause=_COVERAGE,
        state="partly signed" if covered is False else None,
        remedy=remedy,
    )
    proof = Check(name="proof", ok=holds, what=what_holds, clause=_PROOF, state="forged")
    signer = only_computed(signer, proof)
    return signer, (signer.check, coverage, proof, *_check_end(document, context))


def _check_end(document: JsonObject, context: CheckContext) -> Iterator[Check]:
    """Whether the proof itself has expired, where it says until when it holds."""
    proof = document.get("proof")
    ends = read_moment(proof.get("expires")) if isinstance(proof, dict) else None
    if ends is not None and ends < context.now:
        what = f"its proof expired on {ends.date()}"
        yield Check(name="proof dates", ok=False, what=what, clause=_PROOF, state="expired")


def only_computed(signer: Signer, proof: Check) -> Signer:
    """The signer, of whom nothing counts against a badge where no signature was computed."""
    if proof.ok is not None or signer.check.ok is not False:
        return signer
    remedy = "ask the issuer it names whether this badge is theirs"
    return replace(signer, check=replace(signer.check, ok=None, state=None, remedy=remedy))


def _sum_up(judged: Sequence[JudgedProof]) -> JudgedProof:
    """Of several proofs: the one that fails, else one that holds, else the first; the others in a line."""
    failed = [j for j in judged if any(c.ok is False for c in j[1][1:])]
    if failed:
        return failed[0]
    holding = [j for j in judged if j[1][1].ok and j[1][2].ok and j[0].check.ok is not False]
    holding.sort(key=lambda j: j[0].check.ok is not True)
    signer, lines = (holding or judged)[0]
    if len(judged) == 1 or all(j[1][2].ok and j[0].multibase == signer.multibase for j in judged):
        return signer, lines  # as of one proof
    held = sum(1 for j in judged if j[1][2].ok)
    what = f"it has {len(judged)} proofs, {held} with a signature that was computed and is valid"
    return signer, (*lines, Check(name="proofs", ok=None, what=what, clause=_PROOF, weighs=False))


def find_signer(document: JsonObject, context: CheckContext) -> Signer:
    """The key a document's one proof names, and whether another source confirms that it is the issuer's."""
    proof = document.get("proof")
    signed = proof.get("created") if isinstance(proof, dict) else None
    issuer, method = issuer_of(document), method_of(document)
    owner, material = find_owner(issuer, method, context)
    multibase, doubts = find_key(document, owner)
    if not doubts:
        check = vouch(issuer, multibase, material, context)
        found = Signer(check=check, owner=owner, multibase=multibase)
    else:
        found = doubt_signer(issuer, method, owner, material, doubts[0], context)
    return replace(found, signed=signed if isinstance(signed, str) else "")


def method_of(document: JsonObject) -> str:
    """The verification method of a document's proof, the first one's of several; '' when it names none."""
    proof = document.get("proof")
    proof = proof[0] if isinstance(proof, list) and proof else proof
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    return method if isinstance(method, str) else ""


def find_owner(issuer: str, method: str, context: CheckContext) -> tuple[JsonObject | None, Material]:
    """The issuer's DID document, None when unavailable or unreadable, and its source. An issuer named by an
    https address may have the same document there (Controlled Identifiers 1.0)."""
    if (by_itself := expand_did(issuer)) is not None:
        return by_itself, Material(data=None, where="")
    is_did = issuer.startswith("did:") and not issuer.startswith("did:key:")
    is_site = issuer.startswith("https://") and method.startswith(f"{issuer}#")
    found = Material(data=None, where="")
    if is_did or is_site:
        found = context.find_did(issuer) if is_did else context.find_page(issuer)
    if found.data is not None:
        try:
            return read_json(found.data), found
        except McredError:
            return None, Material(data=None, where=f"{found.where}: that is not a did.json")
    # Enough to verify the signature; `vouch` needs another source for the key's owner.
    name = method.partition("#")[2]
    keys = (one.keys for one in (*context.known, *((context.named,) if context.named else ())))
    named = is_did or is_site
    if named and name in context.trusted.union(*keys):
        return describe_key(issuer, name), Material(data=None, where="")
    return None, found


def vouch(issuer: str, multibase: str, material: Material, context: CheckContext) -> Check:
    """Whether the issuer is known from another source than the badge.

    A known key vouches for its own did:key, and for issuers known to list it; not for any name that its
    holder writes into a badge.
    """
    named = context.named
    listed = material.data is not None and not material.own
    own_name = issuer == f"did:key:{multibase}"
    known = (named,) if named is not None else context.known
    by = next((one for one in known if _is_known(one, issuer, multibase, listed)), None)
    where = ""
    if by is not None:
        where = "the issuer you named" if by is named else f"in {by.listed}: {by.name}"
    elif named is None and multibase in context.trusted and (own_name or issuer in context.keys):
        where = material.where or "from the program's record"
    elif named is None and listed and not material.public:
        where = material.where
    if where:
        what = f"signed with a key that {issuer} lists ({where})"
        return Check(name="issuer", ok=True, what=what, clause=_ISSUER)
    return Check(
        name="issuer",
        ok=None,
        clause=_ISSUER,
        state="whole",
        **_say_unknown(issuer, multibase, listed, named),
    )


def _is_known(one: NamedIssuer, issuer: str, multibase: str, listed: bool) -> bool:
    by_key = multibase in one.keys and (listed or issuer in (f"did:key:{multibase}", one.did))
    return by_key or (listed and issuer == one.did)


def _say_unknown(issuer: str, multibase: str, listed: bool, named: NamedIssuer | None) -> dict[str, Any]:
    """What is found about an issuer who is not known, and how to find out."""
    key = f"the key {multibase}" if multibase else "a key"
    if named is not None and issuer != named.did and multibase not in named.keys:
        what = f"signed by {issuer}, which is not the issuer you named"
        remedy = "ask the issuer you know whether this badge is theirs"
    elif listed:
        what = f"signed with a key that {issuer} lists at its own address; it is not in your list of issuers"
        remedy = suggest_trust(issuer)
    elif issuer.startswith("did:web:"):
        what = f"signed with {key}: this file can't show that the key belongs to {issuer}"
        remedy = "the same command with --online, which asks the issuer's own address"
    else:
        what = f"signed with {key}: the badge can't show whose key this is"
        remedy = "confirm it with the issuer in some way other than this file"
    return {"what": what, "remedy": remedy}


def doubt_signer(
    issuer: str,
    method: str,
    owner: JsonObject | None,
    material: Material,
    doubt: str,
    context: CheckContext,
) -> Signer:
    """The signer when the issuer's key is unavailable, or not the one named."""
    found = _METHOD.fullmatch(method)
    other = found[1] if found else ""
    by_itself = expand_did(other)
    multibase = other.removeprefix("did:key:") if by_itself and method in by_itself["assertionMethod"] else ""
    is_did = issuer.startswith("did:")
    if is_did and other and other != issuer:
        what = f"signed with a key of {other}, not of its issuer {issuer}"
        check = Check(name="issuer", ok=False, what=what, clause=_ISSUER, state="signed by another")
        return Signer(check=check, owner=owner, multibase=multibase)
    if multibase and other.startswith("did:key:") and not is_did:
        return Signer(check=vouch(issuer, multibase, material, context), multibase=multibase)
    if is_did or method.startswith(f"{issuer}#"):
        if owner is None:
            doubt = f"the keys of {issuer} are not at hand"
        remedy = "the issuer's current pages: --online, or a copy of them with --site"
        check = Check(name="issuer", ok=None, what=doubt + bracket(material), clause=_ISSUER, remedy=remedy)
        return Signer(check=check, owner=owner)
    what = f"its issuer is named as {issuer or 'no one'}, whose keys mcred cannot look up"
    remedy = "ask its issuer, or check whether its own site shows this badge"
    return Signer(check=Check(name="issuer", ok=None, what=what, clause=_ISSUER, remedy=remedy))


def _read_coverage(document: JsonObject) -> tuple[bool | None, str]:
    """Whether the one proof covers every member, None when unknown or not computed here, and why not."""
    if strange := find_unreadable(document):
        return None, strange[0]
    proof = document["proof"]
    if proof.get("cryptosuite") in JCS:
        return True, ""
    if is_usual(document) and proof["type"] != SUITE_2020:
        return read_coverage(document)
    if is_made_of_badges(document):
        return True, ""
    return read_other_coverage(document)


def _compute(document: JsonObject, multibase: str) -> bool | None:
    """Compute the signature, even if the issuer is unknown or coverage incomplete, to detect changes."""
    if not multibase:
        return None
    if document["proof"]["type"] == SUITE_2020:
        return compute_older(document, multibase)
    if document["proof"]["cryptosuite"] in JCS or is_usual(document):
        return compute_signature(document, multibase)
    return compute_signature(document, multibase, all_contexts())
