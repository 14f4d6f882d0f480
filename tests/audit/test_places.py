"""Honest changes of places are no finding, made anew with the forger's own tools."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.domain.ids import PersonId
from mcred.domain.layout import assignment_path
from mcred.formats.encode import encode
from tests.audit.forged_places import a_place_assigned, a_place_given_back
from tests.audit.second_checker import check_again
from tests.audit.workshop import Workshop


def test_a_place_given_back_to_the_next_is_proved(shop: Workshop) -> None:
    redo, _ = a_place_given_back(shop)
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved
    check_again(shop, answer)


def test_an_expert_an_issuer_asked_in_a_peers_place_is_proved(shop: Workshop) -> None:
    redo, _, _, _ = a_place_assigned(shop)
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved
    check_again(shop, answer)


def test_a_second_assignment_moves_on_from_the_first(shop: Workshop) -> None:
    redo, said, _, _ = a_place_assigned(shop)
    (third,) = {"ana", "ben", "cleo"} - {*redo.asked.panel}
    second = replace(said, number=2, instead_of=said.to, to=PersonId(third))
    text = "Ask\n\nMcred-Event: assign\n"
    redo.main = shop.step({assignment_path(redo.about, 1, 2): encode(second)}, text=text)
    redo.panel = (redo.asked.panel[1], third)
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    check_again(shop, answer)
