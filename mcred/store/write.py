"""Writing without a checkout: blobs, trees, signed commits, and atomic ref updates.

A killed command leaves either the old refs or the new ones. Touches neither the work tree nor the user's own
index; what is written where is the caller's decision.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import Exit, McredError, Problem
from mcred.store.files.loose import read_sharing, write_object
from mcred.store.files.objects import parse_tree
from mcred.store.git import Repo, attempt, full_hex, is_receiving, is_ref, resolve, run
from mcred.store.leftovers import WRITING, clear_log_locks
from mcred.store.outcome import GitFailed
from mcred.store.session import cached, close_readers, keep_refs, known_refs
from mcred.store.signatures import KeyPair, sign
from mcred.store.snapshot import FOLDER, explain_bad_path, read_objects, tree_ids

_CONTROL = re.compile(r"[\x00-\x1f\x7f<>]+")


class Author(Struct, frozen=True, kw_only=True):
    """A commit's stated author and time; for display only, the signature is what counts."""

    name: str
    email: str
    when: datetime


class Moved(McredError):
    """A ref is no longer at its expected commit; no ref was moved."""

    def __init__(self, refs: Sequence[str]) -> None:
        self.refs = tuple(refs)
        super().__init__(
            "someone else, or another window, changed this at the same moment; nothing of yours is lost",
            hint="mcred sync   (then type the same command again)",
            code=Exit.CHANGED,
        )


def put_blob(repo: Repo, data: bytes) -> BlobId:
    """Store bytes as a blob and return its id."""
    return BlobId(_put(repo, "blob", data))


def _put(repo: Repo, kind: str, data: bytes) -> str:
    """Store an object and return its name."""
    sharing = cached("sharing", repo.git_dir, lambda: read_sharing(repo.common_dir))
    if sharing != "unknown" and not is_receiving():
        # git says better what is wrong with the disk.
        with contextlib.suppress(OSError):
            return write_object(repo.common_dir / "objects", kind, data, sharing)
    how = ("hash-object", "-t", kind, "-w", "--no-filters", "--stdin")
    return run(repo, *how, stdin=data).decode("ascii").strip()


def put_file(repo: Repo, path: Path) -> BlobId:
    """Store a file's unchanged bytes as a blob, without reading them into memory."""
    if path.is_symlink() or not path.is_file():
        raise McredError(
            f"{path.name} is not a regular file", hint="replace it with a copy of the file itself"
        )
    return BlobId(run(repo, "hash-object", "-w", "--no-filters", "--", str(path.absolute())).decode().strip())


def name_files(repo: Repo, paths: Sequence[Path]) -> tuple[BlobId, ...]:
    """The blob id of each file; nothing is stored."""
    return _hash_files(repo, paths)


def put_files(repo: Repo, paths: Sequence[Path]) -> tuple[BlobId, ...]:
    """Like `put_file` for many files, with one process."""
    odd = [path for path in paths if path.is_symlink() or not path.is_file() or "\n" in str(path)]
    if odd:
        return tuple(put_file(repo, path) for path in paths)
    if not paths:
        return ()
    return _hash_files(repo, paths, "-w")


def _hash_files(repo: Repo, paths: Sequence[Path], *how: str) -> tuple[BlobId, ...]:
    names = "".join(f"{path.absolute()}\n" for path in paths).encode("utf-8", "surrogateescape")
    answer = run(repo, "hash-object", *how, "--no-filters", "--stdin-paths", stdin=names)
    return tuple(BlobId(name) for name in answer.decode("ascii").split())


def put_written(repo: Repo, writers: Iterable[Callable[[BinaryIO], None]]) -> tuple[BlobId, ...]:
    """Store what each of some functions writes into the file that it is given, with one process."""
    with tempfile.TemporaryDirectory(prefix=WRITING, dir=repo.state_dir) as folder:
        paths = []
        for number, write in enumerate(writers):
            path = Path(folder) / str(number)
            with path.open("wb") as file:
                write(file)
            paths.append(path)
        return put_files(repo, paths)


