"""The tour: the whole way, by the real commands, in a folder of its own."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from mcred.cli.demo import Stage
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.problems import Exit, McredError
from tests.cli.court import PROJECT
from tests.cli.town import Ran, Town, digests, git
from tests.golden_files import check_golden

CREDENTIAL = "fractions-number-line"


def without_chance(text: str, place: Path) -> str:
    """What the tour prints, without where it was, keys, commits, and who was drawn."""
    text = text.replace(str(place), "TOUR").replace(str(PROJECT), "PROJECT")
    text = re.sub(r"It belongs to \S+ and the group \S+:", "It belongs to USER and the group GROUP:", text)
    text = re.sub(r"did:key:z\w+", "did:key:KEY", text)
    text = re.sub(r"program's record [0-9a-f]{12}", "program's record COMMIT", text)
    text = re.sub(r"\b(mei|tom)\b", "EXPERT", text)
    by_experts, turn, by_peers = text.partition("\n4 submissions have been assessed: from now on")
    # How wide a column is follows from the longest of these names.
    return by_experts + turn + re.sub(r" +", " ", re.sub(r"\b(ana|ben|cleo)\b", "PEER", by_peers))


def play(place: Path, *words: str) -> tuple[Ran, Path, Path]:
    """Run the tour below a folder: what it printed, its folder and its remote."""
    (place / "people").mkdir()
    said = Town(place=place).run("rosa", "tour", "--into", "tour", *words, at=place)
    return said, place / "tour", place / "tour" / "remote.git"


def work_on_main(shared: Path) -> list[str]:
    """The files of submitted work that main has."""
    return [p for p in git(shared, "ls-tree", "-r", "--name-only", "main").split() if "/evidence/" in p]


@pytest.mark.slow
def test_the_tour_shows_everyones_commands_and_leaves_a_whole_programme(tmp_path: Path) -> None:
    said, place, shared = play(tmp_path)
    for name in (
        "remote.git",
        "programme",
        "site/index.html",
        *(f"people/{p}" for p in ("ana", "mei", "dev")),
    ):
        assert (place / name).exists(), name
    for person in ("rosa", "mei", "tom", "ana", "ben", "cleo", "dev", "eva"):
        assert re.search(rf"^{person} \$ mcred ", said.out, re.MULTILINE), person
    assert re.search(r"^Next: mcred --at \S+ serve --out \S+$", said.out.splitlines()[-1])

    check_golden("tour.txt", without_chance(said.out, place))

    rules = {}
    for earner in ("ana", "ben", "cleo", "dev"):
        path = f"portfolios/{earner}/{CREDENTIAL}/attempts/1/request.json"
        request, _ = decode(git(shared, "show", f"main:{path}").encode(), ReviewRequest, path)
        assert request is not None
        rules[earner] = (request.rule, sorted(request.panel))
    assert rules["dev"] == ("peer", ["ana", "ben", "cleo"])
    assert {rules[e][0] for e in ("ana", "ben", "cleo")} == {"expert"}

    refs = git(shared, "for-each-ref", "--format=%(refname)", "refs/heads/submission", "refs/heads/review")
    assert all("/eva/" in ref for ref in refs.split()), "main has the others"
    merged = git(shared, "log", "--merges", "--format=%P", "--grep=^Award", "main").splitlines()
    decided = [parent for line in merged for parent in line.split()[1:]]
    assert len(decided) > 8
    assert all("gpgsig" in git(shared, "cat-file", "commit", commit) for commit in decided)
    unsigned = git(shared, "log", "--format=%H %GG%G?", "main").split("\n")
    assert unsigned
    assert all("gpgsig" in git(shared, "cat-file", "commit", line.split()[0]) for line in unsigned if line)
    assert not [p for p in work_on_main(shared) if p.startswith("portfolios/")]
    assert "is sealed to ana, its assessors, and the issuers; you are not one of them" in said.err
    assert "What you submit is sealed too" in said.err


@pytest.mark.slow
def test_the_open_tour_is_the_same_but_for_who_reads_submitted_work(tmp_path: Path) -> None:
    said, place, shared = play(tmp_path, "--work", "open")
    there = work_on_main(shared)
    for earner in ("ana", "ben", "cleo", "dev"):
        assert [p for p in there if p.startswith(f"portfolios/{earner}/{CREDENTIAL}/evidence/")], earner
    stored = (PROJECT / "tests" / "golden" / "tour.txt").read_text("utf-8").splitlines()
    new = {*without_chance(said.out, place).splitlines()} - {*stored}
    expected = (
        "Everyone in the program may read what a teacher submits.",
        "mcred init TOUR/programme ",
        "In this program, he may still read it.",
        "The page is at TOUR/people/ben/",
        "files are new in your folder.",
    )
    assert all(sum(text in line for line in new) == 1 for text in expected[:-1])
    assert not [line for line in new if not any(text in line for text in expected)]
    assert "What you submit can be read by every member of this program" in said.err
    assert "not one of them" not in said.err and "What you submit is sealed too" not in said.err


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    town = Town(place=tmp_path)
    said = town.run("rosa", "tour", "--into", ".", at=tmp_path, expect=1)
    assert ". is not empty" in said.said
    assert said.next == "mcred tour --into ANOTHER-DIR"


def test_the_tour_stops_where_a_step_ends_otherwise(town: Town) -> None:
    out = io.StringIO()
    edge = Terminal(at=town.place, show=Show(out, io.StringIO()), now=lambda: town.now, no_input=True)
    stage = Stage(edge=edge, place=town.whole().place)
    stage.run("ana", "status")
    assert out.getvalue().splitlines()[:3] == ["", "ana $ mcred status", "Lakeside Schools · ana"]
    stage.run("ana", "show", "no such one", expect=Exit.REFUSED)
    assert 'ana $ mcred show "no such one"' in out.getvalue()
    with pytest.raises(McredError, match="that ended with 1, not with 0"):
        stage.run("ana", "show", "nothing")


@pytest.mark.parametrize(("place", "said"), [("notes.txt", "is not empty"), ("full", "is not empty")])
def test_a_place_in_use_is_never_written_to(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.md").write_text("mine", "utf-8")
    town = Town(place=tmp_path)
    before = digests(tmp_path)
    ran = town.run("rosa", "tour", "--into", place, at=tmp_path, expect=1)
    assert f"{place} {said}" in ran.err and ran.next == "mcred tour --into ANOTHER-DIR"
    assert digests(tmp_path) == before
