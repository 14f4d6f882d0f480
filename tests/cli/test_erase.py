"""Pieces that have to go: `mcred erase`, and what record, audit and pages say afterwards."""

from __future__ import annotations

import json

import pytest

from tests.audit.second_checker import check_again
from tests.cli.town import WAIT, Town, git

ANA = f"ana/{WAIT}"
FOLDER = f"portfolios/{ANA}"
WHY = ("--of", ANA, "--reason", "A child can be seen.", "--yes")
GONE = ("erase", "lesson-plan", *WHY)


def on_main(town: Town) -> set[str]:
    names = git(town.remote, "ls-tree", "-r", "--name-only", "main", FOLDER).splitlines()
    return {name.removeprefix(f"{FOLDER}/") for name in names}


def test_exactly_the_files_of_a_piece_leave_main_and_the_award_stays_proved(signed: Town) -> None:
    before = on_main(signed)
    ran = signed.run("ana", *GONE)
    assert "other people's copies still hold these files" in " ".join(ran.said.split())
    assert before - on_main(signed) == {"evidence/plan.md"}
    assert on_main(signed) - before == {"attempts/1/erased/1.json"}
    assert not (signed.folder("ana") / "evidence" / "plan.md").exists()
    signed.run("rosa", "sync")
    said = signed.run("rosa", "audit", "--json").json
    assert said["findings"] == []
    assert all(award["proved"] for award in said["awards"])


def test_what_opened_it_is_gone_too_and_it_cannot_be_revealed(signed: Town) -> None:
    (piece,) = (
        p
        for p in json.loads(git(signed.remote, "show", f"main:{FOLDER}/attempts/1/request.json"))["pieces"]
        if p.get("item") == "lesson-plan"
    )
    signed.run("ana", *GONE)
    record = json.loads(git(signed.remote, "show", f"main:{FOLDER}/attempts/1/erased/1.json"))
    assert (record["by"], record["reason"]) == ("ana", "A child can be seen.")
    assert record["pieces"] == [piece["commitment"]]
    assert (
        "has no piece 'lesson-plan'" in signed.run("ana", "reveal", "lesson-plan", "--of", ANA, expect=1).said
    )


def test_it_is_done_once(signed: Town) -> None:
    signed.run("ana", *GONE)
    tip = git(signed.remote, "rev-parse", "main")
    assert "already erased from" in signed.run("ana", *GONE).said
    assert git(signed.remote, "rev-parse", "main") == tip


def test_an_answer_goes_with_its_part_and_an_issuer_may_do_it(signed: Town) -> None:
    signed.run("rosa", "sync")
    signed.run("rosa", "erase", "setting", "--of", ANA, "--reason", "It names a child.", "--yes")
    assert not [name for name in on_main(signed) if name.startswith("1-")]
    signed.run("ana", "sync")
    said = signed.run("ana", "audit", "--json").json
    assert said["findings"] == []


def test_no_one_else_may_and_a_reason_is_needed(signed: Town) -> None:
    before = on_main(signed)
    signed.run("mei", "sync")
    signed.run("mei", *GONE, expect=5)
    signed.run("ana", "erase", "lesson-plan", "--of", ANA, "--yes", expect=2)
    signed.run("ana", "erase", "submission.yaml", "--of", ANA, "--reason", "Names.", "--yes", expect=1)
    assert on_main(signed) == before


def test_a_dry_run_erases_nothing(signed: Town) -> None:
    before = git(signed.remote, "for-each-ref")
    ran = signed.run("ana", "erase", "lesson-plan", "--of", ANA, "--reason", "Why.", "--dry-run")
    assert "Would erase 1 piece" in ran.said
    assert git(signed.remote, "for-each-ref") == before


def pages(town: Town, builder: str, place: str) -> str:
    town.run(builder, "sync")
    town.run(builder, "build", "--out", str(town.desk(builder) / place))
    found = (town.desk(builder) / place).rglob("*")
    return "".join(p.read_text("utf-8") for p in found if p.suffix in (".html", ".md"))


@pytest.mark.parametrize("builder", ["ana", "rosa"])
def test_the_next_build_shows_nothing_of_it_whoever_builds(shown: Town, builder: str) -> None:
    assert "<bdi>plan</bdi>" in pages(shown, builder, "before")
    shown.run("ana", "erase", "plan.md", *WHY)
    after = pages(shown, builder, "after")
    assert "<bdi>plan</bdi>" not in after
    assert "was erased" in after


@pytest.mark.parametrize("kind", ["answer", "lesson-plan"])
def test_a_text_and_evidence_to_the_same_item_go_one_by_one(shown: Town, kind: str) -> None:
    request = json.loads(git(shown.remote, "show", f"main:{FOLDER}/attempts/1/request.json"))
    (piece,) = (p for p in request["pieces"] if (p.get("item"), p["type"]) == ("lesson-plan", kind))
    assert "'lesson-plan' matches 2 pieces" in shown.run("ana", *GONE, expect=1).said
    shown.run("ana", "erase", piece["commitment"].lstrip("-")[:8], *WHY)
    assert {"2-artifacts.md", "evidence/plan.md"} - on_main(shown) == {
        "2-artifacts.md" if kind == "answer" else "evidence/plan.md"
    }
    assert ("<bdi>plan</bdi>" in pages(shown, "rosa", "after")) == (kind == "answer")
    ran = shown.run("rosa", "audit", "--json")
    assert (ran.code, ran.json["findings"]) == (0, [])
    check_again(shown.home("rosa"), ran.code, ran.json)


def test_a_page_that_was_built_before_is_written_again(shown: Town) -> None:
    assert "was erased" not in pages(shown, "rosa", "site")
    shown.run("ana", "erase", "plan.md", *WHY)
    assert "was erased" in pages(shown, "rosa", "site")


def test_it_is_said_wherever_the_award_is_told(signed: Town) -> None:
    signed.run("ana", *GONE)
    for words in (("explain", ANA), ("feedback", WAIT), ("audit",)):
        said = " ".join(signed.run("ana", *words).said.split())
        assert "was erased on 2026-03-02" in said, words
