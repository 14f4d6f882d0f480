"""The user's own work: the working copy, saved drafts, and updating the working copy.

A draft is saved as a commit built from the working copy without touching anything else, and sealed for the
work ref; what is submitted is another commit, with no draft among its parents. When two computers of one
person saved, files changed on one side only are taken from there; for files changed on both, mine stays and
the other's is put beside it, so that nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from mcred.app.fetch import latest_main
from mcred.app.pending import find_edition
from mcred.app.sealed.attempts import find_readable
from mcred.app.sealed.erased import drop_erased
from mcred.app.sealed.line import (
    Elsewhere,
    all_lines,
    find_elsewhere,
    follows,
    keep_draft,
    my_lines,
    newest_state,
    open_draft,
    sent_tip,
    shown_state,
    take_elsewhere,
)
from mcred.app.sealed.sent import commit_sent
from mcred.app.work.merge_drafts import find_unjoined, join_copies
from mcred.app.work.saved_files import all_saved, away_files, missing_files, told_missing
from mcred.app.work.saved_files import mending as _mending
from mcred.app.work.unfit_files import drop_outdated, own_files
from mcred.app.workspace import Workspace
from mcred.domain.assessment import DefinitionRef
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, CredentialId, SubmissionId, is_id
from mcred.domain.layout import (
    ELSEWHERE,
    MAIN,
    PORTFOLIOS,
    draft_ref,
    folder_of,
    folder_of_person,
    is_work,
    parse_ref,
    person_ref,
    profile_path,
    remote_ref,
    submission_path,
    submission_ref,
)
from mcred.domain.rules.submit import ENDED, FINAL
from mcred.domain.submission import MAX_TEXT, Submission, Work, largest_file
from mcred.formats.decode import decode
from mcred.formats.loose import find_loose
from mcred.formats.portfolio import read_work
from mcred.problems import McredError, Place, Problem, errors, next_step
from mcred.store.config import is_narrow
from mcred.store.folder_index import find_files, read_laid, read_written
from mcred.store.git import list_refs, resolve
from mcred.store.log import is_ancestor, merge_base
from mcred.store.snapshot import LARGEST, Entry, Snapshot, list_folders, list_tree
from mcred.store.worktree import LayResult, changed_files, lay_out, snapshot_folder
from mcred.store.write import build_tree, move_refs


class Draft(Struct, frozen=True, kw_only=True):
    """The working copy of one micro-credential, with the definition it was begun with."""

    id: SubmissionId
    work: Work
    definition: Credential
    edition: DefinitionRef
    blobs: Mapping[str, BlobId]
    problems: tuple[Problem, ...]
    """What could not be parsed, and names that other computers cannot store."""


def work_folder(ws: Workspace) -> Path:
    """The root of the working copy. Raises McredError for a bare repository."""
    if ws.repo.work_tree is None:
        raise McredError("no one works in this folder: it is shared", hint=next_step("join", "ADDRESS"))
    return ws.repo.work_tree


def my_drafts(ws: Workspace) -> tuple[SubmissionId, ...]:
    """My submissions that have a folder here, or had one when they were last saved, by id."""
    if ws.me is None:
        return ()
    base = work_folder(ws) / folder_of_person(ws.me)
    names = [p.name for p in base.iterdir() if p.is_dir() and is_id(p.name)] if base.is_dir() else []
    found = {SubmissionId(ws.me, CredentialId(name)) for name in names if name != ELSEWHERE}
    begun = {s for s in found if has_draft(ws, s)} | (found & my_lines(ws))
    open_ones = {s for s in all_saved(ws) if ws.standing(s).word not in (*FINAL, *ENDED)}
    return tuple(sorted(begun | open_ones))


def is_left(ws: Workspace, submission: SubmissionId) -> bool:
    """Whether no more work is due: it was judged, or ended and was not started again."""
    word = ws.standing(submission).word
    if word in ENDED:
        return open_draft(ws, submission) is None and not is_unsaved(ws, submission)
    return word in FINAL


def refuse_final(ws: Workspace, submission: SubmissionId) -> None:
    """Raises McredError for a submission with a final decision (FORMATS: frozen once decided)."""
    word, name = ws.standing(submission).word, submission.credential
    if word == "earned":
        said = f"you have already earned {name}; it stays as it was assessed"
        raise McredError(said, hint=next_step("feedback", name))
    if word == "declined":
        raise McredError(f"{name} was declined; it stays as assessed", hint=next_step("feedback", name))


def has_draft(ws: Workspace, submission: SubmissionId) -> bool:
    """Whether the folder has been started."""
    return (work_folder(ws) / submission_path(submission)).is_file()


def need_draft(ws: Workspace, submission: SubmissionId) -> None:
    """Raises McredError where the folder is not started, or its list is missing."""
    wanted = submission.credential
    if not has_draft(ws, submission):
        if gone := missing_files(ws, submission):
            raise McredError(told_missing(gone), hint=next_step("restore", wanted))
        raise McredError(f"you have not started {wanted}", hint=next_step("start", wanted))


def read_draft(ws: Workspace, submission: SubmissionId) -> Draft:
    """The draft in the working copy. Raises McredError when it is not started or its list cannot be read."""
    need_draft(ws, submission)
    folder = folder_of(submission)
    entries: dict[str, Entry] = {}
    contents: dict[str, bytes] = {}
    odd: list[Problem] = []
    with _mending(submission):
        away = away_files(ws, submission)
        blobs = {
            **{path: entry.blob for path, entry in away.items()},
            **snapshot_folder(ws.repo, folder, odd, largest=_largest(ws)),
        }
        entries.update(away)
        for stored, path, info in find_files(work_folder(ws), folder, []):
            entries[stored] = Entry(mode="100644", blob=blobs.get(stored, BlobId("")), size=info.st_size)
            is_part = stored.endswith((".yaml", ".md")) and not stored.startswith(f"{folder}/evidence/")
            if is_part and info.st_size <= MAX_TEXT:
                contents[stored] = read_written(path)
    snapshot = Snapshot(commit=ws.main, entries=entries, contents=contents)
    definition, edition = _edition_of(ws, submission, contents.get(submission_path(submission), b""))
    work, problems = read_work(submission, snapshot, definition)
    if work is None:
        raise McredError(
            f"{submission_path(submission)} has errors",
            hint=next_step("check", submission.credential, note="first fix these lines"),
            problems=problems,
        )
    listing = submission_path(submission)
    loose = find_loose(contents[listing], Submission, listing, ws.ctx.now().date())
    return Draft(
        id=submission,
        work=work,
        definition=definition,
        edition=edition,
        blobs=blobs,
        problems=(*problems, *loose, *odd, *find_unjoined(entries)),
    )


def _largest(ws: Workspace) -> int:
    """The most bytes of a file that can be saved; what is too large to be submitted is told by then."""
    return max(LARGEST, largest_file(ws.catalog.programme))


def _edition_of(ws: Workspace, submission: SubmissionId, listing: bytes) -> tuple[Credential, DefinitionRef]:
    """The definition a draft was begun with; today's when its list cannot be read."""
    today = ws.known(submission.credential)
    listed, _ = decode(listing, Submission, submission_path(submission))
    version = listed.version if listed else today.version
    found = find_edition(ws.repo, ws.catalog, submission.credential, version)
    if found is None:
        lines = listing.decode("utf-8", "replace").splitlines()
        line = next((n for n, text in enumerate(lines, start=1) if text.startswith("version:")), 0)
        problem = Problem(
            what=f"{submission.credential} never had a version {version}; today's is {today.version}",
            where=Place(file=submission_path(submission), line=line),
            hint=f'write version: "{today.version}"',
        )
        raise McredError(
            f"{submission.credential} cannot be checked against a version that never existed",
            hint=next_step("check", submission.credential, note="first fix this line"),
            problems=(problem,),
        )
    return found


