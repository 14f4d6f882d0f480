"""`save` and `sync`: nothing typed is lost, on one computer or on two."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from mcred.app.sealed.line import RefMove
from mcred.store.git import Repo
from mcred.store.write import move_refs
from tests.cli.town import OVERVIEW, SLIP, WAIT, Town, digests, git

TWO = Path("portfolios/ana/wait-time")


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


@pytest.fixture
def other(ready: Town) -> Path:
    """Ana's second computer."""
    return ready.second_computer("ana")


class TestSave:
    def test_keeps_it_here_and_at_the_remote(self, ready: Town) -> None:
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "And more.\n")
        assert "saved here and online" in ready.run("ana", "save").out
        before = ready.refs("ana"), ready.refs(), ready.files("ana")
        assert "nothing new to save" in ready.run("ana", "save").out
        assert (ready.refs("ana"), ready.refs(), ready.files("ana")) == before

    @pytest.mark.parametrize("is_main_lost", [False, True])
    def test_what_the_server_lost_is_sent_again(self, sent: Town, is_main_lost: bool) -> None:
        sent.run("ana", "sync")
        before = sent.refs()
        main = git(sent.remote, "rev-parse", "main").strip()
        names = git(sent.remote, "for-each-ref", "--format=%(refname)").split()
        mine = [ref for ref in names if "/ana/" in ref]
        for ref in (*mine, *(["refs/heads/main"] if is_main_lost else [])):
            git(sent.remote, "update-ref", "-d", ref)
        if is_main_lost:
            ran = sent.run("ana", "sync", expect=7)
            assert "it was emptied, or created again. Your drafts are saved on this computer" in ran.err
            git(sent.remote, "update-ref", "refs/heads/main", main)
        sent.run("ana", "sync")
        assert len(mine) >= 2 and sent.refs() == before

    def test_before_anything_is_started(self, town: Town) -> None:
        assert town.run("ana", "save").next == "mcred browse"
        assert town.run("ana", "save", SLIP).next == f"mcred start {SLIP}"
        assert "did you mean" in town.run("ana", "save", "exit-slap", expect=1).err

    def test_one_bad_draft_does_not_keep_the_other_from_being_saved(self, ready: Town) -> None:
        slip = ready.start("ana", SLIP)
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "And more.\n")
        write(slip / "evidence", "aux.md", "x")
        ran = ready.run("ana", "save", expect=1)
        assert "wait-time: saved here and online" in ran.out
        assert "aux" in ran.err and ran.next.startswith(f"mcred check {SLIP}")

    def test_a_deleted_file_stays_deleted(self, ready: Town) -> None:
        (ready.folder("ana") / "evidence" / "plan.md").unlink()
        assert "1 file is missing" in ready.run("ana", "save").err
        ready.run("ana", "sync")
        assert not (ready.folder("ana") / "evidence" / "plan.md").exists()


class TestAway:
    """The remote is not there: nothing is lost, nothing is called sent, the same command finishes."""

    @pytest.fixture
    def away(self, ready: Town) -> Town:
        ready.remote.rename(ready.place / "elsewhere")
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "And more.\n")
        return ready

    def back_again(self, town: Town) -> None:
        (town.place / "elsewhere").rename(town.remote)

    def test_save(self, away: Town) -> None:
        ran = away.run("ana", "save")
        assert "saved on this computer" in ran.out and "mcred sync sends it later" in ran.err
        assert away.status("ana")["next"] == "mcred sync"
        self.back_again(away)
        away.run("ana", "sync")
        assert away.status("ana")["state"] == "draft"

    def test_sync(self, away: Town) -> None:
        ran = away.run("ana", "sync", expect=7)
        assert "Your drafts are saved on this computer" in ran.err and ran.next == "mcred sync"
        self.back_again(away)
        away.run("ana", "sync")
        assert "And more." in away_text(away)

    def test_submit_keeps_the_statements_and_the_note(self, away: Town) -> None:
        ran = away.run("ana", "submit", "--attest", "all", "--note", "My own words", expect=7)
        assert "saved on this computer but not submitted" in ran.err and ran.next == f"mcred submit {WAIT}"
        assert "My own words" in read(away.folder("ana"), "submission.yaml")
        self.back_again(away)
        assert "is submitted" in away.run("ana", *ran.next.split()[1:]).out
        assert away.sent("ana") == ["1"]

    def test_withdraw_changes_nothing(self, sent: Town) -> None:
        sent.remote.rename(sent.place / "elsewhere")
        before = sent.refs("ana")
        ran = sent.run("ana", "withdraw", expect=7)
        assert "Nothing was changed" in ran.err and ran.next.startswith(f"mcred withdraw {WAIT}")
        assert sent.refs("ana") == before

    def test_reading_goes_on_with_what_was_received(self, away: Town) -> None:
        for words in (("status",), ("browse",), ("show", WAIT), ("check",)):
            away.run("ana", *words)
        assert "what was last received" in away.run("ana", "status").err

    def test_start_and_add_work(self, away: Town) -> None:
        away.start("ana", SLIP)
        write(away.desk("ana"), "b.md", "b")
        away.run("ana", "add", str(away.desk("ana") / "b.md"), "--for", "lesson-plan", "--in", WAIT)
        self.back_again(away)
        away.run("ana", "sync")
        assert f"work/ana/{SLIP}" in away.refs()


