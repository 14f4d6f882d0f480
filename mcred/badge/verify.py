"""Is this badge what it says it is? Each check on a line, and one of three answers.

1. form: JSON as a Verifiable Credential has it (VC Data Model 2.0, §4 and §6.1; RFC 8259, §4).
2. members: what Open Badges asks for is there, in its type (Open Badges 3.0, Appendix B).
3. issuer: its DID document is at hand, and the proof names one of its keys (VC Data Model 2.0, §4.7;
   Controlled Identifiers 1.0, §3.3).
4. coverage: the proof covers every member, under contexts we know (Data Integrity 1.0, §2.4.1).
5. proof: the signature holds (EdDSA Cryptosuites 1.0, §3.2.2 `eddsa-rdfc-2022`).
6. dates: it has begun and has not ended (VC Data Model 2.0, §4.9); signed while the key was in use.
7. status: the issuer's signed list does not revoke it (Bitstring Status List 1.0, §3.2).
8. recipient: it was issued to the person asked about (Open Badges 3.0, §9 "Verification and Validation").
9. record: the programme's history gives this badge, where that history is at hand (`badge.record`).

`valid` needs every check to hold; one that fails makes `not valid`; one that cannot be made, where none
fails, makes `cannot tell`: what cannot be reached is never taken as good. A failed check hides no other.
Keys that came together with the badge show that it is whole, not whose it is: that is `cannot tell` too, and
its state is `whole`.

DID documents, lists, the programme's record and the time are arguments. Not checked here: the digests of
evidence, which need the files. Badges secured as a JWT, and contexts other than the three that `proof` knows,
are refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.badge.bake import extract, is_image
from mcred.badge.keys import expand_did_key
from mcred.badge.openbadge import normal_email
from mcred.badge.proof import LIST_CONTEXTS, find_key, find_uncovered, issuer_of, signature_holds
from mcred.badge.reading import read_json
from mcred.badge.status import PURPOSE, parse_index, read_bit
from mcred.model.issuing import PublicKey
from mcred.problems import McredError

Answer = Literal["valid", "not valid", "cannot tell"]
State = Literal[
    "valid",
    "revoked",
    "superseded",
    "expired",
    "not yet valid",
    "another's",
    "forged",
    "unsigned",
    "whole",
    "unknown",
]
Json = Mapping[str, Any]

SKEW = timedelta(minutes=5)
"""How far the clocks of two computers may differ."""
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


class Material(Struct, frozen=True, kw_only=True):
    """A document that a badge names, and where it came from; without bytes, why it is not at hand."""

    data: bytes | None
    where: str
    own: bool = False
    """It came together with the badge: whoever made the one could have made the other."""


Resolve = Callable[[str], Material]


class Check(Struct, frozen=True, kw_only=True):
    """One line: `ok` is None where it could not be checked."""

    name: str
    ok: bool | None
    what: str
    clause: str
    state: State | None = None
    """What a badge that fails this check is, where that has a name of its own."""
    weighs: bool = True
    """Whether the answer waits for it; False where there was nothing to check it against."""


class Context(Struct, frozen=True, kw_only=True):
    """What a badge is checked against."""

    now: datetime
    find_did: Resolve
    """A did:web's did.json; a did:key needs none."""
    find_list: Resolve
    """A status list by its address."""
    identity: str = ""
    """The person asked about: an e-mail address, an id of the programme, or a DID."""
    keys: Mapping[str, tuple[PublicKey, ...]] = field(default_factory=dict)
    """By issuer: its keys with their periods, where that programme's record is at hand."""
    successor: Callable[[str], str | None] | None = None
    """The id of the badge issued instead of a revoked one, by the programme's record."""
    compare: Callable[[Json], Check] | None = None
    """What the programme's record says of the badge, where it is at hand."""


class Report(Struct, frozen=True, kw_only=True):
    """The answer and how it came about."""

    answer: Answer
    state: State
    checks: tuple[Check, ...]
    document: Json
    """The badge as read; empty when it could not be read. To be shown as its issuer's only if valid."""