def build_tree(repo: Repo, base: CommitId | None, changes: Mapping[str, BlobId | None]) -> str:
    """Store the tree of `base` with some paths changed and return its id; None removes `file` or `folder/`.

    Only the folders above these paths are read; the rest of `base` is kept unchanged.
    With changes it is written each time: git removes trees that no ref needs.
    """
    if base is not None and not changes:
        return tree_ids(repo, [base])[0]
    _check_paths(changes)
    folders = _read_folders(repo, base, {lead for path in changes for lead in _leads(path.rstrip("/"))})
    for path in (path for path, blob in changes.items() if blob is None):
        lead, _, name = path.rstrip("/").rpartition("/")
        there = folders.get(lead, {})
        if name in there and (there[name][0] == FOLDER) == path.endswith("/"):
            del there[name]
            if path.endswith("/"):
                folders = {p: f for p, f in folders.items() if not f"{p}/".startswith(path)}
    for path, blob in changes.items():
        if blob is not None:
            if path in folders:
                folders = {p: f for p, f in folders.items() if not f"{p}/".startswith(f"{path}/")}
            for lead in _leads(path):
                folders.setdefault(lead, {})
            lead, _, name = path.rpartition("/")
            folders[lead][name] = ("100644", full_hex(blob))
    return _write_folders(repo, folders)


_Folder = dict[str, tuple[str, str]]
"""Mode and id by name."""


def _leads(path: str) -> list[str]:
    """The folders above a path, the root ('') first.

    >>> _leads("a/b/c")
    ['', 'a', 'a/b']
    """
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts))]


