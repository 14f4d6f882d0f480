"""Three peers judge: who is asked, how their levels come together, what a split asks of the issuer."""

from __future__ import annotations

import pytest

from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.opening import open_decision
from mcred.domain.decision import Decision
from mcred.domain.ids import Slug
from mcred.domain.submission import ReviewRequest
from mcred.store.git import open_repo
from tests.cli.court import hand_scores, read_on_main
from tests.cli.town import EXPERTS, WAIT, Ran, Town, git

DEV = f"dev/{WAIT}"
DECISION = f"portfolios/{DEV}/attempts/1/decision.json"
PEERS = ("ana", "ben", "cleo")
DISAGREE = "assessors disagree"


def judge(town: Town, **levels: str) -> None:
    """Each peer scores with the best levels, but for their own level of *waiting*."""
    for person in PEERS:
        hand_scores(town, person, {"waiting": levels[person]} if person in levels else {}, "dev")


def row_of(ran: Ran, criterion: str) -> dict[str, object]:
    """A criterion of the matrix as machines get it."""
    found: dict[str, object] = next(r for r in ran.json["criteria"] if r["criterion"] == criterion)
    return found


def test_peers_are_asked_only_once_there_are_as_many_as_needed(peers: Town) -> None:
    """Cleo came third: the experts' time was over, and two holders are no panel of three."""
    request = read_on_main(peers, f"portfolios/cleo/{WAIT}/attempts/1/request.json", ReviewRequest)
    assert (request.rule, request.assessed_before) == ("expert", 2)
    assert "only 2 of 3 peers can assess this, so experts do" in request.reasons
    assert request.panel[0] in EXPERTS
    why = peers.run("rosa", "queue", "--why", DEV)
    assert "3 submissions assessed, 2 or more: peers assess" in why.out
    found = peers.run("rosa", "queue", "--why", DEV, "--json").json
    assert (found["schema"], found["rule"], sorted(found["panel"])) == ("mcred/panel/1", "peer", [*PEERS])
    assert found["assessed_before"] == 3


def test_a_peer_sees_what_waits_and_an_expert_is_told_who_judges(peers: Town) -> None:
    ran = peers.run("ana", "queue")
    assert DEV in ran.out and "peers" in ran.out
    assert ran.next == f"mcred view {DEV}   then   mcred assess {DEV}"
    for expert in EXPERTS:
        assert "Nothing is waiting for you." in peers.run(expert, "queue").out
        refused = peers.run(expert, "assess", DEV, "--from", "x", expect=5)
        assert f"{expert} has not earned {WAIT}" in refused.err


def test_the_queue_counts_down_who_is_missing(peers: Town) -> None:
    for done, person in enumerate(PEERS):
        (row,) = peers.run("rosa", "queue", "--all", "--json").json["submissions"]
        assert (row["state"], row["missing"]) == ("in review", [p for p in row["panel"] if p in PEERS[done:]])
        said = peers.run("rosa", "reconcile", DEV, expect=1).err
        assert all((f"{p}" in said.split(" still has")[0]) is (p in PEERS[done:]) for p in PEERS)
        hand_scores(peers, person, earner="dev")
        assert "Nothing is waiting for you." in peers.run(person, "queue").out
    (row,) = peers.run("rosa", "queue", "--json").json["submissions"]
    assert (row["state"], row["missing"]) == ("being reconciled", [])
    assert "decision" in peers.run("rosa", "queue").out


@pytest.mark.parametrize(
    ("levels", "level", "spread", "recommended", "mark"),
    [
        ({}, "proficient", 0, "award", ""),
        ({"ana": "basic"}, "proficient", 1, "award", ""),
        ({"ana": "basic", "cleo": "basic"}, "basic", 1, "award", ""),
        ({"ben": "developing"}, "proficient", 2, "award", DISAGREE),
        ({"ben": "developing", "ana": "basic"}, "basic", 2, "award", DISAGREE),
        ({"ben": "developing", "ana": "developing"}, "developing", 2, "revise", DISAGREE),
        ({"ben": "developing", "ana": "developing", "cleo": "basic"}, "developing", 1, "revise", "not met"),
    ],
    ids=["all best", "one lower", "two lower", "one far", "all three differ", "two far", "below"],
)
def test_the_middle_level_counts_and_a_wide_spread_is_marked(
    peers: Town, levels: dict[str, str], level: str, spread: int, recommended: str, mark: str
) -> None:
    judge(peers, **levels)
    shown = peers.run("rosa", "reconcile", DEV, "--json")
    row = row_of(shown, "waiting")
    assert (row["level"], row["spread"], row["met"]) == (level, spread, level != "developing")
    assert row["given"] == {p: levels.get(p, "proficient") for p in PEERS}
    assert shown.json["recommended"] == recommended
    ran = peers.run("rosa", "reconcile", DEV)
    (line,) = [x for x in ran.out.splitlines() if x.startswith("Waiting ")]
    assert line.split()[4:] == [level, "basic", *mark.split()]
    assert ("set the level yourself" in ran.out) is (mark == DISAGREE)
    before = git(peers.remote, "rev-parse", "main")
    ran = peers.run("rosa", "reconcile", DEV, f"--{recommended}", "--yes", expect=int(mark == DISAGREE))
    assert (git(peers.remote, "rev-parse", "main") == before) is (mark == DISAGREE)
    assert ("assessors disagree on waiting" in ran.err) is (mark == DISAGREE)


