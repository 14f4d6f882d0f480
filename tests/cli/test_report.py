"""`report`: for issuers, from a programme whose peers did not always agree; and files handed over."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from mcred.domain.stats.agreement import has_alpha_library
from tests.cli.court import hand_scores
from tests.cli.town import Town


@pytest.fixture
def split(peers: Town) -> Town:
    """Dev's work was scored by three peers, one of whom was stricter on one criterion; Rosa awarded it."""
    first, *others = peers.panel("dev")
    hand_scores(peers, first, {"questions": "basic"}, "dev")
    for person in others:
        hand_scores(peers, person, {}, "dev")
    peers.decide("dev")
    return peers


class TestReport:
    def test_counts_agrees_and_asks_what_if(self, split: Town) -> None:
        found = split.run("rosa", "report", "--json").json
        assert (found["decided"], found["awarded"], found["revised"], found["revise_rate"]) == (4, 4, 0, 0.0)
        rows = {r["criterion"]: r for r in found["agreement"]}
        row = rows["questions"]
        assert (row["attempts"], row["pairs"], row["exact"], row["adjacent"]) == (1, 3, 0.3333, 1.0)
        assert rows["waiting"]["exact"] == 1.0 and rows["waiting"]["alpha"] is None
        assert found["alpha_computed"] is has_alpha_library()
        assert found["what_if"][0] == {"rule": "unanimity", "flips": 1, "of": 1, "to_award": 0}
        strictest = found["assessors"][0]
        assert (strictest["scores"], strictest["difference"]) == (3, 0.3333)
        assert sum(r["attempts"] for r in found["days"]) == 4

    def test_is_told_in_words(self, split: Town) -> None:
        said = split.run("rosa", "report")
        assert "4 attempts decided: 4 awarded, 0 returned (0%), 0 declined." in said.out
        assert "Under unanimity 1 of 1 would change." in said.out
        assert said.next == "mcred report --html report.html"

    def test_without_decisions(self, town: Town) -> None:
        assert "Nothing has been decided yet." in town.run("rosa", "report").out

    def test_without_pairs(self, earned: Town) -> None:
        said = earned.run("rosa", "report")
        assert "agreement cannot be measured" in said.out and said.next == "mcred progress"

    @pytest.mark.parametrize("person", ["ana", "mei", "eva"])
    def test_is_for_issuers_and_maintainers(self, sent: Town, person: str) -> None:
        said = sent.run(person, "report", expect=5)
        assert said.next == "mcred progress" and not said.out.strip()


class TestFiles:
    def test_a_page_is_written_and_written_again(self, split: Town) -> None:
        rosa = split.desk("rosa")
        for verb in ("report", "progress"):
            path = rosa / f"{verb}.html"
            said = split.run("rosa", verb, "--html", str(path), "--dry-run")
            assert "Would write" in said.out and not path.exists()
            split.run("rosa", verb, "--html", str(path))
            first = path.read_bytes()
            split.run("rosa", verb, "--html", str(path))
            assert first == path.read_bytes() and b"Lakeside Schools" in first

    def test_a_table_opens_with_its_columns_and_no_formula(self, sent: Town) -> None:
        sent.run("ana", "setup", "--name", "=HYPERLINK(1)")
        sent.run("rosa", "person", "add", "ana")
        path = sent.desk("rosa") / "p.csv"
        sent.run("rosa", "progress", "--csv", str(path))
        sent.run("rosa", "progress", "--csv", str(path))
        (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        assert row["name"] == "'=HYPERLINK(1)" and row["state"] == "in review" and row["attempt"] == "1"

    @pytest.mark.parametrize(
        ("verb", "option", "name"),
        [
            ("progress", "--csv", "x.html"),
            ("progress", "--html", "x.csv"),
            ("report", "--html", "mcred.yaml"),
        ],
    )
    def test_a_name_of_something_else_is_refused(self, town: Town, verb: str, option: str, name: str) -> None:
        assert town.run("rosa", verb, option, name, expect=2).next

    def test_what_is_not_ours_is_never_replaced(self, town: Town) -> None:
        path = town.desk("rosa") / "mine.html"
        path.write_text("<p>My own notes.</p>", "utf-8")
        said = town.run("rosa", "progress", "--html", str(path), expect=1)
        assert "is something else" in said.err and path.read_text("utf-8") == "<p>My own notes.</p>"
        table = town.desk("rosa") / "mine.csv"
        table.write_text("name,mark\nana,1\n", "utf-8")
        town.run("rosa", "progress", "--csv", str(table), expect=1)
        assert table.read_text("utf-8") == "name,mark\nana,1\n"

    def test_a_folder_that_is_not_there_is_said(self, town: Town, tmp_path: Path) -> None:
        said = town.run("rosa", "progress", "--html", str(tmp_path / "no" / "p.html"), expect=1)
        assert "cannot be written" in said.err
