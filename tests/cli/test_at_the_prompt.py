"""What a teacher need not type: the folder tells which submission, a list which item, a name which kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.answering import talk
from tests.cli.town import SLIP, WAIT, Town


@pytest.fixture
def two(town: Town) -> Town:
    """Ana has two drafts."""
    for credential in (SLIP, WAIT):
        town.run("ana", "start", credential)
    return town


@pytest.fixture
def mine(two: Town) -> Path:
    """Files of Ana's own."""
    desk = two.desk("ana")
    for name in ("plan one.md", "plan two.md", "talk.md"):
        (desk / name).write_text(f"# {name}\n", "utf-8")
    (desk / "talk.mp4").write_bytes(b"\0\0\0\x18ftypmp42 a film")
    return desk


class TestTheFolder:
    @pytest.mark.parametrize("below", ["", "evidence"])
    @pytest.mark.parametrize("credential", [SLIP, WAIT])
    def test_names_the_submission(self, two: Town, credential: str, below: str) -> None:
        at = two.folder("ana", credential) / below
        at.mkdir(exist_ok=True)
        told = two.run("ana", "check", "--json", at=at, expect=1).json
        assert told["submission"] == f"ana/{credential}"

    def test_elsewhere_it_is_asked_for(self, two: Town) -> None:
        for at in (two.home("ana"), two.home("ana") / "portfolios" / "ana", two.home("ana") / "credentials"):
            assert "which one: exit-slip or wait-time?" in two.run("ana", "check", at=at, expect=1).err

    def test_an_id_that_is_typed_comes_first(self, two: Town) -> None:
        told = two.run("ana", "check", SLIP, "--json", at=two.folder("ana", WAIT), expect=1).json
        assert told["submission"] == f"ana/{SLIP}"

    def test_another_ones_folder_names_nothing(self, sent: Town) -> None:
        there = sent.home("rosa") / "portfolios" / "ana" / WAIT
        there.mkdir(parents=True, exist_ok=True)
        assert "not started" in sent.run("rosa", "check", at=there, expect=1).err

    def test_submits_what_lies_in_it(self, two: Town) -> None:
        two.hand_in("ana", SLIP)
        two.run("ana", "submit", "--attest", "all", at=two.folder("ana", SLIP))
        assert f"refs/heads/submission/ana/{SLIP}" in two.refs()


class TestAdd:
    def test_takes_several_files(self, two: Town, mine: Path) -> None:
        files = [str(mine / f"plan {n}.md") for n in ("one", "two")]
        said = two.run("ana", "add", *files, "--for", "lesson-plan")
        assert "(1 of at most 2)" in said.out and "(2 of at most 2)" in said.out
        listed = two.listing("ana").read_text("utf-8")
        assert listed.count("lesson-plan") >= 2 and "plan-one.md" in listed and "plan-two.md" in listed

    def test_a_title_is_of_one_file(self, two: Town, mine: Path) -> None:
        before = two.files("ana")
        files = [str(mine / f"plan {n}.md") for n in ("one", "two")]
        said = two.run("ana", "add", *files, "--for", "lesson-plan", "--title", "Plans", expect=2)
        assert "--title" in said.err and two.files("ana") == before

    @pytest.mark.parametrize(("name", "kind"), [("talk.mp4", "video"), ("talk.md", "observation")])
    def test_guesses_the_kind(self, two: Town, mine: Path, name: str, kind: str) -> None:
        said = two.run("ana", "add", str(mine / name), "--for", "class-video", "--keep-metadata")
        assert f"was added to “Class video” as {kind} (" in said.out

    def test_a_link_may_be_anything(self, two: Town) -> None:
        said = two.run("ana", "add", "https://x.example/a.mp4", "--for", "class-video", expect=1)
        assert "use --type video or observation" in said.err

    def test_asks_which_item(self, two: Town, mine: Path) -> None:
        talked = talk(
            two, "ana", "add", str(mine / "plan one.md"), "--in", WAIT, "--keep-metadata", answers=("9", "1")
        )
        assert "1. lesson-plan" in talked.err and "2. class-video" in talked.err
        assert "was added to “Lesson plan” as lesson-plan" in talked.out

    def test_without_a_terminal_the_items_are_named(self, two: Town, mine: Path) -> None:
        said = two.run("ana", "add", str(mine / "plan one.md"), "--in", WAIT, expect=2)
        assert "lesson-plan / class-video" in said.err and "--for ITEM" in said.said
