"""Submitted work in a programme where only its assessors and the issuers may read it."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push
from mcred.app.keys.signing import read_key
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.submission import CommittedPiece, ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.git import open_repo
from mcred.store.log import read_commit
from mcred.store.snapshot import list_tree
from mcred.store.write import Author, build_tree, commit_tree, move_refs, put_blob
from tests.cli.test_guard import guarded
from tests.cli.test_sealed_drafts import files, objects
from tests.cli.town import ANSWER, OVERVIEW, PLAN, WAIT, Town, git

ANA = f"ana/{WAIT}"


@pytest.fixture
def sealed(town: Town) -> Town:
    """One that seals submitted work."""
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8").replace("work: open", "work: sealed"), "utf-8")
    town.run("rosa", "save", "--programme")
    return town


@pytest.fixture
def sent(sealed: Town) -> Town:
    """One where Ana's work is in review."""
    sealed.hand_in("ana")
    sealed.run("ana", "submit", "--attest", "all")
    return sealed


def test_its_readers_read_it_and_others_are_told_who_may(sent: Town) -> None:
    (asked,) = sent.panel("ana")
    for person in (asked, "rosa", "ana"):
        assert ANSWER in sent.run(person, "view", ANA, "--text").out
    ran = sent.run("dev", "view", ANA, expect=5)
    assert "is sealed to ana, its assessors, and the issuers; you are not one of them" in ran.err
    sealed_commit = git(sent.remote, "rev-parse", f"refs/heads/work/{ANA}/1").strip()
    with pytest.raises(subprocess.CalledProcessError):  # Nothing of it came to his folder.
        git(sent.home("dev"), "cat-file", "-e", sealed_commit)
    (sent.home(asked) / ".git" / "mcred" / "reading-key").write_bytes(
        (sent.home("dev") / ".git" / "mcred" / "reading-key").read_bytes()
    )
    git(sent.home(asked), "update-ref", "-d", *opened(sent, asked))
    ran = sent.run(asked, "view", ANA, expect=5)
    assert "sealed to a reading key of yours that is not in this folder" in ran.err
    assert ran.next.startswith("mcred setup ")


def opened(town: Town, person: str) -> list[str]:
    """The refs of work that someone opened."""
    return git(town.home(person), "for-each-ref", "--format=%(refname)", "refs/mcred/opened").split()


def test_her_folder_keeps_what_was_judged(sent: Town) -> None:
    before = sent.files("ana")
    sent.assess("ana", levels={"questions": "developing"})
    sent.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    sent.run("ana", "sync")
    after = sent.files("ana")
    assert before.items() <= after.items()
    fresh = sent.second_computer("ana")
    sent.run("ana", "sync", at=fresh)
    assert (fresh / "portfolios" / "ana" / WAIT / "evidence" / "plan.md").read_text("utf-8") == PLAN


def test_a_further_attempt_keeps_levels_by_its_commitments_alone(sent: Town) -> None:
    sent.assess("ana", levels={"questions": "developing"})
    sent.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    sent.run("ana", "sync")
    plan = sent.folder("ana") / "evidence" / "plan.md"
    plan.write_text(PLAN + "And then a third time.\n", "utf-8")
    ran = sent.run("ana", "submit", "--attest", "all", "--note", "A third wait.")
    assert "Kept from the attempt before" in ran.out
    (asked,) = sent.panel("ana")
    assert "A third wait." in sent.run(asked, "view", ANA, "--text").out
    page = Path(sent.run(asked, "view", ANA, "--no-open").out.splitlines()[0].removeprefix("The page is at "))
    text = " ".join(re.sub(r"<[^>]+>", " ", page.read_text("utf-8")).split())
    assert "No review was requested" not in text and "Assessed by 1 trained expert" in text
    assert "2 criteria are kept from the attempt before" in text
    sent.assess("ana")
    assert "award" in sent.decide("ana").out


def test_whoever_is_asked_next_can_read_it(sent: Town) -> None:
    (asked,) = sent.panel("ana")
    other = "mei" if asked == "tom" else "tom"
    sent.run(other, "view", ANA, expect=5)
    sent.run(asked, "decline-review", ANA, "--because", "Too close.", "--yes")
    assert sent.panel("ana") == [other]
    assert ANSWER in sent.run(other, "view", ANA, "--text").out
    sent.assess("ana")


