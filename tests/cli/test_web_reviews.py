"""What an issuer's sync makes of each thing that people write on a review host."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mcred.app.hosting.reviews import digest
from mcred.app.work import make_request, submit
from mcred.domain.assessment import Assessment
from mcred.formats.decode import decode
from tests.cli.conftest import Make
from tests.cli.court import a_later_state, set_rules
from tests.cli.test_override import narrative_of, page_of
from tests.cli.town import Town, git
from tests.cli.webtown import account, only, show_on
from tests.hosting.hosts import PLAIN, Entry, Refused

BEST = "/score context passing\n/score questions proficient\n/score waiting proficient\n\nWell done."
LOW = BEST.replace("questions proficient", "questions developing")


@pytest.fixture(scope="session")
def first_asked(make_once: Make, first_web: Town) -> Town:
    """Ana's work is in review by Mei alone, in a programme that takes what is written on the web."""

    def build(place: Path) -> Town:
        town = show_on(first_web.copy(place), "github")
        set_rules(town, "signatures: required", "signatures: recorded")
        set_rules(town, "    - tom\n", "")
        town.host, town.tokens = None, {}
        town.run("ana", "sync")
        town.submit("ana")
        return town

    return make_once("asked", build)


@pytest.fixture
def asked(first_asked: Town, tmp_path: Path) -> Town:
    town = show_on(first_asked.copy(tmp_path / "town"), "github", rules=False)
    town.run("ana", "sync")
    assert only(town).reviewers == [account("mei")]
    return town


def say(town: Town, who: str, text: str, event: str = "COMMENT") -> Entry:
    entry: Entry = town.host.say(only(town).number, who, text, event)
    return entry


def replies(town: Town) -> list[str]:
    """What was answered on the web, the words as they are shown."""
    bodies = [e.body for e in only(town).entries if e.body.startswith("<!-- mcred:answer")]
    return [b.replace("\\", "").replace("\u200b", "") for b in bodies]


def stored(town: Town) -> list[str]:
    """Where assessments of Ana's work stand at the remote."""
    return git(town.remote, "for-each-ref", "--format=%(refname)", "refs/heads/review").split()


def refused(town: Town, words: str) -> None:
    """It is answered once, however often it is read, and nothing is stored."""
    town.run("rosa", "sync")
    town.run("rosa", "sync")
    (reply,) = replies(town)
    assert words in reply
    assert stored(town) == []


def test_what_is_stored_says_whose_where_and_by_whose_word(asked: Town) -> None:
    entry = say(asked, "Mei-Web", BEST, "APPROVE")
    ran = asked.run("rosa", "sync")
    assert "mei's assessment of ana/wait-time was taken from github.com" in ran.out
    (ref,) = stored(asked)
    assert ref == "refs/heads/review/ana/wait-time/1/mei"
    path = "portfolios/ana/wait-time/attempts/1/reviews/mei.json"
    assert git(asked.remote, "diff", "--name-only", f"{ref}^", ref).split() == [path]
    assert git(asked.remote, "log", "-1", "--format=%an %P", ref).split() == [
        "Rosa",
        "Diaz",
        git(asked.remote, "rev-parse", "refs/heads/submission/ana/wait-time").strip(),
    ]
    found = decode(git(asked.remote, "show", f"{ref}:{path}").encode(), Assessment, path)[0]
    assert found is not None and found.attested is not None
    word = found.attested
    assert (word.kind, word.host, word.account, word.by) == ("github", "github.com", "Mei-Web", "rosa")
    assert (word.review, word.text, found.assessed) == (str(entry.id), digest(BEST), entry.when)
    assert (found.summary, [s.level for s in found.scores]) == (
        "Well done.",
        ["passing", "proficient", "proficient"],
    )
    said = [e.body for e in only(asked).entries if "on record as mei's assessment of attempt 1" in e.body]
    assert len(said) == 1
    before = git(asked.remote, "for-each-ref")
    asked.run("rosa", "sync")
    assert git(asked.remote, "for-each-ref") == before
    assert len(only(asked).entries) == 2


