"""Pieces of sealed work that have to go: no key opens them any more, and the award stays proved."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push
from mcred.app.keys.signing import read_key
from mcred.app.sealed.open_work import open_list
from mcred.app.sealed.seal_work import seal_commit
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.shown import ShownList
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.store.git import open_repo
from mcred.store.snapshot import list_tree
from mcred.store.write import Author, build_tree, commit_tree, put_blob
from tests.audit.second_checker import check_again
from tests.cli.court import ANAS
from tests.cli.test_guard import guarded
from tests.cli.test_save_sync import kill_git_after
from tests.cli.test_sealed_work import ANA, sealed
from tests.cli.town import ANSWER, PLAN, TALK, WAIT, Town, git

__all__ = ["sealed"]
WHY = ("--of", ANA, "--reason", "A child can be seen.", "--yes")
GONE = ("erase", "lesson-plan", *WHY)
READERS = ("ana", "rosa", "mei", "tom")


@pytest.fixture
def earned(sealed: Town) -> Town:
    """One where Ana earned Wait Time, and the remote checks what arrives."""
    town = guarded(sealed)
    town.submit("ana")
    (asked,) = town.panel("ana")
    for person in (asked, "rosa"):
        town.run(person, "view", ANA, "--text")
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    return town


def blobs(place: Path) -> Iterator[bytes]:
    """Every blob that a repository holds, whether a ref reaches it or not."""
    names = git(place, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")
    for line in names.splitlines():
        kind, _, name = line.partition(" ")
        if kind == "blob":
            done = subprocess.run(
                ["git", "cat-file", "blob", name], cwd=place, capture_output=True, check=True
            )
            yield done.stdout


def opened(town: Town, place: Path, readers: tuple[str, ...] = READERS) -> set[bytes]:
    """All that is plain in a repository, and all that some people's keys open, and the keys in that.

    Without mcred's own code.
    """
    from pyrage import DecryptError, decrypt, x25519

    names = [town.home(person) / ".git" / "mcred" / "reading-key" for person in readers]
    keys = {name.read_text().strip() for name in names if name.is_file()}
    all_blobs = list(blobs(place))
    found = {b for b in all_blobs if not b.startswith(b"age-encryption")}
    shut = [b for b in all_blobs if b.startswith(b"age-encryption")]
    new = set(keys)
    while new:
        identities = [x25519.Identity.from_str(key) for key in sorted(new)]
        new = set()
        for blob in tuple(shut):
            try:
                text = bytes(decrypt(blob, identities))
            except DecryptError:
                continue
            shut.remove(blob)
            found.add(text)
            if text.startswith(b"AGE-SECRET-KEY-"):
                new.add(text.decode().strip())
            elif text.startswith(b"{"):
                new |= {f["key"] for f in json.loads(text).get("files", ())}
        keys |= new
    return found


def collect(town: Town) -> None:
    git(town.remote, "gc", "--quiet", "--prune=now")


def holds(found: set[bytes], content: str) -> bool:
    return any(content.encode() in one for one in found)


@pytest.mark.parametrize("by", ["ana", "rosa"])
def test_no_key_opens_it_any_more_and_the_award_stays_proved(earned: Town, by: str) -> None:
    assert holds(opened(earned, earned.remote), PLAN), "or the test looks in the wrong place"
    earned.run(by, "sync")
    said = " ".join(earned.run(by, *GONE).said.split())
    assert "other readers' folders with their next mcred sync" in said and "git gc --prune=now" in said
    earned.run("ana", "sync")
    collect(earned)
    left = opened(earned, earned.remote)
    assert not holds(left, PLAN) and holds(left, TALK) and holds(left, ANSWER)
    for person in READERS:
        earned.run(person, "sync")
        assert not holds(opened(earned, earned.home(person)), PLAN), person
    assert not (earned.folder("ana") / "evidence" / "plan.md").exists()
    assert (earned.folder("ana") / "evidence" / "talk.md").read_text("utf-8") == TALK
    ran = earned.run("rosa", "audit", "--json")
    assert ran.json["findings"] == [] and all(award["proved"] for award in ran.json["awards"])
    check_again(earned.home("rosa"), ran.code, ran.json)


def test_the_rest_of_the_attempt_is_read_as_before_and_by_a_new_folder(earned: Town) -> None:
    earned.run("ana", *GONE)
    for person in ("rosa", *(p for p in ("mei", "tom") if p in asked(earned))):
        earned.run(person, "sync")
        said = earned.run(person, "view", ANA, "--text").out
        assert ANSWER in said and "evidence/talk.md" in said and "Wait three seconds" not in said
    earned.run("ana", "reveal", "class-video", "--out", "talk.zip")
    assert "has no piece 'lesson-plan'" in earned.run("ana", "reveal", "lesson-plan", expect=1).said


def asked(town: Town) -> list[str]:
    record = git(town.remote, "ls-tree", "--name-only", "main", f"portfolios/{ANA}/attempts/1/reviews/")
    return [Path(name).stem for name in record.split()]


def views(town: Town, person: str) -> str:
    """All that a person's views wrote into their folder."""
    place = town.home(person) / ".git" / "mcred" / "view"
    return "".join(p.read_text("utf-8", "replace") for p in place.rglob("*") if p.is_file())


