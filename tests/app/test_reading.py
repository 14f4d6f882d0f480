"""What a teacher reads, as values: status, feedback, what is missing, comparisons, growth, sharing."""

from __future__ import annotations

import pytest

from mcred.app.awards.share import view_shared
from mcred.app.plain import Plain
from mcred.app.use_case import carry_out
from mcred.app.work.browse import browse
from mcred.app.work.check import check_draft
from mcred.app.work.compare import after_comparing, compare_sides, pick_compared
from mcred.app.work.feedback import view_feedback
from mcred.app.work.growth import parse_shown, view_growth
from mcred.app.work.status import own_status
from mcred.app.work.submit import Submit
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.timeline import ALL
from mcred.problems import Exit, McredError, next_step
from tests.cli.town import ANSWER, OLD, OVERVIEW, SLIP, WAIT, Town


def opened(town: Town, person: str = "ana") -> Workspace:
    return open_workspace(Plain(at=town.home(person), now=lambda: town.now))


def anas(ws: Workspace) -> SubmissionId:
    return ws.submission(WAIT)


def test_a_draft_to_be_submitted(ready: Town) -> None:
    ws = opened(ready)
    found, step = check_draft(ws, anas(ws)), next_step("submit", WAIT)
    assert (found.problems, found.missing, found.next) == ((), (), step)
    (row,) = own_status(ws).rows
    assert (str(row.submission), row.word, row.actor) == (f"ana/{WAIT}", "draft", "you")
    with pytest.raises(McredError, match=r"no feedback on wait-time yet \(draft\)"):
        view_feedback(ws, WAIT)


def test_a_missing_file_comes_before_gaps(ready: Town) -> None:
    (ready.folder("ana") / "evidence" / "plan.md").unlink()
    ws = opened(ready)
    found = check_draft(ws, anas(ws))
    assert found.gaps and found.missing == (f"portfolios/ana/{WAIT}/evidence/plan.md",)
    assert found.next == own_status(ws).next == next_step("restore", WAIT)


def test_answers_that_are_not_accepted_are_named_with_their_line(ready: Town) -> None:
    answers = f"portfolios/ana/{WAIT}/1-overview.md"
    for text, line, said in (
        (OVERVIEW + "word " * 40, 3, "the limit is 30"),
        (OVERVIEW.replace(ANSWER, "Too short"), 3, "at least 3"),
        (OVERVIEW.replace("Your setting", "Your seting"), 3, "did you mean ## Your setting?"),
        (OVERVIEW.replace("quiet", "qui\u202eet"), 5, "hidden character (U+202E)"),
        (OVERVIEW + "\n## Your setting\n\nAgain.\n", 7, "appears twice"),
    ):
        (ready.home("ana") / answers).write_text(text, encoding="utf-8")
        ws = opened(ready)
        with pytest.raises(McredError) as error:
            carry_out(ws.ctx, Submit(credential=WAIT, attest=("all",)))
        for problems in (check_draft(ws, anas(ws)).problems, error.value.problems):
            assert (
                f"{answers}:{line}" in f"{problems[0].where}" and said in f"{problems[0]} {problems[0].hint}"
            )
    assert not ready.sent("ana")


def test_everyone_s_next_step(sent: Town) -> None:
    assert [own_status(opened(sent)).rows[0].word] == ["in review (0 of 1)"]
    ws = opened(sent)
    (assessor,) = ws.standing(anas(ws)).missing
    (duty,) = own_status(opened(sent, assessor)).duties
    assert duty.next == own_status(opened(sent, assessor)).next == next_step("assess", f"ana/{WAIT}")
    (sent.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
    assert check_draft(ws, anas(ws)).next == next_step("submit", WAIT, "--replace")


def test_feedback_and_who_can_help(back: Town) -> None:
    found = view_feedback(opened(back))
    assert (found.decision.outcome, found.revisable, found.coaches) == ("revise", "not yet earned", ())
    assert len(found.assessments) == 1 and found.ends is None
    back.run("rosa", "person", "add", "cleo", "--role", "coach")
    assert view_feedback(opened(back)).coaches == ()
    rules = back.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text().replace("coach_after: 3", "coach_after: 1"))
    back.run("rosa", "save", "--programme")
    assert view_feedback(opened(back)).coaches == ("cleo",)
    with pytest.raises(McredError, match="attempt 9 has no decision"):
        view_feedback(opened(back), WAIT, attempt=9)


def test_a_draft_is_compared_with_what_was_judged(back: Town) -> None:
    plan = back.folder("ana") / "evidence" / "plan.md"
    plan.write_text(plan.read_text("utf-8").replace("three seconds", "five seconds"), "utf-8")
    ws = open_workspace(Plain(at=back.home("ana"), now=lambda: back.now))
    wanted = pick_compared(ws, None)
    told = compare_sides(ws, wanted)
    assert (told.before.label, told.after.label) == ("attempt 1", "your draft")
    assert not told.comparison.is_empty and after_comparing(ws, told) == next_step("check", WAIT)
    with pytest.raises(McredError, match="are different micro-credentials"):
        compare_sides(ws, wanted, other=SLIP)


def test_growth_is_shown_to_others_where_its_earner_chose_it(earned: Town) -> None:
    ws = opened(earned)
    assert view_growth(ws, anas(ws)).timeline.moments and view_growth(ws, anas(ws)).shown == ()
    with pytest.raises(McredError, match="has not chosen to show") as error:
        view_growth(opened(earned, "ben"), anas(ws))
    assert error.value.code is Exit.NOT_ALLOWED
    assert (parse_shown("levels, attempts"), parse_shown("all")) == (("attempts", "levels"), ALL)


def test_a_badge_without_a_page_has_no_links(earned: Town) -> None:
    found = view_shared(opened(earned))
    assert found.newest is found.badges[0] and found.site == ""
    assert (found.badges[0].page, found.badges[0].links) == ("", None)
    with pytest.raises(McredError, match="no badge yet"):
        view_shared(opened(earned, "ben"))


def test_what_can_be_earned(earned: Town) -> None:
    found = {str(row.credential.id): row.word for row in browse(opened(earned))}
    assert (found[WAIT], found[SLIP]) == ("earned", "-") and OLD not in found
    assert [row.credential.id for row in browse(opened(earned), search="wAIT tIME")] == [WAIT]
    assert browse(opened(earned), topic="no such topic") == ()
