"""`status` in every state a folder and the remote can be in: the word, who acts, what to type."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from tests.cli.court import asked, hand_scores, set_rules, spread_town
from tests.cli.town import DEFINITIONS, OVERVIEW, SLIP, WAIT, Town, git

ANA = f"ana/{WAIT}"


def rows_of(town: Town, person: str = "ana") -> dict[str, tuple[str, str, str]]:
    """Each of a person's submissions with its word, who has to act and what to type."""
    found = town.run(person, "status", "--json").json["submissions"]
    return {r["submission"]: (r["state"], r["waiting_for"], r["next"]) for r in found}


def gone_list(town: Town) -> None:
    """The list was deleted by hand."""
    town.listing("ana").unlink()


def linked_file(town: Town) -> None:
    """Something no one else could receive."""
    (town.folder("ana") / "evidence" / "link").symlink_to("/etc/hostname")


def unsaved(town: Town) -> None:
    """Typed on and not saved."""
    (town.folder("ana") / "1-overview.md").write_text(OVERVIEW + "More.\n", "utf-8")


def only_here(town: Town) -> None:
    """Saved while the remote was away."""
    unsaved(town)
    away = town.remote.rename(town.place / "away.git")
    town.run("ana", "save")
    away.rename(town.remote)


def withdrawn(town: Town) -> None:
    """Taken out of review."""
    town.run("ana", "withdraw")


def cut_withdraw(town: Town) -> None:
    """The withdrawal was stored here and refused by the remote once."""
    hook = town.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    town.run("ana", "withdraw", expect=6)
    hook.unlink()


