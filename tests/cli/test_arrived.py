"""What arrives and is not what it says: none of it counts, and the issuer is told where and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.keys.signing import read_key
from mcred.domain.assessment import DefinitionRef, Score
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, Version
from mcred.domain.layout import assessment_path, request_path, review_ref, submission_ref
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.signatures import make_key
from tests.cli.court import (
    ANAS,
    Forgery,
    a_later_state,
    an_honest_review,
    asked,
    decided,
    desk_of,
    forge_request,
    hand_scores,
    read_on_main,
    repo_of,
    send_request,
    standing_of,
)
from tests.cli.court import send_forgery as send_it
from tests.cli.town import EXPERTS, WAIT, Town, git

ANA = f"ana/{WAIT}"
Bend = Callable[[Town, str], Forgery]


@pytest.fixture
def court(sent: Town) -> Town:
    """Ana's work waits for an expert."""
    return sent


def bend(town: Town, judge: str, **changes: Any) -> Forgery:
    """An honest review with something about its commit changed."""
    return replace(an_honest_review(town, judge)[1], **changes)


def rewrite(town: Town, judge: str, **changes: Any) -> Forgery:
    """An honest review with something it says changed."""
    return an_honest_review(town, judge, **changes)[1]


def in_anothers_name(town: Town, judge: str) -> Forgery:
    """Ben pushes to the place of the one who was asked."""
    return bend(town, judge, by="ben", key=an_honest_review(town, "ben")[1].key)


def with_more_files(town: Town, judge: str) -> Forgery:
    """The evidence is improved along the way."""
    honest = an_honest_review(town, judge)[1]
    more = {**honest.files, f"portfolios/{ANA}/1-overview.md": b"# Mine\n"}
    return replace(honest, files=more)


def on_the_main_line(town: Town, judge: str) -> Forgery:
    """Not on what was sent."""
    return bend(town, judge, parent=git(town.remote, "rev-parse", "main").strip())


def after_a_later_save(town: Town, judge: str) -> Forgery:
    """On a state that Ana made later."""
    return bend(town, judge, parent=a_later_state(town))


def scored(**levels: str) -> tuple[Score, ...]:
    """Scores without remarks."""
    return tuple(Score(criterion=Slug(c), level=Slug(v)) for c, v in levels.items())


def from_the_other_expert(town: Town, judge: str) -> Forgery:
    """An expert who was not asked answers too."""
    other = next(p for p in EXPERTS if p != judge)
    return an_honest_review(town, other)[1]


