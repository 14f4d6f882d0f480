"""A coach whom an earner lets in: drafts, submitted work and feedback, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.keys.reading import all_reading_keys
from mcred.app.keys.signing import read_key
from mcred.app.plain import Plain
from mcred.app.sealed.coached import find_let_in, open_coached
from mcred.app.sealed.open_work import OpenList, open_list
from mcred.app.sealed.opening import open_passed
from mcred.app.workspace import open_workspace
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.domain.layout import work_ref
from mcred.store.git import open_repo, resolve
from mcred.store.log import read_commit
from mcred.store.seal import Unopened
from mcred.store.write import Author, commit_tree, move_refs
from tests.cli.court import set_rules
from tests.cli.test_guard import guarded
from tests.cli.test_sealed_drafts import files, objects
from tests.cli.town import ANSWER, OVERVIEW, WAIT, Town, git

NAME = f"ana/{WAIT}"
ANA = SubmissionId(PersonId("ana"), CredentialId(WAIT))
LATER = "They wait for me now, too."
LAST = "And one who never spoke did."
REMARK = "Say more here."


@pytest.fixture
def let_in(ready: Town) -> Town:
    """Where Ana's draft is open, members may read submitted work, and Dev is her coach."""
    ready.run("ana", "let-in", "dev", "--yes")
    return ready


@pytest.fixture
def sealed(town: Town) -> Town:
    """The same in a programme that seals submitted work, behind the hook."""
    set_rules(town, "work: open", "work: sealed")
    town.hand_in("ana")
    guarded(town).run("ana", "let-in", "dev", "--yes")
    return town


def write(town: Town, more: str, home: Path | None = None) -> None:
    """Ana writes more into her overview and saves it."""
    folder = (home or town.home("ana")) / "portfolios" / "ana" / WAIT
    (folder / "1-overview.md").write_text(OVERVIEW + more + "\n", "utf-8")
    town.run("ana", "save", WAIT, at=home)


def view(town: Town, person: str = "dev", home: Path | None = None) -> str:
    return town.run(person, "view", NAME, "--text", at=home).out


def draft_for(town: Town, home: Path) -> OpenList:
    """The newest draft at the remote as a person's folder opens it; raises `Unopened`."""
    tip = resolve(open_repo(town.remote), work_ref(ANA))
    assert tip is not None
    git(home, "fetch", "--quiet", str(town.remote), work_ref(ANA))
    return open_list(open_repo(home), ANA, tip)


