"""Files and names as other systems and programs write them: Unicode forms, encodings, line ends, copies."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from mcred.app.people.setup import Setup
from mcred.app.pieces.remove import Remove
from mcred.app.plain import Plain
from mcred.app.profile import read_profile
from mcred.app.use_case import carry_out
from mcred.app.work.add import Add, AddResult
from mcred.app.work.browse import browse
from mcred.app.work.check import CheckedDraft, check_draft
from mcred.app.work.save import Save
from mcred.app.work.submit import Submit
from mcred.app.workspace import open_workspace
from mcred.domain.ids import PersonId
from mcred.problems import McredError, next_step
from tests.cli.town import ANSWER, OVERVIEW, PLAN, WAIT, Town
from tests.folding import case_folding_disk

NFC = "Café Größe.md"
NFD = unicodedata.normalize("NFD", NFC)


def anas(town: Town) -> Plain:
    return Plain(at=town.home("ana"), now=lambda: town.now)


def checked(town: Town) -> CheckedDraft:
    ws = open_workspace(anas(town))
    return check_draft(ws, ws.submission(WAIT))


def add(town: Town, what: Path) -> AddResult:
    return carry_out(anas(town), Add(what=str(what), item="lesson-plan"))


@pytest.fixture
def desk(town: Town) -> Path:
    town.start("ana")
    return town.desk("ana")


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        (NFD, NFC),
        (NFC, NFD),
        ("Screenshot at 3.45.12\u202fPM.md", "Screenshot at 3.45.12 PM.md"),
        ("plan\u200b.md", "plan.md"),
    ],
)
def test_a_file_is_found_however_its_name_was_typed(town: Town, desk: Path, there: str, typed: str) -> None:
    (desk / NFD).mkdir()
    (desk / NFD / there).write_text(PLAN, encoding="utf-8")
    piece = add(town, desk / NFC / typed).piece
    assert piece.file.isascii() and piece.title == unicodedata.normalize("NFC", typed.removesuffix(".md"))
    name = unicodedata.normalize("NFD", piece.title)
    assert carry_out(anas(town), Remove(piece=f"{name}.md")).piece == piece


def test_of_two_files_that_fit_none_is_taken_for_the_other(town: Town, desk: Path) -> None:
    for name in ("a\u00a0b.md", "a\u202fb.md"):
        (desk / name).write_text(PLAN, encoding="utf-8")
    with pytest.raises(McredError, match=r"a b\.md was not found"):
        add(town, desk / "a b.md")
    assert add(town, desk / "a\u202fb.md").status == "done"


def test_a_name_too_long_for_a_title_is_shortened(town: Town, desk: Path) -> None:
    (desk / f"{'plan ' * 48}.md").write_text(PLAN, encoding="utf-8")
    assert len(add(town, desk / f"{'plan ' * 48}.md").piece.title) <= 200


def test_a_dot_at_the_end_leaves_the_ending(town: Town, desk: Path) -> None:
    (desk / "plan.md. .").write_text(PLAN, encoding="utf-8")
    assert add(town, desk / "plan.md. .").piece.file == "evidence/plan.md"


@pytest.mark.parametrize(
    ("name", "encoding", "is_said"),
    [
        ("turns.csv", "cp1252", True),
        ("turns.csv", "utf-16", True),
        ("notes.md", "mac-roman", True),
        ("turns.csv", "utf-8-sig", False),
        ("notes.txt", "utf-16", False),
    ],
)
def test_a_text_that_no_browser_reads_is_said_when_it_is_added(
    town: Town, desk: Path, name: str, encoding: str, is_said: bool
) -> None:
    (desk / name).write_bytes("who;when\nJosé;9\n".encode(encoding))
    ctx = anas(town)
    carry_out(ctx, Add(what=str(desk / name), item="lesson-plan"))
    assert is_said == any("texts that are not UTF-8" in notice.text for notice in ctx.show.remarks)
    assert not any("browsers" in notice.text for notice in ctx.show.remarks if not is_said)


@pytest.mark.parametrize("listed", [NFC, NFD])
def test_evidence_with_an_accent_written_apart_is_one_file(town: Town, desk: Path, listed: str) -> None:
    evidence = town.folder("ana") / "evidence"
    (evidence / NFD).write_text(PLAN, encoding="utf-8")
    carry_out(anas(town), Save())
    assert add(town, evidence / listed).piece.file == f"evidence/{NFC}"
    carry_out(anas(town), Save())
    assert os.listdir(evidence) == [NFD]  # noqa: PTH208 (the name as the disk has it)
    assert "not there" not in str(checked(town).problems)


def test_a_person_has_the_name_that_it_looks_like(town: Town) -> None:
    name, school = "Zoë\u00a0Ito\u200b", unicodedata.normalize("NFD", "École Élan")
    carry_out(anas(town), Setup(name=unicodedata.normalize("NFD", name), school=school))
    found = read_profile(town.home("ana"), PersonId("ana"))
    assert found is not None and (found.name, found.school) == ("Zoë Ito", "École Élan")
    with pytest.raises(McredError) as error:
        carry_out(anas(town), Setup(name="Zo\u202eë"))
    assert "U+202E" in str(error.value.problems)


def test_what_is_searched_is_found_however_it_was_typed(town: Town) -> None:
    ws = open_workspace(anas(town))
    (every, *_) = browse(ws)
    topic = every.credential.topics[0]
    assert every in browse(ws, topic=f"\u200b{topic.upper()}\u00a0")
    assert every in browse(ws, search=every.credential.title.replace(" ", "\u00a0"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_draft_saved_by_any_editor_is_read_listed_and_submitted(
    ready: Town, encoding: str, end: str
) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    for place in (ready.folder("ana") / "1-overview.md", ready.listing("ana")):
        text = place.read_text(encoding="utf-8").replace("\n", end)
        place.write_bytes((mark + text).encode(encoding))
    assert checked(ready).problems == ()
    (ready.desk("ana") / "two.md").write_text(f"{PLAN}Twice.\n", encoding="utf-8")
    add(ready, ready.desk("ana") / "two.md")
    carry_out(anas(ready), Remove(piece="two.md"))
    place = ready.folder("ana") / "1-overview.md"
    place.write_bytes((mark + OVERVIEW.replace("\n", end)).encode(encoding))
    done = carry_out(anas(ready), Submit(credential=WAIT, attest=("all",)))
    assert done.status == "done" and ready.status("ana")["state"] == "in review (0 of 1)"
    assert checked(ready).next == next_step("status")


def test_an_answer_in_the_guidance_is_said_before_it_is_submitted(ready: Town) -> None:
    guide = "Between 3 and 30 words. Write your answer below the arrow."
    text = OVERVIEW.replace(ANSWER, f"<!--\n{guide}\nAnd a word of mine.\n-->\n{ANSWER}")
    (ready.folder("ana") / "1-overview.md").write_text(text, encoding="utf-8")
    (said,) = checked(ready).problems
    assert (said.severity, f"{said.where}".rpartition("1-overview.md:")[2]) == ("warning", "7:1")
    ctx = anas(ready)
    carry_out(ctx, Submit(credential=WAIT, attest=("all",)))
    assert any("between <!-- and -->" in problem.what for problem in ctx.show.problems)


def test_a_path_that_windows_has_no_room_for_is_said(ready: Town) -> None:
    deep = ready.folder("ana") / "evidence" / ("a" * 90) / ("b" * 90)
    deep.mkdir(parents=True)
    (deep / "plan.md").write_text(PLAN, encoding="utf-8")
    (said,) = checked(ready).problems
    assert (said.severity, said.what[:18]) == ("warning", "this path has 223 ")
    deep.rename(deep.with_name("b"))
    assert checked(ready).problems == ()


def test_a_renamed_part_is_renamed_and_not_brought_back(ready: Town) -> None:
    part = ready.folder("ana") / "1-overview.md"
    part.rename(part.with_name("1-overview (final).md"))
    found = checked(ready)
    assert found.missing == () and found.next.verb == "check"
    assert "1-overview.md is missing" in found.problems[0].what
    part.with_name("1-overview (final).md").rename(part)
    assert checked(ready).problems == ()


def test_a_file_renamed_by_case_is_named_as_it_is_called_now(ready: Town) -> None:
    evidence = ready.folder("ana") / "evidence"
    (evidence / "plan.md").rename(evidence / "Plan.MD")
    (found,) = [p for p in checked(ready).problems if "was not found" in p.what]
    assert str(found.hint) == "it is called evidence/Plan.MD: write file: evidence/Plan.MD"


@pytest.mark.slow
def test_on_a_disk_that_ignores_case_a_teacher_gets_through(ready: Town, tmp_path: Path) -> None:
    with case_folding_disk(tmp_path) as disk:
        shutil.copytree(ready.home("ana"), disk / "ana", copy_function=shutil.copyfile)
        ctx = Plain(at=disk / "ana", now=lambda: ready.now)
        evidence = disk / "ana" / "portfolios" / "ana" / WAIT / "evidence"
        (evidence / "Second Plan.md").write_text(f"{PLAN}Twice.\n", encoding="utf-8")
        (own,) = (p.name for p in evidence.iterdir() if "econd" in p.name)
        piece = carry_out(ctx, Add(what=str(evidence / "SECOND plan.MD"), item="lesson-plan")).piece
        assert piece.file == f"evidence/{own}"
        (evidence / own).rename(evidence / own.upper())
        carry_out(ctx, Remove(piece="second plan"))
        assert not (evidence / own).exists()
        assert carry_out(ctx, Submit(credential=WAIT, attest=("all",))).status == "done"
        carry_out(ctx, Save())
        found = sorted(p.name for p in evidence.parent.rglob("*") if p.is_file())
    assert found == sorted({*found} - {own}) and "plan.md" in found
