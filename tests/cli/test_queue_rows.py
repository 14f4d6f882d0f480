"""`queue` and `view` with several submissions, several roles and wrong names."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.store.signatures import make_key
from tests.cli.court import asked, forge_request, hand_scores, set_rules
from tests.cli.town import SLIP, WAIT, Town, git

ANA = f"ana/{WAIT}"


@pytest.fixture
def busy(sent: Town) -> Town:
    """Ana's work is with both experts' programme; Ben's and Cleo's slips were sent on later days."""
    for days, earner in ((3, "cleo"), (1, "ben")):
        sent.hand_in(earner, SLIP)
        sent.run(earner, "submit", SLIP, "--attest", "all", wait=timedelta(days=days))
    return sent


def test_what_is_due_first_stands_first(busy: Town) -> None:
    rows = busy.run("rosa", "queue", "--all", "--json").json["submissions"]
    assert [r["submission"] for r in rows] == [ANA, f"cleo/{SLIP}", f"ben/{SLIP}"]
    dues = [r["due"] for r in rows]
    assert dues == ["2026-03-12", "2026-03-15", "2026-03-16"]
    shown = [x.split()[0] for x in busy.run("rosa", "queue", "--all").out.splitlines() if "/" in x]
    assert shown[:3] == [r["submission"] for r in rows]


def test_work_is_shared_between_experts_by_what_each_has_open(busy: Town) -> None:
    first = busy.panel("ana")
    assert busy.panel("cleo", SLIP) != first
    why = busy.run("ben", "queue", "--why", f"ben/{SLIP}", "--json").json
    assert sorted(c["open"] for c in why["candidates"]) == [1, 1]
    why = busy.run("ben", "queue", "--why", f"cleo/{SLIP}", "--json").json
    assert {c["person"]: c["open"] for c in why["candidates"]}[first[0]] == 1


def test_the_next_step_is_my_own_first_row(busy: Town) -> None:
    for expert in ("mei", "tom"):
        rows = busy.run(expert, "queue", "--json").json["submissions"]
        assert rows and all(r["missing"] == [expert] for r in rows)
        first = rows[0]["submission"]
        assert busy.run(expert, "queue").next == f"mcred view {first}   then   mcred assess {first}"
    ran = busy.run("ana", "queue", "--all")
    assert ran.out.count("/") >= 3
    assert ran.next == "mcred status"


def test_an_issuer_who_is_an_expert_too_decides_only_what_others_assessed(busy: Town) -> None:
    judge = asked(busy)
    busy.run("rosa", "person", "add", judge, "--role", "issuer")
    hand_scores(busy, judge)
    rows = busy.run(judge, "queue", "--json").json["submissions"]
    assert ANA not in {r["submission"] for r in rows}
    assert all(r["missing"] == [judge] for r in rows)
    assert busy.run("rosa", "queue").next == f"mcred reconcile {ANA}"


def test_decided_and_withdrawn_work_waits_for_no_one(busy: Town) -> None:
    busy.run("ben", "withdraw")
    busy.assess("cleo", SLIP)
    busy.decide("cleo", SLIP)
    rows = busy.run("rosa", "queue", "--all", "--json").json["submissions"]
    assert [r["submission"] for r in rows] == [ANA]


def test_what_is_not_accepted_is_told_to_issuers_and_to_machines_only(sent: Town) -> None:
    forge_request(sent, key=make_key())
    (turned,) = sent.run("mei", "queue", "--json").json["turned_away"]
    assert turned["ref"] == f"refs/heads/submission/{ANA}" and len(turned["reasons"]) == 1
    name = turned["ref"].removeprefix("refs/heads/")
    assert f"Not accepted: {name}: {turned['reasons'][0]}" in sent.run("rosa", "queue").err
    assert sent.run("mei", "queue").err == ""
    (row,) = sent.run("rosa", "queue", "--all", "--json").json["submissions"]
    assert row["attempt"] == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--why", "ana/wait-tme"), 1, f"did you mean {ANA}?"),
        (("--why", "zoe/exit-slip"), 1, "there is no submission 'zoe/exit-slip'"),
        (("--why", "../../etc"), 1, "there is no submission '../../etc'"),
        (("--why", ""), 1, "there is no submission ''"),
        (("--why", f"cleo/{WAIT}"), 1, f"no one is assigned to cleo/{WAIT} (not started)"),
        (("--who",), 2, "--who"),
    ],
)
def test_a_name_that_is_none_is_refused(sent: Town, words: tuple[str, ...], code: int, said: str) -> None:
    ran = sent.run("mei", "queue", *words, expect=code)
    assert said in ran.err and ran.next.startswith("mcred queue") and ran.out == ""


def test_ones_own_submission_needs_no_name_before_it(sent: Town) -> None:
    by_short_name = sent.run("ana", "queue", "--why", WAIT).out
    assert by_short_name == sent.run("ana", "queue", "--why", ANA).out
    assert by_short_name == sent.run("ana", "queue", "--why", f" {ANA}/ ").out
    assert by_short_name == sent.run("ana", "queue", "--why", f"{WAIT}/").out
    assert "there is no submission" in sent.run("ben", "queue", "--why", WAIT, expect=1).err


def test_the_explanation_names_rules_that_one_micro_credential_has_of_its_own(town: Town) -> None:
    path = town.home("rosa") / "credentials" / WAIT / "credential.yaml"
    path.write_text(path.read_text("utf-8") + "assessment: {experts: 2, due_days: 3}\n", "utf-8")
    town.run("rosa", "save", "--programme")
    town.submit("ana")
    (row,) = town.run("rosa", "queue", "--all", "--json").json["submissions"]
    assert (sorted(row["panel"]), row["due"]) == (["mei", "tom"], "2026-03-05")
    out = town.run("ana", "queue", "--why", WAIT).out
    rows = [x.split() for x in out.splitlines() if x.startswith(("  mei ", "  tom "))]
    assert [row[1:] for row in rows] == [["0", "assigned"]] * 2


def test_who_may_not_judge_is_named_with_the_reason(town: Town) -> None:
    town.run("mei", "setup", "--school", "lincoln elementary")
    town.run("rosa", "person", "add", "mei")
    town.submit("ana")
    ran = town.run("ana", "queue", "--why", WAIT)
    assert "- mei and ana are at the same school" in ran.out
    assert [c["person"] for c in town.run("ana", "queue", "--why", WAIT, "--json").json["candidates"]] == [
        "tom"
    ]


def test_on_a_narrow_terminal_each_submission_is_a_block(sent: Town) -> None:
    out = io.StringIO()
    show = Show(out, io.StringIO())
    show.out = Console(file=out, force_terminal=True, width=40, color_system=None, highlight=False)
    edge = Terminal(at=sent.home("rosa"), show=show, now=lambda: sent.now)
    assert run_line(("queue", "--all"), edge) == 0
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0] == ANA
    assert "  assessed by: experts" in lines and f"  still to answer: {asked(sent)}" in lines
    assert lines[-1] == "Next: mcred person add eva", "she waits to be confirmed"


def test_view_names_what_the_earner_said_about_each_piece(back: Town) -> None:
    listing = back.listing("ana")
    text = listing.read_text("utf-8")
    piece = "file: evidence/plan.md\n"
    assert piece in text
    listing.write_text(text.replace(piece, f"{piece}    about: Taught on Tuesday.\n", 1), "utf-8")
    (back.folder("ana") / "evidence" / "plan.md").write_text("# Open now\n", "utf-8")
    back.run("ana", "submit", "--note", "Opened the questions.")
    out = back.run(asked(back), "view", ANA, "--text").out
    assert out.splitlines()[:2] == [
        f"Wait Time: {ANA}, attempt 2 (in review)",
        "  What changed: Opened the questions.",
    ]
    assert "      Taught on Tuesday." in out.splitlines()
    assert "    observation: " in out and "(evidence/talk.md)" in out


def test_view_in_the_terminal_shows_markup_as_it_was_written(ready: Town) -> None:
    answer = "# Overview questions\n\n## Your setting\n\n[blink]My class[/blink] of ten :tada:.\n"
    (ready.folder("ana") / "1-overview.md").write_text(answer, "utf-8")
    ready.run("ana", "submit", "--attest", "all")
    out = ready.run(asked(ready), "view", ANA, "--text").out
    assert "    [blink]My class[/blink] of ten :tada:." in out.splitlines()


def test_a_page_made_twice_is_the_same_and_a_new_attempt_has_its_own(back: Town) -> None:
    def page_of(attempt: int) -> Path:
        said = back.run("mei", "view", ANA, "--no-open").out
        page = Path(said.split("The page is at ", 1)[1].splitlines()[0])
        assert page.parent.name == f"ana-{WAIT}-{attempt}"
        return page

    first = page_of(1)
    text = first.read_bytes()
    assert page_of(1).read_bytes() == text
    (back.folder("ana") / "evidence" / "plan.md").write_text("# Open now\n", "utf-8")
    back.run("ana", "submit", "--note", "Opened.")
    second = page_of(2)
    assert first.read_bytes() == text
    beside = [p for p in second.parent.rglob("*") if p.is_file() and p != second]
    assert any(p.read_bytes() == b"# Open now\n" for p in beside) or b"Open now" in second.read_bytes()


@pytest.mark.parametrize(
    ("name", "said", "then"),
    [
        (f"cleo/{SLIP}", f"cleo/{SLIP} has not been submitted yet (not started)", "mcred queue --all"),
        ("ana/wait-tme", f"did you mean {ANA}?", "mcred queue --all"),
        ("nobody", "there is no submission 'nobody'", "mcred queue --all"),
    ],
)
def test_what_was_never_sent_cannot_be_viewed(sent: Town, name: str, said: str, then: str) -> None:
    before = sent.files("mei")
    ran = sent.run("mei", "view", name, expect=1)
    assert said in ran.err and ran.next.startswith(then)
    assert sent.files("mei") == before


def test_a_withdrawn_submission_is_not_viewed_by_others(sent: Town) -> None:
    judge = asked(sent)
    sent.run("ana", "withdraw")
    ran = sent.run(judge, "view", ANA, expect=1)
    assert f"{ANA} has not been submitted yet (withdrawn)" in ran.err
    assert "Nothing is waiting for you." in sent.run(judge, "queue").out


def test_the_queue_needs_someone_to_wait_for(sent: Town) -> None:
    git(sent.home("mei"), "config", "--unset", "mcred.person")
    assert sent.run("mei", "queue", expect=1).next == "mcred setup"
    assert f"assigned to {asked(sent)}" in sent.run("mei", "queue", "--why", ANA).out
    set_rules(sent, "max_open: 4", "max_open: 1")
    assert sent.run("eva", "queue").next == "mcred status"
