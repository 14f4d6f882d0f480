"""A person is the keys they sign with."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from mcred.domain.people import Person, SigningKey, explain_bad_email
from tests.school import ANA, a_person

OLD = SigningKey(public="ssh-ed25519 old", since=date(2025, 1, 1), retired=date(2026, 1, 1))
NEW = SigningKey(public="ssh-ed25519 new", since=date(2026, 1, 1))


def test_each_listed_key_is_the_persons() -> None:
    second = replace(NEW, public="ssh-ed25519 laptop")
    person = a_person("ana", keys=(NEW, second))
    assert person.signs_with(NEW.public)
    assert person.signs_with(second.public)


def test_a_retired_key_signs_no_new_work() -> None:
    person = a_person("ana", keys=(OLD, NEW))
    assert not person.signs_with(OLD.public)
    assert person.signs_with(NEW.public)


def test_no_key_and_anothers_key_are_not_the_persons() -> None:
    person = a_person("ana", keys=(NEW,))
    assert not person.signs_with(None)
    assert not person.signs_with("")
    assert not person.signs_with("ssh-ed25519 ben")
    assert not a_person("ana", keys=()).signs_with(None)


def test_a_profile_that_does_not_say_is_private() -> None:
    assert Person(format=2, id=ANA, name="Ana", keys=(NEW,)).publish == "private"


@pytest.mark.parametrize("text", ["ana@school.example", "a.b+c@d", "ÄNA@schule.example", "o'neil@x.y"])
def test_an_address_is_taken_loosely(text: str) -> None:
    assert explain_bad_email(text) == ""


@pytest.mark.parametrize(
    "text",
    ["", "ana", "@", "ana@", "@x.y", "a b@x.y", "a@x.y\n", "a@@x", "<a@x.y>", "a\x00@x.y", "a@x.y\x9b"],
)
def test_what_is_no_address_is_said(text: str) -> None:
    assert "name@school.example" in explain_bad_email(text)


def test_an_address_has_a_length() -> None:
    assert explain_bad_email("a" * 250 + "@x.y") == ""
    assert "254" in explain_bad_email("a" * 251 + "@x.y")
