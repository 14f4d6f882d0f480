"""No one picks their assessors: what a push has to be drawn from, and what becomes of who was too late."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push, judge_request
from mcred.app.keys.signing import read_key
from mcred.app.work.review_request import redraw
from mcred.app.workspace import send
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import MAIN, decision_path, disclosures_path, request_path, submission_ref
from mcred.domain.rules.panel import choose_panel
from mcred.domain.seats import Assignment
from mcred.domain.submission import Load, ReviewRequest
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.git import open_repo
from tests.cli.court import (
    ANAS,
    Forgery,
    desk_of,
    hand_scores,
    read_on_main,
    repo_of,
    send_forgery,
    set_rules,
    standing_of,
)
from tests.cli.town import EXPERTS, WAIT, Town, git

BENS = SubmissionId(PersonId("ben"), CredentialId(WAIT))
REF = submission_ref(ANAS)
AGAIN = "Someone else sent something at the same moment"


def at(town: Town, ref: str) -> CommitId:
    return CommitId(git(town.remote, "rev-parse", ref).strip())


def codes(town: Town, new: CommitId, old: CommitId | None = None) -> set[str]:
    """What the guard says of a push to Ana's own ref."""
    update = Update(ref=REF, old=old, new=new)
    return {r.code for r in check_push(open_repo(town.remote), [update], town.now.date())}


def request_of(town: Town, earner: str = "ana") -> ReviewRequest:
    found = standing_of(town, SubmissionId(PersonId(earner), CredentialId(WAIT))).request
    assert found is not None
    return found


def forge(town: Town, attempt: int = 2, parent: str = REF, aside: str = "aside", **changes: Any) -> CommitId:
    """A further attempt of Ana's by her own key, drawn again but for some changes, put aside."""
    newest = request_of(town)
    request = replace(newest, **{"attempt": attempt, "main": at(town, MAIN), **changes})
    opened = git(town.remote, "show", f"{REF}:{disclosures_path(ANAS, newest.attempt)}").encode()
    forgery = Forgery(
        by="ana",
        ref=f"refs/heads/{aside}",
        parent=parent,
        files={request_path(ANAS, attempt): encode(request), disclosures_path(ANAS, attempt): opened},
        text=message("Submit", "submit", ANAS, attempt),
        key=read_key(repo_of(town, "ana")),
    )
    return send_forgery(town, forgery)


def submits(town: Town, ref: str = REF) -> int:
    """How many attempts an own ref of the remote has."""
    if not git(town.remote, "for-each-ref", ref):
        return 0
    said = git(town.remote, "log", "--format=%(trailers:key=Mcred-Event,valueonly)", ref)
    return said.split().count("submit")


def put_hook(town: Town, *lines: str) -> None:
    hook = town.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("\n".join(("#!/bin/sh", *lines, "exit 1\n")), "utf-8")
    hook.chmod(0o755)


def refuse_once(town: Town, *lines: str, code: str = "request-loads") -> None:
    """The next push is refused as the guard would; the lines run before."""
    put_hook(town, "unset GIT_QUARANTINE_PATH", *lines, f'echo "mcred: {REF}: too late [{code}]"', 'rm "$0"')


class TestTheGuard:
    def test_takes_what_was_drawn_from_the_newest_state(self, sent: Town) -> None:
        """Open reviews of the attempt that is replaced do not count, as they end with it."""
        assert codes(sent, at(sent, REF)) == set()
        assert codes(sent, forge(sent), at(sent, REF)) == set()

    def test_refuses_an_older_main(self, sent: Town) -> None:
        """By it, someone would be an expert who is none any more."""
        old = at(sent, MAIN)
        set_rules(sent, "max_open: 4", "max_open: 9")
        assert codes(sent, forge(sent, main=old), at(sent, REF)) == {"request-old"}
        assert codes(sent, forge(sent, aside="twin"), at(sent, REF)) == set()

    def test_refuses_open_reviews_that_no_one_has(self, sent: Town) -> None:
        """By them, whom she does not want has too much to do."""
        (judge,) = request_of(sent).panel
        loads = tuple(
            Load(person=c.person, open=3 * (c.person == judge)) for c in request_of(sent).candidates
        )
        assert codes(sent, forge(sent, candidates=loads), at(sent, REF)) == {"request-loads"}

    def test_refuses_to_leave_out_open_reviews(self, sent: Town) -> None:
        sent.submit("ben")
        (judge,) = request_of(sent, "ben").panel
        assert codes(sent, forge(sent), at(sent, REF)) == {"request-loads"}
        desk, (before,) = desk_of(sent), request_of(sent).panel
        loads, policy = desk.record.loads(besides=ANAS), desk.catalog.programme.assessment
        assert loads == {judge: 1}
        new = choose_panel(ANAS, desk.catalog, policy, loads, (before,))
        twin = forge(sent, panel=new.members, candidates=new.candidates, pool=new.pool, aside="twin")
        assert codes(sent, twin, at(sent, REF)) == set()

    def test_refuses_a_false_number_of_those_with_open_reviews(self, sent: Town) -> None:
        """Of many it names the first alone: what it says of the others is held to the newest state too."""
        pool = request_of(sent).pool
        assert pool.open == (2,)
        forged = forge(sent, pool=replace(pool, open=(1, 1)))
        assert codes(sent, forged, at(sent, REF)) == {"request-loads"}

    def test_refuses_a_forged_attempt_below_an_honest_one(self, sent: Town) -> None:
        """Whom it asks would be asked first by the one above."""
        loads = tuple(Load(person=c.person, open=3) for c in request_of(sent).candidates)
        below = forge(sent, candidates=loads)
        assert codes(sent, forge(sent, 3, below, "above"), at(sent, REF)) == {"request-loads"}

    def test_counts_what_lies_there_and_not_what_comes_with_it(self, sent: Town) -> None:
        """Two pushes at the same moment are both taken."""
        sent.submit("ben")
        ref, tip = submission_ref(BENS), at(sent, submission_ref(BENS))
        git(sent.remote, "update-ref", "-d", ref)
        both = [Update(ref=ref, old=None, new=tip), Update(ref=REF, old=at(sent, REF), new=forge(sent))]
        refusals = check_push(open_repo(sent.remote), both, sent.now.date())
        # Ben's was drawn while Ana's lay there.
        assert refusals == ()

    def test_says_nothing_where_a_host_took_it_before(self, sent: Town) -> None:
        """Its CI runs again whenever something changes, long after an honest attempt was drawn."""
        set_rules(sent, "max_open: 4", "max_open: 9")
        sent.submit("ben")
        repo, today = open_repo(sent.remote), sent.now.date()
        assert judge_request(repo, REF, at(sent, MAIN), at(sent, REF), today) == ()
        assert codes(sent, at(sent, REF)) == {"request-old", "request-loads"}