class TestDraft:
    def test_is_read_as_it_is_saved_by_the_coach_alone(self, let_in: Town) -> None:
        assert ANSWER in view(let_in)
        write(let_in, LATER)
        ran = let_in.run("dev", "view", NAME, "--text")
        assert LATER in ran.out and "ana/wait-time, draft" in ran.out
        page = let_in.run("dev", "view", NAME).out.partition("The page is at ")[2].split("\n")[0]
        assert LATER in Path(page).read_text("utf-8")
        for other in ("ben", "mei", "rosa"):
            assert LATER not in let_in.run(other, "view", NAME, "--text", expect=None).said
            with pytest.raises(Unopened):
                draft_for(let_in, let_in.home(other))

    def test_leaves_nothing_of_itself_in_other_copies(self, let_in: Town) -> None:
        planted = "3f1c9d0b77"
        write(let_in, planted)
        assert planted in view(let_in)
        for other in ("ben", "rosa"):
            let_in.run(other, "sync")
            assert planted.encode() not in objects(let_in.home(other)) + files(let_in.home(other))
        assert planted.encode() not in objects(let_in.remote) + files(let_in.remote)
        assert b"dev" not in objects(let_in.remote, [git(let_in.remote, "rev-parse", work_ref(ANA))])

    def test_is_compared_with_what_was_submitted_last(self, let_in: Town) -> None:
        let_in.run("ana", "submit", "--attest", "all")
        assert "attempt 1 (in review)" in view(let_in)
        write(let_in, LATER)
        ran = let_in.run("dev", "diff", NAME, "--json")
        assert (ran.json["from"]["state"], ran.json["to"]["state"]) == ("attempt 1", "ana's draft")
        assert let_in.run("dev", "diff", NAME, "--from", "1", "--to", "draft").out
        assert (
            "not been let in" in let_in.run("ben", "diff", NAME, "--from", "1", "--to", "draft", expect=5).err
        )

    def test_of_two_computers_that_both_saved_lets_in_whom_either_changed(self, let_in: Town) -> None:
        other = let_in.second_computer("ana")
        let_in.run("ana", "let-in", "ben", "--yes")
        let_in.run("ana", "let-in", "dev", "--stop")
        git(other, "config", "remote.origin.url", str(let_in.place / "away"))
        write(let_in, LATER, other)
        git(other, "config", "remote.origin.url", str(let_in.remote))
        let_in.run("ana", "sync", at=other)
        let_in.run("ana", "sync")
        assert let_in.status("ana")["let_in"] == ["ben"]
        assert LATER in view(let_in, "ben")
        assert "has not been submitted yet" in let_in.run("dev", "view", NAME, "--text", expect=1).err

    def test_stops_on_one_computer_and_on_the_other(self, let_in: Town) -> None:
        other = let_in.second_computer("ana")
        (other / "portfolios" / "ana" / WAIT / "1-overview.md").write_text(OVERVIEW + LATER, "utf-8")
        ran = let_in.run("ana", "let-in", "dev", "--stop", "--yes")
        assert "may have kept" in ran.out and let_in.status("ana")["let_in"] == []
        let_in.run("ana", "save", WAIT, at=other)
        assert let_in.run("ana", "status", "--json", at=other).json["submissions"][0]["let_in"] == []
        with pytest.raises(Unopened):
            draft_for(let_in, let_in.home("dev"))
        assert "has not been submitted yet" in let_in.run("dev", "view", NAME, "--text", expect=1).err

    def test_follows_the_coach_to_a_new_reading_key(self, let_in: Town) -> None:
        fresh = let_in.second_computer("dev")
        (fresh / ".git" / "mcred" / "reading-key").unlink()
        let_in.run("dev", "setup", at=fresh)
        let_in.run("rosa", "person", "add", "dev")
        let_in.run("dev", "view", NAME, "--text", expect=1, at=fresh)
        let_in.run("ana", "sync")
        assert ANSWER in view(let_in, home=fresh)
        before = resolve(open_repo(let_in.remote), work_ref(ANA))
        let_in.run("ana", "sync")
        assert resolve(open_repo(let_in.remote), work_ref(ANA)) == before

    def test_follows_its_earner_to_a_new_reading_key(self, let_in: Town) -> None:
        let_in.run("ana", "setup", "--new-key")
        let_in.run("rosa", "person", "add", "ana")
        let_in.run("ana", "sync")
        place = let_in.home("ana") / ".git" / "mcred"
        newest = all_reading_keys(open_repo(let_in.home("ana")))[0].public
        assert newest in draft_for(let_in, let_in.home("ana")).list.readers
        for old in place.glob("reading-key-old-*"):
            old.unlink()
        assert draft_for(let_in, let_in.home("ana")).list.passed.let_in == ("dev",)
        assert ANSWER in view(let_in)


class TestWhoCanBeLetIn:
    def test_only_a_confirmed_person_who_is_not_asked_to_assess_it(self, ready: Town) -> None:
        assert "eva" in ready.run("ana", "let-in", "eva", "--yes", expect=1).err
        assert "is you" in ready.run("ana", "let-in", "ana", "--yes", expect=5).err
        ready.run("ana", "submit", "--attest", "all")
        (asked,) = ready.panel("ana")
        assert "is assigned to assess it" in ready.run("ana", "let-in", asked, "--yes", expect=5).err
        ready.run("ana", "let-in", "mei" if asked == "tom" else "tom", "--yes")

    def test_a_coach_who_is_asked_to_assess_it_sees_no_draft_of_it(self, ready: Town) -> None:
        for person in ("mei", "tom"):
            ready.run("ana", "let-in", person, "--yes")
        ready.run("ana", "submit", "--attest", "all")
        write(ready, LATER)
        (asked,) = ready.panel("ana")
        assert "attempt 1 (in review)" in view(ready, asked) and LATER not in view(ready, asked)
        assert LATER in view(ready, "mei" if asked == "tom" else "tom")

    def test_once_more_changes_nothing(self, let_in: Town) -> None:
        before = resolve(open_repo(let_in.remote), work_ref(ANA))
        assert "can already read" in let_in.run("ana", "let-in", "dev").out
        assert resolve(open_repo(let_in.remote), work_ref(ANA)) == before
        assert let_in.run("ana", "let-in", "dev", "--json").json["let_in"] == ["dev"]


