"""E-mail addresses: sealed in profiles for the issuers, a salted hash in badges, and in no commit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.credential import Stack
from mcred.domain.ids import CredentialId, PersonId, StackId, Version
from mcred.domain.layout import person_ref, profile_path
from mcred.domain.people import Person, SealedEmail
from mcred.formats.encode import encode
from tests.audit.second_checker import check_again
from tests.cli.court import on_main, read_on_main
from tests.cli.keyboard import ask
from tests.cli.test_guard import codes, forge, judged
from tests.cli.town import WAIT, Town, git
from tests.school import an_email

ANA, WAIT_ID = PersonId("ana"), CredentialId(WAIT)
ADDRESS = "Ana.Reyes@school.example"
PROFILE = profile_path(ANA)


def give(town: Town, address: str = ADDRESS) -> Person:
    """Ana gives her address, and Rosa confirms it."""
    town.run("ana", "setup", "--email", address)
    town.run("rosa", "person", "add", "ana")
    return read_on_main(town, PROFILE, Person)


def email_of(town: Town) -> SealedEmail:
    """What the programme holds of Ana's address."""
    found = read_on_main(town, PROFILE, Person).email
    assert found is not None
    return found


def seen(town: Town, person: str) -> str:
    """Ana's address as a person's list of people has it."""
    town.run(person, "sync")
    people = town.run(person, "person", "list", "--json").json["people"]
    return next(p for p in people if p["id"] == "ana")["email"] or ""


def test_the_issuers_and_she_read_it_and_members_do_not(town: Town) -> None:
    give(town)
    assert seen(town, "rosa") == seen(town, "ana") == ADDRESS
    assert seen(town, "ben") == seen(town, "mei") == ""
    assert re.search(rf"ana .* {ADDRESS}", town.run("rosa", "person", "list").out)
    assert "email" not in town.run("ben", "person", "list").out
    assert b"school.example" not in on_main(town, PROFILE).lower()


def test_a_new_issuer_reads_it_when_she_sets_up_again(town: Town) -> None:
    give(town)
    before = email_of(town)
    town.run("rosa", "person", "add", "mei", "--role", "issuer")
    assert seen(town, "mei") == ""
    assert "Seal it for those of today: mcred setup" in town.run("ana", "sync").err
    town.run("ana", "setup")
    assert "Seal it" not in town.run("ana", "sync").err
    town.run("rosa", "person", "add", "ana")
    assert seen(town, "mei") == seen(town, "rosa") == ADDRESS
    after = email_of(town)
    assert (after.hash, after.salt) == (before.hash, before.salt)
    # Nothing is left to do, so nothing is asked of a maintainer.
    assert "Seal it" not in town.run("ana", "sync").err
    assert "You are confirmed in this program." in town.run("ana", "setup").out


def test_a_new_key_of_hers_opens_it_too(town: Town) -> None:
    before = give(town).email
    town.run("ana", "setup", "--new-key")
    town.run("rosa", "person", "add", "ana")
    town.run("ana", "sync")
    for old in (town.home("ana") / ".git" / "mcred").glob("reading-key-old-*"):
        old.unlink()
    assert seen(town, "ana") == seen(town, "rosa") == ADDRESS
    assert before is not None and email_of(town).hash == before.hash


def test_what_is_sealed_beside_another_hash_is_no_ones_address(town: Town) -> None:
    profile = give(town)
    assert profile.email is not None
    other = replace(profile, email=replace(profile.email, hash="sha256$" + "0" * 64))
    forge(town, "ana", "refs/forger/main", PROFILE, encode(other), ref="refs/heads/main")
    assert email_of(town).hash.endswith("00") and seen(town, "rosa") == ""


@pytest.mark.parametrize("typed", [ADDRESS, "at school"])
@pytest.mark.parametrize("verb", [("setup",), ("growth", f"ana/{WAIT}", "--show", "levels")])
def test_an_address_typed_into_the_file_is_not_sent(sent: Town, typed: str, verb: tuple[str, ...]) -> None:
    town, profile = sent, sent.home("ana") / PROFILE
    profile.write_text(profile.read_text("utf-8") + f"email: {typed}\n", "utf-8")
    before = town.refs(), town.refs("ana")
    ran = town.run("ana", *verb, expect=1)
    assert "everyone can read this email address: it has to be sealed" in ran.err
    assert "mcred setup --email name@school.example" in ran.err
    assert (town.refs(), town.refs("ana")) == before


