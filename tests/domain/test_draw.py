"""Whether a request was drawn from the newest state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.programme import Policy
from mcred.domain.rules.draw import OUTDATED, find_outdated
from mcred.domain.rules.panel import RESERVE, choose_panel
from mcred.domain.submission import ReviewRequest
from tests.school import ANA, ANAS, BEN, CLEO, MAIN, MEI, a_catalog, a_person, a_programme, a_request

NEWER = CommitId("8" * 40)
MANY = tuple(PersonId(f"expert-{n}") for n in range(RESERVE + 9))


def state(experts: tuple[PersonId, ...], main: CommitId = MAIN) -> Catalog:
    people = {p: a_person(str(p)) for p in (ANA, *experts)}
    return a_catalog(programme=a_programme(experts=experts), people=people, commit=main)


def drawn(loads: Mapping[PersonId, int], experts: tuple[PersonId, ...] = (MEI, CLEO)) -> ReviewRequest:
    """A request as these open reviews give it."""
    panel = choose_panel(ANAS, state(experts), Policy(), loads)
    return a_request(panel=panel.members, candidates=panel.candidates, pool=panel.pool)


def outdated(
    request: ReviewRequest,
    main: CommitId,
    loads: Mapping[PersonId, int],
    experts: tuple[PersonId, ...] = (MEI, CLEO),
) -> Iterator[tuple[str, str]]:
    return find_outdated(request, main, loads, choose_panel(ANAS, state(experts, main), Policy(), loads))


ASKED = drawn({MEI: 2})


def test_a_request_drawn_from_the_newest_state_is_taken() -> None:
    """Open reviews of people who cannot be asked do not matter."""
    assert [*outdated(ASKED, MAIN, {MEI: 2, BEN: 7})] == []


def test_an_older_main_and_other_open_reviews_are_named() -> None:
    found = dict(outdated(ASKED, NEWER, {MEI: 1, CLEO: 3}))
    assert set(found) == OUTDATED
    assert found["request-old"].endswith("the record is at 888888888888 now")
    assert found["request-loads"].endswith("differ: cleo 3 (it says 0), mei 1 (it says 2)")


def test_open_reviews_of_people_it_does_not_name_are_held_to_the_newest_too() -> None:
    """By it, someone who comes first has too much to do, and is not even named."""
    honest = drawn({}, MANY)
    assert [*outdated(honest, MAIN, {}, MANY)] == []
    first = honest.candidates[0].person
    forged = drawn({first: 3}, MANY)
    assert first not in {c.person for c in forged.candidates}
    ((code, what),) = outdated(forged, MAIN, {}, MANY)
    assert code == "request-loads"
    assert what.startswith(f"by the open reviews of all {len(MANY)} eligible people, these come first:")
    assert f" {first}, " in what
    # Of another state other people come first, whatever open reviews they have.
    assert dict(outdated(honest, NEWER, {}, MANY)).keys() == {"request-old"}


def test_how_many_have_so_many_open_reviews_is_held_to_the_newest_too() -> None:
    last = next(p for p in MANY if p not in {c.person for c in drawn({}, MANY).candidates})
    assert dict(outdated(drawn({}, MANY), MAIN, {last: 1}, MANY)).keys() == {"request-loads"}
    assert [*outdated(drawn({last: 1}, MANY), MAIN, {last: 1}, MANY)] == []
