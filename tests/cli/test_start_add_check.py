"""`start`, `add`, `check`: beginning, handing in, and what is still missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.keyboard import ask
from tests.cli.town import OLD, OVERVIEW, PLAN, SLIP, TALK, WAIT, Town

LISTING = f"portfolios/ana/{WAIT}/submission.yaml"
ANSWERS = f"portfolios/ana/{WAIT}/1-overview.md"


@pytest.fixture
def mine(town: Town) -> Path:
    """A folder of Ana's own, outside the programme, with a finished plan; she has started."""
    town.start("ana")
    (town.desk("ana") / "plan.md").write_text(PLAN, encoding="utf-8")
    return town.desk("ana")


def listed(town: Town) -> str:
    return town.listing("ana").read_text(encoding="utf-8")


class TestStart:
    def test_makes_a_file_for_each_part_and_says_what_to_do(self, town: Town) -> None:
        ran = town.run("ana", "start", WAIT)
        names = sorted(p.name for p in town.folder("ana").iterdir())
        assert names == ["1-overview.md", "2-artifacts.md", "evidence", "submission.yaml"]
        assert "1-overview.md" in ran.out and "mcred add FILE --for lesson-plan" in ran.out
        assert ran.next == f"mcred check {WAIT}"
        assert f"refs/heads/work/ana/{WAIT}/draft" in town.refs()

    def test_twice_is_once_and_overwrites_nothing(self, town: Town) -> None:
        folder = town.start("ana")
        (folder / "1-overview.md").write_text(OVERVIEW, encoding="utf-8")
        before = town.refs("ana"), town.refs(), town.files("ana")
        assert "already" in town.run("ana", "start", WAIT).out
        assert (town.refs("ana"), town.refs(), town.files("ana")) == before

    def test_brings_back_a_deleted_list_as_it_was_saved(self, ready: Town) -> None:
        before = listed(ready)
        ready.listing("ana").unlink()
        assert ready.status("ana")["next"] == f"mcred restore {WAIT}"
        ready.run("ana", "start", WAIT)
        assert listed(ready) == before

    @pytest.mark.parametrize(
        ("typed", "said", "then"),
        [
            ("wait-tme", "did you mean wait-time?", "mcred browse"),
            ("zzzz", "there is no micro-credential 'zzzz'", "mcred browse"),
            (OLD, "is retired", "mcred browse"),
            ("../../etc", "there is no micro-credential", "mcred browse"),
        ],
    )
    def test_refuses_what_cannot_be_started(self, town: Town, typed: str, said: str, then: str) -> None:
        ran = town.run("ana", "start", typed, expect=1)
        assert said in ran.err and ran.next.startswith(then)
        assert not (town.home("ana") / "portfolios" / "ana" / typed).exists()

    def test_after_the_award_nothing_is_begun_again(self, earned: Town) -> None:
        before = earned.refs("ana"), earned.files("ana")
        ran = earned.run("ana", "start", WAIT)
        assert "(earned)" in ran.out and ran.next == "mcred status"
        assert (earned.refs("ana"), earned.files("ana")) == before

    def test_someone_unconfirmed_may_begin(self, town: Town) -> None:
        town.start("eva")
        assert town.status("eva")["state"] == "draft"


