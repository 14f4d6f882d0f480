"""Opens a file or a folder in the user's own program: their editor, else the system's."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from mcred.cli.terminal import Terminal
from mcred.store.git import start_editor


def open_place(edge: Terminal, place: Path) -> bool:
    """Open a file in the user's editor, and wait for an editor that runs in the terminal; a folder in the
    system's file manager. False where there is no terminal, and nothing that can open it."""
    if not edge.interactive:
        return False
    if place.is_file() and (named := named_editor(edge.environment)):
        if start_editor(split_editor(named), place):
            return True
        edge.show.note(f"The editor '{named}' did not work.", style="yellow")
        return False
    return _has_screen(edge.environment) and typer.launch(str(place)) == 0


def named_editor(environment: Mapping[str, str]) -> str:
    """The editor that the user's environment names, as typed there; '' for none."""
    return environment.get("VISUAL") or environment.get("EDITOR") or ""


def split_editor(said: str) -> list[str]:
    """The words of an editor's command; the system's plain one where none is named.

    On Windows a backslash is part of a path.
    """
    if sys.platform == "win32":
        return [word.strip('"') for word in shlex.split(said, posix=False)] or ["notepad"]
    return shlex.split(said) or ["nano"]


def _has_screen(environment: Mapping[str, str]) -> bool:
    """Whether windows can be opened: over a plain connection to another computer they cannot."""
    is_desktop = os.name == "nt" or sys.platform == "darwin"
    return is_desktop or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
