"""Open Badges 1.0, 1.1 and 2.0: hosted by their issuer, or signed as a JWS.

A hosted badge carries no signature: what the issuer's own address says of it counts, and the file is compared
with that. The address has to be the issuer's: at the same site as the issuer's profile, or where the profile
says (Open Badges 2.0, "Hosted Verification"). A signed one names the address of its key, which the issuer's
profile has to list. Whether you know that issuer comes from your list, as with newer badges.

Nothing is asked of an address but through the caller, so without the network such a badge stays open.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from mcred.badges.checks import (
    Check,
    CheckContext,
    Material,
    VerifyReport,
    bracket,
    check_dates,
    read_moment,
    sum_up_checks,
)
from mcred.badges.json_reader import JsonObject, as_utf8, read_json
from mcred.badges.links import clean_link, same_site, suggest_trust
from mcred.badges.others.opening import ADDRESS, Token
from mcred.badges.others.public_keys import read_method, read_pem
from mcred.badges.others.token import check_signature, doubt_token
from mcred.domain.people import normal_email
from mcred.problems import McredError

_CLAUSE = "Open Badges 2.0, Verification"
_HASHES = {"sha256": hashlib.sha256, "md5": hashlib.md5, "sha1": hashlib.sha1}
_SAME = ("recipient", "badge", "issuedOn", "issued_on", "expires", "evidence", "narrative")
"""The members of which the file and the issuer's own copy have to say the same."""


class OlderIssuer(Struct, frozen=True, kw_only=True):
    """An older badge's issuer."""

    address: str
    profile: Mapping[str, Any]
    """From the issuer's own address, or as the badge has it."""
    is_own: bool
    """Whether the profile comes from the issuer's own address."""


def is_assertion(document: JsonObject) -> bool:
    """Whether a document is a badge of version 1.0, 1.1 or 2.0."""
    return (
        "badge" in document and ("recipient" in document or "verify" in document) and "proof" not in document
    )


def is_whole(document: JsonObject) -> bool:
    """Whether such a badge says what it is an award of, whose it is, and how to verify it."""
    found = all(isinstance(document.get(name), str | dict) for name in ("badge", "recipient"))
    return found and any(isinstance(document.get(name), dict) for name in ("verification", "verify"))


def name_version(document: JsonObject) -> str:
    """The version of such a badge as text."""
    contexts = document.get("@context")
    texts = [str(c) for c in (contexts if isinstance(contexts, list) else [contexts])]
    if any("openbadges/v2" in c or "/ob/v2" in c for c in texts):
        return "an Open Badge 2.0"
    if any("openbadges/v1" in c for c in texts):
        return "an Open Badge 1.1"
    return "an Open Badge 1.0" if isinstance(document.get("badge"), dict) else "an Open Badge 1.x"


def verify_assertion(
    document: JsonObject, token: Token | None, context: CheckContext, place: str = ""
) -> VerifyReport:
    """Verify such a badge. `place`: the address where the document was found, if it came from one."""
    address = place or find_address(document)
    kind, how = name_version(document), "signed as a JWS" if token else "hosted by its issuer"
    form = Check(name="form", ok=True, what=f"{kind}, {how}", clause=_CLAUSE)
    told, hosted = document, Material(data=None, where="")
    if token is None:
        hosted = context.find_page(address) if address else hosted
        told = _read(hosted) or document
        if told.get("revoked") is True:  # little else may be left of it
            told = {**document, "revoked": True}
        elif not is_assertion(told):
            told = document
    whole, issuer = resolve_issuer(told, context)
    if token is not None:
        lines = _check_signed(document, token, issuer, context)
    else:
        lines = _check_hosted(document, told, hosted, address, issuer, context)
    checks = [form, *lines, *_check_dates(whole, context)]
    checks.extend(_check_status(whole, address, issuer, context, lines))
    if context.identity:
        checks.append(check_older_recipient(whole, context.identity))
    return sum_up_checks(tuple(checks), whole)


