"""Runs commands of mcred and stops them: `python -m tests.kills.runner`, asked by `tests.kills.asking`.

Each line that it reads is JSON: {"argv": […], "folder": "…", "now": "…", "below": […], "at": 0,
"victim": "…", "environment": {…}}. A process is forked for it, where the programs are imported already, and
ended before the effect `at`, if that is not 0 (`tests.kills.tracing`). Prints one JSON list for each line:
exit code, what was said, and the effects.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import mcred
from tests.kills.tracing import Stop, Watched, follow


def _run(todo: dict[str, Any], said: str) -> int:
    from mcred.cli.app import run_line
    from mcred.cli.show import Show
    from mcred.cli.terminal import Terminal

    os.environ.clear()
    os.environ.update(todo["environment"])
    (Path(os.environ["HOME"]) / "pid").write_text(str(os.getpid()), "ascii")
    os.chdir(todo["folder"])
    now = datetime.fromisoformat(todo["now"])
    keys = Path(todo["environment"]["HOME"]).parent / "keys"
    with Path(said).open("w", encoding="utf-8") as told:
        edge = Terminal(
            show=Show(told, told),
            now=lambda: now,
            keys=keys if keys.is_dir() else None,
            pause=lambda seconds: None,
            no_input=True,
        )
        return int(run_line(todo["argv"], edge))


def _follow(todo: dict[str, Any], said: str) -> Watched:
    if todo["below"]:
        return follow(lambda: _run(todo, said), todo["below"], Stop(todo["at"], todo["victim"]))
    child = os.fork()
    if child == 0:
        code = 126
        try:
            code = _run(todo, said)
        finally:
            os._exit(code)
    return Watched(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def main() -> None:
    """All commands, one after the other, until the last line."""
    # Once here instead of in every process that is forked.
    for module in pkgutil.walk_packages(mcred.__path__, "mcred."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("openbadgeslib.ob3.ldp", "pyld.jsonld", "pydantic.fields"):
        importlib.import_module(name)
    with tempfile.NamedTemporaryFile() as said:
        while line := sys.stdin.readline():
            Path(said.name).write_text("", encoding="utf-8")
            found = _follow(json.loads(line), said.name)
            effects = [(e.program, e.kind, e.path) for e in found.effects]
            text = Path(said.name).read_text("utf-8")
            print(json.dumps([found.code, text, effects]), flush=True)  # noqa: T201 (its answer)


if __name__ == "__main__":
    main()
