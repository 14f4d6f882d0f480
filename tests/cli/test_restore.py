"""Files that are gone from a teacher's folder: kept as saved, said, and brought back."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest

from mcred.domain.text import clean
from tests.cli.town import SLIP, WAIT, Town, git

ANA = f"ana/{WAIT}"
DRAFT = f"refs/mcred/draft/{ANA}"
PHOTO = bytes(range(256)) * 40


@pytest.fixture
def full(ready: Town) -> Town:
    """Ana's draft has a text, evidence with all kinds of bytes, and a note that no list names."""
    (ready.folder("ana") / "evidence" / "photo.jpg").write_bytes(PHOTO)
    listing = ready.listing("ana")
    piece = (
        "  - item: lesson-plan\n    type: lesson-plan\n    title: The board\n    file: evidence/photo.jpg\n"
    )
    listing.write_text(listing.read_text("utf-8") + piece, "utf-8")
    (ready.folder("ana") / "evidence" / "notes.txt").write_text("for myself\n", "utf-8")
    ready.run("ana", "save")
    return ready


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def saved(town: Town) -> list[str]:
    """The names in Ana's last saved state, at the remote."""
    return list(town.saved("ana"))


class TestAFolderIsDeleted:
    @pytest.mark.parametrize(
        "words", [("restore",), ("restore", WAIT), ("start", WAIT), ("sync",)], ids=lambda w: " ".join(w)
    )
    def test_comes_back_with_its_evidence(self, full: Town, words: tuple[str, ...]) -> None:
        before, was = contents(full.folder("ana")), saved(full)
        shutil.rmtree(full.folder("ana"))
        ran = full.run("ana", *words)
        assert "evidence/photo.jpg" in ran.out
        assert contents(full.folder("ana")) == before
        full.run("ana", "sync")
        assert saved(full) == was and "missing" not in full.run("ana", "status").out

    def test_is_said_by_status_and_check_with_the_way_back(self, full: Town) -> None:
        count = len(contents(full.folder("ana")))
        shutil.rmtree(full.folder("ana"))
        assert f"draft, {count} files missing" in full.run("ana", "status").out
        ran = full.run("ana", "check", expect=1)
        assert f"{count} files are missing from your folder" in ran.err
        assert full.status("ana")["next"] == ran.next == f"mcred restore {WAIT}"

    @pytest.mark.parametrize("words", [("save",), ("save", WAIT), ("sync", "--dry-run"), ("check",)])
    def test_is_never_saved_as_empty(self, full: Town, words: tuple[str, ...]) -> None:
        was, commit = saved(full), git(full.home("ana"), "rev-parse", DRAFT)
        shutil.rmtree(full.folder("ana"))
        full.run("ana", *words, expect=None)
        assert saved(full) == was and git(full.home("ana"), "rev-parse", DRAFT) == commit

    def test_of_work_in_review(self, sent: Town) -> None:
        before = contents(sent.folder("ana"))
        shutil.rmtree(sent.folder("ana"))
        sent.run("ana", "sync")
        assert contents(sent.folder("ana")) == before
        assert sent.status("ana")["state"] == "in review (0 of 1)"

    @pytest.mark.parametrize("fixture", ["earned", "back"])
    def test_of_work_that_was_decided(self, fixture: str, request: pytest.FixtureRequest) -> None:
        town: Town = request.getfixturevalue(fixture)
        before = contents(town.folder("ana"))
        shutil.rmtree(town.folder("ana"))
        town.run("ana", "restore", WAIT)
        assert contents(town.folder("ana")) == before

    def test_of_one_that_came_back_for_revision(self, back: Town) -> None:
        before = contents(back.folder("ana") / "evidence")
        shutil.rmtree(back.folder("ana"))
        back.run("ana", "sync")
        assert contents(back.folder("ana") / "evidence") == before

    def test_the_whole_portfolio(self, full: Town) -> None:
        full.start("ana", SLIP)
        before = contents(full.home("ana") / "portfolios" / "ana" / WAIT)
        shutil.rmtree(full.home("ana") / "portfolios")
        full.run("ana", "sync")
        assert contents(full.folder("ana")) == before and full.listing("ana", SLIP).is_file()


