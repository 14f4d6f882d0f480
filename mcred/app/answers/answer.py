"""The base of every answer, and how one becomes plain values for JSON.

An answer is a struct whose tag is its schema's name, such as `mcred/status/1`. The number rises when a field
goes, or gets another type or meaning; a field that is added leaves it as it is. What `docs/schema/answers`
says of an answer is made from its struct (`answers/schema`), so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from mcred.formats.record import id_to_text
from mcred.problems import Problem

if TYPE_CHECKING:
    from mcred.app.use_case import Result

DoneWord = Literal["done", "not needed"]
"""`not needed`: an earlier run did it all."""


class VerbAnswer(Struct, frozen=True, kw_only=True, tag_field="schema"):
    """What a verb answers."""


class PlanAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/plan/1"):
    """What a verb that writes would do: of a dry run, and after a no to its question. Nothing was changed."""

    would: tuple[str, ...]
    """What it would do, a sentence each."""
    notices: tuple[str, ...]
    """What to know before it is done."""


class ProblemRow(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, where, and what to do about it."""

    severity: str
    """`error` or `warning`."""
    where: str | None
    """File, line and column."""
    what: str
    help: str


class StepRow(Struct, frozen=True, kw_only=True):
    """Something to do."""

    what: str
    next: str
    """The command."""


def list_problems(problems: Iterable[Problem]) -> tuple[ProblemRow, ...]:
    """Problems as rows."""
    return tuple(
        ProblemRow(
            severity=p.severity, where=str(p.where) if p.where else None, what=p.what, help=str(p.hint)
        )
        for p in problems
    )


def done_word(found: Result) -> DoneWord:
    """Whether a command did something, or an earlier run did it all."""
    return "not needed" if found.status == "not needed" else "done"


def join_plans(plans: Sequence[PlanAnswer]) -> PlanAnswer:
    """Several plans as one."""
    return PlanAnswer(
        would=tuple(said for plan in plans for said in plan.would),
        notices=tuple(said for plan in plans for said in plan.notices),
    )


def answer_to_plain(answer: VerbAnswer) -> dict[str, Any]:
    """An answer as mappings, lists, texts and numbers, its schema's name first; times in ISO 8601."""
    plain: dict[str, Any] = _iso(
        msgspec.to_builtins(answer, enc_hook=id_to_text, builtin_types=(datetime, date))
    )
    return plain


def _iso(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _iso(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_iso(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
