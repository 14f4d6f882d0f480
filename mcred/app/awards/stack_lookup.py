"""Looks up stack badges by the names people type, `ana/stacks/evidence-to-action`, and checks who may change
one."""

from __future__ import annotations

from mcred.app.awards.decide import require_issuer
from mcred.app.workspace import Workspace, unknown
from mcred.domain.ids import PersonId
from mcred.domain.stack_badge import StackRecord
from mcred.problems import Exit, McredError, next_step


def names_stack(text: str) -> bool:
    """Whether a text names a stack badge rather than an award.

    >>> names_stack("ana/stacks/talk"), names_stack("ana/wait-time")
    (True, False)
    """
    parts = text.strip("/").split("/")
    return len(parts) == 3 and parts[1] == "stacks"


def find_stack_record(ws: Workspace, text: str) -> StackRecord:
    """The stack badge record that a text names, such as ana/stacks/talk. Raises McredError for none."""
    known = {r.name: r for r in ws.catalog.stacked.values() if r.awards}
    found = known.get(text.strip("/"))
    if found is None:
        raise unknown("badge of a stack", text, known, next_step("stacks"))
    return found


def need_stack_issuer(ws: Workspace, record: StackRecord) -> PersonId:
    """The current user, as an issuer, and not of their own badge. Raises McredError."""
    me = require_issuer(ws, None)
    if me == record.earner:
        raise McredError("no one decides on their own badge", hint=next_step("stacks"), code=Exit.NOT_ALLOWED)
    return me
