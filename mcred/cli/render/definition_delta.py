"""Renders what a newer version of a definition, or a stack, would require of a portfolio."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mcred.app.work.requirements import StackNeeds, Upgrade
from mcred.cli.render.comparison import ComparisonLine, line
from mcred.domain.definition_delta import DefinitionChange

MARKS = {"new": "new", "gone": "no longer", "changed": "changed", "reworded": "reworded"}


def upgrade_lines(upgrade: Upgrade) -> Iterator[ComparisonLine]:
    """What a newer version requires, and what of it this portfolio lacks, as lines."""
    old, new, delta = upgrade.old, upgrade.new, upgrade.delta
    yield line("title", f"{new.title}: {upgrade.submission}")
    yield line("sides", f"from version {old.version} to version {new.version}")
    if not delta.asked:
        yield line("fact", "Both versions ask the same.")
        return
    yield line("part", f"What version {new.version} asks")
    yield from asked_lines(delta.asked)
    yield line("part", "What this work would still need")
    for gap in delta.gaps:
        yield line("open", gap.what, 1)
        if gap.hint:
            yield line("fact", str(gap.hint), 2, "dim")
    if not delta.gaps:
        yield line("fact", "nothing is missing", 1)
    titles = {c.id: c.title for c in new.criteria}
    if delta.anew:
        yield line("fact", f"needs re-assessment: {', '.join(titles[c] for c in delta.anew)}", 1)
    if delta.kept:
        yield line("fact", f"asks the same: {', '.join(titles[c] for c in delta.kept)}", 1, "dim")


def asked_lines(asked: Iterable[DefinitionChange]) -> Iterator[ComparisonLine]:
    """Differences of two definitions, each with its details below it."""
    for found in asked:
        where = f" in part “{found.part}”" if found.part else ""
        kind = "" if found.of == "rule" else f"{found.of} "
        look = {"new": "in", "gone": "out"}.get(found.kind, "")
        yield line("fact", f"{MARKS[found.kind]}: {kind}“{found.title}”{where}", 1, look)  # type: ignore[arg-type]
        for detail in found.details:
            yield line("fact", detail, 2, "dim")


def climb_lines(climb: StackNeeds) -> Iterator[ComparisonLine]:
    """Each micro-credential of the stack as lines: held, or its requirements and matching evidence."""
    yield line("title", f"{climb.stack.title}: {climb.submission.earner}")
    held = sum(1 for s in climb.steps if s.held)
    yield line("sides", f"{held} of {climb.stack.needed} earned; {climb.still_needed} still to earn")
    for step in climb.steps:
        yield line("part", f"{step.title}{': earned' if step.held else ''}")
        for item in step.items:
            takes = f" ({' or '.join(item.takes)})" if item.takes else " (in writing)"
            yield line("fact", f"{item.title}{takes}", 1)
            if item.could_serve:
                yield line(
                    "fact", f"pieces you already have of that type: {', '.join(item.could_serve)}", 2, "in"
                )
