"""The remote is away, refuses, or was rewritten: said, nothing lost, and the same command finishes."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.cli.court import set_rules
from tests.cli.town import OVERVIEW, SLIP, WAIT, Town, digests, git

ANSWERS = f"portfolios/ana/{WAIT}/1-overview.md"
MINE = f"refs/heads/work/ana/{WAIT}/draft"
DRAFT = f"refs/mcred/draft/ana/{WAIT}"


def refuse(town: Town) -> Path:
    """The remote takes nothing until the file is gone."""
    hook = town.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    return hook


def more(town: Town) -> None:
    (town.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")


def edit_rules(town: Town) -> None:
    """Rosa edits the rules and has not saved them."""
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8").replace("due_days: 10", "due_days: 20"), encoding="utf-8")


class TestRefused:
    """It can be reached, and does not take what is sent."""

    @pytest.mark.parametrize("words", [("save",), ("start", SLIP)], ids=["save", "start"])
    def test_a_draft_is_kept_here_and_that_is_said(self, ready: Town, words: tuple[str, ...]) -> None:
        refuse(ready)
        more(ready)
        before = ready.refs()
        ran = ready.run("ana", *words)
        assert "did not accept it" in ran.err and "saved on this computer" in ran.said
        assert "here and online." not in ran.out and ready.refs() == before

    @pytest.mark.parametrize(
        ("words", "then"),
        [
            (("sync",), "mcred sync"),
            (("submit", WAIT, "--attest", "all"), f"mcred sync   (then mcred submit {WAIT})"),
            (("setup", "--school", "Bay"), "mcred sync   (then mcred setup)"),
        ],
        ids=["sync", "submit", "setup"],
    )
    def test_what_had_to_arrive_is_not_done(self, ready: Town, words: tuple[str, ...], then: str) -> None:
        hook = refuse(ready)
        more(ready)
        before = ready.refs()
        ran = ready.run("ana", *words, expect=6)
        assert "did not accept it: the program's own check rejected it" in ran.err and ran.next == then
        assert ready.refs() == before and "And more." in (ready.home("ana") / ANSWERS).read_text("utf-8")
        hook.unlink()
        ready.run("ana", "sync")
        ready.run("ana", *words)
        after = ready.refs("ana"), ready.refs()
        ready.run("ana", *words)
        assert (ready.refs("ana"), ready.refs()) == after

    def test_a_withdrawal_is_finished_by_the_same_command_once(self, sent: Town) -> None:
        hook = refuse(sent)
        for _ in range(2):
            ran = sent.run("ana", "withdraw", WAIT, expect=6)
            assert "is withdrawn" not in ran.out and ran.next == f"mcred sync   (then mcred withdraw {WAIT})"
        assert "withdraw not finished" in sent.status("ana")["state"]
        hook.unlink()
        sent.run("ana", "withdraw", WAIT)
        log = git(sent.remote, "log", "--format=%B", f"submission/ana/{WAIT}", "--not", "main")
        assert log.count("Mcred-Event: withdraw") == 1

    def test_rules_are_tried_some_times_and_stay_edited(self, town: Town) -> None:
        hook = refuse(town)
        edit_rules(town)
        before = town.refs(), town.refs("rosa"), town.files("rosa")
        ran = town.run("rosa", "save", "--programme", expect=6)
        assert "own check rejected it" in ran.err and ran.next == "mcred save --programme"
        assert "Saved for everyone" not in ran.out and len(town.waits) == 7 and max(town.waits) < 3
        assert (town.refs(), town.refs("rosa"), town.files("rosa")) == before
        hook.unlink()
        town.run("rosa", "save", "--programme")
        assert "due_days: 20" in git(town.remote, "show", "main:mcred.yaml")

    def test_a_full_or_locked_place_is_said_as_that(self, ready: Town) -> None:
        # A lock that another command left: what a crash of the host leaves behind.
        lock = ready.remote / f"{MINE}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
        more(ready)
        ran = ready.run("ana", "sync", expect=6)
        assert "a lock is in the way there" in ran.err and str(lock.name) in ran.err
        assert "someone else changed it first" not in ran.err and "mcred doctor --fix" in ran.err
        os.utime(lock, (time.time() - 7200,) * 2)
        assert ready.run("ana", "doctor", expect=1).next == "mcred doctor --fix"
        ready.run("ana", "doctor", "--fix", expect=None)
        assert not lock.exists()
        ready.run("ana", "sync")
        assert b"And more." in ready.saved("ana")["1-overview.md"]


class TestAway:
    def test_rules_are_not_begun_with(self, town: Town) -> None:
        edit_rules(town)
        town.remote.rename(town.place / "elsewhere")
        before = town.refs("rosa"), town.files("rosa")
        ran = town.run("rosa", "save", "--programme", expect=7)
        assert "Nothing was changed" in ran.err and ran.next.startswith("mcred save --programme   (once")
        assert (town.refs("rosa"), town.files("rosa")) == before
        assert "Would be saved" in town.run("rosa", "save", "--programme", "--dry-run").out
        (town.place / "elsewhere").rename(town.remote)
        town.run("rosa", "save", "--programme")

    @pytest.mark.parametrize("address", ["ssh://127.0.0.1:1/x.git", "https://127.0.0.1:1/x.git"])
    def test_a_host_that_does_not_answer(self, ready: Town, address: str) -> None:
        git(ready.home("ana"), "config", "remote.origin.url", address)
        more(ready)
        ran = ready.run("ana", "sync", expect=7)
        assert "is not responding" in ran.err and "saved on this computer" in ran.err
        assert ready.run("ana", "save").code == 0
        ran = ready.run("ana", "submit", "--attest", "all", expect=7)
        assert "but not submitted" in ran.err and ran.next == f"mcred submit {WAIT}"
        assert "And more." in git(ready.home("ana"), "show", f"{DRAFT}:{ANSWERS}")

    def test_join_says_the_same_command_without_what_is_secret(self, town: Town) -> None:
        ran = town.run("zoe", "join", "ssh://git@127.0.0.1:1/x.git", "fresh", at=town.place, expect=7)
        assert ran.next.startswith("mcred join ssh://") and "is not responding" in ran.err
        assert not (town.place / "fresh").exists() and not (town.place / ".fresh.joining").exists()

    def test_a_founder_may_send_it_later(self, tmp_path: Path) -> None:
        town, who = Town(place=tmp_path), ("--name", "Lake", "--person", "Rosa", "--no-starter")
        words = ("init", "lake", *who, "--remote", "ssh://127.0.0.1:1/x.git")
        assert "was created" in town.run("rosa", *words, at=tmp_path, expect=7).out
        first = git(tmp_path / "lake", "rev-parse", "main")
        assert town.run("rosa", *words, at=tmp_path, expect=7).next
        ran = town.run("rosa", "init", "lake", "--remote", "r.git", at=tmp_path)
        assert (
            f"\n    mcred join {tmp_path / 'r.git'}\n" in ran.out and ran.next == "cd lake && mcred key new"
        )
        assert git(tmp_path / "r.git", "rev-parse", "main") == first

    def test_nothing_is_sent_twice_when_only_the_answer_was_lost(self, ready: Town) -> None:
        """The push arrives, and the place is gone before it can be asked."""
        hook = ready.remote / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nmv '{ready.remote}' '{ready.place}/gone'\n", encoding="utf-8")
        hook.chmod(0o755)
        ran = ready.run("ana", "submit", "--attest", "all", expect=7)
        assert "is submitted" not in ran.said and ran.next.startswith(f"mcred submit {WAIT}")
        (ready.place / "gone").rename(ready.remote)
        (ready.remote / "hooks" / "post-receive").unlink()
        assert "was already submitted" in ready.run("ana", "submit").out
        assert ready.sent("ana") == ["1"]


WRITING = [
    ("save",),
    ("sync",),
    ("start", SLIP),
    ("setup", "--school", "Bay"),
    ("submit", WAIT, "--attest", "all"),
    ("withdraw", WAIT),
    ("add", "https://x.example.org/1", "--for", "class-video", "--type", "video"),
]


class TestOtherHistory:
    @pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
    def test_a_rewritten_programme_is_touched_by_nothing(self, ready: Town, words: tuple[str, ...]) -> None:
        more(ready)
        git(ready.remote, "update-ref", "refs/heads/main", git(ready.remote, "rev-parse", "main~1").strip())
        before = ready.refs("ana"), ready.refs(), ready.files("ana")
        ran = ready.run("ana", *words, expect=6)
        assert "was rewritten; nothing was taken over" in ran.err and "maintainers" in ran.next
        assert (ready.refs("ana"), ready.refs(), ready.files("ana")) == before

    @pytest.mark.parametrize("words", [*WRITING, ("check",), ("browse",), ("show", WAIT)], ids=lambda w: w[0])
    def test_a_folder_that_went_its_own_way_is_left_as_it_is(
        self, ready: Town, words: tuple[str, ...]
    ) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@x", "-c", "commit.gpgsign=false")
        git(ready.home("ana"), *who, "commit", "--quiet", "--allow-empty", "-m", "My own")
        ready.run("rosa", "person", "add", "eva")
        ready.run("ana", "status", expect=6)
        before = ready.refs("ana"), ready.refs(), ready.files("ana")
        ran = ready.run("ana", *words, expect=6)
        assert "no longer match" in ran.err and ran.next.startswith("mcred join ADDRESS")
        assert (ready.refs("ana"), ready.refs(), ready.files("ana")) == before


class TestElsewhere:
    def test_a_folder_that_was_moved_works_as_before(self, ready: Town) -> None:
        moved = ready.place / "a new place" / "ana's é"
        moved.parent.mkdir()
        ready.home("ana").rename(moved)
        (moved / ANSWERS).write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        ready.run("ana", "save", at=moved)
        ready.run("ana", "submit", "--attest", "all", at=moved)
        assert ready.sent("ana") == ["1"]
        ready.run("rosa", "person", "add", "eva")
        ready.run("ana", "sync", at=moved)
        assert "id: eva" in git(moved, "show", "main:portfolios/eva/profile.yaml")
        assert [p.name for p in (moved / "portfolios").iterdir()] == ["ana"]

    @pytest.mark.parametrize("under", ["portfolios", f"portfolios/ana/{WAIT}/evidence", "credentials"])
    def test_any_folder_of_the_programme_is_the_programme(self, ready: Town, under: str) -> None:
        at = ready.home("ana") / under
        assert "is complete" in ready.run("ana", "check", at=at).out
        ready.run("ana", "start", SLIP, at=at)
        assert ready.listing("ana", SLIP).is_file()
        more(ready)
        assert "wait-time: saved here and online." in ready.run("ana", "save", at=at).out
        ready.run("ana", "submit", WAIT, "--attest", "all", at=at)
        ready.run("ana", "withdraw", WAIT, at=at)
        assert ready.sent("ana") == ["1"] and not [p for p in at.iterdir() if p.name == "portfolios"]

    def test_at_names_a_folder_from_where_one_stands(self, ready: Town) -> None:
        ran = ready.run("ana", "--at", "people/ana", "check", at=ready.place)
        assert "is complete" in ran.out
        assert "is complete" in ready.run("x", "--at", str(ready.home("ana")), "check", at=Path("/")).out

    @pytest.mark.parametrize(
        "words", [*WRITING, ("check",), ("show", WAIT), ()], ids=lambda w: (w or ["-"])[0]
    )
    def test_no_one_works_in_the_remote_itself(self, ready: Town, words: tuple[str, ...]) -> None:
        before = digests(ready.remote)
        ran = ready.run("ana", *words, at=ready.remote, expect=None)
        assert ran.code in (0, 1) and ran.code == (1 if words[:1] not in ((), ("show",), ("sync",)) else 0)
        assert ran.next.startswith("mcred ") and digests(ready.remote) == before

    def test_a_key_that_is_gone_is_asked_for_and_made_again(self, town: Town) -> None:
        key = town.home("ana") / ".git" / "mcred" / "signing-key"
        key.unlink()
        ran = town.run("ana", "start", WAIT, expect=1)
        assert "signing key is not in this folder" in ran.err and ran.next == "mcred setup"
        town.run("ana", "setup")
        profile = (town.home("ana") / "portfolios" / "ana" / "profile.yaml").read_text("utf-8")
        assert profile.count("ssh-ed25519") == 2
        town.run("ana", "start", WAIT)

    def test_a_damaged_key_leads_to_a_new_one(self, town: Town) -> None:
        key = town.home("ana") / ".git" / "mcred" / "signing-key"
        key.write_text("garbage", encoding="utf-8")
        ran = town.run("ana", "start", WAIT, expect=1)
        assert "damaged" in ran.err and ran.next == "mcred setup"
        ran = town.run("ana", "setup", expect=1)
        assert f"first move {key} somewhere else" in ran.next and key.read_text("utf-8") == "garbage"
        key.rename(town.place / "old-key")
        town.run("ana", "setup")
        town.run("ana", "start", WAIT)

    def test_a_programme_without_a_remote(self, town: Town) -> None:
        """Rosa alone: all but sending works, and what needs others says how to get them."""
        git(town.home("rosa"), "config", "--remove-section", "remote.origin")
        town.run("rosa", "start", SLIP)
        (town.folder("rosa", SLIP) / "1-slip.md").write_text("# Slip\n\n## One slip\n\nMy own.\n", "utf-8")
        for words in (("save",), ("sync",), ("check",)):
            assert town.run("rosa", *words).next
        ran = town.run("rosa", "submit", "--attest", "all", expect=1)
        assert "no one would receive it" in ran.err and ran.next.startswith("mcred init . --remote")
        edit_rules(town)
        town.run("rosa", "save", "--programme")
        assert "due_days: 20" in git(town.home("rosa"), "show", "main:mcred.yaml")
        shutil.rmtree(town.remote)
        town.run("rosa", "init", ".", "--remote", str(town.remote))
        town.run("rosa", "sync")
        assert f"work/rosa/{SLIP}" in town.refs()

    def test_rules_changed_meanwhile_are_what_counts(self, ready: Town) -> None:
        set_rules(ready, "due_days: 10", "due_days: 5")
        assert "due 2026-03-07" in ready.run("ana", "submit", "--attest", "all").out