def test_a_split_panel_is_settled_by_the_issuer_with_all_three_in_the_record(peers: Town) -> None:
    judge(peers, ana="developing", ben="developing")
    words = ("--level", "waiting=basic", "--reason", "The recording shows a full second each time.")
    dry = peers.run("rosa", "reconcile", DEV, *words, "--award", "--dry-run")
    assert "Recommended: award" in dry.out and "Nothing was changed." in dry.out
    peers.run("rosa", "reconcile", DEV, *words, "--award", "--yes")
    decision = read_on_main(peers, DECISION, Decision)
    assert (decision.rule, decision.recommended, decision.outcome) == ("peer", "award", "award")
    assert decision.level_of(Slug("waiting")) == "basic"
    assert sorted(b.assessor for b in decision.basis) == [*PEERS]
    assert len(git(peers.remote, "log", "-1", "--format=%P", "main").split()) == 5
    ran = peers.run("dev", "feedback")
    assert "Waiting: basic" in ran.out and "(basic required)" not in ran.out
    assert "Reason: The recording shows a full second each time." in ran.out
    for person in ("ana", "ben"):
        assert f"{person} (developing): Say more here." in ran.out
    assert "cleo (" not in ran.out
    assert "cleo: Read with pleasure." in ran.out


def test_a_level_that_was_settled_lower_changes_the_recommendation(peers: Town) -> None:
    judge(peers, ben="developing")
    low = ("--level", "waiting=developing", "--reason", "None of it is waiting.")
    assert "Recommended: revise (waiting is at developing" in peers.run("rosa", "reconcile", DEV, *low).out
    peers.run("rosa", "reconcile", DEV, *low, "--revise", "--yes")
    stored = read_on_main(peers, DECISION, Decision)
    decision = open_decision(stored, all_reading_keys(open_repo(peers.home("rosa")))).decision
    assert (decision.recommended, decision.level_of(Slug("waiting"))) == ("revise", "developing")
    assert "Waiting: developing (basic required)" in peers.run("dev", "feedback").out


def test_the_second_attempt_goes_to_the_same_peers_with_only_what_is_open(peers: Town) -> None:
    judge(peers, ana="developing", ben="developing")
    peers.run("rosa", "reconcile", DEV, "--revise", "--yes", "--reason", "Two say so.", "--feedback", "Wait.")
    peers.run("dev", "sync")
    talk = peers.folder("dev") / "evidence" / "talk.md"
    talk.write_text("09:01 A question. 09:09 Eight seconds.\n", "utf-8")
    peers.run("dev", "submit", WAIT, "--attest", "all", "--note", "Waited longer.")
    found = peers.run("rosa", "queue", "--why", DEV, "--json").json
    assert (found["attempt"], sorted(found["panel"])) == (2, [*PEERS])
    assert sum("is assigned again" in reason for reason in found["reasons"]) == 3
    peers.run("ana", "assess", DEV, "--blank", "open.yaml")
    text = (peers.home("ana") / "open.yaml").read_text("utf-8")
    assert [x.split()[-1] for x in text.splitlines() if "criterion:" in x] == ["waiting"]
    peers.assess("dev")
    rows = peers.run("rosa", "reconcile", DEV, "--json").json["criteria"]
    assert {r["criterion"]: (r["carried"], len(r["given"])) for r in rows} == {
        "context": (True, 0),
        "questions": (True, 0),
        "waiting": (False, 3),
    }
    peers.run("rosa", "reconcile", DEV, "--award", "--yes")
    out = peers.run("dev", "feedback").out
    assert out.count("kept from the attempt before: its evidence did not change") == 2
