"""Portfolios at a moment: the working copy, an attempt, a day, an entry of the history, an example.

Two of them are compared reading from the store only what has to be opened.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from mcred.app.pending import find_edition, folder_at
from mcred.app.sealed.attempts import find_work
from mcred.app.sealed.coached import find_let_in, open_coached
from mcred.app.sealed.line import newest_state
from mcred.app.sealed.open_work import OpenList
from mcred.app.work.drafts import has_draft, read_draft, work_folder
from mcred.app.workspace import Workspace
from mcred.domain.compare.cells import (
    CellChange,
    CellKey,
    Content,
    FolderState,
    StoredContents,
    files_to_read,
)
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, PersonId, SubmissionId, is_id
from mcred.domain.layout import (
    definition_path,
    draft_ref,
    folder_of,
    remote_ref,
    submission_path,
    submission_ref,
)
from mcred.domain.submission import MAX_TEXT, Submission
from mcred.formats.decode import decode
from mcred.formats.pdf import count_pages
from mcred.formats.portfolio import Tree
from mcred.formats.portfolio_parts import read_state
from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.batch import read_small
from mcred.store.folder_index import is_text, normalise, place_of
from mcred.store.git import resolve
from mcred.store.log import list_touching
from mcred.store.snapshot import Entry, Snapshot

TEXTS = (".csv", ".markdown", ".md", ".text", ".tsv", ".txt")
MOST_TEXT = 200_000
"""The largest text file, in bytes, that is compared by its words."""
MOST_BYTES = 10 * 1024 * 1024
_STATUS = next_step("status")
_HEX = re.compile(r"[0-9a-f]{7,64}")


class Side(Struct, frozen=True, kw_only=True):
    """One side of a comparison: its title, its content, and its attempt (0: none)."""

    label: str
    submission: SubmissionId
    state: FolderState
    tree: Tree
    """What it was read from, so that another definition can read it too."""
    attempt: int = 0


class SentAttempt(Struct, frozen=True, kw_only=True):
    """An attempt as submitted."""

    number: int
    commit: CommitId
    when: datetime


def attempts_of(ws: Workspace, submission: SubmissionId) -> Mapping[int, SentAttempt]:
    """Every attempt whose submitted state is known: decided ones, and those submitted since."""
    found: dict[int, SentAttempt] = {}
    record = ws.catalog.records.get(submission)
    for decision in record.decisions if record else ():
        found[decision.attempt] = SentAttempt(
            number=decision.attempt, commit=decision.judged, when=decision.decided
        )
    for event in ws.record.sent.get(submission, ()):
        found[event.attempt] = SentAttempt(number=event.attempt, commit=event.commit, when=event.when)
    return dict(sorted(found.items()))


def draft_side(ws: Workspace, submission: SubmissionId) -> Side:
    """The working copy. Raises McredError where nothing was started."""
    draft = read_draft(ws, submission)
    data = read_small(ws.repo, [b for p, b in draft.blobs.items() if _is_read(p)], MAX_TEXT)
    entries = {p: Entry(mode="100644", blob=b, size=_size(ws, p)) for p, b in draft.blobs.items()}
    contents = {p: data[b] for p, b in draft.blobs.items() if _is_read(p) and b in data}
    tree = Snapshot(commit=ws.main, entries=entries, contents=contents)
    state = _state(tree, submission, draft.definition)
    return Side(label="your draft", submission=submission, state=state, tree=tree)


def _is_read(path: str) -> bool:
    return path.endswith((".yaml", ".md")) and "/evidence/" not in path


def _size(ws: Workspace, path: str) -> int:
    """A file's size as stored."""
    place = place_of(work_folder(ws), path)
    return len(normalise(path, place.read_bytes())) if is_text(path) else place.stat().st_size


def _state(
    tree: Tree,
    submission: SubmissionId,
    definition: Credential,
    folder: str = "",
    hint: Hint = _STATUS,
) -> FolderState:
    state, problems = read_state(folder or folder_of(submission), submission, tree, definition)
    if state is None:
        raise McredError(f"{submission} cannot be read as it was then", hint=hint, problems=problems)
    return state


def side_at(ws: Workspace, submission: SubmissionId, commit: CommitId, label: str, attempt: int = 0) -> Side:
    """A portfolio at an entry of the history, read by the definition it names."""
    tree = folder_at(ws.repo, commit, submission)
    listing = tree.contents.get(submission_path(submission))
    if listing is None:
        raise McredError(
            f"{submission} had not been started yet ({label})", hint=next_step("explain", submission)
        )
    listed, problems = decode(listing, Submission, submission_path(submission))
    if listed is None:
        raise McredError(
            f"{submission} cannot be read as it was then ({label})",
            hint=next_step("status"),
            problems=problems,
        )
    definition = edition_of(ws, submission, listed.version)
    state = _state(tree, submission, definition)
    return Side(label=label, submission=submission, state=state, tree=tree, attempt=attempt)


def edition_of(ws: Workspace, submission: SubmissionId, version: str) -> Credential:
    """The definition that a portfolio names; today's where it names one that never existed."""
    for edition in ws.catalog.editions.values():
        if edition.id == submission.credential and edition.version == version:
            return edition
    found = find_edition(ws.repo, ws.catalog, submission.credential, version)
    return found[0] if found else ws.known(submission.credential)


