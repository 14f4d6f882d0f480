"""Who can read a draft: its earner with her reading key, and no one else in any copy."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from mcred.app.keys.signing import read_key
from mcred.domain.ids import BlobId, CommitId
from mcred.store.git import open_repo, resolve
from mcred.store.log import read_commit
from mcred.store.signatures import make_key
from mcred.store.snapshot import list_tree
from mcred.store.write import Author, build_tree, commit_tree, move_refs, put_blob
from tests.cli.town import OVERVIEW, WAIT, Town, git

MINE = Path("portfolios/ana/wait-time")
WORK = f"refs/heads/work/ana/{WAIT}/draft"
DRAFT = f"refs/mcred/draft/ana/{WAIT}"
Change = Callable[[Town, dict[str, BlobId]], None]


def objects(repo: Path, names: Iterable[str] | None = None) -> bytes:
    """The content of every object of a repository, or of some; trees hold the names of files."""
    which = ("--batch-all-objects",) if names is None else ()
    asked = "".join(f"{name}\n" for name in names or ()).encode()
    command = ["git", "cat-file", "--batch", "--buffer", *which]
    return subprocess.run(command, cwd=repo, input=asked, capture_output=True, check=True).stdout


def files(folder: Path) -> bytes:
    """The name and the bytes of every file of a folder, git's own too."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in found)


def pushed(repo: Path) -> Iterable[str]:
    """Every object that the refs which are ever pushed reach."""
    listing = git(repo, "rev-list", "--objects", "--no-object-names", "--branches", "--remotes", "--tags")
    return listing.split()


class TestPlanted:
    @pytest.fixture
    def planted(self, ready: Town) -> tuple[Town, Mapping[str, str]]:
        """Strings that stand nowhere else, in each place of a draft, saved and synced."""
        found = {where: secrets.token_hex(32) for where in ("text", "evidence", "name", "title", "note")}
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + found["text"], "utf-8")
        piece = ready.folder("ana") / "evidence" / f"{found['name']}.md"
        piece.write_text(f"# Plan\n\n{found['evidence']}\n", "utf-8")
        ready.run("ana", "add", str(piece), "--for", "lesson-plan", "--title", found["title"])
        listing = ready.listing("ana")
        said = re.sub("(?m)^note: .*$", f"note: {found['note']}", listing.read_text("utf-8"))
        listing.write_text(said, "utf-8")
        ready.run("ana", "save")
        ready.run("ana", "sync")
        return ready, found

    def test_are_in_no_copy_that_anyone_else_has(self, planted: tuple[Town, Mapping[str, str]]) -> None:
        town, found = planted
        for person in ("ben", "rosa"):
            town.run(person, "sync")
        fresh = town.place / "fresh"
        town.run("zoe", "join", str(town.remote), str(fresh), "--name", "Zoe", "--id", "zoe", at=town.place)
        town.run("rosa", "build", "--out", str(town.place / "site"))
        homes = (town.home("ben"), town.home("rosa"), fresh)
        places = {str(home): objects(home) + files(home) for home in homes}
        places["remote"] = objects(town.remote) + files(town.remote)
        places["pages"] = files(town.place / "site")
        places["pushed"] = objects(town.home("ana"), pushed(town.home("ana")))
        shown = {(w, p) for w, text in found.items() for p, data in places.items() if text.encode() in data}
        assert shown == set()
        assert all("/work/" not in git(home, "for-each-ref") for home in homes)
        hers = objects(town.home("ana"))
        assert [w for w, text in found.items() if text.encode() not in hers] == [], "the search finds nothing"

    def test_are_where_everyone_reads_them_once_submitted(
        self, planted: tuple[Town, Mapping[str, str]]
    ) -> None:
        town, found = planted
        earlier = secrets.token_hex(32)
        page = town.folder("ana") / "1-overview.md"
        page.write_text(page.read_text("utf-8") + earlier, "utf-8")
        town.run("ana", "save")
        page.write_text(page.read_text("utf-8").replace(earlier, ""), "utf-8")
        town.run("ana", "submit", "--attest", "all")
        town.run("ben", "sync")
        everything = objects(town.home("ben"))
        assert [where for where, text in found.items() if text.encode() not in everything] == []
        assert earlier.encode() not in everything + objects(town.remote), "a draft before it was never sent"