def away_text(town: Town) -> str:
    return town.saved("ana")["1-overview.md"].decode()


class TestTwoComputers:
    def test_different_files_come_together(self, ready: Town, other: Path) -> None:
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "From one.\n")
        write(other / TWO, "2-artifacts.md", "# Artifacts\n\n## Lesson plan\n\nFrom two.\n")
        ready.run("ana", "sync")
        ready.run("ana", "sync", at=other)
        ready.run("ana", "sync")
        assert "From two." in read(ready.folder("ana"), "2-artifacts.md")
        assert "From one." in read(other / TWO, "1-overview.md")
        assert digests(ready.folder("ana")) == digests(other / TWO)

    def test_the_same_file_keeps_mine_and_puts_the_other_beside(self, ready: Town, other: Path) -> None:
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "From one.\n")
        write(other / TWO, "1-overview.md", OVERVIEW + "From two.\n")
        ready.run("ana", "save")
        ran = ready.run("ana", "save", at=other)
        assert "1-overview-other-computer.md" in ran.err
        assert "From two." in read(other / TWO, "1-overview.md")
        assert "From one." in read(other / TWO, "1-overview-other-computer.md")
        checked = ready.run("ana", "check", at=other)
        assert "you changed 1-overview.md on another computer" in checked.out
        (other / TWO / "1-overview-other-computer.md").unlink()
        ready.run("ana", "sync", at=other)
        ready.run("ana", "sync")
        assert digests(ready.folder("ana")) == digests(other / TWO)

    @pytest.mark.parametrize("first", ["notes", "notes/1.md"])
    def test_a_file_here_and_a_folder_there_are_both_kept(self, ready: Town, other: Path, first: str) -> None:
        second = "notes" if first == "notes/1.md" else "notes/1.md"
        for folder, name in ((ready.folder("ana"), first), (other / TWO, second)):
            (folder / "evidence" / name).parent.mkdir(exist_ok=True)
            write(folder / "evidence", name, f"Typed as {name}.")
        ready.run("ana", "save")
        assert "notes-other-computer" in ready.run("ana", "save", at=other).err
        ready.run("ana", "sync")
        for folder in (ready.folder("ana"), other / TWO):
            texts = [p.read_text("utf-8") for p in (folder / "evidence").rglob("*") if p.is_file()]
            assert {f"Typed as {first}.", f"Typed as {second}."} <= set(texts)
        assert digests(ready.folder("ana")) == digests(other / TWO)
        assert "you changed notes on another computer too" in ready.run("ana", "check").out

    def test_a_second_difference_does_not_write_over_the_first(self, ready: Town, other: Path) -> None:
        for number in ("1", "2"):
            write(ready.folder("ana"), "1-overview.md", OVERVIEW + f"From one, {number}.\n")
            write(other / TWO, "1-overview.md", OVERVIEW + f"From two, {number}.\n")
            ready.run("ana", "save")
            ready.run("ana", "save", at=other)
            if number == "1":
                # Not looked at yet, and written into.
                write(other / TWO, "1-overview-other-computer.md", "My thoughts on it.\n")
                ready.run("ana", "save", at=other)
        assert read(other / TWO, "1-overview-other-computer.md") == "My thoughts on it.\n"
        texts = "".join(p.read_text("utf-8") for p in (other / TWO).glob("1-overview*.md"))
        assert "From one, 2." in texts and "From two, 2." in texts

    def test_twins_in_all_but_case_are_both_kept(self, ready: Town, other: Path) -> None:
        write(ready.folder("ana") / "evidence", "Notes.md", "large")
        write(other / TWO / "evidence", "notes.md", "small")
        ready.run("ana", "save")
        assert "Notes-other-computer.md" in ready.run("ana", "save", at=other).err
        ready.run("ana", "sync")
        for folder in (ready.folder("ana") / "evidence", other / TWO / "evidence"):
            assert read(folder, "Notes-other-computer.md") == "large"
            assert read(folder, "notes.md") == "small"
        assert digests(ready.folder("ana")) == digests(other / TWO)

    def test_a_list_that_both_added_to_is_said_at_once(self, ready: Town, other: Path) -> None:
        for name in ("a.md", "b.md"):
            write(ready.desk("ana"), name, name)
        words = ("--for", "lesson-plan")
        ready.run("ana", "add", str(ready.desk("ana") / "a.md"), *words)
        ran = ready.run("ana", "add", str(ready.desk("ana") / "b.md"), *words, at=other)
        assert "submission-other-computer.yaml" in ran.err
        assert "evidence/b.md" in read(other / TWO, "submission.yaml")
        assert "evidence/a.md" in read(other / TWO, "submission-other-computer.yaml")
        assert read(other / TWO / "evidence", "a.md") == "a.md"

    def test_a_list_that_is_gone_there_is_not_taken_from_here(self, ready: Town, other: Path) -> None:
        before = read(ready.folder("ana"), "submission.yaml")
        ready.listing("ana").unlink()
        ready.run("ana", "save")
        write(other / TWO, "1-overview.md", OVERVIEW + "From two.\n")
        ready.run("ana", "save", at=other)
        ready.run("ana", "check", WAIT, at=other)
        assert "From two." in read(other / TWO, "1-overview.md")
        assert read(other / TWO, "submission.yaml") == before
        ready.run("ana", "sync")
        assert read(ready.folder("ana"), "submission.yaml") == before

    def test_submitting_with_two_versions_stops_to_let_a_person_look(self, ready: Town, other: Path) -> None:
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "From one.\n")
        write(other / TWO, "1-overview.md", OVERVIEW + "From two.\n")
        ready.run("ana", "save")
        ran = ready.run("ana", "submit", "--attest", "all", at=other, expect=1)
        assert "1-overview-other-computer.md" in ran.err and not ready.sent("ana")
        ready.run("ana", "submit", "--attest", "all", at=other)
        assert ready.sent("ana") == ["1"]

    def test_submitting_again_on_the_other_one_is_submitted_already(self, ready: Town, other: Path) -> None:
        ready.run("ana", "submit", "--attest", "all")
        assert "was already submitted" in ready.run("ana", "submit", "--attest", "all", at=other).out
        assert ready.sent("ana") == ["1"]

    def test_a_fresh_folder_with_the_same_key_gets_the_drafts(self, ready: Town) -> None:
        fresh = ready.place / "fresh"
        ready.run("ana", "join", str(ready.remote), str(fresh), at=ready.place)
        shutil.copytree(ready.home("ana") / ".git" / "mcred", fresh / ".git" / "mcred", dirs_exist_ok=True)
        (fresh / ".git" / "mcred" / "laid.json").unlink()
        with (fresh / ".git" / "config").open("a", encoding="utf-8") as config:
            config.write('[mcred]\n\tperson = ana\n[user]\n\tname = "Ana Reyes"\n')
        ready.run("ana", "sync", at=fresh)
        assert read(fresh / TWO, "1-overview.md") == OVERVIEW
        write(fresh / TWO, "1-overview.md", OVERVIEW + "From the new one.\n")
        ready.run("ana", "submit", "--attest", "all", at=fresh)
        ready.run("ana", "sync")
        assert "From the new one." in read(ready.folder("ana"), "1-overview.md")


