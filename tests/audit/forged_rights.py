"""Forged answers by people who had the right before or after the state of main that they name, and not then.

`HONEST` holds their twins: the same changes of main, where the right was there at the named state.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import PROGRAMME, profile_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.store.signatures import make_key
from tests.audit.forged_draws import FORGERIES
from tests.audit.forged_places import a_place_assigned, a_place_given_back
from tests.audit.forgeries import STRANGER, Where, found_as, renew_key
from tests.audit.workshop import Redo, Workshop

__all__ = ["FORGERIES", "HONEST"]

UNKNOWN = CommitId("1" * 40)


def before_the_request(shop: Workshop, redo: Redo) -> CommitId:
    """A state of main that is older than the one that the request was made from."""
    return shop.parents(redo.asked.main)[0]


def dev_again(shop: Workshop) -> tuple[Redo, str]:
    """Dev's decision, to be built on a main that went on after the request; and who was asked first."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    return redo, str(redo.panel[0])


# Another state ------------------------------------------------------------------------------------------


@found_as("assessment-main")
def an_assessment_names_a_state_that_never_was(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"main": UNKNOWN}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-main")
def an_assessment_names_a_state_from_before_its_request(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"main": before_the_request(shop, redo)}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-main")
def an_assessment_names_a_state_that_main_did_not_have_by_then(shop: Workshop) -> Where:
    """A maintainer's step that came to nothing: main went on without it."""
    redo, person = dev_again(shop)
    redo.given = {person: {"main": shop.profile("cleo", "rosa", name="Cleo the Other")}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-main")
def an_assessment_names_the_work_itself(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"main": redo.was.judged}}
    return redo.build(), redo.assessment_file(person)


