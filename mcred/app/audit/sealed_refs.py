"""The rules on a push to a ref of sealed work: signed by whose it is, and nothing in it but sealed files."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.catalogs import catalog_at
from mcred.domain.catalog import Catalog
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.layout import SEALED_FILES, SEALED_KEYS, SEALED_LIST, FoundRef, is_sealed_path
from mcred.domain.rules.acceptance import check_signer, is_issuers
from mcred.domain.sealed.large_file import read_pointer
from mcred.store.batch import stream_blobs
from mcred.store.git import Repo
from mcred.store.log import Commit, is_ancestor, walk_log
from mcred.store.seal import MAX_HEADER, is_sealed
from mcred.store.snapshot import find_faults, list_tree

_PLAIN = "is not sealed, and others could read it; drafts are saved with mcred"


def list_arriving(repo: Repo, main: CommitId, old: CommitId | None, new: CommitId) -> tuple[Commit, ...]:
    """The commits that a push adds to a work ref."""
    return walk_log(repo, [new], [c for c in (main, old) if c is not None])


def judge_sealed(
    repo: Repo, found: FoundRef, catalog: Catalog, old: CommitId | None, arriving: tuple[Commit, ...]
) -> Iterator[tuple[str, str]]:
    """The code and the text of each reason against some commits that arrive on a ref of sealed work.

    None of them builds on main, which is readable. The newest is signed with a key that its author has now,
    the others with one that they had; an earner who is not confirmed yet has none that could be checked.
    No one else may write one, but for an issuer who takes erased pieces out of an attempt. A grant holds
    nothing but keys. A pointer to a large sealed file says nothing of it that could be read.
    """
    if not _takes_out(repo, found, catalog, old, arriving):
        yield from _judge_signers(found, catalog, arriving)
    known = {entry.blob for entry in list_tree(repo, old).values()} if old else set()
    new: dict[BlobId, str] = {}
    if not arriving:
        yield "not-allowed", "it is part of the program, which everyone can read"
    for commit in arriving:
        if any(is_ancestor(repo, parent, catalog.commit) for parent in commit.parents):
            yield "not-allowed", f"{commit.id[:12]} builds on the program, which everyone can read"
        entries = list_tree(repo, commit.id)
        for path, what, _ in find_faults(entries):
            yield "bad-file", f"{path}: {what}"
        for path, entry in entries.items():
            if not is_sealed_path(path) or entry.mode != "100644" or _is_more(found, path):
                yield "not-sealed", f"{path} {_PLAIN}"
            elif entry.blob not in known:
                new.setdefault(entry.blob, path)
    for blob, data in stream_blobs(repo, new):
        is_large = new[blob].startswith(SEALED_FILES) and read_pointer(data) is not None
        if not is_large and not is_sealed(data[:MAX_HEADER]):
            yield "not-sealed", f"{new[blob]} {_PLAIN}"


def _takes_out(
    repo: Repo, found: FoundRef, catalog: Catalog, old: CommitId | None, arriving: tuple[Commit, ...]
) -> bool:
    """Whether an issuer writes an attempt again after an erasure: for the same readers, and without another
    file than one more list of what opens the pieces."""
    if found.kind != "work" or not found.attempt or old is None or len(arriving) != 1:
        return False
    (state,) = arriving
    if state.parents or not is_issuers(state.signer, catalog):
        return False
    record = catalog_at(repo, catalog.commit, frozenset({found.submission})).records.get(found.submission)
    was, now = ({p: e.blob for p, e in list_tree(repo, at).items()} for at in (old, state.id))
    new = [path for path, blob in now.items() if path != SEALED_LIST and was.get(path) != blob]
    keys = [{path for path in paths if path.startswith(SEALED_KEYS)} for paths in (was, now)]
    is_less = len(new) <= 1 and len(now) <= len(was) and keys[0] == keys[1]
    return is_less and record is not None and bool(record.erasures)


def _judge_signers(
    found: FoundRef, catalog: Catalog, arriving: tuple[Commit, ...]
) -> Iterator[tuple[str, str]]:
    author = found.author
    profile = catalog.people.get(author)
    if profile is None:
        if found.kind == "grant":
            yield "not-signed", f"{author} is not confirmed in this program"
        return
    keys = {key.public for key in profile.keys}
    for commit in arriving:
        reasons = check_signer(commit.signer, author, catalog) if commit == arriving[-1] else ()
        if commit.signer not in keys:
            reasons = reasons or (f"it is not signed with a key of {author}'s",)
        for reason in reasons:
            yield "not-signed", f"{commit.id[:12]}: {reason}"


def _is_more(found: FoundRef, path: str) -> bool:
    """Whether a path is none of a grant, which lets others read and holds nothing to read."""
    return found.kind == "grant" and not path.startswith(SEALED_KEYS)