class TestSync:
    def test_brings_news_and_keeps_what_i_changed(self, ready: Town) -> None:
        guide = ready.home("rosa") / "credentials" / SLIP / "credential.yaml"
        guide.write_text(
            guide.read_text("utf-8").replace("title: Exit Slip", "title: Exit Slips"), encoding="utf-8"
        )
        mine = ready.home("ana") / "README.md"
        mine.write_text("my own notes", encoding="utf-8")
        ready.run("rosa", "save", "--programme")
        ran = ready.run("ana", "sync")
        assert "1 file is new" in ran.out and "Exit Slips" in ready.run("ana", "browse").out
        assert mine.read_text(encoding="utf-8") == "my own notes"

    def test_twice_changes_nothing(self, ready: Town) -> None:
        ready.run("ana", "sync")
        before = ready.refs("ana"), ready.refs(), ready.files("ana")
        assert "Up to date" in ready.run("ana", "sync").out
        assert (ready.refs("ana"), ready.refs(), ready.files("ana")) == before

    def test_before_setup_it_only_fetches(self, town: Town) -> None:
        town.run("zoe", "join", str(town.remote), str(town.home("zoe")), at=town.place)
        assert "Up to date" in town.run("zoe", "sync").out


class TestDryRun:
    @pytest.mark.parametrize(
        "words",
        [
            ("save",),
            ("save", WAIT),
            ("sync",),
            ("start", SLIP),
            ("submit", "--attest", "all"),
            ("setup", "--school", "Another"),
            ("add", "https://video.example.org/1", "--for", "class-video", "--type", "video"),
        ],
    )
    def test_changes_nothing(self, ready: Town, words: tuple[str, ...]) -> None:
        write(ready.folder("ana"), "1-overview.md", OVERVIEW + "And more.\n")
        ready.run("ana", "browse")
        before = ready.refs("ana"), ready.refs(), ready.files("ana"), config(ready)
        assert ready.run("ana", *words, "--dry-run").out
        assert (ready.refs("ana"), ready.refs(), ready.files("ana"), config(ready)) == before

    def test_withdraw(self, sent: Town) -> None:
        before = sent.refs("ana"), sent.refs(), sent.files("ana")
        sent.run("ana", "withdraw", "-n")
        assert (sent.refs("ana"), sent.refs(), sent.files("ana")) == before


