"""What a shown ref may hold: what the remote takes, and what readers make of the rest."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import PushRefusal, Update, check_push
from mcred.app.keys.signing import read_key
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug
from mcred.domain.layout import SHOWN_LIST, shown_path
from mcred.domain.pieces import disclose, read_disclosure
from mcred.domain.shown import ShownBadge, ShownList, ShownPiece
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.store.git import list_refs, open_repo, resolve, run
from mcred.store.signatures import make_key
from mcred.store.snapshot import list_tree
from mcred.store.write import Author, build_tree, commit_tree, put_blob
from tests.badges.elsewhere import credential
from tests.cli.test_guard import guarded
from tests.cli.test_shown import ANA, PAGE, SHOWN, site, text_of
from tests.cli.town import PLAN, WAIT, Town, git

Tree = dict[str, BlobId | None]


@pytest.fixture
def shown(earned: Town) -> Town:
    """Ana publishes her plan; Ben too earned Wait Time, and publishes his."""
    earned.award("ben")
    for person in ("ana", "ben"):
        earned.run(person, "publish-piece", "lesson-plan", "--yes")
    return earned


def tip(town: Town, ref: str = SHOWN) -> CommitId:
    found = resolve(open_repo(town.remote), ref)
    assert found is not None
    return found


def tree_of(town: Town, ref: str = SHOWN) -> Tree:
    return {path: e.blob for path, e in list_tree(open_repo(town.remote), tip(town, ref)).items()}


def list_of(town: Town, ref: str = SHOWN) -> ShownList:
    data = git(town.remote, "show", f"{ref}:{SHOWN_LIST}").encode()
    found = decode(data, ShownList, SHOWN_LIST)[0]
    assert found is not None
    return found


def put(town: Town, data: bytes) -> BlobId:
    return put_blob(open_repo(town.remote), data)


def listing(town: Town, *pieces: ShownPiece, **changes: object) -> Tree:
    """The tree of Ana's ref with another list."""
    listed = replace(list_of(town), pieces=pieces, **changes)
    return {**tree_of(town), SHOWN_LIST: put(town, encode(listed))}


def commit(town: Town, tree: Mapping[str, BlobId | None], *parents: CommitId, by: str = "ana") -> CommitId:
    """A later state, signed with someone's key; '' is a stranger's."""
    repo = open_repo(town.remote)
    key = read_key(open_repo(town.home(by))) if by else make_key()
    author = Author(name="X", email="x@x", when=town.now)
    return commit_tree(repo, build_tree(repo, None, dict(tree)), parents, "Shown", author, key)


def judge(town: Town, new: CommitId | None, old: CommitId | None = None) -> tuple[PushRefusal, ...]:
    town.now = town.now.replace(minute=59)
    return check_push(
        open_repo(town.remote), [Update(ref=SHOWN, old=old or tip(town), new=new)], town.now.date()
    )


def codes(town: Town, new: CommitId | None, old: CommitId | None = None) -> set[str]:
    return {refusal.code for refusal in judge(town, new, old)}


def mine(town: Town) -> ShownPiece:
    return list_of(town).pieces[0]


def other_path(town: Town) -> Tree:
    return {**tree_of(town), "index.html": put(town, b"<script>")}


def unlisted(town: Town) -> Tree:
    data = b"Nobody listed this.\n"
    return {**tree_of(town), shown_path(f"{hashlib.sha256(data).hexdigest()}.txt"): put(town, data)}


def other_bytes(town: Town) -> Tree:
    return {**tree_of(town), shown_path(mine(town).file): put(town, b"Other words.\n")}


def other_type(town: Town) -> Tree:
    name = mine(town).file.replace(".txt", ".pdf")
    tree = listing(town, replace(mine(town), file=name))
    return {
        **{p: b for p, b in tree.items() if not p.endswith(".txt")},
        shown_path(name): put(town, PLAN.encode()),
    }


def missing_file(town: Town) -> Tree:
    return {SHOWN_LIST: tree_of(town)[SHOWN_LIST]}


def no_list(town: Town) -> Tree:
    return {path: blob for path, blob in tree_of(town).items() if path != SHOWN_LIST}


def not_a_list(town: Town) -> Tree:
    return {**tree_of(town), SHOWN_LIST: put(town, b'{"kind": "shown"}')}


