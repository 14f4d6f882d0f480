"""What the measuring of `progress` runs is the real command, over what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import progress
from bench.programme import Size, make_programme
from mcred.store.config import write_config


@pytest.mark.slow
def test_it_measures_each_command_beside_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = make_programme(tmp_path / "small", Size(awards=12, commits=150, people=40))
    write_config(repo, "mcred.person", "rosa")
    found = progress.measure(tmp_path / "small", runs=1)
    assert list(found) == ["git log", "progress", "progress --json"]
    assert all(seconds > 0 for seconds in found.values())
    progress.RUNS = 1
    progress.report(tmp_path / "small")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("commits") and len(lines) == 6
    assert len({line.count("|") for line in lines[1:]}) == 1
    assert [place.name for place in tmp_path.iterdir()] == ["small"], "the joined folder is gone again"
