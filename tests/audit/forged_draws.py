"""Forged draws of one from many: someone left out before the cut, a list cut short, other people or numbers.

Here Dev's work is judged by one of twenty experts, of whom the request names thirteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from msgspec.structs import replace

from mcred.app.catalogs import catalog_at
from mcred.app.pending import read_edition
from mcred.domain.ids import PersonId
from mcred.domain.layout import PROGRAMME, profile_path
from mcred.domain.people import Person, SigningKey
from mcred.domain.programme import Policy, Programme
from mcred.domain.rules.panel import Panel, choose_panel, digest_of
from mcred.domain.submission import Load
from mcred.formats.encode import encode
from mcred.store.signatures import KeyPair, make_key
from tests.audit.forged_places import FORGERIES
from tests.audit.forgeries import Where, found_as
from tests.audit.workshop import Redo, Workshop

__all__ = ["FORGERIES"]
MANY = tuple(PersonId(f"expert-{n:02}") for n in range(20))


@cache
def keys() -> Mapping[PersonId, KeyPair]:
    """The experts' signing keys."""
    return {person: make_key() for person in MANY}


def a_draw_from_many(shop: Workshop, loads: Mapping[PersonId, int] | None = None, **rules: Any) -> Redo:
    """Dev's decision, where one of twenty experts judged, drawn by these open reviews. `rules`: other values
    of the policy."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    now, like = shop.read(PROGRAMME, Programme), shop.read(profile_path(PersonId("mei")), Person)
    policy = replace(now.assessment, **{"expert_submissions": 50, "experts": 1, **rules})
    new = replace(now, roles=replace(now.roles, experts=MANY), assessment=policy)
    redo.main = shop.step({PROGRAMME: encode(new), **_profiles(like)})
    chosen = draw(redo, loads or {}, policy)
    redo.panel = chosen.members
    redo.signed = {str(person): keys()[person] for person in MANY}
    redo.given = {str(person): {"main": redo.main} for person in MANY}
    redo.request = {
        "main": redo.main,
        "rule": "expert",
        "assessed_before": chosen.assessed_before,
        "candidates": chosen.candidates,
        "pool": chosen.pool,
        "reasons": chosen.reasons,
    }
    return redo


def _profiles(like: Person) -> dict[str, bytes]:
    found = {}
    for person, key in keys().items():
        own = (SigningKey(public=key.public, since=date(2026, 3, 2)),)
        profile = replace(like, id=person, name=f"Judge {person}", keys=own, accounts={}, email=None)
        found[profile_path(person)] = encode(replace(profile, school=f"School of {person}"))
    return found


def draw(redo: Redo, loads: Mapping[PersonId, int], policy: Policy) -> Panel:
    """What the rules choose by these open reviews."""
    shop = redo.shop
    state = catalog_at(shop.repo, redo.main, frozenset({redo.about}))
    blob = redo.asked.definition.blob
    rubric = read_edition(shop.repo, blob, redo.about.credential)
    return choose_panel(redo.about, state, policy.for_credential(rubric), loads)


def named(redo: Redo) -> tuple[Load, ...]:
    """Whom the honest request names."""
    found: tuple[Load, ...] = redo.request["candidates"]
    return found


def next_in_order(redo: Redo) -> Load:
    """Who would be named next."""
    first = named(redo)[0].person
    others = draw(redo, {first: 1}, redo.shop.read(PROGRAMME, Programme, redo.main).assessment).candidates
    return others[-1]


@found_as("request-candidates")
def a_list_of_candidates_is_cut_short(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    redo.request |= {"candidates": named(redo)[:-1]}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def a_list_of_candidates_goes_on(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    redo.request |= {"candidates": (*named(redo), next_in_order(redo))}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def somebody_who_comes_first_is_left_out_of_many(shop: Workshop) -> Where:
    """Those who are named come in their order, and all are counted and digested."""
    redo = a_draw_from_many(shop)
    others = (*named(redo)[1:], next_in_order(redo))
    redo.panel = (others[0].person,)
    redo.request |= {"candidates": others}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def somebody_is_left_out_before_the_cut(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    redo.request |= {"candidates": (*named(redo)[:4], *named(redo)[5:], next_in_order(redo))}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def a_friend_comes_next_of_many(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    first, *middle, last = named(redo)
    redo.request |= {"candidates": (first, last, *middle)}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def a_draw_is_said_to_be_from_other_people(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    others = digest_of((*MANY[:-1], PersonId("mei")))
    redo.request |= {"pool": replace(redo.request["pool"], sha256=others)}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def a_draw_is_said_to_be_from_more_people(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    redo.request |= {"pool": replace(redo.request["pool"], open=(len(MANY) + 1,))}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def a_draw_counts_fewer_open_reviews_than_its_order_says(shop: Workshop) -> Where:
    """Seven come before the others but for their open reviews, of which it counts six."""
    honest = a_draw_from_many(shop)
    first = [c.person for c in named(honest)[:7]]
    shop.move(shop.honest)
    redo = a_draw_from_many(shop, dict.fromkeys(first, 2))
    assert redo.request["pool"].open == (13, 0, 7)
    redo.request |= {"pool": replace(redo.request["pool"], open=(14, 0, 6))}
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def a_draw_counts_fewer_free_people_than_it_names(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop)
    redo.request |= {"pool": replace(redo.request["pool"], open=(12, 8))}
    return redo.build(), redo.decision_file


@found_as("request-limit")
def somebody_of_many_at_their_limit_is_asked(shop: Workshop) -> Where:
    redo = a_draw_from_many(shop, dict.fromkeys(MANY, 4))
    return redo.build(), redo.decision_file
