"""`Assess`: who may score, what is stored, and what a second call does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mcred.app.assessment.assess import Assess, AssessResult
from mcred.app.assessment.scores import kept_scores
from mcred.app.use_case import carry_out
from mcred.domain.assessment import Scoring
from mcred.domain.ids import PersonId
from mcred.domain.layout import assessment_path, review_ref
from mcred.formats.decode import decode
from mcred.problems import McredError
from tests.app.conftest import at_home
from tests.cli.court import ANAS, asked, desk_of, standing_of
from tests.cli.town import WAIT, Town, git, scoring
from tests.sealing import opened_by


def scores(levels: Mapping[str, str]) -> Scoring:
    found = decode(scoring(WAIT, levels), Scoring, "scores.yaml")[0]
    assert found is not None
    return found


def assess(town: Town, person: str, levels: Mapping[str, str] | None = None) -> AssessResult:
    return carry_out(at_home(town, person), Assess(submission=str(ANAS), scoring=scores(levels or {})))


def review_tip(town: Town, judge: str) -> str:
    ref = review_ref(ANAS, 1, PersonId(judge))
    return git(town.remote, "for-each-ref", "--format=%(objectname)", ref).strip()


def test_an_assessment_stands_directly_on_what_was_sent_and_adds_one_file(sent: Town) -> None:
    judge, judged = asked(sent), standing_of(sent).judged
    found = assess(sent, judge)
    assert (found.status, found.assessment.attempt, found.assessment.judged) == ("done", 1, judged)
    tip = review_tip(sent, judge)
    assert git(sent.remote, "log", "-1", "--format=%P", tip).split() == [judged]
    changed = git(sent.remote, "diff-tree", "-r", "--raw", str(judged), tip).split()
    assert changed[-1] == assessment_path(ANAS, 1, PersonId(judge))
    assert changed[1] == "100644"
    assert len(changed) == 6
    assert judged and not kept_scores(desk_of(sent, judge), ANAS, judged).exists()


def test_the_same_scores_again_are_done_and_others_are_refused(sent: Town) -> None:
    judge = asked(sent)
    assess(sent, judge)
    first = review_tip(sent, judge)
    assert assess(sent, judge).status == "not needed"
    with pytest.raises(McredError, match=f"you have already assessed attempt 1 of {ANAS}"):
        assess(sent, judge, {"questions": "basic"})
    assert review_tip(sent, judge) == first


def test_someone_at_the_same_school_may_not_judge_even_when_asked(sent: Town) -> None:
    judge = asked(sent)
    sent.run(judge, "setup", "--school", "Lincoln ELEMENTARY")
    sent.run("rosa", "person", "add", judge)
    with pytest.raises(McredError, match=f"{judge} and ana are at the same school"):
        assess(sent, judge)
    assert not review_tip(sent, judge)


def test_all_that_is_wrong_with_scores_is_raised_at_once(sent: Town) -> None:
    judge = asked(sent)
    found = scores({})
    ctx, older = at_home(sent, judge), Scoring(format=2, judged=sent_commit(sent), scores=found.scores[1:])
    with pytest.raises(McredError, match="do not match the rubric") as refused:
        carry_out(ctx, Assess(submission=str(ANAS), scoring=older))
    assert [p.what for p in refused.value.problems] == [
        "these scores are for an earlier version: the evidence has changed since",
        "criterion 'context' has no score",
    ]
    with pytest.raises(McredError, match="needs a terminal"):
        carry_out(ctx, Assess(submission=str(ANAS)))
    assert not review_tip(sent, judge)


def sent_commit(town: Town) -> Any:
    return git(town.remote, "rev-parse", "main").strip()


def test_an_answer_to_an_attempt_that_was_replaced_does_not_count(sent: Town) -> None:
    judge = asked(sent)
    assess(sent, judge)
    (sent.folder("ana") / "evidence" / "plan.md").write_text("# Another plan\n", "utf-8")
    sent.run("ana", "submit", WAIT, "--attest", "all", "--replace", "--yes")
    standing = standing_of(sent)
    assert (standing.word, standing.attempt, standing.missing) == ("in review", 2, (judge,))
    assert str(ANAS) in sent.run(judge, "queue").said


@pytest.mark.parametrize("level", ["", "developing"])
def test_after_a_cut_no_scores_send_what_is_stored_and_others_replace_it(
    sent: Town, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    judge = asked(sent)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.push.send", stop)
        with pytest.raises(KeyboardInterrupt):
            assess(sent, judge)
    assert not review_tip(sent, judge)
    if level:
        assess(sent, judge, {"questions": level})
    else:
        carry_out(at_home(sent, judge), Assess(submission=str(ANAS)))
    review = opened_by(sent.home(judge), desk_of(sent).record.assessments[(ANAS, 1, PersonId(judge))])
    assert [s.level for s in review.scores] == ["passing", level or "proficient", "proficient"]
