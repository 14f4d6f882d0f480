"""A day in a programme is lived with the real commands, and each of them stands in the table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import everyday
from bench.cost import Cost


@pytest.mark.slow
def test_a_day_of_real_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["everyday", str(tmp_path), "--awards", "10", "--rounds", "1"])
    everyday.main()
    out, told = capsys.readouterr()
    rows = [line.split(" | ")[0].strip("| ") for line in out.splitlines() if line.startswith("| ")]
    verbs = [verb.name for verb in everyday.DAY]
    more = ["show, TAB at an id", everyday.FROM_NOTHING, everyday.STEPS_LATER]
    assert rows == ["command", "join", *verbs, *more, "files after join", "start", *everyday.START]
    assert told.count("round 1 of 1: ") == len(verbs) + 2, "each typed command is told"
    assert [place.name for place in tmp_path.iterdir()] == ["programme-10"], "its folders are gone again"


def test_what_misses_a_bar_says_which() -> None:
    def costs(cpu: float, memory: float = 50) -> list[Cost]:
        return [Cost(wall=cpu, cpu=cpu, memory=memory), Cost(wall=9, cpu=9, memory=500)] * 2 + [
            Cost(wall=0, cpu=cpu, memory=memory)
        ]

    table = {
        1000: {"join": costs(11), "browse": costs(0.39), "queue": costs(0.55), "save": costs(0.41, 91)},
        10: {"join": costs(1), "browse": costs(0.3), "queue": costs(0.5), "save": costs(0.3)},
    }
    lines = list(everyday.show(table, {10: 200, 1000: 401}))
    reached = {line.split(" | ")[0].strip("| "): line.split(" | ")[-1].strip("| ") for line in lines[2:]}
    assert reached == {
        "join": "yes",
        "browse": "yes",
        "queue": "no: time",
        "save": "no: memory, ratio",
        "files after join": "no: files",
    }
    assert "| 0.39 s, 50 MiB | 1.3 |" in lines[3], "the fewest awards come first, and the ratio is to them"
