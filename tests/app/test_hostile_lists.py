"""Sealed work that someone made up: each way has a reason, nothing is written, and memory stays small."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.json import encode
from msgspec.structs import replace

from mcred.app.keys.reading import ensure_reading_key
from mcred.app.sealed.open_work import open_files, open_list
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.pieces import FileDigest, digest_of
from mcred.domain.sealed.large_file import LARGE, write_pointer
from mcred.domain.sealed.work import SealedFile, SealedList
from mcred.formats.sealed_list import MAX_LIST, encode_list
from mcred.store.git import Repo, create_repo
from mcred.store.seal import ReadingPair, Unopened, make_reading_key, seal
from mcred.store.write import build_tree, put_blob, put_commit

ANA = SubmissionId(PersonId("ana"), CredentialId("wait-time"))
PLAN = b"# Lesson plan\n"
NAME, OTHER = "0" * 32, "1" * 32
PLACE = "evidence/plan.md"
LIST, KEY = make_reading_key(), make_reading_key()
"""Open the list, and the plan."""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A reader's own."""
    made = create_repo(tmp_path / "rosa", bare=False)
    ensure_reading_key(made)
    return made


def shut(data: bytes, reader: ReadingPair) -> bytes:
    target = io.BytesIO()
    seal(io.BytesIO(data), target, [reader.public])
    return target.getvalue()


def plain_of(repo: Repo, files: Mapping[str, bytes]) -> bytes:
    """A commit with plain files as git stores it."""
    blobs = {f"portfolios/{ANA}/{path}": put_blob(repo, data) for path, data in files.items()}
    tree = build_tree(repo, None, dict(blobs))
    return f"tree {tree}\nauthor A <a@x> 0 +0000\ncommitter A <a@x> 0 +0000\n\nx\n".encode()


def one(path: str = PLACE, name: str = NAME, data: bytes = PLAN) -> SealedFile:
    digest = digest_of(data)
    return SealedFile(path=path, name=name, key=KEY.private, sha256=digest.sha256, size=digest.bytes)


def listed(repo: Repo, files: Sequence[SealedFile]) -> SealedList:
    plain = plain_of(repo, {PLACE: PLAN})
    return SealedList(format=2, submission=ANA, attempt=0, plain=plain, readers=(), files=tuple(files))


def store(
    repo: Repo, content: bytes, *, files: Mapping[str, bytes] | None = None, keys: Sequence[bytes] = ()
) -> CommitId:
    """A commit of a work ref. `files`: sealed ones by name. `keys`: sealed ones; else the right one."""
    mine = ensure_reading_key(repo)
    sealed = files if files is not None else {NAME: shut(PLAN, KEY)}
    tree = {f"files/{name}.age": data for name, data in sealed.items()}
    right = shut(f"{LIST.private}\n".encode(), mine)
    tree |= {f"keys/{n:032x}.age": data for n, data in enumerate(keys or [right])}
    tree["list.age"] = shut(content, LIST)
    blobs: dict[str, BlobId | None] = {path: put_blob(repo, data) for path, data in tree.items()}
    root = build_tree(repo, None, blobs)
    return put_commit(repo, f"tree {root}\nauthor A <a@x> 0 +0000\ncommitter A <a@x> 0 +0000\n\n".encode())


def why(repo: Repo, commit: CommitId) -> str:
    """Why it cannot be opened."""
    with pytest.raises(Unopened) as raised:
        open_files(repo, open_list(repo, ANA, commit), {})
    return raised.value.what


def test_what_is_as_it_should_be_is_opened(repo: Repo) -> None:
    found = open_list(repo, ANA, store(repo, encode_list(listed(repo, [one()]))))
    assert open_files(repo, found, {}) == found.plain


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../x", "a path contains an empty part, '.', or '..'"),
        ("evidence/../../../mcred.yaml", "a path contains an empty part, '.', or '..'"),
        ("/etc/passwd", "a path contains an empty part, '.', or '..'"),
        (".git/config", "'.git' is a name reserved by git"),
        ("evidence/.GIT/hooks/x", "'.GIT' is a name reserved by git"),
        ("evidence/PLAN.md", "twins"),
        ("evidence/" + "x" * 300, "longer than 200 bytes"),
        ("attempts/1/decision.json", "which is not part of the work"),
        ("evidence/con.txt", "a name reserved by Windows"),
        (PLACE, "it lists evidence/plan.md twice"),
    ],
)
def test_a_list_names_what_does_not_belong_there(repo: Repo, path: str, reason: str) -> None:
    said = why(repo, store(repo, encode_list(listed(repo, [one(), one(path)]))))
    assert reason in said or (reason == "twins" and "evidence/PLAN.md" in said and "evidence/plan.md" in said)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no JSON",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{}",
        b"x" * (MAX_LIST + 1),
        encode({"format": 2, "submission": "ana/wait-time", "attempt": 0, "files": 7}),
    ],
    ids=lambda content: f"{content[:12]!r} of {len(content)}",
)
def test_a_list_that_is_none_is_huge_or_deep(repo: Repo, content: bytes) -> None:
    assert why(repo, store(repo, content)) == "it is not a draft of ana/wait-time"