def find_address(document: JsonObject) -> str:
    """Where a badge says that it is hosted; '' for none."""
    how = _object(document.get("verify"))
    places = (document.get("id"), how.get("url") if how.get("type") != "signed" else None)
    return next((p for p in places if isinstance(p, str) and ADDRESS.fullmatch(p)), "")


def resolve_issuer(document: JsonObject, context: CheckContext) -> tuple[dict[str, Any], OlderIssuer]:
    """The badge with what it is an award of, and its issuer, as far as they can be found."""
    badge = _follow(document.get("badge"), context)
    named = badge.get("issuer")
    inside = _object(named)
    address = named if isinstance(named, str) else str(inside.get("id") or inside.get("origin") or "")
    address = clean_link(address) if ADDRESS.fullmatch(address) else ""
    found = _read(context.find_page(address)) if address else None
    is_own = found is not None and ("origin" in inside or found.get("id") in (address, None))
    profile = found if found is not None and is_own else inside
    names = {**inside, **{k: v for k, v in profile.items() if k in ("name", "url")}}
    names |= {"id": address} if address else {}
    whole = {**document, "badge": {**badge, "issuer": names}}
    return whole, OlderIssuer(address=address, profile=profile, is_own=is_own)


def _follow(value: Any, context: CheckContext) -> dict[str, Any]:
    """A document, or the one at the address."""
    if isinstance(value, str) and ADDRESS.fullmatch(value):
        return dict(_read(context.find_page(value)) or {"id": value})
    return dict(_object(value))


def _read(found: Material) -> dict[str, Any] | None:
    if found.data is None:
        return None
    try:
        return read_json(as_utf8(found.data))
    except McredError:
        return None


def _check_hosted(
    document: JsonObject,
    told: JsonObject,
    hosted: Material,
    address: str,
    issuer: OlderIssuer,
    context: CheckContext,
) -> tuple[Check, ...]:
    """Whether the issuer's own address has this badge, and whether that issuer is known."""
    if not address:
        what = "it is not signed, and names no address where its issuer would have it"
        return (Check(name="proof", ok=None, what=what, clause=_CLAUSE, remedy="its issuer"),)
    if hosted.data is None or told is document:
        why = bracket(hosted) if hosted.data is None else " (what is there is not a badge)"
        what = f"a hosted badge carries no signature: its issuer's own copy is at {address}, not at hand{why}"
        remedy = f"the same command with --online asks that address; is {_host(address)} its issuer's site?"
        return (Check(name="proof", ok=None, what=what, clause=_CLAUSE, remedy=remedy),)
    if not _is_in_scope(address, issuer):
        what = f"{address} is not at the site of the issuer it names, {issuer.address or 'which has none'}"
        remedy = "ask the issuer you know whether this badge is theirs"
        return (Check(name="issuer", ok=None, what=what, clause=_CLAUSE, remedy=remedy),)
    different = [name for name in _SAME if _plain(name, document) != _plain(name, told)]
    what = f"the same as its issuer's own copy{bracket(hosted)}"
    if different:
        what = f"it differs from its issuer's own copy at {address}: {', '.join(different)}"
    same = Check(name="proof", ok=not different, what=what, clause=_CLAUSE, state="differs")
    return (_check_issuer(issuer, hosted, context), same)


def _is_in_scope(address: str, issuer: OlderIssuer) -> bool:
    """Whether an address is one where the issuer's badges are (Open Badges 2.0, VerificationObject)."""
    rules = _object(issuer.profile.get("verification")) if issuer.is_own else {}
    begins, origins = _texts(rules.get("startsWith")), _texts(rules.get("allowedOrigins"))
    if begins:
        return any(
            same_site(address, b) and f"{clean_link(address)}/".startswith(f"{clean_link(b).rstrip('/')}/")
            for b in begins
        )
    if origins:
        return any(same_site(address, f"https://{o.removeprefix('https://')}") for o in origins)
    return same_site(address, issuer.address)