class TestAdd:
    def test_copies_a_file_and_lists_it(self, town: Town, mine: Path) -> None:
        ran = town.run("ana", "add", str(mine / "plan.md"), "--for", "lesson-plan", "--about", "Two pauses.")
        stored = town.folder("ana") / "evidence" / "plan.md"
        assert stored.read_text(encoding="utf-8") == PLAN
        assert "file: evidence/plan.md" in listed(town) and "Two pauses." in listed(town)
        assert "“plan” was added to “Lesson plan” as lesson-plan (1 of at most 2)." in ran.out
        assert "Nothing is submitted yet; until then, no one but you can see it." in ran.out

    def test_ids_and_options_as_a_word_processor_writes_them(self, town: Town, mine: Path) -> None:
        ran = town.run("ana", "Add", str(mine / "plan.md"), "–for", "“LESSON-PLAN”", "—title", "“Day", "one”")
        assert "“Day one” was added to “Lesson plan”" in ran.out
        assert "“Day one”" in town.run("ana", "add", str(mine / "plan.md"), "--for", "Lesson-Plan").out
        assert town.run("ana", "show", WAIT.upper()).code == 0

    def test_a_name_with_spaces_and_an_address_without_https(self, town: Town, mine: Path) -> None:
        (mine / "my plan.md").write_text("A plan.\n", "utf-8")
        ran = town.run("ana", "add", "my", "plan.md", "--for", "lesson-plan", at=mine, expect=2)
        assert "has to be in quotes" in ran.err and ran.next == "mcred add 'my plan.md' --for lesson-plan"
        words = ("--for", "class-video", "--type", "video")
        ran = town.run("ana", "add", "www.example.org/42", *words, expect=1)
        assert ran.next == "mcred add https://www.example.org/42 --for class-video --type video"

    def test_each_of_several_files_is_asked_for(self, town: Town, mine: Path) -> None:
        (mine / "talk.md").write_text(TALK, "utf-8")
        files = [str(mine / name) for name in ("plan.md", "talk.md")]
        ran = ask(town, "ana", "1\n2\n", "add", *files)
        assert ran.code == 0 and f"What {files[0]} is for (1 to 2):" in ran.err
        assert ran.err.count("1. lesson-plan   Lesson plan (1–2 of lesson-plan)") == 1
        assert "“talk” was added to “Class video” as observation" in ran.out
        assert ran.out.count("Next: ") == ran.out.count("Nothing is submitted yet") == 1

    def test_twice_is_once(self, town: Town, mine: Path) -> None:
        words = ("add", str(mine / "plan.md"), "--for", "lesson-plan")
        town.run("ana", *words)
        before = town.refs("ana"), town.refs(), town.files("ana")
        assert "already" in town.run("ana", *words).out
        assert (town.refs("ana"), town.refs(), town.files("ana")) == before

    def test_again_with_another_title_says_where_to_change_it(self, town: Town, mine: Path) -> None:
        words = ("add", str(mine / "plan.md"), "--for", "lesson-plan")
        town.run("ana", *words)
        assert LISTING in town.run("ana", *words, "--title", "The better title").err
        assert LISTING in town.run("ana", *words, "--students").err

    def test_says_when_there_are_too_many(self, town: Town, mine: Path) -> None:
        for number in range(3):
            (mine / f"{number}.md").write_text(f"Plan {number}", encoding="utf-8")
            ran = town.run("ana", "add", str(mine / f"{number}.md"), "--for", "lesson-plan")
        assert "takes at most 2 and has 3 now; to remove one: mcred remove" in ran.err

    def test_a_link_with_a_copy_is_noted_with_its_digest(self, town: Town, mine: Path) -> None:
        (mine / "talk.mp4").write_bytes(b"video")
        link = ("https://video.example.org/42", "--for", "class-video", "--type", "video")
        ran = town.run("ana", "add", *link, "--copy", str(mine / "talk.mp4"), "--students")
        assert "sha256: " in listed(town) and "students: true" in listed(town)
        assert "Without --copy" not in ran.err and "consent" in ran.err
        assert not (town.folder("ana") / "evidence" / "talk.mp4").exists()

    def test_a_link_without_a_copy_is_taken_with_a_warning(self, town: Town, mine: Path) -> None:
        link = ("https://video.example.org/42", "--for", "class-video", "--type", "video")
        assert "Without --copy" in town.run("ana", "add", *link).err

    def test_an_item_of_no_draft_names_the_drafts(self, town: Town, mine: Path) -> None:
        town.start("ana", SLIP)
        ran = town.run("ana", "add", str(mine / "plan.md"), "--for", "slides", expect=1)
        assert ran.next.startswith("mcred add FILE --for slides --in ")
        town.run("ana", "add", str(mine / "plan.md"), "--for", "lesson-plan")

    def test_before_anything_is_started(self, town: Town) -> None:
        assert town.run("ben", "add", "x", "--for", "lesson-plan", expect=1).next == "mcred browse"

    def test_a_file_that_is_too_large_is_to_be_linked(self, town: Town, mine: Path) -> None:
        with (mine / "film.mp4").open("wb") as file:
            file.truncate(26 * 1024 * 1024)
        words = ("--for", "class-video", "--type", "video")
        ran = town.run("ana", "add", str(mine / "film.mp4"), *words, expect=1)
        assert "more than 25 MB" in ran.err and "--copy" in ran.next

    def test_survives_a_portfolio_with_a_user_text_full_of_markup(self, town: Town, mine: Path) -> None:
        title = "[red]x[/] \x1b[31mred \u202eright"
        words = ("add", str(mine / "plan.md"), "--for", "lesson-plan", "--title")
        ran = town.run("ana", *words, title, expect=1)
        assert "there is a hidden character (U+202E) here" in ran.err
        assert "\x1b" not in ran.said and "\u202e" not in ran.said and "[red]" in ran.err
        assert "[red]x[/]" in town.run("ana", *words, "[red]x[/]").out


