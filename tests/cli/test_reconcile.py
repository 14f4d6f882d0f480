"""`reconcile`: from levels side by side to a decision that stands on the main line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator

from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId, Slug
from mcred.domain.layout import review_ref, submission_ref
from mcred.store.log import read_commit
from mcred.store.remote import push
from tests.cli.court import (
    ANAS,
    anas_folder,
    asked,
    decided,
    desk_of,
    hand_scores,
    names_on_main,
    on_main,
    read_on_main,
    set_rules,
    spread_town,
    standing_of,
)
from tests.cli.town import PEOPLE, WAIT, Town, digests, git
from tests.open_badges import open_badge_schema
from tests.school import a_credential

ANA = f"ana/{WAIT}"
DECISION = f"portfolios/{ANA}/attempts/1/decision.json"


@pytest.fixture
def court(sent: Town) -> Town:
    """Ana's work waits for an expert."""
    return sent


@pytest.fixture
def judged(court: Town) -> Town:
    """Ana's work was assessed at the best levels."""
    hand_scores(court, asked(court))
    return court


def tips(town: Town) -> tuple[str, str, list[str]]:
    """The remote's main, what was sent, and its reviews by assessor."""
    listing = git(town.remote, "for-each-ref", "--format=%(objectname)", "refs/heads/review/ana").split()
    main, sent = (git(town.remote, "rev-parse", r).strip() for r in ("main", submission_ref(ANAS)))
    return main, sent, listing


@pytest.mark.parametrize("outcome", ["award", "revise", "decline"])
def test_a_decision_joins_main_the_sent_state_and_each_review(judged: Town, outcome: str) -> None:
    main, sent, reviews = tips(judged)
    before = names_on_main(judged, anas_folder(), sent)
    words = () if outcome == "award" else ("--reason", "It has to be seen in class.")
    said = judged.decide("ana", WAIT, outcome, "--feedback", "Thank you.", *words)
    words_of = {"award": "awarded", "revise": "returned for revision", "decline": "declined"}
    assert f"{ANA}, attempt 1: {words_of[outcome]}." in said.out
    assert said.next == ("mcred build" if outcome == "award" else "mcred queue")
    parents = git(judged.remote, "log", "-1", "--format=%P", "main").split()
    assert parents == [main, sent, *reviews]
    (assessor,) = (e.assessor for e in read_on_main(judged, DECISION, Decision).basis)
    extra = [f"attempts/1/reviews/{assessor}.json", "attempts/1/decision.json"]
    extra += ["attempts/1/badge.json"] if outcome == "award" else []
    assert sorted(names_on_main(judged, anas_folder())) == sorted([*before, *extra])
    changed = git(judged.remote, "diff", "--name-only", main, "main").split()
    assert all(path.startswith(f"{anas_folder()}/") for path in changed)
    trailers = git(judged.remote, "log", "-1", "--format=%(trailers:only,unfold)", "main").split("\n")
    assert trailers[:3] == ["Mcred-Event: decide", f"Mcred-Submission: {ANA}", "Mcred-Attempt: 1"]
    rosa = desk_of(judged).catalog.people[PersonId("rosa")]
    assert rosa.signs_with(head_signer(judged))


def head_signer(town: Town) -> str | None:
    """Whose good signature the newest commit of main has."""
    desk = desk_of(town)
    return read_commit(desk.repo, desk.main).signer


def test_a_decision_says_what_it_rests_on(judged: Town) -> None:
    _, sent, (review,) = tips(judged)
    judge = standing_of(judged).reviews[0].person
    judged.decide("ana", WAIT, "award", "--feedback", "Well waited.")
    decision = read_on_main(judged, DECISION, Decision)
    assert (decision.outcome, decision.issuer, decision.recommended) == ("award", "rosa", "award")
    assert (decision.judged, decision.rule, decision.attempt) == (sent, "expert", 1)
    assert [(b.assessor, b.commit) for b in decision.basis] == [(judge, review)]
    assert {s.criterion: s.level for s in decision.levels} == {
        "context": "passing",
        "questions": "proficient",
        "waiting": "proficient",
    }
    assert (decision.reason, decision.feedback, decision.flags) == ("", "", ())
    assert [decided(judged, reader=who)[0].feedback for who in ("ana", judge, "rosa")] == ["Well waited."] * 3
    assert decision.decided == judged.now
    assert git(judged.remote, "rev-parse", f"main:credentials/{WAIT}/credential.yaml").strip() == (
        decision.definition.blob
    )


def test_an_award_is_an_open_badge(judged: Town) -> None:
    judged.decide("ana")
    award = json.loads(on_main(judged, f"portfolios/{ANA}/attempts/1/badge.json"))
    Draft201909Validator(open_badge_schema()).validate(award)