class TestWhoWasNotTheFastest:
    def test_is_drawn_again_and_sent_again(self, ready: Town) -> None:
        ready.submit("ben")
        bens = at(ready, submission_ref(BENS))
        git(ready.remote, "update-ref", "-d", submission_ref(BENS))
        git(ready.home("ana"), "update-ref", "-d", f"refs/remotes/origin/submission/ben/{WAIT}")
        refuse_once(ready, f"git update-ref {submission_ref(BENS)} {bens}")
        ran = ready.run("ana", "submit", "--attest", "all")
        assert AGAIN in ran.err and "is submitted" in ran.out
        (judge,) = request_of(ready, "ben").panel
        mine = request_of(ready)
        assert {c.person: c.open for c in mine.candidates} == {p: int(p == judge) for p in EXPERTS}
        assert mine.panel != (judge,)
        assert submits(ready) == 1
        assert len(ready.waits) == 1

    def test_is_refused_for_anything_else_at_once(self, ready: Town) -> None:
        refuse_once(ready, code="not-allowed")
        ran = ready.run("ana", "submit", "--attest", "all", expect=6)
        assert "too late [not-allowed]" in ran.err and AGAIN not in ran.err

    def test_tries_some_times_and_then_says_so(self, ready: Town) -> None:
        put_hook(ready, f'echo "mcred: {REF}: too late [request-old]"')
        ran = ready.run("ana", "submit", "--attest", "all", expect=6)
        assert "too late [request-old]" in ran.err and "saved on this computer" in ran.err
        assert len(ready.waits) == 7
        (ready.remote / "hooks" / "pre-receive").unlink()
        ready.run("ana", "submit")
        assert submits(ready) == 1

    def cut(self, town: Town) -> None:
        """Ana's attempt is stored and not sent; then Ben submits."""
        put_hook(town)
        town.run("ana", "submit", "--attest", "all", expect=6)
        (town.remote / "hooks" / "pre-receive").unlink()
        assert town.status("ana")["state"].endswith("submit not finished")
        town.submit("ben")

    def test_what_was_stored_before_others_submitted_is_drawn_again(self, ready: Town) -> None:
        self.cut(ready)
        assert "is submitted" in ready.run("ana", "submit").out
        assert sorted(c.open for c in request_of(ready).candidates) == [0, 1]
        assert submits(ready) == 1
        assert codes(ready, at(ready, REF)) == set()

    @pytest.mark.parametrize("verb", ["save", "sync"])
    def test_and_is_not_sent_by_the_way(self, ready: Town, verb: str) -> None:
        self.cut(ready)
        page = ready.folder("ana") / "1-overview.md"
        page.write_text(page.read_text("utf-8") + "More.\n", "utf-8")
        ran = ready.run("ana", verb)
        assert "is saved but not submitted yet" in ran.err and f"mcred submit {WAIT}" in ran.err
        assert submits(ready) == 0
        assert ready.status("ana")["state"] == "draft"
        assert b"More." in ready.saved("ana")["1-overview.md"]
        assert not git(ready.remote, "for-each-ref", REF)
        ready.run("ana", "submit")
        assert submits(ready) == 1

    def test_what_is_still_drawn_right_is_sent_as_it_was_stored(self, ready: Town) -> None:
        put_hook(ready)
        ready.run("ana", "submit", "--attest", "all", expect=6)
        (ready.remote / "hooks" / "pre-receive").unlink()
        stored = git(ready.home("ana"), "rev-parse", REF)
        ready.run("ana", "submit")
        assert git(ready.remote, "rev-parse", REF) == stored

    @pytest.mark.slow
    def test_meets_the_real_guard(self, ready: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        """Main moves between Ana's look at it and her push."""
        ready.run("rosa", "init", ".", "--remote", str(ready.remote))
        moved: list[int] = []

        def late(*words: Any, **more: Any) -> None:
            if not moved:
                moved.append(1)
                set_rules(ready, "max_open: 4", "max_open: 9")
            send(*words, **more)

        monkeypatch.setattr("mcred.app.work.submit.send", late)
        ran = ready.run("ana", "submit", "--attest", "all")
        assert AGAIN in ran.err
        assert request_of(ready).main == at(ready, MAIN)
        assert submits(ready) == 1


class TestTheLimit:
    @pytest.fixture
    def full(self, ready: Town) -> Town:
        """Both experts have one open review, and may have no more."""
        set_rules(ready, "max_open: 4", "max_open: 1")
        for person in ("ben", "cleo"):
            ready.submit(person)
        return ready

    def test_no_one_is_asked_beyond_it_and_the_issuer_is_told(self, full: Town) -> None:
        limit = "Everyone who can assess this has as many open reviews as this program allows."
        ran = full.run("ana", "submit", "--attest", "all")
        assert "is submitted" in ran.out and f"{limit} rosa will assign someone." in ran.out
        assert "It will be assessed by" not in ran.out
        standing = standing_of(full)
        assert (standing.word, standing.missing) == ("in review", ())
        (drawn,) = standing.seats.vacant
        assert full.status("ana")["waiting_for"] == "rosa"
        assert f"ana/{WAIT} needs another assessor in place of {drawn}." in full.run("rosa", "queue").out
        assert full.run(drawn, "assess", f"ana/{WAIT}", expect=None).code != 0
        assert codes(full, at(full, REF)) == set()

    def test_an_issuer_asks_that_very_person_and_the_award_is_proved(self, full: Town) -> None:
        full.run("ana", "submit", "--attest", "all")
        (drawn,) = standing_of(full).seats.vacant
        early = full.run("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes", expect=None)
        assert f"no one has replaced {drawn}" in early.err
        ran = full.run("rosa", "assign", f"ana/{WAIT}", "--to", drawn, "--because", "Next week.", "--yes")
        assert "in place of" not in ran.said
        assert standing_of(full).missing == (drawn,)
        hand_scores(full, drawn)
        full.decide("ana")
        said = read_on_main(full, decision_path(ANAS, 1), Decision)
        assert [b.assessor for b in said.basis] == [drawn]
        assert full.run("rosa", "audit", "--json").json["findings"] == []

    def test_or_another_one(self, full: Town) -> None:
        full.run("ana", "submit", "--attest", "all")
        (drawn,) = standing_of(full).seats.vacant
        other = next(p for p in EXPERTS if p != drawn)
        full.run("rosa", "assign", f"ana/{WAIT}", "--to", other, "--because", "Has time.", "--yes")
        said = read_on_main(full, f"portfolios/ana/{WAIT}/attempts/1/assignments/1.json", Assignment)
        assert (said.instead_of, said.to) == (drawn, other)
        assert standing_of(full).missing == (other,)

    def test_a_seat_below_the_limit_is_taken_and_the_other_one_waits(self, ready: Town) -> None:
        set_rules(ready, "max_open: 4", "max_open: 1")
        ready.submit("ben")
        set_rules(ready, "  experts: 1\n", "  experts: 2\n")
        ran = ready.run("ana", "submit", "--attest", "all")
        (free,) = standing_of(ready).missing
        assert f"It will be assessed by the expert {free}" in ran.out
        assert (
            "Everyone else who can assess this" in ran.out
            and "rosa will assign one more assessor." in ran.out
        )
        assert free not in request_of(ready, "ben").panel


def test_an_issuer_is_told_of_a_draw_that_is_older_than_the_work(sent: Town) -> None:
    """Where no guard runs: Ana's work builds on the newest main, and names the one before it."""
    old, tip = at(sent, MAIN), at(sent, REF)
    set_rules(sent, "max_open: 4", "max_open: 9")
    sent.run("ana", "sync")
    tree = git(sent.home("ana"), "rev-parse", f"{tip}^{{tree}}").strip()
    words = ("commit-tree", tree, "-p", tip, "-p", at(sent, MAIN), "-m", "Join")
    joined = git(sent.home("ana"), "-c", "user.name=A", "-c", "user.email=a@example.org", *words).strip()
    honest = forge(sent, parent=joined)
    git(sent.remote, "update-ref", REF, honest)
    assert doubts(sent) == []
    git(sent.remote, "update-ref", REF, forge(sent, 3, honest, "old", main=old))
    assert doubts(sent) == ["request-main-old"]


def doubts(town: Town) -> list[str]:
    """What an issuer's folder says of Ana's request."""
    found = redraw(desk_of(town), standing_of(town))
    assert found is not None
    return [doubt.code for doubt in found.doubts]
