"""Forged invitations: used twice, too late, by another person, with another key, or by no one's leave.

Each ends with an award that Zoe decides, whom a maintainer made an issuer: it holds only if she came in by
the rules. `HONEST` holds the twins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.invitation import Invitation
from mcred.domain.layout import PROGRAMME, invitation_path, profile_path
from mcred.domain.people import Person, SigningKey
from mcred.domain.programme import Programme
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.signatures import KeyPair, make_key
from tests.audit.forged_erasures import FORGERIES
from tests.audit.forgeries import STRANGER, Where, found_as
from tests.audit.workshop import AUTHOR, File, Redo, Workshop

__all__ = ["FORGERIES", "HONEST"]

ZOE, ROSA = PersonId("zoe"), PersonId("rosa")
PROFILE, INVITATION = profile_path(ZOE), invitation_path(ZOE)
BEFORE = AUTHOR.replace("1772445600", "1772013600")
"""An author line five days earlier, 25 February."""


def dev_with_zoe(shop: Workshop) -> Redo:
    """Dev's decision, which Zoe makes: rules that name her as an issuer are there, and she is not."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, ZOE)))
    return redo


def invite(
    shop: Workshop,
    by: str = "rosa",
    *,
    says: PersonId = ROSA,
    person: PersonId = ZOE,
    **changes: Any,
) -> KeyPair:
    """A one-time key that someone was sent. `by`: who signs; `says`: who does by its own words."""
    once = make_key()
    said = Invitation(
        format=2,
        person=person,
        key=once.public,
        by=says,
        invited=datetime(2026, 3, 2, 10, tzinfo=UTC),
        expires=date(2026, 3, 16),
    )
    shop.step({invitation_path(person): encode(replace(said, **changes))}, by)
    return once


def introduce(shop: Workshop, own: KeyPair, person: PersonId = ZOE, by: KeyPair | None = None) -> CommitId:
    """A person's own request, signed with the key of its profile, or with another one."""
    keys = (SigningKey(public=own.public, since=date(2026, 3, 2)),)
    profile = encode(Person(format=2, id=person, name="Zoe Ito", school="Bay School", keys=keys))
    tree = shop.tree(shop.tip, {profile_path(person): profile})
    return shop.commit(tree, [shop.tip], message(f"Introduce {person}", "person"), by or own)


def join(
    shop: Workshop,
    once: KeyPair,
    asked: CommitId,
    person: PersonId = ZOE,
    *,
    author: str = AUTHOR,
    more: Mapping[str, File] | None = None,
) -> Where:
    """The step that brings a request in, signed with the one-time key."""
    path = profile_path(person)
    changes: dict[str, File] = {path: shop.show(path, asked), **(more or {})}
    text = message(f"Confirm {person}", "person")
    return shop.step(changes, once, text=text, merged=[asked], author=author), path


def decide(redo: Redo, own: KeyPair) -> None:
    """Zoe decides on Dev's work."""
    redo.main, redo.issuer = redo.shop.tip, own
    redo.decision = {"issuer": ZOE}
    redo.build()


@found_as("join-wrong")
def an_invitation_is_used_twice(shop: Workshop) -> Where:
    """The first who came in with it did so wrongly, and was taken out again."""
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    join(shop, once, introduce(shop, make_key(), by=STRANGER))
    shop.step({PROFILE: None})
    found = join(shop, once, introduce(shop, own))
    decide(redo, own)
    return found


@found_as("join-wrong")
def an_invitation_is_used_after_it_ended(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop, expires=date(2026, 3, 1))
    found = join(shop, once, introduce(shop, own))
    decide(redo, own)
    return found


@found_as("join-wrong")
def an_invitation_that_ended_is_used_with_an_older_date(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop, expires=date(2026, 3, 1))
    found = join(shop, once, introduce(shop, own), author=BEFORE)
    decide(redo, own)
    return found