def test_an_award_names_the_earner_and_no_assessor(judged: Town) -> None:
    judge = standing_of(judged).reviews[0].person
    judged.decide("ana")
    text = on_main(judged, f"portfolios/{ANA}/attempts/1/badge.json").decode()
    assert "Ana Reyes" in text
    assert PEOPLE[judge][0] not in text
    assert f'"{judge}"' not in text
    award = json.loads(text)
    assert award["validFrom"] == judged.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert award["credentialSubject"]["achievement"]["version"] == a_credential().version


def test_the_matrix_shows_who_gave_what(first_town: Town, tmp_path: Path) -> None:
    town = spread_town(first_town, tmp_path / "t", mei={"questions": "basic"}, tom={"waiting": "developing"})
    said = town.run("rosa", "reconcile", ANA)
    lines = [line.split() for line in said.out.splitlines()]
    people = next(line for line in lines if "criterion" in line)[1:3]
    row = next(line for line in lines if line and line[0] == "Questions")
    assert dict(zip(people, row[1:3], strict=True)) == {"mei": "basic", "tom": "proficient"}
    assert row[3:] == ["basic", "proficient", "not", "met"]
    row = next(line for line in lines if line and line[0] == "Waiting")
    assert row[3:] == ["developing", "basic", "assessors", "disagree"]
    assert "Recommended: revise (questions is at basic, proficient is required" in said.out
    assert "mei on questions: Say more here." in said.out
    assert said.next == f"mcred reconcile {ANA} --revise"
    found = town.run("rosa", "reconcile", ANA, "--json").json
    spread = {r["criterion"]: r["spread"] for r in found["criteria"]}
    assert spread == {"context": 0, "questions": 1, "waiting": 2}
    assert found["schema"] == "mcred/matrix/1"
    assert standing_of(town).word == "being reconciled"


def test_far_apart_needs_a_reason_or_a_level_with_one(first_town: Town, tmp_path: Path) -> None:
    town = spread_town(first_town, tmp_path / "t", tom={"waiting": "developing"})
    said = town.run("rosa", "reconcile", ANA, "--revise", "--yes", expect=1)
    assert "a reason is required: assessors disagree on waiting" in said.said
    assert said.next == f'mcred reconcile {ANA} --revise --reason "…"'
    said = town.run("rosa", "reconcile", ANA, "--award", "--level", "waiting=basic", "--yes", expect=1)
    assert "a reason is required: you set the level of waiting" in said.said
    assert said.next == f'mcred reconcile {ANA} --award --level waiting=basic --reason "…"'
    words = ("--level", "waiting=basic", "--award", "--reason", "The record shows two seconds.")
    town.run("rosa", "reconcile", ANA, *words, "--yes")
    decision = read_on_main(town, DECISION, Decision)
    assert (decision.outcome, decision.recommended) == ("award", "award")
    assert decision.level_of(Slug("waiting")) == "basic"
    assert {s.criterion: s.reason for s in decision.levels if s.reason} == {
        "waiting": "The record shows two seconds."
    }
    assert decision.reason == ""
    parents = git(town.remote, "log", "-1", "--format=%P", "main").split()
    assert len(parents) == 4


@pytest.mark.parametrize("level", ["waiting=great", "wait=basic", "waiting", ""])
def test_a_level_that_is_none_is_refused_with_those_there_are(judged: Town, level: str) -> None:
    said = judged.run("rosa", "reconcile", ANA, "--level", level, expect=1)
    known = "proficient, basic, developing" if level.startswith("waiting") else "context, questions, waiting"
    assert known in said.said
    assert said.next.startswith(f"mcred reconcile {ANA} --level ")


def test_differing_from_the_recommendation_needs_a_reason(judged: Town) -> None:
    for outcome in ("revise", "decline"):
        said = judged.run("rosa", "reconcile", ANA, f"--{outcome}", "--yes", expect=1)
        assert "a reason is required: you depart from the recommendation" in said.said
    assert standing_of(judged).word == "being reconciled"
    judged.decide("ana", WAIT, "decline", "--reason", "It was bought.")
    assert decided(judged)[0].reason == "It was bought."
    assert judged.status("ana")["state"] == "declined"


def test_one_outcome_at_a_time(judged: Town) -> None:
    before = git(judged.remote, "rev-parse", "main")
    said = judged.run("rosa", "reconcile", ANA, "--award", "--revise", expect=2)
    assert "choose one of --award, --revise, or --decline" in said.said
    assert git(judged.remote, "rev-parse", "main") == before


