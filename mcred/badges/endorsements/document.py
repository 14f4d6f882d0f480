"""An endorsement as an Open Badges 3.0 credential (`EndorsementCredential`), made and read.

It stands alone: it names what it is about by its id, and that never changes. Signed like a badge, with both
proofs. Its comment is Markdown (Appendix B, EndorsementSubject).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from mcred.badges.heading import read_heading, read_object
from mcred.badges.json_reader import JsonObject
from mcred.badges.keys import IssuerKey
from mcred.badges.open_badge import CONTEXTS, write_document, write_moment
from mcred.badges.proof import issuer_of
from mcred.badges.proof_pair import sign_badge
from mcred.badges.signable_text import refuse_unsafe

SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json"
KIND = "EndorsementCredential"
MOST_COMMENT = 2000
"""The most characters of a comment that are written, and shown."""
MOST_NAME = 120
"""The most characters of a signer's name that are shown."""
EndorsedPart = Literal["badge", "definition", "issuer"]
"""What of a badge is endorsed: the badge itself, its micro-credential, or who issued it."""


class EndorsementFacts(Struct, frozen=True, kw_only=True):
    """Everything that an endorsement says."""

    id: str
    about: str
    """The id of what it is about, a URI."""
    title: str
    """The title of that."""
    comment: str
    signer: Mapping[str, Any]
    """Who signs (Profile)."""
    signed: datetime


def sign_endorsement(facts: EndorsementFacts, key: IssuerKey, method: str) -> bytes:
    """The signed file; deterministic. McredError lists what cannot be signed."""
    document = {
        "@context": list(CONTEXTS),
        "id": facts.id,
        "type": ["VerifiableCredential", KIND],
        "name": f"Endorsement of {facts.title}",
        "issuer": dict(facts.signer),
        "validFrom": write_moment(facts.signed),
        "credentialSubject": {
            "id": facts.about,
            "type": ["EndorsementSubject"],
            "endorsementComment": facts.comment,
        },
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    refuse_unsafe(document)
    return write_document(sign_badge(document, key, method, facts.signed))


def is_endorsement(document: JsonObject) -> bool:
    """Whether a document calls itself an endorsement."""
    types = document.get("type")
    return isinstance(types, list) and KIND in types


def odd_members(document: JsonObject) -> Iterator[str]:
    """What an endorsement lacks, or has of the wrong type (Appendix B). One that calls itself a badge too is
    neither."""
    if not is_endorsement(document) or {"OpenBadgeCredential", "AchievementCredential"} & {
        *map(str, document["type"])
    }:
        yield "type"
    subject = read_object(document, "credentialSubject")
    kinds = subject.get("type")
    if "EndorsementSubject" not in (kinds if isinstance(kinds, list) else [kinds]):
        yield "credentialSubject.type"
    if not isinstance(subject.get("id"), str) or ":" not in subject["id"]:
        yield "credentialSubject.id"
    if not isinstance(subject.get("endorsementComment", ""), str):
        yield "credentialSubject.endorsementComment"


class EndorsementClaims(Struct, frozen=True, kw_only=True):
    """What an endorsement says of itself; true only if it is valid. Each is empty where it says nothing."""

    about: str
    comment: str
    signer: str
    """The name that it gives its signer."""
    signer_id: str
    day: str
    """The day that it was signed, as YYYY-MM-DD."""


def read_claims(document: JsonObject) -> EndorsementClaims:
    """Read an endorsement, unverified; a long comment is cut."""
    subject = read_object(document, "credentialSubject")
    comment, name = subject.get("endorsementComment"), read_object(document, "issuer").get("name")
    comment = comment.strip() if isinstance(comment, str) else ""
    return EndorsementClaims(
        about=_text(subject.get("id")),
        comment=comment if len(comment) <= MOST_COMMENT else f"{comment[:MOST_COMMENT]}…",
        signer=" ".join(_text(name)[:MOST_NAME].split()),
        signer_id=issuer_of(document),
        day=read_heading(document).issued,
    )


def withdrawal_of(document: JsonObject) -> str:
    """What names an endorsement where it is withdrawn: the digest of its signer and id.

    Every proof covers both, however the file is spelled; the id is a random one, so the digest tells nothing.
    """
    named = f"{issuer_of(document)}\n{_text(document.get('id'))}"
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()


def name_parts(document: JsonObject) -> dict[EndorsedPart, tuple[str, str]]:
    """What of a badge can be endorsed: id and title of the badge, of its micro-credential, of its issuer."""
    heading, achievement = read_heading(document), read_object(document, "credentialSubject", "achievement")
    issuer = read_object(document, "issuer").get("name")
    found: dict[EndorsedPart, tuple[str, str]] = {
        "badge": (_text(document.get("id")), heading.title),
        "definition": (_text(achievement.get("id")), heading.title),
        "issuer": (issuer_of(document), " ".join(_text(issuer).split()) or issuer_of(document)),
    }
    return {part: said for part, said in found.items() if said[0]}


def multikey_of(public: str) -> str:
    """A person's public key (`ssh-ed25519 …`) as a multikey (z6Mk…); '' for another kind of key."""
    from openvc.multibase import encode_multibase

    kind, _, rest = public.partition(" ")
    try:
        data = base64.b64decode(rest.split(" ")[0], validate=True)
    except ValueError:
        return ""
    return encode_multibase(b"\xed\x01" + data[-32:]) if kind == "ssh-ed25519" and len(data) == 51 else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
