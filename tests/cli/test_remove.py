"""Evidence that a teacher takes out of a draft: out of the list and the folder, and back again as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.court import set_rules
from tests.cli.keyboard import ask
from tests.cli.test_completing import ask as complete
from tests.cli.test_large_files import a_film
from tests.cli.test_sealed_work import sealed
from tests.cli.town import WAIT, Town, digests, git

__all__ = ["sealed"]
ANA = f"ana/{WAIT}"
PLACE = f"portfolios/{ANA}"
BOARD = """\
  # what I drew before the bell
  - item: lesson-plan
    type: lesson-plan
    title: The board   # period two
    file: evidence/board.jpg
# the end
"""


def list_board(town: Town) -> None:
    """A second lesson plan, written into the list by hand, with remarks."""
    (town.folder("ana") / "evidence" / "board.jpg").write_bytes(bytes(range(256)) * 40)
    listing = town.listing("ana")
    listing.write_text(listing.read_text("utf-8") + BOARD, "utf-8")


@pytest.fixture(params=["open", "sealed"])
def full(ready: Town, request: pytest.FixtureRequest) -> Town:
    """Ana's draft, with a piece that was not saved yet."""
    if request.param == "sealed":
        set_rules(ready, "work: open", "work: sealed")
        ready.run("ana", "sync")
    list_board(ready)
    return ready


def folder(town: Town) -> dict[str, bytes]:
    root = town.folder("ana")
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "name",
    ["The board", "board.jpg", "Board.JPG", "evidence/board.jpg", "evidence/board.jpg", "./board.jpg"],
)
def test_out_of_the_list_and_the_folder_and_back_byte_by_byte(full: Town, name: str) -> None:
    before = folder(full)
    ran = full.run("ana", "remove", name)
    gone = "evidence/board.jpg"
    text = before["submission.yaml"].decode()
    kept = text[: text.index("  - item: lesson-plan\n    type: lesson-plan\n    title: The board")]
    after = {**before, "submission.yaml": f"{kept}# the end\n".encode()}
    assert folder(full) == {path: data for path, data in after.items() if path != gone}
    assert "“The board” was removed from your draft of wait-time. Nothing was submitted." in ran.out
    assert f"{gone} is no longer in your folder" in ran.out and ran.next == f"mcred check {WAIT}"
    saved = full.saved("ana")
    assert gone not in saved and saved["submission.yaml"] == after["submission.yaml"]
    assert "missing" not in full.run("ana", "status").out
    back = full.run("ana", "restore", WAIT, "The board")
    assert "“The board” is back in your draft" in back.out and folder(full) == before
    full.run("ana", "restore", WAIT, "The board")
    full.run("ana", "save")
    assert folder(full) == before and full.saved("ana")[gone] == before[gone]


def test_back_after_something_else_changed(full: Town) -> None:
    before = folder(full)
    full.run("ana", "remove", "The board")
    listing = full.listing("ana")
    listing.write_text(listing.read_text("utf-8").replace('note: ""', "note: Shorter."), "utf-8")
    full.run("ana", "restore", WAIT, "evidence/board.jpg")
    text = listing.read_text("utf-8")
    assert "title: The board\n" in text and "note: Shorter." in text
    assert folder(full)["evidence/board.jpg"] == before["evidence/board.jpg"]


def test_typed_twice_it_says_so_and_changes_nothing(full: Town) -> None:
    full.run("ana", "remove", "The board")
    before = digests(full.folder("ana")), git(full.remote, "for-each-ref")
    ran = full.run("ana", "remove", "The board")
    assert "is no longer in your draft" in ran.out and f"mcred restore {WAIT} 'The board'" in ran.out
    assert (digests(full.folder("ana")), git(full.remote, "for-each-ref")) == before
    assert full.run("ana", "remove", "The board", "--json").json["status"] == "not needed"


@pytest.mark.parametrize(
    ("typed", "near"), [("The bored", "The board"), ("evidence/bord.jpg", "evidence/board.jpg")]
)
def test_what_never_was_there_is_said_with_what_is_near(full: Town, typed: str, near: str) -> None:
    ran = full.run("ana", "remove", typed, expect=1)
    assert f"“{typed}” is not in your draft of {WAIT}" in ran.err and "“The board”" in ran.err
    assert near in ran.next
    full.run("ana", *(["remove", near, "--in", WAIT]))