REVIEWS: dict[str, tuple[Bend, str]] = {
    "unsigned": (lambda t, j: bend(t, j, key=None), "it is not signed, or its signature is broken"),
    "another key": (lambda t, j: bend(t, j, key=make_key()), "it is signed with a key that is not"),
    "another person": (in_anothers_name, "it is signed with a key that is not"),
    "more files": (with_more_files, "it changes more than its own file"),
    "on main": (on_the_main_line, "it assesses an earlier version of the evidence"),
    "on a later save": (after_a_later_save, "it assesses an earlier version of the evidence"),
    "says another state": (
        lambda t, j: rewrite(t, j, judged=CommitId("1" * 40)),
        "it assesses an earlier version of the evidence",
    ),
    "executable": (lambda t, j: bend(t, j, mode="100755"), "it changes more than its own file"),
    "symlink": (
        lambda t, j: bend(t, j, mode="120000"),
        "it changes more than its own file",
    ),
    "missing criterion": (
        lambda t, j: rewrite(t, j, scores=scored(context="passing", questions="proficient")),
        "it does not commit to one level and one remark for each open criterion",
    ),
    "says another assessor": (
        lambda t, j: rewrite(t, j, assessor=PersonId("ben")),
        "it says it is by ben",
    ),
    "says another attempt": (lambda t, j: rewrite(t, j, attempt=2), "attempt 2 of ana/wait-time"),
    "another rubric": (
        lambda t, j: rewrite(t, j, definition=DefinitionRef(version=Version("1.2.0"), blob=BlobId("2" * 40))),
        "it was scored with another version of the rubric",
    ),
    "unreadable": (
        lambda t, j: bend(t, j, files={assessment_path(ANAS, 1, PersonId(j)): b"scores: [\n"}),
        "its scores cannot be read",
    ),
    "not asked": (from_the_other_expert, "is not assigned to assess this"),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_a_review_that_is_not_what_it_says_does_not_count(court: Town, name: str) -> None:
    judge = asked(court)
    make, reason = REVIEWS[name]
    forgery = make(court, judge)
    send_it(court, forgery)
    assert standing_of(court).missing == (judge,)
    said = court.run("rosa", "queue").said
    assert forgery.ref.removeprefix("refs/heads/") in said and "refs/" not in said
    assert reason in said


def test_a_review_that_does_not_count_is_shown_to_issuers_and_waited_for(court: Town) -> None:
    judge = asked(court)
    forgery = bend(court, judge, key=None)
    send_it(court, forgery)
    turned = court.run("rosa", "queue", "--json").json["turned_away"]
    assert [t["ref"] for t in turned] == [forgery.ref]
    assert forgery.ref not in court.run("ben", "queue").said
    said = court.run("rosa", "reconcile", ANA, "--award", "--yes", expect=6).said
    assert f"{judge}'s answer does not count: it is not signed" in said


def test_an_honest_review_built_the_same_way_counts(court: Town) -> None:
    judge = asked(court)
    send_it(court, an_honest_review(court, judge)[1])
    assert standing_of(court).word == "being reconciled"
    court.decide("ana")


def test_an_assessor_whose_place_was_taken_hears_that(court: Town) -> None:
    judge = asked(court)
    send_it(court, in_anothers_name(court, judge))
    scores = court.desk(judge) / "s.yaml"
    scores.write_bytes(
        b"format: 2\nscores:\n- {criterion: context, level: passing}\n"
        b"- {criterion: questions, level: proficient}\n- {criterion: waiting, level: basic}\n"
    )
    said = court.run(judge, "assess", ANA, "--from", str(scores), "--yes", expect=6)
    assert "your assessment of attempt 1 was not accepted" in said.said
    assert said.next.startswith("mcred submit wait-time --replace")


def test_a_submission_signed_with_another_key_is_turned_away(court: Town) -> None:
    before = standing_of(court)
    forge_request(court, key=make_key(), panel=(PersonId("ben"),))
    assert standing_of(court) == before
    said = court.run("rosa", "queue").said
    assert f"submission/{ANAS}" in said
    assert "it is signed with a key that is not ana's" in said


TURNED: dict[str, tuple[dict[str, Any], str]] = {
    "a definition that never was": (
        {"definition": DefinitionRef(version=Version("1.2.0"), blob=BlobId("3" * 40))},
        "it names a definition that the program never had",
    ),
    "a state that never was": (
        {"main": CommitId("4" * 40)},
        "it was made from a state that the program never had",
    ),
    "nobody asked": ({"panel": ()}, "it assigns no one to assess it, or someone twice"),
    "a friend asked twice": (
        {"panel": (PersonId("ben"), PersonId("ben"))},
        "it assigns no one to assess it, or someone twice",
    ),
}


@pytest.mark.parametrize("name", TURNED)
def test_a_request_that_cannot_be_true_is_turned_away(court: Town, name: str) -> None:
    before = standing_of(court)
    changes, reason = TURNED[name]
    forge_request(court, **changes)
    assert standing_of(court) == before
    said = court.run("rosa", "queue").said
    assert f"Not accepted: submission/{ANAS}" in said
    assert reason in said


def test_a_request_made_from_ones_own_branch_is_turned_away(court: Town) -> None:
    own = git(court.remote, "rev-parse", submission_ref(ANAS)).strip()
    forge_request(court, main=CommitId(own))
    assert "it was made from a state that the program never had" in court.run("rosa", "queue").said


def test_a_panel_that_the_rules_do_not_give_is_seen_and_needs_a_reason(court: Town) -> None:
    judge = asked(court)
    other = next(p for p in EXPERTS if p != judge)
    forge_request(court, panel=(PersonId(other),))
    hand_scores(court, other)
    said = court.run("rosa", "reconcile", ANA)
    assert f"This panel does not follow the rules: the rules assign {judge}; it assigns {other}." in said.out
    said = court.run("rosa", "reconcile", ANA, "--award", "--yes", expect=1)
    assert "a reason is required" in said.said
    assert said.next == f'mcred reconcile {ANA} --award --reason "…"'
    court.decide("ana", WAIT, "award", "--reason", "Both experts are equal to me.")
    decision = read_on_main(court, f"portfolios/{ANA}/attempts/2/decision.json", Decision)
    assert decision.flags == (f"against the rules: the rules assign {judge}; it assigns {other}",)
    assert decision.reason == "Both experts are equal to me."


def test_a_friend_who_may_not_judge_does_not_count_though_asked(court: Town) -> None:
    forge_request(court, panel=(PersonId("ben"),), rule="peer")
    send_it(court, an_honest_review(court, "ben")[1])
    assert standing_of(court).missing == ("ben",)
    said = court.run("rosa", "queue").said
    assert f"ben has not earned {WAIT}" in said


DOUBTS: dict[str, tuple[dict[str, Any], str]] = {
    "fewer assessed": ({"assessed_before": 9}, "0 submissions had been assessed, so experts were due"),
    "candidates left out": ({"candidates": ()}, "it does not name the first eligible people"),
    "pieces": ({"pieces": ()}, "the list next to it opens different pieces from those it names"),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_a_request_that_the_rules_do_not_give_is_doubted(court: Town, name: str) -> None:
    judge = asked(court)
    changes, doubt = DOUBTS[name]
    forge_request(court, **changes)
    hand_scores(court, judge)
    assert doubt in court.run("rosa", "reconcile", ANA).out
    said = court.run("rosa", "reconcile", ANA, "--award", "--yes", expect=1).said
    assert "its assessors were not chosen by the rules" in said


def test_a_request_that_names_another_version_than_its_rubric_is_doubted(court: Town) -> None:
    judge = asked(court)
    request = standing_of(court).request
    assert request is not None
    forge_request(court, definition=replace(request.definition, version=Version("9.0.0")))
    hand_scores(court, judge)
    said = court.run("rosa", "reconcile", ANA).out
    assert "it names version 1.2.0 and 9.0.0, its rubric is 1.2.0" in said


def test_pieces_that_are_not_those_of_what_was_sent_are_doubted(ready: Town) -> None:
    ready.run("ana", "submit", "--attest", "all")
    request = standing_of(ready).request
    assert request is not None
    forged = tuple(replace(piece, commitment="f" * 43) for piece in request.pieces)
    forge_request(ready, pieces=forged)
    hand_scores(ready, asked(ready))
    assert "the list next to it opens different pieces" in ready.run("rosa", "reconcile", ANA).out


def test_a_level_kept_though_the_evidence_changed_is_doubted(back: Town) -> None:
    town = back
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Another plan\n", "utf-8")
    town.run("ana", "submit", WAIT, "--attest", "all", "--note", "All new.")
    request = standing_of(town).request
    assert request is not None
    assert request.carried == ("context", "waiting")
    forge_request(town, carried=("context", "waiting", "questions"))
    said = town.run(asked(town), "assess", ANA, "--blank", "x.yaml").said
    assert "Fill in x.yaml" in said
    judge = asked(town)
    send_it(town, an_honest_review(town, judge, scores=())[1])
    said = town.run("rosa", "reconcile", ANA).out
    assert "it keeps levels although the evidence changed: questions" in said


def test_a_level_kept_that_never_was_can_only_be_settled(court: Town) -> None:
    judge = asked(court)
    forge_request(court, carried=(Slug("questions"),))
    send_it(court, an_honest_review(court, judge, scores=scored(context="passing", waiting="basic"))[1])
    said = court.run("rosa", "reconcile", ANA, "--award", "--yes", expect=1)
    assert f"{ANA} says 'questions' keeps its level, but it never had one" in said.said
    words = ("--revise", "--yes", "--level", "questions=developing", "--reason", "It was not judged.")
    assert "--revise --level questions=LEVEL --reason" in said.next
    court.run("rosa", "reconcile", ANA, *words)
    assert decided(court, 2)[0].level_of(Slug("questions")) == "developing"


def send_along(town: Town, files: Mapping[str, bytes], mode: str = "100644") -> None:
    """Ana sends a second attempt with more below her folder than her own tool would put there."""
    standing, ref = standing_of(town), submission_ref(ANAS)
    assert standing.request is not None
    send_it(
        town,
        Forgery(
            by="ana",
            ref=ref,
            parent=git(town.remote, "rev-parse", ref).strip(),
            files={
                request_path(ANAS, 2): encode(replace(standing.request, attempt=2)),
                **{f"portfolios/{ANA}/{path}": data for path, data in files.items()},
            },
            text=message("Submit", "submit", ANAS, 2),
            key=read_key(repo_of(town, "ana")),
            mode=mode,
        ),
    )
    assert standing_of(town).attempt == 2


def test_a_link_among_the_sent_files_is_never_taken_over(
    court: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = asked(court)
    send_along(court, {"evidence/x.md": b"/etc/passwd"})
    court.now += timedelta(minutes=1)
    # The request itself has to be a file, or nothing was sent at all.
    send_it(
        court,
        Forgery(
            by="ana",
            ref=submission_ref(ANAS),
            parent=git(court.remote, "rev-parse", submission_ref(ANAS)).strip(),
            files={f"portfolios/{ANA}/evidence/x.md": b"/etc/passwd"},
            text=message("Submit", "submit", ANAS, 2),
            key=read_key(repo_of(court, "ana")),
            mode="120000",
        ),
    )
    before = git(court.remote, "rev-parse", "main")
    for words in (("view", ANA, "--text"), ("assess", ANA, "--blank", "scores.yaml")):
        refused = court.run(judge, *words, expect=1)
        assert "contains files that no one can take over" in refused.said and "root:" not in refused.said
    with monkeypatch.context() as careless:
        careless.setattr("mcred.app.assessment.assess.list_sound", lambda *_: {})
        hand_scores(court, judge)
    for outcome in ("--award", "--revise", "--decline"):
        said = court.run("rosa", "reconcile", ANA, outcome, "--yes", "--reason", "x", expect=1)
        assert "contains files that no one can take over" in said.said
        assert "evidence/x.md" in said.said
        assert said.next == "mcred queue --all"
    assert git(court.remote, "rev-parse", "main") == before
    (court.folder("ana") / "evidence" / "plan.md").write_text("# Honest\n", "utf-8")
    court.run("ana", "submit", WAIT, "--attest", "all", "--replace", "--yes")


def test_a_sent_file_that_could_be_run_is_an_ordinary_file_on_the_main_line(court: Town) -> None:
    judge = asked(court)
    send_along(court, {"evidence/x.md": b"#!/bin/sh\n"}, mode="100755")
    hand_scores(court, judge)
    court.decide("ana", WAIT, "award", "--reason", "I looked.")
    modes = {
        line.split()[0]
        for line in git(court.remote, "ls-tree", "-r", "main", "--", "portfolios").splitlines()
    }
    assert modes == {"100644"}


def test_a_decision_and_an_award_sent_along_by_the_earner_stay_outside(court: Town) -> None:
    judge = asked(court)
    send_along(court, {"attempts/7/decision.json": b"{}\n", "attempts/7/badge.json": b"{}\n"})
    hand_scores(court, judge)
    court.decide("ana", WAIT, "revise", "--reason", "You sent a decision along.")
    listing = git(court.remote, "ls-tree", "-r", "--name-only", "main", "--", f"portfolios/{ANA}")
    assert "attempts/2/decision.json" in listing
    assert "7." not in listing
    assert desk_of(court).catalog.holders.get(ANAS.credential, frozenset()) == frozenset()


def test_a_place_that_is_none_of_ours_is_left_alone(court: Town) -> None:
    judge = asked(court)
    forgery = an_honest_review(court, judge)[1]
    send_it(court, replace(forgery, ref=review_ref(ANAS, 9, PersonId(judge))))
    send_it(court, replace(forgery, ref="refs/heads/feature/new-logo"))
    assert standing_of(court).missing == (judge,)
    assert "Not accepted" not in court.run("rosa", "queue").said


def test_an_attempt_after_an_award_that_holds_is_turned_away(earned: Town) -> None:
    """An own client sends it all the same: it was taken for open, and could be decided and never proved."""
    request = read_on_main(earned, f"portfolios/{ANA}/attempts/1/request.json", ReviewRequest)
    send_request(earned, replace(request, attempt=2))
    assert earned.status("ana", WAIT)["state"] == "earned"
    assert "it was awarded at attempt 1" in earned.run("rosa", "queue").said