def test_a_list_of_someone_elses_work(repo: Repo) -> None:
    other = replace(
        listed(repo, [one()]), submission=SubmissionId(PersonId("ben"), CredentialId("wait-time"))
    )
    assert why(repo, store(repo, encode_list(other))) == "it is not a draft of ana/wait-time"


def test_a_file_in_the_place_of_another(repo: Repo) -> None:
    content = encode_list(listed(repo, [one()]))
    for data in (shut(b"# Lesson plax\n", KEY), shut(PLAN, LIST)):
        assert "swapped for another" in why(repo, store(repo, content, files={NAME: data}))
    for data in (shut(PLAN, KEY)[:-1], shut(PLAN, KEY)[:-20]):
        assert "it was changed, or part of it is missing" in why(
            repo, store(repo, content, files={NAME: data})
        )
    assert why(repo, store(repo, content, files={OTHER: shut(PLAN, KEY)})) == "one of its files is missing"


@pytest.mark.slow
def test_files_are_larger_than_they_say(repo: Repo) -> None:
    """However large: it is refused by its size, before any of it is read."""
    content = encode_list(listed(repo, [one()]))
    commit = store(repo, content, files={NAME: shut(bytes(48 * 2**20), KEY)})
    tracemalloc.start()
    assert why(repo, commit) == "one of its files does not have the size it says"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40 * 2**20, "of which git objects are read into a buffer of 32"


@pytest.mark.parametrize("size", [LARGE + 1, 2**40, 2**49])
def test_a_pointer_to_a_large_file_of_another_size(repo: Repo, size: int) -> None:
    pointer = write_pointer(FileDigest(sha256="2" * 64, bytes=size))
    for said in (one(), replace(one(), size=size + 10**6), replace(one(), size=LARGE)):
        content = encode_list(listed(repo, [said]))
        what = why(repo, store(repo, content, files={NAME: pointer}))
        assert what == "one of its files does not have the size it says"


def test_a_plain_pointer_is_no_way_to_hand_in_what_one_does_not_have(repo: Repo) -> None:
    pointer = write_pointer(FileDigest(sha256="2" * 64, bytes=LARGE + 1))
    content = encode_list(listed(repo, [one(data=pointer)]))
    sealed = {NAME: shut(pointer, KEY)}
    assert "swapped for another" in why(repo, store(repo, content, files=sealed))


def test_a_key_for_someone_else_or_of_nothing(repo: Repo) -> None:
    content, mine = encode_list(listed(repo, [one()])), ensure_reading_key(repo)
    right = shut(f"{LIST.private}\n".encode(), mine)
    bad = {
        "no reading key in this folder opens it": shut(b"x", make_reading_key()),
        "the key sealed to you is not a key": shut(b"no key", mine),
        "the key sealed to you opens something else": shut(KEY.private.encode(), mine),
        "it is not sealed, or sealed in a way that is not accepted here": b"Plain.",
    }
    for reason, data in bad.items():
        assert why(repo, store(repo, content, keys=[data])) == reason
        found = open_list(repo, ANA, store(repo, content, keys=[data, right]))
        assert found.key == LIST, "the right one is found"


def test_a_grant_with_nothing_useful_is_passed_over(repo: Repo) -> None:
    content, mine = encode_list(listed(repo, [one()])), ensure_reading_key(repo)
    commit = store(repo, content, keys=[shut(b"x", make_reading_key())])
    junk, right = (
        store(repo, b"", files={}, keys=[data])
        for data in (shut(b"no key", mine), shut(f"{LIST.private}\n".encode(), mine))
    )
    with pytest.raises(Unopened):
        open_list(repo, ANA, commit, [junk])
    assert open_list(repo, ANA, commit, [junk, right]).list.files == (one(),)
