"""What was achieved, as an Open Badges 3.0 `Achievement`: a definition with its criteria and whole rubric.

The same for everyone who earned this version, but for an award against the levels: its narrative says so. Who
earned it and with which levels is `openbadge`'s.
"""

from __future__ import annotations

import re
from typing import Any

from mcred.badges.links import clean_link
from mcred.domain.assessment import DefinitionRef
from mcred.domain.award import definition_folder
from mcred.domain.credential import Alignment, Credential, Criterion
from mcred.domain.decision import Decision, describe_departures

_LANGUAGE = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
"""What Open Badges 3.0 takes as `inLanguage` (Appendix B, LanguageCode)."""


def describe_achievement(
    definition: Credential, decision: Decision, *, site: str = "", image: str = ""
) -> dict[str, Any]:
    """The achievement; `site` leads to the definition's page, `image` to the badge's picture."""
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
        "resultDescription": [_result(definition, ref, c) for c in definition.criteria],
    }


def definition_id(definition: Credential, ref: DefinitionRef) -> str:
    """Names exactly the definition that was judged by: its version and its stored bytes."""
    return f"urn:mcred:definition:{definition.id}:{ref.version}:{ref.blob}"


def criterion_id(definition: Credential, ref: DefinitionRef, criterion: str) -> str:
    """A criterion of exactly that definition; a level of it is this id, a colon and the level."""
    return f"{definition_id(definition, ref)}:{criterion}"


def describe_criteria(definition: Credential, decision: Decision) -> str:
    """What had to be shown, as Markdown, and where this award departs from it."""
    lines = [definition.competency, "", f"Key method: {definition.key_method}", ""]
    lines += [f"- {criterion.title}" for criterion in definition.criteria]
    rule = "The rule" if decision.is_override else "Earned with"
    lines += ["", f"{rule}: {definition.award_rule}."]
    for sentence in describe_departures(decision, definition):
        lines += ["", sentence]
    if definition.for_recognizers:
        lines += ["", definition.for_recognizers]
    return "\n".join(lines)


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
    """One place in a framework; without an address the format cannot say it."""
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
