"""`mcred impact`: what a changed definition or recognition policy affects, before it is committed to main."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.comparison import impact_answer, new_impact_answer
from mcred.app.answers.recognition import policy_impact_answer
from mcred.app.programme.impact import NewImpact, find_edit_impact
from mcred.app.recognition.impact import (
    ChangedAccount,
    PolicyImpact,
    find_policy_impact,
    named_policy,
)
from mcred.app.workspace import open_workspace
from mcred.cli.render.comparison import line, show_lines
from mcred.cli.render.definition_delta import asked_lines
from mcred.cli.show import Show
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.credential import Credential
from mcred.domain.recognition.amounts import describe, write_amount
from mcred.domain.recognition.policy import CreditUnit
from mcred.domain.rules.impact import Flip, Impact, TouchedAs, TouchedWork

EXAMPLES = (
    "mcred impact credentials/fractions-number-line",
    "mcred impact fractions-number-line --json",
    "mcred impact recognition/maple-ridge.yaml",
)
_SAID: dict[TouchedAs, tuple[str, str]] = {
    "draft": ("In progress", "they continue under their own version and may be submitted under it"),
    "in review": ("In review", "assessed under the version they were submitted for"),
    "held": ("Held", "awards stay as they are; to meet the new version as well"),
}

_MISFIT = "its levels do not match the rubric"


def run(
    ctx: typer.Context,
    definition: Annotated[
        str,
        typer.Argument(
            help="A definition's folder or id, or a recognition policy, with your edits in this folder.",
            metavar="DEFINITION|POLICY",
        ),
    ],
    json: Json = False,
) -> None:
    """Show what an edited definition affects: drafts, reviews, awards, golden examples. Of a recognition
    policy: who gains and who loses.

    Drafts that were never submitted are not counted: only their earners can see them.
    """
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    if (policy := named_policy(ws, definition)) is not None:
        _answer_policy(edge.show, find_policy_impact(ws, policy))
        return
    found = find_edit_impact(ws, definition)
    if isinstance(found, NewImpact):
        _answer_new(edge.show, found)
        return
    if json:
        edge.show.answer(impact_answer(found.impact))
        return
    _show(edge.show, found.impact)
    edge.show.next("mcred lint" if found.is_edited else f"mcred show {found.impact.new.id}")


def _answer_new(show: Show, found: NewImpact) -> None:
    if show.as_json:
        show.answer(new_impact_answer(found))
        return
    new = found.new
    lines = [
        line("title", new.title),
        line("fact", f"It is new: version {new.version}, status {new.status}. No one has started it."),
    ]
    for part in new.parts:
        lines.append(line("part", part.title))
        lines += [line("fact", f"{item.title}: {item.requirement}", 1) for item in part.items]
        lines += [
            line("fact", f"assessed by “{criterion.title}”: {new.required_level(criterion)} is required", 1)
            for criterion in part.criteria
        ]
    if found.examples:
        lines.append(line("part", "Golden examples"))
        lines += [line("fact", f"{e.example}: {e.outcome or _MISFIT}", 1) for e in found.examples]
    show_lines(show, lines)
    show.say()
    who = (
        f"It can be assessed by {', '.join(found.experts)}." if found.experts else "No expert can assess it."
    )
    show.say(who)
    show.next("mcred lint")


def _answer_policy(show: Show, impact: PolicyImpact) -> None:
    if show.as_json:
        show.answer(policy_impact_answer(impact))
        return
    lines = [line("title", impact.new.title)]
    if impact.old is None:
        lines.append(line("fact", "It is new: no one has anything by it yet."))
    if impact.examples:
        lines.append(line("part", "Golden examples that come out differently"))
        lines += [line("open", f"{e.example}: {e.before} → {e.after}", 1) for e in impact.examples]
    show_lines(show, lines)
    show.say()
    if impact.people:
        units = tuple(dict.fromkeys((*(impact.old.units if impact.old else ()), *impact.new.units)))
        is_recorded = any(one.is_recorded for one in impact.people)
        show.table(
            (
                *("person", *(unit.replace("_", " ") for unit in units), "lane"),
                *(("next decision",) if is_recorded else ()),
            ),
            [
                (
                    *(one.person, *(_by(one, unit) for unit in units), _lane(one)),
                    *((_next(one),) if is_recorded else ()),
                )
                for one in impact.people
            ],
        )
    else:
        show.say("Everyone's record comes to the same as before.")
    show.next("mcred lint" if impact.is_edited else f"mcred recognize --policy {impact.new.id}")


def _by(one: ChangedAccount, unit: CreditUnit) -> str:
    """How much more or less of a unit counts."""
    change = one.changes().get(unit)
    return "-" if change is None else f"{'+' if change > 0 else '-'}{write_amount(unit, abs(change))}"


def _next(one: ChangedAccount) -> str:
    """What the next decision would hold by the old policy, and by the new one."""
    return f"{describe(one.next_before or {})} → {describe(one.next_after)}"


def _lane(one: ChangedAccount) -> str:
    before, after = one.lanes()
    return "-" if before == after else f"{before or 'none'} → {after or 'none'}"


def _show(show: Show, impact: Impact) -> None:
    old, new = impact.old, impact.new
    lines = [line("title", new.title), line("sides", f"from version {old.version} to version {new.version}")]
    if not impact.asked:
        lines.append(line("fact", "Both versions ask the same of earners and assessors."))
    else:
        lines += [line("part", "What it asks differently"), *asked_lines(impact.asked)]
    if impact.asked and old.version == new.version and impact.touched:
        lines.append(line("open", f"It is in use: give it a version higher than {old.version}.", 1))
    if impact.flips:
        lines.append(line("part", "Golden examples that come out differently"))
        lines += [line("open" if not f.acknowledged else "fact", _flip(f), 1) for f in impact.flips]
    show_lines(show, lines)
    for kind, (title, said) in _SAID.items():
        touched = impact.of(kind)
        if touched:
            show.say()
            show.say(f"{title}: {len(touched)} ({said})", style="bold")
            show.table(
                ("submission", "version", "would be missing", "needs re-assessment"),
                [_row(t, new) for t in touched],
            )
    if not impact.touched:
        show.say()
        show.say("No one has started it.")
    show.say()


def _flip(flip: Flip) -> str:
    said = f"{flip.example}: {flip.before} → {flip.after or _MISFIT}"
    return f"{said} (acknowledged)" if flip.acknowledged else said


def _row(touched: TouchedWork, new: Credential) -> tuple[str, str, str, str]:
    delta = touched.delta
    if delta is None:
        return str(touched.submission), touched.version, "cannot be read", "-"
    titles = {c.id: c.title for c in new.criteria}
    lacks = "; ".join(g.what for g in delta.gaps) or "nothing"
    return (
        str(touched.submission),
        touched.version,
        lacks,
        ", ".join(titles[c] for c in delta.anew) or "nothing",
    )