@found_as("decline-main")
def a_place_given_back_names_a_state_that_never_was(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.gave_back[who] = {"main": UNKNOWN}
    return redo.build(), redo.declined_file(who)


@found_as("decline-main")
def a_place_given_back_names_a_state_from_before_its_request(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.gave_back[who] = {"main": before_the_request(shop, redo)}
    return redo.build(), redo.declined_file(who)


# The right at another time -------------------------------------------------------------------------------


@found_as("assessment-foreign")
def a_key_scores_that_was_replaced_before_the_named_state(shop: Workshop) -> Where:
    redo, person = dev_again(shop)
    old = shop.key(person)
    redo.main = renew_key(shop, person, make_key())
    redo.given, redo.signed = {person: {"main": redo.main}}, {person: old}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-foreign")
def a_key_scores_that_was_confirmed_after_the_named_state(shop: Workshop) -> Where:
    redo, person = dev_again(shop)
    new = make_key()
    redo.main = renew_key(shop, person, new)
    redo.signed = {person: new}
    return redo.build(), redo.assessment_file(person)


@found_as("decline-foreign")
def a_key_gives_a_place_back_that_was_replaced_before_the_named_state(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    old = shop.key(who)
    shop.move(redo.main)
    redo.main = renew_key(shop, who, make_key())
    redo.signed[f"{who} gave back"] = old
    return redo.build(), redo.declined_file(who)


@found_as("submit-not-earners")
def a_key_sends_that_was_confirmed_after_the_request(shop: Workshop) -> Where:
    redo, _ = dev_again(shop)
    redo.main = renew_key(shop, "dev", STRANGER)
    redo.earner = STRANGER
    return redo.build(), redo.decision_file


@found_as("assessor-not-eligible")
def a_conflict_was_declared_before_the_named_state(shop: Workshop) -> Where:
    redo, person = dev_again(shop)
    redo.main = shop.profile(person, person, conflicts=(PersonId("dev"),))
    redo.given = {person: {"main": redo.main}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessor-not-eligible")
def a_conflict_is_taken_back_after_the_named_state(shop: Workshop) -> Where:
    redo, person = dev_again(shop)
    declared = shop.profile(person, person, conflicts=(PersonId("dev"),))
    redo.main = shop.profile(person, person, conflicts=())
    redo.given = {person: {"main": declared}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessor-not-eligible")
def an_assessor_moved_to_the_earners_school_before_the_named_state(shop: Workshop) -> Where:
    redo, person = dev_again(shop)
    redo.main = move_to_devs_school(shop, person)
    redo.given = {person: {"main": redo.main}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessor-not-eligible")
def an_expert_lost_the_role_before_the_named_state(shop: Workshop) -> Where:
    redo, _, _, _ = a_place_assigned(shop)
    redo.main = without_mei(shop)
    redo.given = {"mei": {"main": redo.main}}
    return redo.build(), redo.assessment_file("mei")


def move_to_devs_school(shop: Workshop, person: str) -> CommitId:
    """Someone is at Dev's school from now on."""
    school = shop.read(profile_path(PersonId("dev")), Person).school
    return shop.profile(person, person, school=school)


def without_mei(shop: Workshop) -> CommitId:
    """Mei is no expert any more."""
    roles = shop.read(PROGRAMME, Programme).roles
    return shop.rules(roles=replace(roles, experts=tuple(p for p in roles.experts if p != "mei")))


# What is right -------------------------------------------------------------------------------------------


def a_key_that_was_replaced_after_the_named_state(shop: Workshop) -> Redo:
    redo, person = dev_again(shop)
    old = shop.key(person)
    redo.main = renew_key(shop, person, make_key())
    redo.given, redo.signed = {person: {"summary": "Seen before."}}, {person: old}
    return redo


def a_key_that_was_confirmed_before_the_named_state(shop: Workshop) -> Redo:
    redo, person = dev_again(shop)
    new = make_key()
    redo.main = renew_key(shop, person, new)
    redo.given, redo.signed = {person: {"main": redo.main}}, {person: new}
    return redo


def a_key_between_two_others(shop: Workshop) -> Redo:
    redo, person = dev_again(shop)
    new = make_key()
    named = renew_key(shop, person, new)
    redo.main = renew_key(shop, person, make_key(), new)
    redo.given, redo.signed = {person: {"main": named}}, {person: new}
    return redo


def a_place_given_back_before_a_new_key(shop: Workshop) -> Redo:
    redo, who = a_place_given_back(shop)
    old = shop.key(who)
    named = redo.main
    shop.move(redo.main)
    redo.main = renew_key(shop, who, make_key())
    redo.gave_back[who], redo.signed[f"{who} gave back"] = {"main": named}, old
    return redo


def an_earner_with_a_new_key_after_the_request(shop: Workshop) -> Redo:
    redo, _ = dev_again(shop)
    redo.main = renew_key(shop, "dev", make_key())
    return redo


def a_conflict_declared_after_the_scores(shop: Workshop) -> Redo:
    redo, person = dev_again(shop)
    redo.main = shop.profile(person, person, conflicts=(PersonId("dev"),))
    return redo


def an_earner_who_declares_a_conflict_after_the_scores(shop: Workshop) -> Redo:
    redo, person = dev_again(shop)
    redo.main = shop.profile("dev", "dev", conflicts=(PersonId(person),))
    return redo


def an_assessor_who_moves_to_the_earners_school_afterwards(shop: Workshop) -> Redo:
    redo, person = dev_again(shop)
    redo.main = move_to_devs_school(shop, person)
    return redo


def an_expert_who_loses_the_role_afterwards(shop: Workshop) -> Redo:
    redo, _, _, _ = a_place_assigned(shop)
    redo.given = {"mei": {"main": redo.main}}
    redo.main = without_mei(shop)
    return redo


HONEST: tuple[Callable[[Workshop], Redo], ...] = (
    a_key_that_was_replaced_after_the_named_state,
    a_key_that_was_confirmed_before_the_named_state,
    a_key_between_two_others,
    a_place_given_back_before_a_new_key,
    an_earner_with_a_new_key_after_the_request,
    a_conflict_declared_after_the_scores,
    an_earner_who_declares_a_conflict_after_the_scores,
    an_assessor_who_moves_to_the_earners_school_afterwards,
    an_expert_who_loses_the_role_afterwards,
)
