"""What an award says, as an Open Badges 3.0 credential (1EdTech, "Open Badges Specification 3.0", 2024).

Everything the assessment found is inside: criteria, rubric levels with the required one, levels reached,
published evidence with its digest, how it was judged. Assessors are not named. The document carries no proof:
until it is signed, only the record it was made from vouches for it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from mcred.model.award import BADGE_FILE, badge_folder, valid_until
from mcred.model.credential import Credential, Criterion
from mcred.model.decision import Decision
from mcred.model.ids import CommitId
from mcred.model.people import Person
from mcred.model.rules import Programme
from mcred.model.submission import Work

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardFacts:
    """All that an award is made from."""

    programme: Programme
    definition: Credential
    earner: Person
    work: Work
    decision: Decision
    submitted: CommitId
    digests: Mapping[str, str]
    """Path of a submitted file → its SHA-256 in hex."""


def make_award(facts: AwardFacts) -> bytes:
    """The award document, the same bytes for the same facts."""
    document = describe_award(facts)
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def describe_award(facts: AwardFacts) -> dict[str, Any]:
    """The credential as a JSON object (Open Badges 3.0, "AchievementCredential")."""
    definition, decision = facts.definition, facts.decision
    ends = valid_until(decision.decided.date(), definition.validity)
    return {
        "@context": list(CONTEXTS),
        "id": _address(facts),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": definition.title,
        "issuer": _issuer(facts.programme),
        "validFrom": _moment(decision.decided),
        **({"validUntil": _moment(datetime.combine(ends, time.max, UTC))} if ends else {}),
        "awardedDate": _moment(decision.decided),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": facts.earner.id,
                    "identityType": "systemId",
                },
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": facts.earner.name,
                    "identityType": "name",
                },
            ],
            "achievement": _achievement(facts),
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": _criterion_id(facts, settled.criterion),
                    "achievedLevel": f"{_criterion_id(facts, settled.criterion)}:{settled.level}",
                }
                for settled in decision.levels
            ],
            "narrative": _how_judged(decision),
        },
        **({"evidence": evidence} if (evidence := _evidence(facts)) else {}),
    }


def _address(facts: AwardFacts) -> str:
    """Where the badge stands once published; a name that stays the same where no address is known."""
    submission, attempt = facts.decision.submission, facts.decision.attempt
    site = facts.programme.site.url or facts.programme.issuer.url
    if site:
        return f"{site.rstrip('/')}/{badge_folder(submission, attempt)}{BADGE_FILE}"
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mcred:{facts.submitted}:{submission}:{attempt}").urn


def _issuer(programme: Programme) -> dict[str, Any]:
    issuer = programme.issuer
    known = {"url": issuer.url, "email": issuer.email, "description": issuer.description}
    return {
        "id": issuer.url or f"urn:mcred:issuer:{issuer.id}",
        "type": ["Profile"],
        "name": issuer.name,
        **{key: value for key, value in known.items() if value},
    }


def _achievement(facts: AwardFacts) -> dict[str, Any]:
    definition = facts.definition
    alignment = [
        {
            "type": ["Alignment"],
            "targetName": a.name,
            "targetUrl": a.url,
            "targetFramework": a.framework,
            **({"targetCode": a.code} if a.code else {}),
        }
        for a in definition.alignment
        if a.url
    ]
    return {
        "id": _definition_id(facts),
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": definition.title,
        "description": definition.competency,
        "version": definition.version,
        "inLanguage": definition.language,
        "criteria": {"narrative": _criteria(definition)},
        "tag": list(definition.topics),
        **({"alignment": alignment} if alignment else {}),
        "resultDescription": [_result_description(facts, c) for c in definition.criteria],
    }


def _definition_id(facts: AwardFacts) -> str:
    """Names exactly the definition that was judged by: its stored bytes."""
    ref = facts.decision.definition
    return f"urn:mcred:definition:{facts.definition.id}:{ref.version}:{ref.blob}"


def _criterion_id(facts: AwardFacts, criterion: str) -> str:
    return f"{_definition_id(facts)}:{criterion}"


def _result_description(facts: AwardFacts, criterion: Criterion) -> dict[str, Any]:
    name = _criterion_id(facts, criterion.id)
    scale = facts.definition.scale_of(criterion)
    return {
        "id": name,
        "type": ["ResultDescription"],
        "name": criterion.title,
        "resultType": "RubricCriterionLevel",
        "requiredLevel": f"{name}:{facts.definition.required_level(criterion)}",
        "rubricCriterionLevel": [
            {
                "id": f"{name}:{level}",
                "type": ["RubricCriterionLevel"],
                "name": level,
                "description": criterion.levels.get(level, ""),
                "points": str(len(scale) - 1 - rank),
            }
            for rank, level in enumerate(scale)
        ],
    }


def _criteria(definition: Credential) -> str:
    lines = [definition.competency, "", f"Key method: {definition.key_method}", ""]
    lines += [f"- {criterion.title}" for criterion in definition.criteria]
    return "\n".join([*lines, "", f"Earned with: {definition.award_rule}."])


def _how_judged(decision: Decision) -> str:
    count = len(decision.basis)
    if decision.rule == "expert":
        who = "1 expert" if count == 1 else f"{count} experts"
    else:
        who = f"{count} teachers who earned it before"
    return f"Assessed by {who} against the rubric of version {decision.definition.version}."


def _evidence(facts: AwardFacts) -> list[dict[str, Any]]:
    """Only what the earner released, with its digest."""
    found: list[dict[str, Any]] = []
    for piece in facts.work.submission.evidence:
        if not piece.publish:
            continue
        digest = piece.sha256 or facts.digests.get(piece.file, "")
        found.append(
            {
                **({"id": piece.url} if piece.url else {}),
                "type": ["Evidence"],
                "name": piece.title,
                "genre": piece.type,
                **({"description": f"SHA-256 {digest}"} if digest else {}),
                **({"narrative": piece.about} if piece.about else {}),
            }
        )
    return found


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