class TestCheck:
    def test_says_everything_that_is_missing_with_its_place(self, town: Town) -> None:
        town.start("ana")
        ran = town.run("ana", "check", expect=1)
        assert f"{ANSWERS}:3: error: “Your setting” is not answered yet" in ran.out
        assert re.search(rf"{LISTING}:\d+: error: “Lesson plan” needs 1", ran.out)
        assert "mcred add FILE --for class-video --type video" in ran.out
        assert "3 things are missing" in ran.out and ran.next.startswith(f"mcred check {WAIT}")

    def test_complete(self, ready: Town) -> None:
        ran = ready.run("ana", "check")
        assert "is complete" in ran.out and ran.next == f"mcred submit {WAIT}"

    def test_leads_on_from_every_state(self, sent: Town) -> None:
        assert sent.run("ana", "check").next == "mcred status"
        (sent.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        assert sent.run("ana", "check").next == f"mcred submit {WAIT} --replace"

    def test_for_machines(self, town: Town) -> None:
        town.start("ana")
        ran = town.run("ana", "check", "--json", expect=1)
        assert ran.json["schema"] == "mcred/check/1" and ran.json["complete"] is False
        assert ran.json["problems"][0]["where"] == f"{ANSWERS}:3" and ran.err == ""

    def test_for_a_code_host(self, town: Town) -> None:
        town.start("ana")
        ran = town.run("ana", "check", "--format", "github", expect=1)
        assert ran.out.startswith(f"::error file={ANSWERS},line=3")

    @pytest.mark.parametrize(
        ("old", "new", "place", "said"),
        [
            ("evidence:\n", "evidence: [\n", f"{LISTING}:", "not readable"),
            ("type: observation", "type: vidio", LISTING, "does not accept vidio"),
            ("item: class-video", "item: class-vid", LISTING, "no item 'class-vid'"),
            ("format: 2", "format: 2\nformat: 1", f"{LISTING}:5", "line 4"),
            ("format: 2", "fromat: 1", f"{LISTING}:4", "format"),
            ("credential: wait-time", "credential: exit-slip", f"{LISTING}:5", "folder is 'wait-time'"),
            ('version: "1.2.0"', 'version: "9.9.9"', f"{LISTING}:6", "never had a version 9.9.9"),
            ("file: evidence/talk.md", "file: ../../../secret", f"{LISTING}:", "not in the evidence folder"),
            ("title: plan", "title: pl\u202ean", f"{LISTING}:", "hidden"),
        ],
    )
    def test_broken_lists(self, ready: Town, old: str, new: str, place: str, said: str) -> None:
        text = listed(ready)
        assert old in text
        ready.listing("ana").write_text(text.replace(old, new), encoding="utf-8")
        for verb in (("check", WAIT), ("submit", WAIT, "--attest", "all")):
            ran = ready.run("ana", *verb, expect=1)
            shown = ran.out if verb[0] == "check" else ran.err
            assert place in shown and said in shown and ran.next.startswith(f"mcred check {WAIT}")
        # Saving never asks whether it is right: nothing typed is lost.
        ready.run("ana", "save")
        assert not ready.sent("ana")

    def test_text_that_is_not_utf_8(self, ready: Town) -> None:
        (ready.folder("ana") / "1-overview.md").write_bytes(
            OVERVIEW.replace("quiet", "quiét").encode("latin-1")
        )
        ran = ready.run("ana", "check", expect=1)
        assert f"{ANSWERS}:5" in ran.out and "not UTF-8" in ran.out
        ready.listing("ana").write_bytes(ready.listing("ana").read_bytes() + b"# \xe4\n")
        assert "not UTF-8" in ready.run("ana", "check", expect=1).out

    def test_windows_line_ends_and_a_byte_order_mark_are_fine(self, ready: Town) -> None:
        for path in (ready.listing("ana"), ready.folder("ana") / "1-overview.md"):
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
        ready.run("ana", "check")
        ready.run("ana", "submit", "--attest", "all")
        assert ready.sent("ana") == ["1"]

    def test_a_listed_file_that_is_missing(self, ready: Town) -> None:
        (ready.folder("ana") / "evidence" / "plan.md").unlink()
        assert "the file evidence/plan.md was not found" in ready.run("ana", "check", expect=1).out

    def test_a_link_inside_the_portfolio(self, ready: Town) -> None:
        (ready.folder("ana") / "evidence" / "secret.txt").symlink_to("/etc/hostname")
        for words in (("check", WAIT), ("submit", WAIT), ("save",), ("sync",)):
            ran = ready.run("ana", *words, expect=1)
            assert f"{WAIT}/evidence/secret.txt" in ran.said and ran.next.startswith(f"mcred check {WAIT}")
        assert ready.status("ana")["next"] == f"mcred check {WAIT}"

    @pytest.mark.parametrize(
        ("name", "said"),
        [("aux.md", "Windows"), ("PLAN.md", "the same name on many computers"), ("a?.md", "< > :")],
    )
    def test_names_that_other_computers_cannot_store(self, ready: Town, name: str, said: str) -> None:
        (ready.folder("ana") / "evidence" / name).write_text("x", encoding="utf-8")
        ran = ready.run("ana", "check", expect=1)
        assert f"{WAIT}/evidence/" in ran.out and said in ran.out
        ready.run("ana", "submit", "--attest", "all", expect=1)
        assert not ready.sent("ana")

    def test_which_one(self, town: Town) -> None:
        town.start("ana")
        town.start("ana", SLIP)
        ran = town.run("ana", "check", expect=2)
        assert f"{SLIP} or {WAIT}" in ran.err and ran.next == f"mcred check {SLIP}"

    def test_a_guide_only_says_so(self, town: Town) -> None:
        folder = town.start("ana", SLIP)
        (folder / "1-slip.md").write_text("# Slip\n\n## One slip\n\n" + "w " * 20, encoding="utf-8")
        ran = town.run("ana", "check")
        assert "warning" in ran.out and "is complete" in ran.out and ran.err == ""
