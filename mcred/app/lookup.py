"""Looks up what people name: submissions as `ana/wait-time`, or `wait-time` for one's own; stacks."""

from __future__ import annotations

from mcred.app.workspace import Workspace, unknown
from mcred.domain.credential import Stack
from mcred.domain.ids import CredentialId, PersonId, StackId, SubmissionId, is_id
from mcred.domain.status import Standing
from mcred.problems import McredError, next_step


def parse_submission(ws: Workspace, text: str) -> SubmissionId:
    """The submission a text names. Raises McredError that suggests the nearest existing one."""
    typed = text.strip().strip("/")
    earner, slash, credential = typed.partition("/")
    if not slash and ws.me is not None:
        earner, credential = ws.me, typed
    if is_id(earner) and is_id(credential):
        found = SubmissionId(PersonId(earner), CredentialId(credential))
        is_person = bool(slash) and earner in ws.catalog.people and credential in ws.catalog.definitions
        if is_person or found in ws.record.standings or found in ws.catalog.records:
            return found
    known = {str(s): s for s in (*ws.record.standings, *ws.catalog.records)}
    raise unknown("submission", text, known, next_step("queue", "--all"))


def find_stack(ws: Workspace, name: str) -> Stack:
    """The stack with an id. Raises McredError that suggests the nearest one."""
    found = ws.catalog.stacks.get(StackId(name))
    if found is None:
        raise unknown("stack", name, ws.catalog.stacks, next_step("stacks"))
    return found


def need_open(standing: Standing) -> Standing:
    """The submission's standing, if assessors or issuer have something to do. Raises McredError otherwise."""
    if not standing.is_open or standing.judged is None or standing.request is None:
        raise McredError(f"{standing.submission} is not in review ({standing.word})", hint=next_step("queue"))
    return standing
