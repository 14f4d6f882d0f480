"""Reading again what was sealed to a lost key: by whoever can read it, or with the recovery key."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.court import set_rules
from tests.cli.test_guard import guarded
from tests.cli.town import ANSWER, WAIT, Town, git

NAME = f"ana/{WAIT}"
DRAFT, SENT = f"refs/heads/work/{NAME}/draft", f"refs/heads/work/{NAME}/1"
with_age = pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")


@pytest.fixture
def sealed(town: Town) -> Town:
    """A programme that seals submitted work, behind the hook."""
    set_rules(town, "work: open", "work: sealed")
    return guarded(town)


@pytest.fixture
def recovery(tmp_path: Path) -> Path:
    """A recovery key as `age-keygen` writes it."""
    place = tmp_path / "recovery.txt"
    subprocess.run(["age-keygen", "-o", str(place)], check=True, capture_output=True)
    return place


def name_it(town: Town, recovery: Path) -> None:
    """The programme names the recovery key."""
    public = recovery.read_text("utf-8").partition("public key: ")[2].split()[0]
    set_rules(town, "work: sealed", f"work: sealed\nrecovery: {public}")


def opened(town: Town, ref: str, key: Path) -> list[bytes]:
    """What Debian's age opens of the keys on a ref."""
    found = []
    for path in git(town.remote, "ls-tree", "-r", "--name-only", ref, "keys/").split():
        blob = subprocess.run(
            ["git", "show", f"{ref}:{path}"], cwd=town.remote, capture_output=True, check=True
        )
        done = subprocess.run(
            ["age", "-d", "-i", str(key)], input=blob.stdout, capture_output=True, check=False
        )
        found += [done.stdout] if done.returncode == 0 else []
    return found


def lose_key(town: Town, person: str) -> Path:
    """A new folder of a person without their reading key, and without what it opened."""
    fresh = town.second_computer(person)
    (fresh / ".git" / "mcred" / "reading-key").unlink()
    for ref in git(fresh, "for-each-ref", "--format=%(refname)", "refs/mcred/").split():
        git(fresh, "update-ref", "-d", ref)
    return fresh


@with_age
class TestRecoveryKey:
    def test_opens_attempts_with_age_itself_and_no_draft(
        self, sealed: Town, recovery: Path, tmp_path: Path
    ) -> None:
        name_it(sealed, recovery)
        sealed.hand_in("ana")
        said = sealed.run("ana", "submit", "--attest", "all")
        assert said.code == 0
        (key,) = opened(sealed, SENT, recovery)
        own = tmp_path / "list.txt"
        own.write_bytes(key)
        blob = ["git", "show", f"{SENT}:list.age"]
        listed = subprocess.run(blob, cwd=sealed.remote, capture_output=True, check=True).stdout
        done = subprocess.run(["age", "-d", "-i", str(own)], input=listed, capture_output=True, check=True)
        assert b'"submission":"ana/wait-time"' in done.stdout
        assert opened(sealed, DRAFT, recovery) == []

    def test_lets_its_earner_and_an_assessor_read_again(self, sealed: Town, recovery: Path) -> None:
        name_it(sealed, recovery)
        sealed.hand_in("ana")
        sealed.run("ana", "submit", "--attest", "all")
        (asked,) = sealed.panel("ana")
        homes = {person: lose_key(sealed, person) for person in ("ana", asked, "rosa")}
        for person, home in homes.items():
            ran = sealed.run(person, "view", NAME, "--text", expect=5, at=home)
            assert "is sealed to a reading key of yours that is not in this folder" in ran.err
            assert ran.next.startswith("mcred setup")
            assert "has a new reading key" in sealed.run(person, "setup", at=home).out
        for person in homes:
            sealed.run("rosa", "person", "add", person, at=homes["rosa"])
        again = sealed.run("ana", "view", NAME, "--text", expect=5, at=homes["ana"])
        assert "an earlier reading key of yours, and not yet to the new one" in again.err
        assert "mcred key recover --with FILE by whoever keeps" in again.next
        # Rosa has lost her own key, too: nothing in her folder opens it.
        assert "as far as" in sealed.run("rosa", "key", "recover", at=homes["rosa"]).out
        ran = sealed.run("rosa", "key", "recover", "--with", str(recovery), "--json", at=homes["rosa"])
        assert ran.json == {"schema": "mcred/recovered/1", "attempts": [f"{NAME}, attempt 1"]}
        for person, home in homes.items():
            assert ANSWER in sealed.run(person, "view", NAME, "--text", at=home).out
        sealed.run("dev", "view", NAME, expect=5)
        words = ("key", "recover", "--with", str(recovery), "--json")
        assert sealed.run("rosa", *words, at=homes["rosa"]).json["attempts"] == []

    def test_named_later_opens_what_is_in_review_after_the_next_sync(
        self, sealed: Town, recovery: Path
    ) -> None:
        sealed.hand_in("ana")
        sealed.run("ana", "submit", "--attest", "all")
        name_it(sealed, recovery)
        assert opened(sealed, SENT, recovery) == []
        sealed.run("ana", "sync")
        assert len(opened(sealed, f"refs/heads/grant/{NAME}/1/ana", recovery)) == 1

    def test_other_files_are_named_with_what_helps(self, sealed: Town, recovery: Path) -> None:
        note = recovery.with_name("note.txt")
        note.write_text("not a key", "utf-8")
        ran = sealed.run("rosa", "key", "recover", "--with", str(note), expect=1)
        assert "contains no age key" in ran.err
        ran = sealed.run("rosa", "key", "recover", "--with", str(note.with_name("gone.txt")), expect=1)
        assert "cannot be read: No such file" in ran.err
        note.write_bytes(b"age-encryption.org/v1\n-> scrypt x 18\n")
        ran = sealed.run("rosa", "key", "recover", "--with", str(note), expect=1)
        assert ran.next.startswith("age -d -o recovery.txt")
        ran = sealed.run("rosa", "key", "recover", "--with", str(recovery))
        assert "not the recovery key in mcred.yaml, which names none" in ran.err


def test_what_is_no_recovery_key_is_refused_and_seals_nothing_else(sealed: Town) -> None:
    rules = sealed.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8") + "recovery: age1lost\n", "utf-8")
    ran = sealed.run("rosa", "save", "--programme", expect=1)
    assert "recovery is 'age1lost', which is not an age public key" in ran.err
    put_on_main(sealed, rules)
    sealed.hand_in("ana")
    sealed.run("ana", "submit", "--attest", "all")


def put_on_main(town: Town, rules: Path) -> None:
    """Rules that no check of mcred saw, as a maintainer can commit them by hand."""
    home, when = town.home("rosa"), town.now.isoformat()
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    git(home, "add", "mcred.yaml")
    command = ["git", "commit", "--quiet", "--message", "Name a recovery key"]
    subprocess.run(command, cwd=home, env={**os.environ, **dates}, check=True)
    git(home, "push", "--quiet", "origin", "HEAD:main")


def test_a_new_issuer_reads_decided_work_after_another_one_let_them(sealed: Town) -> None:
    sealed.hand_in("ana")
    sealed.run("ana", "submit", "--attest", "all")
    sealed.assess("ana", levels={"questions": "developing"})
    sealed.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    set_rules(sealed, "issuers: [rosa]", "issuers: [rosa, dev]")
    ran = sealed.run("dev", "view", NAME, "--text", expect=5)
    sealed.run("rosa", "key", "recover")
    assert ANSWER in sealed.run("dev", "view", NAME, "--text").out
    assert "mcred sync" in ran.next
