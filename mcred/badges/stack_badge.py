"""A stack's badge as an Open Badges 3.0 credential, with the badges it is based on as evidence.

Awarded by rule, not by judgement: a holder of enough of the stack's micro-credentials has earned it. A reader
verifies each badge in the evidence and needs to trust nothing else. It expires with the first of them. The
specification has no achievement type for a stack, so it uses its own ("ext:", Appendix B, AchievementType).
Draws no random numbers and reads no clock.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from mcred.badges.achievement import describe_credits
from mcred.badges.json_reader import read_json
from mcred.badges.keys import IssuerKey
from mcred.badges.open_badge import (
    CONTEXTS,
    SCHEMA,
    Issuing,
    describe_earner,
    describe_issuer,
    describe_status,
    site_of,
    write_document,
    write_moment,
)
from mcred.badges.proof_pair import sign_badge
from mcred.badges.signable_text import refuse_unsafe
from mcred.domain.award import BADGE_FILE, stack_badge_folder, stack_folder
from mcred.domain.credential import Stack
from mcred.domain.ids import BlobId, CredentialId
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.stack_badge import CONTAINED
from mcred.problems import McredError

STACK_TYPE = "ext:MicroCredentialStack"
_DEFINITION = re.compile("urn:mcred:stack:[^:]+:[^:]+:([0-9a-f]{40}|[0-9a-f]{64})")


class HeldBadge(Struct, frozen=True, kw_only=True):
    """A badge that counts towards a stack."""

    credential: CredentialId
    id: str
    name: str
    digest: str
    """The SHA-256 of its document, in hex."""
    awarded: datetime
    ends: datetime | None


class StackFacts(Struct, frozen=True, kw_only=True):
    """All facts a stack badge is built from."""

    programme: Programme
    stack: Stack
    blob: BlobId
    """The blob of the stack's definition."""
    titles: Mapping[CredentialId, str]
    """Titles of the stack's micro-credentials."""
    earner: Person
    contained: tuple[HeldBadge, ...]
    awarded: datetime
    number: int


def read_held(credential: CredentialId, document: bytes) -> HeldBadge | None:
    """Read a badge that counts towards a stack; None when unreadable."""
    try:
        raw = read_json(document)
        ends = raw.get("validUntil")
        held = HeldBadge(
            credential=credential,
            id=str(raw["id"]),
            name=str(raw["name"]),
            digest=hashlib.sha256(document).hexdigest(),
            awarded=datetime.fromisoformat(raw["awardedDate"]),
            ends=datetime.fromisoformat(ends) if ends else None,
        )
    except (McredError, KeyError, ValueError, TypeError):
        return None
    return held


def read_definition(document: bytes) -> BlobId | None:
    """The blob of the stack's definition that a badge names, or None."""
    try:
        name = str(read_json(document)["credentialSubject"]["achievement"]["id"])
    except (McredError, KeyError, TypeError):
        return None
    found = _DEFINITION.fullmatch(name)
    return BlobId(found[1]) if found else None


def make_stack_badge(facts: StackFacts) -> bytes:
    """The document without a proof; deterministic."""
    return write_document(describe_stack_badge(facts))


def sign_stack_badge(
    facts: StackFacts, issuing: Issuing, key: IssuerKey, created: datetime | None = None
) -> bytes:
    """The signed badge; deterministic. McredError lists what cannot be signed.

    `created`: when it is signed; by default the time it was awarded.
    """
    document = describe_stack_badge(facts, issuing)
    refuse_unsafe(document)
    return write_document(sign_badge(document, key, issuing.method, created or facts.awarded))


def describe_stack_badge(facts: StackFacts, issuing: Issuing | None = None) -> dict[str, Any]:
    """The credential as a JSON object (Appendix B, AchievementCredential)."""
    ends = min((b.ends for b in facts.contained if b.ends), default=None)
    return {
        "@context": list(CONTEXTS),
        "id": _address(facts, hidden=issuing is not None),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": facts.stack.title,
        "issuer": describe_issuer(facts.programme, issuing.did if issuing else ""),
        "validFrom": write_moment(facts.awarded),
        **({"validUntil": write_moment(ends)} if ends else {}),
        "awardedDate": write_moment(facts.awarded),
        "credentialSubject": {
            **({"id": issuing.earner_did} if issuing and issuing.earner_did else {}),
            "type": ["AchievementSubject"],
            "identifier": describe_earner(facts.earner, issuing),
            "achievement": _achievement(facts, issuing.image if issuing else ""),
            "narrative": _narrative(facts),
        },
        "evidence": [_evidence(facts, badge) for badge in facts.contained],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        **(describe_status(issuing.status) if issuing and issuing.status else {}),
    }


def _is_hidden(facts: StackFacts) -> bool:
    return facts.earner.publish == "private"


def _address(facts: StackFacts, *, hidden: bool) -> str:
    """The badge's id: its published URL, or a stable URN when it is not published."""
    person, stack = facts.earner.id, facts.stack.id
    if (site := site_of(facts.programme)) and not (hidden and _is_hidden(facts)):
        return f"{site}/{stack_badge_folder(person, stack, facts.number)}{BADGE_FILE}"
    parts = " ".join(sorted(badge.digest for badge in facts.contained))
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mcred:{parts}:{person}/stacks/{stack}:{facts.number}").urn


def _achievement(facts: StackFacts, image: str) -> dict[str, Any]:
    stack, site = facts.stack, site_of(facts.programme)
    page = f"{site}/{stack_folder(stack.id)}" if site else ""
    return {
        "id": f"urn:mcred:stack:{stack.id}:{stack.version}:{facts.blob}",
        "type": ["Achievement"],
        "achievementType": STACK_TYPE,
        "name": stack.title,
        "description": stack.for_recognizers or _rule(facts),
        "version": stack.version,
        "criteria": {**({"id": page} if page else {}), "narrative": _criteria(facts)},
        **({"image": {"id": image, "type": "Image", "caption": stack.title}} if image else {}),
        **({"tag": list(dict.fromkeys(stack.topics))} if stack.topics else {}),
        **describe_credits(stack.credits),
    }


def _rule(facts: StackFacts) -> str:
    needed, count = facts.stack.needed, len(facts.stack.credentials)
    return f"Earned with {'all' if needed == count else needed} of {count} micro-credentials."


def _criteria(facts: StackFacts) -> str:
    """The criteria narrative, as Markdown."""
    lines = [_rule(facts), "", *(f"- {facts.titles.get(c, c)}" for c in facts.stack.credentials)]
    if facts.stack.text:
        lines += ["", facts.stack.text]
    return "\n".join(lines)


def _narrative(facts: StackFacts) -> str:
    return f"Given by rule: holds {', '.join(badge.name for badge in facts.contained)}."


def _evidence(facts: StackFacts, badge: HeldBadge) -> dict[str, Any]:
    """A contained badge. Its URL names the earner, so it is left out if the earner is private now."""
    shown = not (_is_hidden(facts) and badge.id.startswith("http"))
    sri = base64.b64encode(bytes.fromhex(badge.digest)).decode()
    return {
        **({"id": badge.id} if shown else {}),
        "type": ["Evidence"],
        "name": badge.name,
        "genre": CONTAINED,
        "description": f"SHA-256 {badge.digest}",
        "digestSRI": f"sha256-{sri}",
    }