def of_bens(town: Town) -> Tree:
    return {**tree_of(town, "refs/heads/shown/ben")}


def an_answer(town: Town) -> Tree:
    return listing(town, replace(mine(town), disclosure="WyJ4IiwiYW5zd2VyIix7fV0"))


def twice(town: Town) -> Tree:
    return listing(town, mine(town), mine(town))


BAD: Mapping[str, Callable[[Town], Tree]] = {
    f.__name__.replace("_", " "): f
    for f in (
        *(other_path, unlisted, other_bytes, other_type, missing_file, no_list, not_a_list, of_bens),
        *(an_answer, twice),
    )
}


def linked(town: Town, new: CommitId) -> CommitId:
    """The same state with its list as a symbolic link."""
    repo = open_repo(town.remote)
    lines = git(town.remote, "ls-tree", new).replace("100644 blob", "120000 blob")
    tree = run(repo, "mktree", stdin=lines.encode()).decode().strip()
    author = Author(name="X", email="x@x", when=town.now)
    return commit_tree(repo, tree, [], "Shown", author, read_key(open_repo(town.home("ana"))))


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_belong_there_is_refused_and_shows_nothing(shown: Town, name: str) -> None:
    bad = commit(shown, BAD[name](shown))
    assert codes(shown, bad) == {"bad-file"}
    _holds_for_readers(shown, bad)


@pytest.mark.parametrize("by", ["ben", ""], ids=["another", "a stranger"])
def test_only_its_owner_writes_it(shown: Town, by: str) -> None:
    bad = commit(shown, tree_of(shown), by=by)
    assert codes(shown, bad) == {"not-signed"}
    _holds_for_readers(shown, bad)


def test_a_link_is_refused(shown: Town) -> None:
    bad = linked(shown, commit(shown, tree_of(shown)))
    assert codes(shown, bad) == {"bad-file"}
    _holds_for_readers(shown, bad)


def _holds_for_readers(town: Town, bad: CommitId) -> None:
    """Where no check ran: a problem with the ref's name, nothing of it shown, and others unharmed."""
    git(town.remote, "update-ref", SHOWN, bad)
    built = town.run("rosa", "build")
    assert SHOWN in built.err and "nothing that ana publishes is shown" in built.err
    pages = site(town)
    assert "<bdi>plan</bdi>" not in pages[PAGE].decode()
    assert not [path for path in pages if path.startswith("badges/ana/") and "/evidence/" in path]
    assert "<bdi>plan</bdi>" in pages["badges/ben/wait-time/1/index.html"].decode()
    assert "nothing that ana publishes is shown" in town.run("rosa", "doctor", expect=None).out
    town.run("ana", "publish-piece", "lesson-plan", "--yes")
    assert "<bdi>plan</bdi>" in site(town)[PAGE].decode()


def test_a_piece_that_was_not_judged_does_not_count_alone(shown: Town) -> None:
    strange = replace(mine(shown), disclosure=_with_other_salt(mine(shown).disclosure))
    bad = commit(shown, listing(shown, strange))
    assert codes(shown, bad) == {"not-allowed"}
    assert (
        "“plan” is not a piece that attempt 1 of ana/wait-time was awarded for" in judge(shown, bad)[0].what
    )
    assert codes(shown, commit(shown, listing(shown, replace(mine(shown), attempt=2)))) == {"not-allowed"}
    git(shown.remote, "update-ref", SHOWN, bad)
    assert "<bdi>plan</bdi>" not in site(shown)[PAGE].decode()


def _with_other_salt(disclosure: str) -> str:
    said = read_disclosure(disclosure)
    assert said is not None
    return disclose("A" * 22, said)