class TestAFileIsDeleted:
    @pytest.mark.parametrize("verb", ["save", "sync"])
    @pytest.mark.parametrize("name", ["evidence/photo.jpg", "1-overview.md", "submission.yaml"])
    def test_stays_saved_and_is_said(self, full: Town, name: str, verb: str) -> None:
        was = saved(full)
        (full.folder("ana") / name).unlink()
        ran = full.run("ana", verb)
        assert saved(full) == was
        if (name, verb) != ("submission.yaml", "sync"):
            assert not (full.folder("ana") / name).exists()
            assert "1 file missing" in full.run("ana", "status").out
            assert full.status("ana")["next"] == f"mcred restore {WAIT}"
        if name != "submission.yaml":
            assert f"1 file is missing from your folder, and kept as saved: {name}" in clean(ran.err)
            assert f"mcred remove PIECE --in {WAIT} removes evidence" in ran.err

    @pytest.mark.parametrize("name", ["evidence/photo.jpg", "1-overview.md", "evidence/notes.txt"])
    def test_comes_back_byte_by_byte(self, full: Town, name: str) -> None:
        place = full.folder("ana") / name
        before = place.read_bytes()
        place.unlink()
        assert full.run("ana", "restore", "--dry-run").out.startswith("Would bring back portfolios/ana")
        assert not place.exists()
        full.run("ana", "restore", WAIT, name)
        assert place.read_bytes() == before
        assert "Nothing that was saved is missing" in full.run("ana", "restore").out

    def test_check_says_so(self, full: Town) -> None:
        (full.folder("ana") / "evidence" / "photo.jpg").unlink()
        ran = full.run("ana", "check", expect=1)
        assert "1 file is missing from your folder" in ran.out and ran.next == f"mcred restore {WAIT}"
        full.run("ana", *ran.next.split()[1:])
        assert "missing from" not in full.run("ana", "check", expect=None).out

    def test_a_folder_of_evidence(self, full: Town) -> None:
        before = contents(full.folder("ana"))
        shutil.rmtree(full.folder("ana") / "evidence")
        full.run("ana", "sync")
        full.run("ana", "start", WAIT)
        assert contents(full.folder("ana")) == {k: v for k, v in before.items() if "notes" not in k}

    def test_one_that_no_list_names_is_gone_when_saved(self, full: Town) -> None:
        (full.folder("ana") / "evidence" / "notes.txt").unlink()
        ran = full.run("ana", "save")
        assert "missing" not in ran.said and not [n for n in saved(full) if n.endswith("notes.txt")]
        full.run("ana", "restore", WAIT, "evidence/notes.txt")
        assert (full.folder("ana") / "evidence" / "notes.txt").read_bytes() == b"for myself\n"

    def test_one_taken_out_of_the_list_too_is_gone(self, full: Town) -> None:
        listing = full.listing("ana")
        listing.write_text(listing.read_text("utf-8").rpartition("  - item")[0], "utf-8")
        (full.folder("ana") / "evidence" / "photo.jpg").unlink()
        assert "missing" not in full.run("ana", "save").said
        assert not [n for n in saved(full) if n.endswith("photo.jpg")]
        assert "missing" not in full.run("ana", "status").out

    def test_a_newer_one_of_another_computer(self, full: Town) -> None:
        """Deleted here, changed there: what comes back is what was saved last."""
        other = full.second_computer("ana")
        (full.folder("ana") / "1-overview.md").unlink()
        (other / "portfolios" / ANA / "1-overview.md").write_text("From two.\n", "utf-8")
        full.run("ana", "save", at=other)
        ran = full.run("ana", "sync")
        assert "you changed it" not in ran.said and "1-overview.md" in ran.err
        full.run("ana", "restore")
        assert (full.folder("ana") / "1-overview.md").read_text("utf-8") == "From two.\n"


def test_nothing_was_begun(town: Town) -> None:
    assert town.run("ana", "restore").next == "mcred status"
    assert "was never saved" in town.run("ana", "restore", WAIT, "1-overview.md", expect=1).err


def test_a_name_with_its_accents_apart_is_there(ready: Town) -> None:
    """As a Mac writes it: the letter, then the accent."""
    plan = ready.folder("ana") / "evidence" / unicodedata.normalize("NFD", "plané.md")
    plan.write_text("# Another plan\n", "utf-8")
    ready.run("ana", "add", str(plan), "--for", "lesson-plan")
    before = contents(ready.folder("ana"))
    assert "missing" not in ready.run("ana", "status").out
    ready.run("ana", "check")
    ready.run("ana", "restore", WAIT)
    assert contents(ready.folder("ana")) == before
    plan.unlink()
    ready.run("ana", "restore", WAIT)
    assert len(contents(ready.folder("ana"))) == len(before)