def test_whom_an_issuer_asks_instead_can_read_it(sent: Town) -> None:
    (asked,) = sent.panel("ana")
    other = "mei" if asked == "tom" else "tom"
    sent.run("rosa", "view", ANA)
    sent.run("rosa", "assign", ANA, "--to", other, "--because", "No answer.", "--yes")
    assert ANSWER in sent.run(other, "view", ANA, "--text").out


def test_a_new_issuer_can_read_what_is_in_review(sent: Town) -> None:
    rules = sent.home("rosa") / "mcred.yaml"
    text = rules.read_text("utf-8")
    rules.write_text(text.replace("issuers: [rosa]", "issuers: [rosa, dev]"), "utf-8")
    assert rules.read_text("utf-8") != text
    sent.run("rosa", "save", "--programme")
    sent.run("dev", "view", ANA, expect=5)
    sent.run("ana", "sync")
    assert ANSWER in sent.run("dev", "view", ANA, "--text").out


def test_a_lost_reading_key_is_put_right_by_whoever_can_read(sent: Town) -> None:
    sent.assess("ana", levels={"questions": "developing"})
    sent.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    fresh = sent.second_computer("ana")
    (fresh / ".git" / "mcred" / "reading-key").unlink()
    git(fresh, "update-ref", "-d", f"refs/mcred/draft/{ANA}")
    sent.run("ana", "setup", at=fresh)
    sent.run("rosa", "person", "add", "ana")
    sent.run("rosa", "sync")
    sent.run("ana", "sync", at=fresh)
    assert ANSWER in sent.run("ana", "view", ANA, "--text", at=fresh).out


class TestForged:
    """What is sealed is held against the request before anyone reads it."""

    def test_other_work_than_the_request_commits_to_is_named(self, sealed: Town) -> None:
        sealed.hand_in("ana")
        work = f"refs/heads/work/{ANA}/1"
        sealed.run("ana", "submit", "--attest", "all")
        request = _request(sealed)
        (sealed.folder("ana") / "evidence" / "plan.md").write_text("# Another plan\n", "utf-8")
        sealed.run("ana", "submit", "--replace", "--attest", "all", "--yes")
        newer = git(sealed.home("ana"), "rev-parse", f"refs/heads/work/{ANA}/2").strip()
        assert newer != request["work"]
        _send_request(sealed, {**_request(sealed, 2), "pieces": request["pieces"]}, 2)
        (asked,) = sealed.panel("ana")
        ran = sealed.run(asked, "view", ANA, expect=1)
        assert (
            "is not what was submitted: the list next to it opens different pieces from those it names"
            in ran.err
        )
        assert work in sealed.refs()

    def test_a_sealed_commit_of_another_submission_is_named(self, sealed: Town) -> None:
        for person in ("ana", "ben"):
            sealed.hand_in(person)
            sealed.run(person, "submit", "--attest", "all")
        theirs = _request(sealed, earner="ben")["work"]
        _send_request(sealed, {**_request(sealed), "work": theirs}, 1)
        assert "is no longer on the program's server" in sealed.run("rosa", "view", ANA, expect=7).err
        sealed.run("rosa", "view", f"ben/{WAIT}")
        assert "it is not attempt 1 of ana/wait-time" in sealed.run("rosa", "view", ANA, expect=5).err

    def test_work_that_is_gone_from_the_remote_is_said_as_that(self, sent: Town) -> None:
        git(sent.remote, "update-ref", "-d", f"refs/heads/work/{ANA}/1")
        git(sent.remote, "gc", "--quiet", "--prune=now")
        (asked,) = sent.panel("ana")
        ran = sent.run(asked, "view", ANA, expect=7)
        assert "is no longer on the program's server" in ran.err

    def test_a_submission_that_says_nothing_of_sealed_work_is_not_taken(self, sent: Town) -> None:
        request = _request(sent)
        del request["work"]
        _send_request(sent, request, 1)
        assert f"{ANA} has not been submitted yet" in sent.run("rosa", "view", ANA, expect=1).err


