"""Rights count where they were used: a later key, school, role or conflict takes nothing back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push
from mcred.app.keys.signing import read_key
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import MAIN, review_ref, submission_ref
from mcred.store.git import open_repo
from tests.cli.court import (
    ANAS,
    an_honest_review,
    asked,
    hand_scores,
    on_main,
    repo_of,
    send_forgery,
    set_rules,
)
from tests.cli.test_person_keys import change_key, lose
from tests.cli.town import WAIT, Town, git

Change = Callable[[Town, str], None]


def change_twice(town: Town, person: str) -> None:
    """A new key, and another one after that."""
    change_key(town, person)
    change_key(town, person)


def vouched(town: Town, person: str) -> None:
    """A person's computer is lost; they go on with a new key by the word of two others."""
    town.run("rosa", "person", "add", "dev", "--role", "issuer")
    town.home(person).rename(town.place / "lost")
    town.run(person, "join", str(town.remote), str(town.home(person)), at=town.place)
    town.run(person, "setup", "--id", person, "--lost-key")
    town.run("dev", "person", "vouch", person, "--yes")
    town.run("rosa", "person", "add", person)
    town.run(person, "sync")


def moves(town: Town, person: str, school: str) -> None:
    """Someone is at another school from now on."""
    town.run(person, "setup", "--school", school)
    town.run("rosa", "person", "add", person)
    town.run(person, "sync")


def declares(town: Town, person: str, about: str) -> None:
    """Someone declares a conflict with someone."""
    profile = town.home(person) / "portfolios" / person / "profile.yaml"
    profile.write_text(profile.read_text("utf-8") + f"conflicts:\n  - {about}\n", "utf-8")
    town.run(person, "setup")
    town.run("rosa", "person", "add", person)
    town.run(person, "sync")


EARNERS: dict[str, Change] = {
    "a new key": lambda t, judge: change_key(t),
    "a second new key": lambda t, judge: change_twice(t, "ana"),
    "a lost key": lambda t, judge: vouched(t, "ana"),
    "the assessor's school": lambda t, judge: moves(t, "ana", "University"),
    "a conflict with the assessor": lambda t, judge: declares(t, "ana", judge),
}
ASSESSORS: dict[str, Change] = {
    "a new key": change_key,
    "a second new key": lambda t, judge: change_twice(t, judge),
    "a lost key": vouched,
    "the earner's school": lambda t, judge: moves(t, judge, "Lincoln Elementary"),
    "a conflict with the earner": lambda t, judge: declares(t, judge, "ana"),
    "no role": lambda t, judge: set_rules(t, f"    - {judge}\n", "# one less\n"),
}


