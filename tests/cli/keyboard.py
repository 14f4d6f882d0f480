"""Someone at a keyboard, within this process: every key is typed ahead, on a real terminal device.

What is asked comes back as it stands on the screen. Ctrl-D is `EOF`; Ctrl-C needs a process of its own and is
tested with one.
"""

from __future__ import annotations

import io
import os
import pty
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from tests.cli.town import Ran, Town

EOF = "\x04"


def press_control_c(child: pexpect.spawn[str]) -> None:
    """Ctrl-C until it is heard: Python misses one that comes after a question and before it reads."""
    for _ in range(6):
        child.sendintr()
        if child.expect_exact(["Stopped", pexpect.TIMEOUT], timeout=10) == 0:
            return
    raise AssertionError(f"Ctrl-C does not stop it: {child.before}")


@contextmanager
def terminal(keys: str) -> Iterator[list[bytes]]:
    """stdin and stderr are a terminal on which `keys` are typed; gives what the screen shows."""
    outer, inner = pty.openpty()
    shown: list[bytes] = []

    def watch() -> None:
        try:
            while data := os.read(outer, 4096):
                shown.append(data)
        except OSError:
            return

    # A question too many ends the command instead of waiting for ever.
    os.write(outer, (keys + EOF).encode())
    watcher = threading.Thread(target=watch)
    before = sys.stdin, sys.stderr
    with os.fdopen(inner, "r", encoding="utf-8") as stdin, os.fdopen(os.dup(inner), "w") as stderr:
        sys.stdin, sys.stderr = stdin, stderr
        watcher.start()
        try:
            yield shown
        finally:
            stderr.flush()
            sys.stdin, sys.stderr = before
    watcher.join(timeout=10)
    os.close(outer)


def ask(town: Town, person: str, keys: str, *words: str, at: Path | None = None) -> Ran:
    """One command of a person who types these keys; `err` is the whole screen, questions and all."""
    out, talk = io.StringIO(), io.StringIO()
    with terminal(keys) as shown:
        edge = Terminal(
            at=at or town.home(person), show=Show(out, talk), now=lambda: town.now, keys=town.keys
        )
        code = int(run_line(words, edge))
    screen = b"".join(shown).decode("utf-8", "replace")
    return Ran(code=code, out=out.getvalue(), err=screen + talk.getvalue())
