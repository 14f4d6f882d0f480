"""The shape of a use case that writes: a command is planned, its questions are answered, it is applied.

    command.begin(ctx) → the opened programme
    command.plan(ws)   → a plan (nothing is changed), or a result where an earlier run did it all
    plan.questions()   → what the command leaves open; `plan.answered` fills it in
    plan.settle(ws)    → the plan as it can be applied
    plan.apply(ws)     → the result

How questions are answered is the caller's choice: `cli/runner` asks a person, `carry_out` asks no one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, Literal, Self, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.commit import tidy_all
from mcred.app.context import Context, Notice
from mcred.app.events import AttemptEvent
from mcred.app.fetch import Fetching
from mcred.app.push import publish
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.problems import Hint
from mcred.store.session import git_session


class Question(Struct, frozen=True, kw_only=True):
    """A value that a command leaves open."""

    field: str
    """The command's field that the answer is stored in, or appended to where it holds several."""
    text: str
    option: str
    """The command line option that answers it, such as `--reason "TEXT"`."""
    choices: tuple[str, ...] = ()
    """The only valid answers; empty for free text."""
    is_list: bool = False
    """Whether they are people's own names, which are shown one a line, numbered."""
    statement: str = ""
    """For a yes or no: what a yes adds to the field."""
    default: str | None = None
    is_required: bool = True
    """Whether an unanswered question is an error here; else `settle` judges what is missing."""


class Confirmation(Struct, frozen=True, kw_only=True):
    """The final confirmation before a plan is applied."""

    would: str
    """What applying it would do, for a dry run."""
    question: str = ""
    """Empty where no question is asked, such as for finishing an earlier run."""
    option: str = "--yes"
    """The command line option that answers it; a remark may follow."""
    kept: str = "Nothing was changed."
    """The message after a no."""
    next: Hint = ""
    """The command to continue with after a no."""
    default: bool = False
    is_required: bool = False
    """Whether a caller that cannot ask must confirm beforehand."""


class Result(Struct, frozen=True, kw_only=True):
    """The result of a command."""

    ws: Workspace
    """The programme afterwards."""
    status: Literal["done", "not needed", "open"] = "done"
    """`not needed`: an earlier run did it all. `open`: a required answer is missing, and nothing was done."""
    event: AttemptEvent | None = None
    """An event yet to be published: after an interruption, or since the result is awaited first."""

    def finish(self) -> None:
        """Publish pending events; after an interrupted run, update the working copy and delete refs that main
        has."""
        if self.status == "not needed":
            refresh(self.ws)
            tidy_all(self.ws)
        publish(self.ws, (self.event,) if self.event else ())


R = TypeVar("R", bound=Result)


class Plan(Struct, Generic[R], frozen=True, kw_only=True):
    """What a command will do to a programme, as read from one workspace; nothing is changed yet."""

    command: Command[R]

    def questions(self) -> Iterable[Question]:
        """The open questions, the next first; computed again after each answer."""
        return ()

    def answered(self, question: Question, answer: str) -> Self:
        """The same plan for a command with this answer."""
        before = getattr(self.command, question.field)
        said = (*before, answer) if isinstance(before, tuple) else answer
        return replace(self, command=replace(self.command, **{question.field: said}))

    def settle(self, ws: Workspace) -> Plan[R] | R:
        """The plan as it can be applied, or a result where nothing is left to do.

        Raises McredError where a required value is missing.
        """
        return self

    def preview(self) -> Iterable[Notice]:
        """What the user should know before confirming."""
        return ()

    def confirmation(self) -> Confirmation:
        """The question before it is applied."""
        raise NotImplementedError

    def apply(self, ws: Workspace) -> R:
        """Apply it. Raises McredError where the programme changed meanwhile, or the remote rejects it."""
        raise NotImplementedError


class Command(Struct, Generic[R], frozen=True, kw_only=True):
    """A request to change the programme. Its fields are the options of the command line verb."""

    fetching: ClassVar[Fetching] = "must"
    """Whether the remote is needed (`must`), asked if it can be reached (`try`), or not asked (`no`)."""

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError where the remote is needed and cannot be reached."""
        return open_workspace(ctx, fetching=self.fetching)

    def plan(self, ws: Workspace) -> Plan[R] | R:
        """What will be done. Raises McredError with every reason why it is not allowed."""
        raise NotImplementedError


def carry_out(ctx: Context, command: Command[R]) -> R:
    """Plan and apply a command that leaves no question open.

    Returns the command's own result. Raises McredError for what is not allowed, and for an open question;
    ValueError for a read-only context, with which a command can only be planned.
    """
    if ctx.dry_run:
        raise ValueError("a dry run plans a command and does not apply it")
    with git_session():
        ws = command.begin(ctx)
        found = command.plan(ws)
        if isinstance(found, Plan):
            found = found.settle(ws)
        result = found.apply(ws) if isinstance(found, Plan) else found
        result.finish()
        return result