@found_as("join-wrong")
def someone_who_is_invited_names_a_key_that_they_do_not_hold(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    found = join(shop, once, introduce(shop, own, by=STRANGER))
    decide(redo, own)
    return found


@found_as("join-wrong")
def someone_who_is_invited_comes_in_without_a_request(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    asked = introduce(shop, own)
    text = message("Confirm zoe", "person")
    commit = shop.step({PROFILE: shop.show(PROFILE, asked)}, once, text=text)
    decide(redo, own)
    return commit, PROFILE


@found_as("join-wrong")
def someone_who_is_invited_changes_the_rules_as_well(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    rules = shop.read(PROGRAMME, Programme)
    wider = replace(rules, roles=replace(rules.roles, maintainers=(*rules.roles.maintainers, ZOE)))
    commit, _ = join(shop, once, introduce(shop, own), more={PROGRAMME: encode(wider)})
    shop.step({INVITATION: None}, own)  # as a maintainer, which she is not
    decide(redo, own)
    return commit, PROGRAMME


@found_as("unknown-key")
def an_invitation_brings_in_another_person(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    found = join(shop, once, introduce(shop, own, PersonId("yan")), PersonId("yan"))
    decide(redo, own)
    return found


@found_as("unknown-key")
def an_invitation_is_used_with_another_key(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    invite(shop)
    found = join(shop, STRANGER, introduce(shop, own))
    decide(redo, own)
    return found


@found_as("unknown-key")
def an_invitation_is_used_that_was_taken_back(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    shop.step({INVITATION: None})
    found = join(shop, once, introduce(shop, own))
    decide(redo, own)
    return found


@found_as("unknown-key")
def an_invitation_is_used_in_the_place_of_a_newer_one(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop)
    invite(shop)
    found = join(shop, once, introduce(shop, own))
    decide(redo, own)
    return found


@found_as("not-allowed")
def an_expert_invites(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    once = invite(shop, "mei", says=PersonId("mei"))
    at = shop.tip
    join(shop, once, introduce(shop, own))
    decide(redo, own)
    return at, INVITATION


@found_as("invitation-wrong")
def an_invitation_names_another_maintainer_than_signed_it(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, maintainers=(*roles.maintainers, PersonId("mei"))))
    once = invite(shop, "mei")
    at = shop.tip
    join(shop, once, introduce(shop, own))
    decide(redo, own)
    return at, INVITATION


@found_as("invitation-wrong")
def an_invitation_has_the_key_of_a_person(shop: Workshop) -> Where:
    redo, own = dev_with_zoe(shop), make_key()
    invite(shop, key=shop.key("cleo").public)
    at = shop.tip
    join(shop, shop.key("cleo"), introduce(shop, own))
    decide(redo, own)
    return at, INVITATION


@found_as("invitation-wrong")
def someone_is_invited_who_is_in_already(shop: Workshop) -> Where:
    invite(shop, person=PersonId("ana"))
    return shop.tip, invitation_path(PersonId("ana"))


# What is right -------------------------------------------------------------------------------------------


def someone_who_was_invited_decides(shop: Workshop) -> None:
    redo, own = dev_with_zoe(shop), make_key()
    join(shop, invite(shop), introduce(shop, own))
    decide(redo, own)


def someone_who_was_invited_twice_comes_in_with_the_newer_word(shop: Workshop) -> None:
    redo, own = dev_with_zoe(shop), make_key()
    invite(shop)
    join(shop, invite(shop), introduce(shop, own))
    decide(redo, own)


def someone_comes_in_on_the_last_day(shop: Workshop) -> None:
    redo, own = dev_with_zoe(shop), make_key()
    join(shop, invite(shop, expires=date(2026, 3, 2)), introduce(shop, own))
    decide(redo, own)


def someone_who_was_invited_is_confirmed_by_a_maintainer(shop: Workshop) -> None:
    """After the invitation ended; another maintainer's step is none of its business."""
    redo, own = dev_with_zoe(shop), make_key()
    invite(shop, expires=date(2026, 3, 1))
    asked = introduce(shop, own)
    shop.step({PROFILE: shop.show(PROFILE, asked)}, merged=[asked])
    decide(redo, own)


HONEST: tuple[Callable[[Workshop], None], ...] = (
    someone_who_was_invited_decides,
    someone_who_was_invited_twice_comes_in_with_the_newer_word,
    someone_comes_in_on_the_last_day,
    someone_who_was_invited_is_confirmed_by_a_maintainer,
)