def _check_issuer(issuer: OlderIssuer, found: Material, context: CheckContext) -> Check:
    """Whether the caller knows the issuer of this address. What a badge itself has of its issuer is no
    profile: it names any key, and no list of revoked badges."""
    if issuer.address and not issuer.is_own:
        what = f"the profile of its issuer is not at {issuer.address}, or not at hand"
        remedy = "the same command with --online, or ask the issuer you know whether this badge is theirs"
        return Check(name="issuer", ok=None, what=what, clause=_CLAUSE, remedy=remedy)
    known = (context.named,) if context.named is not None else context.known
    by = next((one for one in known if one.did and clean_link(one.did) == issuer.address), None)
    own = bool(found.data is not None and not found.public and not found.own and context.named is None)
    if issuer.address and (by is not None or own):
        where = f"in your list of issuers: {by.name}" if by and by.name else "the issuer you named"
        where = where if by else found.where
        what = f"from the address of {issuer.address} ({where})"
        return Check(name="issuer", ok=True, what=what, clause=_CLAUSE)
    what = (
        f"from the address of {issuer.address or 'an unnamed issuer'}, which is not in your list of issuers"
    )
    remedy = "ask the issuer you know whether this badge is theirs"
    if context.named is None and issuer.address:
        remedy = suggest_trust(issuer.address)
    return Check(name="issuer", ok=None, what=what, clause=_CLAUSE, state="whole", remedy=remedy)


def _check_signed(
    document: JsonObject, token: Token, issuer: OlderIssuer, context: CheckContext
) -> tuple[Check, ...]:
    """Whether the signature is valid, and the key the issuer's."""
    if doubt := doubt_token(token):
        return (Check(name="proof", ok=None, what=doubt, clause=_CLAUSE, remedy="ask its issuer"),)
    how = _object(document.get("verification") or document.get("verify"))
    place = next((str(how[n]) for n in ("creator", "url") if ADDRESS.fullmatch(str(how.get(n)))), "")
    found = context.find_page(place) if place else Material(data=None, where="")
    jwk, owner = _read_key(found)
    if jwk is None:
        where = f"its key, which it says is at {place}," if place else "the address of its key"
        what = f"not checked: {where} is not at hand{bracket(found)}"
        remedy = "the same command with --online" if place else "ask its issuer"
        return (Check(name="proof", ok=None, what=what, clause=_CLAUSE, remedy=remedy),)
    proof = check_signature(token, jwk)
    if proof.ok is not True:
        return (proof,)
    if owner and clean_link(owner) != issuer.address:
        what = f"signed with a key of {owner}, not of its issuer {issuer.address}"
        signed = Check(name="issuer", ok=False, what=what, clause=_CLAUSE, state="signed by another")
        return (signed, proof)
    listed = place in _ids(issuer.profile.get("publicKey"))
    older = "publicKey" not in issuer.profile and same_site(place, issuer.address)
    if issuer.is_own and not listed and not older:
        what = f"the profile of its issuer {issuer.address} does not list the key at {place}"
        return (Check(name="issuer", ok=None, what=what, clause=_CLAUSE, remedy="ask its issuer"), proof)
    return (_check_issuer(issuer, found, context), proof)


def _read_key(found: Material) -> tuple[Any, str]:
    """The key of a CryptographicKey document or PEM file, and its owner."""
    if found.data is None:
        return None, ""
    document = _read(found)
    if document is None:
        return read_pem(found.data.decode("ascii", "replace")), ""
    return read_method(document), str(document.get("owner") or "")


def _check_dates(document: JsonObject, context: CheckContext) -> Iterator[Check]:
    given, ends = document.get("issuedOn", document.get("issued_on")), document.get("expires")
    begins, over = read_date(given), read_date(ends)
    if (given is not None and begins is None) or (ends is not None and over is None):
        yield Check(
            name="dates", ok=None, what="its dates cannot be read", clause=_CLAUSE, remedy="its issuer"
        )
    else:
        yield check_dates(begins, over, context.now, _CLAUSE)


