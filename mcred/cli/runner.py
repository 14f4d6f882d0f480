"""Runs a command of `mcred.app` for a user at a terminal: questions, preview, `--dry-run`, `--yes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mcred.app.answers.answer import PlanAnswer, VerbAnswer
from mcred.app.use_case import Command, Plan, Question, Result
from mcred.app.workspace import Workspace
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal

R = TypeVar("R", bound=Result)


def run_command(
    edge: Terminal,
    command: Command[R],
    show_result: Callable[[Show, R], None],
    answer: Callable[[R], VerbAnswer],
    *,
    yes: bool = False,
    show_plan: Callable[[Workspace, Plan[R]], Plan[R] | None] | None = None,
    give: Callable[[VerbAnswer], None] | None = None,
) -> R | None:
    """Plan a command, ask its open questions, apply it, and show the result; returns it.

    `answer`: the result for `--json`. `show_plan`: shows what the questions are about, before the first of
    them; returns another plan where it asked for something itself. `give`: takes the answer instead of the
    printer. Returns None where nothing was to be done.
    """
    ws = command.begin(edge)
    found = command.plan(ws)
    if isinstance(found, Plan):
        if show_plan is not None:
            found = show_plan(ws, found) or found
        found = _answer(edge, found).settle(ws)
    if isinstance(found, Plan):
        if not _is_wanted(edge, found, yes):
            if edge.show.as_json:
                (give or edge.show.answer)(_answer_plan(found))
            return None
        found = found.apply(ws)
        if not edge.show.as_json:
            show_result(edge.show, found)
            found.finish()
            return found
    if not edge.dry_run:
        found.finish()
    if edge.show.as_json:
        (give or edge.show.answer)(answer(found))
    else:
        show_result(edge.show, found)
    return found


def _answer_plan(plan: Plan[R]) -> PlanAnswer:
    notices = tuple(notice.text for notice in plan.preview())
    return PlanAnswer(would=(plan.confirmation().would,), notices=notices)


def _answer(edge: Terminal, plan: Plan[R]) -> Plan[R]:
    """The plan with every answer that could be obtained; each question is asked once."""
    asked: set[Question] = set()
    while question := next((q for q in plan.questions() if q not in asked), None):
        asked.add(question)
        if (answer := _ask(edge, question)) is not None:
            plan = plan.answered(question, answer)
    return plan


def _ask(edge: Terminal, question: Question) -> str | None:
    is_silent = not edge.interactive or (bool(question.choices) and edge.show.as_json)
    if is_silent and not question.is_required:
        return None
    if question.statement:
        return question.statement if edge.confirm(question.text, question.option) else None
    if question.is_list:
        return edge.pick(question.text, question.choices, question.option)
    if question.choices:
        return edge.choose(question.text, question.choices, question.option, question.default)
    return edge.ask(question.text, question.option, question.default)


def _is_wanted(edge: Terminal, plan: Plan[Any], yes: bool) -> bool:
    """Show what will be done; returns whether to do it."""
    for notice in plan.preview():
        edge.show.say(notice.text, style=notice.style, indent=notice.indent)
    asked = plan.confirmation()
    if edge.dry_run:
        edge.show.say(asked.would)
        return False
    is_asked = bool(asked.question) and not yes and (edge.interactive or asked.is_required)
    if not is_asked or edge.confirm(asked.question, asked.option, asked.default):
        return True
    edge.show.say(asked.kept)
    if asked.next:
        edge.show.next(asked.next)
    return False
