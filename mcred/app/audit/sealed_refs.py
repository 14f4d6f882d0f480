"""The rules on a push to a work ref: signed by its earner, and nothing in it but sealed files."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.domain.catalog import Catalog
from mcred.domain.ids import BlobId, CommitId, PersonId
from mcred.domain.layout import is_sealed_path
from mcred.domain.rules.acceptance import check_signer
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
    repo: Repo, earner: PersonId, catalog: Catalog, old: CommitId | None, arriving: tuple[Commit, ...]
) -> Iterator[tuple[str, str]]:
    """The code and the text of each reason against some commits that arrive on a work ref.

    None of them builds on main, which is readable. The newest is signed with a key that the earner has now,
    the others with one that they had; whoever is not confirmed yet has none that could be checked.
    """
    profile = catalog.people.get(earner)
    keys = {key.public for key in profile.keys} if profile else set()
    known = {entry.blob for entry in list_tree(repo, old).values()} if old else set()
    new: dict[BlobId, str] = {}
    if not arriving:
        yield "not-allowed", "it is a part of the programme, which everybody reads"
    for commit in arriving:
        reasons = check_signer(commit.signer, earner, catalog) if profile and commit == arriving[-1] else ()
        if profile and commit.signer not in keys:
            reasons = reasons or (f"it is not signed with a key of {earner}'s",)
        for reason in reasons:
            yield "not-signed", f"{commit.id[:12]}: {reason}"
        if any(is_ancestor(repo, parent, catalog.commit) for parent in commit.parents):
            yield "not-allowed", f"{commit.id[:12]} builds on the programme, which everybody reads"
        entries = list_tree(repo, commit.id)
        for path, what, _ in find_faults(entries):
            yield "bad-file", f"{path}: {what}"
        for path, entry in entries.items():
            if not is_sealed_path(path) or entry.mode != "100644":
                yield "not-sealed", f"{path} {_PLAIN}"
            elif entry.blob not in known:
                new.setdefault(entry.blob, path)
    for blob, data in stream_blobs(repo, new):
        if not is_sealed(data[:MAX_HEADER]):
            yield "not-sealed", f"{new[blob]} {_PLAIN}"