def refuse_problems(draft: Draft) -> None:
    """Raises McredError when anything in the draft cannot be parsed."""
    if errors(draft.problems):
        raise McredError(
            f"{draft.id.credential} cannot be submitted as it is",
            hint=next_step("check", draft.id.credential, note="first fix these places"),
            problems=errors(draft.problems),
        )


class Saved(Struct, frozen=True, kw_only=True):
    """A saved draft: the newest commit, whether it is new, and copies put beside mine."""

    tip: CommitId
    """The draft; of what is submitted, the commit that is submitted."""
    is_new: bool
    beside: tuple[str, ...] = ()
    odd: tuple[Problem, ...] = ()
    """Files of the folder that cannot be saved and are left out."""


def save_draft(
    ws: Workspace,
    submission: SubmissionId,
    *,
    kind: Literal["submit"] | None = None,
    attempt: int = 0,
    extra: Mapping[str, BlobId] | None = None,
    title: str = "Save a draft",
    without: Collection[str] = (),
) -> Saved:
    """Save the folder as my draft. Without a change no commit is made.

    `kind`: the event with which it goes to others too, in a commit of its own without the drafts before it;
    `extra`: files to add to those in the folder there (the machine-made review request); `without`: files
    that go, even those that are kept because they were never here.
    """
    folder = folder_of(submission)
    drop_erased(ws, submission)
    if drop_outdated(ws, submission):
        said = f"{submission.credential} is saved but not submitted yet: the program has changed since"
        ws.ctx.show.note(f"{said}; {next_step('submit', submission.credential)}", style="yellow")
    odd: list[Problem] = []
    with _mending(submission):
        stored = {
            **{path: entry.blob for path, entry in away_files(ws, submission).items()},
            **missing_files(ws, submission),
            **snapshot_folder(ws.repo, folder, odd, largest=_largest(ws)),
        }
    own: Mapping[str, BlobId] = {p: b for p, b in stored.items() if is_work(p[len(folder) + 1 :])}
    other, local = find_elsewhere(ws, submission), open_draft(ws, submission)
    here, late = _join_laid(ws, submission, own, local)
    mine, beside = _join(ws, submission, here, other)
    beside = (*late, *beside)
    old = own_files(ws, newest_state(ws, submission), submission)
    kept = tuple(f"{p.where.file}/" for p in odd if p.where is not None)
    mine = {**{path: blob for path, blob in old.items() if f"{path}/".startswith(kept)}, **mine}
    mine = {path: blob for path, blob in mine.items() if path not in without}
    if other is not None and kind is None and take_elsewhere(ws, submission, other):
        other = None
        old = own_files(ws, newest_state(ws, submission), submission)
    before = resolve(ws.repo, draft_ref(submission))
    if mine == old and kind is None and (other is None or other.draft is None):
        return Saved(tip=before or ws.main, is_new=False, beside=beside, odd=tuple(odd))
    if other is not None and other.draft is None:
        said = f"{other.explain(submission)}. It is kept, and what you have here is saved on top of it"
        ws.ctx.show.note(said, style="yellow")
    with _mending(submission):
        tree = build_tree(ws.repo, None, mine)
        others = {} if ws.catalog.programme.work == "sealed" else mine
        sent = kind and commit_sent(ws, submission, kind, others, attempt=attempt, extra=extra, title=title)
    draft = keep_draft(ws, submission, tree, other, title=title, sent=sent)
    return Saved(tip=sent or draft, is_new=True, beside=beside, odd=tuple(odd))


