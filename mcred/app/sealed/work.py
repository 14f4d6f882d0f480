"""Seals a draft for the work ref, and opens what another computer of the same person sealed.

A draft is a commit with plain files that never leaves a computer. A commit on the work ref holds the same:
each file sealed to one key, that key sealed to each reader, and a sealed list of names, digests and the
draft's own commit. Opening makes that commit again, so that all computers of a person have the same drafts.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO

from msgspec import Struct

from mcred.app.keys.reading import all_reading_keys, ensure_reading_key
from mcred.app.work.unfit_files import own_files
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import SEALED_KEYS, SEALED_LIST, folder_of, is_sealed_path, is_work, sealed_path
from mcred.domain.sealed_work import SealedFile, SealedList
from mcred.formats.sealed_list import MAX_LIST, decode_list, encode_list
from mcred.formats.trailers import message
from mcred.store.batch import read_small, stream_blobs
from mcred.store.git import resolve
from mcred.store.log import parse_commit, read_commit, walk_log
from mcred.store.seal import (
    MAX_HEADER,
    MAX_READERS,
    ReadingPair,
    Unopened,
    load_reading_key,
    make_reading_key,
    seal,
    unseal,
)
from mcred.store.snapshot import LARGEST, Entry, explain_bad_path, list_tree, read_objects
from mcred.store.write import build_tree, commit_tree, put_commit, put_written

SENT = "Mcred-Sent"
"""The trailer of a draft that was submitted as it is: as which commit."""
_TITLE = "Save a draft"
_OVERHEAD = MAX_HEADER + LARGEST // 1000
"""More bytes than sealing adds to any file."""


class SealedDraft(Struct, frozen=True, kw_only=True):
    """A commit of a work ref, its list opened."""

    list: SealedList
    key: ReadingPair
    """Opens its files."""
    entries: Mapping[str, Entry]

    @property
    def draft(self) -> CommitId:
        """The commit that was sealed."""
        kind = "sha1" if len(next(iter(self.entries.values())).blob) == 40 else "sha256"
        raw = self.list.draft
        return CommitId(hashlib.new(kind, b"commit %d\0" % len(raw) + raw).hexdigest())


def seal_draft(
    ws: Workspace, submission: SubmissionId, draft: CommitId, parents: Sequence[CommitId]
) -> CommitId:
    """Store a draft, sealed to its earner, as a commit on top of others of the work ref.

    A file that did not change keeps its sealed bytes, unless the draft was submitted or the reading key
    changed.
    """
    repo, folder = ws.repo, folder_of(submission) + "/"
    mine = ensure_reading_key(repo)
    before = _find_before(ws, submission, parents, mine)
    old = own_files(ws, before.draft, submission) if before else {}
    listed = {f"{folder}{f.path}": f for f in before.list.files} if before else {}
    now = own_files(ws, draft, submission)
    kept = {path for path, blob in now.items() if path in listed and old.get(path) == blob}
    key = before.key if before else make_reading_key()
    files = {path: listed[path] for path in kept}
    tree: dict[str, BlobId] = {}
    if before:
        names = [sealed_path("files", listed[path].name) for path in kept]
        keys = [path for path in before.entries if path.startswith(SEALED_KEYS)]
        tree.update({path: before.entries[path].blob for path in (*names, *keys)})
    (raw,) = (raw for _, _, raw in read_objects(repo, [draft]))
    new: list[str] = []

    def writers() -> Iterator[partial[None]]:
        paths: dict[BlobId, list[str]] = {}
        for path in sorted(now.keys() - kept):
            paths.setdefault(now[path], []).append(path)
        for blob, data in stream_blobs(repo, paths):
            for path in paths[blob]:
                name = secrets.token_hex(16)
                digest = hashlib.sha256(data).hexdigest()
                rest = path.removeprefix(folder)
                files[path] = SealedFile(path=rest, name=name, sha256=digest, size=len(data))
                new.append(sealed_path("files", name))
                yield _sealing(data, key)
        if before is None:
            new.append(sealed_path("keys", secrets.token_hex(16)))
            yield _sealing(f"{key.private}\n".encode("ascii"), mine)
        new.append(SEALED_LIST)
        said = SealedList(
            format=2,
            submission=submission,
            draft=raw,
            readers=(mine.public,),
            files=tuple(files[path] for path in sorted(files)),
        )
        yield _sealing(encode_list(said), key)

    blobs = put_written(repo, writers())
    tree.update(zip(new, blobs, strict=True))
    text = message(_TITLE, "work", submission)
    return commit_tree(repo, build_tree(repo, None, tree), parents, text, ws.author(), ws.key())


def _sealing(data: bytes, reader: ReadingPair) -> partial[None]:
    """Writes some bytes into a file, sealed."""
    return partial(_write_sealed, data, reader.public)


def _write_sealed(data: bytes, reader: str, file: BinaryIO) -> None:
    seal(io.BytesIO(data), file, (reader,))


def _find_before(
    ws: Workspace, submission: SubmissionId, parents: Sequence[CommitId], mine: ReadingPair
) -> SealedDraft | None:
    """The state whose sealed files can be kept; None where all have to be sealed with a new key."""
    for parent in parents:
        try:
            found = read_sealed(ws, submission, parent)
        except Unopened:
            continue
        is_sent = SENT in parse_commit(found.draft, found.list.draft, verify=False).trailers
        if found.list.readers == (mine.public,) and not is_sent and resolve(ws.repo, found.draft):
            return found
    return None


def read_sealed(ws: Workspace, submission: SubmissionId, commit: CommitId) -> SealedDraft:
    """Open the list of a commit on a work ref. Raises `Unopened` where this folder's reading keys do not open
    it, and where it is not a list of this submission."""
    entries = list_tree(ws.repo, commit)
    if SEALED_LIST not in entries or any(
        not is_sealed_path(path) or entry.mode != "100644" for path, entry in entries.items()
    ):
        raise Unopened("it is not what mcred saves")
    keys = [path for path in entries if path.startswith(SEALED_KEYS)][:MAX_READERS]
    small = read_small(ws.repo, [entries[path].blob for path in keys], 2 * MAX_HEADER)
    key = _open_key([small[entries[path].blob] for path in keys if entries[path].blob in small], ws)
    blob = entries[SEALED_LIST].blob
    data = read_small(ws.repo, [blob], MAX_LIST + _OVERHEAD).get(blob, b"")
    found = decode_list(_opened(data, (key,)))
    if found is None or found.submission != submission:
        raise Unopened(f"it is not a draft of {submission}")
    for file in found.files:
        is_fit = is_work(file.path) and not explain_bad_path(file.path)
        if not is_fit or sealed_path("files", file.name) not in entries:
            raise Unopened("a file of it is missing")
    return SealedDraft(list=found, key=key, entries=entries)


def _open_key(sealed: Sequence[bytes], ws: Workspace) -> ReadingPair:
    """The key to the files. Raises `Unopened` where it is not sealed to this folder's reading keys."""
    mine, why = all_reading_keys(ws.repo), Unopened("your reading key is not in this folder")
    for data in sealed if mine else ():
        try:
            return load_reading_key(_opened(data, mine))
        except Unopened as error:
            why = error
    raise why


