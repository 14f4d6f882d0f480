"""The towns of `tests/cli`, and those that are stopped here, each made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Make, first_town, first_web, make_once, nothing_left_running
from tests.cli.town import Town
from tests.kills.scenarios import TOWNS

__all__ = ["first_town", "first_web", "make_once", "nothing_left_running"]


@pytest.fixture(scope="session")
def town_of(make_once: Make, first_town: Town) -> Callable[[str], Town]:
    """A town by its name; it never changes."""

    def give(name: str) -> Town:
        if name == "town":
            return first_town
        base, build = TOWNS[name]
        first = give(base)

        def make(place: Path) -> Town:
            town = first.copy(place)
            build(town)
            return town

        return make_once(f"kills {name}", make)

    return give


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: of each verb, where it was stopped and what came of it."""
    table: dict[str, list[int]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "kills" and getattr(report, "when", "") == "call":
                    verb, *counts = value
                    row = table.setdefault(verb, [0] * len(counts))
                    table[verb] = [a + b for a, b in zip(row, counts, strict=True)]
    if table:
        table["all"] = [sum(column) for column in zip(*table.values(), strict=True)]
        heads = ("verb", "points", "cuts", "lost", "doubled", "repaired by hand")
        terminalreporter.write_line("".join(f"{head:>{max(9, len(head) + 2)}}" for head in heads))
        for verb, counts in table.items():
            cells = zip(heads, (verb, *map(str, counts)), strict=True)
            terminalreporter.write_line("".join(f"{c:>{max(9, len(head) + 2)}}" for head, c in cells))
