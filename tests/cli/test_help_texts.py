"""What `--help` says of every verb: `mcred/cli/help.txt`, which `make golden` writes, and its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcred.cli.verbs import VERBS, load, make_command, make_parser
from tests.golden_files import check_golden

TOLD = Path(__file__).parents[2] / "mcred" / "cli" / "help.txt"


def told() -> Iterator[str]:
    """Every verb with its options and examples as the parser has them."""
    group = make_parser()
    yield f"== mcred\n{_flat(group.help)}\n"
    yield from map(told_of, group.params)
    yield f"# {_flat(group.epilog)}\n\n"
    for verb in VERBS:
        command = make_command(verb.name)
        yield f"== {verb.role}: mcred {verb.name}\n"
        about, *more = (command.help or "").split("\n\n")
        yield "".join((f"{_flat(about)}\n", *(f"+ {_flat(paragraph)}\n" for paragraph in more)))
        yield from map(told_of, command.params)
        yield "".join(f"$ {line}\n" for line in load(verb).EXAMPLES)  # type: ignore[attr-defined]
        yield "\n"


def told_of(param: Any) -> str:
    """A line about an option or an argument: how it is spelled, and what is said of it."""
    kind = param.type_descriptor.annotation
    if param.param_type_name == "argument":
        name = param.metavar or f"{param.name}{'…' * (param.nargs == -1)}".upper()
        spelled = name if param.required or name.startswith("[") else f"[{name}]"
    else:
        names = " / ".join(", ".join(way) for way in (param.opts, param.secondary_opts) if way)
        word = param.metavar or {str: "TEXT", int: "NUMBER", Path: "FILE"}.get(kind, "TEXT")
        spelled = names if param.is_flag else f"{names} {word}"
    marks = ["required"] * param.required
    if param.min is not None:
        marks.append(f"{param.min} or more" if param.max is None else f"{param.min} to {param.max}")
    if param.default is True:
        marks.append(f"default: {param.opts[0]}")
    elif param.default not in (None, "", False):
        marks.append(f"default: {param.default}")
    if param.multiple:
        marks.append("may be repeated")
    said = f" ({'; '.join(marks)})" if marks else ""
    return f"{spelled}  {_flat(param.help)}{said}\n"


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def test_is_what_the_file_says() -> None:
    check_golden(TOLD, "".join(told()).rstrip() + "\n")