def test_an_item_with_two_pieces_is_asked_about(full: Town) -> None:
    ran = full.run("ana", "remove", "lesson-plan", expect=2)
    assert "which piece: “plan” or “The board”?" in ran.err
    assert ran.next == f"mcred remove plan --in {WAIT}"
    asked = ask(full, "ana", "7\n2\n", "remove", "lesson-plan")
    assert asked.code == 0 and "1. plan" in asked.err and "2. The board" in asked.err
    assert "“The board” was removed" in asked.out
    assert "“plan” was removed" in full.run("ana", "remove", "lesson-plan").out


def test_without_a_piece_a_terminal_asks_for_one(full: Town) -> None:
    assert "which piece: " in full.run("ana", "remove", expect=2).err
    asked = ask(full, "ana", "talk\n", "remove")
    assert asked.code == 0 and "“talk” was removed from your draft" in asked.out


def test_a_link_comes_and_goes(full: Town) -> None:
    url = "https://video.example.org/42"
    full.run("ana", "remove", "class-video")
    before = folder(full)
    full.run("ana", "add", url, "--for", "class-video", "--type", "video", "--title", "My lesson")
    listed = folder(full)
    ran = full.run("ana", "remove", url)
    assert "folder" not in ran.out and folder(full) == before
    full.run("ana", "restore", WAIT, url)
    assert folder(full) == listed


def test_a_file_that_another_entry_names_stays(full: Town) -> None:
    listing = full.listing("ana")
    again = BOARD.replace("The board", "The board, later").replace("# the end\n", "")
    listing.write_text(listing.read_text("utf-8") + again, "utf-8")
    before = folder(full)
    ran = full.run("ana", "remove", "The board")
    assert "evidence/board.jpg stays in your folder" in ran.out
    assert {p: d for p, d in folder(full).items() if p != "submission.yaml"} == {
        p: d for p, d in before.items() if p != "submission.yaml"
    }
    full.run("ana", "remove", "The board, later")
    assert "evidence/board.jpg" not in folder(full)
    full.run("ana", "restore", WAIT, "The board, later")
    full.run("ana", "restore", WAIT, "The board")
    assert "evidence/board.jpg" in folder(full)
    assert listing.read_text("utf-8").count("file: evidence/board.jpg") == 2


def test_a_file_that_could_not_be_saved_stays(full: Town) -> None:
    odd = full.folder("ana") / "evidence" / "a:b.jpg"
    odd.write_bytes(b"only here")
    listing = full.listing("ana")
    text = listing.read_text("utf-8").replace("evidence/board.jpg", '"evidence/a:b.jpg"')
    listing.write_text(text, "utf-8")
    ran = full.run("ana", "remove", "The board")
    assert (
        "stays in your folder, because it could not be saved" in ran.out and odd.read_bytes() == b"only here"
    )


def test_a_dry_run_says_what_would_happen(full: Town) -> None:
    before = digests(full.home("ana")), git(full.remote, "for-each-ref")
    ran = full.run("ana", "remove", "The board", "--dry-run")
    assert ran.out == f"Would remove “The board” from your draft of {WAIT}. Nothing was changed.\n"
    assert (digests(full.home("ana")), git(full.remote, "for-each-ref")) == before


def test_after_submitting_only_the_draft_changes(full: Town) -> None:
    full.run("ana", "submit", "--attest", "all")
    sent = full.sent("ana"), git(full.remote, "rev-parse", f"refs/heads/submission/{ANA}")
    before = folder(full)
    ran = full.run("ana", "remove", "board.jpg")
    assert "Attempt 1 still has it" in ran.out and "mcred erase" in ran.out
    assert (full.sent("ana"), git(full.remote, "rev-parse", f"refs/heads/submission/{ANA}")) == sent
    assert full.run("ana", "remove", "board.jpg", "--json").json["attempts"] == []
    (asked,) = full.panel("ana")
    assert "The board" in full.run(asked, "view", ANA, "--text").out
    full.run("ana", "restore", WAIT, "The board")
    assert folder(full) == before


def test_what_was_sent_back_changes_in_the_next_draft(full: Town) -> None:
    full.run("ana", "submit", "--attest", "all")
    full.assess("ana", levels={"questions": "developing"})
    full.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    full.run("ana", "sync")
    before = folder(full)
    found = full.run("ana", "remove", "The board", "--json").json
    assert (found["attempts"], found["file"], found["piece"]["file"]) == (
        [1],
        "removed",
        "evidence/board.jpg",
    )
    full.run("ana", "sync")
    assert "evidence/board.jpg" not in folder(full)
    full.run("ana", "restore", WAIT, "The board")
    assert {p: d for p, d in folder(full).items() if "attempts" not in p} == {
        p: d for p, d in before.items() if "attempts" not in p
    }


