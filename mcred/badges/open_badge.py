"""An award as an Open Badges 3.0 credential (1EdTech, "Open Badges Specification 3.0", 2024).

It contains all results: criteria, rubric levels with the required one, levels reached, published evidence
with its digest, how it was judged, and the stored definition, submission and decision from which it can be
reproduced. Assessors are counted, never named. Without `Issuing` the document has no proof: only the
programme's record vouches for it.

Members and their meaning: Appendix B of the specification. Git objects are named by SWHID (ISO/IEC 18670),
which any clone can look up. Draws no random numbers and reads no clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from msgspec import Struct

from mcred.badges.achievement import criterion_id, describe_achievement
from mcred.badges.keys import IssuerKey
from mcred.badges.links import clean_link
from mcred.badges.proof import BADGE_CONTEXTS
from mcred.badges.proof_pair import sign_badge
from mcred.badges.signable_text import refuse_unsafe
from mcred.domain.award import BADGE_FILE, badge_folder, valid_until
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.submission import CommittedPiece

CONTEXTS = BADGE_CONTEXTS
WORDING = 1
"""The version of the badge's texts, increased when they change for the same facts; decisions name it, so that
old badges are compared with the wording of their day."""
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"


class Replaced(Struct, frozen=True, kw_only=True):
    """The badge that this one replaces, as it was issued."""

    id: str
    document: bytes


class AwardFacts(Struct, frozen=True, kw_only=True):
    """All facts an award's document is built from."""

    programme: Programme
    definition: Credential
    earner: Person
    decision: Decision
    submitted: CommitId
    pieces: Sequence[CommittedPiece]
    """What the request committed to."""
    number: int = 1
    """1 as first issued; 2 and more for reissues, each replacing the one before."""
    begins: datetime | None = None
    """The start of its validity if it was renewed; by default the time of the decision."""
    replaces: Replaced | None = None


class StatusPlace(Struct, frozen=True, kw_only=True):
    """A badge's entry in a status list: the list's URL and the bit's index."""

    list: str
    index: int


class Issuing(Struct, frozen=True, kw_only=True):
    """What a signed badge needs besides the facts."""

    did: str
    method: str
    """The absolute id of the signing key (`keys.method_id`)."""
    salt: str
    """A random salt; hides the earner's id from readers who do not know it."""
    earner_did: str = ""
    status: StatusPlace | None = None
    decision: BlobId | None = None
    """The blob of the decision file."""
    image: str = ""
    """The URL of the badge's image."""


def make_award(facts: AwardFacts) -> bytes:
    """The award document without a proof; deterministic."""
    return write_document(describe_award(facts))


def sign_award(facts: AwardFacts, issuing: Issuing, key: IssuerKey, created: datetime) -> bytes:
    """The signed badge; deterministic. McredError lists what cannot be signed."""
    document = describe_award(facts, issuing)
    refuse_unsafe(document)
    return write_document(sign_badge(document, key, issuing.method, created))


