"""What the remote takes on a work ref: sealed files, signed by their earner, and no older state."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta

import pytest

from mcred.app.audit.push_guard import PushRefusal, Update, check_push
from mcred.app.keys.signing import read_key
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.layout import MAIN, SEALED_LIST, sealed_path
from mcred.store.git import open_repo, resolve
from mcred.store.seal import make_reading_key, seal
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import list_tree
from mcred.store.write import Author, build_tree, commit_tree, put_blob
from tests.cli.test_guard import guarded
from tests.cli.town import WAIT, Town, git

WORK = f"refs/heads/work/ana/{WAIT}/draft"
FILE = sealed_path("files", "0" * 32)


def tip(town: Town, ref: str = WORK) -> CommitId:
    found = resolve(open_repo(town.remote), ref)
    assert found is not None
    return found


def key_of(town: Town, person: str) -> KeyPair:
    return read_key(open_repo(town.home(person)))


def tree_of(town: Town, **more: bytes) -> dict[str, BlobId | None]:
    """What Ana's work ref holds, with more files."""
    repo = open_repo(town.remote)
    held: dict[str, BlobId | None] = {path: e.blob for path, e in list_tree(repo, tip(town)).items()}
    return {**held, **{path: put_blob(repo, data) for path, data in more.items()}}


def commit(
    town: Town, tree: Mapping[str, BlobId | None], *parents: CommitId, by: str = "ana", years: int = 0
) -> CommitId:
    repo = open_repo(town.remote)
    when = town.now.replace(year=town.now.year + years) + timedelta(minutes=1)
    author = Author(name="X", email="x@x", when=when)
    return commit_tree(repo, build_tree(repo, None, tree), parents, "Work", author, key_of(town, by))


def judge(town: Town, new: CommitId | None, old: CommitId | None = None) -> tuple[PushRefusal, ...]:
    update = Update(ref=WORK, old=old or tip(town), new=new)
    return check_push(open_repo(town.remote), [update], town.now.date())


def codes(town: Town, new: CommitId | None, old: CommitId | None = None) -> set[str]:
    return {refusal.code for refusal in judge(town, new, old)}


def shut(data: bytes) -> bytes:
    target = io.BytesIO()
    seal(io.BytesIO(data), target, [make_reading_key().public])
    return target.getvalue()


def test_what_mcred_saves_is_taken(ready: Town) -> None:
    town = guarded(ready)
    (town.folder("ana") / "1-overview.md").write_text("# Overview\n", "utf-8")
    assert "saved here and online" in town.run("ana", "save").out
    assert codes(town, commit(town, tree_of(town, **{FILE: shut(b"More.")}), tip(town))) == set()


def test_drafts_of_a_person_who_is_not_confirmed_are_saved_without_a_word(town: Town) -> None:
    guarded(town)
    (town.desk("eva") / "plan.md").write_text("# Plan\n", "utf-8")
    said = town.run("eva", "start", WAIT).said
    for words in (("add", str(town.desk("eva") / "plan.md"), "--for", "lesson-plan"), ("save",), ("sync",)):
        said += town.run("eva", *words).said
    assert not any(word in said for word in ("refused", "not taken", "sends it later", "confirmed")), said
    assert "plan.md" in "".join(town.saved("eva"))
    assert "you are not confirmed" in town.run("eva", "submit", WAIT, "--attest", "all", expect=None).err
    town.run("rosa", "person", "add", "eva")
    assert "plan.md" in "".join(town.saved("eva"))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("plan.md", b"Plain.\n"),
        ("files/plan.age", shut(b"x")),
        (f"files/{'0' * 32}.age/x", shut(b"x")),
        (SEALED_LIST, b"Plain under a name that is taken.\n"),
        (FILE, b"age-encryption.org/v1\nPlain.\n"),
        (FILE, b"age-encryption.org/v1\n" + b"-> X25519 a\n\n" * 1000 + b"--- " + b"A" * 43 + b"\n"),
    ],
)
def test_a_plain_file_is_refused_with_words(ready: Town, path: str, data: bytes) -> None:
    found = judge(ready, commit(ready, tree_of(ready, **{path: data}), tip(ready)))
    assert {refusal.code for refusal in found} == {"not-sealed"}
    assert found[0].what == f"{path} is not sealed, and others could read it; drafts are saved with mcred"


def test_a_plain_file_in_an_earlier_commit_is_refused_too(ready: Town) -> None:
    earlier = commit(ready, tree_of(ready, **{"plan.md": b"Plain.\n"}), tip(ready))
    assert codes(ready, commit(ready, tree_of(ready), earlier)) == {"not-sealed"}


def test_no_one_else_writes_it(ready: Town) -> None:
    assert codes(ready, commit(ready, tree_of(ready), tip(ready), by="ben")) == {"not-signed"}
    between = commit(ready, tree_of(ready), tip(ready), by="ben")
    assert codes(ready, commit(ready, tree_of(ready), between)) == {"not-signed"}


def test_main_and_what_builds_on_it_do_not_belong_there(ready: Town) -> None:
    main = tip(ready, MAIN)
    assert codes(ready, main) == {"line-rewritten"}, "it is older"
    assert codes(ready, commit(ready, tree_of(ready), main)) == {"not-allowed"}


def test_its_earner_writes_it_again_and_no_one_brings_an_older_state_back(ready: Town) -> None:
    older = CommitId(git(ready.remote, "rev-parse", f"{WORK}^").strip())
    assert codes(ready, older) == {"line-rewritten"}
    assert codes(ready, commit(ready, tree_of(ready))) == set(), "without its history"
    assert codes(ready, commit(ready, {})) == set(), "without anything"
    assert codes(ready, commit(ready, tree_of(ready), by="ben")) == {"not-signed"}
    assert codes(ready, None) == {"ref-removed"}, "a deletion is signed by nobody"


def test_a_date_in_the_future_is_refused(ready: Town) -> None:
    assert codes(ready, commit(ready, tree_of(ready), tip(ready), years=1)) == {"dated-ahead"}