def test_the_guard_takes_no_address_in_any_commit(town: Town) -> None:
    plain = on_main(town, PROFILE) + f"email: {ADDRESS}\n".encode()
    first = forge(town, "ana", "main", PROFILE, plain)
    assert codes(town, person_ref(ANA), first) == {"profile-unreadable"}
    mended = encode(replace(read_on_main(town, PROFILE, Person), email=an_email(ADDRESS)))
    then = forge(town, "ana", first, PROFILE, mended, ref="refs/forger/mended")
    told = [r.what for r in judged(town, person_ref(ANA), then)]
    assert any("everyone can read this email address" in what for what in told), told


def test_a_sealed_one_is_taken(town: Town) -> None:
    mine = encode(replace(read_on_main(town, PROFILE, Person), email=an_email(ADDRESS)))
    sent = forge(town, "ana", "main", PROFILE, mine)
    assert codes(town, person_ref(ANA), sent) == set()


def test_a_profile_on_main_with_an_address_says_what_to_do(town: Town) -> None:
    plain = on_main(town, PROFILE) + f"email: {ADDRESS}\n".encode()
    forge(town, "ana", "refs/forger/main", PROFILE, plain, ref="refs/heads/main")
    town.run("rosa", "sync")
    said = town.run("rosa", "lint", expect=1).said
    assert f"{PROFILE}:" in said and "it has to be sealed" in said
    assert "profile-unreadable" in town.run("rosa", "audit", expect=1).said


def test_no_commit_names_an_address(ready: Town) -> None:
    for person in ("ana", "rosa", "mei", "tom"):
        git(ready.home(person), "config", "user.email", f"{person}@private.example")
    ready.run("ana", "setup", "--school", "Bay")
    ready.run("rosa", "person", "add", "ana")
    ready.run("ana", "sync")
    ready.run("ana", "submit", "--attest", "all")
    ready.assess("ana")
    ready.decide("ana")
    said = git(ready.remote, "log", "--all", "--format=%ae%n%ce").split()
    assert {line.rpartition("@")[2] for line in said} == {"mcred.invalid"}


def test_badges_carry_the_hash_of_the_profile_and_are_proved_without_the_address(sent: Town) -> None:
    sent.run("rosa", "key", "new")
    give(sent)
    alone = Stack(format=2, id=StackId("alone"), version=Version("1.0.0"), title="A", credentials=(WAIT_ID,))
    place = sent.home("rosa") / "credentials" / "stacks" / "alone.yaml"
    place.parent.mkdir(parents=True)
    place.write_bytes(encode(alone))
    sent.run("rosa", "save", "--programme")
    sent.assess("ana")
    sent.decide("ana")
    email = email_of(sent)
    assert email.is_of(ADDRESS.lower())
    for path in (f"portfolios/ana/{WAIT}/attempts/1/badge.json", "portfolios/ana/stacks/alone/1/badge.json"):
        first = json.loads(on_main(sent, path))["credentialSubject"]["identifier"][0]
        assert (first["identityHash"], first["salt"]) == (email.hash, email.salt)
    # Ben has no key that opens the address, and derives both badges all the same.
    sent.run("ben", "sync")
    audited = sent.run("ben", "audit", "--json")
    assert [a["proved"] for a in (*audited.json["awards"], *audited.json["stacks"])] == [True, True]
    check_again(sent.home("ben"), audited.code, audited.json)


def test_the_founder_is_asked_too(tmp_path: Path) -> None:
    town = Town(place=tmp_path)
    keys = f"Lake\n\n\nRosa Diaz\n\nOffice\nunlisted\n{ADDRESS}\n"
    ask(town, "rosa", keys, "init", "lake", "--no-starter", at=tmp_path)
    profile = (tmp_path / "lake" / "portfolios" / "rosa-diaz" / "profile.yaml").read_text("utf-8")
    assert "school.example" not in profile.lower() and "hash: sha256$" in profile
    listed = town.run("rosa", "person", "list", "--json", at=tmp_path / "lake").json["people"]
    assert [p["email"] for p in listed] == [ADDRESS]
