"""Large files of the work: sealed from the folder into an object of their own, and opened from it again.

Neither the file nor its sealed bytes are held in memory.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mcred.app.sealed.open_work import OpenList, open_list, unseal_file
from mcred.app.workspace import Workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import folder_of, remote_ref, sealed_path, work_ref
from mcred.domain.pieces import FileDigest
from mcred.domain.sealed.large_file import read_pointer
from mcred.domain.sealed.work import SealedFile
from mcred.problems import McredError, next_step
from mcred.retries import retry
from mcred.store.batch import read_small
from mcred.store.folder_index import place_of
from mcred.store.git import resolve
from mcred.store.lfs import (
    Digesting,
    download,
    drop_object,
    has_object,
    place_of_object,
    put_object,
    unfinished,
)
from mcred.store.log import walk_log
from mcred.store.seal import Unopened, load_reading_key, seal


def is_here(ws: Workspace, submission: SubmissionId, path: str, digest: FileDigest) -> bool:
    """Whether a large file of my work is in my folder, by its size."""
    place = _place(ws, submission, path)
    return place is not None and place.is_file() and place.stat().st_size == digest.bytes


def _place(ws: Workspace, submission: SubmissionId, path: str) -> Path | None:
    root = ws.repo.work_tree
    return place_of(root, f"{folder_of(submission)}/{path}") if root is not None else None


def gone(path: str) -> McredError:
    """The error for a large file that is not in the folder as it was a moment ago."""
    return McredError(
        f"{path} was changed or removed while it was being saved",
        hint=next_step("save", note="when no other app is writing to it"),
    )


def seal_large(ws: Workspace, submission: SubmissionId, file: SealedFile) -> FileDigest:
    """Seal a large file of my folder; returns what its object is called.

    Raises McredError where it is not the file that the list says any more.
    """
    place, said = _place(ws, submission, file.path), FileDigest(sha256=file.sha256, bytes=file.size)
    if place is None or not place.is_file():
        raise gone(file.path)
    public = load_reading_key(file.key.encode("ascii")).public
    with ws.ctx.show.working(f"sealing {place.name}") as tell, place.open("rb") as content:
        source = Digesting(content, tell and (lambda done: tell("", done // 2**20, file.size // 2**20)))

        def write(target: Digesting) -> None:
            seal(source, target, (public,))
            if source.digest != said:
                raise gone(file.path)

        return put_object(ws.repo, write)


def find_sealed(
    ws: Workspace, submission: SubmissionId, digest: FileDigest
) -> tuple[OpenList, SealedFile] | None:
    """The newest of my drafts with a large file, and what its list says of it; None where there is none."""
    ref = work_ref(submission)
    tips = [tip for one in (ref, remote_ref(ref)) if (tip := resolve(ws.repo, one)) is not None]
    for commit in reversed(walk_log(ws.repo, tips, [], verify=False)) if tips else ():
        with suppress(Unopened):
            found = open_list(ws.repo, submission, commit.id)
            for file in found.list.files:
                if (file.sha256, file.size) == (digest.sha256, digest.bytes):
                    return found, file
    return None


def write_large(ws: Workspace, found: OpenList, file: SealedFile, target: Path) -> None:
    """Write a large file of a sealed list, fetched where it is not here.

    Raises McredError where it cannot be fetched or is not the file that the list says. What is fetched for
    this is removed again.
    """
    path = sealed_path("files", file.name)
    blob = found.entries[path].blob
    sealed = read_pointer(read_small(ws.repo, [blob])[blob])
    if sealed is None:
        raise Unopened("it is not stored as a large file")
    was_here = has_object(ws.repo, sealed)
    if not was_here:
        with ws.ctx.show.working(f"downloading {file.path}") as tell:
            download(ws.repo, found.commit, path, sealed, tell, interactive=ws.ctx.interactive)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        ws.ctx.show.working(f"opening {file.path}"),
        unfinished(ws.repo.state_dir / "opening") as part,
    ):
        with place_of_object(ws.repo, sealed).open("rb") as source, part.open("wb") as opened:
            if not unseal_file(source, opened, file):
                raise Unopened(f"{file.path} was changed, or swapped for another")
        retry(lambda: part.replace(target))
    if not was_here:
        drop_object(ws.repo, sealed)
