"""What the remote takes: everything honest, and of all else the reason, before it is there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import PushRefusal, Update, check_push, judge_request
from mcred.app.keys.signing import read_key
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import (
    MAIN,
    override_ref,
    person_ref,
    profile_path,
    review_ref,
    submission_ref,
    vouch_ref,
)
from mcred.domain.people import Person
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.git import open_repo
from mcred.store.signatures import make_key
from tests.cli.court import (
    ANAS,
    PROJECT,
    Forgery,
    an_honest_review,
    asked,
    on_main,
    read_on_main,
    repo_of,
    scores_file,
    send_forgery,
    set_rules,
    start_mcred,
)
from tests.cli.town import WAIT, Town, git

ASIDE = "refs/heads/aside"
"""Where a forged state lies before anyone asks the guard about it."""
ANA, BEN, MALLORY = PersonId("ana"), PersonId("ben"), PersonId("mallory")


def at(town: Town, ref: str) -> CommitId | None:
    found = git(town.remote, "for-each-ref", "--format=%(objectname)", ref).strip()
    return CommitId(found) if found else None


def judged(town: Town, ref: str, new: CommitId | None) -> tuple[PushRefusal, ...]:
    return check_push(open_repo(town.remote), [Update(ref=ref, old=at(town, ref), new=new)], town.now.date())


def codes(town: Town, ref: str, new: CommitId | None) -> set[str]:
    return {refusal.code for refusal in judged(town, ref, new)}


def forge(
    town: Town, by: str, parent: str, path: str, data: bytes, text: str = "Edit", **more: object
) -> CommitId:
    """A commit with one file, by someone's own key unless `key` says otherwise, put aside."""
    forgery = Forgery(
        by=by, ref=ASIDE, parent=parent, files={path: data}, text=text, key=read_key(repo_of(town, by))
    )
    return send_forgery(town, replace(forgery, **more))


def test_an_honest_programme_passes_from_its_founding_on(earned: Town) -> None:
    repo = open_repo(earned.remote)
    line = git(earned.remote, "rev-list", "--first-parent", "--reverse", "main").split()
    known: CommitId | None = None
    for name in line:
        assert check_push(repo, [Update(ref=MAIN, old=known, new=CommitId(name))], earned.now.date()) == ()
        known = CommitId(name)


def test_an_earners_and_an_assessors_own_lines_pass(sent: Town) -> None:
    repo = open_repo(sent.remote)
    ref, judge_of = submission_ref(ANAS), asked(sent)
    tip = at(sent, ref)
    assert check_push(repo, [Update(ref=ref, old=None, new=tip)], sent.now.date()) == ()
    _, review = an_honest_review(sent, judge_of)
    new = send_forgery(sent, replace(review, ref=ASIDE))
    assert codes(sent, review_ref(ANAS, 1, PersonId(judge_of)), new) == set()


@pytest.mark.parametrize("kind", ["submission", "review", "override", "person", "vouch"])
def test_no_ref_begins_with_what_main_has(kind: str, earned: Town) -> None:
    """Else anyone could take another person's name, or make it seem that they sent something."""
    repo, main, tom = open_repo(earned.remote), at(earned, MAIN), PersonId("tom")
    assert main is not None
    ref = {
        "submission": submission_ref(ANAS),
        "review": review_ref(ANAS, 1, tom),
        "override": override_ref(ANAS, 1, tom),
        "person": person_ref(PersonId("zoe")),
        "vouch": vouch_ref(ANA, BEN),
    }[kind]
    older = CommitId(git(earned.remote, "rev-parse", "main~1").strip())
    for tip in (main, older):
        assert codes(earned, ref, tip) == {"ref-finished"}
        there = [Update(ref=ref, old=older, new=tip)]
        assert check_push(repo, there, earned.now.date()) == (), "it was there before main had it"
        assert judge_request(repo, ref, main, tip, earned.now.date()) == (), "main took it meanwhile"