def write_document(document: Mapping[str, Any]) -> bytes:
    """A document as stored bytes."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def describe_award(facts: AwardFacts, issuing: Issuing | None = None) -> dict[str, Any]:
    """The credential as a JSON object (Appendix B, AchievementCredential)."""
    definition, decision = facts.definition, facts.decision
    begins = facts.begins or decision.decided
    ends = valid_until(begins.date(), definition.validity)
    evidence = [*_pieces(facts), *_page(facts), *_records(facts, issuing.decision)] if issuing else []
    return {
        "@context": list(CONTEXTS),
        "id": _address(facts, hidden=issuing is not None),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": definition.title,
        "issuer": describe_issuer(facts.programme, issuing.did if issuing else ""),
        "validFrom": write_moment(begins),
        **({"validUntil": write_moment(datetime.combine(ends, time.max, UTC))} if ends else {}),
        "awardedDate": write_moment(decision.decided),
        "credentialSubject": _subject(facts, issuing),
        **({"evidence": evidence} if evidence else {}),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        **(describe_status(issuing.status) if issuing and issuing.status else {}),
        **(_replaced(facts.replaces) if facts.replaces else {}),
    }


def _address(facts: AwardFacts, *, hidden: bool) -> str:
    """The badge's id: its published URL, or a stable URN when it is not published.

    The URL contains the earner's id, so it is not written into the signed badge of an earner who publishes
    nothing (`hidden`).
    """
    submission, attempt = facts.decision.submission, facts.decision.attempt
    if (site := site_of(facts.programme)) and not (hidden and facts.earner.publish == "private"):
        return f"{site}/{badge_folder(submission, attempt, facts.number)}{BADGE_FILE}"
    again = f":{facts.number}" if facts.number > 1 else ""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mcred:{facts.submitted}:{submission}:{attempt}{again}").urn


def site_of(programme: Programme) -> str:
    """The base URL of the published pages, '' when there is none."""
    return clean_link(programme.site.url or programme.issuer.url).rstrip("/")


def describe_issuer(programme: Programme, did: str) -> dict[str, Any]:
    """The issuer (Profile). `did`: empty for a programme without a key."""
    issuer = programme.issuer
    link = clean_link(issuer.url)
    known = {"url": link, "email": issuer.email, "description": issuer.description}
    return {
        "id": did or link or f"urn:mcred:issuer:{issuer.id}",
        "type": ["Profile"],
        "name": issuer.name,
        **{key: value for key, value in known.items() if value},
    }


def _subject(facts: AwardFacts, issuing: Issuing | None) -> dict[str, Any]:
    definition, decision = facts.definition, facts.decision
    image = clean_link(issuing.image) if issuing else ""
    return {
        **({"id": issuing.earner_did} if issuing and issuing.earner_did else {}),
        "type": ["AchievementSubject"],
        "identifier": describe_earner(facts.earner, issuing),
        "achievement": describe_achievement(definition, decision, site=site_of(facts.programme), image=image),
        "result": [
            {
                "type": ["Result"],
                "resultDescription": (name := criterion_id(definition, decision.definition, s.criterion)),
                "achievedLevel": f"{name}:{s.level}",
            }
            for s in decision.levels
        ],
        "narrative": _how_judged(decision),
        **({"source": _source(facts)} if issuing else {}),
    }


def describe_earner(earner: Person, issuing: Issuing | None) -> list[dict[str, Any]]:
    """The earner (IdentityObject): hashed in a signed badge, plain in one without a proof."""
    return _hashed_earner(earner, issuing) if issuing else _plain_earner(earner)


def _plain_earner(earner: Person) -> list[dict[str, Any]]:
    return [_identity("systemId", earner.id), _identity("name", earner.name)]


def _hashed_earner(earner: Person, issuing: Issuing) -> list[dict[str, Any]]:
    """The earner's hashed identifiers, that of the email address as the profile has it; the name is plain
    for people who publish."""
    from openbadgeslib.ob3 import IdentityObject

    own, email = IdentityObject.create(earner.id, salt=issuing.salt, identity_type="systemId"), earner.email
    return [
        *([IdentityObject(email.hash, "emailAddress", True, email.salt).to_dict()] if email else []),
        own.to_dict(),
        *([_identity("name", earner.name)] if earner.publish == "public" else []),
    ]


def _identity(kind: str, value: str) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}


def _who_judged(decision: Decision) -> str:
    count = len({b.assessor for b in decision.basis})
    if decision.rule == "expert":
        return "1 expert" if count == 1 else f"{count} experts"
    return "1 teacher who earned it before" if count == 1 else f"{count} teachers who earned it before"


def _how_judged(decision: Decision) -> str:
    rubric = f"against the rubric of version {decision.definition.version}"
    return f"Assessed by {_who_judged(decision)} {rubric}."


def _source(facts: AwardFacts) -> dict[str, Any]:
    """The assessors as a group without names (AchievementSubject, `source`)."""
    decision = facts.decision
    group = f"urn:mcred:assessors:{facts.submitted}:{decision.attempt}"
    return {"id": group, "type": ["Profile"], "name": _who_judged(decision)}


def piece_urn(commitment: str) -> str:
    """The id under which a badge names a piece, by its commitment."""
    return f"urn:mcred:piece:{commitment}"


def _pieces(facts: AwardFacts) -> Iterator[dict[str, Any]]:
    """Every piece that was judged, by its commitment, each of which can be opened to someone
    (`domain.pieces`). What of it is shown is not said: that may change at any time."""
    titles = {item.id: item.title for item in facts.definition.items}
    for piece in facts.pieces:
        yield {
            "id": piece_urn(piece.commitment),
            "type": ["Evidence"],
            "name": titles.get(piece.item, "File") if piece.item else "File",
            "genre": piece.type,
            "description": "Anyone who is given this piece can check that it was assessed.",
        }


def _page(facts: AwardFacts) -> list[dict[str, Any]]:
    """The badge's page, where its earner has one, which shows what they publish."""
    site = site_of(facts.programme)
    if not site or facts.earner.publish == "private":
        return []
    return [
        {
            "id": f"{site}/{badge_folder(facts.decision.submission, facts.decision.attempt, facts.number)}",
            "type": ["Evidence"],
            "name": "The badge's page",
            "genre": "web page",
            "description": "Shows the pieces that the earner publishes.",
        }
    ]


def _records(facts: AwardFacts, decision: BlobId | None) -> list[dict[str, Any]]:
    """The git objects the award is derived from; their ids reveal nothing of their content."""
    found = [
        (f"swh:1:rev:{facts.submitted}", "Submission as judged", "submission record"),
        *([(f"swh:1:cnt:{decision}", "Decision", "decision record")] if decision else []),
    ]
    return [
        {
            "id": name,
            "type": ["Evidence"],
            "name": title,
            "genre": genre,
            "description": "Kept in the programme's record; private unless the programme shows it.",
        }
        for name, title, genre in found
    ]


def describe_status(place: StatusPlace) -> dict[str, Any]:
    """The `credentialStatus` entry (Bitstring Status List 1.0, §2.1)."""
    from openbadgeslib.ob3 import status_entry

    return {"credentialStatus": status_entry(place.list, "revocation", place.index)}


def _replaced(old: Replaced) -> dict[str, Any]:
    """The replaced badge (VC Data Model 2.0, §5.3 "Integrity of Related Resources")."""
    digest = base64.b64encode(hashlib.sha384(old.document).digest()).decode()
    return {"relatedResource": [{"id": old.id, "digestSRI": f"sha384-{digest}"}]}


class References(Struct, frozen=True, kw_only=True):
    """The git objects that a badge says it is derived from; '' for each it does not name."""

    definition: str
    """urn:mcred:definition:<id>:<version>:<blob>"""
    submission: str
    decision: str
    replaces: str


def read_references(document: Mapping[str, Any]) -> References:
    """Read the references of a verified badge."""
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    pieces = [e for e in _list(document.get("evidence")) if isinstance(e, Mapping)]
    records = {str(e.get("genre")): str(e.get("id", "")).rpartition(":")[2] for e in pieces}
    related = [r for r in _list(document.get("relatedResource")) if isinstance(r, Mapping)]
    return References(
        definition=str(achievement.get("id", "")) if isinstance(achievement, Mapping) else "",
        submission=records.get("submission record", ""),
        decision=records.get("decision record", ""),
        replaces=str(related[0].get("id", "")) if related else "",
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def write_moment(moment: datetime) -> str:
    """A time in the form of Open Badges (DateTimeZ)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