def _read_folders(repo: Repo, base: CommitId | None, wanted: set[str]) -> dict[str, _Folder]:
    """Those of some folders that exist in a commit or tree; always includes the root."""
    found: dict[str, _Folder] = {"": {}}
    todo = dict(zip([""], tree_ids(repo, [base]), strict=True)) if base else {}
    while todo:
        raw = {name: data for name, _, data in read_objects(repo, sorted(set(todo.values())))}
        below = {}
        for path, tree in todo.items():
            found[path] = {name: (mode, o) for mode, name, o in parse_tree(raw[tree], len(tree) // 2)}
            for name, (mode, o) in found[path].items():
                inner = f"{path}/{name}" if path else name
                if mode == FOLDER and inner in wanted:
                    below[inner] = o
        todo = below
    return found


def _write_folders(repo: Repo, folders: dict[str, _Folder]) -> str:
    """Store the non-empty folders as trees and return the root's id."""
    for path in sorted(folders, key=lambda path: (path.count("/") + bool(path), path), reverse=True):
        entries = folders[path]
        if path:
            lead, _, name = path.rpartition("/")
            if entries:
                folders[lead][name] = (FOLDER, _put(repo, "tree", _compose_folder(entries)))
            elif folders[lead].get(name, ("", ""))[0] == FOLDER:
                del folders[lead][name]
    return _put(repo, "tree", _compose_folder(folders[""]))


def _compose_folder(entries: _Folder) -> bytes:
    """The raw bytes of a tree, in git's order: as if the name of a folder ended with `/`."""
    rows = [
        (name.encode("utf-8", "surrogateescape"), mode.lstrip("0").encode("ascii"), bytes.fromhex(o))
        for name, (mode, o) in entries.items()
    ]
    rows.sort(key=lambda row: row[0] + b"/" if row[1] == FOLDER.encode("ascii") else row[0])
    return b"".join(b"%b %b\0%b" % (mode, name, o) for name, mode, o in rows)


def commit_tree(
    repo: Repo, tree: str, parents: Sequence[CommitId], message: str, author: Author, key: KeyPair
) -> CommitId:
    """Store a signed commit and return its id; no ref is moved."""
    return put_commit(repo, compose_commit(tree, parents, message, author, key))


def put_commit(repo: Repo, raw: bytes) -> CommitId:
    """Store a commit's raw bytes and return its id."""
    return CommitId(_put(repo, "commit", raw))


def compose_commit(
    tree: str, parents: Sequence[CommitId], message: str, author: Author, key: KeyPair
) -> bytes:
    """The raw bytes of a signed commit. Raises ValueError for a time without a zone."""
    if author.when.tzinfo is None:
        raise ValueError("a commit's time needs its zone")
    person = (
        f"{_clean(author.name) or 'unknown'} <{_clean(author.email)}> "
        f"{int(author.when.timestamp())} {f'{author.when:%z}'[:5]}"
    )
    lines = [f"tree {full_hex(tree)}", *(f"parent {full_hex(parent)}" for parent in parents)]
    lines += [f"author {person}", f"committer {person}"]
    text = message.replace("\0", "").replace("\r\n", "\n").strip("\n") + "\n"
    head, body = "\n".join(lines).encode("utf-8", "replace"), text.encode("utf-8", "replace")
    signature = sign(head + b"\n\n" + body, key).rstrip("\n").replace("\n", "\n ")
    return head + f"\ngpgsig {signature}\n\n".encode() + body


def commit_files(
    repo: Repo,
    *,
    base: CommitId | None,
    changes: Mapping[str, BlobId | None],
    parents: Sequence[CommitId],
    message: str,
    author: Author,
    key: KeyPair,
) -> CommitId:
    """Store a signed commit whose tree is that of `base` with some paths changed (see `build_tree`)."""
    return commit_tree(repo, build_tree(repo, base, changes), parents, message, author, key)


def move_refs(repo: Repo, updates: Sequence[tuple[str, CommitId | None, CommitId | None]]) -> None:
    """Move each (ref, new, old) from its expected old commit to the new one, or none of them.

    None as the old commit: the ref must not exist yet; as the new one: it is deleted. Raises `Moved` when a
    ref is not as expected.
    """
    if not updates:
        return
    script = b""
    for ref, new, old in updates:
        if not is_ref(ref):
            raise ValueError(f"not a full ref name: {ref!r}")
        width = len(new or old or "")
        words = [full_hex(name) if name else "0" * width for name in (new, old)]
        script += f"update {ref}\0{words[0]}\0{words[1]}\0".encode("ascii")
    listing = known_refs(repo.git_dir)
    done = attempt(repo, "update-ref", "--stdin", "-z", stdin=script)
    if done.code == 0:
        moved = [(ref, new) for ref, new, _ in updates if new is not None]
        if len(moved) == len(updates):
            keep_refs(repo.git_dir, listing, moved)
        return
    elsewhere = [ref for ref, _, old in updates if resolve(repo, ref) != old]
    if elsewhere:
        raise Moved(elsewhere)
    raise GitFailed(("update-ref",), done.code, done.err)


def collect_garbage(repo: Repo, refs: Sequence[str]) -> None:
    """Delete every object that no ref reaches, and what git noted of earlier states of refs below `refs`.

    For what has to go at once; git itself waits some weeks. A failure is left to git's own collection.
    """
    close_readers()
    for under in refs:
        shutil.rmtree(repo.common_dir / "logs" / under, ignore_errors=True)
    # An earlier collection that was killed may have left some.
    clear_log_locks(repo.common_dir)
    attempt(repo, "gc", "--quiet", "--prune=now")


def _check_paths(changes: Mapping[str, BlobId | None]) -> None:
    problems = tuple(
        Problem(what=f"{path}: {why}", hint="rename the file")
        for path, blob in changes.items()
        if blob is not None and (why := explain_bad_path(path))
    )
    if problems:
        raise McredError(
            "a file's name cannot be stored so that every computer can read it",
            hint=f"rename it: {problems[0].what}",
            problems=problems,
        )


def _clean(text: str) -> str:
    """A name valid in a commit: without angle brackets, line breaks, or the punctuation git strips."""
    return " ".join(_CONTROL.sub(" ", text).split()).strip(" .,:;\"'\\")


def drop_refs(repo: Repo, refs: Mapping[str, CommitId]) -> None:
    """Delete refs of this repository that have these commits; another command may just have done so."""
    script = b"".join(f"delete {ref}\0{tip}\0".encode("ascii") for ref, tip in refs.items())
    if not script or not attempt(repo, "update-ref", "--stdin", "-z", stdin=script).code:
        return
    for ref, tip in refs.items():
        done = attempt(repo, "update-ref", "-d", ref, tip)
        if done.code and resolve(repo, ref) == tip:
            raise GitFailed(("update-ref",), done.code, done.err)