@pytest.mark.parametrize(
    ("who", "text", "words"),
    [
        ("stranger", BEST, "mcred setup --account github=stranger"),
        ("ben-web", BEST, "it is assigned to mei, not ben"),
        ("ana-web", BEST, "no one assesses their own work"),
        ("mei-web", LOW, "'questions' is below the required level and has no feedback; add feedback"),
        ("mei-web", BEST.replace("passing", "pass"), "no level 'pass'; its levels are passing, not-yet"),
        ("mei-web", "/score context passing", "'questions' has no score; give it one of proficient, basic"),
        ("mei-web", f"{BEST}\n/score context passing", "'context' is scored twice"),
        ("mei-web", f"{BEST}\n/score context", "is not: /score CRITERION LEVEL"),
        ("mei-web", BEST.replace("waiting", "patience"), "the criteria are context, questions, waiting"),
    ],
)
def test_what_does_not_fit_is_answered_once(asked: Town, who: str, text: str, words: str) -> None:
    say(asked, who, text)
    refused(asked, words)


@pytest.mark.parametrize(
    ("who", "text", "event"),
    [
        ("mei-web", "Looks good to me!", "APPROVE"),
        ("ana-web", "Please look at part two.", "COMMENT"),
        ("ana-web", "", "APPROVE"),
        ("stranger", "Hello?", "COMMENT"),
        ("mei-web", f"<!-- mcred:review ana/wait-time 1 mei -->\n\n{BEST}", "COMMENT"),
        ("mei-web", BEST, "DISMISSED"),
        ("mei-web", BEST, "PENDING"),
        ("mei-web", BEST.replace("/score", "> /score"), "COMMENT"),
    ],
)
def test_other_words_are_left_alone(asked: Town, who: str, text: str, event: str) -> None:
    say(asked, who, text, event)
    asked.run("rosa", "sync")
    assert replies(asked) == []
    assert stored(asked) == []


def test_where_signatures_are_required_it_says_what_to_type(asked: Town) -> None:
    set_rules(asked, "signatures: recorded", "signatures: required")
    asked.run("rosa", "sync")
    assert "/score" not in only(asked).body
    say(asked, "mei-web", BEST)
    refused(asked, "counts here only when it is signed: mcred assess ana/wait-time")


def test_only_an_issuer_reads_back(asked: Town) -> None:
    say(asked, "mei-web", BEST)
    for person in ("ana", "mei", "ben"):
        asked.run(person, "sync")
    assert stored(asked) == []


def test_edited_into_something_right_it_is_taken(asked: Town) -> None:
    entry = say(asked, "mei-web", LOW)
    asked.run("rosa", "sync")
    entry.body = LOW.replace("developing", "developing because two are closed")
    asked.run("rosa", "sync")
    assert (len(replies(asked)), len(stored(asked))) == (1, 1)


def test_edited_or_taken_back_afterwards_it_stays_and_everyone_is_told(asked: Town) -> None:
    entry = say(asked, "mei-web", BEST)
    asked.run("rosa", "sync")
    entry.body = LOW
    assert "mei's assessment was edited on github.com after it was recorded" in asked.run("rosa", "sync").err
    entry.event = "DISMISSED"
    assert "was withdrawn on github.com after it was recorded" in asked.run("rosa", "sync").err
    only(asked).entries.remove(entry)
    shown = asked.run("rosa", "reconcile", "ana/wait-time")
    assert "was withdrawn on github.com" in shown.out
    assert "attested by rosa, not signed" in shown.out
    asked.run("rosa", "reconcile", "ana/wait-time", "--award", "--yes")
    decision = git(asked.remote, "show", "main:portfolios/ana/wait-time/attempts/1/decision.json")
    assert "was withdrawn on github.com" in decision
    assert "attested by rosa" in decision
    asked.run("rosa", "audit")
    assert "attested by rosa, not signed" in asked.run("rosa", "explain", "ana/wait-time").out
    said = "Rests on 1 of 1 review by the issuer's word: its assessor did not sign."
    for verb in (("audit",), ("explain", "ana/wait-time"), ("explain", "ana/wait-time", "--brief")):
        assert said in asked.run("rosa", *verb).out
    assert said in narrative_of(asked)
    page = page_of(asked, asked.place / "pages")
    assert "1 review is attested by the issuer: its assessor did not sign it." in page


