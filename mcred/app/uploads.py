"""Sends the large files that refs of sealed work name, before the refs: whoever has a ref can fetch them."""

from __future__ import annotations

from collections.abc import Mapping

from mcred.app.context import Context
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.layout import WORK_REFS, parse_ref, remote_ref
from mcred.domain.pieces import FileDigest
from mcred.store.git import Repo, list_refs
from mcred.store.lfs import has_object, read_pointers, upload
from mcred.store.snapshot import list_tree


def send_large(ctx: Context, repo: Repo, updates: Mapping[str, CommitId]) -> None:
    """Send what the remote does not have yet of the large files that some refs name.

    Raises McredError where it cannot be sent; what arrived until then is not sent again.
    """
    works = {ref: found for ref in updates if (found := parse_ref(ref)) is not None and found.kind == "work"}
    large: dict[BlobId, FileDigest] = {}
    for ref in works:
        large.update(_large_files(repo, updates[ref]))
    if not large:
        return
    submissions = {found.submission for found in works.values()}
    for name, tip in list_refs(repo, remote_ref(WORK_REFS)).items():
        sent = parse_ref(name)
        if sent is not None and sent.submission in submissions:
            for blob in _large_files(repo, tip):
                large.pop(blob, None)
    objects = [digest for digest in large.values() if has_object(repo, digest)]
    if objects:
        with ctx.show.working("sending large files") as tell:
            upload(repo, objects, tell, interactive=ctx.interactive)


def _large_files(repo: Repo, commit: CommitId) -> Mapping[BlobId, FileDigest]:
    return read_pointers(repo, list_tree(repo, commit).values())