FORGERIES: dict[str, tuple[str, Callable[[Town], tuple[str, CommitId | None]]]] = {
    "a teacher makes herself a maintainer": (
        "not-allowed",
        lambda t: (
            MAIN,
            forge(
                t, "ana", "main", "mcred.yaml", on_main(t, "mcred.yaml").replace(b"[rosa]", b"[rosa, ana]")
            ),
        ),
    ),
    "a teacher writes a decision": (
        "decision-not-issuers",
        lambda t: (
            MAIN,
            forge(t, "ana", "main", f"portfolios/ana/{WAIT}/attempts/1/decision.json", b"format: 2\n"),
        ),
    ),
    "a maintainer gives a badge without a decision": (
        "award-without-decision",
        lambda t: (MAIN, forge(t, "rosa", "main", f"portfolios/ana/{WAIT}/attempts/1/badge.json", b"{}\n")),
    ),
    "nobody signed it": (
        "not-signed",
        lambda t: (MAIN, forge(t, "rosa", "main", "mcred.yaml", on_main(t, "mcred.yaml") + b"#\n", key=None)),
    ),
    "a stranger signed it": (
        "unknown-key",
        lambda t: (
            MAIN,
            forge(t, "rosa", "main", "mcred.yaml", on_main(t, "mcred.yaml") + b"#\n", key=make_key()),
        ),
    ),
    "main is removed": ("ref-removed", lambda t: (MAIN, None)),
    "main goes back": (
        "line-rewritten",
        lambda t: (MAIN, CommitId(git(t.remote, "rev-parse", "main~1").strip())),
    ),
    "another name than ours": ("ref-unknown", lambda t: ("refs/heads/Main", at(t, MAIN))),
    "a tag": ("ref-unknown", lambda t: ("refs/tags/v1", at(t, MAIN))),
    "ben writes into ana's line": (
        "not-signed",
        lambda t: (
            submission_ref(ANAS),
            forge(
                t,
                "ben",
                str(at(t, submission_ref(ANAS))),
                f"portfolios/ana/{WAIT}/1-overview.md",
                b"# By Ben\n",
                message("Save", "save", ANAS),
            ),
        ),
    ),
    "ana writes a decision on her own line": (
        "not-allowed",
        lambda t: (
            submission_ref(ANAS),
            forge(
                t,
                "ana",
                submission_ref(ANAS),
                f"portfolios/ana/{WAIT}/attempts/1/decision.json",
                b"format: 2\n",
                message("Save", "save", ANAS),
            ),
        ),
    ),
    "ana sends a link instead of a file": (
        "bad-file",
        lambda t: (
            submission_ref(ANAS),
            forge(
                t,
                "ana",
                submission_ref(ANAS),
                f"portfolios/ana/{WAIT}/evidence/x.md",
                b"/etc/passwd",
                message("Save", "save", ANAS),
                mode="120000",
            ),
        ),
    ),
    "somebody who was not asked assesses": (
        "review-refused",
        lambda t: (
            review_ref(ANAS, 1, BEN),
            send_forgery(t, replace(an_honest_review(t, "ben")[1], ref=ASIDE)),
        ),
    ),
    "an assessment in somebody else's name": (
        "review-refused",
        lambda t: (
            review_ref(ANAS, 1, PersonId(asked(t))),
            send_forgery(
                t, replace(an_honest_review(t, asked(t))[1], ref=ASIDE, key=read_key(repo_of(t, "ben")))
            ),
        ),
    ),
    "an assessment of an attempt that is not there": (
        "review-refused",
        lambda t: (
            review_ref(ANAS, 7, PersonId(asked(t))),
            send_forgery(t, replace(an_honest_review(t, asked(t))[1], ref=ASIDE)),
        ),
    ),
    "ben asks in ana's name with his own key": (
        "not-signed",
        lambda t: (
            person_ref(ANA),
            forge(
                t, "ben", "main", profile_path(ANA), on_main(t, profile_path(ANA)).replace(b"Reyes", b"R.")
            ),
        ),
    ),
    "a second account with the key of the first": (
        "key-shared",
        lambda t: (
            person_ref(MALLORY),
            forge(
                t,
                "ben",
                "main",
                profile_path(MALLORY),
                encode(replace(read_on_main(t, profile_path(BEN), Person), id=MALLORY, name="Mallory")),
            ),
        ),
    ),
    "a profile that leaves out an old key": (
        "key-lost",
        lambda t: (person_ref(BEN), _without_keys(t)),
    ),
    "a teacher's word for a key": (
        "not-allowed",
        lambda t: (vouch_ref(ANA, BEN), forge(t, "ben", "main", "notes.txt", b"I know her\n")),
    ),
}


