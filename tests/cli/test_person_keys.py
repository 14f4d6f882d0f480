"""A person's next signing key: by an old one, by the word of two others, and by no one else's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mcred.app.keys.signing import KEY_FILE, NEXT_KEY, read_key
from mcred.domain.ids import PersonId
from mcred.domain.layout import profile_path
from mcred.domain.people import Person, fingerprint
from tests.cli.court import read_on_main, repo_of
from tests.cli.town import WAIT, Town, git

ANA = PersonId("ana")


def listed(town: Town, person: PersonId = ANA) -> list[tuple[str, bool]]:
    """A person's keys on the main line: each with whether it is in use."""
    profile = read_on_main(town, profile_path(person), Person)
    return [(key.public, key.retired is None) for key in profile.keys]


def lose(town: Town) -> str:
    """Ana's computer is gone; she joins again on another one, in the place of the old folder. Her old key."""
    old = read_key(repo_of(town, "ana")).public
    town.home("ana").rename(town.place / "lost")
    town.run("ana", "join", str(town.remote), str(town.home("ana")), at=town.place)
    return old


def test_a_new_key_is_used_once_it_is_confirmed(town: Town) -> None:
    old = read_key(repo_of(town, "ana")).public
    said = town.run("ana", "setup", "--new-key")
    assert "mcred person add ana" in said.said and said.next.startswith("mcred sync")
    assert read_key(repo_of(town, "ana")).public == old
    assert listed(town) == [(old, True)]
    town.run("rosa", "person", "add", "ana")
    town.run("ana", "sync")
    new = read_key(repo_of(town, "ana")).public
    assert new != old and listed(town) == [(old, False), (new, True)]
    state = repo_of(town, "ana").state_dir
    assert not (state / NEXT_KEY).exists() and (state / f"{KEY_FILE}-old-1").stat().st_mode & 0o077 == 0
    town.award("ana")
    assert "1 of 1 awards proved" in town.run("ana", "audit").out


def test_a_dry_run_makes_no_key(town: Town) -> None:
    before = town.refs("ana"), town.refs()
    assert "Nothing was changed" in town.run("ana", "setup", "--new-key", "--dry-run").said
    assert not (repo_of(town, "ana").state_dir / NEXT_KEY).exists()
    assert (town.refs("ana"), town.refs()) == before


def test_a_lost_key_needs_the_word_of_two_others(town: Town) -> None:
    town.run("rosa", "person", "add", "mei", "--role", "issuer")
    old = lose(town)
    said = town.run("ana", "setup", "--id", "ana", "--lost-key")
    new = read_key(repo_of(town, "ana")).public
    assert new[-12:] in said.said and "mcred person vouch ana" in said.said
    for person in ("rosa", "mei"):
        waits = town.run(person, "queue")
        assert f"Ana Reyes (ana, Lincoln Elementary) asks with a key that ends in {new[-12:]}" in waits.out
        assert waits.next == "mcred person vouch ana"
    people = town.run("rosa", "queue", "--json").json["people"]
    row = next(r for r in people if r["id"] == "ana")
    assert (row["id"], row["replaces_key"], row["new_keys"]) == ("ana", True, [fingerprint(new)])
    assert town.run("ben", "queue", "--json").json["people"] == []
    refused = town.run("rosa", "person", "add", "ana", expect=5)
    assert "confirmed with another key" in refused.said and "mcred person vouch ana" in refused.next
    assert listed(town) == [(old, True)]
    told = town.run("mei", "person", "vouch", "ana", "--yes")
    assert new[-12:] in told.said and told.next.startswith("mcred person add ana")
    assert "already" in town.run("mei", "person", "vouch", "ana", "--yes").said
    again = town.run("mei", "person", "vouch", "ana", "--yes", "--json").json
    assert again == {"schema": "mcred/vouched/1", "status": "not needed", "person": "ana"}
    town.run("rosa", "person", "add", "ana")
    assert listed(town) == [(old, False), (new, True)]
    town.run("ana", "sync")
    town.award("ana")
    assert "1 of 1 awards proved" in town.run("ana", "audit").out


def test_one_word_and_the_same_persons_confirmation_are_one_voice(town: Town) -> None:
    lose(town)
    town.run("ana", "setup", "--id", "ana", "--lost-key")
    town.run("rosa", "person", "vouch", "ana", "--yes")
    assert "confirmed with another key" in town.run("rosa", "person", "add", "ana", expect=5).said


def test_a_word_counts_for_the_key_it_was_given_for(town: Town, tmp_path: Path) -> None:
    """Someone puts their own key in the place of the one that was vouched for."""
    town.run("rosa", "person", "add", "mei", "--role", "issuer")
    lose(town)
    town.run("ana", "setup", "--id", "ana", "--lost-key")
    town.run("mei", "person", "vouch", "ana", "--yes")
    (repo_of(town, "ana").state_dir / KEY_FILE).unlink()
    town.run("ana", "setup", "--lost-key", "--id", "ana", expect=None)
    if len(git(town.remote, "rev-list", "main..refs/heads/person/ana").split()) > 1:
        assert "confirmed with another key" in town.run("rosa", "person", "add", "ana", expect=5).said


def change_key(town: Town, person: str = "ana") -> None:
    """Someone signs with another key from now on, by the ordinary way."""
    town.run(person, "setup", "--new-key")
    town.run("rosa", "person", "add", person)
    town.run(person, "sync")


def prove(town: Town) -> None:
    """What Ana sent becomes an award that an audit proves."""
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    assert "1 of 1 awards proved" in town.run("ana", "audit").out