class TestGuard:
    @pytest.fixture
    def town(self, sealed: Town) -> Town:
        sealed.hand_in("ana")
        return guarded(sealed)

    def test_all_of_it_is_taken(self, town: Town) -> None:
        town.run("ana", "submit", "--attest", "all")
        (asked,) = town.panel("ana")
        town.run(asked, "decline-review", ANA, "--because", "Too close.", "--yes")
        (other,) = town.panel("ana")
        assert ANSWER in town.run(other, "view", ANA, "--text").out
        assert f"refs/heads/grant/{ANA}/1/{asked}" in town.refs()

    def test_a_plain_file_is_not(self, town: Town) -> None:
        town.run("ana", "submit", "--attest", "all")
        repo, ref = open_repo(town.remote), f"refs/heads/submission/{ANA}"
        tip = _tip(town, ref)
        changes = {f"portfolios/{ANA}/evidence/plan.md": put_blob(repo, PLAN.encode())}
        key = read_key(open_repo(town.home("ana")))
        author = Author(name="Ana", email="ana@x", when=town.now)
        text = message("Save", "save", SubmissionId(PersonId("ana"), CredentialId(WAIT)))
        made = commit_tree(repo, build_tree(repo, tip, changes), [tip], text, author, key)
        refused = check_push(repo, [Update(ref=ref, old=tip, new=made)], town.now.date())
        assert "not-sealed" in {r.code for r in refused}

    def test_a_grant_holds_keys_alone_and_is_its_givers(self, town: Town) -> None:
        town.run("ana", "submit", "--attest", "all")
        repo, ref = open_repo(town.remote), f"refs/heads/grant/{ANA}/1/rosa"
        sealed = list_tree(repo, _tip(town, f"refs/heads/work/{ANA}/1"))
        keys = {p: e.blob for p, e in sealed.items() if p.startswith("keys/")}
        file = {p: e.blob for p, e in sealed.items() if p.startswith("files/")}
        plain = {next(iter(keys)): put_blob(repo, b"Plain.")}
        for tree, by, code in (
            (keys, "rosa", set()),
            (keys, "dev", {"not-signed"}),
            ({**keys, **file}, "rosa", {"not-sealed"}),
            (plain, "rosa", {"not-sealed"}),
        ):
            author = Author(name="X", email="x@x", when=town.now)
            key = read_key(open_repo(town.home(by)))
            made = commit_tree(repo, build_tree(repo, None, tree), [], "Grant", author, key)
            refused = check_push(repo, [Update(ref=ref, old=None, new=made)], town.now.date())
            assert {r.code for r in refused} == code


def _tip(town: Town, ref: str) -> CommitId:
    return CommitId(git(town.remote, "rev-parse", ref).strip())


def _request(town: Town, attempt: int = 1, earner: str = "ana") -> dict[str, Any]:
    where = (
        f"refs/heads/submission/{earner}/{WAIT}:portfolios/{earner}/{WAIT}/attempts/{attempt}/request.json"
    )
    found: dict[str, Any] = json.loads(git(town.remote, "show", where))
    return found


def _send_request(town: Town, said: Mapping[str, Any], attempt: int) -> None:
    """Put another request in the place of the one that Ana sent, signed by her."""
    repo, ref = open_repo(town.remote), f"refs/heads/submission/{ANA}"
    tip = _tip(town, ref)
    was = read_commit(repo, tip)
    path = f"portfolios/{ANA}/attempts/{attempt}/request.json"
    old = git(town.remote, "show", f"{ref}:{path}").encode()
    author = Author(name=was.author, email=was.email, when=was.when)
    tree = build_tree(repo, tip, {path: put_blob(repo, _spell(old, said))})
    key = read_key(open_repo(town.home("ana")))
    move_refs(repo, [(ref, commit_tree(repo, tree, list(was.parents), was.message, author, key), tip)])


def _spell(old: bytes, said: Mapping[str, Any]) -> bytes:
    """A request in the one spelling of the record."""
    request = decode(old, ReviewRequest, "request.json")[0]
    assert request is not None
    pieces = tuple(CommittedPiece(**{"item": None, **piece}) for piece in said["pieces"])
    return encode(replace(request, work=said.get("work"), pieces=pieces))