def test_a_missing_assessment_is_waited_for(court: Town) -> None:
    judge = asked(court)
    said = court.run("rosa", "reconcile", ANA, "--award", "--yes", expect=1)
    assert f"{judge} still has to assess {ANA} (due 2026-03-12)" in said.said
    assert said.next == "mcred queue --all"
    said = court.run("rosa", "reconcile", f"ben/{WAIT}", expect=1)
    assert "is not in review (not started)" in said.said


@pytest.mark.parametrize("person", ["ben", "ana", "mei"])
def test_only_issuers_decide(judged: Town, person: str) -> None:
    said = judged.run(person, "reconcile", ANA, "--award", "--yes", expect=5)
    assert "only issuers decide (rosa)" in said.said


def test_the_only_issuer_who_also_assessed_is_flagged(sent: Town) -> None:
    town = sent
    judge = asked(town)
    set_rules(town, "issuers: [rosa]", f"issuers: [{judge}]")
    hand_scores(town, judge)
    town.run(judge, "reconcile", ANA, "--award", "--yes")
    assert read_on_main(town, DECISION, Decision).flags == (f"{judge} decided and also assessed",)
    assert "1 of 1 awards proved" in town.run(judge, "audit").out


def test_an_issuer_who_also_assessed_leaves_it_to_another(sent: Town) -> None:
    """TRUST: "earner ≠ assessor ≠ deciding issuer", wherever there is a second issuer."""
    town = sent
    judge = asked(town)
    town.run("rosa", "person", "add", judge, "--role", "issuer")
    hand_scores(town, judge)
    said = town.run(judge, "reconcile", ANA, "--award", "--yes", expect=5)
    assert "you assessed this yourself, so rosa decides" in said.said
    assert not names_on_main(town, f"portfolios/{ANA}")
    town.run("rosa", "reconcile", ANA, "--award", "--yes")
    assert read_on_main(town, DECISION, Decision).flags == ()


def test_a_dry_run_decides_nothing(judged: Town) -> None:
    judged.run("rosa", "sync")
    before = judged.refs("rosa"), judged.refs(), digests(judged.home("rosa"))
    said = judged.run("rosa", "reconcile", ANA, "--award", "--dry-run")
    assert f"Would award attempt 1 of {ANA}. Nothing was changed." in said.out
    assert (judged.refs("rosa"), judged.refs(), digests(judged.home("rosa"))) == before


def test_typed_again_it_says_that_it_is_decided(judged: Town) -> None:
    judged.decide("ana")
    before = git(judged.remote, "rev-parse", "main")
    said = judged.decide("ana")
    assert f"{ANA}, attempt 1: awarded by rosa on 2026-03-02." in said.out
    assert said.next == "mcred build"
    said = judged.run("rosa", "reconcile", ANA, "--revise", "--yes", expect=6)
    assert "decided by rosa already" in said.said
    assert git(judged.remote, "rev-parse", "main") == before
    assert judged.run("ben", "reconcile", ANA).out == judged.run("rosa", "reconcile", ANA).out