class TestOneDraftOnTwoComputers:
    @pytest.fixture
    def other(self, ready: Town) -> Path:
        return ready.second_computer("ana")

    def test_a_fresh_copy_with_her_keys_has_all_she_saved(self, ready: Town) -> None:
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")
        ready.run("ana", "save")
        fresh = fresh_copy(ready)
        ready.run("ana", "sync", at=fresh)
        assert (fresh / MINE / "1-overview.md").read_text("utf-8") == OVERVIEW + "And more.\n"
        assert git(fresh, "rev-parse", DRAFT) == git(ready.home("ana"), "rev-parse", DRAFT)
        assert git(fresh, "log", "--format=%s", DRAFT).count("\n") > 3, "with its history"
        assert "nothing new to save" in ready.run("ana", "save", at=fresh).out

    def test_without_her_reading_key_it_is_named_and_nothing_is_lost(self, ready: Town, other: Path) -> None:
        (other / ".git" / "mcred" / "reading-key").unlink()
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "From one.\n", "utf-8")
        ready.run("ana", "save")
        ran = ready.run("ana", "sync", at=other)
        why = f"what you saved of {WAIT} on another computer cannot be opened here"
        assert f"{why}: your reading key is not in this folder" in ran.err
        (other / MINE / "2-artifacts.md").write_text("# Artifacts\n\n## Lesson plan\n\nFrom two.\n", "utf-8")
        ran = ready.run("ana", "submit", "--attest", "all", at=other, expect=1)
        assert why in ran.err and ran.next.startswith(f"mcred save {WAIT}")
        assert "saved here and online" in ready.run("ana", "save", WAIT, at=other).out
        assert "From two." in (other / MINE / "2-artifacts.md").read_text("utf-8")
        # The first computer has all of its own, and cannot open what is sealed to a key that it never had.
        assert "cannot be opened here" in ready.run("ana", "sync").err
        assert "From one." in (ready.folder("ana") / "1-overview.md").read_text("utf-8")

    def test_only_its_newest_draft_is_sealed_to_a_new_key(self, ready: Town) -> None:
        before = git(ready.remote, "ls-tree", "-r", WORK, "keys/")
        for _ in range(2):  # typed again, it makes no other key
            ready.run("ana", "setup", "--new-key")
        kept = sorted((ready.home("ana") / ".git" / "mcred").glob("reading-key*"))
        assert [path.name for path in kept] == ["reading-key", "reading-key-old-1"]
        ready.run("rosa", "person", "add", "ana")
        ready.run("ana", "sync")
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")
        ready.run("ana", "save")
        after = git(ready.remote, "ls-tree", "-r", WORK, "keys/")
        assert after.count("keys/") == 1 and after != before
        assert b"And more." in ready.saved("ana")["1-overview.md"]


def fresh_copy(town: Town) -> Path:
    """A new folder of Ana's, with her keys and settings and nothing else of her own."""
    fresh, keys = town.place / "fresh", Path(".git") / "mcred"
    git(town.place, "clone", "--quiet", str(town.remote), str(fresh))
    (fresh / keys).mkdir()
    for name in ("signing-key", "reading-key"):
        shutil.copy(town.home("ana") / keys / name, fresh / keys / name)
    shutil.copy(town.home("ana") / ".git" / "config", fresh / ".git" / "config")
    return fresh


def sealed_files(town: Town) -> set[str]:
    """The sealed files of Ana's draft at the remote: name and object."""
    return set(git(town.remote, "ls-tree", "-r", WORK, "files/").splitlines())


def test_an_unchanged_file_keeps_its_sealed_bytes(ready: Town) -> None:
    before = sealed_files(ready)
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")
    ready.run("ana", "save")
    after = sealed_files(ready)
    assert len(after) == len(before) == len(after & before) + 1
    ready.run("ana", "submit", "--attest", "all")
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "For later.\n", "utf-8")
    ready.run("ana", "save")
    assert len(after & sealed_files(ready)) == len(after) - 2, "but for the list, which it confirms"


@pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
def test_age_opens_it_with_her_key_file_alone(ready: Town) -> None:
    def age(key: Path, path: str) -> subprocess.CompletedProcess[bytes]:
        data = objects(ready.remote, [git(ready.remote, "rev-parse", f"{WORK}:{path}").strip()])
        command = ["age", "--decrypt", "--identity", str(key)]
        sealed = data.partition(b"\n")[2][:-1]
        return subprocess.run(command, input=sealed, capture_output=True, check=False)

    (path,) = git(ready.remote, "ls-tree", "-r", "--name-only", WORK, "keys/").split()
    for person, code in (("ana", 0), ("ben", 1), ("rosa", 1)):
        ready.run(person, "setup")
        mine = ready.home(person) / ".git" / "mcred" / "reading-key"
        assert mine.stat().st_mode & 0o777 == 0o600
        assert age(mine, path).returncode == code
    key = ready.place / "key"
    key.write_bytes(age(ready.home("ana") / ".git" / "mcred" / "reading-key", path).stdout)
    assert b'"1-overview.md"' in age(key, "list.age").stdout


def test_the_doctor_says_where_a_reading_key_is_missing_unlisted_or_open(ready: Town) -> None:
    key = ready.home("ana") / ".git" / "mcred" / "reading-key"
    assert "reading key: it ends in" in ready.run("ana", "doctor").out
    key.chmod(0o644)
    assert "others on this computer can read reading-key" in ready.run("ana", "doctor", expect=1).out
    ready.run("ana", "doctor", "--fix")
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    ran = ready.run("ana", "doctor", expect=1)
    assert "drafts that you saved elsewhere cannot be opened here" in ran.out
    assert ran.next.startswith("mcred setup")
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", "utf-8")
    ready.run("ana", "save")
    assert "the program does not list it" in ready.run("ana", "doctor", expect=None).out
    ready.run("ana", "setup")
    ready.run("rosa", "person", "add", "ana")
    ready.run("ana", "sync")
    assert "reading key: it ends in" in ready.run("ana", "doctor").out


