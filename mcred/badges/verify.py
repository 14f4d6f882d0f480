"""Verifying a badge: nine checks, each with its result, and one of three verdicts.

1. form: JSON as a Verifiable Credential has it (VC Data Model 2.0, §4 and §6.1; RFC 8259, §4), or a JWT.
2. members: required members exist and have the right type (Open Badges 3.0, Appendix B).
3. issuer: its DID document is available, and the proof names one of its keys (VC Data Model 2.0, §4.7;
   Controlled Identifiers 1.0, §3.3).
4. coverage: the proof covers every member, under known contexts (Data Integrity 1.0, §2.4.1).
5. proof: the signature verifies (Data Integrity 1.0, §4.4, `signer`; of a JWT `others.token`).
6. dates: it is within its validity (VC Data Model 2.0, §4.9), and was signed while the key was in use.
7. status: the issuer's signed list does not revoke it (Bitstring Status List 1.0, §3.2).
8. recipient: it was issued to the expected person (Open Badges 3.0, §9 "Verification and Validation").
9. record: it follows from the programme's history, if that is available (`badges.record`).

An endorsement has the same checks, but for the last two: it is no one's, and what the record has of it is
whether its signer withdrew it. Those inside a badge are verified, too, and never count against it.

An unreachable document never passes, and nothing counts against a badge that was not computed: another kind
of file is identified (`kinds`). Open Badges 1 and 2 have checks of their own (`others.assertion`). A failed
check does not hide others. A key vouched for by the badge alone shows that it is intact, not whose it is: the
verdict is `cannot tell`, the state `whole`.

DID documents, lists, the programme's record and the time are arguments. Digests of evidence are not checked,
as that needs the files.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from mcred.badges.bake import extract, is_image
from mcred.badges.checks import (
    BEGINS,
    ENDS,
    SKEW,
    Check,
    CheckContext,
    Material,
    VerifyReport,
    bracket,
    check_dates,
    read_moment,
    read_moments,
    sum_up_checks,
)
from mcred.badges.endorsements.document import is_endorsement
from mcred.badges.endorsements.document import odd_members as odd_endorsement
from mcred.badges.endorsements.inside import check_inside
from mcred.badges.json_reader import JsonObject, as_utf8, read_json
from mcred.badges.kinds import FileKind, name_document, name_file
from mcred.badges.others.assertion import check_older_recipient, is_assertion, is_whole, verify_assertion
from mcred.badges.others.forms import is_clr
from mcred.badges.others.opening import OpenedFile, open_any
from mcred.badges.others.token import check_token
from mcred.badges.proof import LIST_CONTEXTS, find_key, find_uncovered, issuer_of, signature_holds
from mcred.badges.signer import Signer, check_issuer
from mcred.badges.status_list import PURPOSE, parse_index, read_bit
from mcred.domain.issuer_key import PublicKey
from mcred.domain.people import normal_email
from mcred.problems import McredError

__all__ = ["Check", "CheckContext", "Material", "VerifyReport", "cannot_read", "open_badge", "verify"]

_WHOLE_FILE = "ask for the original badge file"


def verify(data: bytes, context: CheckContext) -> VerifyReport:
    """Verify a badge: JSON, a token, or a picture with one of them or with the address of a hosted one."""
    # (1) form
    try:
        found = open_any(data)
        if found.address:
            return _verify_hosted(found.address, context)
    except McredError as error:
        kind = name_file(as_utf8(data)) or FileKind(what=error.what, remedy=str(error.hint))
        return cannot_read(kind.what, kind.remedy)
    return _verify_opened(found, context)


def _verify_hosted(address: str, context: CheckContext) -> VerifyReport:
    """Verify the badge at an address that a picture names instead of holding the badge."""
    page = context.find_page(address)
    if page.data is None:
        what = f"a picture that names the address of a hosted badge: {address}{bracket(page)}"
        return cannot_read(what, "the same command with --online asks that address")
    found = open_any(page.data)
    if found.address or not is_assertion(found.document):
        return cannot_read(f"what is at {address} is not a badge", "its issuer")
    return verify_assertion(found.document, found.token, context, address)


def _verify_opened(found: OpenedFile, context: CheckContext) -> VerifyReport:
    document = found.document
    if is_assertion(document):
        return verify_assertion(document, found.token, context)
    if "credentialSubject" not in document and (other := name_document(document)) is not None:
        return cannot_read(other.what, other.remedy, document)
    checks = [form := _check_form(document), members := _check_members(document)]
    if found.token is None and document.get("proof") in (None, [], {}):
        if form.ok and members.ok:
            # The signature was removed, or it never had one: nothing was computed, and nothing vouches.
            checks.append(_UNSIGNED)
        is_compared = context.compare is not None and not is_endorsement(document)
        record = (context.compare(document),) if is_compared and context.compare is not None else ()
        return sum_up_checks((*checks, *record), document)
    if is_endorsement(document):
        context = _for_endorsement(context)
    # (3) issuer, (4) coverage, (5) proof
    signer, lines = (
        check_token(found.token, document, context) if found.token else check_issuer(document, context)
    )
    checks.extend(lines)
    # (6) dates
    checks.extend(_check_dates(document, signer, context))
    # (7) status
    checks.extend(_check_status(document, signer.owner, context))
    # (8) recipient
    if context.identity:
        checks.append(
            _NO_BADGE_OF_ANYONE if is_endorsement(document) else _check_recipient(document, context.identity)
        )
    # (9) record
    if context.compare is not None:
        checks.append(context.compare(document))
    if not is_endorsement(document):
        checks.extend(check_inside(document, partial(verify, context=_for_inside(context))))
    return sum_up_checks(tuple(checks), document)


def _for_endorsement(context: CheckContext) -> CheckContext:
    """What an endorsement is held against: it has no holder and no award, and people sign, too."""
    trusted = (did.removeprefix("did:key:") for did in context.endorsers)
    return replace(
        context,
        compare=None,
        successor=None,
        known=(*context.known, *context.endorsing),
        trusted=context.trusted.union(trusted),
        keys={**context.keys, **context.endorsers},
    )


def _for_inside(context: CheckContext) -> CheckContext:
    """What an endorsement inside a badge is held against: the issuer that the caller named is the badge's."""
    return replace(context, named=None)