@pytest.mark.parametrize("by", ["ana", "rosa"])
@pytest.mark.parametrize("syncs", [False, True])
def test_a_coach_reads_the_rest_and_nothing_of_what_was_erased(earned: Town, by: str, syncs: bool) -> None:
    earned.run("ana", "let-in", "dev", "--of", WAIT, "--yes")
    earned.run("dev", "view", ANA)
    assert "Wait three seconds" in views(earned, "dev"), "or the test looks in the wrong place"
    earned.run(by, "sync")
    earned.run(by, *GONE)
    if syncs:
        earned.run("dev", "sync")
    else:
        # What he viewed before stays until his next sync.
        rmtree(earned.home("dev") / ".git" / "mcred" / "view")
    assert ANSWER in earned.run("dev", "view", ANA, "--text").out
    earned.run("dev", "view", ANA)
    assert "Wait three seconds" not in views(earned, "dev")


def test_the_earner_passes_on_to_her_coach_what_erasing_left(earned: Town) -> None:
    earned.run("ana", "let-in", "dev", "--of", WAIT, "--yes")
    earned.run("ana", *GONE)
    home = earned.home("ana")
    draft, attempt = (git(earned.remote, "rev-parse", f"work/{ANA}/{n}").strip() for n in ("draft", "1"))
    git(home, "fetch", "--quiet", str(earned.remote), f"work/{ANA}/draft")
    assert attempt in open_list(open_repo(home), ANAS, CommitId(draft)).list.passed.works
    earned.run("ana", "sync")
    assert git(earned.remote, "rev-parse", f"work/{ANA}/draft").strip() == draft, "nothing was left to send"


