"""Runs one command many times, each time killed at a later step: `python -m tests.cli.cutter [questions]`.

Each line that it reads is JSON: {"argv": […], "now": "…", "jobs": [[folder, step], …], "environment": {…}}.
Every step is one call of the functions that store something. A process of its own is forked for each job,
runs the real command there, and is killed with SIGKILL right after the step; step 0 is never reached, so that
job runs to its end and says how many steps there are. With `questions` only questions to a review host are
steps. Prints one JSON list for each line: the exit code of each job (-9: killed) and its number of steps.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import mcred

count = 0
last = 0


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        global count
        result = function(*args, **options)
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def _patch(module: ModuleType, *names: str) -> None:
    for name in names:
        setattr(module, name, _counted(getattr(module, name)))


def _patch_all(what: str) -> None:
    """From the bottom up, so that every `from … import` above gets the counted one."""
    from mcred.hosting import client as line

    _patch(line, "exchange")
    if what == "questions":
        return
    from mcred.store import config, git, write
    from mcred.store import folder_index as folder

    _patch(git, "create_repo")
    _patch(config, "write_config")
    _patch(write, "put_blob", "put_files", "build_tree", "commit_tree", "move_refs")
    _patch(folder, "save_laid")
    from mcred.store import remote, worktree

    _patch(remote, "push", "clone", "fetch")
    _patch(worktree, "_write", "lay_out")
    from mcred.app.keys import issuer as issuing

    _patch(issuing, "write_private", "move_key")
    from mcred.app.work import add

    _patch(add, "write_whole", "_store")


def _run(folder: str, step: int, todo: dict[str, Any], tell: int) -> None:
    global count, last
    from mcred.cli.app import run_line
    from mcred.cli.show import Show
    from mcred.cli.terminal import Terminal

    count, last = 0, step
    os.environ.clear()
    os.environ.update(todo["environment"])
    now = datetime.fromisoformat(todo["now"])
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        keys = Path(folder).parents[1] / "keys"
        edge = Terminal(
            at=Path(folder),
            show=Show(nowhere, nowhere),
            now=lambda: now,
            keys=keys if keys.is_dir() else None,
            pause=lambda seconds: None,
            no_input=True,
        )
        code = int(run_line(todo["argv"], edge))
    os.write(tell, json.dumps(count).encode())
    os._exit(code)


def main() -> None:
    """All jobs, one after the other, until the last line."""
    _patch_all(sys.argv[1])
    # Once here instead of in every process that is forked.
    for module in pkgutil.walk_packages(mcred.__path__, "mcred."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("openbadgeslib.ob3.ldp", "pyld.jsonld", "pydantic.fields"):
        importlib.import_module(name)
    while line := sys.stdin.readline():
        todo = json.loads(line)
        results = [_cut(folder, step, todo) for folder, step in todo["jobs"]]
        print(json.dumps(results), flush=True)  # noqa: T201 (its answer)


def _cut(folder: str, step: int, todo: dict[str, Any]) -> tuple[int, int]:
    read, tell = os.pipe()
    child = os.fork()
    if child == 0:
        _run(folder, step, todo, tell)
    os.close(tell)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        steps = answer.read()
    return os.waitstatus_to_exitcode(status), int(steps or 0)


if __name__ == "__main__":
    main()
