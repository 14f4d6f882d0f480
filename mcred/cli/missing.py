"""Asks for an argument that a command line lacks: with a numbered list of what fits, or as text.

Without a terminal the parser names the argument.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer
from msgspec import Struct

from mcred.app.awards.duties import is_mine_to_decide
from mcred.app.fetch import Fetching
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import Terminal
from mcred.problems import Exit, McredError


class Fitting(Struct, frozen=True, kw_only=True):
    """What an argument may be."""

    find: Callable[[Workspace], Iterable[object]]
    nothing: str
    """What is said where nothing fits."""
    hint: str
    fetching: Fetching = "try"


def ask_missing(ctx: typer.Context, param: Any) -> Any:
    """The value of a required argument as its user gives it; None where no one can be asked.

    Raises McredError where nothing fits.
    """
    edge, verb = ctx.find_object(Terminal), str(ctx.info_name)
    if edge is None or not edge.interactive:
        return None
    fitting = FITTING.get(f"{verb}.{param.name}")
    if fitting is None:
        answer = edge.ask(str(param.help or param.name).partition(":")[0].rstrip("."), param.name.upper())
    else:
        names = [str(one) for one in fitting.find(open_workspace(edge, fetching=fitting.fetching))]
        if not names:
            raise McredError(fitting.nothing, hint=fitting.hint, code=Exit.USAGE)
        answer = edge.pick("Which one", names, param.name.upper())
    edge.typed = f"{edge.typed} {shlex.quote(answer)}"
    return [answer] if param.nargs == -1 else answer


def _live(ws: Workspace) -> Iterable[object]:
    return sorted(d.credential.id for d in ws.catalog.definitions.values() if d.credential.status == "live")


def _not_started(ws: Workspace) -> Iterable[object]:
    ws.person()
    return (name for name in _live(ws) if ws.standing(ws.submission(str(name))).word == "not started")


def _in_review(ws: Workspace) -> Iterable[object]:
    return sorted(s.submission for s in ws.record.open)


def _mine_to_assess(ws: Workspace) -> Iterable[object]:
    return sorted(s.submission for s in ws.record.open if ws.me in s.missing)


def _mine_to_decide(ws: Workspace) -> Iterable[object]:
    return sorted(s.submission for s in ws.record.open if is_mine_to_decide(ws, s))


def _unanswered(ws: Workspace) -> Iterable[object]:
    return sorted(s.submission for s in ws.record.open if s.missing or s.seats.vacant)


def _awarded(ws: Workspace) -> Iterable[object]:
    return sorted(found for found, record in ws.catalog.records.items() if record.live)


def _decided(ws: Workspace) -> Iterable[object]:
    return sorted(ws.catalog.records)


def _others(ws: Workspace) -> Iterable[object]:
    return sorted(person for person in ws.catalog.people if person != ws.me)


_DEFINITION = Fitting(
    find=_live, nothing="there is no live micro-credential", hint="mcred browse", fetching="no"
)
_TO_ASSESS = Fitting(find=_mine_to_assess, nothing="nothing is waiting for you to assess", hint="mcred queue")
_AWARD = Fitting(find=_awarded, nothing="nothing has been awarded yet", hint="mcred queue")
FITTING: Mapping[str, Fitting] = {
    "show.credential": _DEFINITION,
    "start.credential": Fitting(
        find=_not_started,
        nothing="you have started every micro-credential",
        hint="mcred status",
        fetching="no",
    ),
    "impact.definition": _DEFINITION,
    "view.submission": Fitting(find=_in_review, nothing="nothing is in review", hint="mcred queue"),
    "assess.submission": _TO_ASSESS,
    "decline-review.submission": _TO_ASSESS,
    "reconcile.submission": Fitting(
        find=_mine_to_decide, nothing="no submission is ready for your decision", hint="mcred queue"
    ),
    "assign.submission": Fitting(
        find=_unanswered, nothing="no submission is waiting for an assessor", hint="mcred queue --all"
    ),
    "revoke.award": _AWARD,
    "renew.award": _AWARD,
    "explain.what": Fitting(find=_decided, nothing="nothing has been decided yet", hint="mcred queue"),
    "let-in.person": Fitting(find=_others, nothing="you are the only one here", hint="mcred sync"),
}
"""By verb and argument; the others are asked for as text."""