def verify(data: bytes, context: Context) -> Report:
    """Check a badge given as JSON, or as a picture with one inside."""
    # (1) form
    try:
        document = open_badge(data)
    except McredError as error:
        failed = Check(
            name="form", ok=False, what=error.what, clause="VC Data Model 2.0, §6.1", state="forged"
        )
        return _report((failed,), {})
    checks = [_check_form(document), _check_members(document)]
    if "proof" not in document:
        # Somebody took the signature away, or it was never there: either way nothing in it vouches for it.
        clause, what = "Data Integrity 1.0, §2.1", "it carries no signature: nothing in it vouches for it"
        checks.append(Check(name="proof", ok=False, what=what, clause=clause, state="unsigned"))
        record = (context.compare(document),) if context.compare is not None else ()
        return _report((*checks, *record), document)
    # (3) issuer
    owner, material = _owner(document, context)
    checks.append(issuer := _check_issuer(document, owner, material))
    # (4) coverage, (5) proof
    checks.append(coverage := _check_coverage(document))
    sound = bool((issuer.ok or issuer.state == "whole") and coverage.ok)
    checks.append(_check_proof(document, owner, sound=sound))
    # (6) dates
    checks.extend(_check_dates(document, context))
    # (7) status
    checks.extend(_check_status(document, owner, context))
    # (8) recipient
    if context.identity:
        checks.append(_check_recipient(document, context.identity))
    # (9) record
    if context.compare is not None:
        checks.append(context.compare(document))
    return _report(tuple(checks), document)


def open_badge(data: bytes) -> Json:
    """The badge in a JSON file or a picture. Raises McredError when there is none."""
    return read_json(extract(data) if is_image(data) else data)


def _report(checks: tuple[Check, ...], document: Json) -> Report:
    waiting = [c for c in checks if c.ok is None and c.weighs]
    whole = bool(waiting) and all(c.state == "whole" for c in waiting)
    checks = tuple(replace(c, state=None) if c.ok is not False else c for c in checks)
    failed = [c for c in checks if c.ok is False]
    if failed:
        # What nobody vouches for is not called revoked or expired: its own words are not to be trusted.
        # A list cannot say why a place is set; the record can, so what it says goes before.
        states = [c.state for c in failed]
        first: tuple[State, ...] = ("forged", "superseded")
        told: State = next((s for s in first if s in states), states[0] or "forged")
        return Report(answer="not valid", state=told, checks=checks, document=document)
    if waiting:
        unsure: State = "whole" if whole else "unknown"
        return Report(answer="cannot tell", state=unsure, checks=checks, document=document)
    return Report(answer="valid", state="valid", checks=checks, document=document)


def _check_form(document: Json) -> Check:
    types = document.get("type")
    odd = [
        *(() if isinstance(types, list) and "VerifiableCredential" in types else ("type",)),
        *(() if _is_uri(document.get("id")) else ("id",)),
        *(() if issuer_of(document).startswith("did:") or "proof" not in document else ("issuer",)),
        *(() if isinstance(document.get("credentialSubject"), dict) else ("credentialSubject",)),
        *(() if isinstance(document.get("proof", {}), dict) else ("proof",)),
        *(() if _moment(document.get("validFrom")) else ("validFrom",)),
    ]
    what = f"not as a credential has it: {', '.join(odd)}" if odd else "a Verifiable Credential"
    return Check(name="form", ok=not odd, what=what, clause="VC Data Model 2.0, §4", state="forged")


def _check_members(document: Json) -> Check:
    # (2) members
    odd = tuple(_odd_members(document))
    what = f"missing or of another type: {', '.join(odd)}" if odd else "an Open Badge with all it needs"
    return Check(name="members", ok=not odd, what=what, clause="Open Badges 3.0, Appendix B", state="forged")


def _odd_members(document: Json) -> Iterator[str]:
    types = document.get("type")
    if not isinstance(types, list) or not {"OpenBadgeCredential", "AchievementCredential"} & set(
        map(str, types)
    ):
        yield "type"
    subject = document.get("credentialSubject")
    subject = subject if isinstance(subject, dict) else {}
    if not (_is_uri(subject.get("id")) or isinstance(subject.get("identifier"), list)):
        yield "credentialSubject.identifier"
    achievement = subject.get("achievement")
    achievement = achievement if isinstance(achievement, dict) else {}
    for name in ("id", "name", "description"):
        if not isinstance(achievement.get(name), str):
            yield f"credentialSubject.achievement.{name}"
    if not isinstance(achievement.get("criteria"), dict):
        yield "credentialSubject.achievement.criteria"
    many = (
        *((document, name) for name in ("evidence", "endorsement")),
        *((subject, name) for name in ("identifier", "result")),
        *((achievement, name) for name in ("alignment", "tag", "resultDescription")),
    )
    for owner, name in many:
        if name in owner and not isinstance(owner[name], list):
            yield f"{name} (not a list)"