def test_what_cannot_be_opened_after_erasing_is_not_replaced_by_what_was_there(
    earned: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    earned.run("ana", "let-in", "dev", "--of", WAIT, "--yes")
    earned.run("dev", "view", ANA)
    rmtree(earned.home("dev") / ".git" / "mcred" / "view")
    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.sealed.erased.seal_commit", _with_new_key)
        patch.setattr("mcred.app.pieces.erase.seal_again", lambda *_: False)
        earned.run("ana", *GONE)
    refused = earned.run("dev", "view", ANA, expect=5)
    assert "cannot be opened with what ana last shared with you" in refused.err
    assert "typed by ana" in refused.next and "Wait three seconds" not in views(earned, "dev")
    earned.run("ana", "sync")
    assert ANSWER in earned.run("dev", "view", ANA, "--text").out


def _with_new_key(*given: Any, **named: Any) -> CommitId:
    """Seals a list to a new key."""
    ws, submission, plain, readers, _ = given
    return seal_commit(ws, submission, plain, readers, [], **named)


@pytest.mark.parametrize("builder", ["ana", "rosa"])
def test_pages_say_that_it_was_erased(earned: Town, builder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcred.app.pages.build.BATCH_SIZE", 1)  # the eraser is not among whose pages are made
    earned.run("ana", "publish-piece", "--all", "--yes")
    earned.run("rosa", "sync")
    earned.run("rosa", *GONE)
    earned.run(builder, "sync")
    place = earned.desk(builder) / "site"
    earned.run(builder, "build", "--out", str(place))
    pages = "".join(p.read_text("utf-8") for p in place.rglob("*") if p.suffix in (".html", ".md"))
    assert "was erased" in pages and "<bdi>talk</bdi>" in pages and "<bdi>plan</bdi>" not in pages
    earned.run("ana", "sync")
    collect(earned)
    assert not holds(opened(earned, earned.remote), PLAN), "not on the ref of what she publishes either"
    assert "wrong" not in earned.run(builder, "doctor", expect=None).out


def test_another_computer_of_hers_takes_it_out_and_does_not_bring_it_back(earned: Town) -> None:
    other = earned.second_computer("ana")
    earned.run("ana", *GONE)
    (other / "portfolios" / ANA / "evidence" / "later.txt").write_text("More.\n", "utf-8")
    earned.run("ana", "save", at=other, expect=None)
    earned.run("ana", "sync", at=other)
    collect(earned)
    assert not holds(opened(earned, earned.remote), PLAN) and not holds(opened(earned, other), PLAN)
    assert not (other / "portfolios" / ANA / "evidence" / "plan.md").exists()


def test_what_was_sent_back_is_erased_in_her_draft_too_and_may_be_added_again(sealed: Town) -> None:
    town = guarded(sealed)
    town.send_back("ana")
    plan = town.folder("ana") / "evidence" / "plan.md"
    assert plan.is_file()
    town.run("ana", *GONE)
    assert not plan.exists()
    collect(town)
    assert not holds(opened(town, town.remote), PLAN) and not holds(opened(town, town.home("ana")), PLAN)
    plan.write_text(PLAN, "utf-8")
    for _ in range(2):
        town.run("ana", "sync")
        assert plan.is_file()
    assert holds(set(town.saved("ana").values()), PLAN)
    town.run("ana", "submit", "--attest", "all", "--note", "Changed.")
    town.assess("ana")
    town.decide("ana")
    ran = town.run("rosa", "audit", "--json")
    assert ran.json["findings"] == []
    check_again(town.home("rosa"), ran.code, ran.json)


def test_what_earlier_attempts_had_in_its_place_goes_too(sealed: Town) -> None:
    town = guarded(sealed)
    town.send_back("ana")
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Another plan\n", "utf-8")
    town.run("ana", "submit", "--attest", "all", "--note", "Changed.")
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    said = town.run("ana", *GONE).said
    assert "as attempt 1 had it" in said
    collect(town)
    left = opened(town, town.remote)
    assert not holds(left, PLAN) and not holds(left, "# Another plan") and holds(left, TALK)
    ran = town.run("rosa", "audit", "--json")
    assert ran.json["findings"] == []
    check_again(town.home("rosa"), ran.code, ran.json)


def test_a_cut_is_finished_by_the_same_command(earned: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.pieces.erase.take_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        earned.run("ana", *GONE, expect=None)
    tip = git(earned.remote, "rev-parse", "main")
    assert holds(opened(earned, earned.remote), PLAN)
    earned.run("ana", *GONE)
    collect(earned)
    assert not holds(opened(earned, earned.remote), PLAN)
    assert git(earned.remote, "rev-parse", "main") == tip, "it is on record once"
    assert "already erased from" in earned.run("ana", *GONE).said


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_git_killed_between_two_refs_keeps_nothing_of_what_was_erased(
    sealed: Town, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = guarded(sealed)
    town.send_back("ana")
    with monkeypatch.context() as patch:
        kill_git_after(count, patch)
        town.run("ana", *GONE, expect=None)
    town.run("ana", *GONE)
    collect(town)
    assert not holds(opened(town, town.home("ana")), PLAN) and not holds(opened(town, town.remote), PLAN)
    assert not (town.folder("ana") / "evidence" / "plan.md").exists()


def test_a_dry_run_erases_nothing(earned: Town) -> None:
    before = earned.refs(), earned.refs("ana")
    said = earned.run("ana", *GONE, "--dry-run").said
    assert "Would erase 1 piece" in said
    assert (earned.refs(), earned.refs("ana")) == before


WORK = f"refs/heads/work/{ANA}/1"


def codes(town: Town, new: CommitId, ref: str = WORK) -> set[str]:
    """Why the remote refuses a new state of a ref."""
    old = CommitId(git(town.remote, "rev-parse", ref).strip())
    found = check_push(open_repo(town.remote), [Update(ref=ref, old=old, new=new)], town.now.date())
    return {refusal.code for refusal in found}


def state(town: Town, tree: dict[str, BlobId], by: str = "rosa", *parents: CommitId) -> CommitId:
    repo = open_repo(town.remote)
    author = Author(name="X", email="x@x", when=town.now)
    key = read_key(open_repo(town.home(by)))
    return commit_tree(repo, build_tree(repo, None, dict(tree)), parents, "Work", author, key)


def test_the_guard_takes_of_an_issuer_only_what_takes_something_out(earned: Town) -> None:
    repo, old = open_repo(earned.remote), CommitId(git(earned.remote, "rev-parse", WORK).strip())
    was = {path: entry.blob for path, entry in list_tree(repo, old).items()}
    file = next(path for path in was if path.startswith("files/"))
    key = next(path for path in was if path.startswith("keys/"))
    less = {**{p: b for p, b in was.items() if p != file}, "list.age": was[key]}
    earned.now += timedelta(minutes=1)
    assert codes(earned, state(earned, less)) == {"not-signed"}, "nothing was erased yet"
    earned.run("ana", *GONE)
    now = CommitId(git(earned.remote, "rev-parse", WORK).strip())
    is_there = {path: entry.blob for path, entry in list_tree(repo, now).items()}
    earned.now += timedelta(minutes=1)
    less = {**is_there, "list.age": is_there[key]}
    assert codes(earned, state(earned, less)) == set()
    assert codes(earned, state(earned, less, "mei")) == {"not-signed"}
    assert codes(earned, state(earned, less, "rosa", now)) == {"not-signed"}, "it brings the old one along"
    wrong = {
        "a reader less": {p: b for p, b in is_there.items() if p != key},
        "a reader more": {**is_there, f"keys/{'0' * 32}.age": is_there[key]},
        "a file more": {**is_there, f"files/{'0' * 32}.age": is_there[key]},
        "other files": {p: (b if p.startswith("keys/") else is_there[key]) for p, b in is_there.items()},
    }
    for name, tree in wrong.items():
        assert codes(earned, state(earned, tree)) == {"not-signed"}, name
    assert codes(earned, old) == {"line-rewritten"}, "nobody brings back what was there"
    draft = f"refs/heads/work/{ANA}/draft"
    tip = CommitId(git(earned.remote, "rev-parse", draft).strip())
    drafts = {path: entry.blob for path, entry in list_tree(repo, tip).items()}
    assert codes(earned, state(earned, drafts), draft) == {"not-signed"}


def test_the_guard_takes_of_an_issuer_no_other_change_of_what_is_shown(earned: Town) -> None:
    earned.run("ana", "publish-piece", "--all", "--yes")
    earned.run("rosa", "sync")
    ref, repo = "refs/heads/shown/ana", open_repo(earned.remote)
    was = {path: entry.blob for path, entry in list_tree(repo, ref_tip(earned, ref)).items()}
    listed = decode(git(earned.remote, "show", f"{ref}:shown.json").encode(), ShownList, "shown.json")[0]
    assert listed is not None and len(listed.pieces) == 2
    changes: list[dict[str, Any]] = [{"pieces": listed.pieces[:1]}, {"pieces": ()}, {"hidden": True}]
    for change in changes:
        named = {piece.file for piece in change.get("pieces", listed.pieces)}
        tree = {p: b for p, b in was.items() if p.removeprefix("files/") in named}
        tree["shown.json"] = put_blob(repo, encode(replace(listed, **change)))
        earned.now += timedelta(minutes=1)
        assert codes(earned, state(earned, tree), ref) == {"not-signed"}, change
    earned.run("rosa", *GONE)
    assert "lesson-plan" not in git(earned.remote, "show", f"{ref}:shown.json")
    assert git(earned.remote, "ls-tree", "--name-only", ref, "files/").count("\n") == 1


def ref_tip(town: Town, ref: str) -> CommitId:
    return CommitId(git(town.remote, "rev-parse", ref).strip())


def test_without_a_check_at_the_remote_it_says_what_stays(sealed: Town) -> None:
    sealed.submit("ana")
    sealed.assess("ana")
    sealed.decide("ana")
    sealed.run("ana", "sync")
    git(sealed.remote, "config", "receive.denyNonFastForwards", "true")
    said = " ".join(sealed.run("ana", *GONE).said.split())
    assert "The program's server does not allow rewriting" in said
    assert "Wait three seconds" not in sealed.run("ana", "view", ANA, "--text").out
    assert not (sealed.folder("ana") / "evidence" / "plan.md").exists()
    assert "already erased from" in sealed.run("ana", *GONE).said
    assert "does not allow rewriting" not in sealed.run("ana", "sync").said


def test_a_programme_of_one_folder_erases_too(earned: Town) -> None:
    git(earned.home("ana"), "remote", "remove", "origin")
    earned.run("ana", *GONE)
    assert not (earned.folder("ana") / "evidence" / "plan.md").exists()
    assert ANSWER in earned.run("ana", "view", ANA, "--text").out
    assert "already erased from" in earned.run("ana", *GONE).said
    assert earned.run("ana", "audit", "--json").json["findings"] == []
