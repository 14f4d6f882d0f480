"""Seals a commit with plain files as a commit of a work ref.

Each file is sealed to a key of its own, the list of them to one key, and that key to each reader
(`domain.sealed.work`).
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO

from msgspec.structs import replace

from mcred.app.sealed.large_files import find_sealed, gone, is_here, seal_large
from mcred.app.sealed.open_work import OpenList
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import SEALED_LIST, folder_of, sealed_path
from mcred.domain.sealed.large_file import digest_stored, read_pointer, write_pointer
from mcred.domain.sealed.work import PassedOn, SealedFile, SealedList, key_name
from mcred.formats.sealed_list import encode_list
from mcred.store.batch import stream_blobs
from mcred.store.git import resolve
from mcred.store.lfs import read_pointers
from mcred.store.seal import ReadingPair, load_reading_key, make_reading_key, seal
from mcred.store.snapshot import list_tree, read_objects
from mcred.store.write import build_tree, commit_tree, put_written

NOTHING = PassedOn()


def seal_commit(
    ws: Workspace,
    submission: SubmissionId,
    plain: CommitId,
    readers: Sequence[str],
    before: Sequence[OpenList],
    *,
    attempt: int = 0,
    parents: Sequence[CommitId] = (),
    passed: PassedOn = NOTHING,
    text: str,
    erased: Sequence[BlobId] = (),
) -> CommitId:
    """Store the submission's files of `plain`, sealed so that the holders of the public keys `readers` can
    open them, as a commit on top of `parents`.

    `before`: earlier lists, whose unchanged files keep their sealed bytes; the key of the first is kept where
    nothing else changes. `attempt`: 0 for a draft. `passed`: what its list passes on to coaches, who are
    among the readers. `text`: the message. `erased`: blobs that were erased of the attempt.
    """
    repo = ws.repo
    files, tree = _keep_files(ws, submission, plain, before)
    first = next(iter(before), None)
    is_same = first is not None and first.list.readers == tuple(readers) and first.list.attempt == attempt
    key = first.key if is_same and first is not None else make_reading_key()
    if is_same and first is not None:
        tree.update(first.keys)
    (raw,) = (raw for _, _, raw in read_objects(repo, [plain]))
    new: list[str] = []

    def writers() -> Iterator[partial[None]]:
        for file, data in _read_others(ws, submission, plain, files):
            files[file.path] = file
            new.append(sealed_path("files", file.name))
            if read_pointer(data) is not None:
                yield partial(_write_plain, write_pointer(seal_large(ws, submission, file)))
            else:
                yield _sealing(data, load_reading_key(file.key.encode("ascii")).public)
        for reader in () if is_same else readers:
            new.append(sealed_path("keys", key_name(key.private, reader)))
            yield seal_key(key, reader)
        new.append(SEALED_LIST)
        said = SealedList(
            format=2,
            submission=submission,
            attempt=attempt,
            plain=raw,
            readers=tuple(readers),
            files=tuple(files[path] for path in sorted(files)),
            passed=passed,
            erased=tuple(erased),
        )
        yield _sealing(encode_list(said), key.public)

    blobs = put_written(repo, writers())
    tree.update(zip(new, blobs, strict=True))
    # Only one that is written again is told from the old one by its date.
    author = ws.author(after=[found.commit for found in before if found.commit not in parents])
    return commit_tree(repo, build_tree(repo, None, tree), list(parents), text, author, ws.key())


def seal_key(key: ReadingPair, reader: str) -> partial[None]:
    """Writes the key to a list, sealed to one reader."""
    return _sealing(f"{key.private}\n".encode("ascii"), reader)


def _keep_files(
    ws: Workspace, submission: SubmissionId, plain: CommitId, before: Sequence[OpenList]
) -> tuple[dict[str, SealedFile], dict[str, BlobId]]:
    """The files that did not change since earlier lists, and their sealed bytes by path of the work ref."""
    now = _files(ws, submission, plain)
    files: dict[str, SealedFile] = {}
    tree: dict[str, BlobId] = {}

    def keep(path: str, file: SealedFile, found: OpenList) -> None:
        place = sealed_path("files", file.name)
        files[path], tree[place] = replace(file, path=path), found.entries[place].blob

    for found in before:
        old = _files(ws, submission, found.plain) if resolve(ws.repo, found.plain) is not None else {}
        for file in found.list.files:
            if file.path in now and file.path not in files and old.get(file.path) == now[file.path]:
                keep(file.path, file, found)
    # A large file that is not in the folder was sealed at some time.
    entries = list_tree(ws.repo, plain, folder_of(submission)).values()
    large = read_pointers(ws.repo, entries)
    for path, blob in now.items():
        if path not in files and blob in large and not is_here(ws, submission, path, large[blob]):
            if (earlier := find_sealed(ws, submission, large[blob])) is None:
                raise gone(path)
            keep(path, earlier[1], earlier[0])
    return files, tree


def _files(ws: Workspace, submission: SubmissionId, commit: CommitId) -> Mapping[str, BlobId]:
    folder = folder_of(submission)
    return {p[len(folder) + 1 :]: e.blob for p, e in list_tree(ws.repo, commit, folder).items()}


def _read_others(
    ws: Workspace, submission: SubmissionId, plain: CommitId, kept: Mapping[str, SealedFile]
) -> Iterator[tuple[SealedFile, bytes]]:
    """Each other file with what is stored of it, and new names and keys."""
    paths: dict[BlobId, list[str]] = {}
    for path, blob in sorted(_files(ws, submission, plain).items()):
        if path not in kept:
            paths.setdefault(blob, []).append(path)
    for blob, data in stream_blobs(ws.repo, paths):
        for path in paths[blob]:
            digest = digest_stored(data)
            file = SealedFile(
                path=path,
                name=secrets.token_hex(16),
                key=make_reading_key().private,
                sha256=digest.sha256,
                size=digest.bytes,
            )
            yield file, data


def _sealing(data: bytes, reader: str) -> partial[None]:
    """Writes some bytes into a file, sealed."""
    return partial(_write_sealed, data, reader)


def _write_plain(data: bytes, file: BinaryIO) -> None:
    file.write(data)


def _write_sealed(data: bytes, reader: str, file: BinaryIO) -> None:
    seal(io.BytesIO(data), file, (reader,))
