"""Opens commits of work refs: what another computer of the earner sealed, or another person for me.

Opening makes the commit with plain files again that was sealed, so that all who read it have the same one.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import BinaryIO

from msgspec import Struct

from mcred.app.keys.reading import all_reading_keys
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import (
    SEALED_KEYS,
    SEALED_LIST,
    disclosures_path,
    folder_of,
    is_sealed_path,
    is_work,
    sealed_path,
)
from mcred.domain.pieces import FileDigest
from mcred.domain.sealed.large_file import LARGE, read_pointer, write_pointer
from mcred.domain.sealed.work import SealedFile, SealedList
from mcred.formats.sealed_list import MAX_LIST, decode_list
from mcred.problems import McredError
from mcred.store.batch import read_small, stream_blobs
from mcred.store.git import Repo, resolve
from mcred.store.lfs import Digesting
from mcred.store.log import parse_commit
from mcred.store.seal import (
    MAX_HEADER,
    MAX_READERS,
    NoKey,
    ReadingPair,
    Sink,
    Source,
    Unopened,
    load_reading_key,
    unseal,
)
from mcred.store.snapshot import LARGEST, Entry, explain_bad_path, find_faults, list_tree
from mcred.store.write import build_tree, put_commit, put_written


def _most_sealed(size: int) -> int:
    """More bytes than sealing makes of a file."""
    return MAX_HEADER + size + size // 1000


class OpenList(Struct, frozen=True, kw_only=True):
    """A commit of a work ref, its list opened."""

    commit: CommitId
    list: SealedList
    key: ReadingPair
    """Opens the list."""
    entries: Mapping[str, Entry]

    @property
    def keys(self) -> Mapping[str, BlobId]:
        """The key, sealed to each reader, by path."""
        return {path: e.blob for path, e in self.entries.items() if path.startswith(SEALED_KEYS)}

    @property
    def plain(self) -> CommitId:
        """The commit that was sealed."""
        kind = "sha1" if len(next(iter(self.entries.values())).blob) == 40 else "sha256"
        raw = self.list.plain
        return CommitId(hashlib.new(kind, b"commit %d\0" % len(raw) + raw).hexdigest())


def open_list(
    repo: Repo,
    submission: SubmissionId,
    commit: CommitId,
    grants: Sequence[CommitId] = (),
    attempt: int = 0,
    *,
    more: Sequence[ReadingPair] = (),
) -> OpenList:
    """Open the list of a commit on a work ref with this folder's reading keys.

    `grants`: commits with the key sealed to further readers. `attempt`: 0 for a draft. `more`: further keys
    that may open the list, or its key. Raises `Unopened` where no key does, and where it is no list of this
    submission.
    """
    entries = list_tree(repo, commit)
    if SEALED_LIST not in entries or any(
        not is_sealed_path(path) or entry.mode != "100644" for path, entry in entries.items()
    ):
        raise Unopened("it was not saved by mcred")
    blob = entries[SEALED_LIST].blob
    data = read_small(repo, [blob], _most_sealed(MAX_LIST)).get(blob, b"")
    folders = [entries, *(list_tree(repo, grant) for grant in grants)]
    known = next((key for key in more if _opens(data, key)), None)
    key, content = (known, _opened(data, (known,))) if known else _open_with_a_key(repo, data, folders, more)
    found = decode_list(content)
    if found is None or (found.submission, found.attempt) != (submission, attempt):
        raise Unopened(f"it is not {f'attempt {attempt}' if attempt else 'a draft'} of {submission}")
    _refuse_faults(found, entries)
    return OpenList(commit=commit, list=found, key=key, entries=entries)


def _open_with_a_key(
    repo: Repo, data: bytes, folders: Sequence[Mapping[str, Entry]], more: Sequence[ReadingPair]
) -> tuple[ReadingPair, bytes]:
    """The key to a list, and what the list says. Raises `Unopened` where none that opens it is sealed to this
    folder's reading keys or `more`; what is no key, or that of another list, is passed over."""
    mine = (*all_reading_keys(repo), *more)
    why: Unopened = NoKey("your reading key is not in this folder")
    blobs = [e.blob for f in folders for p, e in sorted(f.items()) if p.startswith(SEALED_KEYS)]
    small = read_small(repo, blobs[: MAX_READERS * len(folders)], 2 * MAX_HEADER)
    is_mine = False
    for sealed in small.values() if mine else ():
        try:
            opened = _opened(sealed, mine)
            is_mine, key = True, load_reading_key(opened)
            return key, _opened(data, (key,))
        except NoKey as error:
            why = Unopened("the key sealed to you opens something else") if is_mine else error
        except Unopened as error:
            why = error
        except McredError:
            why = Unopened("the key sealed to you is not a key")
    raise why


