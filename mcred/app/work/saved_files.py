"""The user's last saved files, which of them are missing from the working copy, and how to restore them.

A deleted file that the list still names was not removed on purpose: saving keeps it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from mcred.app.context import Context
from mcred.app.free_paths import ensure_path_free
from mcred.app.sealed.large_files import find_sealed, write_large
from mcred.app.sealed.line import last_judged, my_lines, newest_state
from mcred.app.work.unfit_files import own_files
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import (
    ELSEWHERE,
    answers_file,
    folder_of,
    folder_of_person,
    is_work,
    parse_path,
    submission_path,
)
from mcred.domain.pieces import FileDigest
from mcred.domain.rules.submit import FINAL
from mcred.domain.sealed.large_file import read_pointer
from mcred.domain.submission import Evidence, Submission
from mcred.formats.decode import decode
from mcred.problems import Exit, Hint, McredError, NextStep, next_step
from mcred.store.folder_index import find_files, place_of, read_laid, read_written
from mcred.store.lfs import read_pointers, with_real_sizes
from mcred.store.log import find_blob_versions
from mcred.store.snapshot import Entry, list_tree, read_blobs


def all_saved(ws: Workspace) -> tuple[SubmissionId, ...]:
    """My submissions that were ever saved, by id."""
    folder = f"{folder_of_person(ws.me)}/" if ws.me else ""
    listed = map(parse_path, list_tree(ws.repo, ws.main, folder) if folder else ())
    on_main = {f.submission for f in listed if f is not None and f.kind == "submission"}
    return tuple(sorted(s for s in on_main | my_lines(ws) if s.credential != ELSEWHERE))


@contextmanager
def mending(submission: SubmissionId) -> Iterator[None]:
    """Context manager: a file that cannot be stored raises with the command that checks whether it is
    fixed."""
    try:
        yield
    except McredError as error:
        if error.code is not Exit.REFUSED or isinstance(error.hint, NextStep):
            raise
        first = error.hint
        step = next_step(
            "check", submission.credential, note=f"first {first[:1].lower()}{first[1:]}" if first else ""
        )
        raise McredError(error.what, hint=step, problems=error.problems) from error


def gone_files(ws: Workspace, submission: SubmissionId) -> Mapping[str, BlobId]:
    """Every file that was last saved and is not in my folder."""
    if ws.repo.work_tree is None:
        return {}
    with mending(submission):
        here = {name for name, _, _ in find_files(ws.repo.work_tree, folder_of(submission), [])}
    saved = own_files(ws, newest_state(ws, submission), submission)
    return {path: blob for path, blob in saved.items() if path not in here}


def missing_files(ws: Workspace, submission: SubmissionId) -> Mapping[str, BlobId]:
    """What was saved, is missing from my folder, and is still needed: the list, parts, listed evidence."""
    root, gone = ws.repo.work_tree, gone_files(ws, submission)
    listed = read_listed(ws, submission)
    if root is None or listed is None:
        return gone
    folder = folder_of(submission)
    evidence = {f"{folder}/{piece.file}" for piece in listed.evidence if piece.file}
    known = ws.catalog.definitions.get(submission.credential)
    definition = known.credential if known is not None else None
    parts = {f"{folder}/{answers_file(definition, p)}" for p in definition.parts} if definition else set()
    away = away_files(ws, submission)
    wanted = {path: gone[path] for path in gone if path in evidence | parts and path not in away}
    for path in evidence - wanted.keys() - away.keys():
        if not place_of(root, path).exists():
            wanted.update(_earlier(ws, submission, path))
    return wanted


def read_listed(ws: Workspace, submission: SubmissionId) -> Submission | None:
    """The list in my folder; None where there is none that can be read."""
    path, root = submission_path(submission), ws.repo.work_tree
    if root is None or not (root / path).is_file():
        return None
    return decode(read_written(root / path), Submission, path)[0]


class Removed(Struct, frozen=True, kw_only=True):
    """A piece of evidence that an earlier draft has and the folder's list has not."""

    piece: Evidence
    number: int
    """Its index in the earlier list, from 0."""
    listing: bytes
    """The earlier `submission.yaml`."""


