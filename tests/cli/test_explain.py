"""`mcred explain`: the story of an award, as a recognizer reads it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.fetch import latest_main
from mcred.app.keys.signing import read_key
from mcred.cli.render.explanation import MEANS, meaning
from mcred.domain.audit.values import Finding
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId
from mcred.domain.layout import (
    award_path,
    decision_path,
    request_path,
    revocation_path,
    submission_ref,
)
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.git import Repo
from mcred.store.write import Author, commit_files, put_blob
from tests.badges.issuing import bake
from tests.cli.conftest import Make
from tests.cli.court import (
    ANAS,
    Forgery,
    an_honest_review,
    asked,
    hand_scores,
    on_main,
    read_on_main,
    repo_of,
    send_forgery,
    set_rules,
    spread_town,
    standing_of,
)
from tests.cli.test_words import FORBIDDEN
from tests.cli.town import WAIT, Ran, Town, git
from tests.school import a_revocation

ANA = f"ana/{WAIT}"
CHOSEN = "The rules choose"
SIGNED = "each signed by someone who was allowed to take it"


def told(town: Town, *words: str, person: str = "rosa", expect: int = 0) -> str:
    ran = town.run(person, "explain", *words, expect=expect)
    assert not FORBIDDEN.search(ran.said), FORBIDDEN.search(ran.said)
    return ran.out


@pytest.fixture(scope="session")
def peers_town(make_once: Make, first_earned: Town) -> Town:
    """Ana and Ben earned it with experts, and now judge Cleo's as peers; Dev is one peer short."""

    def build(place: Path) -> Town:
        town = first_earned.copy(place)
        town.award("ben")
        town.award("cleo")
        return town

    return make_once("explain-peers", build)


def step_of(town: Town, person: str, repo: Repo, changes: dict[str, bytes], parents: Sequence[str]) -> str:
    """A step of the main line, written by someone and sent."""
    main = latest_main(repo)
    commit = commit_files(
        repo,
        base=main,
        changes={path: put_blob(repo, data) for path, data in changes.items()},
        parents=[main, *(CommitId(p) for p in parents)],
        message="Change\n\nMcred-Event: change\n",
        author=Author(name="M", email="m@example.org", when=town.now),
        key=read_key(repo),
    )
    # The remote would refuse what is forged, so it is taken over behind its back.
    git(town.home(person), "update-ref", "refs/heads/forged", commit)
    git(town.remote, "fetch", "-q", str(town.home(person)), "+refs/heads/forged:refs/heads/main")
    git(town.home(person), "update-ref", "-d", "refs/heads/forged")
    return commit


def send_request(town: Town, request: ReviewRequest) -> None:
    """Ana sends a further attempt with a request of her own making."""
    forgery = Forgery(
        by="ana",
        ref=submission_ref(ANAS),
        parent=submission_ref(ANAS),
        files={request_path(ANAS, request.attempt): encode(request)},
        text=message("Submit", "submit", ANAS, request.attempt),
        key=read_key(repo_of(town, "ana")),
    )
    send_forgery(town, forgery)


