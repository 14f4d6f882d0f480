"""What a teacher need not type: the folder tells which submission, a list which item, a name which kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.answering import talk
from tests.cli.town import OLD, SLIP, WAIT, Town


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
            assert "which one: exit-slip or wait-time?" in two.run("ana", "check", at=at, expect=2).err

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


class TestWhichOne:
    """Where several are open, a terminal asks once, with a numbered list."""

    @pytest.mark.parametrize(
        ("verb", "said"), [("check", "missing"), ("open", "Open this"), ("preview", "The page is at")]
    )
    def test_is_asked(self, two: Town, verb: str, said: str) -> None:
        talked = talk(two, "ana", verb, answers=("7", "2"), expect=int(verb == "check"), environment={})
        assert "1. exit-slip" in talked.err and "2. wait-time" in talked.err and talked.left == ""
        assert said in talked.out and talked.next.startswith(f"mcred check {WAIT}")

    def test_submit_asks_once(self, two: Town) -> None:
        two.hand_in("ana", SLIP)
        talked = talk(two, "ana", "submit", "--attest", "all", "--yes", answers=("exit-slip",))
        assert talked.asked.count("Which one") == 1 and "of exit-slip is submitted" in talked.out

    def test_withdraw_means_what_is_in_review(self, two: Town) -> None:
        two.hand_in("ana", SLIP)
        two.run("ana", "submit", SLIP, "--attest", "all")
        assert "exit-slip is withdrawn" in talk(two, "ana", "withdraw").out

    def test_of_work_with_the_same_piece(self, earned: Town) -> None:
        earned.award("ana", SLIP)
        talked = talk(earned, "ana", "reveal", "nothing", expect=1)
        assert "none of your assessed work has a piece 'nothing'" in talked.err


class TestWhatIsMissing:
    """A terminal asks for the one argument that was left out, with a list of what fits."""

    def test_start(self, town: Town) -> None:
        town.start("ana", SLIP)
        talked = talk(town, "ana", "start", answers=("1",))
        assert f"1. {WAIT}" in talked.err and SLIP not in talked.err and "is started in" in talked.out

    def test_show(self, town: Town) -> None:
        talked = talk(town, "ana", "show", "--rubric", answers=("2",))
        assert f"1. {SLIP}" in talked.err and f"2. {WAIT}" in talked.err and OLD not in talked.err
        assert talked.next == f"mcred start {WAIT}"

    @pytest.mark.parametrize("verb", ["assess", "decline-review"])
    def test_what_waits_for_me(self, sent: Town, verb: str) -> None:
        (judge,) = sent.panel("ana")
        (other,) = {"mei", "tom"} - {judge}
        more = ("--because", "I coach her", "-n") if verb == "decline-review" else ("--blank", "scores.yaml")
        talked = talk(sent, judge, verb, *more, answers=("1",))
        assert f"1. ana/{WAIT}" in talked.err
        talked = talk(sent, other, verb, expect=2)
        assert "nothing is waiting for you to assess" in talked.err and talked.next == "mcred queue"

    def test_what_is_to_be_decided(self, sent: Town) -> None:
        assert "no submission is ready" in talk(sent, "rosa", "reconcile", expect=2).err
        sent.assess("ana")
        talked = talk(sent, "rosa", "reconcile", answers=("1", "later"))
        assert f"1. ana/{WAIT}" in talked.err and talked.next == f"mcred reconcile ana/{WAIT} --award"

    def test_whom_to_assign(self, sent: Town) -> None:
        (judge,) = sent.panel("ana")
        (other,) = {"mei", "tom"} - {judge}
        talked = talk(sent, "rosa", "assign", answers=("1", "1", "On leave.", "y"))
        assert f"1. {other}" in talked.err and f"{other} is now assigned to assess ana/{WAIT}" in talked.out

    def test_what_is_awarded(self, earned: Town) -> None:
        talked = talk(earned, "rosa", "revoke", answers=("1", "By mistake.", "n"))
        assert f"1. ana/{WAIT}" in talked.err and "Nothing was revoked." in talked.out

    def test_a_text(self, town: Town, tmp_path: Path) -> None:
        talked = talk(town, "ana", "link", "--dry-run", answers=(str(tmp_path / "two.txt"),))
        assert "The file that your other computer gets" in talked.asked and talked.left == ""

    def test_of_several_files(self, two: Town, mine: Path) -> None:
        talked = talk(two, "ana", "add", "--for", "lesson-plan", answers=(str(mine / "plan one.md"),))
        assert "was added to “Lesson plan”" in talked.out

    @pytest.mark.parametrize("verb", ["show", "start", "assess", "reconcile", "revoke", "let-in", "add"])
    def test_without_a_terminal_the_argument_is_named(self, town: Town, verb: str) -> None:
        said = town.run("ana", verb, expect=2)
        assert "Missing argument" in said.err and said.next == f"mcred {verb} --help"