def _without_keys(town: Town) -> CommitId:
    """Ben's profile with another key only, signed with it."""
    key = make_key()
    profile = read_on_main(town, profile_path(BEN), Person)
    other = replace(profile, keys=(replace(profile.keys[0], public=key.public),))
    return forge(town, "ben", "main", profile_path(BEN), encode(other), key=key)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_push_is_refused_with_its_rule(name: str, sent: Town) -> None:
    code, build = FORGERIES[name]
    ref, new = build(sent)
    refusals = judged(sent, ref, new)
    assert code in {r.code for r in refusals}, refusals
    assert all(r.what and r.hint for r in refusals)


def guarded(town: Town) -> Town:
    """The same town, its remote with a guard."""
    said = town.run("rosa", "init", ".", "--remote", str(town.remote))
    assert "Everything sent there is checked" in said.said
    assert os.access(town.remote / "hooks" / "pre-receive", os.X_OK)
    return town


def test_work_that_was_taken_before_a_key_was_retired_is_not_asked_about_again(sent: Town) -> None:
    """Else no one could go on with a draft after a change of keys."""
    old = read_key(repo_of(sent, "ana"))
    sent.run("ana", "setup", "--new-key")
    sent.run("rosa", "person", "add", "ana")
    sent.run("ana", "sync")
    ref, path = submission_ref(ANAS), f"portfolios/ana/{WAIT}/1-overview.md"
    assert codes(sent, ref, forge(sent, "ana", ref, path, b"More.")) == set()
    again = forge(sent, "ana", ref, path, b"Less.", key=old, ref=f"{ASIDE}-2")
    assert codes(sent, ref, again) == {"not-signed"}


@pytest.mark.parametrize(
    ("path", "code", "rule"),
    [
        ("templates/site/badge.html.j2", "not-allowed", "only issuers and maintainers change page templates"),
        (
            ".github/workflows/mcred.yml",
            "not-allowed",
            "ana is not a maintainer, and only maintainers change",
        ),
        ("README.md", "not-allowed", "ana is not a maintainer, and only maintainers change"),
        ("MCRED.yaml", "bad-file", "this is 'mcred.yaml' on many computers"),
        ("Templates/site/a.css", "bad-file", "this is 'templates/site/a.css' on many computers"),
    ],
)
def test_a_member_changes_nothing_beside_their_work(sent: Town, path: str, code: str, rule: str) -> None:
    refusals = judged(sent, MAIN, forge(sent, "ana", "main", path, b"x\n"))
    assert any(r.code == code and r.what.startswith(f"{path}: ") and rule in r.what for r in refusals)
    unsigned = forge(sent, "ana", "main", path, b"x\n", key=None, ref=f"{ASIDE}-2")
    assert "not-signed" in codes(sent, MAIN, unsigned)


@pytest.mark.slow
def test_a_guarded_place_takes_a_whole_loop_and_refuses_a_forgery_in_words(ready: Town) -> None:
    town = guarded(ready)
    town.run("ana", "submit", "--attest", "all")
    town.assess("ana")
    before = at(town, MAIN)
    with pytest.raises(AssertionError) as refused:
        send_forgery(
            town,
            Forgery(
                by="ana",
                ref=MAIN,
                parent="main",
                files={"mcred.yaml": on_main(town, "mcred.yaml") + b"# mine\n"},
                text="Mine now",
                key=read_key(repo_of(town, "ana")),
            ),
        )
    said = (
        "mcred: refs/heads/main: mcred.yaml: ana is not a maintainer, and only maintainers change the rules"
    )
    assert f"{said} [not-allowed]" in str(refused.value)
    assert at(town, MAIN) == before
    town.decide("ana")
    assert at(town, MAIN) != before