class TestPlanted:
    @pytest.fixture
    def planted(self, sealed: Town) -> tuple[Town, Mapping[str, str]]:
        """Strings that stand nowhere else, in each place of what is submitted."""
        found = {where: secrets.token_hex(32) for where in ("text", "evidence", "name", "title", "note")}
        sealed.hand_in("ana")
        (sealed.folder("ana") / "1-overview.md").write_text(OVERVIEW + found["text"], "utf-8")
        piece = sealed.folder("ana") / "evidence" / f"{found['name']}.md"
        piece.write_text(f"# Plan\n\n{found['evidence']}\n", "utf-8")
        sealed.run("ana", "add", str(piece), "--for", "lesson-plan", "--title", found["title"])
        sealed.run("ana", "submit", "--attest", "all", "--note", found["note"])
        return sealed, found

    def test_are_read_by_no_one_else_before_and_after_the_award(
        self, planted: tuple[Town, Mapping[str, str]]
    ) -> None:
        town, found = planted
        assert _where(town, found, ("ben", "dev")) == set()
        town.assess("ana")
        town.decide("ana")
        assert _where(town, found, ("ben", "dev")) == set()
        hers = objects(town.home("ana"))
        assert all(text.encode() in hers for text in found.values())


def _where(town: Town, found: Mapping[str, str], people: tuple[str, ...]) -> set[tuple[str, str]]:
    """In which copies the strings are: of members, of a stranger, of the remote, of the pages."""
    for person in people:
        town.run(person, "sync")
    name = f"zoe-{secrets.token_hex(4)}"
    fresh = town.place / name
    town.run(name, "join", str(town.remote), str(fresh), "--name", "Zoe", "--id", name, at=town.place)
    site: Path = town.place / secrets.token_hex(4)
    town.run("rosa", "build", "--out", str(site), expect=None)
    homes = (*(town.home(person) for person in people), fresh)
    places = {str(home): objects(home) + files(home) for home in homes}
    places["remote"] = objects(town.remote) + files(town.remote)
    places["pages"] = files(site)
    return {(w, p) for w, text in found.items() for p, data in places.items() if text.encode() in data}


def test_work_of_which_a_killed_fetch_brought_the_commit_alone_is_fetched_again(sent: Town) -> None:
    (judge,) = sent.panel("ana")
    ref = f"refs/heads/work/{ANA}/1"
    words = ["git", "cat-file", "commit", ref]
    commit = subprocess.run(words, cwd=sent.remote, capture_output=True, check=True).stdout
    stored = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    subprocess.run(stored, cwd=sent.home(judge), input=commit, capture_output=True, check=True)
    assert ANSWER in sent.run(judge, "view", ANA, "--text").out


def lose(town: Town, person: str, ref: str) -> None:
    """A ref that the remote did not take any more, and of which the sender knows that."""
    git(town.remote, "update-ref", "-d", ref)
    for here in ("refs/remotes/origin/", "refs/mcred/fetched/"):
        git(town.home(person), "update-ref", "-d", ref.replace("refs/heads/", here))


def test_a_request_that_arrived_without_its_work_gets_it_when_submitted_again(sent: Town) -> None:
    lose(sent, "ana", f"refs/heads/work/{ANA}/1")
    sent.run("ana", "submit", "--attest", "all")
    (judge,) = sent.panel("ana")
    assert ANSWER in sent.run(judge, "view", ANA, "--text").out


@pytest.mark.parametrize("verb", ["assign", "decline-review"])
def test_a_key_for_the_next_assessor_that_was_not_sent_is_sent_by_the_same_words(
    sent: Town, verb: str
) -> None:
    (judge,) = sent.panel("ana")
    (other,) = {"mei", "tom"} - {judge}
    by = {"assign": "rosa", "decline-review": judge}[verb]
    words = [verb, ANA, *(("--to", other) if verb == "assign" else ()), "--because", "Ill", "--yes"]
    sent.run(by, *words)
    lose(sent, by, f"refs/heads/grant/{ANA}/1/{by}")
    sent.run(by, *words)
    assert ANSWER in sent.run(other, "view", ANA, "--text").out