def test_what_was_earned_stays_as_it_was_judged(earned: Town) -> None:
    ran = earned.run("ana", "remove", "plan.md", "--in", WAIT, expect=1)
    assert "stays as it was assessed" in ran.err
    assert earned.run("ana", "remove", "plan.md", expect=1).next == "mcred browse"


def test_the_only_entry_leaves_an_empty_list(full: Town) -> None:
    for name in ("The board", "talk", "plan"):
        full.run("ana", "remove", name)
    assert "evidence: []\n" in full.listing("ana").read_text("utf-8")
    assert "has no evidence" in full.run("ana", "remove", "lesson.pdf", expect=1).err


def test_another_draft_is_asked_about(full: Town) -> None:
    full.run("ana", "start", "exit-slip")
    full.run("ana", "remove", "The board")
    assert "in which micro-credential: exit-slip or wait-time?" in full.run("ana", "remove", expect=2).err
    asked = ask(full, "ana", "2\n1\n", "remove")
    assert asked.code == 0 and "2. wait-time" in asked.err and "“plan” was removed" in asked.out


def test_another_computer_follows_and_one_that_changed_the_list_first_is_taken_along(full: Town) -> None:
    full.run("ana", "save")
    other = full.second_computer("ana")
    theirs = other / PLACE / "submission.yaml"
    theirs.write_text(theirs.read_text("utf-8").replace('note: ""', "note: From two."), "utf-8")
    full.run("ana", "save", at=other)
    full.run("ana", "remove", "The board")
    text = full.listing("ana").read_text("utf-8")
    assert "From two." in text and "title: The board" not in text
    full.run("ana", "sync", at=other)
    assert theirs.read_text("utf-8") == text and not (other / PLACE / "evidence" / "board.jpg").exists()


def test_a_command_that_was_cut_is_finished_by_the_same(full: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.pieces.remove._keep", cut)
        full.run("ana", "remove", "The board", expect=130)
    full.run("ana", "remove", "The board")
    assert "evidence/board.jpg" not in full.saved("ana")
    full.run("ana", "restore", WAIT, "The board")
    assert "evidence/board.jpg" in folder(full)


def test_tab_offers_what_is_in_the_draft(full: Town) -> None:
    assert complete(full, "ana", "remove", "") == ["board.jpg", "plan.md", "talk.md"]
    assert complete(full, "ana", "remove", "--in", WAIT, "b") == ["board.jpg"]


def drafted(town: Town, home: Path | None = None) -> list[str]:
    """The names in the newest draft of a folder."""
    folder = f"refs/mcred/draft/{ANA}:{PLACE}"
    return git(home or town.home("ana"), "ls-tree", "-r", "--name-only", folder).splitlines()


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_a_large_file_on_the_computer_that_has_it_and_on_one_that_never_had(sealed: Town) -> None:
    film = a_film(sealed.desk("ana") / "lesson.mp4", 12 * 2**20)
    sealed.start("ana")
    other = sealed.second_computer("ana")
    sealed.run("ana", "add", str(film), "--for", "class-video", "--type", "video")
    before = digests(sealed.folder("ana"))
    sealed.run("ana", "remove", "lesson.mp4")
    assert not (sealed.folder("ana") / "evidence" / "lesson.mp4").exists()
    assert "evidence/lesson.mp4" not in drafted(sealed)
    sealed.run("ana", "restore", WAIT, "lesson.mp4")
    assert digests(sealed.folder("ana")) == before
    sealed.run("ana", "save")
    assert "evidence/lesson.mp4" in drafted(sealed)
    sealed.run("ana", "sync", at=other)
    there = other / PLACE
    assert "lesson.mp4" in (there / "submission.yaml").read_text("utf-8")
    assert not (there / "evidence" / "lesson.mp4").exists()
    sealed.run("ana", "remove", "lesson.mp4", at=other)
    assert "evidence/lesson.mp4" not in drafted(sealed, other)
    sealed.run("ana", "save", at=other)
    assert "evidence/lesson.mp4" not in drafted(sealed, other)
    sealed.run("ana", "restore", WAIT, "lesson.mp4", at=other)
    assert digests(there) == before
