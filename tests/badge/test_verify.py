"""What a reader is told about a badge, and that nothing can be changed without it being told."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mcred.badge.verify import Check, Report, verify
from tests.badge.issuing import (
    EMAIL,
    PUBLIC,
    a_badge,
    a_context,
    write,
)

BADGE = a_badge()
Path = tuple[str | int, ...]
Change = Callable[[dict[str, Any]], object]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a document that is neither object nor list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))
    else:
        yield path, value


def line(report: Report, name: str) -> Check:
    return next(c for c in report.checks if c.name == name)


def test_a_signed_badge_is_valid_and_every_check_says_its_clause() -> None:
    report = verify(write(BADGE), a_context(identity=EMAIL, keys=(PUBLIC,)))
    assert (report.answer, report.state) == ("valid", "valid")
    assert [c.name for c in report.checks] == [
        "form",
        "members",
        "issuer",
        "coverage",
        "proof",
        "dates",
        "key period",
        "status",
        "recipient",
    ]
    assert all(c.ok and c.what and c.clause and c.state is None for c in report.checks)


CHANGES = [pytest.param(path, id=".".join(map(str, path))) for path, _ in leaves(BADGE)]


@pytest.mark.slow
@pytest.mark.parametrize("path", CHANGES)
def test_each_value_changed_once_is_refused(path: Path) -> None:
    changed = copy.deepcopy(BADGE)
    owner = changed
    for step in path[:-1]:
        owner = owner[step]  # type: ignore[index]
    value = owner[path[-1]]  # type: ignore[index]
    for other in _others(value):
        owner[path[-1]] = other  # type: ignore[index]
        assert verify(write(changed), a_context()).answer != "valid", f"{path}: {other!r}"


def _others(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return (not value, None, int(not value))
    others = (value + "x", value[:-1], "", None, 1, f" {value}", value.swapcase())
    return tuple(other for other in others if other != value)


@pytest.mark.slow
@pytest.mark.parametrize("path", CHANGES)
def test_each_value_taken_away_is_refused(path: Path) -> None:
    changed = copy.deepcopy(BADGE)
    owner = changed
    for step in path[:-1]:
        owner = owner[step]  # type: ignore[index]
    del owner[path[-1]]  # type: ignore[arg-type]
    assert verify(write(changed), a_context()).answer != "valid"