_NO_BADGE_OF_ANYONE = Check(
    name="recipient",
    ok=None,
    what="it is an endorsement, which is issued to no one",
    clause="Open Badges 3.0, EndorsementCredential",
    remedy="ask for the badge that it is about",
)
_UNSIGNED = Check(
    name="proof",
    ok=None,
    what="it is not signed: nothing in it shows that it is genuine",
    clause="Data Integrity 1.0, §2.1",
    state="unsigned",
    remedy="ask its issuer for a signed badge",
)


def open_badge(data: bytes) -> JsonObject:
    """Parse the badge in a JSON file or baked image. Raises McredError when there is none."""
    plain = as_utf8(data)
    return read_json(extract(data) if is_image(data) else plain)


def cannot_read(what: str, remedy: str, document: JsonObject | None = None) -> VerifyReport:
    """The report for a file that is no badge, or one of another kind."""
    form = Check(name="form", ok=None, what=what, clause="VC Data Model 2.0, §6.1", remedy=remedy)
    return sum_up_checks((form,), document or {})


_KEYS = frozenset({"verificationMethod", "assertionMethod", "authentication", "keys", "kty"})
_LISTS = frozenset({"revocationList", "revokedAssertions"})


def is_publishable(document: JsonObject) -> bool:
    """Whether a document is a badge of any version, a record of several, or an endorsement, with the members
    it needs and none by which it could stand for an issuer's keys or list too."""
    if any(name in _KEYS | _LISTS or name.startswith("publicKey") for name in document):
        return False
    if is_assertion(document):
        return is_whole(document)
    return bool(_check_form(document).ok and _check_members(document).ok)


