"""Consistency checks of definitions and stacks; returns faults with their position.

The decoder has checked the type of each value; here values are checked against each other.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from mcred.domain.credential import Credential, Criterion, Part, Stack
from mcred.domain.ids import CredentialId, Slug
from mcred.problems import Fault

RESERVED = ("stacks", "status")
"""Ids that would collide with folders beside the definitions."""
MAX_MONTHS = 1200
"""The longest an award may hold; beyond some thousand years there is no date to write."""


def check_definition(definition: Credential, evidence_types: frozenset[Slug]) -> Iterator[Fault]:
    """Every inconsistency in a definition."""
    if definition.id in (*RESERVED, "elsewhere"):
        yield Fault(path=("id",), what=f"'{definition.id}' is the name of a folder", hint="choose another id")
    if not definition.criteria:
        yield Fault(
            path=("parts",), what="there is no criterion", hint="give each part criteria to assess it by"
        )
    for name, levels in definition.scales.items():
        if len(set(levels)) < 2 or len(set(levels)) != len(levels):
            yield Fault(
                path=("scales", name),
                what=f"the scale '{name}' needs at least two different levels",
                hint="name them best first, such as [proficient, basic, developing]",
            )
    components = {c.id for c in definition.method_components}
    for n, resource in enumerate(definition.resources):
        if resource.component and resource.component not in components:
            yield Fault(
                path=("resources", n, "component"),
                what=f"there is no method component '{resource.component}'",
                hint=f"the components are {', '.join(sorted(components))}",
            )
    rule = definition.award_rule
    if rule.kind == "count" and not 0 < rule.number <= rule.of == len(definition.criteria):
        count = len(definition.criteria)
        yield Fault(path=("award_rule",), what=f"there are {count} criteria", hint=f"write '… of {count}'")
    most = _most_points(definition)
    if rule.kind == "points" and not 0 < rule.number <= most:
        yield Fault(
            path=("award_rule",),
            what=f"the most anyone can score is {most} points",
            hint=f"write 'points >= {most}' or less",
        )
    if definition.id in definition.prerequisites:
        at = definition.prerequisites.index(definition.id)
        what = "this requires itself before it can be started"
        yield Fault(path=("prerequisites", at), what=what, hint="remove it")
    if definition.validity is not None and not 0 < definition.validity.months <= MAX_MONTHS:
        what = f"an award is valid for 1 to {MAX_MONTHS} months"
        hint = "leave validity out if it does not expire"
        yield Fault(path=("validity", "months"), what=what, hint=hint)
    yield from _check_ids(definition)
    for n, part in enumerate(definition.parts):
        yield from _check_part(definition, part, ("parts", n), evidence_types)


def _most_points(definition: Credential) -> int:
    """The points of work that is at the best level everywhere."""
    scales = (definition.scales.get(p.scale, ()) for p in definition.parts for _ in p.criteria)
    return sum(max(len(levels) - 1, 0) for levels in scales)


NamedPath = tuple[str, tuple[str | int, ...]]
"""An id with the path to what has it."""


def _check_ids(definition: Credential) -> Iterator[Fault]:
    """Parts, items, criteria and components are named once each."""
    parts = list(enumerate(definition.parts))
    named: dict[str, list[NamedPath]] = {
        "part": [(p.id, ("parts", n)) for n, p in parts],
        "item": [(i.id, ("parts", n, "items", k)) for n, p in parts for k, i in enumerate(p.items)],
        "criterion": [
            (c.id, ("parts", n, "criteria", k)) for n, p in parts for k, c in enumerate(p.criteria)
        ],
        "method component": [
            (c.id, ("method_components", n)) for n, c in enumerate(definition.method_components)
        ],
    }
    for kind, ids in named.items():
        seen: set[str] = set()
        for name, path in ids:
            if name in seen:
                what = f"the {kind} id '{name}' is used twice"
                yield Fault(path=(*path, "id"), what=what, hint="rename one of them")
            seen.add(name)
    for n, part in parts:
        titles = Counter(_heading(i.title) for i in part.items)
        for k, item in enumerate(part.items):
            if titles[_heading(item.title)] > 1:
                yield Fault(
                    path=("parts", n, "items", k, "title"),
                    what=f"the title “{item.title}” appears twice in this part",
                    hint="answers are found by their heading: give each item its own title",
                )


def _heading(title: str) -> str:
    """A title as the reader of answers compares headings."""
    return " ".join(unicodedata.normalize("NFC", title).casefold().split())


def _check_part(
    definition: Credential, part: Part, at: tuple[str | int, ...], evidence_types: frozenset[Slug]
) -> Iterator[Fault]:
    if not part.items:
        yield Fault(path=(*at, "items"), what="this part asks for nothing", hint="add an item")
    for n, item in enumerate(part.items):
        for kind in item.accepts:
            if kind not in evidence_types:
                yield Fault(
                    path=(*at, "items", n, "accepts"),
                    what=f"there is no evidence type '{kind}'",
                    hint=f"the types are {', '.join(sorted(evidence_types))}",
                )
        if item.max < item.min or (item.accepts and item.max == 0):
            what = f"max ({item.max}) is less than min ({item.min})"
            yield Fault(path=(*at, "items", n), what=what, hint="raise max")
        if item.words and item.words.max is not None and item.words.max < max(item.words.min, 1):
            fix = "swap the two numbers" if item.words.max else "leave max out, or raise it"
            what = "max is less than min" if item.words.max else "an answer needs at least one word"
            yield Fault(path=(*at, "items", n, "words"), what=what, hint=fix)
    if part.scale not in definition.scales:
        yield Fault(
            path=(*at, "scale"),
            what=f"there is no scale '{part.scale}'",
            hint=f"the scales are {', '.join(definition.scales)}",
        )
        return
    for n, criterion in enumerate(part.criteria):
        yield from _check_criterion(criterion, part, definition.scales[part.scale], (*at, "criteria", n))


def _check_criterion(
    criterion: Criterion, part: Part, scale: tuple[Slug, ...], at: tuple[str | int, ...]
) -> Iterator[Fault]:
    items = {i.id for i in part.items}
    for item in criterion.items:
        if item not in items:
            yield Fault(
                path=(*at, "items"),
                what=f"this part has no item '{item}'",
                hint=f"its items are {', '.join(sorted(items))}",
            )
    for level in criterion.levels:
        if level not in scale:
            yield Fault(
                path=(*at, "levels", level),
                what=f"the scale '{part.scale}' has no level '{level}'",
                hint=f"its levels are {', '.join(scale)}",
            )
    for level in scale:
        if not criterion.levels.get(level, "").strip():
            yield Fault(
                path=(*at, "levels"),
                what=f"level '{level}' is not described",
                hint="say what work at this level looks like; assessors and teachers need every one",
            )
    if criterion.required is not None and criterion.required not in scale:
        yield Fault(
            path=(*at, "required"),
            what=f"the scale '{part.scale}' has no level '{criterion.required}'",
            hint=f"its levels are {', '.join(scale)}",
        )


def check_stack(stack: Stack, known: frozenset[CredentialId]) -> Iterator[Fault]:
    """Every inconsistency in a stack."""
    for n, credential in enumerate(stack.credentials):
        if credential not in known:
            yield Fault(
                path=("credentials", n),
                what=f"there is no micro-credential '{credential}'",
                hint=f"there are {', '.join(sorted(known))}",
            )
        elif credential in stack.credentials[:n]:
            what = f"'{credential}' is listed twice"
            yield Fault(path=("credentials", n), what=what, hint="keep only one of them")
    count = len(stack.credentials)
    if not count:
        yield Fault(path=("credentials",), what="there are none to earn", hint="mcred browse lists them")
    elif not 0 < stack.needed <= count:
        what = f"need has to be between 1 and {count}, the number listed"
        yield Fault(path=("need",), what=what, hint="leave it out to require all")