def find_removed(ws: Workspace, submission: SubmissionId, name: str) -> Removed | None:
    """The piece that people call `name` and that was last removed; None where there is none, where the list
    has a piece that is called so, and where the work stays as it was judged."""
    now, path = read_listed(ws, submission), submission_path(submission)
    if now is None or now.called(name) or ws.standing(submission).word in FINAL:
        return None
    for blob in _versions(ws, submission, path):
        data = read_blobs(ws.repo, [blob])[blob]
        before = decode(data, Submission, path)[0]
        for piece in before.called(name) if before is not None else ():
            if before is not None and piece not in now.evidence:
                return Removed(piece=piece, number=before.evidence.index(piece), listing=data)
    return None


def _versions(ws: Workspace, submission: SubmissionId, path: str) -> tuple[BlobId, ...]:
    """Every content of a file in my drafts, newest first, then in what was judged before them."""
    found = [newest_state(ws, submission), last_judged(ws, submission) or ws.main]
    return tuple(dict.fromkeys(blob for at in found for blob in find_blob_versions(ws.repo, at, path)))


def _earlier(ws: Workspace, submission: SubmissionId, path: str) -> Mapping[str, BlobId]:
    """A file as it was saved before it was removed; none where it was never saved."""
    if parse_path(path) is None or not is_work(path.removeprefix(folder_of(submission) + "/")):
        return {}
    versions = _versions(ws, submission, path)
    return {path: versions[0]} if versions else {}


def away_files(ws: Workspace, submission: SubmissionId) -> Mapping[str, Entry]:
    """The large files of my newest state that were never in this folder, with their sizes.

    They are fetched when someone asks for them.
    """
    if ws.repo.work_tree is None:
        return {}
    folder, laid = folder_of(submission), read_laid(ws.repo).files
    saved = list_tree(ws.repo, newest_state(ws, submission), folder)
    gone = {p: e for p, e in saved.items() if p not in laid and not place_of(ws.repo.work_tree, p).exists()}
    large = read_pointers(ws.repo, gone.values())
    return with_real_sizes(ws.repo, {p: e for p, e in gone.items() if e.blob in large})


def find_saved(ws: Workspace, submission: SubmissionId, name: str) -> Mapping[str, BlobId]:
    """One file by its path inside the folder, as last saved, or as saved before it was removed."""
    path = f"{folder_of(submission)}/{name}"
    saved = own_files(ws, newest_state(ws, submission), submission)
    return {path: saved[path]} if path in saved else _earlier(ws, submission, path)


def bring_back(ws: Workspace, files: Mapping[str, BlobId], again: Hint) -> None:
    """Write saved files that are missing from the folder, the list last: its presence marks the folder
    complete."""
    from mcred.store.atomic import write_whole

    root = ws.repo.work_tree
    if root is None:
        return
    ensure_path_free(root, files, again)
    for path in sorted(files, key=lambda path: path.endswith("/submission.yaml")):
        place = place_of(root, path)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            data = read_blobs(ws.repo, [files[path]])[files[path]]
            if (large := read_pointer(data)) is None:
                write_whole(place, data)
            else:
                _bring_large(ws, path, large, place)


def _bring_large(ws: Workspace, path: str, large: FileDigest, place: Path) -> None:
    found = parse_path(path)
    sealed = find_sealed(ws, found.submission, large) if found is not None else None
    if sealed is None:
        raise McredError(f"{path} cannot be opened here, as it was saved", hint=next_step("doctor"))
    write_large(ws, *sealed, place)


def told_missing(files: Collection[str]) -> str:
    """How many files are missing, as text."""
    return f"{len(files)} {'file is' if len(files) == 1 else 'files are'} missing from your folder"


def tell_back(ctx: Context, files: Collection[str]) -> None:
    """Report which files were restored."""
    for path in sorted(files):
        ctx.show.say(f"Back in your folder, as it was saved: {path}")
