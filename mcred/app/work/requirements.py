"""Compares a portfolio with other requirements than its own: a newer definition, or a stack."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.lookup import find_stack
from mcred.app.work.compare import newest_side
from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential, Stack
from mcred.domain.definition_delta import Delta, StackStep, find_delta, find_steps
from mcred.domain.ids import SubmissionId
from mcred.formats.portfolio import read_work
from mcred.problems import McredError, next_step


class Upgrade(Struct, frozen=True, kw_only=True):
    """What a newer version would require of one portfolio."""

    submission: SubmissionId
    old: Credential
    new: Credential
    delta: Delta


class StackNeeds(Struct, frozen=True, kw_only=True):
    """What a stack would require beyond what a person holds."""

    submission: SubmissionId
    stack: Stack
    steps: tuple[StackStep, ...]

    @property
    def still_needed(self) -> int:
        """How many more micro-credentials complete it."""
        return max(0, self.stack.needed - sum(1 for s in self.steps if s.held))


def tell_upgrade(ws: Workspace, submission: SubmissionId) -> Upgrade:
    """Compare the newest side of a portfolio with today's definition. Raises McredError where it cannot be
    read by that."""
    side = newest_side(ws, submission)
    old, new = side.state.definition, ws.known(submission.credential)
    work, problems = read_work(submission, side.tree, new)
    if work is None:
        raise McredError(f"{submission} cannot be read", hint=next_step("status"), problems=problems)
    return Upgrade(submission=submission, old=old, new=new, delta=find_delta(work, old, new))


def tell_climb(ws: Workspace, submission: SubmissionId, name: str) -> StackNeeds:
    """Compare a portfolio with a stack. Raises McredError that suggests the nearest stack."""
    stack = find_stack(ws, name)
    work = newest_side(ws, submission).state.work
    definitions = {c: d.credential for c, d in ws.catalog.definitions.items()}
    steps = find_steps(stack, definitions, ws.catalog.held_by(submission.earner), work)
    return StackNeeds(submission=submission, stack=stack, steps=steps)