class TestAward:
    def test_tells_everything_in_its_order(self, earned: Town) -> None:
        out = told(earned, ANA)
        heads = (
            "What was submitted",
            "How the assessors were chosen",
            "What the assessors found",
            "What was decided",
            "Since then",
            "Does it hold",
        )
        places = [out.index(head) for head in heads]
        assert places == sorted(places)
        assert "0 submissions had been assessed by then. The first 2 are assessed by experts" in out
        assert "Eligible: 2. Not eligible: 0." in out
        assert "rosa awarded it on 2026-03-02" in out
        assert "3 of 3 criteria are met" in out
        assert "This follows the recommendation." in out
        assert "No changes: the award stands as issued." in out
        assert "Proved: all of this follows" in out
        assert CHOSEN in out and SIGNED in out

    def test_names_who_could_and_who_was_asked(self, earned: Town) -> None:
        decision = read_on_main(earned, decision_path(ANAS, 1), Decision)
        (basis,) = decision.basis
        out = told(earned, ANA)
        assert f"Assigned: {basis.assessor}." in out
        for expert in ("mei", "tom"):
            row = next(line for line in out.splitlines() if line.startswith(f"{expert} "))
            assert row.endswith("assigned") == (expert == basis.assessor)

    def test_points_to_the_records_it_rests_on(self, earned: Town) -> None:
        decision = read_on_main(earned, decision_path(ANAS, 1), Decision)
        out = told(earned, ANA)
        for commit in (decision.judged, decision.basis[0].commit, git(earned.remote, "rev-parse", "main")):
            assert f"record {commit[:12]}" in out
        assert decision.definition.blob[:12] in out

    def test_brief_leaves_out_names_of_others_and_remarks(self, earned: Town) -> None:
        brief = told(earned, ANA, "--brief")
        assert "Eligible: 2" in brief
        assert "open reviews at the time" not in brief
        assert "Proved" in brief
        assert len(brief) < len(told(earned, ANA))

    def test_ones_own_by_its_short_name(self, earned: Town) -> None:
        assert f"{ANA}, attempt 1" in told(earned, WAIT, person="ana")

    def test_json(self, earned: Town) -> None:
        found = earned.run("rosa", "explain", ANA, "--json").json
        assert found["schema"] == "mcred/explain/1"
        assert (found["submission"], found["attempt"], found["attempts"]) == (ANA, 1, {"1": "award"})
        assert (found["proved"], found["findings"], found["elsewhere"]) == (True, [], 0)
        assert found["asked"]["rule"] == "expert"
        assert {c["person"] for c in found["asked"]["could"]} == {"mei", "tom"}
        assert found["asked"]["panel"] == found["asked"]["by_the_rules"]
        assert [c["criterion"] for c in found["criteria"]] == ["context", "questions", "waiting"]
        assert found["decision"]["outcome"] == found["recommended"] == "award"
        assert found["badge"] is None


class TestOtherEnds:
    def test_sent_back_then_awarded(self, back: Town) -> None:
        out = told(back, ANA)
        assert "rosa returned it" in out
        assert "2 of 3 criteria are met" in out
        assert "questions is at developing, proficient is required" in out
        assert "Since then" not in out
        plan = back.folder("ana") / "evidence" / "plan.md"
        plan.write_text("# Lesson plan\n\nWait, and ask openly.\n", "utf-8")
        back.run("ana", "submit", WAIT, "--note", "Open questions.", "--attest", "all")
        back.assess("ana")
        back.decide("ana")
        out = told(back, ANA)
        assert f"{ANA}, attempt 2" in out
        assert "Earlier attempt 1: not yet earned." in out
        assert "did not change for context, waiting: those levels were kept" in out
        assert "First, because they were assigned to an earlier attempt: " in out
        assert "Proved" in out
        assert "rosa returned it" in told(back, ANA, "--attempt", "1")

    def test_peers(self, peers_town: Town) -> None:
        out = told(peers_town, f"cleo/{WAIT}")
        rule = "Those after the first 2 are assessed by 2 teachers who earned it before."
        assert f"2 submissions had been assessed by then. {rule}" in out
        assert "Eligible: 2. Not eligible: 0." in out
        assert "ana on Context" not in out  # no remarks were written at the best level
        head = next(line for line in out.splitlines() if line.startswith("criterion"))
        assert "ana" in head
        assert "ben" in head

    def test_too_few_peers_and_why(self, earned: Town) -> None:
        earned.award("ben")
        earned.run("cleo", "setup", "--school", "Lincoln Elementary")
        earned.run("rosa", "person", "add", "cleo")
        earned.run("cleo", "sync")
        earned.submit("cleo")
        out = told(earned, f"cleo/{WAIT}")
        assert "so 2 teachers who earned it before were due. Only 1 could assess it: 1 expert instead." in out
        assert "Eligible: 2. Not eligible: 1." in out
        assert "- not ana: ana and cleo are at the same school" in out

    def test_escalated_and_settled_with_a_reason(self, first_town: Town, tmp_path: Path) -> None:
        town = spread_town(first_town, tmp_path / "t", mei={"questions": "developing"})
        words = ("--level", "questions=proficient", "--reason", "Page two shows it.")
        town.decide("ana", WAIT, "award", *words)
        out = told(town, ANA)
        assert "assessors disagree" in out
        assert "rosa set Questions to proficient; the assessors' levels result in developing." in out
        assert "The reason for Questions: Page two shows it." in out
        both = (
            "With the levels that rosa set, award is recommended; the assessors' own levels recommend revise."
        )
        assert both in out
        assert "The issuer, not the assessors, set the level of 1 of 3: Questions." in out
        assert "against the levels" not in out
        assert "mei on Questions (developing): Say more here." in out
        assert "Say more here." not in told(town, ANA, "--brief")
        assert "Proved" in out

    def test_issuer_differs(self, sent: Town) -> None:
        sent.assess("ana")
        sent.decide("ana", WAIT, "decline", "--reason", "The video is another school's.")
        out = told(sent, ANA)
        assert "rosa declined it" in out
        assert "The levels recommend award. rosa decided otherwise." in out
        assert "The reason given: The video is another school's." in out

    def test_revoked(self, earned: Town) -> None:
        repo = repo_of(earned, "rosa")
        earned.run("rosa", "sync")
        taken = encode(replace(a_revocation(), revoked=earned.now))
        step = step_of(earned, "rosa", repo, {revocation_path(ANAS, 1): taken}, ())
        out = told(earned, ANA)
        assert f"Revoked on 2026-03-02 by rosa: The video is not hers. (record {step[:12]})." in out
        assert "Proved" in out
        since = earned.run("rosa", "explain", ANA, "--json").json["since"]
        assert [(h["kind"], h["person"], h["record"]) for h in since] == [("revoked", "rosa", step)]


