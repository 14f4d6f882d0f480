"""Main moves while someone answers: the same answer is written again under the newest main, and arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec.structs import replace

from mcred.app.assessment.assess import Assess
from mcred.app.assessment.decline_review import DeclineReview
from mcred.app.assessment.scores import kept_scores
from mcred.app.audit.push_guard import Update, check_push, judge_request
from mcred.app.use_case import Command, Plan, Result
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment, Scoring
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import assessment_path, declined_path, review_ref
from mcred.domain.seats import DeclinedReview
from mcred.formats.decode import decode
from mcred.problems import McredError
from mcred.store.git import open_repo
from tests.cli.court import (
    ANAS,
    Forgery,
    an_honest_review,
    asked,
    desk_of,
    hand_scores,
    send_forgery,
    set_rules,
    standing_of,
)
from tests.cli.test_guard import guarded
from tests.cli.test_person_keys import change_key
from tests.cli.town import EXPERTS, WAIT, Town, git, scoring
from tests.sealing import opened_by

ANA = f"ana/{WAIT}"
R = TypeVar("R", bound=Result)


def tip(town: Town, ref: str = "refs/heads/main") -> str:
    return git(town.remote, "for-each-ref", "--format=%(objectname)", ref).strip()


def moved(town: Town, by: str = "rosa") -> str:
    """Main goes on with something that has nothing to do with it."""
    set_rules(town, "\nroles:", "\n# one more\nroles:", by)
    return tip(town)


def refuse_once(town: Town, code: str) -> None:
    """The remote refuses the next push with this code, in the words of the guard, and no other."""
    hook = town.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    said = f'echo "mcred: $ref: it is not allowed [{code}]" >&2'
    hook.write_text(f'#!/bin/sh\nread -r old new ref\nrm "$0"\n{said}\nexit 1\n', "ascii")
    hook.chmod(0o755)


def scores_of(town: Town, judge: str) -> Assessment:
    data = git(town.remote, "show", f"{review_ref(ANAS, 1, PersonId(judge))}:{scores_path(judge)}")
    found, problems = decode(data.encode(), Assessment, "")
    assert found is not None, problems
    return found


def scores_path(judge: str) -> str:
    return assessment_path(ANAS, 1, PersonId(judge))


def given() -> Scoring:
    found, problems = decode(scoring(WAIT, {"waiting": "basic"}), Scoring, "")
    assert found is not None, problems
    return found


def planned(ws: Workspace, command: Command[R]) -> Plan[R]:
    """A command as far as its question."""
    plan = command.plan(ws)
    assert isinstance(plan, Plan)
    settled = plan.settle(ws)
    assert isinstance(settled, Plan)
    return settled


@pytest.mark.slow
def test_a_guarded_place_takes_scores_that_were_written_while_main_moved(sent: Town) -> None:
    town, judge = guarded(sent), asked(sent)
    ws = desk_of(town, judge)
    plan = planned(ws, Assess(submission=ANA, scoring=given()))
    main = moved(town)
    plan.apply(ws)
    assert scores_of(town, judge).main == main
    assert standing_of(town).word == "being reconciled"


def test_scores_arrive_under_the_newest_main(sent: Town) -> None:
    town, judge = sent, asked(sent)
    ws = desk_of(town, judge)
    plan = planned(ws, Assess(submission=ANA, scoring=given()))
    main = moved(town)
    assert main != ws.main
    refuse_once(town, "review-old")
    plan.apply(ws)
    found = opened_by(town.home("rosa"), scores_of(town, judge))
    assert (found.main, found.scores) == (main, given().scores)
    assert standing_of(town).word == "being reconciled"


def test_a_place_given_back_arrives_under_the_newest_main(sent: Town) -> None:
    town, judge = sent, asked(sent)
    ws = desk_of(town, judge)
    plan = planned(ws, DeclineReview(submission=ANA, because="I coach them."))
    main = moved(town)
    refuse_once(town, "review-old")
    plan.apply(ws)
    path = declined_path(ANAS, 1, PersonId(judge))
    data = git(town.remote, "show", f"{review_ref(ANAS, 1, PersonId(judge))}:{path}")
    found = decode(data.encode(), DeclinedReview, "")[0]
    assert found is not None
    assert (found.main, found.because) == (main, "I coach them.")
    assert standing_of(town).panel == tuple({*EXPERTS} - {judge})


def loses_the_role(town: Town, judge: str) -> str:
    set_rules(town, f"    - {judge}\n", "# one less\n")
    return f"{judge} is not an expert for {WAIT}"


def is_sent_again(town: Town, judge: str) -> str:
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Another plan\n", encoding="utf-8")
    town.run("ana", "submit", "--replace", "--yes", "--attest", "all")
    return "was resubmitted while you assessed it"


@pytest.mark.parametrize("change", [loses_the_role, is_sent_again])
def test_scores_that_are_not_wanted_any_more_are_kept_and_not_sent(
    change: Callable[[Town, str], str], sent: Town
) -> None:
    town, judge = sent, asked(sent)
    ws = desk_of(town, judge)
    plan = planned(ws, Assess(submission=ANA, scoring=given()))
    judged = ws.standing(ANAS).judged
    assert judged is not None
    why = change(town, judge)
    refuse_once(town, "review-old")
    with pytest.raises(McredError, match=why):
        plan.apply(ws)
    assert tip(town, review_ref(ANAS, 1, PersonId(judge))) == ""
    assert kept_scores(ws, ANAS, judged).is_file()


def test_scores_that_an_earlier_run_could_not_send_arrive_under_the_newest_main(sent: Town) -> None:
    judge = asked(sent)
    refuse_once(sent, "not-signed")
    with pytest.raises(AssertionError, match="saved on this computer"):
        hand_scores(sent, judge)
    main = moved(sent)
    sent.run(judge, "assess", ANA, "--yes")
    assert scores_of(sent, judge).main == main
    assert standing_of(sent).word == "being reconciled"


def test_sync_sends_them_under_the_newest_main_and_with_the_newest_key(sent: Town) -> None:
    judge = asked(sent)
    refuse_once(sent, "not-signed")
    with pytest.raises(AssertionError, match="saved on this computer"):
        hand_scores(sent, judge)
    change_key(sent, judge)
    assert scores_of(sent, judge).main == tip(sent)
    assert standing_of(sent).word == "being reconciled"


def test_sync_sends_them_again_where_main_moved_at_that_moment(sent: Town) -> None:
    judge = asked(sent)
    refuse_once(sent, "not-signed")
    with pytest.raises(AssertionError, match="saved on this computer"):
        hand_scores(sent, judge)
    refuse_once(sent, "review-old")
    sent.run(judge, "sync")
    assert standing_of(sent).word == "being reconciled"


def test_a_place_that_an_earlier_run_could_not_give_back_is_given_back_under_the_newest_main(
    sent: Town,
) -> None:
    judge = asked(sent)
    refuse_once(sent, "not-signed")
    words = ("decline-review", ANA, "--because", "I coach them.", "--yes")
    said = sent.run(judge, *words, expect=None)
    assert "saved on this computer" in said.said
    main = moved(sent)
    sent.run(judge, "decline-review", ANA, "--yes")
    path = declined_path(ANAS, 1, PersonId(judge))
    data = git(sent.remote, "show", f"{review_ref(ANAS, 1, PersonId(judge))}:{path}")
    assert main in data and "I coach them." in data
    assert standing_of(sent).panel == tuple({*EXPERTS} - {judge})


def test_the_guard_takes_an_answer_only_under_the_newest_main(sent: Town) -> None:
    judge = asked(sent)
    ref, repo = review_ref(ANAS, 1, PersonId(judge)), open_repo(sent.remote)

    def codes(review: Forgery) -> set[str]:
        new = send_forgery(sent, replace(review, ref="refs/heads/aside"))
        found = check_push(repo, [Update(ref=ref, old=None, new=new)], sent.now.date())
        git(sent.remote, "update-ref", "-d", "refs/heads/aside")
        return {refusal.code for refusal in found}

    _, before = an_honest_review(sent, judge)
    assert codes(before) == set()
    moved(sent)
    _, after = an_honest_review(sent, judge)
    assert (codes(before), codes(after)) == ({"review-old"}, set())
    # On a review host it was taken when main was older.
    made = send_forgery(sent, before)
    assert judge_request(repo, ref, CommitId(tip(sent)), made, sent.now.date()) == ()
    assert standing_of(sent).word == "being reconciled"


def test_an_answer_that_names_no_state_of_main_does_not_count(sent: Town) -> None:
    judge = asked(sent)
    request = standing_of(sent).request
    assert request is not None
    older = git(sent.remote, "rev-parse", f"{request.main}~1").strip()
    own = git(sent.remote, "rev-parse", f"refs/heads/submission/{ANA}").strip()
    for main, why in ((older, "from before its request"), (own, "never had"), ("1" * 40, "never had")):
        send_forgery(sent, an_honest_review(sent, judge, main=CommitId(main))[1])
        assert standing_of(sent).missing == (judge,)
        assert why in sent.run("rosa", "queue").said
        git(sent.remote, "update-ref", "-d", review_ref(ANAS, 1, PersonId(judge)))
        git(sent.home("rosa"), "update-ref", "-d", f"refs/remotes/origin/review/{ANA}/1/{judge}")


def test_an_answer_stays_where_main_goes_on_from_another_parent(sent: Town) -> None:
    """A maintainer's `git pull` puts main second among the parents of the merge."""
    judge = asked(sent)
    moved(sent)
    hand_scores(sent, judge)
    main = scores_of(sent, judge).main
    as_rosa = ("-c", "user.name=Rosa", "-c", "user.email=rosa@example.org", "commit-tree")
    own = git(sent.remote, *as_rosa, f"{main}~1^{{tree}}", "-p", f"{main}~1", "-m", "Mine").strip()
    merge = git(sent.remote, *as_rosa, f"{main}^{{tree}}", "-p", own, "-p", main, "-m", "Merge").strip()
    git(sent.remote, "update-ref", "refs/heads/main", merge)
    assert standing_of(sent).word == "being reconciled"
