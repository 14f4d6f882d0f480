"""What this layer may say to a teacher, and what it may reach for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import mcred.store

FILES = sorted(Path(mcred.store.__file__).parent.glob("*.py"))
GIT_WORDS = re.compile(r"(?i)\b(commits?|branch(es)?|rebase|HEAD|origin|merged?|refspecs?)\b")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_errors_speak_plainly_and_say_what_to_do(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "McredError":
            assert any(word.arg == "hint" for word in node.keywords), f"line {node.lineno}: no hint"
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    assert not GIT_WORDS.search(part.value), f"line {part.lineno}: {part.value}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_the_door_starts_processes_and_nothing_here_prints_or_reads_the_clock(path: Path) -> None:
    source = path.read_text("utf-8")
    assert ("subprocess" in source) == (path.stem == "git")
    assert ("os.environ" in source) == (path.stem == "git")
    assert not re.search(r"\bprint\(|datetime\.now|time\.time|getcwd|Path\.cwd|os\.chdir", source)


def test_gitpython_is_used_in_one_place_only() -> None:
    users = [
        path.stem for path in FILES if re.search(r"^\s*(from|import) git\b", path.read_text("utf-8"), re.M)
    ]
    assert users == ["outcome"]