def _opens(data: bytes, key: ReadingPair) -> bool:
    try:
        return bool(_opened(data, (key,)))
    except Unopened:
        return False


def _refuse_faults(said: SealedList, entries: Mapping[str, Entry]) -> None:
    """Raises `Unopened` for a list of files that do not belong there, or that some computers cannot store."""
    folder, attempt = folder_of(said.submission), said.attempt
    disclosures = disclosures_path(said.submission, attempt) if attempt else ""
    files: dict[str, Entry] = {}
    for file in said.files:
        path, sealed = f"{folder}/{file.path}", entries.get(sealed_path("files", file.name))
        if sealed is None:
            raise Unopened("one of its files is missing")
        if path in files:
            raise Unopened(f"it lists {file.path} twice")
        if not is_work(file.path) and path != disclosures and not explain_bad_path(file.path):
            raise Unopened(f"it lists {file.path}, which is not part of the work")
        files[path] = sealed
    for path, what, _ in find_faults(files, max_file=_most_sealed(LARGEST)):
        raise Unopened(f"it lists {path.removeprefix(f'{folder}/')}: {what}")


def _opened(data: bytes, keys: Sequence[ReadingPair]) -> bytes:
    target = io.BytesIO()
    unseal(io.BytesIO(data), target, keys)
    return target.getvalue()


def open_files(repo: Repo, found: OpenList, opened: dict[BlobId, BlobId]) -> CommitId:
    """Store the commit that was sealed, with its files. Raises `Unopened` where it is not what the list says.

    `opened`: sealed → plain file, for what was opened before, and gets what is opened.
    """
    said = parse_commit(found.plain, found.list.plain, verify=False)
    if resolve(repo, found.plain) is not None:
        return found.plain
    if not all(resolve(repo, parent) for parent in said.parents):
        raise Unopened("what was saved before it is missing")
    if open_tree(repo, found, opened) != said.tree:
        raise Unopened("its files are not the ones that were saved")
    return put_commit(repo, found.list.plain)


def open_tree(repo: Repo, found: OpenList, opened: dict[BlobId, BlobId]) -> str:
    """Store the files that were sealed as a tree; returns its name. Otherwise like `open_files`."""
    sealed = {f.path: found.entries[sealed_path("files", f.name)] for f in found.list.files}
    wanted = {e.blob: f for f in found.list.files if (e := sealed[f.path]).blob not in opened}
    if any(sealed[f.path].size > _most_sealed(f.size) for f in wanted.values()):
        raise Unopened("one of its files does not have the size it says")
    blobs = put_written(
        repo, (partial(_write_opened, data, wanted[blob]) for blob, data in stream_blobs(repo, wanted))
    )
    opened.update(zip(wanted, blobs, strict=True))
    folder = folder_of(found.list.submission)
    return build_tree(repo, None, {f"{folder}/{path}": opened[e.blob] for path, e in sealed.items()})


def _write_opened(data: bytes, said: SealedFile, file: BinaryIO) -> None:
    """Write the content, of a large file the pointer to it.

    A pointer is in both trees or in neither: else people could hand in what they do not have.

    Raises `Unopened` where the content is not what the list says.
    """
    if (large := read_pointer(data)) is not None:
        if not said.size < large.bytes <= _most_sealed(said.size) or said.size <= LARGE:
            raise Unopened("one of its files does not have the size it says")
        file.write(write_pointer(FileDigest(sha256=said.sha256, bytes=said.size)))
        return
    target = io.BytesIO()
    if unseal_file(io.BytesIO(data), target, said) and read_pointer(target.getvalue()) is None:
        file.write(target.getvalue())
    else:
        raise Unopened("one of its files was changed, or swapped for another")


def unseal_file(source: Source, target: Sink, said: SealedFile) -> bool:
    """Write a file unsealed; returns whether it is the one that the list says. Raises `Unopened` where it was
    changed."""
    try:
        key = load_reading_key(said.key.encode("utf-8", "replace"))
    except McredError:
        raise Unopened("the key to one of its files is damaged") from None
    written = Digesting(target)
    try:
        unseal(source, written, (key,))
    except NoKey:
        return False
    return written.digest == FileDigest(sha256=said.sha256, bytes=said.size)