class TestOpen:
    def test_in_review(self, sent: Town) -> None:
        out = told(sent, ANA)
        assert "No one has answered yet." in out
        assert "Still to answer: " in out
        assert "So far everything follows from the rules." in out
        assert "What was decided" not in out

    def test_waiting_for_the_issuer(self, sent: Town) -> None:
        sent.assess("ana")
        out = told(sent, ANA)
        assert "Still to answer" not in out
        assert "That recommends: award" in out
        assert sent.run("rosa", "explain", ANA, "--json").json["proved"] is None

    def test_one_of_two_answered(self, first_town: Town, tmp_path: Path) -> None:
        town = first_town.copy(tmp_path / "t")
        rules = town.home("rosa") / "mcred.yaml"
        rules.write_text(rules.read_text("utf-8").replace("  experts: 1\n", "  experts: 2\n"), "utf-8")
        town.run("rosa", "save", "--programme")
        town.submit("ana")
        hand_scores(town, "mei")
        out = told(town, ANA)
        assert "mei answered on 2026-03-02" in out
        assert "Still to answer: tom" in out
        assert "recommends" not in out

    def test_draft(self, ready: Town) -> None:
        ready.run("ana", "save")
        out = told(ready, WAIT, person="ana")
        assert "Nothing is in review: it is draft" in out


class TestForged:
    def test_altered_decision(self, earned: Town) -> None:
        repo = repo_of(earned, "rosa")
        earned.run("rosa", "sync")
        decision = read_on_main(earned, decision_path(ANAS, 1), Decision)
        altered = encode(replace(decision, feedback="Perfect."))
        step = step_of(earned, "rosa", repo, {decision_path(ANAS, 1): altered}, ())
        out = told(earned, ANA, expect=1)
        assert "NOT PROVED: " in out
        assert f"(record-changed, attempts/1/decision.json, record {step[:12]})" in out
        assert "That is: something final was changed afterward." in out
        assert "Proved" not in out

    def test_only_what_is_about_it(self, peers_town: Town, tmp_path: Path) -> None:
        town = peers_town.copy(tmp_path / "t")
        repo = repo_of(town, "rosa")
        town.run("rosa", "sync")
        decision = read_on_main(town, decision_path(ANAS, 1), Decision)
        step_of(town, "rosa", repo, {decision_path(ANAS, 1): encode(replace(decision, feedback="x"))}, ())
        out = told(town, f"cleo/{WAIT}")
        assert "Proved" in out
        assert "Elsewhere in the record, 2 things cannot be right" in out
        assert CHOSEN in out and SIGNED not in out

    def test_what_no_one_signed_is_never_counted(self, sent: Town) -> None:
        """Where signatures are only recorded, an issuer's word stands for one, and nothing else does."""
        set_rules(sent, "signatures: required", "signatures: recorded")
        _, review = an_honest_review(sent, asked(sent))
        send_forgery(sent, replace(review, key=None))
        refused = sent.run("rosa", "reconcile", ANA, "--award", "--yes", expect=6)
        assert "does not count: it is not signed" in refused.err
        assert SIGNED not in told(sent, ANA)

    def test_assessors_that_no_rule_gives_are_not_called_chosen_by_the_rules(self, sent: Town) -> None:
        """An earner whose remote has no guard."""
        request = standing_of(sent).request
        assert request is not None
        (judge,) = request.panel
        assert CHOSEN in told(sent, ANA)
        other = next(c.person for c in request.candidates if c.person != judge)
        send_request(sent, replace(request, attempt=2, panel=(other,)))
        out = told(sent, ANA)
        assert f"The rules at the time assign {judge} instead." in out and CHOSEN not in out
        assert f"Against the rules: the rules assign {judge}; it assigns {other}." in out
        assert "So far everything follows from the rules." not in out
        why = " ".join(sent.run("mei", "queue", "--why", ANA).out.split())
        assert f"Against the rules: the rules assign {judge}; it assigns {other} (request-panel)." in why
        assert "a number anyone can compute again" not in why

    def test_a_seat_kept_vacant_is_not_called_chosen_by_the_rules(self, sent: Town) -> None:
        request = standing_of(sent).request
        assert request is not None
        send_request(sent, replace(request, attempt=2, at_limit=request.panel))
        out = told(sent, ANA)
        assert "Assigned: no one." in out and CHOSEN not in out
        assert "How they were chosen does not follow from the rules at the time." in out

    def test_every_finding_has_a_meaning(self) -> None:
        finding = Finding(code="request-panel", commit=CommitId("a" * 40), path="", what="")
        assert meaning(finding) == dict(MEANS)["request"]
        assert meaning(replace(finding, code="something-new")) == "the record was not kept by its rules"