def changed(town: Town, tree: dict[str, BlobId]) -> None:
    path = next(path for path in tree if path.startswith("files/"))
    data = bytearray(shown(town, tree[path]))
    data[-20] ^= 1
    tree[path] = put_blob(open_repo(town.remote), bytes(data))


def cut(town: Town, tree: dict[str, BlobId]) -> None:
    path = next(path for path in tree if path.startswith("files/"))
    tree[path] = put_blob(open_repo(town.remote), shown(town, tree[path])[:-30])


def swapped(town: Town, tree: dict[str, BlobId]) -> None:
    one, two, *_ = (path for path in tree if path.startswith("files/"))
    tree[one], tree[two] = tree[two], tree[one]


def gone(town: Town, tree: dict[str, BlobId]) -> None:
    del tree[next(path for path in tree if path.startswith("files/"))]


def keyless(town: Town, tree: dict[str, BlobId]) -> None:
    path = next(path for path in tree if path.startswith("keys/"))
    town.start("ben")
    theirs = f"refs/heads/work/ben/{WAIT}/draft"
    (other,) = git(town.remote, "ls-tree", "-r", "--name-only", theirs, "keys/").split()
    tree[path] = BlobId(git(town.remote, "rev-parse", f"{theirs}:{other}").strip())


def of_another(town: Town, tree: dict[str, BlobId]) -> None:
    tree.clear()
    entries = list_tree(open_repo(town.remote), tip_of(town, "refs/heads/work/ana/exit-slip/draft"))
    tree.update({path: entry.blob for path, entry in entries.items()})


def with_a_plain_file(town: Town, tree: dict[str, BlobId]) -> None:
    tree["plan.md"] = put_blob(open_repo(town.remote), b"Plain.\n")


def a_bomb(town: Town, tree: dict[str, BlobId]) -> None:
    stanza = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
    data = b"age-encryption.org/v1\n" + stanza * 100_000 + b"--- " + b"A" * 43 + b"\n"
    tree["list.age"] = put_blob(open_repo(town.remote), data)


def shown(town: Town, blob: BlobId) -> bytes:
    return objects(town.remote, [blob]).partition(b"\n")[2][:-1]


def tip_of(town: Town, ref: str) -> CommitId:
    found = resolve(open_repo(town.remote), ref)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed, "it was changed, or part of it is missing"),
        (cut, "it was changed, or part of it is missing"),
        (swapped, "one of its files was changed, or swapped for another"),
        (gone, "one of its files is missing"),
        (keyless, "no reading key in this folder opens it"),
        (of_another, f"it is not a draft of ana/{WAIT}"),
        (with_a_plain_file, "it was not saved by mcred"),
        (a_bomb, "it is not sealed, or sealed in a way that is not accepted here"),
        (None, "it is not signed by ana"),
    ],
    ids=lambda value: getattr(value, "__name__", "") if not isinstance(value, str) else "",
)
def test_one_that_cannot_be_opened_is_named_and_stops_nothing(
    ready: Town, change: Change | None, why: str
) -> None:
    if change is of_another:
        ready.start("ana", "exit-slip")
    repo, other = open_repo(ready.remote), ready.second_computer("ana")
    (other / MINE / "1-overview.md").write_text(OVERVIEW + "From two.\n", "utf-8")
    ready.run("ana", "save", at=other)
    old = tip_of(ready, WORK)
    tree = {path: entry.blob for path, entry in list_tree(repo, old).items()}
    if change is not None:
        change(ready, tree)
    was = read_commit(repo, old)
    author = Author(name=was.author, email=was.email, when=was.when)
    key = read_key(open_repo(ready.home("ana"))) if change else make_key()
    parents = list(was.parents)
    made = commit_tree(repo, build_tree(repo, None, tree), parents, was.message, author, key)
    move_refs(repo, [(WORK, made, old)])
    before = files(ready.folder("ana"))
    said = f"what you saved of {WAIT} on another computer cannot be opened here: {why}"
    for _ in range(2):
        assert said in ready.run("ana", "sync").err
    assert files(ready.folder("ana")) == before
    (ready.folder("ana") / "2-artifacts.md").write_text("# Artifacts\n\nMine.\n", "utf-8")
    ran = ready.run("ana", "save")
    assert "saved here and online" in ran.out and f"{said}. It is kept" in ran.err
    assert b"Mine." in ready.saved("ana")["2-artifacts.md"]
    assert "cannot be opened" not in ready.run("ana", "sync").err
