"""The table of verbs, and the parser of a command line.

Each verb is a module in `mcred.cli.commands.<role>` with a function `run` and a tuple `EXAMPLES`. A verb is
loaded when it is typed, and no other one: what help and TAB say of them is in `help.txt`.
"""

from __future__ import annotations

import importlib
from copy import copy
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main
from msgspec import Struct
from typer.core import TyperCommand, TyperGroup

from mcred import __version__
from mcred.cli.help import help_of
from mcred.cli.terminal import Terminal
from mcred.domain.text import as_id_typed


class Verb(Struct, frozen=True, kw_only=True):
    """A verb's name, its audience, and its module where that has another name."""

    name: str
    role: str
    module: str = ""


def _verbs(role: str, *names: str) -> tuple[Verb, ...]:
    return tuple(Verb(name=n, role=role) for n in names)


VERBS: tuple[Verb, ...] = (
    *_verbs("Everyone", "setup", "join", "link", "sync", "doctor", "help"),
    *_verbs(
        "Teachers",
        *(
            "browse",
            "show",
            "start",
            "open",
            "add",
            "remove",
            "restore",
            "check",
            "preview",
            "save",
            "submit",
        ),
        "status",
    ),
    *_verbs("Teachers", "feedback", "diff", "withdraw", "stacks", "growth", "share", "export", "reveal"),
    Verb(name="publish-piece", role="Teachers", module="publish_piece"),
    *_verbs("Teachers", "unpublish", "erase"),
    Verb(name="add-badge", role="Teachers", module="add_badge"),
    Verb(name="let-in", role="Teachers", module="let_in"),
    *_verbs("Assessors", "queue", "view", "assess"),
    Verb(name="decline-review", role="Assessors", module="decline_review"),
    *_verbs("Coaches", "progress"),
    *_verbs("Issuers", "reconcile", "assign", "revoke", "renew", "reissue", "key", "report"),
    *_verbs(
        "Recognizers",
        "verify",
        "trust",
        "endorse",
        "recognize",
        "transcript",
        "explain",
        "audit",
        "witness",
        "network",
    ),
    *_verbs(
        "Maintainers",
        "init",
        "invite",
        "person",
        "new",
        "lint",
        "impact",
        "build",
        "serve",
        "publish",
        "guard",
        "tour",
    ),
)


def load(verb: Verb) -> object:
    """A verb's module."""
    return importlib.import_module(f"mcred.cli.commands.{verb.role.lower()}.{verb.module or verb.name}")


class _Plain:
    """A command that takes the words typed for it as they are where no more is asked of them.

    typer may ask pydantic about each parameter, also one that was not typed, and loading that takes a quarter
    of the time of `mcred status`.
    """

    def get_params(self, ctx: Any) -> Any:
        params = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if hasattr(param, "type_descriptor") and not isinstance(param.process_value, partial):
                param.process_value = partial(_take, param, param.process_value)
        return params


def _take(param: Any, take: Any, ctx: Any, value: Any) -> Any:
    """A parameter's value as typer's `take` makes it, which is asked for whatever is not plain text."""
    kind = param.type_descriptor.annotation
    if param.required and not ctx.resilient_parsing and param.value_is_missing(value):
        from mcred.cli.missing import ask_missing

        value = ask_missing(ctx, param)
    is_text = kind is str and isinstance(value, str)
    are_texts = kind == list[str] and bool(value) and all(isinstance(text, str) for text in value)
    if value is None and (ctx.resilient_parsing or not param.required):
        value = () if param.multiple or param.nargs == -1 else None
    elif not is_text and not are_texts:
        return take(ctx, value)
    return param.callback(ctx, param, value) if param.callback is not None else value


class _Verb(_Plain, TyperCommand):
    """A verb with the help of `help.txt`, which takes the options of all verbs too."""

    def get_params(self, ctx: Any) -> Any:
        return [*super().get_params(ctx), *_late_options()]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_of(self.name or ""))


class _Verbs(_Plain, TyperGroup):
    """All verbs; one is loaded when it is asked for."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        # typer suggests from these names what was meant.
        self.commands = dict.fromkeys(_BY_NAME, self)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        name = as_id_typed(cmd_name)
        return make_command(name) if name in _BY_NAME else None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_of(""))


@cache
def _late_options() -> tuple[Any, ...]:
    """The options of all verbs as they are typed after a verb: heard before its own, and shown in no help."""

    def take(ctx: Any, param: Any, value: Any) -> None:
        if (edge := ctx.find_object(Terminal)) is not None:  # none where a line is only parsed
            _set(edge, **{param.name: value})

    found = []
    for param in make_parser().params:
        if param.name in ("at", "no_input", "verbose"):
            late = copy(param)
            late.__dict__.pop("process_value", None)  # what `_Plain` bound to the first one
            late.process_value = partial(_take, late, late.process_value)
            late.callback, late.is_eager, late.expose_value, late.hidden = take, True, False, True
            found.append(late)
    return tuple(found)


def _set(edge: Terminal, at: Path | None = None, no_input: bool = False, verbose: bool = False) -> None:
    """Note what is said for all verbs; another folder is one below the last, as for git."""
    edge.no_input = edge.no_input or no_input
    edge.verbose = edge.verbose or verbose
    if at is not None:
        edge.at = edge.at / at


_SETTINGS = {"help_option_names": ["--help", "-h"]}
_BY_NAME = {verb.name: verb for verb in VERBS}


@cache
def make_command(verb: str) -> Any:
    """A verb's options and arguments as a command, made once: `mcred tour` runs many lines in one process."""
    app = typer.Typer(add_completion=False)
    app.command(verb, cls=_Verb, context_settings=_SETTINGS)(load(_BY_NAME[verb]).run)  # type: ignore[attr-defined]
    return typer.main.get_command(app)


@cache
def make_parser() -> Any:
    """What parses a command line and runs its verb."""
    app = typer.Typer(
        cls=_Verbs,
        help="Micro-credentials for teachers. Run mcred alone to see where you stand and what to do next.",
        epilog="Exit codes: 0 done, 1 refused, 2 usage error, 3 a bug in mcred, 4 sign-in needed, "
        "5 not allowed, 6 changed by someone else, 7 unreachable, 130 interrupted.",
        context_settings=_SETTINGS,
    )
    app.callback(invoke_without_command=True)(begin)
    return typer.main.get_command(app)


def begin(
    ctx: typer.Context,
    at: Annotated[
        Path | None,
        typer.Option("--at", "-C", help="Work in this folder instead of the current one.", metavar="DIR"),
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask questions.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show details of a bug.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """What is said for all verbs, before the verb."""
    edge: Terminal = ctx.obj
    _set(edge, at, no_input, verbose)
    if version:
        edge.show.say(f"mcred {__version__}")
    elif ctx.invoked_subcommand is None:
        from mcred.cli.commands.teachers.status import run as show_status

        show_status(ctx)