def test_two_issuers_at_once_make_one_decision(court: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleo decides just before Rosa's decision gets out."""
    judged = court
    judged.run("rosa", "person", "add", "cleo", "--role", "issuer")
    hand_scores(judged, asked(judged))
    calls: list[int] = []

    def first_the_other(*words: Any, **more: Any) -> Any:
        if not calls:
            calls.append(1)
            judged.run("cleo", "reconcile", ANA, "--award", "--yes")
        return push(*words, **more)

    monkeypatch.setattr("mcred.app.commit.push", first_the_other)
    said = judged.run("rosa", "reconcile", ANA, "--award", "--yes", expect=6)
    assert f"{ANA} changed in the meantime: it is earned" in said.said
    assert read_on_main(judged, DECISION, Decision).issuer == "cleo"
    assert "awarded by cleo" in judged.run("rosa", *said.next.split()[1:]).out


def test_a_decision_is_built_again_on_what_came_first(judged: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else reaches the main line between reading and sending."""
    calls: list[int] = []
    judged.run("rosa", "person", "add", "mei", "--role", "maintainer")

    def first_the_other(*words: Any, **more: Any) -> Any:
        if not calls:
            calls.append(1)
            judged.run("mei", "person", "add", "eva")
        return push(*words, **more)

    monkeypatch.setattr("mcred.app.commit.push", first_the_other)
    judged.decide("ana")
    desk = desk_of(judged)
    assert PersonId("eva") in desk.catalog.people
    assert desk.standing(ANAS).word == "earned"


def test_feedback_and_kept_levels_after_a_revise(back: Town) -> None:
    town = back
    (judge,) = (e.assessor for e in read_on_main(town, DECISION, Decision).basis)
    old = f"portfolios/{ANA}/attempts/1/reviews/{judge}.json"
    first = on_main(town, old)
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Open questions now\n", "utf-8")
    town.run("ana", "submit", WAIT, "--attest", "all", "--note", "Opened the questions.")
    assert asked(town) == judge
    path = town.desk(judge) / "s.yaml"
    path.write_text("format: 2\nscores:\n  - {criterion: questions, level: proficient}\n", "utf-8")
    town.run(judge, "assess", ANA, "--from", str(path), "--yes")
    said = town.run("rosa", "reconcile", ANA).out
    assert [x.split()[-1] for x in said.splitlines() if x.startswith(("Context", "Waiting"))] == [
        "kept",
        "kept",
    ]
    town.decide("ana")
    decision = read_on_main(town, f"portfolios/{ANA}/attempts/2/decision.json", Decision)
    assert [(s.criterion, s.level, s.carried) for s in decision.levels] == [
        ("context", "passing", True),
        ("questions", "proficient", False),
        ("waiting", "proficient", True),
    ]
    assert on_main(town, old) == first
    assert decided(town, reader="ana")[0].feedback == "Open the questions."
    (again,) = decided(town, 2, "ana")[1]
    assert [s.criterion for s in again.scores] == ["questions"]
    for ref in (review_ref(ANAS, 1, judge), review_ref(ANAS, 2, judge), submission_ref(ANAS)):
        assert ref not in git(town.remote, "for-each-ref"), "main has it"
    basis = read_on_main(town, f"portfolios/{ANA}/attempts/1/decision.json", Decision).basis
    for commit in (decision.judged, *(b.commit for b in (*basis, *decision.basis))):
        git(town.remote, "merge-base", "--is-ancestor", commit, "main")


def test_scores_for_a_criterion_that_is_kept_are_refused(back: Town) -> None:
    town = back
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Open questions now\n", "utf-8")
    town.run("ana", "submit", WAIT, "--attest", "all", "--note", "Opened.")
    judge = asked(town)
    path = town.desk(judge) / "scores.yaml"
    said = town.run(judge, "assess", ANA, "--from", str(path), "--yes", expect=1).said
    assert "criterion 'context' is not open in this attempt" in said


def test_evidence_taken_out_of_a_second_attempt_leaves_main(back: Town) -> None:
    town = back
    evidence = town.folder("ana") / "evidence"
    (evidence / "plan.md").rename(evidence / "plan-two.md")
    listing = town.listing("ana")
    listing.write_text(listing.read_text("utf-8").replace("plan.md", "plan-two.md"), "utf-8")
    (evidence / "plan-two.md").write_text("# Other\n", "utf-8")
    town.run("ana", "submit", WAIT, "--attest", "all", "--note", "New.")
    path = town.desk(asked(town)) / "s.yaml"
    path.write_text("format: 2\nscores:\n  - {criterion: questions, level: proficient}\n", "utf-8")
    town.run(asked(town), "assess", ANA, "--from", str(path), "--yes")
    town.decide("ana")
    names = names_on_main(town, anas_folder())
    assert "evidence/plan-two.md" in names
    assert "evidence/plan.md" not in names
    assert "attempts/1/decision.json" in names


@pytest.mark.slow
def test_peers_decide_once_experts_have(earned: Town) -> None:
    """After two decided submissions two earlier earners are asked."""
    town = earned
    town.award("ben")
    town.run("cleo", "sync")
    town.submit("cleo")
    assert sorted(town.panel("cleo")) == ["ana", "ben"]
    town.assess("cleo", WAIT, {"waiting": "basic"})
    town.decide("cleo")
    decision = read_on_main(town, f"portfolios/cleo/{WAIT}/attempts/1/decision.json", Decision)
    assert decision.rule == "peer"
    assert len(git(town.remote, "log", "-1", "--format=%P", "main").split()) == 4
    award = on_main(town, f"portfolios/cleo/{WAIT}/attempts/1/badge.json").decode()
    assert "Assessed by 2 teachers who earned it before" in award


def test_the_issuers_folder_holds_what_was_decided(judged: Town) -> None:
    judged.decide("ana")
    names = {p for p in digests(judged.home("rosa")) if p.startswith(f"{anas_folder()}/")}
    assert {p.removeprefix(f"{anas_folder()}/") for p in names} == set(names_on_main(judged, anas_folder()))
    assert git(judged.home("rosa"), "status", "--porcelain") == ""


def test_a_decision_after_days_is_dated_by_the_day_it_is_made(judged: Town) -> None:
    words = ("reconcile", ANA, "--award", "--yes")
    judged.run("rosa", *words, wait=timedelta(days=20))
    assert read_on_main(judged, DECISION, Decision).decided == judged.now