def config(town: Town) -> str:
    return (town.home("ana") / ".git" / "config").read_text(encoding="utf-8")


def test_after_git_removed_what_no_ref_needs_the_folder_is_brought_up_to_date(town: Town) -> None:
    # What is checked out, main with two drafts, is the tree of no commit.
    town.start("ana")
    town.start("ana", SLIP)
    git(town.home("ana"), "reflog", "expire", "--expire=now", "--all")
    git(town.home("ana"), "gc", "--quiet", "--prune=now")
    assert town.run("ana", "sync").next == "mcred status"
    assert town.listing("ana").is_file() and town.listing("ana", SLIP).is_file()


def kill_git_after(count: int, patch: pytest.MonkeyPatch) -> None:
    """Let git be killed after it moved so many refs: of several it moves one after another, by name."""
    left = [None] * count

    def move(repo: Repo, updates: Sequence[RefMove]) -> None:
        for one in sorted(updates):
            if not left:
                raise KeyboardInterrupt
            left.pop()
            move_refs(repo, [one])

    patch.setattr("mcred.app.sealed.line.move_refs", move)
    patch.setattr("mcred.app.sealed.erased.move_refs", move)


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("has_changed", [True, False])
def test_git_killed_between_two_refs_loses_nothing_of_either_computer(
    ready: Town, other: Path, count: int, has_changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, mine = other / "portfolios" / "ana" / WAIT, OVERVIEW + ("And more.\n" if has_changed else "")
    write(there, "2-artifacts.md", "# From two\n")
    ready.run("ana", "save", at=other)
    write(ready.folder("ana"), "1-overview.md", mine)
    with monkeypatch.context() as patch:
        kill_git_after(count, patch)
        ready.run("ana", "sync", expect=None)
    ready.run("ana", "sync")
    ready.run("ana", "sync", at=other)
    for folder in (ready.folder("ana"), there):
        assert (folder / "2-artifacts.md").read_text("utf-8") == "# From two\n"
        assert (folder / "1-overview.md").read_text("utf-8") == mine
        assert not list(folder.glob("*-other-computer*"))
