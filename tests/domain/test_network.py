"""A network's file: what has to fit together in it, and which micro-credentials stand for each other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mcred.domain.ids import Slug
from mcred.domain.network.listed import (
    Equivalents,
    ListedProgramme,
    Network,
    OfferId,
    check_network,
    check_offers,
)

LAKE, HILL, BAY = Slug("lake"), Slug("hill"), Slug("bay")


def same(*offers: str) -> Equivalents:
    return Equivalents(credentials=tuple(map(OfferId, offers)), because="Same rubric.")


NETWORK = Network(
    format=2,
    name="Districts",
    programmes=(
        ListedProgramme(id=LAKE, address="https://git.example.org/lake.git"),
        ListedProgramme(id=HILL, address="https://git.example.org/hill.git"),
    ),
    equivalents=(same("lake/wait", "hill/pause"), same("hill/pause", "hill/stop")),
)


def test_fits_together() -> None:
    assert not list(check_network(NETWORK))


@pytest.mark.parametrize(
    ("changed", "path", "what"),
    [
        ({"programmes": (), "equivalents": ()}, ("programmes",), "no program"),
        (
            {"programmes": (*NETWORK.programmes, ListedProgramme(id=HILL, address="/elsewhere"))},
            ("programmes", 1, "id"),
            "'hill' is listed more than once",
        ),
        (
            {"programmes": (*NETWORK.programmes, replace(NETWORK.programmes[0], id=BAY))},
            ("programmes", 0, "address"),
            "lake.git' is listed more than once",
        ),
        ({"equivalents": (same("lake/wait"),)}, ("equivalents", 0, "credentials"), "two or more"),
        (
            {"equivalents": (same("lake/wait", "hill/a", "lake/wait"),)},
            ("equivalents", 0, "credentials"),
            "two or more",
        ),
        (
            {"equivalents": (same("lake/wait", "bay/a"),)},
            ("equivalents", 0, "credentials", 1),
            "no program 'bay'",
        ),
    ],
)
def test_what_does_not_is_named(changed: dict[str, object], path: tuple[str | int, ...], what: str) -> None:
    found = [fault for fault in check_network(replace(NETWORK, **changed)) if fault.path == path]
    assert found and what in found[0].what and found[0].hint and found[0].severity == "error"


def test_equivalents_hold_both_ways_and_in_each_group() -> None:
    pause = OfferId("hill/pause")
    assert [other for other, _ in NETWORK.equivalents_of(pause)] == ["lake/wait", "hill/stop"]
    assert list(NETWORK.equivalents_of(OfferId("lake/wait"))) == [(pause, "Same rubric.")]
    assert not list(NETWORK.equivalents_of(OfferId("lake/other")))


def test_an_equivalent_that_is_not_published_is_a_warning_where_its_programme_was_read() -> None:
    offers = {OfferId("lake/wait"), OfferId("hill/pause")}
    (found,) = check_offers(NETWORK, {LAKE, HILL}, offers)
    assert found.severity == "warning" and found.path == ("equivalents", 1, "credentials", 1)
    assert not list(check_offers(NETWORK, {LAKE}, offers))
