"""What is still missing from a draft, and what its earner has to confirm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.work.drafts import Draft, is_sent, read_draft, work_folder
from mcred.app.work.saved_files import missing_files
from mcred.app.workspace import Workspace
from mcred.domain.credential import ATTESTATION_TEXTS
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import answers_file, folder_of
from mcred.domain.programme import WorkPolicy, attestation_text
from mcred.domain.rules.submit import FINAL
from mcred.domain.submission import (
    MAX_TEXT,
    find_gaps,
    largest_file,
    needed_attestations,
    pieces_with_students,
)
from mcred.domain.text import nearest
from mcred.formats.left_out import find_left_out, find_renamed
from mcred.formats.scaffold import start_files
from mcred.problems import Exit, McredError, NextStep, Place, Problem, errors, next_step
from mcred.shipped import shipped
from mcred.store.folder_index import find_files, place_of, read_written

_LONGEST_PATH = 200
"""The longest path below the programme's folder that nothing is said about, in characters."""


class CheckedDraft(Struct, frozen=True, kw_only=True):
    """A draft with all its problems."""

    draft: Draft
    problems: tuple[Problem, ...]
    missing: tuple[str, ...]
    """Saved files that are needed and not in the folder, under no other name."""
    next: NextStep

    @property
    def gaps(self) -> tuple[Problem, ...]:
        """The problems without which it could be submitted."""
        return errors(self.problems)


def check_draft(ws: Workspace, submission: SubmissionId) -> CheckedDraft:
    """Check my draft. Raises McredError where it is not started, or its list cannot be read."""
    draft, name = read_draft(ws, submission), submission.credential
    largest = largest_file(ws.catalog.programme)
    renamed = _renamed_parts(ws, draft)
    told = (*draft.problems, *renamed.values(), *left_out(ws, draft), *_long_paths(draft))
    problems = (*told, *find_gaps(draft.work, draft.definition, largest=largest))
    elsewhere = {f"{folder_of(submission)}/{name}" for name in renamed}
    missing = tuple(sorted(set(missing_files(ws, submission)) - elsewhere))
    standing = ws.standing(submission)
    if missing:
        step = next_step("restore", name)
    elif errors(problems):
        step = next_step("check", name, note="once these are fixed")
    elif standing.word in FINAL or is_sent(ws, draft):
        step = next_step("status")
    else:
        step = next_step("submit", name, *(("--replace",) if standing.is_open else ()))
    return CheckedDraft(draft=draft, problems=problems, missing=missing, next=step)


def _renamed_parts(ws: Workspace, draft: Draft) -> Mapping[str, Problem]:
    """The parts whose text is in a file of another name → a warning."""
    folder = folder_of(draft.id)
    names = {path[len(folder) + 1 :] for path, _, _ in find_files(work_folder(ws), folder, [])}
    return find_renamed(folder, {name for name in names if "/" not in name}, draft.definition)


def _long_paths(draft: Draft) -> Iterator[Problem]:
    """Warnings about files for which Windows has no room below a folder of usual length."""
    for path in draft.blobs:
        if len(path) > _LONGEST_PATH:
            yield Problem(
                what=f"this path has {len(path)} characters, and many computers with Windows take 260 in all",
                where=Place(file=path),
                hint="give the file and its folders shorter names",
                severity="warning",
            )


def left_out(ws: Workspace, draft: Draft) -> Iterator[Problem]:
    """Warnings about what is written in the parts and read as no answer."""
    guides = start_files(draft.id, draft.definition, "sealed", shipped("templates") / "start")
    answered = {item for item, answer in draft.work.answers.items() if answer.text.strip()}
    for part in draft.definition.parts:
        path = f"{folder_of(draft.id)}/{answers_file(draft.definition, part)}"
        place = place_of(work_folder(ws), path)
        if path in draft.blobs and place.stat().st_size <= MAX_TEXT:
            yield from find_left_out(read_written(place), part, path, guides[path].decode(), answered)


def refuse_statements(attest: tuple[str, ...], again: NextStep) -> None:
    """Raises McredError for a statement that there is not; `all` stands for each."""
    for name in attest:
        if name != "all" and name not in ATTESTATION_TEXTS:
            close = nearest(name, ATTESTATION_TEXTS)
            raise McredError(
                f"there is no statement '{name}'; there are {', '.join(ATTESTATION_TEXTS)}",
                hint=replace(again, words=(*again.words, "--attest", close)) if close else again,
                code=Exit.USAGE,
            )


def refuse_gaps(ws: Workspace, draft: Draft, *, sending: bool) -> None:
    """Raises McredError with all that keeps a draft from being submitted; `sending`: statements, too."""
    largest = largest_file(ws.catalog.programme)
    gaps = errors(find_gaps(draft.work, draft.definition, sending=sending, largest=largest))
    if not gaps:
        return
    if sending:
        raise _unconfirmed(draft, ws.catalog.programme.work, is_asked=ws.ctx.interactive)
    raise McredError(
        f"{draft.definition.title} is not complete yet",
        hint=next_step("check", draft.id.credential),
        problems=gaps,
    )


def _unconfirmed(draft: Draft, work: WorkPolicy, *, is_asked: bool) -> McredError:
    """Which statements are missing, and how to continue without confirming something untrue; `is_asked`:
    they were just asked for."""
    credential, given = draft.id.credential, draft.work.submission.attestations
    missing = [name for name in needed_attestations(draft.work, draft.definition) if name not in given]
    what = "please confirm each statement before submitting: read each one and confirm it by its name"
    note = "and --attest for every other one that is true"
    hint = next_step("submit", credential, "--attest", missing[0], note=note)
    if is_asked:
        what = "every statement has to be true, and confirmed, before you submit; your other answers are kept"
        hint = next_step("submit", credential, note="once they are true")
    if "student-consent" in missing:
        pieces = pieces_with_students(draft.work, draft.definition)
        shown = " and ".join(f"“{piece.title}”" for piece in pieces) or "your answers"
        away = "change the answers that name them"
        if pieces:
            name = pieces[0].file or pieces[0].url
            away = f"take out what has no consent ({next_step('remove', name, '--in', credential)})"
        what = (
            f"students can be seen, heard, or named in {shown}. Get consent for every one of them, "
            f"or {away}; your other answers are kept"
        )
        note = "then; with consent on file, without a terminal: --attest student-consent"
        hint = next_step("submit", credential, note=note)
    return McredError(
        what,
        hint=hint,
        problems=tuple(Problem(what=f"{name}: {attestation_text(name, work)}") for name in missing),
        code=Exit.USAGE,
    )
