"""What is made of typed text: safe to print, and the known name it is near to."""

from __future__ import annotations

import pytest

from mcred.domain.text import nearest

KNOWN = ("wait-time", "open-questions", "exit-tickets")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("wait-tmie", "wait-time"),
        ("wait-tim", "wait-time"),
        ("questions", "open-questions"),
        ("wait", "wait-time"),
        ("zzz", ""),
        ("", ""),
        ("x" * 10_000, ""),
    ],
)
def test_the_nearest_name_is_found_where_one_is_near(name: str, meant: str) -> None:
    assert nearest(name, KNOWN) == meant


def test_where_nothing_is_known_nothing_is_near() -> None:
    assert nearest("a", ()) == ""