def _check_form(document: JsonObject) -> Check:
    types = document.get("type")
    odd = [
        *(() if isinstance(types, list) and "VerifiableCredential" in types else ("type",)),
        *(() if "id" not in document or _is_uri(document.get("id")) else ("id",)),
        *(() if _is_uri(issuer_of(document)) or "proof" not in document else ("issuer",)),
        *(() if isinstance(document.get("credentialSubject"), dict) else ("credentialSubject",)),
        *(() if read_moments(document, BEGINS) else ("validFrom",)),
    ]
    what = f"not as a credential requires: {', '.join(odd)}" if odd else "a Verifiable Credential"
    clause = "VC Data Model 2.0, §4"
    return Check(name="form", ok=not odd or None, what=what, clause=clause, remedy=_WHOLE_FILE)


def _check_members(document: JsonObject) -> Check:
    # (2) members
    if other := name_document(document):
        return Check(name="members", ok=None, what=other.what, clause="Open Badges 3.0", remedy=other.remedy)
    if is_endorsement(document):
        return _say_members("an endorsement", tuple(odd_endorsement(document)))
    if is_clr(document):
        subject = document.get("credentialSubject")
        held = subject.get("verifiableCredential") if isinstance(subject, dict) else None
        counted = len(held) if isinstance(held, list) else 0
        what = f"a record of several badges (CLR), {counted} in it"
        remedy = _WHOLE_FILE
        return Check(name="members", ok=bool(counted) or None, what=what, clause="CLR 2.0", remedy=remedy)
    types = document.get("type")
    if isinstance(types, list) and not {"OpenBadgeCredential", "AchievementCredential"} & set(
        map(str, types)
    ):
        named = ", ".join(sorted(str(t) for t in types if t != "VerifiableCredential"))
        what = f"a credential of another kind{f' ({named})' if named else ''}, not an Open Badge"
        return Check(name="members", ok=None, what=what, clause="Open Badges 3.0", remedy="ask its issuer")
    odd = tuple(_odd_members(document))
    if odd == ("credentialSubject.identifier",):
        what, remedy = "it does not say whose it is: it names no holder", "ask its issuer for whom it is"
        return Check(name="members", ok=None, what=what, clause="Open Badges 3.0, Appendix B", remedy=remedy)
    return _say_members("an Open Badge", odd)


def _say_members(kind: str, odd: tuple[str, ...]) -> Check:
    what = f"{kind} with everything it needs"
    if odd:
        what = f"{kind}, but missing or of the wrong type: {', '.join(odd)}"
    clause = "Open Badges 3.0, Appendix B"
    return Check(name="members", ok=not odd or None, what=what, clause=clause, remedy=_WHOLE_FILE)


def _odd_members(document: JsonObject) -> Iterator[str]:
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


def _check_dates(document: JsonObject, signer: Signer, context: CheckContext) -> Iterator[Check]:
    clause = "VC Data Model 2.0, §4.9"
    starts, stops = read_moments(document, BEGINS), read_moments(document, ENDS)
    begins, ends = max(starts or (), default=None), min(stops or (), default=None)
    if begins is None or stops is None:
        yield Check(name="dates", ok=None, what="its dates cannot be read", clause=clause, remedy=_WHOLE_FILE)
    else:
        yield check_dates(begins, ends, context.now, clause)
    used = [key for keys in context.keys.values() for key in keys if key.multibase == signer.multibase]
    if used:
        yield _check_period(signer.signed, used[0])


def _check_period(signed: str, key: PublicKey) -> Check:
    clause = "the program's own record of its keys"
    made = read_moment(signed)
    used = bool(made and key.used_on(made.date()))
    what = "signed while the key was in use" if used else "signed with a key that was not in use that day"
    return Check(name="key period", ok=used, what=what, clause=clause, state="key not in use")


def _check_status(document: JsonObject, owner: JsonObject | None, context: CheckContext) -> Iterator[Check]:
    clause = "Bitstring Status List 1.0, §3.2"
    if instead := context.successor(str(document.get("id"))) if context.successor else None:
        what = f"replaced by {instead}"
        yield Check(name="status", ok=False, what=what, clause=clause, state="superseded")
        return
    on_record = context.is_withdrawn is not None and is_endorsement(document)
    if on_record and context.is_withdrawn is not None and context.is_withdrawn(document):
        what = "whoever signed it withdrew it, by the program's record"
        yield Check(name="status", ok=False, what=what, clause=clause, state="withdrawn")
        return
    entries = document.get("credentialStatus")
    if entries is None:
        what = "it names no status list, so it cannot show whether it was revoked"
        if on_record:
            what = "it names no status list, and the program's record has no withdrawal of it"
        yield Check(name="status", ok=True, what=what, clause=clause)
        return
    for entry in entries if isinstance(entries, list) and entries else [entries]:
        ok, what = _read_status(entry, document, owner, context)
        remedy = "the issuer's current status list: --online, or a copy of its pages with --site"
        yield Check(name="status", ok=ok, what=what, clause=clause, state="revoked", remedy=remedy)