class TestSealedWork:
    def test_attempts_before_and_after_and_no_others_work(self, sealed: Town) -> None:
        sealed.run("ana", "let-in", "dev", "--stop")
        sealed.run("ana", "submit", "--attest", "all")
        sealed.run("dev", "view", NAME, expect=5)
        sealed.run("ana", "let-in", "dev")
        assert ANSWER in view(sealed)
        (asked,) = sealed.panel("ana")
        assert ANSWER in view(sealed, asked)
        assert "/draft" not in git(sealed.home(asked), "for-each-ref", "refs/remotes/")
        sealed.run("ana", "let-in", "dev", "--stop")
        write(sealed, LAST)
        sealed.run("ana", "submit", "--replace", "--attest", "all", "--yes")
        assert "you are not one of them" in sealed.run("dev", "view", NAME, expect=5).err
        sealed.run("ana", "let-in", "dev")
        assert LAST in view(sealed)
        sealed.hand_in("ben")
        sealed.run("ben", "submit", "--attest", "all")
        sealed.run("dev", "view", f"ben/{WAIT}", expect=5)

    def test_levels_and_remarks_after_the_decision_and_not_before(self, sealed: Town) -> None:
        sealed.run("ana", "submit", "--attest", "all")
        sealed.assess("ana", levels={"questions": "developing"})
        assert "no feedback" in sealed.run("dev", "feedback", NAME, expect=1).err
        assert REMARK not in sealed.run("dev", "explain", NAME, expect=None).said
        sealed.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
        sealed.run("ana", "sync")
        ran = sealed.run("dev", "feedback", NAME)
        assert REMARK in ran.out and "Open the questions." in ran.out and "developing" in ran.out
        assert sealed.run("dev", "growth", NAME, "--json").json["moments"][-1]["met"] == 2
        write(sealed, LATER)
        assert REMARK in sealed.run("dev", "diff", NAME).out
        refused = sealed.run("ben", "feedback", NAME, expect=5)
        assert "sealed to ana" in refused.err and REMARK not in refused.said
        assert f"mcred let-in ben --of {WAIT}" in refused.next

    def test_what_is_passed_on_is_held_to_the_record(self, sealed: Town) -> None:
        sealed.run("ana", "submit", "--attest", "all")
        sealed.assess("ana", levels={"questions": "developing"})
        sealed.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
        sealed.run("ana", "sync")
        ((attempt, data),) = draft_for(sealed, sealed.home("dev")).list.passed.decisions
        at = Plain(at=sealed.home("dev"), now=lambda: sealed.now)
        record = open_workspace(at).catalog.records[ANA]
        assert b"developing" in data
        forged = data.replace(b"developing", b"proficient")
        for said, is_opened in ((data, True), (forged, False), (b"{}", False)):
            (decision,) = open_passed(record, {attempt: said}).decisions
            assert bool(decision.levels) is is_opened


class TestForged:
    def test_a_draft_that_another_person_signed_is_not_shown(self, let_in: Town) -> None:
        repo = open_repo(let_in.remote)
        tip = resolve(repo, work_ref(ANA))
        assert tip is not None
        was, key = read_commit(repo, tip), read_key(open_repo(let_in.home("ben")))
        author = Author(name="Ana", email="ana@x", when=was.when)
        made = commit_tree(repo, was.tree, [tip], was.message, author, key)
        move_refs(repo, [(work_ref(ANA), made, tip)])
        assert "has not been submitted yet" in let_in.run("dev", "view", NAME, "--text", expect=1).err

    def test_files_that_are_not_those_of_the_draft_are_not_shown(self, let_in: Town) -> None:
        assert ANSWER in view(let_in)
        ws = open_workspace(Plain(at=let_in.home("dev"), now=lambda: let_in.now))
        found = find_let_in(ws, ANA)
        assert found is not None and open_coached(ws, found)
        fewer = replace(found, list=replace(found.list, files=found.list.files[1:]))
        with pytest.raises(Unopened, match="not the ones that were saved"):
            open_coached(ws, fewer)