def test_a_draft_begun_with_the_old_key_goes_on_with_the_new_one(ready: Town) -> None:
    change_key(ready)
    ready.run("ana", "submit", "--attest", "all")
    prove(ready)


def test_what_is_in_review_under_the_old_key_stays_so(sent: Town) -> None:
    said = sent.run("ana", "setup", "--new-key").said
    assert f"Submissions in review stay in review ({WAIT})." in said
    change_key(sent)
    assert sent.status("ana")["state"].startswith("in review")
    assert "was already submitted" in sent.run("ana", "submit").said
    assert sent.sent("ana") == ["1"]
    prove(sent)


def test_what_was_sent_and_judged_with_old_keys_is_decided_on(sent: Town) -> None:
    (judge,) = sent.panel("ana")
    sent.assess("ana")
    change_key(sent)
    change_key(sent, judge)
    assert "already" in sent.run(judge, "assess", f"ana/{WAIT}", expect=1).said
    assert sent.status("ana")["state"] == "being reconciled"
    sent.decide("ana")
    sent.run("ana", "sync")
    assert "1 of 1 awards proved" in sent.run("ana", "audit").out


@pytest.mark.parametrize("has_reading_key", [True, False])
def test_a_lost_key_keeps_no_one_from_their_drafts(ready: Town, has_reading_key: bool) -> None:
    ready.run("rosa", "person", "add", "mei", "--role", "issuer")
    lose(ready)
    if has_reading_key:
        keys = Path(".git") / "mcred" / "reading-key"
        shutil.copy(ready.place / "lost" / keys, ready.home("ana") / keys)
    assert "Two of mei, rosa have" in ready.run("ana", "setup", "--id", "ana", "--lost-key").said
    said = ready.run("ana", "sync").said
    assert ("no reading key in this folder opens it" in said) is not has_reading_key
    if not has_reading_key:
        ready.hand_in("ana")
    overview = ready.folder("ana") / "1-overview.md"
    overview.write_text(overview.read_text("utf-8") + "\nAnd a bell.\n", "utf-8")
    before = ready.refs()
    assert "saved on this computer; mcred sync sends it later" in ready.run("ana", "sync").said
    assert "Your new key is not confirmed yet." in ready.run("ana", "status").said
    refused = ready.run("ana", "submit", "--attest", "all", expect=5)
    assert "your new key is not confirmed yet" in refused.said and refused.next == f"mcred submit {WAIT}"
    assert ready.refs() == before
    ready.run("mei", "person", "vouch", "ana", "--yes")
    ready.run("rosa", "person", "add", "ana")
    assert "saved here and online" in ready.run("ana", "sync").said
    ready.run("ana", "submit", "--attest", "all")
    prove(ready)


def test_whoever_is_one_too_few_hears_what_to_do_first(town: Town) -> None:
    lose(town)
    said = town.run("ana", "setup", "--id", "ana", "--lost-key").said
    assert "the program has 1" in said and "Two of" not in said


def test_whoever_has_the_replaced_key_is_told_who_did_it(town: Town) -> None:
    """Someone takes Ana's account over, with the word of one issuer and one maintainer."""
    town.run("rosa", "person", "add", "mei", "--role", "issuer")
    town.run("rosa", "person", "add", "tom", "--role", "issuer")
    other = town.home("thief")
    town.run("thief", "join", str(town.remote), str(other), at=town.place)
    town.run("thief", "setup", "--id", "ana", "--lost-key")
    waiting = town.run("mei", "person", "list").out
    assert "Ana Reyes (ana, Lincoln Elementary) asks with a key that ends in" in waiting
    assert "SHA256:" in waiting
    town.run("mei", "person", "vouch", "ana", "--yes")
    town.run("rosa", "person", "add", "ana")
    new = [public for public, is_used in listed(town) if is_used]
    for verb in ("sync", "status", "doctor"):
        said = " ".join(town.run("ana", verb, expect=None).said.split())
        assert "was replaced on 2026-03-02" in said and new[0][-12:] in said
        assert "mei vouched that the new key is yours; rosa confirmed it." in said
        assert "tell tom right away" in said and "mcred setup --id ana --lost-key" in said
    assert "was replaced" not in town.run("ben", "sync").said
    town.run("ana", "setup", "--id", "ana", "--lost-key")
    assert "key that ends in" in town.run("tom", "person", "list").out


def test_a_key_renewed_elsewhere_with_the_old_one_is_told_as_that(town: Town) -> None:
    other = town.second_computer("ana")
    town.run("ana", "setup", "--new-key")
    town.run("rosa", "person", "add", "ana")
    town.run("ana", "sync")
    said = " ".join(town.run("ana", "status", at=other).said.split())
    assert "The change was signed with the old key." in said
    assert "was replaced" not in town.run("ana", "status").said


def test_the_list_shows_name_and_school_of_who_waits_and_namesakes(town: Town) -> None:
    place = town.home("ana-two")
    who = ("--name", "Ana  reyes", "--id", "ana-two", "--school", "Hill Street", "--publish", "private")
    town.run("ana-two", "join", str(town.remote), str(place), *who, at=town.place)
    town.run("rosa", "sync")
    shown = town.run("rosa", "person", "list").out
    assert "ana-two: Ana" in shown and "Hill Street; Ana Reyes is already a member (ana, Lincoln" in shown
    added = town.run("rosa", "person", "add", "ana-two").said
    assert "Ana Reyes is already a member: ana, Lincoln Elementary." in added