def _owner(document: Json, context: Context) -> tuple[Json | None, Material]:
    """The issuer's DID document, None when it is not at hand, and where it came from."""
    issuer = issuer_of(document)
    if issuer.startswith("did:key:"):
        return expand_did_key(issuer), Material(data=None, where="")
    found = context.find_did(issuer) if issuer.startswith("did:") else Material(data=None, where="")
    try:
        return (None if found.data is None else read_json(found.data)), found
    except McredError:
        return {}, found


def _check_issuer(document: Json, owner: Json | None, material: Material) -> Check:
    clause = "VC Data Model 2.0, §4.7; Controlled Identifiers 1.0, §3.3"
    issuer = issuer_of(document)
    proof = document.get("proof")
    named = str(proof.get("verificationMethod")) if isinstance(proof, dict) else ""
    if owner is None and issuer.startswith("did:web:") and named.startswith(f"{issuer}#"):
        what = f"the keys of {issuer} are not at hand{_bracket(material)}"
        return Check(name="issuer", ok=None, what=what, clause=clause)
    _, doubts = find_key(document, owner)
    what = doubts[0] if doubts else f"signed with a key that {issuer} lists"
    if material.own and not doubts:
        what = f"signed with a key that came with it: that it is {issuer}'s own has to be known otherwise"
        return Check(name="issuer", ok=None, what=what, clause=clause, state="whole")
    what += _bracket(material)
    return Check(name="issuer", ok=not doubts, what=what, clause=clause, state="forged")


def _bracket(material: Material) -> str:
    return f" ({material.where})" if material.where else ""


def _check_coverage(document: Json) -> Check:
    doubts = find_uncovered(document)
    what = doubts[0] if doubts else "every member is covered by the proof"
    return Check(
        name="coverage", ok=not doubts, what=what, clause="Data Integrity 1.0, §2.4.1", state="forged"
    )


def _check_proof(document: Json, owner: Json | None, *, sound: bool) -> Check:
    clause = "EdDSA Cryptosuites 1.0, §3.2.2"
    if not sound:
        unknown = "not checked: there is no key or no sound proof to check with"
        return Check(name="proof", ok=None, what=unknown, clause=clause)
    multibase, _ = find_key(document, owner)
    holds = signature_holds(document, multibase)
    what = "the signature holds" if holds else "the signature does not hold: something was changed"
    return Check(name="proof", ok=holds, what=what, clause=clause, state="forged")


def _check_dates(document: Json, context: Context) -> Iterator[Check]:
    clause = "VC Data Model 2.0, §4.9"
    begins, ends = _moment(document.get("validFrom")), _moment(document.get("validUntil"))
    if begins is None or (ends is None and "validUntil" in document):
        yield Check(name="dates", ok=False, what="its dates cannot be read", clause=clause, state="forged")
    elif begins > context.now + SKEW:
        what = f"it begins on {begins.date()}"
        yield Check(name="dates", ok=False, what=what, clause=clause, state="not yet valid")
    elif ends is not None and ends < context.now:
        yield Check(name="dates", ok=False, what=f"it ended on {ends.date()}", clause=clause, state="expired")
    else:
        until = f" to {ends.date()}" if ends else ", without an end"
        yield Check(name="dates", ok=True, what=f"from {begins.date()}{until}", clause=clause)
    if keys := context.keys.get(issuer_of(document)):
        yield _check_period(document, keys)


def _check_period(document: Json, keys: tuple[PublicKey, ...]) -> Check:
    clause = "the programme's own record of its keys"
    proof = document.get("proof")
    proof = proof if isinstance(proof, dict) else {}
    name, made = str(proof.get("verificationMethod")).partition("#")[2], _moment(proof.get("created"))
    used = made and any(name in (k.id, k.multibase) and k.used_on(made.date()) for k in keys)
    what = "signed while the key was in use" if used else "signed with a key that was not in use that day"
    return Check(name="key period", ok=bool(used), what=what, clause=clause, state="forged")


