"""Comparing two versions of a definition: new requirements, and their consequences for existing work.

Wording alone does not reopen a criterion; changed items, lengths or levels do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from mcred.domain.credential import Credential, Criterion, Item, Stack, Words
from mcred.domain.ids import CredentialId, Slug
from mcred.domain.submission import MAX_LARGE, Work, find_gaps
from mcred.problems import Problem, errors

AskedKind = Literal["new", "gone", "changed", "reworded"]
AskedOf = Literal["item", "criterion", "rule"]


class DefinitionChange(Struct, frozen=True, kw_only=True):
    """One requirement that differs between two versions."""

    kind: AskedKind
    of: AskedOf
    id: str
    title: str
    part: str = ""
    details: tuple[str, ...] = ()


class Delta(Struct, frozen=True, kw_only=True):
    """What an upgrade would require of one portfolio."""

    asked: tuple[DefinitionChange, ...]
    gaps: tuple[Problem, ...]
    """What the work lacks by the newer version."""
    anew: tuple[Slug, ...]
    """Criteria that would be judged again."""
    kept: tuple[Slug, ...]
    """Criteria that ask the same of the same."""


def compare_definitions(old: Credential, new: Credential) -> tuple[DefinitionChange, ...]:
    """Every changed requirement, in the order of the parts."""
    return (*_items(old, new), *_criteria(old, new), *_rules(old, new))


def judged_anew(old: Credential, new: Credential) -> tuple[Slug, ...]:
    """The criteria that are new or changed, so that a holder of the older version has not met them."""
    asked = compare_definitions(old, new)
    changed = {a.id for a in asked if a.of == "criterion" and a.kind in ("new", "changed")}
    items = {a.id for a in asked if a.of == "item" and a.kind in ("new", "changed")}
    return tuple(
        c.id
        for c in new.criteria
        if c.id in changed or any(i.id in items for i in new.part_of(c).items_of(c))
    )


def find_delta(work: Work, old: Credential, new: Credential) -> Delta:
    """What work done by the older version lacks; `work` has to be read by the newer one."""
    anew = judged_anew(old, new)
    return Delta(
        asked=compare_definitions(old, new),
        gaps=errors(find_gaps(work, new, largest=MAX_LARGE)),
        anew=anew,
        kept=tuple(c.id for c in new.criteria if c.id not in anew),
    )


def _items(old: Credential, new: Credential) -> Iterator[DefinitionChange]:
    before = {i.id: (p, i) for p in old.parts for i in p.items}
    for part in new.parts:
        for item in part.items:
            if item.id not in before:
                yield DefinitionChange(kind="new", of="item", id=item.id, title=item.title, part=part.title)
                continue
            was_in, was = before[item.id]
            details = tuple(_item_details(was, item))
            if was_in.id != part.id:
                details = (f"it moved from part “{was_in.title}”", *details)
            if details or (was.title, was.text) != (item.title, item.text):
                kind: AskedKind = "changed" if details else "reworded"
                yield DefinitionChange(
                    kind=kind, of="item", id=item.id, title=item.title, part=part.title, details=details
                )
    after = {i.id for i in new.items}
    for part, item in (found for key, found in before.items() if key not in after):
        yield DefinitionChange(kind="gone", of="item", id=item.id, title=item.title, part=part.title)


def _item_details(old: Item, new: Item) -> Iterator[str]:
    if old.words != new.words:
        yield f"{_length(old.words)} → {_length(new.words)}"
    if old.is_written != new.is_written:
        yield "it is now submitted as a file" if old.is_written else "it is now answered in writing"
    elif old.accepts != new.accepts:
        yield f"{' or '.join(old.accepts)} → {' or '.join(new.accepts)}"
    if (old.min, old.max) != (new.min, new.max) and not new.is_written:
        yield f"{_count(old)} → {_count(new)} pieces"
    if old.media != new.media:
        minutes = new.media.max_minutes if new.media else None
        yield f"at most {minutes} minutes" if minutes else "of any length"
    if old.students != new.students:
        yield "student consent is required" if new.students else "student consent is no longer required"


def _length(words: Words | None) -> str:
    if words is None:
        return "any length"
    most = f" to {words.max}" if words.max is not None else " or more"
    return f"{words.min}{most} words{'' if words.mode == 'limit' else ' (a guide)'}"


def _count(item: Item) -> str:
    return str(item.min) if item.min == item.max else f"{item.min} to {item.max}"


def _criteria(old: Credential, new: Credential) -> Iterator[DefinitionChange]:
    before = {c.id: c for c in old.criteria}
    for criterion in new.criteria:
        part = new.part_of(criterion).title
        was = before.pop(criterion.id, None)
        if was is None:
            yield DefinitionChange(
                kind="new", of="criterion", id=criterion.id, title=criterion.title, part=part
            )
            continue
        details = tuple(_criterion_details(old, was, new, criterion))
        if details or (was.title, was.guidance) != (criterion.title, criterion.guidance):
            kind: AskedKind = "changed" if details else "reworded"
            yield DefinitionChange(
                kind=kind, of="criterion", id=criterion.id, title=criterion.title, part=part, details=details
            )
    for was in before.values():
        yield DefinitionChange(
            kind="gone", of="criterion", id=was.id, title=was.title, part=old.part_of(was).title
        )


def _criterion_details(old: Credential, was: Criterion, new: Credential, now: Criterion) -> Iterator[str]:
    if old.scale_of(was) != new.scale_of(now):
        yield f"levels {', '.join(old.scale_of(was))} → {', '.join(new.scale_of(now))}"
    if old.required_level(was) != new.required_level(now):
        yield f"needs {old.required_level(was)} → {new.required_level(now)}"
    judged = [tuple(i.id for i in d.part_of(c).items_of(c)) for d, c in ((old, was), (new, now))]
    if judged[0] != judged[1]:
        yield f"assesses {', '.join(judged[0])} → {', '.join(judged[1])}"
    worded = [level for level, text in now.levels.items() if was.levels.get(level, text) != text]
    if worded:
        yield f"reworded: {', '.join(worded)}"


def _rules(old: Credential, new: Credential) -> Iterator[DefinitionChange]:
    for name, title, first, second in (
        ("award_rule", "When it is awarded", str(old.award_rule), str(new.award_rule)),
        ("attestations", "Statements", ", ".join(old.attestations), ", ".join(new.attestations)),
        ("prerequisites", "Prerequisites", ", ".join(old.prerequisites), ", ".join(new.prerequisites)),
        ("validity", "How long it is valid", _months(old), _months(new)),
        ("status", "Status", old.status, new.status),
    ):
        if first != second:
            details = (f"{first or 'none'} → {second or 'none'}",)
            yield DefinitionChange(kind="changed", of="rule", id=name, title=title, details=details)


def _months(definition: Credential) -> str:
    return f"{definition.validity.months} months" if definition.validity else "no expiration"


class StackItem(Struct, frozen=True, kw_only=True):
    """An item of a micro-credential still to earn, and which evidence at hand is of a type it takes."""

    title: str
    takes: tuple[str, ...]
    could_serve: tuple[str, ...]


class StackStep(Struct, frozen=True, kw_only=True):
    """A micro-credential of a stack: held already, or what it would ask."""

    credential: CredentialId
    title: str
    held: bool
    items: tuple[StackItem, ...] = ()


def find_steps(
    stack: Stack, definitions: dict[CredentialId, Credential], held: frozenset[CredentialId], work: Work
) -> tuple[StackStep, ...]:
    """What a stack requires beyond the micro-credentials held, given the evidence of one portfolio."""
    return tuple(
        StackStep(
            credential=name,
            title=definitions[name].title,
            held=name in held,
            items=() if name in held else tuple(_stack_item(i, work) for i in definitions[name].items),
        )
        for name in stack.credentials
        if name in definitions
    )


def _stack_item(item: Item, work: Work) -> StackItem:
    return StackItem(
        title=item.title,
        takes=item.accepts,
        could_serve=tuple(e.title for e in work.submission.evidence if e.type in item.accepts),
    )
