"""Honest changes of places are no finding, made again with the forger's own tools."""

from __future__ import annotations

import json

from msgspec.structs import replace

from mcred.domain.ids import PersonId
from mcred.domain.layout import assignment_path
from mcred.formats.encode import encode
from tests.audit.forged_draws import MANY, a_draw_from_many
from tests.audit.forged_places import a_place_assigned, a_place_given_back, an_assignment, busy
from tests.audit.workshop import Redo, Workshop


def test_a_place_given_back_to_the_next_is_proved(shop: Workshop) -> None:
    redo, _ = a_place_given_back(shop)
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved


def test_an_expert_an_issuer_asked_in_a_peers_place_is_proved(shop: Workshop) -> None:
    redo, _, _, _ = a_place_assigned(shop)
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved


def test_a_second_assignment_moves_on_from_the_first(shop: Workshop) -> None:
    redo, said, _, _ = a_place_assigned(shop)
    (third,) = {"ana", "ben", "cleo"} - {*redo.asked.panel}
    second = replace(said, number=2, instead_of=said.to, to=PersonId(third))
    text = "Ask\n\nMcred-Event: assign\n"
    redo.main = shop.step({assignment_path(redo.about, 1, 2): encode(second)}, text=text)
    redo.panel = (redo.asked.panel[1], third)
    redo.build()
    assert shop.audit().out["findings"] == []


def test_an_issuer_fills_the_seats_of_those_at_their_limit_with_one_of_them_and_with_an_expert(
    shop: Workshop,
) -> None:
    redo = Redo(shop, "dev")
    main, (first, second) = redo.main, redo.asked.panel
    everybody = tuple(c.person for c in redo.asked.candidates)
    redo.request = {**busy(redo, *everybody), "at_limit": everybody, "panel": (first, second)}
    redo.build()
    shop.move(main)
    for number, (instead_of, to) in enumerate([(first, first), (second, PersonId("mei"))], start=1):
        said = an_assignment(redo, number=number, judged=redo.judged, instead_of=instead_of, to=to)
        redo.main = shop.step({assignment_path(redo.about, 1, number): encode(said)})
    redo.panel = (first, "mei")
    redo.reviews.clear()
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved


def test_the_first_of_many_are_drawn_named_and_proved(shop: Workshop) -> None:
    redo = a_draw_from_many(shop)
    assert (len(redo.request["candidates"]), redo.request["pool"].open) == (13, (20,))
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved
    _, said, _ = shop.run("explain", "dev/wait-time")
    assert "Eligible: 20. Not eligible: 0." in said
    assert "and 10 more, further down the list" in said
    asked = json.loads(shop.run("explain", "dev/wait-time", "--json")[1])["asked"]
    assert (asked["could_judge"], len(asked["could"])) == (20, 13)


def test_whoever_has_more_open_reviews_is_passed_over_and_proved(shop: Workshop) -> None:
    """With every number of open reviews, and more than allowed; the order of the others does not matter."""
    redo = a_draw_from_many(shop, {p: n % 6 for n, p in enumerate(MANY)})
    assert redo.request["pool"].open == (4, 4, 3, 3, 6)
    redo.build()
    assert shop.audit().out["findings"] == []


def test_a_place_given_back_by_one_of_many_goes_to_the_next_that_the_request_names(shop: Workshop) -> None:
    redo = a_draw_from_many(shop)
    first, second, *_ = (str(c.person) for c in redo.request["candidates"])
    redo.request |= {"panel": redo.panel}
    redo.panel, redo.gave_back = (second,), {first: {"main": redo.main}}
    redo.signed |= {f"{first} gave back": redo.signed[first]}
    redo.build()
    assert shop.audit().out["findings"] == []
