"""A submission as its assessors and a coach see it, also before it is submitted, and a local page of it with
its evidence beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.lookup import parse_submission
from mcred.app.pending import list_sound, read_edition, read_request, read_submitted
from mcred.app.sealed.attempts import find_work, open_attempt
from mcred.app.sealed.coached import find_open_draft
from mcred.app.sealed.large_files import write_large
from mcred.app.sealed.open_work import OpenList
from mcred.app.work.compare import draw_page
from mcred.app.work.drafts import handed_in, read_draft, refuse_problems, work_folder
from mcred.app.work.resubmission import Resubmission, look_again
from mcred.app.work.versions import coached_side
from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import folder_of
from mcred.domain.pieces import FileDigest
from mcred.domain.status import Standing
from mcred.domain.submission import Work
from mcred.problems import McredError, next_step
from mcred.retries import retry
from mcred.shipped import shipped
from mcred.store.folder_index import place_of
from mcred.store.lfs import read_pointers
from mcred.store.snapshot import list_tree, read_blobs
from mcred.store.write import build_tree

if TYPE_CHECKING:
    from mcred.website.local.review_page import LargeFile

CHANGES = "changes.html"
"""Beside the page of a further attempt: what changed, side by side."""
MOST_EVIDENCE = 256 * 1024 * 1024
"""The most bytes of evidence beside a page; beyond that, the largest files are left out."""


class SentWork(Struct, frozen=True, kw_only=True):
    """The newest submitted state of a submission, or a draft of mine or that I am let in to, with its
    definition."""

    standing: Standing
    commit: CommitId
    """With its plain files; of my own draft the id of a tree."""
    is_draft: bool = False
    """Whether it is as it is in a draft, not as it was submitted."""
    coached: OpenList | None = None
    """The sealed list of the draft; None for what was submitted."""
    definition: Credential
    work: Work
    again: Resubmission | None = None
    """What changed since the attempt before, for a further one."""


def read_sent(ws: Workspace, text: str) -> SentWork:
    """The submission a text names. Raises McredError where it was not sent, or cannot be read."""
    submission = parse_submission(ws, text)
    standing = ws.standing(submission)
    if (coached := find_open_draft(ws, submission)) is not None:
        return _read_coached(ws, standing, coached)
    named, commit = standing.request or standing.decision, standing.judged
    if commit is None or named is None:
        raise McredError(
            f"{submission} has not been submitted yet ({standing.word})", hint=next_step("queue", "--all")
        )
    definition = read_edition(ws.repo, named.definition.blob, submission.credential)
    at = find_work(ws, submission, commit)
    list_sound(ws.repo, at, submission)
    work, _ = read_submitted(ws.repo, at, submission, definition)
    if work.request is None:
        # Sealed work lies apart from its request.
        work = replace(work, request=read_request(ws.repo, commit, submission))
    again = look_again(ws, submission, standing.attempt, commit, definition)
    return SentWork(standing=standing, commit=at, definition=definition, work=work, again=again)


def _read_coached(ws: Workspace, standing: Standing, found: OpenList) -> SentWork:
    side = coached_side(ws, found)
    at, definition = side.tree.commit, side.state.definition
    list_sound(ws.repo, at, standing.submission)
    work, _ = read_submitted(ws.repo, at, standing.submission, definition)
    return SentWork(
        standing=standing, commit=at, is_draft=True, coached=found, definition=definition, work=work
    )


def read_preview(ws: Workspace, submission: SubmissionId) -> SentWork:
    """My draft as its assessors would see it if I submitted it now.

    Raises McredError for what is not started, and where its list or an answer cannot be read.
    """
    draft = read_draft(ws, submission)
    refuse_problems(draft)
    tree = CommitId(build_tree(ws.repo, None, handed_in(draft.blobs, submission)))
    return SentWork(
        standing=ws.standing(submission),
        commit=tree,
        is_draft=True,
        definition=draft.definition,
        work=draft.work,
    )


def write_page(ws: Workspace, sent: SentWork) -> Path:
    """Write a local page with the whole submission, evidence beside it; returns its path."""
    from mcred.website.local.review_page import render_review
    from mcred.website.local.review_views import ReviewNews

    submission, again = sent.standing.submission, sent.again
    attempt = 0 if sent.is_draft else sent.standing.attempt
    folder = ws.repo.state_dir / "view" / f"{submission.earner}-{submission.credential}-{attempt}"
    prefix = folder_of(submission) + "/"
    entries = {
        path.removeprefix(prefix): entry
        for path, entry in list_tree(ws.repo, sent.commit, folder_of(submission)).items()
        if path.startswith(f"{prefix}evidence/") and entry.mode == "100644"
    }
    pointers = read_pointers(ws.repo, entries.values())
    wanted = {path: pointers[entry.blob] for path, entry in entries.items() if entry.blob in pointers}
    entries = {path: entry for path, entry in entries.items() if path not in wanted}
    left_out = choose_left_out({path: entry.size for path, entry in entries.items()})
    entries = {path: entry for path, entry in entries.items() if path not in left_out}
    fetch = _fetch_large if sent.coached or not sent.is_draft else _copy_large
    large = fetch(ws, sent, wanted, folder / "evidence")
    left_out = {**left_out, **{path: found.bytes for path, found in wanted.items() if path not in large}}
    data = read_blobs(ws.repo, [e.blob for e in entries.values()])
    files = render_review(
        sent.work,
        sent.definition,
        attempt,
        {path: data[e.blob] for path, e in entries.items()},
        (shipped("templates") / "site",),
        left_out=left_out,
        large=large,
        news=ReviewNews(since=again.since, changed=again.changed, page=CHANGES) if again else None,
    )
    if again is not None:
        files = {**files, CHANGES: draw_page(again.told)}
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder / "index.html"


def _fetch_large(
    ws: Workspace, sent: SentWork, wanted: Mapping[str, FileDigest], folder: Path
) -> Mapping[str, LargeFile]:
    """Put large files beside a page, fetched where they are not there yet; which, by path.

    What cannot be fetched is reported, and the page is written without it.
    """
    submission, judged = sent.standing.submission, None if sent.is_draft else sent.standing.judged
    found: dict[str, LargeFile] = {}
    try:
        opened = sent.coached
        if opened is None and wanted and judged is not None:
            opened = open_attempt(ws, submission, judged)
        for file in opened.list.files if opened is not None else ():
            if (digest := wanted.get(file.path)) is None or opened is None:
                continue
            there = next((p for p in folder.glob(f"{digest.sha256}*")), folder / digest.sha256)
            if not there.is_file():
                write_large(ws, opened, file, there)
            found[file.path] = _lay_beside(there, file.path, digest)
    except McredError as error:
        said = (
            f"{len(wanted) - len(found)} of {len(wanted)} large files could not be downloaded: {error.what}"
        )
        hint = error.hint or next_step("view", submission)
        ws.ctx.show.note(f"{said}. The page leaves them out. Next: {hint}", style="yellow")
    return found


def _copy_large(
    ws: Workspace, sent: SentWork, wanted: Mapping[str, FileDigest], folder: Path
) -> Mapping[str, LargeFile]:
    """Put the large files of my own draft beside a page; which, by path.

    Those that were never in my folder are left out.
    """
    found: dict[str, LargeFile] = {}
    for path, digest in wanted.items():
        mine = place_of(work_folder(ws), f"{folder_of(sent.standing.submission)}/{path}")
        if mine.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            there = next((p for p in folder.glob(f"{digest.sha256}*")), folder / digest.sha256)
            if not there.is_file():
                shutil.copyfile(mine, there)
            found[path] = _lay_beside(there, path, digest)
    return found


def _lay_beside(there: Path, path: str, digest: FileDigest) -> LargeFile:
    """Give a large file beside a page the name that the page calls it by."""
    from mcred.website.evidence import published_name
    from mcred.website.local.review_page import LargeFile

    with there.open("rb") as content:
        name = published_name(path, content.read(4096), digest.sha256)
    retry(partial(there.replace, there.with_name(name or digest.sha256)))
    return LargeFile(name=name, size=digest.bytes)


def choose_left_out(sizes: Mapping[str, int]) -> Mapping[str, int]:
    """The largest files to leave out, by their sizes, so that the others fit the limit."""
    left, found = sum(sizes.values()), {}
    for path in sorted(sizes, key=lambda path: sizes[path], reverse=True):
        if left <= MOST_EVIDENCE:
            break
        found[path] = sizes[path]
        left -= sizes[path]
    return found
