"""Honest changes of places are no finding, made anew with the forger's own tools."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.domain.ids import PersonId
from mcred.domain.layout import assignment_path
from mcred.formats.encode import encode
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
    redo.request = {"candidates": busy(redo, *everybody), "at_limit": everybody, "panel": (first, second)}
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