def attempt_side(ws: Workspace, submission: SubmissionId, number: int) -> Side:
    """An attempt. Raises McredError that lists the existing ones."""
    known = attempts_of(ws, submission)
    if number not in known:
        names = ", ".join(str(n) for n in known) or "none yet"
        raise McredError(
            f"there is no attempt {number} of {submission}; there is {names}",
            hint=next_step("diff", submission),
        )
    at = find_work(ws, submission, known[number].commit)
    return side_at(ws, submission, at, f"attempt {number}", number)


def example_side(ws: Workspace, credential: Credential, name: str) -> Side:
    """A golden example of a definition. Raises McredError that lists the existing ones."""
    base = definition_path(credential.id).removesuffix("credential.yaml") + "examples/"
    names = sorted({p.removeprefix(base).split("/")[0] for p in ws.tree.entries if p.startswith(base)})
    if name not in names or not is_id(name):
        said = f"it has {', '.join(names)}" if names else "it has none"
        raise McredError(
            f"{credential.id} has no golden example '{name}'; {said}", hint=next_step("show", credential.id)
        )
    submission = SubmissionId(PersonId(name), credential.id)
    state = _state(ws.tree, submission, credential, base + name, next_step("lint"))
    return Side(label=f"the golden example “{name}”", submission=submission, state=state, tree=ws.tree)


def named_side(ws: Workspace, submission: SubmissionId, word: str) -> Side:
    """The state that a word names: draft, an attempt's number, a day, an entry of the history."""
    if word == "draft":
        if ws.me == submission.earner:
            return draft_side(ws, submission)
        if (found := find_let_in(ws, submission)) is not None:
            return coached_side(ws, found)
        raise McredError(
            f"{submission.earner} has not submitted this draft, and you have not been let in to read it",
            hint=next_step("diff", submission),
            code=Exit.NOT_ALLOWED,
        )
    if word == "sent":
        known = attempts_of(ws, submission)
        return attempt_side(ws, submission, max(known, default=0))
    if word.isdecimal() and len(word) < 5:
        return attempt_side(ws, submission, int(word))
    day = _parse_day(word)
    if day is not None:
        return day_side(ws, submission, day)
    if _HEX.fullmatch(word):
        return _entry_side(ws, submission, word)
    raise McredError(
        f"'{word}' is not a version: use draft, sent, an attempt number, or a date such as 2026-03-31",
        hint=next_step("diff", submission, "--from", "1"),
        code=Exit.USAGE,
    )


def _parse_day(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if len(word) == 10 else None
    except ValueError:
        return None


def day_side(ws: Workspace, submission: SubmissionId, day: date) -> Side:
    """A portfolio as saved by the end of a day."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    found = _newest(ws, submission, lambda _, when: when < end)
    if found is None:
        raise McredError(
            f"nothing had been saved for {submission} by {day}",
            hint=next_step("diff", submission, "--from", "1"),
        )
    return side_at(ws, submission, found, f"{day}")


def _entry_side(ws: Workspace, submission: SubmissionId, start: str) -> Side:
    found = _newest(ws, submission, lambda name, _: name.startswith(start))
    if found is None:
        raise McredError(
            f"the history of {submission} has no entry {start}",
            hint=next_step("diff", submission, "--from", "1"),
        )
    return side_at(ws, submission, found, f"entry {found[:10]}")


def coached_side(ws: Workspace, found: OpenList) -> Side:
    """A draft that its earner lets me read."""
    submission = found.list.submission
    return side_at(ws, submission, open_coached(ws, found), f"{submission.earner}'s draft")


def saved_side(ws: Workspace, submission: SubmissionId) -> Side:
    """My last save."""
    return side_at(ws, submission, newest_state(ws, submission), "what you saved last")


def _newest(
    ws: Workspace, submission: SubmissionId, wanted: Callable[[CommitId, datetime], bool]
) -> CommitId | None:
    """The newest matching entry of a portfolio's history; for other people's only the history of
    submissions."""
    tips = [ws.main, *(a.commit for a in attempts_of(ws, submission).values())]
    if ws.me == submission.earner:
        ref = submission_ref(submission)
        own = (resolve(ws.repo, name) for name in (draft_ref(submission), ref, remote_ref(ref)))
        tips += [tip for tip in own if tip is not None]
    touching = list_touching(ws.repo, tips, folder_of(submission))
    return next((name for name, when in touching if wanted(name, when)), None)


def may_draft(ws: Workspace, submission: SubmissionId) -> bool:
    """Whether I have a folder for it here."""
    return ws.me == submission.earner and ws.repo.work_tree is not None and has_draft(ws, submission)


def read_contents(ws: Workspace, changed: Mapping[CellKey, CellChange]) -> StoredContents:
    """The contents of changed files: the words of texts, the pages of PDFs."""
    kinds: dict[BlobId, str] = {}
    for path, states in files_to_read(changed).items():
        ending = posixpath.splitext(path)[1].lower()
        for stored in states:
            if (ending in TEXTS and stored.size <= MOST_TEXT) or (
                ending == ".pdf" and stored.size <= MOST_BYTES
            ):
                kinds[stored.blob] = ending
    data = read_small(ws.repo, kinds, MOST_BYTES)
    return StoredContents(by_blob={blob: _content(kinds[blob], found) for blob, found in data.items()})


def _content(ending: str, data: bytes) -> Content:
    if ending == ".pdf":
        return Content(pages=count_pages(data))
    try:
        return Content(text=data.decode())
    except UnicodeDecodeError:
        return Content()