def test_a_second_one_of_the_same_assessor_is_not_taken(asked: Town) -> None:
    say(asked, "mei-web", BEST)
    asked.run("rosa", "sync")
    say(asked, "mei-web", BEST)
    asked.run("rosa", "sync")
    asked.run("rosa", "sync")
    (reply,) = replies(asked)
    assert "mei already has an assessment of this attempt" in reply


def test_two_at_once_are_one(asked: Town) -> None:
    say(asked, "mei-web", BEST)
    say(asked, "mei-web", LOW)
    asked.run("rosa", "sync")
    assert len(stored(asked)) == len(replies(asked)) == 1


def test_one_of_an_earlier_state_says_nothing_of_the_new_one(asked: Town) -> None:
    say(asked, "mei-web", BEST)
    overview = asked.folder("ana") / "1-overview.md"
    overview.write_text(overview.read_text("utf-8") + "\nMore.\n", "utf-8")
    asked.run("ana", "submit", "wait-time", "--replace", "--yes", "--attest", "all")
    asked.run("rosa", "sync")
    assert (replies(asked), stored(asked)) == ([], [])


def test_a_comment_does_not_count_where_only_the_earners_clock_says_what_it_is_about(
    asked: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Her mcred was changed, so that it does not refuse a date before that of the record."""
    overview = asked.folder("ana") / "1-overview.md"
    overview.write_text(overview.read_text("utf-8") + "\nWeaker by far.\n", "utf-8")
    say(asked, "mei-web", BEST, PLAIN)
    now = asked.now
    asked.now -= timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(submit, "check_clock", lambda *_: None)
        patch.setattr(make_request, "stamp", lambda desk: desk.ctx.now())
        asked.run("ana", "submit", "wait-time", "--replace", "--yes", "--attest", "all")
    asked.now = now + timedelta(minutes=5)
    refused(asked, "a comment does not name a version: write a review")


def test_a_plain_comment_is_taken_too_and_an_older_one_left_alone(asked: Town) -> None:
    early = say(asked, "mei-web", LOW, PLAIN)
    early.when -= timedelta(days=1)
    say(asked, "mei-web", BEST, PLAIN)
    asked.run("rosa", "sync")
    assert (len(stored(asked)), replies(asked)) == (1, [])
    early.body = BEST
    assert "edited" not in asked.run("rosa", "sync").err


def test_one_of_a_state_that_was_not_sent_is_answered(asked: Town) -> None:
    a_later_state(asked)
    say(asked, "mei-web", BEST)
    refused(asked, "it is about a version that was not submitted")


def test_a_host_that_refuses_the_answer_stops_nothing(asked: Town) -> None:
    say(asked, "mei-web", LOW)
    say(asked, "mei-web", BEST)
    calls = len(asked.host.calls)
    asked.run("rosa", "sync")
    answered = [c for c in asked.host.calls[calls:] if c.method == "POST"]
    assert len(answered) == 2
    only(asked).entries.clear()
    say(asked, "mei-web", LOW)
    asked.host.trouble = [Refused(403, "no")] * 9
    assert "mcred sync reads it later" in asked.run("rosa", "sync").err


def test_no_ones_account_is_two_peoples(asked: Town) -> None:
    asked.run("cleo", "setup", "--account", "github=mei-web")
    asked.run("rosa", "person", "add", "cleo")
    say(asked, "mei-web", BEST)
    refused(asked, "no one in this program has the account mei-web")