def _opened(data: bytes, keys: Sequence[ReadingPair]) -> bytes:
    target = io.BytesIO()
    unseal(io.BytesIO(data), target, keys)
    return target.getvalue()


def open_drafts(
    ws: Workspace, submission: SubmissionId, tip: CommitId, known: Sequence[CommitId]
) -> CommitId:
    """Store the draft that a commit of the work ref holds, and those before it, as plain commits.

    `known`: commits of the work ref that were opened or sealed here. Raises `Unopened` where the newest
    cannot be opened, or is not signed by its earner; an earlier one that cannot be opened is left out.
    """
    signer = read_commit(ws.repo, tip).signer
    profile = ws.catalog.people.get(submission.earner)
    listed = {k.public for k in profile.keys} if profile else set()
    if signer is None or signer not in {*listed, ws.key().public}:
        raise Unopened(f"it is not signed by {submission.earner}")
    opened: dict[BlobId, BlobId] = {}
    draft = None
    for commit in walk_log(ws.repo, [tip], known, verify=False):
        try:
            draft = _open_one(ws, read_sealed(ws, submission, commit.id), opened)
        except Unopened:
            if commit.id == tip:
                raise
    if draft is None:
        raise Unopened("it is not what mcred saves")
    return draft


def _open_one(ws: Workspace, found: SealedDraft, opened: dict[BlobId, BlobId]) -> CommitId:
    """Store one draft. `opened`: sealed → plain file, for what was opened before, and gets what is opened."""
    said = parse_commit(found.draft, found.list.draft, verify=False)
    if resolve(ws.repo, found.draft) is not None:
        return found.draft
    if not all(resolve(ws.repo, parent) for parent in said.parents):
        raise Unopened("what was saved before it is missing")
    sealed = {f.path: found.entries[sealed_path("files", f.name)] for f in found.list.files}
    wanted = {e.blob: f for f in found.list.files if (e := sealed[f.path]).blob not in opened}
    if any(sealed[f.path].size > f.size + _OVERHEAD for f in wanted.values()):
        raise Unopened("a file of it has another size than it says")
    blobs = put_written(
        ws.repo,
        (
            partial(_write_opened, data, wanted[blob], found.key)
            for blob, data in stream_blobs(ws.repo, wanted)
        ),
    )
    opened.update(zip(wanted, blobs, strict=True))
    folder = folder_of(found.list.submission)
    tree = build_tree(ws.repo, None, {f"{folder}/{path}": opened[e.blob] for path, e in sealed.items()})
    if tree != said.tree:
        raise Unopened("its files are not the ones that were saved")
    return put_commit(ws.repo, found.list.draft)


def _write_opened(data: bytes, said: SealedFile, key: ReadingPair, file: BinaryIO) -> None:
    """Raises `Unopened` where the content is not what the list says."""
    plain = _opened(data, (key,))
    if (len(plain), hashlib.sha256(plain).hexdigest()) != (said.size, said.sha256):
        raise Unopened("a file of it was changed, or put in the place of another")
    file.write(plain)
