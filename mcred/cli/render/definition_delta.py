"""Compares a portfolio with other requirements than its own: a newer version of its definition, or a stack.

Renders both; what is missing is computed by `domain/definition_delta`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from mcred.app.work.compare import newest_side
from mcred.app.work.versions import Side
from mcred.app.workspace import Workspace, unknown
from mcred.cli.render.comparison import ComparisonLine, line
from mcred.domain.credential import Credential, Stack
from mcred.domain.definition_delta import DefinitionChange, Delta, StackStep, find_delta, find_steps
from mcred.domain.ids import StackId, SubmissionId
from mcred.domain.submission import Work
from mcred.formats.encode import to_plain
from mcred.formats.portfolio import read_work
from mcred.problems import McredError

MARKS = {"new": "new", "gone": "no longer", "changed": "changed", "reworded": "worded anew"}


class Upgrade(Struct, frozen=True, kw_only=True):
    """What a newer version would require of one portfolio."""

    submission: SubmissionId
    old: Credential
    new: Credential
    delta: Delta


def tell_upgrade(ws: Workspace, submission: SubmissionId) -> Upgrade:
    """Compare the newest side of a portfolio with today's definition."""
    side = newest_side(ws, submission)
    old, new = side.state.definition, ws.known(submission.credential)
    return Upgrade(submission=submission, old=old, new=new, delta=find_delta(read_anew(side, new), old, new))


def read_anew(side: Side, definition: Credential) -> Work:
    """A portfolio read by another definition than its own."""
    work, problems = read_work(side.submission, side.tree, definition)
    if work is None:
        raise McredError(f"{side.submission} cannot be read", hint="mcred status", problems=problems)
    return work


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
        yield line("fact", f"judged anew: {', '.join(titles[c] for c in delta.anew)}", 1)
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


def upgrade_data(upgrade: Upgrade) -> dict[str, Any]:
    """The same as JSON."""
    delta = upgrade.delta
    return {
        "submission": str(upgrade.submission),
        "from": upgrade.old.version,
        "to": upgrade.new.version,
        "same": not delta.asked,
        "asked": [to_plain(a) for a in delta.asked],
        "gaps": [{"what": g.what, "help": str(g.hint)} for g in delta.gaps],
        "judged_anew": list(delta.anew),
        "kept": list(delta.kept),
    }


class StackNeeds(Struct, frozen=True, kw_only=True):
    """What a stack would require beyond what a person holds."""

    submission: SubmissionId
    stack: Stack
    steps: tuple[StackStep, ...]

    @property
    def still_needed(self) -> int:
        """How many more micro-credentials complete it."""
        return max(0, self.stack.needed - sum(1 for s in self.steps if s.held))


def tell_climb(ws: Workspace, submission: SubmissionId, name: str) -> StackNeeds:
    """Compare a portfolio with a stack. Raises McredError that suggests the nearest stack."""
    stack = ws.catalog.stacks.get(StackId(name))
    if stack is None:
        raise unknown("stack", name, ws.catalog.stacks, "mcred stacks")
    work = newest_side(ws, submission).state.work
    definitions = {c: d.credential for c, d in ws.catalog.definitions.items()}
    steps = find_steps(stack, definitions, ws.catalog.held_by(submission.earner), work)
    return StackNeeds(submission=submission, stack=stack, steps=steps)


def climb_lines(climb: StackNeeds) -> Iterator[ComparisonLine]:
    """Each micro-credential of the stack as lines: held, or its requirements and matching evidence."""
    yield line("title", f"{climb.stack.title}: {climb.submission.earner}")
    held = sum(1 for s in climb.steps if s.held)
    yield line("sides", f"{held} of {climb.stack.needed} held; {climb.still_needed} still to earn")
    for step in climb.steps:
        yield line("part", f"{step.title}{': held' if step.held else ''}")
        for item in step.items:
            takes = f" ({' or '.join(item.takes)})" if item.takes else " (in writing)"
            yield line("fact", f"{item.title}{takes}", 1)
            if item.could_serve:
                yield line("fact", f"of that type you have: {', '.join(item.could_serve)}", 2, "in")


def climb_data(climb: StackNeeds) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "person": climb.submission.earner,
        "stack": climb.stack.id,
        "needed": climb.stack.needed,
        "still_needed": climb.still_needed,
        "steps": [{"held": s.held, **to_plain(s)} for s in climb.steps],
    }
