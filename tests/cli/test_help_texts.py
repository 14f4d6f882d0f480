"""What `--help` says of every verb is in `tests/golden/help.txt`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import typer

from mcred.cli.app import VERBS, load, make_app
from tests.golden_files import check_golden


def told() -> Iterator[str]:
    """Every verb with its options and examples as the parser has them, however wide a terminal is."""
    commands = typer.main.get_group(make_app(["--help"])).commands
    for verb in VERBS:
        command = commands[verb.name]
        yield f"== {verb.role}: mcred {verb.name}\n{_flat(command.help)}\n"
        for param in command.params:
            said = param.metavar if param.param_type_name == "argument" else ", ".join(param.opts)
            yield f"{said or param.name}: {_flat(getattr(param, 'help', ''))}\n"
        yield "".join(f"$ {line}\n" for line in load(verb).EXAMPLES)  # type: ignore[attr-defined]
        yield "\n"


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def test_is_what_the_file_says() -> None:
    check_golden("help.txt", "".join(told()))