def _read_status(
    entry: Any, document: JsonObject, owner: JsonObject | None, context: CheckContext
) -> tuple[bool | None, str]:
    """(True, message) when the entry's list does not revoke it, False when it does, None when unknown."""
    entry = entry if isinstance(entry, dict) else {}
    address, index = entry.get("statusListCredential"), parse_index(entry.get("statusListIndex"))
    known = entry.get("type") == "BitstringStatusListEntry" and entry.get("statusPurpose") == PURPOSE
    if not known or not isinstance(address, str) or index is None or entry.get("statusSize", 1) != 1:
        return None, "it has a kind of status that is not known here"
    found = context.find_list(address)
    if found.data is None:
        return None, f"the status list {address} cannot be reached{bracket(found)}"
    if owner is None:
        return None, "the status list cannot be checked without the issuer's keys"
    try:
        listed = read_json(found.data)
        if reason := _doubt_list(listed, address, issuer_of(document), owner):
            return None, reason
        begins, ends = read_moment(listed.get("validFrom")), read_moment(listed.get("validUntil"))
        if begins is None or begins > context.now + SKEW or (ends and ends < context.now):
            return None, "the status list at hand is out of date"
        revoked = read_bit(listed, index)
    except McredError as error:
        return None, error.what
    unset = f"not revoked, according to the list of {begins.date()}{bracket(found)}"
    return (False, "the issuer revoked it") if revoked else (True, unset)


def _doubt_list(listed: JsonObject, address: str, issuer: str, owner: JsonObject | None) -> str:
    """Why a status list is not the issuer's, '' when it is."""
    types, subject = listed.get("type"), listed.get("credentialSubject") or {}
    kind = subject.get("type") if isinstance(subject, dict) else None
    if (
        not isinstance(types, list)
        or "BitstringStatusListCredential" not in types
        or kind != "BitstringStatusList"
    ):
        return "what is at the status list's address is not a status list"
    if subject.get("statusPurpose") != PURPOSE:
        return "what is at the status list's address is not a list of revocations"
    if listed.get("id") != address or issuer_of(listed) != issuer:
        return "the status list is a different one, or another issuer's"
    multibase, doubts = find_key(listed, owner)
    doubts = doubts or find_uncovered(listed, LIST_CONTEXTS)
    if doubts or not signature_holds(listed, multibase):
        return f"the status list is not signed by the issuer: {doubts[0] if doubts else 'it was changed'}"
    return ""


def is_issued_to(document: JsonObject, identity: str) -> bool:
    """Whether a badge of any version names someone, by email address, id or DID, as its holder."""
    check = check_older_recipient if is_assertion(document) else _check_recipient
    return check(document, identity).ok is True


def _check_recipient(document: JsonObject, identity: str) -> Check:
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


def _is_for(entry: JsonObject, identity: str) -> bool:
    """Whether an IdentityObject (Open Badges 3.0, Appendix B) is this person; a name alone is not enough."""
    from openbadgeslib.ob3 import IdentityObject

    kind, written, salt = entry.get("identityType"), entry.get("identityHash"), entry.get("salt", "")
    if kind not in ("emailAddress", "systemId") or not isinstance(written, str) or not isinstance(salt, str):
        return False
    forms = {identity, normal_email(identity)} if kind == "emailAddress" else {identity}
    if entry.get("hashed") is True:
        forms = {IdentityObject.create(form, salt=salt).identity_hash for form in forms}
        written = written.lower() if written.startswith("sha256$") else written
    return any(hmac.compare_digest(form.encode(), written.encode()) for form in forms)


def _is_uri(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", value))