def read_date(value: Any) -> datetime | None:
    """A date of any version: date-time, date, or seconds since 1970."""
    text = value if isinstance(value, str) else ""
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if text.isdecimal():
        number = int(text[:12])
    try:
        if number is not None:
            return datetime.fromtimestamp(number, UTC)
        found = read_moment(text) or datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _check_status(
    document: JsonObject, address: str, issuer: OlderIssuer, context: CheckContext, lines: tuple[Check, ...]
) -> Iterator[Check]:
    """Whether the issuer revoked it; asked only where the badge is the issuer's."""
    if document.get("revoked") is True and any(c.name == "proof" for c in lines):
        yield Check(name="status", ok=False, what="the issuer revoked it", clause=_CLAUSE, state="revoked")
        return
    if not any(c.name == "proof" and c.ok for c in lines):
        return
    if not issuer.is_own:
        what, remedy = (
            "the profile of its issuer, which names it, is not at hand",
            "the same command with --online",
        )
        what = f"the list of revoked badges is unknown: {what}"
        yield Check(name="status", ok=None, what=what, clause=_CLAUSE, remedy=remedy)
        return
    place = issuer.profile.get("revocationList")
    if not isinstance(place, str):
        yield Check(name="status", ok=True, what="its issuer names no list of revoked badges", clause=_CLAUSE)
        return
    found = context.find_page(place)
    listed = _read(found)
    if listed is None:
        what, remedy = f"the list {place} cannot be reached{bracket(found)}", "the same command with --online"
        yield Check(name="status", ok=None, what=what, clause=_CLAUSE, remedy=remedy)
        return
    own = {address, str(document.get("id")), str(document.get("uid"))} - {"", "None"}
    revoked = bool(own & set(_revoked(listed)))
    what = "the issuer revoked it" if revoked else f"not revoked, according to {place}"
    yield Check(name="status", ok=not revoked, what=what, clause=_CLAUSE, state="revoked")


def _revoked(listed: Mapping[str, Any]) -> Iterator[str]:
    entries = listed.get("revokedAssertions")
    if not isinstance(entries, list):
        yield from (str(name) for name in listed)  # 1.x: the id of each, and why
        return
    for entry in entries:
        found = [entry.get("id"), entry.get("uid")] if isinstance(entry, dict) else [entry]
        yield from (name for name in found if isinstance(name, str))


def check_older_recipient(document: JsonObject, identity: str) -> Check:
    """Whether a badge was issued to a person, whom an email address names."""
    given = document.get("recipient")
    person = given if isinstance(given, dict) else {"identity": given}
    same = _is_for(person, str(document.get("salt") or ""), identity)
    what = "it was issued to this person" if same else "it was issued to someone else"
    return Check(name="recipient", ok=same, what=what, clause=_CLAUSE, state="another's")


def _is_for(person: Mapping[str, Any], salt: str, identity: str) -> bool:
    written = person.get("identity")
    if not isinstance(written, str):
        return False
    method, _, digest = written.partition("$")
    forms = {identity, normal_email(identity)}
    if digest and method in _HASHES:
        salt = str(person.get("salt") or salt)
        forms = {_HASHES[method](f"{form}{salt}".encode()).hexdigest() for form in forms}
        written = digest.lower()
    return any(hmac.compare_digest(form.encode(), written.encode()) for form in forms)


def _plain(name: str, document: JsonObject) -> Any:
    """A member in a form that can be compared, however a server writes it."""
    value = document.get(name)
    if name == "badge" and isinstance(value, dict):
        return value.get("id") or value
    if name in ("issuedOn", "issued_on", "expires"):
        return read_date(value) or value
    if name == "recipient" and isinstance(value, dict):
        return {
            k: v for k, v in value.items() if k in ("identity", "type", "hashed", "salt") and v is not None
        }
    return None if value in ([], "", {}) else value


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _ids(value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    return _texts([e.get("id") if isinstance(e, dict) else e for e in entries])


def _host(address: str) -> str:
    return clean_link(address).partition("://")[2].partition("/")[0]