class TestUnknown:
    @pytest.mark.parametrize("what", ["ana/wait-tim", "nobody/wait-time", "x"])
    def test_no_such_submission(self, earned: Town, what: str) -> None:
        ran = earned.run("rosa", "explain", what, expect=1)
        assert "there is no submission" in ran.said
        assert ran.next.startswith("mcred ")

    def test_no_such_attempt(self, earned: Town) -> None:
        ran = earned.run("rosa", "explain", ANA, "--attempt", "4", expect=1)
        assert f"{ANA} has no submitted attempt 4 (1)" in ran.said
        assert ran.next == f"mcred explain {ANA}"


class TestBadge:
    def badge(self, town: Town) -> tuple[Path, bytes]:
        data = on_main(town, award_path(ANAS, 1))
        place = town.desk("eva") / "badge.json"
        place.write_bytes(data)
        return place, data

    def ask(self, town: Town, place: Path, expect: int = 0) -> Ran:
        return town.run("rosa", "explain", str(place), expect=expect)

    def test_json_file(self, earned: Town) -> None:
        place, _ = self.badge(earned)
        ran = self.ask(earned, place)
        assert f"{ANA}, attempt 1" in ran.out
        assert "Proved" in ran.out

    def test_picture(self, earned: Town) -> None:
        _, data = self.badge(earned)
        place = earned.desk("eva") / "badge.svg"
        place.write_bytes(bake(a_picture(), data))
        assert f"{ANA}, attempt 1" in self.ask(earned, place).out

    def test_altered_file(self, earned: Town) -> None:
        place, data = self.badge(earned)
        place.write_bytes(data.replace(b"Wait Time", b"Brain Surgery"))
        ran = self.ask(earned, place, expect=1)
        assert "differs from the badge on record" in ran.out
        found = earned.run("rosa", "explain", str(place), "--json", expect=1).json
        assert found["badge"] == {"file": "badge.json", "as_recorded": False}

    def test_of_another_programme(self, earned: Town) -> None:
        place, data = self.badge(earned)
        other = json.loads(data) | {"id": "https://other.example/1"}
        other["issuer"] = {"id": "https://other.example", "name": "Other Schools"}
        place.write_text(json.dumps(other), "utf-8")
        ran = self.ask(earned, place, expect=1)
        assert "Lakeside Schools never issued this badge; it names Other Schools" in ran.said
        assert ran.next.startswith("mcred join ADDRESS")

    def test_where_there_is_no_record(self, earned: Town, tmp_path: Path) -> None:
        place, _ = self.badge(earned)
        ran = earned.run("eva", "explain", str(place), at=tmp_path, expect=1)
        assert "is in the record of Lakeside Schools" in ran.said

    def test_no_badge_at_all(self, earned: Town) -> None:
        place = earned.desk("eva") / "badge.json"
        place.write_text("hello", "utf-8")
        assert self.ask(earned, place, expect=1).next == f"mcred verify {place}"
        earned.run("rosa", "explain", str(place), "--attempt", "1", expect=2)


def a_picture() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><circle r="5"/></svg>'


def test_narrow_terminals_keep_every_word(earned: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert "Proved" in told(earned, ANA)