@pytest.mark.slow
def test_what_the_guard_says_reaches_whoever_typed_a_command(sent: Town) -> None:
    """An assessor who lost their role between asking and answering."""
    town = guarded(sent)
    judge_of = asked(town)
    scores = scores_file(town, judge_of)
    other = next(p for p in ("mei", "tom") if p != judge_of)
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8").replace(f"    - {judge_of}\n", "# one less\n"), "utf-8")
    town.run("rosa", "save", "--programme")
    child = start_mcred(town, judge_of, "assess", f"ana/{WAIT}", "--from", str(scores), "--yes")
    said = child.communicate(timeout=60)[0].decode()
    assert child.returncode != 0
    assert f"{judge_of} is not an expert" in said
    assert other in on_main(town, "mcred.yaml").decode()


def test_a_hook_reads_what_git_gives_it(sent: Town) -> None:
    """As a pre-receive hook is started: lines on stdin, inside the remote."""
    main = at(sent, MAIN)
    line = f"{main} {main} refs/heads/Main\n"
    done = subprocess.run(
        [sys.executable, "-m", "mcred", "guard"],
        cwd=sent.remote,
        input=line.encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.returncode == 1
    assert b"mcred: refs/heads/Main: nothing is stored here under that name [ref-unknown]" in done.stdout


@pytest.mark.parametrize("line", ["", "no hex at all", "0" * 40, f"{'0' * 40} {'1' * 40} "])
def test_lines_that_no_git_sends_are_named(line: str, sent: Town) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mcred", "guard"],
        cwd=sent.remote,
        input=f"{line}\n".encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.returncode == 2
    assert b"line 1 is not in the form 'OLD NEW REF'" in done.stderr


def test_a_line_for_a_profile_carries_nothing_else_in(sent: Town) -> None:
    """Nor does what it carried count as having been here before."""
    judge_of = asked(sent)
    sent.assess("ana")
    ref = review_ref(ANAS, 1, PersonId(judge_of))
    scores = CommitId(git(sent.remote, "rev-parse", ref).strip())
    git(sent.remote, "update-ref", "-d", ref)
    set_rules(sent, f"    - {judge_of}\n", "")
    assert "review-refused" in codes(sent, ref, scores)
    profile = sent.home(judge_of) / "portfolios" / judge_of / "profile.yaml"
    text = profile.read_bytes().replace(f"id: {judge_of}".encode(), b"id: zed")
    zed = "refs/heads/person/zed"
    carried = forge(sent, judge_of, ref=zed, parent=scores, path="portfolios/zed/profile.yaml", data=text)
    assert at(sent, zed) == carried
    git(sent.remote, "update-ref", "-d", zed)
    assert "not-allowed" in codes(sent, zed, carried)
    git(sent.remote, "update-ref", zed, carried)
    assert "review-refused" in codes(sent, ref, scores)


@pytest.mark.parametrize("ref", [MAIN, submission_ref(ANAS)])
def test_a_date_ahead_of_its_time_is_refused(sent: Town, ref: str) -> None:
    """It would keep everyone else from signing until that day."""
    by, path = ("rosa", "README.md") if ref == MAIN else ("ana", f"portfolios/ana/{WAIT}/1-overview.md")
    now, sent.now = sent.now, sent.now + timedelta(days=60)
    ahead = forge(sent, by, ref, path, b"More.")
    sent.now = now
    assert codes(sent, ref, ahead) == {"dated-ahead"}
    assert codes(sent, ref, forge(sent, by, ref, path, b"More.", ref=f"{ASIDE}-2")) == set()