@pytest.mark.parametrize(
    ("change", "word", "actor", "then"),
    [
        (gone_list, "in review (0 of 1), 1 file missing", "JUDGE", f"mcred restore {WAIT}"),
        (linked_file, "in review (0 of 1), a file cannot be stored", "JUDGE", f"mcred check {WAIT}"),
        (unsaved, "in review (0 of 1), changes not saved", "JUDGE", "mcred save"),
        (only_here, "in review (0 of 1), only on this computer", "JUDGE", "mcred sync"),
        (withdrawn, "withdrawn", "you", f"mcred check {WAIT}"),
        (cut_withdraw, "in review (0 of 1), withdraw not finished", "JUDGE", f"mcred withdraw {WAIT}"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_is_left_to_do_in_the_folder_is_said_beside_the_state(
    sent: Town, change: Callable[[Town], None], word: str, actor: str, then: str
) -> None:
    judge = asked(sent)
    change(sent)
    assert rows_of(sent) == {ANA: (word, judge if actor == "JUDGE" else actor, then)}
    before = sent.refs(), sent.refs("ana"), sent.files("ana")
    said = sent.run("ana", "status").out
    assert word in said
    assert (sent.refs(), sent.refs("ana"), sent.files("ana")) == before


@pytest.mark.parametrize("change", [gone_list, only_here, cut_withdraw])
def test_the_command_that_status_names_ends_that_state(sent: Town, change: Callable[[Town], None]) -> None:
    change(sent)
    word, _, then = rows_of(sent)[ANA]
    assert "," in word
    sent.run("ana", *then.split()[1:])
    after, _, again = rows_of(sent)[ANA]
    assert "," not in after
    assert again != then


def test_what_another_computer_sent_is_known_here_before_it_is_fetched(ready: Town) -> None:
    other = ready.second_computer("ana")
    shutil.rmtree(other / "portfolios" / "ana" / WAIT)
    for kept in (f"mcred/draft/{ANA}", f"heads/work/{ANA}/draft"):
        git(other, "update-ref", "-d", f"refs/{kept}")
    laid = other / ".git" / "mcred" / "laid.json"
    laid.unlink(missing_ok=True)
    ready.run("ana", "submit", "--attest", "all")
    ran = ready.run("ana", "status", at=other)
    assert "in review (0 of 1), not in this folder yet" in ran.out
    assert ready.run("ana", "start", WAIT, at=other).next == "mcred status"
    assert not (other / "portfolios" / "ana" / WAIT).exists()
    ready.run("ana", "sync", at=other)
    found = ready.run("ana", "status", "--json", at=other).json["submissions"]
    assert [r["state"] for r in found] == ["in review (0 of 1)"]
    assert (other / "portfolios" / "ana" / WAIT / "1-overview.md").read_text("utf-8") == OVERVIEW


@pytest.mark.parametrize(
    ("outcome", "word", "actor", "then"),
    [
        ("award", "earned", "-", f"mcred publish-piece --of {WAIT}"),
        ("decline", "declined", "-", "mcred browse"),
        ("revise", "not yet earned", "you", f"mcred feedback {WAIT}"),
    ],
)
def test_after_a_decision_status_leads_to_the_feedback(
    sent: Town, outcome: str, word: str, actor: str, then: str
) -> None:
    hand_scores(sent, asked(sent))
    sent.decide("ana", WAIT, outcome, "--reason", "Seen in class.")
    assert rows_of(sent) == {ANA: (word, actor, f"mcred feedback {WAIT}")}
    assert sent.status("ana")["due"] == "-"
    assert sent.run("ana", "status").next == then
    # What was decided for good is not spoken of as unfinished, whatever lies in the folder.
    sent.listing("ana").unlink()
    assert rows_of(sent)[ANA][0] == (word if actor == "-" else f"{word}, 1 file missing")


def test_only_what_waits_for_me_is_the_next_step(sent: Town) -> None:
    """Of two submissions the one in review is someone else's turn."""
    sent.hand_in("ana", SLIP)
    rows = rows_of(sent)
    assert rows[f"ana/{SLIP}"] == ("draft, changes not saved", "you", "mcred save")
    ran = sent.run("ana", "status")
    assert ran.next == "mcred save"
    lines = [line.split()[0] for line in ran.out.splitlines() if line.startswith((SLIP, WAIT))]
    assert lines == [SLIP, WAIT]
    sent.run("ana", "submit", SLIP, "--attest", "all")
    assert sent.run("ana", "status").next == "mcred browse"


def test_a_panel_of_two_is_counted_down(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "t")
    set_rules(town, "  experts: 1\n", "  experts: 2\n")
    town.submit("ana")
    assert rows_of(town)[ANA][:2] == ("in review (0 of 2)", ", ".join(town.panel("ana")))
    hand_scores(town, "tom")
    assert rows_of(town)[ANA][:2] == ("in review (1 of 2)", "mei")
    assert town.run("tom", "status", "--json").json["duties"] == []
    hand_scores(town, "mei")
    assert rows_of(town)[ANA][:2] == ("being reconciled", "rosa")


def test_several_issuers_are_named_and_each_has_the_duty(first_town: Town, tmp_path: Path) -> None:
    town = spread_town(first_town, tmp_path / "t")
    town.run("rosa", "person", "add", "dev", "--role", "issuer")
    assert rows_of(town)[ANA] == ("being reconciled", "rosa or dev", "mcred status")
    for issuer in ("rosa", "dev"):
        ran = town.run(issuer, "status")
        assert f"{ANA} is waiting for your decision." in ran.out
        assert town.run(issuer, "status", "--json").json["duties"][0] == {
            "what": f"{ANA} is waiting for your decision.",
            "next": f"mcred reconcile {ANA}",
        }


def test_duties_come_before_ones_own_work_and_all_are_listed(sent: Town) -> None:
    """One person in every role: an assessment is due, someone waits, a draft of their own is open."""
    judge = asked(sent)
    sent.run("rosa", "person", "add", judge, "--role", "maintainer", "--role", "issuer")
    sent.run(judge, "sync")
    sent.start(judge, SLIP)
    found = sent.run(judge, "status", "--json").json
    assert [d["next"] for d in found["duties"]] == [f"mcred assess {ANA}", "mcred person add eva"]
    assert found["next"] == f"mcred assess {ANA}"
    ran = sent.run(judge, "status")
    assert f"{ANA} is waiting for your assessment, due 2026-03-12." in ran.out
    assert "eva is waiting to be confirmed." in ran.out
    hand_scores(sent, judge)
    assert sent.run("rosa", "status").next == f"mcred reconcile {ANA}"
    assert sent.run(judge, "status").next == "mcred person add eva"
    sent.run(judge, "person", "add", "eva")
    assert sent.run(judge, "status").next == f"mcred check {SLIP}"


def test_someone_not_confirmed_yet_hears_who_confirms_and_works_on(town: Town) -> None:
    ran = town.run("eva", "status")
    assert "You are not confirmed yet; rosa will do that. You can work in the meantime." in ran.out
    assert town.run("eva", "status", "--json").json["confirmed"] is False
    town.run("rosa", "person", "add", "mei", "--role", "maintainer")
    assert "rosa or mei will do that" in town.run("eva", "status").out
    town.start("eva", SLIP)
    assert rows_of(town, "eva")[f"eva/{SLIP}"][0] == "draft"
    town.run("mei", "person", "add", "eva")
    assert "not confirmed" not in town.run("eva", "status").out


def test_a_folder_that_is_no_ones_leads_to_setup(town: Town) -> None:
    git(town.home("ben"), "config", "--unset", "mcred.person")
    ran = town.run("ben", "status")
    assert ran.next == "mcred setup"
    assert ran.out.splitlines()[0] == "Lakeside Schools"
    found = town.run("ben", "status", "--json").json
    assert (found["person"], found["submissions"], found["next"]) == (None, [], "mcred setup")


def test_without_the_remote_the_last_known_state_is_shown_and_said_to_be_old(sent: Town) -> None:
    known = rows_of(sent)
    sent.remote.rename(sent.place / "away.git")
    ran = sent.run("ana", "status")
    assert "What follows is what was last received." in ran.err
    assert "in review (0 of 1)" in ran.out
    ran = sent.run("ana", "status", "--json")
    assert "last received" in ran.err
    assert {r["submission"]: r["state"] for r in ran.json["submissions"]} == {
        ANA: known[ANA][0],
    }


def test_on_a_narrow_terminal_nothing_is_cut_off(sent: Town) -> None:
    out = io.StringIO()
    show = Show(out, io.StringIO())
    show.out = Console(file=out, force_terminal=True, width=38, no_color=True, highlight=False, markup=False)
    judge = asked(sent)
    assert run_line(("status",), Terminal(at=sent.home("ana"), show=show, now=lambda: sent.now)) == 0
    lines = [
        line.rstrip() for line in out.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    ]
    assert lines[:6] == [
        "Lakeside Schools · ana",
        WAIT,
        "  state: in review (0 of 1)",
        f"  who acts: {judge}",
        "  since: 2026-03-02",
        "  due: 2026-03-12",
    ]


def test_a_programmes_name_is_shown_as_it_is_written(town: Town) -> None:
    set_rules(town, '"Lakeside Schools"', '"[red]Lake[/red] :smile:"')
    assert town.run("ana", "status").out.splitlines()[0] == "[red]Lake[/red] :smile: · ana"
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8").replace("Lake[", "Lake\\u202e["), "utf-8")
    ran = town.run("rosa", "save", "--programme", expect=1)
    assert "mcred.yaml:7:9: error: an escaped hidden character (U+202E)" in ran.err
    assert "\u202e" not in ran.said


def test_a_draft_that_lacks_nothing_is_to_be_submitted(ready: Town) -> None:
    assert ready.run("ana", "status").next == f"mcred submit {WAIT}"
    (ready.folder("ana") / "1-overview.md").write_text("# Overview questions\n", "utf-8")
    ready.run("ana", "save")
    assert ready.run("ana", "status").next == f"mcred check {WAIT}"


def test_a_new_award_is_said_for_a_week(earned: Town) -> None:
    earned.run("ana", "setup", "--publish", "private")
    earned.run("rosa", "person", "add", "ana")
    ran = earned.run("ana", "status")
    assert f"Congratulations! You earned {DEFINITIONS[WAIT].title}." in ran.out
    assert ran.next == f"mcred share {WAIT}"
    earned.now += timedelta(days=8)
    ran = earned.run("ana", "status")
    assert "Congratulations" not in ran.out and ran.next == "mcred browse"


def test_a_maintainer_hears_what_the_program_lacks(tmp_path: Path) -> None:
    town = Town(place=tmp_path)
    who = ("--person", "Rosa Diaz", "--id", "rosa", "--school", "District", "--publish", "private")
    town.run("rosa", "init", str(town.home("rosa")), "--name", "Lake", *who, "--url", "", at=tmp_path)
    ran = town.run("rosa", "status")
    assert "There is no key yet that signs awards" in ran.out and ran.next == "mcred key new"