def test_it_is_rewritten_by_its_owner_and_no_one_brings_an_older_state_back(earned: Town) -> None:
    town = guarded(earned)
    town.run("ana", "publish-piece", "--all", "--yes")
    older = tip(town)
    town.run("ben", "sync")
    town.run("ana", "unpublish", "lesson-plan")
    town.run("rosa", "sync")
    assert codes(town, older) == {"line-rewritten"}
    assert codes(town, None) == {"ref-removed"}, "a deletion is signed by nobody"
    assert codes(town, commit(town, tree_of(town), tip(town))) == {"not-allowed"}, "with an earlier state"
    # Ben's copy has the older one; git itself takes it nowhere.
    pushed = town.home("ben")
    for ref in (SHOWN, f"+{SHOWN}", f":{SHOWN}"):
        source = "" if ref.startswith(":") else f"{ref[: -len(SHOWN)]}{older}:"
        words = ["git", "push", "--quiet", "origin", f"{source}{SHOWN}" if source else f":{SHOWN}"]
        assert subprocess.run(words, cwd=pushed, capture_output=True, check=False).returncode != 0
    # Where there is no check, a reader who has the newer state keeps it.
    git(town.remote, "update-ref", SHOWN, older)
    assert "<bdi>plan</bdi>" not in site(town)[PAGE].decode()


def test_main_is_rewritten_by_no_one_though_git_would_let_it(earned: Town) -> None:
    town = guarded(earned)
    assert git(town.remote, "config", "receive.denyNonFastForwards").strip() == "false"
    older = git(town.home("ana"), "rev-parse", "origin/main~1").strip()
    words = ["git", "push", "--quiet", "--force", "origin", f"{older}:refs/heads/main"]
    done = subprocess.run(words, cwd=town.home("ana"), capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "does not build on what is here" in done.stderr


def test_a_ref_that_is_gone_shows_nothing_for_those_who_had_it(shown: Town) -> None:
    assert "<bdi>plan</bdi>" in site(shown)[PAGE].decode()
    git(shown.remote, "update-ref", "-d", SHOWN)
    assert "<bdi>plan</bdi>" not in site(shown)[PAGE].decode()
    assert SHOWN.replace("heads", "remotes/origin") not in list_refs(open_repo(shown.home("rosa")))


def test_a_new_key_keeps_what_was_published(shown: Town) -> None:
    shown.run("ana", "setup", "--new-key")
    shown.run("rosa", "person", "add", "ana")
    assert "<bdi>plan</bdi>" in site(shown)[PAGE].decode()
    shown.run("ana", "sync")
    shown.run("ana", "publish-piece", "class-video", "--yes")
    assert "<bdi>talk</bdi>" in site(shown)[PAGE].decode()


def test_a_programme_of_one_folder_publishes_too(earned: Town) -> None:
    ana = earned.home("ana")
    git(ana, "remote", "remove", "origin")
    earned.run("ana", "publish-piece", "lesson-plan", "--yes")
    assert "<bdi>plan</bdi>" in site(earned, "ana")[PAGE].decode()
    earned.run("ana", "unpublish", "lesson-plan")
    assert "<bdi>plan</bdi>" not in text_of(site(earned, "ana"))


def test_the_record_of_people_is_not_touched(shown: Town) -> None:
    assert list_of(shown).person == PersonId("ana")
    assert {str(piece.submission) for piece in list_of(shown).pieces} == {ANA}
    assert {piece.submission.credential for piece in list_of(shown).pieces} == {WAIT}
    assert shown.run("rosa", "audit").code == 0


@pytest.mark.parametrize(
    ("data", "ending", "said"),
    [
        (b'{"a": "not indented as mcred writes it"}', "json", "is not a badge, written as mcred writes it"),
        (b"<script>alert(1)</script>", "json", "is not a badge, written as mcred writes it"),
        (b'{\n  "name": "Reading"\n}\n', "jwt", "is not a badge, written as mcred writes it"),
        (b"<svg/>", "svg", "cannot have the file"),
        (b'{\n  "name": "Reading"\n}\n', "json", "is not a badge, written as mcred writes it"),
        (json.dumps(credential("did:web:a.example"), indent=2).encode() + b"\n", "json", ""),
    ],
)
def test_a_badge_earned_elsewhere_is_a_document_or_a_token_and_nothing_else(
    shown: Town, data: bytes, ending: str, said: str
) -> None:
    name = f"{hashlib.sha256(data).hexdigest()}.{ending}"
    badge = ShownBadge(name=Slug("reading"), file=name)
    tree = listing(shown, *list_of(shown).pieces, elsewhere=(badge,)) | {shown_path(name): put(shown, data)}
    refused = judge(shown, commit(shown, tree))
    assert bool(refused) is bool(said) and all(said in str(one) for one in refused[:1])
