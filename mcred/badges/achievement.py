"""The Open Badges 3.0 `Achievement` of a micro-credential's definition: its criteria and whole rubric.

The same for every earner of a version, but its narrative tells of an award against the levels, or by
reviews that their assessors did not sign. The earner and the levels reached are in `open_badge`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from mcred.badges.links import clean_link
from mcred.domain.assessment import DefinitionRef
from mcred.domain.award import definition_folder
from mcred.domain.credential import Alignment, Credential, Criterion
from mcred.domain.decision import Decision, describe_attested, describe_departures

_LANGUAGE = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
"""Valid values of Open Badges 3.0 `inLanguage` (Appendix B, LanguageCode)."""

_NOT_BY_RULE = "The rule: "
"""Begins the line of the award rule where the award did not follow from it."""


def describe_achievement(
    definition: Credential, decision: Decision, *, site: str = "", image: str = ""
) -> dict[str, Any]:
    """The Achievement as a JSON object; `site`: URL of the published pages, `image`: URL of the image."""
    ref = decision.definition
    alignment = [entry for a in definition.alignment if (entry := _alignment(a))]
    base = clean_link(site).rstrip("/")
    page = f"{base}/{definition_folder(definition.id)}" if base else ""
    return {
        "id": definition_id(definition, ref),
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": definition.title,
        "description": definition.competency,
        "version": definition.version,
        **({"inLanguage": definition.language} if _LANGUAGE.fullmatch(definition.language) else {}),
        "criteria": {**({"id": page} if page else {}), "narrative": describe_criteria(definition, decision)},
        **({"image": {"id": image, "type": "Image", "caption": definition.title}} if image else {}),
        "tag": list(dict.fromkeys(definition.topics)),
        **({"alignment": alignment} if alignment else {}),
        **describe_credits(definition.credits),
        "resultDescription": [_result(definition, ref, c) for c in definition.criteria],
    }


def describe_credits(amount: Decimal | None) -> dict[str, int | float]:
    """`creditsAvailable`, where there are any. A whole number has no point, as RFC 8785 writes it."""
    if amount is None:
        return {}
    return {"creditsAvailable": int(amount) if amount == int(amount) else float(amount)}


def definition_id(definition: Credential, ref: DefinitionRef) -> str:
    """A URN for exactly the definition judged by: its version and blob."""
    return f"urn:mcred:definition:{definition.id}:{ref.version}:{ref.blob}"


def criterion_id(definition: Credential, ref: DefinitionRef, criterion: str) -> str:
    """A URN for a criterion of exactly that definition; a level's is this, a colon and the level."""
    return f"{definition_id(definition, ref)}:{criterion}"


def describe_criteria(definition: Credential, decision: Decision) -> str:
    """The criteria narrative in Markdown, with the award's departures from them."""
    lines = [definition.competency, "", f"Key method: {definition.key_method}", ""]
    lines += [f"- {criterion.title}" for criterion in definition.criteria]
    rule = _NOT_BY_RULE if decision.is_override else "Earned with: "
    lines += ["", f"{rule}{definition.award_rule}."]
    for sentence in filter(None, (*describe_departures(decision, definition), describe_attested(decision))):
        lines += ["", sentence]
    if definition.for_recognizers:
        lines += ["", definition.for_recognizers]
    return "\n".join(lines)


def tells_override(narrative: str) -> bool:
    """Whether the criteria narrative of a badge says that it was awarded against the levels."""
    return any(line.startswith(_NOT_BY_RULE) for line in narrative.split("\n"))


def _result(definition: Credential, ref: DefinitionRef, criterion: Criterion) -> dict[str, Any]:
    name = criterion_id(definition, ref, criterion.id)
    scale = definition.scale_of(criterion)
    return {
        "id": name,
        "type": ["ResultDescription"],
        "name": criterion.title,
        "resultType": "RubricCriterionLevel",
        "requiredLevel": f"{name}:{definition.required_level(criterion)}",
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


def _alignment(alignment: Alignment) -> dict[str, Any]:
    """An `Alignment` to a framework; the format requires its URL."""
    link = clean_link(alignment.url)
    return (
        {
            "type": ["Alignment"],
            "targetName": alignment.name,
            "targetUrl": link,
            "targetFramework": alignment.framework,
            **({"targetCode": alignment.code} if alignment.code else {}),
        }
        if link
        else {}
    )
