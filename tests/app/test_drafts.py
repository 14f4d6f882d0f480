"""An earner's drafts without a terminal: started, filled, saved and restored."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mcred.app.plain import Plain
from mcred.app.use_case import carry_out
from mcred.app.work.add import Add, AddResult
from mcred.app.work.restore import Restore
from mcred.app.work.save import Save
from mcred.app.work.start import Start, StartPlan
from mcred.problems import McredError, next_step
from tests.cli.town import OVERVIEW, PLAN, SLIP, WAIT, Town


@pytest.fixture
def begun(town: Town) -> Town:
    """Ana has started, and has a plan on her desk."""
    town.start("ana")
    (town.desk("ana") / "plan.md").write_text(PLAN, encoding="utf-8")
    return town


def anas(town: Town) -> Plain:
    return Plain(at=town.home("ana"), now=lambda: town.now)


def listed(town: Town) -> str:
    return town.listing("ana").read_text(encoding="utf-8")


def add(town: Town, what: Path | str | None = None, item: str = "lesson-plan", **said: Any) -> AddResult:
    return carry_out(anas(town), Add(what=str(what or town.desk("ana") / "plan.md"), item=item, **said))


class TestStart:
    def test_writes_only_what_is_not_there(self, town: Town) -> None:
        folder = town.folder("ana")
        folder.mkdir(parents=True)
        (folder / "1-overview.md").write_text(OVERVIEW, encoding="utf-8")
        first = carry_out(anas(town), Start(credential=WAIT))
        assert (first.status, first.folder.resolve()) == ("done", folder.resolve())
        assert (folder / "1-overview.md").read_text(encoding="utf-8") == OVERVIEW
        assert (folder / "2-artifacts.md").exists() and town.listing("ana").exists()
        before = town.refs("ana"), town.refs(), town.files("ana")
        assert carry_out(anas(town), Start(credential=WAIT)).status == "not needed"
        assert (town.refs("ana"), town.refs(), town.files("ana")) == before

    def test_a_missing_part_is_written_again(self, begun: Town) -> None:
        part = begun.folder("ana") / "2-artifacts.md"
        part.unlink()
        assert carry_out(anas(begun), Start(credential=WAIT)).status == "done"
        assert "## Lesson plan" in part.read_text(encoding="utf-8")

    def test_a_plan_writes_nothing(self, town: Town) -> None:
        ana, command = anas(town), Start(credential=WAIT)
        before = town.refs("ana"), town.files("ana")
        found = command.plan(command.begin(ana))
        assert isinstance(found, StartPlan) and len(found.files) == 3 and not found.gone
        assert (town.refs("ana"), town.files("ana")) == before


class TestAdd:
    def test_once(self, begun: Town) -> None:
        first = add(begun)
        assert (first.status, first.piece.file, first.count) == ("done", "evidence/plan.md", 1)
        before = begun.refs("ana"), begun.refs(), begun.files("ana")
        again = add(begun, title="Better")
        assert (again.status, again.piece, again.count) == ("not needed", first.piece, 1) and again.differs
        assert (begun.refs("ana"), begun.refs(), begun.files("ana")) == before

    def test_the_same_name_with_other_content_gets_a_path_of_its_own(self, begun: Town) -> None:
        add(begun)
        (begun.desk("ana") / "plan.md").write_text("Another plan.", encoding="utf-8")
        add(begun)
        evidence = begun.folder("ana") / "evidence"
        assert (evidence / "plan.md").read_text(encoding="utf-8") == PLAN
        assert (evidence / "plan-2.md").read_text(encoding="utf-8") == "Another plan."

    def test_a_listed_file_that_is_gone_is_written_again(self, begun: Town) -> None:
        add(begun)
        stored, before = begun.folder("ana") / "evidence" / "plan.md", listed(begun)
        stored.unlink()
        assert add(begun).status == "done"
        assert stored.exists() and listed(begun) == before

    def test_a_file_of_the_evidence_folder_is_listed_where_it_is(self, begun: Town) -> None:
        inside = begun.folder("ana") / "evidence" / "My Plan.md"
        inside.write_text(PLAN, encoding="utf-8")
        assert add(begun, inside).piece.file == "evidence/My Plan.md"
        bad = inside.rename(inside.with_name("aux.md"))
        with pytest.raises(McredError, match="Windows"):
            add(begun, bad)
        assert "aux.md" not in listed(begun)

    def test_comments_and_order_of_the_list_stay(self, begun: Town) -> None:
        text = listed(begun).replace("attempt: 1", "attempt: 1  # my first!") + "\n# the end\n"
        begun.listing("ana").write_text(text, encoding="utf-8")
        add(begun)
        after = listed(begun)
        assert "# my first!" in after and "# the end" in after
        remarks = [[line for line in t.splitlines() if line.startswith("#")] for t in (text, after)]
        assert remarks[0] == remarks[1]

    def test_one_piece_counts_for_one_item(self, begun: Town) -> None:
        add(begun)
        with pytest.raises(McredError, match="one piece counts for one item"):
            add(begun, item="class-video", type="observation")

    def test_addresses_that_no_one_could_open_are_refused(self, begun: Town) -> None:
        before = listed(begun)
        for what, said in (
            ("https://video.example.org/4 2", "not a complete web address"),
            ("https://", "not a complete web address"),
            ("ftp://video.example.org/42", "start with https://"),
            ("javascript://x/%0aalert(1)", "start with https://"),
            ("https://ana:pw12345@video.example.org/42", "name or password"),
        ):
            with pytest.raises(McredError, match=said) as error:
                carry_out(anas(begun), Add(what=what, item="class-video", type="video"))
            assert "pw12345" not in f"{error.value.what} {error.value.hint}"
            assert str(error.value.hint).startswith("mcred add https://")
        assert listed(begun) == before

    def test_what_is_no_finished_file_is_refused(self, begun: Town) -> None:
        desk, before = begun.desk("ana"), (begun.refs("ana"), begun.files("ana"))
        (desk / "folder").mkdir()
        (desk / "empty.md").touch()
        (desk / "link.md").symlink_to(desk / "plan.md")
        for name, said in (
            ("nope.md", "was not found"),
            ("folder", "is a folder"),
            ("empty.md", "is empty"),
            ("link.md", "is a link"),
        ):
            with pytest.raises(McredError, match=said) as error:
                add(begun, desk / name)
            assert error.value.hint == next_step("add", "FILE", "--for", "lesson-plan")
        assert (begun.refs("ana"), begun.files("ana")) == before

    def test_the_item_or_type_that_was_meant_is_named(self, begun: Town) -> None:
        cases: tuple[tuple[str, dict[str, Any], str, str], ...] = (
            ("lesson-pln", {}, "no item 'lesson-pln'", "plan.md --for lesson-plan"),
            ("setting", {}, "answered in writing", f"mcred check {WAIT}"),
            ("class-video", {"type": "observaton"}, "does not accept", "--type observation"),
            ("lesson-plan", {"credential": "wait-tme"}, "did you mean", "mcred browse"),
            ("lesson-plan", {"credential": SLIP}, "asks for no evidence", f"mcred check {SLIP}"),
        )
        for item, options, said, then in cases:
            with pytest.raises(McredError, match=said) as error:
                add(begun, item=item, **options)
            assert then in str(error.value.hint)
        # A file's name tells whether it is a film; a link's does not.
        with pytest.raises(McredError, match="use --type video or observation") as error:
            add(begun, "https://video.example.org/1", item="class-video")
        assert "--type video" in str(error.value.hint)

    def test_any_name_is_stored_so_that_every_computer_can_read_it(self, begun: Town) -> None:
        names = ("CON.md", "ü x?.MD", "notes.a:b", "-rf.md", ".hidden", "a" * 190 + ".md")
        for name in names:
            (begun.desk("ana") / name).write_text(f"A plan, {name}", encoding="utf-8")
            add(begun, begun.desk("ana") / name)
        begun.run("ana", "save")
        stored = [p.name for p in (begun.folder("ana") / "evidence").iterdir()]
        assert len(stored) == len(names) and all(n.isascii() and len(n) < 80 for n in stored)

    def test_what_is_earned_stays_as_it_was_judged(self, earned: Town) -> None:
        late = earned.desk("ana") / "late.md"
        late.write_text("late", encoding="utf-8")
        before = earned.refs("ana"), earned.files("ana")
        with pytest.raises(McredError, match="stays as it was assessed"):
            add(earned, late, credential=WAIT)
        assert (earned.refs("ana"), earned.files("ana")) == before


class TestSave:
    def test_a_failure_keeps_no_other_draft_from_being_saved(self, ready: Town) -> None:
        (ready.start("ana", SLIP) / "evidence" / "aux.md").write_text("x", encoding="utf-8")
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        before, ana = ready.refs(), anas(ready)
        with pytest.raises(
            McredError, match="exit-slip is saved without the files that cannot be stored"
        ) as error:
            carry_out(ana, Save())
        assert str(error.value.hint).startswith(f"mcred check {SLIP}") and error.value.problems
        assert f"{WAIT}: saved here and online." in [n.text for n in ana.show.results]
        assert ready.refs() != before

    def test_what_editors_leave_behind_is_not_saved(self, ready: Town) -> None:
        before = ready.refs("ana")
        for name in (".1-overview.md.swp", "~$plan.docx", ".DS_Store", "Thumbs.db"):
            (ready.folder("ana") / name).write_text("x", encoding="utf-8")
        assert [str(d) for d in carry_out(anas(ready), Save(credential=WAIT)).drafts] == [f"ana/{WAIT}"]
        assert ready.refs("ana") == before

    def test_what_was_decided_stays_as_it_was(self, earned: Town) -> None:
        (earned.folder("ana") / "1-overview.md").write_text("changed later", encoding="utf-8")
        before, ana = (earned.refs("ana"), earned.files("ana")), anas(earned)
        carry_out(ana, Save())
        assert any("stays as it was assessed" in note.text for note in ana.show.remarks)
        assert (earned.refs("ana"), earned.files("ana")) == before

    def test_without_a_draft_or_an_edit(self, town: Town) -> None:
        assert carry_out(anas(town), Save()).status == "not needed"
        rosa = Plain(at=town.home("rosa"), now=lambda: town.now)
        assert carry_out(rosa, Save(programme=True)).status == "not needed"


class TestRestore:
    def test_nothing_newer_is_written_over(self, ready: Town) -> None:
        text, ana = ready.folder("ana") / "1-overview.md", anas(ready)
        (ready.folder("ana") / "evidence" / "plan.md").unlink()
        text.write_text("Typed since.\n", "utf-8")
        plan = f"portfolios/ana/{WAIT}/evidence/plan.md"
        assert carry_out(ana, Restore()).files == (plan,)
        assert carry_out(ana, Restore()).files == ()
        assert text.read_text("utf-8") == "Typed since.\n"
        again = Restore(credential=WAIT, file="1-overview.md")
        with pytest.raises(McredError, match="differs from the saved version") as error:
            carry_out(ana, again)
        assert str(error.value.hint).startswith(f"mcred restore {WAIT} 1-overview.md")
        text.rename(ready.folder("ana") / "mine.md")
        carry_out(ana, again)
        assert text.read_text("utf-8") != "Typed since.\n"

    def test_a_file_that_never_was_saved(self, ready: Town) -> None:
        for name in ("nothing.md", "../../../mcred.yaml", "attempts/1/decision.json", "", "/etc/passwd"):
            with pytest.raises(McredError, match="was never saved with a file") as error:
                carry_out(anas(ready), Restore(credential=WAIT, file=name))
            assert str(error.value.hint) == f"mcred restore {WAIT}"

    def test_nothing_is_written_through_a_link(self, ready: Town, tmp_path: Path) -> None:
        shutil.rmtree(ready.folder("ana") / "evidence")
        (ready.folder("ana") / "evidence").symlink_to(tmp_path)
        before = set(tmp_path.iterdir())
        with pytest.raises(McredError, match="is a link to another place"):
            carry_out(anas(ready), Restore(credential=WAIT, file="evidence/plan.md"))
        assert set(tmp_path.iterdir()) == before
