"""What the levels do not recommend, decided by two issuers: one proposes it, another one decides the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push
from mcred.app.keys.signing import read_key
from mcred.domain.decision import Decision, Override
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import decision_path, override_path, override_ref, review_ref
from mcred.domain.sealed.review import read_proposal
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.git import open_repo
from tests.cli.court import (
    ANAS,
    Forgery,
    names_on_main,
    read_on_main,
    repo_of,
    send_forgery,
    set_rules,
    standing_of,
)
from tests.cli.test_main_moves import moved, refuse_once
from tests.cli.test_override import narrative_of, page_of
from tests.cli.town import WAIT, Ran, Town, git
from tests.sealing import key_of, sealed_proposal

ANA = f"ana/{WAIT}"
WHY, TOO = "I saw her teach it.", "So did I, in May."
LEVEL = ("--level", "questions=basic: Page two lacks it.")
OURS = override_ref(ANAS, 1, PersonId("rosa"))
DECISION = decision_path(ANAS, 1)


@pytest.fixture
def two(sent: Town) -> Town:
    """Rosa and Dev are issuers; the expert found one of three criteria below its level."""
    sent.run("rosa", "person", "add", "dev", "--role", "issuer")
    sent.assess("ana", levels={"questions": "basic"})
    return sent


def award(town: Town, person: str, *words: str, expect: int = 0) -> Ran:
    """An issuer types it."""
    return town.run(person, "reconcile", ANA, "--award", "--yes", *words, expect=expect)


def audited(town: Town) -> Any:
    """The only award as the audit has it."""
    answer = town.run("dev", "audit", "--json").json
    assert answer["clean"], answer["findings"]
    (found,) = answer["awards"]
    return found


def test_one_proposes_another_agrees_and_both_reasons_are_kept(two: Town, tmp_path: Path) -> None:
    said = award(two, "rosa", "--reason", WHY)
    assert "you propose to award it; the levels recommend revise" in said.out
    assert "It is not decided yet: dev has to agree" in said.out
    assert said.next == f"mcred reconcile {ANA} --award   (by dev)"
    assert standing_of(two).word == "being reconciled" and not names_on_main(two, f"portfolios/{ANA}")
    proposed = git(two.remote, "rev-parse", OURS).strip()
    assert git(two.remote, "rev-parse", f"{OURS}^").strip() == standing_of(two).judged
    again = award(two, "rosa", "--reason", WHY, "--json").json
    assert (again["schema"], again["status"], again["seconds"]) == ("mcred/proposed/1", "not needed", ["dev"])
    shown = two.run("dev", "reconcile", ANA).out
    assert f"rosa proposes to award it, against the levels: {WHY}" in shown
    award(two, "dev", expect=1)
    award(two, "dev", "--reason", TOO)
    decision = read_on_main(two, DECISION, Decision)
    assert (decision.issuer, decision.reason) == ("dev", TOO)
    assert decision.override is not None
    assert (decision.override.issuer, decision.override.commit) == ("rosa", proposed)
    proposal = read_proposal(read_on_main(two, override_path(ANAS, 1), Override), decision.override.opened)
    assert proposal is not None and proposal.reason == WHY
    assert proposed in git(two.remote, "log", "-1", "--format=%P", "main").split()
    found = audited(two)
    assert found["proved"] and found["override"]
    assert "Awarded by the decision of two issuers against the levels" in found["departures"][0]
    told = two.run("dev", "explain", ANA).out
    assert WHY in told and TOO in told and "rosa, another issuer, had proposed the same" in told
    assert two.run("dev", "explain", ANA, "--json").json["proposed"]["reason"] == WHY
    assert "Awarded by the decision of two issuers against the levels." in page_of(two, tmp_path / "pages")
    assert "the decision of two issuers" in narrative_of(two)
    assert two.run("dev", "report", "--json").json["overrides"] == 1
    assert "1 of them differ from the recommendation" in two.run("dev", "report").out


def test_both_issuers_see_that_it_waits(two: Town) -> None:
    award(two, "rosa", "--reason", WHY)
    waits = f"{ANA} is waiting for dev to agree with you: you proposed to award it."
    assert waits in two.run("rosa", "queue").out and waits in two.run("rosa", "status").out
    asks = f"{ANA} is waiting for your decision. rosa proposes to award it, against the recommendation."
    for verb in ("queue", "status"):
        said = two.run("dev", verb)
        assert asks in said.out and said.next == f"mcred reconcile {ANA}"


def test_typed_again_nothing_is_proposed_twice_and_no_other_thing_either(two: Town) -> None:
    award(two, "rosa", "--reason", WHY)
    before = two.refs()
    assert "you propose to award it" in award(two, "rosa", "--reason", "Once more.").out
    said = two.run("rosa", "reconcile", ANA, "--decline", "--yes", "--reason", "No.", expect=6)
    assert f"you proposed to award {ANA}, and that stays until it is decided" in said.said
    assert two.refs() == before
    two.run("rosa", "reconcile", ANA, "--revise", "--yes")
    assert read_on_main(two, DECISION, Decision).override is None


def test_a_proposal_that_was_stored_and_not_sent_is_sent_by_the_same_command(two: Town) -> None:
    award(two, "rosa", "--reason", WHY)
    stored = git(two.remote, "rev-parse", OURS).strip()
    git(two.remote, "update-ref", "-d", OURS)
    git(two.home("rosa"), "update-ref", "-d", OURS.replace("heads", "remotes/origin", 1))
    award(two, "rosa", "--reason", WHY)
    assert git(two.remote, "rev-parse", OURS).strip() == stored


def test_a_dry_run_proposes_nothing(two: Town) -> None:
    two.run("rosa", "sync")
    before = two.refs("rosa"), two.refs()
    said = award(two, "rosa", "--reason", WHY, "--dry-run")
    assert f"Would propose to award {ANA}; dev has to agree. Nothing was changed." in said.out
    assert (two.refs("rosa"), two.refs()) == before


def test_the_levels_of_a_proposal_are_taken_over_with_their_reasons(two: Town) -> None:
    words = ("--level", "waiting=developing: It is one second.")
    award(two, "rosa", *words, "--reason", WHY)
    award(two, "dev", "--reason", TOO)
    decision = read_on_main(two, DECISION, Decision)
    assert {s.criterion: s.reason for s in decision.levels if s.by_issuer} == {"waiting": "It is one second."}
    assert audited(two)["proved"]


def test_with_other_levels_it_is_another_proposal(two: Town) -> None:
    award(two, "rosa", "--reason", WHY)
    said = award(two, "dev", "--level", "waiting=developing: It is one second.", "--reason", TOO)
    assert "It is not decided yet: rosa has to agree" in said.out


def test_only_what_differs_from_the_levels_needs_a_second_issuer(two: Town) -> None:
    two.run("dev", "reconcile", ANA, "--revise", "--yes")
    assert read_on_main(two, DECISION, Decision).outcome == "revise"


@pytest.mark.parametrize("outcome", ["award", "decline"])
def test_a_programme_may_ask_for_a_reason_alone(two: Town, outcome: str) -> None:
    set_rules(two, "override: two-issuers", "override: reason")
    two.run("dev", "reconcile", ANA, f"--{outcome}", "--yes", "--reason", TOO)
    assert read_on_main(two, DECISION, Decision).override is None
    assert two.run("dev", "audit", "--json").json["clean"]


def test_a_programme_may_forbid_it(two: Town) -> None:
    set_rules(two, "override: two-issuers", "override: never")
    said = award(two, "dev", "--reason", TOO, expect=1)
    assert "the levels recommend revise, and this program never decides otherwise" in said.said
    assert said.next == f"mcred reconcile {ANA} --revise"
    two.run("dev", "reconcile", ANA, "--revise", "--yes")


def test_the_other_issuer_may_have_lost_the_role_since(two: Town) -> None:
    """A proposal was made with a right to it; a role that ends later voids nothing."""
    award(two, "rosa", "--reason", WHY)
    two.run("rosa", "person", "add", "cleo", "--role", "issuer")
    set_rules(two, "issuers: [rosa, dev, cleo]", "issuers: [dev, cleo]")
    award(two, "dev", "--reason", TOO)
    assert read_on_main(two, DECISION, Decision).override is not None
    assert two.run("dev", "audit", "--json").json["clean"]


def forged(
    town: Town, by: str, shown: Mapping[str, Any] | None = None, **changes: Any
) -> tuple[str, CommitId]:
    """A proposal that someone makes and signs, kept aside, and the ref it is for.

    `shown`: fields of its file that are changed after it was sealed.
    """
    standing = standing_of(town)
    assert standing.judged is not None
    said = replace(
        Override(
            format=2,
            submission=ANAS,
            attempt=1,
            issuer=PersonId(by),
            judged=standing.judged,
            main=CommitId(git(town.remote, "rev-parse", "main").strip()),
            proposed=town.now,
            outcome="award",
            reason=WHY,
        ),
        **changes,
    )
    issuers = [key_of(town.home(name)) for name in ("rosa", "dev")]
    made = Forgery(
        by=by,
        ref="refs/heads/person/aside",
        parent=standing.judged,
        files={override_path(ANAS, 1): encode(replace(sealed_proposal(said, issuers), **(shown or {})))},
        text=message("Propose", "override", ANAS, 1),
        key=read_key(repo_of(town, by)),
    )
    return override_ref(ANAS, 1, said.issuer), send_forgery(town, made)


@pytest.mark.parametrize(
    ("by", "changes", "why"),
    [
        ("dev", {}, ""),
        ("ben", {}, "ben is not an issuer who may decide"),
        ("ana", {}, "ana is not an issuer who may decide"),
        ("ben", {"issuer": PersonId("dev")}, "it is signed with a key that is not dev's"),
        ("dev", {"attempt": 2}, "it says it is by dev for attempt 2"),
        ("dev", {"judged": CommitId("a" * 40)}, "it is about a different version of the work"),
        ("dev", {"main": CommitId("a" * 40)}, "a state that the program never had"),
    ],
)
def test_the_remote_takes_only_what_counts(two: Town, by: str, changes: dict[str, Any], why: str) -> None:
    ref, tip = forged(two, by, **changes)
    refused = check_push(open_repo(two.remote), [Update(ref=ref, old=None, new=tip)], two.now.date())
    assert [r.code for r in refused] == ["override-refused"] * bool(why)
    assert all(why in r.what for r in refused)


def test_a_proposal_without_a_reason_is_not_agreed_with(two: Town) -> None:
    """The remote cannot read it; whoever decides does."""
    ref, tip = forged(two, "dev", reason=" ")
    git(two.remote, "update-ref", ref, tip)
    assert "rosa" not in two.run("rosa", "reconcile", ANA).out
    said = award(two, "rosa", "--reason", WHY)
    assert "It is not decided yet: dev has to agree" in said.out


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({"outcome": "award"}, "everyone can read what it proposes"),
        ({"reason": "Because."}, "everyone can read what it proposes"),
        ({"sealed": ""}, "everyone can read what it proposes"),
        ({"sealed": "bm8gYWdl"}, "what it proposes is not sealed in a way that is taken here"),
    ],
)
def test_the_remote_takes_only_sealed_proposals(two: Town, shown: dict[str, Any], why: str) -> None:
    ref, tip = forged(two, "dev", shown)
    refused = check_push(open_repo(two.remote), [Update(ref=ref, old=None, new=tip)], two.now.date())
    assert [(r.code, r.what) for r in refused] == [("override-refused", why)]


def test_a_proposal_under_an_older_state_arrives_under_the_newest_one(two: Town) -> None:
    ref, tip = forged(two, "dev")
    main = moved(two)
    refused = check_push(open_repo(two.remote), [Update(ref=ref, old=None, new=tip)], two.now.date())
    assert [r.code for r in refused] == ["review-old"]
    two.run("rosa", "sync")
    refuse_once(two, "review-old")
    award(two, "rosa", "--reason", WHY)
    assert read_at(two, OURS).main == main


def test_sync_sends_a_stored_proposal_under_the_newest_state(two: Town) -> None:
    two.run("rosa", "person", "add", "dev", "--role", "maintainer")
    refuse_once(two, "not-signed")
    award(two, "rosa", "--reason", WHY, expect=6)
    main = moved(two, "dev")
    two.run("rosa", "sync")
    assert read_at(two, OURS).main == main
    award(two, "dev", "--reason", TOO)
    assert audited(two)["proved"]


def read_at(town: Town, ref: str) -> Override:
    """The proposal that the remote has."""
    data = git(town.remote, "show", f"{ref}:{override_path(ANAS, 1)}")
    found, problems = decode(data.encode(), Override, "")
    assert found is not None, problems
    return found


def test_a_proposal_by_an_assessor_of_the_same_work_does_not_count(two: Town) -> None:
    judge = next(e.person for e in standing_of(two).reviews)
    two.run("rosa", "person", "add", judge, "--role", "issuer")
    ref, tip = forged(two, judge)
    git(two.remote, "update-ref", ref, tip)
    said = award(two, "dev", "--reason", TOO)
    assert "It is not decided yet: rosa has to agree" in said.out
    assert f"{judge} is not an issuer who may decide" in two.run("dev", "queue").err
    assert git(two.remote, "rev-parse", review_ref(ANAS, 1, judge))