def refs_of(town: Town) -> list[str]:
    """What the remote has, a line a ref."""
    return git(town.remote, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").splitlines()


def put_back(town: Town, refs: list[str]) -> None:
    """As it was when the guard was asked, before refs were deleted that main has."""
    for ref in refs:
        git(town.remote, "update-ref", *ref.split())


def award(town: Town) -> None:
    """Rosa awards, and everyone finds that right."""
    refs = refs_of(town)
    town.decide("ana")
    town.run("ben", "sync")
    assert "1 of 1 awards proved" in town.run("ben", "audit").out
    repo = open_repo(town.remote)
    main, before = (CommitId(git(town.remote, "rev-parse", name).strip()) for name in ("main", "main~"))
    put_back(town, refs)
    assert check_push(repo, [Update(ref=MAIN, old=before, new=main)], town.now.date()) == ()
    git(town.remote, "update-ref", MAIN, main)


@pytest.mark.parametrize("change", EARNERS.values(), ids=EARNERS)
def test_work_in_review_stays_when_its_earner_gets(change: Change, sent: Town) -> None:
    judge_of = asked(sent)
    if "assessor" in next(name for name, c in EARNERS.items() if c is change):
        # An assessor who has not answered by then may not do so any more.
        hand_scores(sent, judge_of)
        change(sent, judge_of)
    else:
        change(sent, judge_of)
        assert sent.status("ana")["state"] == "in review (0 of 1)"
        sent.assess("ana")
    assert sent.status("ana")["state"] == "being reconciled"
    award(sent)


@pytest.mark.parametrize("change", ASSESSORS.values(), ids=ASSESSORS)
def test_scores_stay_when_their_assessor_gets(change: Change, sent: Town) -> None:
    judge_of = asked(sent)
    hand_scores(sent, judge_of)
    change(sent, judge_of)
    assert sent.status("ana")["state"] == "being reconciled"
    award(sent)


def test_scores_with_a_key_between_two_others_stay(sent: Town) -> None:
    judge_of = asked(sent)
    change_key(sent, judge_of)
    hand_scores(sent, judge_of)
    change_key(sent, judge_of)
    assert sent.status("ana")["state"] == "being reconciled"
    award(sent)


def test_a_place_given_back_stays_so_after_a_new_key(sent: Town) -> None:
    judge_of = asked(sent)
    sent.run(judge_of, "decline-review", f"ana/{WAIT}", "--because", "I am ill.", "--yes")
    change_key(sent, judge_of)
    (other,) = {"mei", "tom"} - {judge_of}
    assert list(sent.panel("ana")) == [other]
    sent.assess("ana")
    award(sent)


def test_what_was_taken_back_stays_so_after_a_new_key(sent: Town) -> None:
    sent.run("ana", "withdraw", WAIT)
    change_key(sent)
    assert sent.status("ana")["state"] == "withdrawn"


@pytest.mark.parametrize("before", [False, True], ids=["after the change", "before it"])
def test_scores_with_a_replaced_key_are_taken_only_if_they_had_arrived(before: bool, sent: Town) -> None:
    """A stolen key: what is sent with it after its owner has another one names an older state in vain."""
    judge_of = asked(sent)
    old = read_key(repo_of(sent, judge_of))
    ref, repo = review_ref(ANAS, 1, PersonId(judge_of)), open_repo(sent.remote)
    _, honest = an_honest_review(sent, judge_of)
    made = send_forgery(sent, replace(honest, ref=ref if before else "refs/heads/elsewhere", key=old))
    change_key(sent, judge_of)
    found = check_push(repo, [Update(ref=ref, old=made if before else None, new=made)], sent.now.date())
    assert {f.code for f in found} == (set() if before else {"review-refused"})
    assert all("key that is not" in f.what for f in found)


def test_a_decision_on_scores_that_never_arrived_is_refused(sent: Town) -> None:
    """An issuer and a stolen key: what was signed with it is on no line of its owner's."""
    judge_of = asked(sent)
    hand_scores(sent, judge_of)
    change_key(sent, judge_of)
    main, refs = CommitId(git(sent.remote, "rev-parse", "main").strip()), refs_of(sent)
    sent.decide("ana")
    made, repo = CommitId(git(sent.remote, "rev-parse", "main").strip()), open_repo(sent.remote)
    put_back(sent, refs)
    assert check_push(repo, [Update(ref=MAIN, old=main, new=made)], sent.now.date()) == ()
    git(sent.remote, "update-ref", "-d", review_ref(ANAS, 1, PersonId(judge_of)))
    found = check_push(repo, [Update(ref=MAIN, old=main, new=made)], sent.now.date())
    assert {f.code for f in found} == {"key-replaced"}


def test_a_request_with_a_replaced_key_is_not_taken_again(sent: Town) -> None:
    old = read_key(repo_of(sent, "ana"))
    ref, repo = submission_ref(ANAS), open_repo(sent.remote)
    tip = CommitId(git(sent.remote, "rev-parse", ref).strip())
    lose(sent)
    sent.run("rosa", "person", "add", "mei", "--role", "issuer")
    sent.run("ana", "setup", "--id", "ana", "--lost-key")
    sent.run("mei", "person", "vouch", "ana", "--yes")
    sent.run("rosa", "person", "add", "ana")
    assert check_push(repo, [Update(ref=ref, old=tip, new=tip)], sent.now.date()) == ()
    assert old.public.encode() in on_main(sent, "portfolios/ana/profile.yaml")
    found = check_push(repo, [Update(ref=ref, old=None, new=tip)], sent.now.date())
    assert {f.code for f in found} == {"not-signed", "submission-refused"}
