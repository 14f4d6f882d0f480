"""Stopped anywhere, the same command typed again finishes the work: nothing lost, nothing twice, no repair.

`make kills` stops every command at every point and prints the table; other runs stop some, by a fixed rule.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

import pytest

from mcred.cli.verbs import VERBS
from tests.cli.town import Town
from tests.cli.webtown import HOSTS
from tests.hosting.server import Served, served
from tests.kills.bench import Bench, Row
from tests.kills.hosted import HOSTED, put_on_host
from tests.kills.scenarios import SCENARIOS, WRITE_NOTHING, Scenario
from tests.kills.tracing import CAN_TRACE

ONE_OF = int(os.environ.get("KILLS_ONE_OF", "0"))
"""One of how many points of every command is tried, as `make kills` says; 0: some points of some commands."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CAN_TRACE, reason="following a program's writes needs Linux on x86-64 or ARM64"),
]
TownOf = Callable[[str], Town]
Note = Callable[[str, object], None]


def is_tried(name: str, number: int, one_of: int) -> bool:
    """Whether a point is tried in this run; `one_of`: of how many, where KILLS_ONE_OF does not say."""
    return (number + crc32(name.encode())) % (ONE_OF or one_of) == 0


def some(scenarios: Sequence[Scenario], one_of: int) -> Sequence[Scenario]:
    """The commands that are tried in this run."""
    return scenarios if ONE_OF else scenarios[::one_of]


def tell(row: Row, note: Note) -> None:
    """Put a row into the table of the run; a fault of it fails the test."""
    note("kills", (row.verb, row.points, row.cuts, row.lost, row.doubled, row.by_hand))
    assert not row.faults, f"{len(row.faults)} faults:\n" + "\n".join(row.faults[:20])


def test_every_verb_is_stopped_or_has_a_reason() -> None:
    stopped = {scenario.verb for scenario in SCENARIOS}
    assert {verb.name for verb in VERBS} == stopped | set(WRITE_NOTHING)
    assert not stopped & set(WRITE_NOTHING)


@pytest.mark.parametrize("scenario", some(SCENARIOS, 2), ids=lambda s: s.name)
def test_killed(scenario: Scenario, town_of: TownOf, tmp_path: Path, record_property: Note) -> None:
    bench = Bench(scenario, tmp_path).begin(town_of(scenario.town))
    for number, victim in bench.stops():
        if is_tried(f"{scenario.name} {victim}", number, 80):
            bench.kill(number, victim)
    tell(bench.row, record_property)


@pytest.mark.parametrize("scenario", some([s for s in SCENARIOS if s.talks], 4), ids=lambda s: s.name)
def test_cut(scenario: Scenario, town_of: TownOf, tmp_path: Path, record_property: Note) -> None:
    bench = Bench(scenario, tmp_path).begin(town_of(scenario.town), over_ssh=True)
    for number, cut in enumerate(bench.cuts()):
        if is_tried(scenario.name, number, 20):
            bench.cut(*cut)
    tell(bench.row, record_property)


@pytest.fixture
def live() -> Iterator[Served]:
    """Where a review host answers."""
    with served() as place:
        yield place


@pytest.mark.parametrize("kind", HOSTS if ONE_OF else ["github"])
@pytest.mark.parametrize("scenario", some(HOSTED, 3), ids=lambda s: s.name)
def test_left_by_the_host(
    scenario: Scenario, kind: str, first_web: Town, live: Served, tmp_path: Path, record_property: Note
) -> None:
    shown = first_web.copy(tmp_path / "shown")
    put_on_host(shown, kind, live)
    bench = Bench(scenario, tmp_path, live=live).begin(shown)
    for number, (question, how) in enumerate(bench.breaks()):
        if is_tried(f"{scenario.name} {kind}", number, 10):
            bench.break_off(question, how)
    tell(bench.row, record_property)