def _join_laid(
    ws: Workspace, submission: SubmissionId, here: Mapping[str, BlobId], local: CommitId | None
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """The working copy, merged with what my own draft has and an interruption kept from being checked out.

    Without this a file that I never touched would be saved back to its previous content.
    """
    if local is None:
        return here, ()
    theirs = own_files(ws, local, submission)
    laid = {p: seen.blob for p, seen in read_laid(ws.repo).files.items() if p in here or p in theirs}
    return join_copies(laid, here, theirs)


def _join(
    ws: Workspace, submission: SubmissionId, here: Mapping[str, BlobId], other: Elsewhere | None
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """The working copy, merged with what my other computer saved meanwhile."""
    if other is None or other.draft is None:
        return here, ()
    tip = resolve(ws.repo, draft_ref(submission))
    common = merge_base(ws.repo, tip, other.draft) if tip else None
    before = own_files(ws, common, submission) if common else {}
    theirs = own_files(ws, other.draft, submission)
    return join_copies(before, here, theirs)


def refresh(ws: Workspace) -> LayResult | None:
    """Update local main and the working copy: main plus my own open drafts."""
    if ws.repo.work_tree is None:
        return None
    main = latest_main(ws.repo)
    local = resolve(ws.repo, MAIN)
    if local != main:
        move_refs(ws.repo, [(MAIN, main, local)])
    changes: dict[str, BlobId | None] = {}
    for submission in all_lines(ws):
        _take_mine(ws, submission)
        newest = shown_state(ws, submission)
        if is_ancestor(ws.repo, newest, main):
            continue
        mine, on_main = own_files(ws, newest, submission), own_files(ws, main, submission)
        changes.update({path: None for path in on_main if path not in mine})
        changes.update(mine)
    changes.update(_my_profile(ws, main))
    tree = build_tree(ws.repo, main, changes)
    return lay_out(ws.repo, tree, main, _own_places(ws, CommitId(tree)) if is_narrow(ws.repo) else None)


def _own_places(ws: Workspace, tree: CommitId) -> tuple[str, ...]:
    """What a folder holds: everything but the portfolios of others."""
    mine = (folder_of_person(ws.me),) if ws.me is not None else ()
    return (*(path for path in list_folders(ws.repo, tree, "") if path != PORTFOLIOS), *mine)


def _take_mine(ws: Workspace, submission: SubmissionId) -> None:
    """Go on from what my other computer saved, where nothing here is unsaved."""
    drop_erased(ws, submission)
    other = find_elsewhere(ws, submission)
    if other is None:
        return
    if other.draft is None:
        ws.ctx.show.note(other.explain(submission), style="yellow")
    elif resolve(ws.repo, draft_ref(submission)) is None or not is_unsaved(ws, submission):
        take_elsewhere(ws, submission, other)


def _my_profile(ws: Workspace, main: CommitId) -> Mapping[str, BlobId]:
    """My profile while no one has confirmed it."""
    if ws.me is None:
        return {}
    tip = resolve(ws.repo, person_ref(ws.me))
    if tip is None or is_ancestor(ws.repo, tip, main):
        return {}
    path = profile_path(ws.me)
    return {p: e.blob for p, e in list_tree(ws.repo, tip, folder_of_person(ws.me)).items() if p == path}


def is_unsaved(ws: Workspace, submission: SubmissionId) -> bool:
    """Whether the folder differs from what was last checked out or saved."""
    return bool(changed_files(ws.repo, folder_of(submission)))


def unsent(ws: Workspace) -> Mapping[str, CommitId]:
    """My refs that the remote does not have yet."""
    found: dict[str, CommitId] = {}
    for name, tip in list_refs(ws.repo, "refs/heads/").items():
        parsed = parse_ref(name)
        if parsed is None:
            continue
        shared = resolve(ws.repo, remote_ref(name))
        is_new = shared is None or (shared != tip and follows(ws.repo, shared, tip))
        if parsed.author == ws.me and is_new and not is_ancestor(ws.repo, tip, ws.main):
            found[name] = tip
    return found


def unsent_of(ws: Workspace, submission: SubmissionId) -> Mapping[str, CommitId]:
    """My refs of a submission that the remote does not have yet: drafts, sealed, and what is submitted."""
    place = submission_ref(submission)
    return {
        ref: tip
        for ref, tip in unsent(ws).items()
        if (found := parse_ref(ref)) is not None
        and (ref == place or (found.kind == "work" and found.submission == submission))
    }


def handed_in(blobs: Mapping[str, BlobId], submission: SubmissionId) -> Mapping[str, BlobId]:
    """The files of the work among others of the folder."""
    prefix = folder_of(submission) + "/"
    return {p: b for p, b in blobs.items() if is_work(p.removeprefix(prefix))}


def is_sent(ws: Workspace, draft: Draft) -> bool:
    """Whether exactly the content of the working copy is in review."""
    standing = ws.standing(draft.id)
    if not standing.is_open or standing.judged is None:
        return False
    at = find_readable(ws, draft.id, standing.judged)
    return at is not None and own_files(ws, at, draft.id) == handed_in(draft.blobs, draft.id)


def turned_away(ws: Workspace, submission: SubmissionId) -> tuple[str, ...]:
    """Why my last submission is rejected; nothing where it is accepted."""
    newest = sent_tip(ws, submission)
    if newest is None or newest[0] != "submit":
        return ()
    return next((a.reasons for a in ws.record.turned_away if a.commit == newest[1]), ())
