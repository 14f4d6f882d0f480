"""What the steps of main bring in, window by window."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mcred.app.audit.classify import BesideMain, list_windows, read_line
from mcred.store.git import create_repo
from mcred.store.history.check import list_history
from mcred.store.walk import list_commits
from tests.conftest import Save
from tests.store.test_main_history import grow


@pytest.mark.parametrize("seed", range(4))
def test_each_window_brings_in_what_its_end_has_and_its_beginning_lacks(
    tmp_path: Path, save: Save, seed: int
) -> None:
    repo = create_repo(tmp_path / "line.git", bare=True)
    names = grow(repo, save, random.Random(seed), 24)  # noqa: S311
    line = read_line(repo, names[-1])
    known = [*line.position]
    for trusted in (None, known[0], known[len(known) // 2]):
        for size in (1, 3, 50):
            parents = list_history(repo, names[-1], trusted)
            beside = BesideMain(line, parents, dict.fromkeys(parents, b"x"))
            for window in list_windows(line, names[-1], trusted, size, 0, beside):
                found = list_commits(repo, [window.until], window.since)
                expected = {name for name in found if name not in line.position}
                assert window.is_known or window.beside == dict.fromkeys(expected, b"x")