def _check_status(document: Json, owner: Json | None, context: Context) -> Iterator[Check]:
    clause = "Bitstring Status List 1.0, §3.2"
    entries = document.get("credentialStatus")
    if entries is None:
        yield Check(
            name="status", ok=True, what="it names no status list: it cannot be revoked", clause=clause
        )
        return
    for entry in entries if isinstance(entries, list) and entries else [entries]:
        ok, what = _read_status(entry, document, owner, context)
        state: State | None = "unknown" if ok is False else None
        if what == PURPOSE:
            instead = context.successor(str(document.get("id"))) if context.successor else None
            state = "superseded" if instead else "revoked"
            what = f"replaced by {instead}" if instead else "the issuer revoked it"
        yield Check(name="status", ok=ok, what=what, clause=clause, state=state)


def _read_status(entry: Any, document: Json, owner: Json | None, context: Context) -> tuple[bool | None, str]:
    """What one entry's list says; `revocation` alone when it revokes."""
    entry = entry if isinstance(entry, dict) else {}
    address, index = entry.get("statusListCredential"), parse_index(entry.get("statusListIndex"))
    known = entry.get("type") == "BitstringStatusListEntry" and entry.get("statusPurpose") == PURPOSE
    if not known or not isinstance(address, str) or index is None or entry.get("statusSize", 1) != 1:
        return None, "it has a kind of status that is not known here"
    found = context.find_list(address)
    if found.data is None:
        return None, f"the status list {address} cannot be reached{_bracket(found)}"
    if owner is None:
        return None, "the status list cannot be checked without the issuer's keys"
    try:
        listed = read_json(found.data)
        if reason := _doubt_list(listed, address, issuer_of(document), owner):
            return False, reason
        begins, ends = _moment(listed.get("validFrom")), _moment(listed.get("validUntil"))
        if begins is None or begins > context.now + SKEW or (ends and ends < context.now):
            return None, "the status list at hand is not of today"
        revoked = read_bit(listed, index)
    except McredError as error:
        return False, error.what
    unset = f"not revoked, by the list of {begins.date()}{_bracket(found)}"
    return (False, PURPOSE) if revoked else (True, unset)


def _doubt_list(listed: Json, address: str, issuer: str, owner: Json | None) -> str:
    """Why a status list is not the issuer's own, '' when it is."""
    types, subject = listed.get("type"), listed.get("credentialSubject") or {}
    kind = subject.get("type") if isinstance(subject, dict) else None
    if (
        not isinstance(types, list)
        or "BitstringStatusListCredential" not in types
        or kind != "BitstringStatusList"
    ):
        return "what stands at the status list's address is no status list"
    if subject.get("statusPurpose") != PURPOSE:
        return "what stands at the status list's address is no list of revocations"
    if listed.get("id") != address or issuer_of(listed) != issuer:
        return "the status list is another one, or another issuer's"
    multibase, doubts = find_key(listed, owner)
    doubts = doubts or find_uncovered(listed, LIST_CONTEXTS)
    if doubts or not signature_holds(listed, multibase):
        return f"the status list is not signed by the issuer: {doubts[0] if doubts else 'it was changed'}"
    return ""


def _check_recipient(document: Json, identity: str) -> Check:
    subject = document.get("credentialSubject")
    subject = subject if isinstance(subject, dict) else {}
    entries = subject.get("identifier")
    entries = entries if isinstance(entries, list) else []
    same = any(_is_for(entry, identity) for entry in entries if isinstance(entry, dict))
    same = same or (identity.startswith("did:") and subject.get("id") == identity)
    what = f"issued to {identity}" if same else f"not issued to {identity}"
    return Check(
        name="recipient",
        ok=same,
        what=what,
        clause="Open Badges 3.0, §9 and IdentityObject",
        state="another's",
    )


def _is_for(entry: Json, identity: str) -> bool:
    """Whether an IdentityObject (Open Badges 3.0, Appendix B) is this person; a name alone proves nobody."""
    from openbadgeslib.ob3 import IdentityObject

    kind, written, salt = entry.get("identityType"), entry.get("identityHash"), entry.get("salt", "")
    if kind not in ("emailAddress", "systemId") or not isinstance(written, str) or not isinstance(salt, str):
        return False
    forms = {identity, normal_email(identity)} if kind == "emailAddress" else {identity}
    if entry.get("hashed") is True:
        forms = {IdentityObject.create(form, salt=salt).identity_hash for form in forms}
        written = written.lower() if written.startswith("sha256$") else written
    return any(hmac.compare_digest(form.encode(), written.encode()) for form in forms)


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _is_uri(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", value))
