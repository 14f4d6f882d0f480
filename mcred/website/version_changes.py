"""What changed from one version of a micro-credential to the next, as text for a reader.

Lists the criteria, items, parts and rules that were added, removed or reworded; never the full texts, which
both versions have. Knows nothing of pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from mcred.domain.credential import Credential, Item

What = Literal["criterion", "item", "part", "competency", "method", "rule", "validity", "scale"]
How = Literal["new", "gone", "changed"]

CHANGE_WORDS: Mapping[What | How, str] = {
    "competency": "The competency",
    "method": "The method",
    "rule": "The rule for an award",
    "validity": "How long it is valid",
    "scale": "The levels",
    "part": "Part",
    "item": "What is required",
    "criterion": "Criterion",
    "new": "new",
    "gone": "removed",
    "changed": "reworded",
}


class VersionChange(Struct, frozen=True, kw_only=True):
    """One change; `title` names its subject where there are several of its kind."""

    what: What
    how: How
    title: str = ""


def find_changes(before: Credential, after: Credential) -> tuple[VersionChange, ...]:
    """The changes that a reader of the newer version must know, the most important first."""
    return tuple(_find(before, after))


def _find(before: Credential, after: Credential) -> Iterator[VersionChange]:
    if before.competency != after.competency:
        yield VersionChange(what="competency", how="changed")
    if (before.key_method, before.method_components) != (after.key_method, after.method_components):
        yield VersionChange(what="method", how="changed")
    if before.award_rule != after.award_rule:
        yield VersionChange(what="rule", how="changed")
    if before.validity != after.validity:
        yield VersionChange(what="validity", how="changed")
    if before.scales != after.scales:
        yield VersionChange(what="scale", how="changed")
    yield from _compare("part", _parts(before), _parts(after))
    yield from _compare("item", _items(before.items), _items(after.items))
    yield from _compare("criterion", _criteria(before), _criteria(after))


def _parts(credential: Credential) -> Mapping[str, tuple[str, object]]:
    return {p.id: (p.title, (p.title, p.kind, p.text, p.scale)) for p in credential.parts}


def _items(items: Iterable[Item]) -> Mapping[str, tuple[str, object]]:
    return {i.id: (i.title, i) for i in items}


def _criteria(credential: Credential) -> Mapping[str, tuple[str, object]]:
    """The criteria, each with its required level, explicit or default."""
    return {
        c.id: (c.title, (c.title, c.items, dict(c.levels), credential.required_level(c)))
        for c in credential.criteria
    }


def _compare(
    what: What, before: Mapping[str, tuple[str, object]], after: Mapping[str, tuple[str, object]]
) -> Iterator[VersionChange]:
    for name, (title, value) in after.items():
        if name not in before:
            yield VersionChange(what=what, how="new", title=title)
        elif before[name][1] != value:
            yield VersionChange(what=what, how="changed", title=title)
    for name, (title, _) in before.items():
        if name not in after:
            yield VersionChange(what=what, how="gone", title=title)
