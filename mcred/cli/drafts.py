"""My own work: what lies in the folder, what was saved, and bringing the folder up to date.

A draft is saved as a commit on my own ref, built from the folder's files without touching anything else. When
two computers of one person saved, files changed on one side only are taken from there; changed on both,
mine stays and the other's is put beside it, so that nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mcred.cli.desk import Desk, find_main
from mcred.cli.record import find_edition
from mcred.files.decode import decode
from mcred.files.events import message
from mcred.files.folders import read_work
from mcred.files.layout import (
    MAIN,
    folder_of,
    is_earners,
    parse_ref,
    remote_ref,
    request_path,
    submission_path,
    submission_ref,
)
from mcred.model.assessment import DefinitionRef
from mcred.model.credential import Credential
from mcred.model.history import Kind
from mcred.model.ids import BlobId, CommitId, CredentialId, SubmissionId, is_id
from mcred.model.submission import Submission, Work
from mcred.problems import McredError, Problem, errors
from mcred.store.folder import find_files
from mcred.store.git import list_refs, resolve
from mcred.store.log import is_ancestor, merge_base, read_commit
from mcred.store.snapshot import Entry, Snapshot, gate, list_tree
from mcred.store.worktree import LayResult, changed_files, lay_out, snapshot_folder
from mcred.store.write import build_tree, commit_tree, move_refs


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What lies in my folder for one micro-credential, with the definition it was begun with."""

    id: SubmissionId
    work: Work
    definition: Credential
    edition: DefinitionRef
    blobs: Mapping[str, BlobId]
    problems: tuple[Problem, ...]
    """What could not be read as meant, and names that other computers could not store."""


def work_folder(desk: Desk) -> Path:
    """The folder everything lies in. Raises McredError for a place without one."""
    if desk.repo.work_tree is None:
        raise McredError("this is a shared place, nobody works in it", hint="mcred join ADDRESS")
    return desk.repo.work_tree


def my_drafts(desk: Desk) -> tuple[SubmissionId, ...]:
    """My submissions that have a folder here, by id."""
    if desk.me is None:
        return ()
    base = work_folder(desk) / "portfolios" / desk.me
    if not base.is_dir():
        return ()
    names = sorted(p.name for p in base.iterdir() if (p / "submission.yaml").is_file() and is_id(p.name))
    return tuple(SubmissionId(desk.me, CredentialId(name)) for name in names)


def pick_draft(desk: Desk, credential: str | None) -> SubmissionId:
    """The submission a verb is about: the one named, or my only one. Raises McredError otherwise."""
    if credential is not None:
        return desk.submission(credential)
    desk.person()
    drafts = [d for d in my_drafts(desk) if desk.standing(d).word not in ("earned", "declined")]
    if len(drafts) == 1:
        return drafts[0]
    if not drafts:
        raise McredError("you have not started a micro-credential yet", hint="mcred browse")
    names = " or ".join(d.credential for d in drafts)
    raise McredError(f"which one: {names}?", hint=f"the same command with {drafts[0].credential} at the end")


def has_draft(desk: Desk, submission: SubmissionId) -> bool:
    """Whether the folder has been started."""
    return (work_folder(desk) / submission_path(submission)).is_file()


def read_draft(desk: Desk, submission: SubmissionId) -> Draft:
    """What lies in the folder now. Raises McredError when it is not started or its list cannot be read."""
    if not has_draft(desk, submission):
        raise McredError(
            f"you have not started {submission.credential}", hint=f"mcred start {submission.credential}"
        )
    folder = folder_of(submission)
    blobs = snapshot_folder(desk.repo, folder)
    entries: dict[str, Entry] = {}
    contents: dict[str, bytes] = {}
    for name, path, info in find_files(work_folder(desk), folder):
        entries[name] = Entry(mode="100644", blob=blobs[name], size=info.st_size)
        if name.endswith((".yaml", ".md")) and not name.startswith(f"{folder}/evidence/"):
            contents[name] = path.read_bytes()
    snapshot = Snapshot(commit=desk.main, entries=entries, contents=contents)
    definition, edition = _edition_of(desk, submission, contents[submission_path(submission)])
    work, problems = read_work(submission, snapshot, definition)
    if work is None:
        raise McredError(
            f"{submission_path(submission)} cannot be read as it is",
            hint=f"mend these lines, then: mcred check {submission.credential}",
            problems=problems,
        )
    return Draft(
        id=submission,
        work=work,
        definition=definition,
        edition=edition,
        blobs=blobs,
        problems=(*problems, *gate(entries)),
    )


def _edition_of(desk: Desk, submission: SubmissionId, listing: bytes) -> tuple[Credential, DefinitionRef]:
    """The definition a draft was begun with; today's when its list cannot be read."""
    today = desk.known(submission.credential)
    listed, _ = decode(listing, Submission, submission_path(submission))
    version = listed.version if listed else today.version
    found = find_edition(desk.repo, desk.catalog, submission.credential, version)
    if found is None:
        raise McredError(
            f"{submission.credential} never had a version {version}; today's is {today.version}",
            hint=f'write version: "{today.version}" in {submission_path(submission)}',
        )
    return found


def refuse_problems(draft: Draft) -> None:
    """Raises McredError when anything in the draft cannot be read as meant."""
    if errors(draft.problems):
        raise McredError(
            f"{draft.id.credential} cannot go out as it is",
            hint=f"mend these places, then: mcred check {draft.id.credential}",
            problems=errors(draft.problems),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A saved draft: the newest commit of my ref, whether it is new, and copies put beside mine."""

    tip: CommitId
    is_new: bool
    beside: tuple[str, ...] = ()


def save_draft(
    desk: Desk,
    submission: SubmissionId,
    *,
    kind: Kind = "save",
    attempt: int = 0,
    extra: Mapping[str, BlobId] | None = None,
    title: str = "Save a draft",
) -> Saved:
    """Store the folder on my ref. A plain save of what is saved already adds nothing.

    `extra`: files to put in beside what lies in the folder (the machine-made review request).
    """
    folder, ref = folder_of(submission), submission_ref(submission)
    here = {
        p: b
        for p, b in snapshot_folder(desk.repo, folder).items()
        if is_earners(p[len(folder) + 1 :]) and p != request_path(submission)
    }
    local, shared = resolve(desk.repo, ref), resolve(desk.repo, remote_ref(ref))
    mine, beside = _join(desk, submission, here, local, shared)
    parents, base = _parents(desk, submission, local, shared)
    old = own_files(desk, base, submission)
    changes: dict[str, BlobId | None] = {
        path: None for path in old if path not in mine and path != request_path(submission)
    }
    changes.update({path: blob for path, blob in mine.items() if old.get(path) != blob})
    changes.update(extra or {})
    if not changes and kind == "save" and len(parents) == 1:
        tip = parents[0] if base != desk.main else (local or desk.main)
        if local != tip and shared == tip:
            move_refs(desk.repo, [(ref, tip, local)])
        return Saved(tip=tip, is_new=False, beside=beside)
    tree = build_tree(desk.repo, base, changes)
    text = message(title, kind, submission, attempt)
    commit = commit_tree(desk.repo, tree, parents, text, desk.author(), desk.key())
    move_refs(desk.repo, [(ref, commit, local)])
    return Saved(tip=commit, is_new=True, beside=beside)


def own_files(desk: Desk, commit: CommitId, submission: SubmissionId) -> Mapping[str, BlobId]:
    """The earner's own files of a submission's folder at a commit."""
    folder = folder_of(submission)
    entries = list_tree(desk.repo, commit, folder)
    return {p: e.blob for p, e in entries.items() if is_earners(p[len(folder) + 1 :])}


def _join(
    desk: Desk,
    submission: SubmissionId,
    here: Mapping[str, BlobId],
    local: CommitId | None,
    shared: CommitId | None,
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """What lies here, joined with what another computer of mine saved meanwhile."""
    if shared is None or (local is not None and is_ancestor(desk.repo, shared, local)):
        return here, ()
    if is_ancestor(desk.repo, shared, desk.main):
        return here, ()
    common = merge_base(desk.repo, local, shared) if local else None
    before = own_files(desk, common, submission) if common else {}
    theirs = own_files(desk, shared, submission)
    return join_copies(before, here, {p: b for p, b in theirs.items() if p != request_path(submission)})


def join_copies(
    before: Mapping[str, BlobId], mine: Mapping[str, BlobId], theirs: Mapping[str, BlobId]
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """Two states that grew from one: changed on one side → that side; on both → mine, theirs beside it."""
    joined: dict[str, BlobId] = {}
    beside: list[str] = []
    for path in sorted({*mine, *theirs}):
        old, here, there = before.get(path), mine.get(path), theirs.get(path)
        chosen = there if here == old else here
        if chosen is None and here != there and here != old and there != old:
            chosen = there
        if chosen is not None:
            joined[path] = chosen
        if here is not None and there is not None and here != there and old not in (here, there):
            name = PurePosixPath(path)
            copy = str(name.with_name(f"{name.stem}-other-computer{name.suffix}"))
            joined[copy] = there
            beside.append(copy)
    return joined, tuple(beside)


def _parents(
    desk: Desk, submission: SubmissionId, local: CommitId | None, shared: CommitId | None
) -> tuple[list[CommitId], CommitId]:
    """On what a new commit of mine stands: open lines of mine, and main when it knows more than they do."""
    tips = [t for t in (local, shared) if t is not None and not is_ancestor(desk.repo, t, desk.main)]
    if len(tips) == 2 and is_ancestor(desk.repo, tips[0], tips[1]):
        tips = [tips[1]]
    elif len(tips) == 2 and is_ancestor(desk.repo, tips[1], tips[0]):
        tips = [tips[0]]
    if not tips:
        return [desk.main], desk.main
    judged_on_main = {d for s, d in desk.catalog.decided if s == submission}
    folder = folder_of(submission)
    seen = list_tree(desk.repo, tips[0], f"{folder}/decisions")
    if len(seen) < len(judged_on_main):
        return [*tips, desk.main], desk.main
    return tips, tips[0]


def refresh(desk: Desk) -> LayResult | None:
    """Bring the local main line and the folder up to date: main plus my own open drafts."""
    if desk.repo.work_tree is None:
        return None
    main = find_main(desk.repo)
    local = resolve(desk.repo, MAIN)
    if local != main:
        move_refs(desk.repo, [(MAIN, main, local)])
    changes: dict[str, BlobId | None] = {}
    for name, tip in list_refs(desk.repo, "refs/heads/submission/").items():
        found = parse_ref(name)
        if found is None or found.person != desk.me or is_ancestor(desk.repo, tip, main):
            continue
        mine, on_main = own_files(desk, tip, found.submission), own_files(desk, main, found.submission)
        changes.update({path: None for path in on_main if path not in mine})
        changes.update(mine)
    changes.update(_my_profile(desk, main))
    return lay_out(desk.repo, build_tree(desk.repo, main, changes), main)


def _my_profile(desk: Desk, main: CommitId) -> Mapping[str, BlobId]:
    """My profile while nobody confirmed it."""
    if desk.me is None:
        return {}
    tip = resolve(desk.repo, f"refs/heads/person/{desk.me}")
    if tip is None or is_ancestor(desk.repo, tip, main):
        return {}
    path = f"portfolios/{desk.me}/profile.yaml"
    return {p: e.blob for p, e in list_tree(desk.repo, tip, f"portfolios/{desk.me}").items() if p == path}


def is_unsaved(desk: Desk, submission: SubmissionId) -> bool:
    """Whether the folder differs from what was last laid or saved."""
    return bool(changed_files(desk.repo, folder_of(submission)))


def unsent(desk: Desk) -> Mapping[str, CommitId]:
    """My refs that the shared place does not have yet."""
    found: dict[str, CommitId] = {}
    for name, tip in list_refs(desk.repo, "refs/heads/").items():
        parsed = parse_ref(name)
        if parsed is None:
            continue
        author = parsed.assessor if parsed.kind == "review" else parsed.person
        shared = resolve(desk.repo, remote_ref(name))
        is_new = shared is None or (shared != tip and is_ancestor(desk.repo, shared, tip))
        if author == desk.me and is_new and not is_ancestor(desk.repo, tip, desk.main):
            found[name] = tip
    return found


def tip_kind(desk: Desk, submission: SubmissionId) -> tuple[str, CommitId] | None:
    """What my newest local commit for a submission says it is, and the commit; None without one."""
    tip = resolve(desk.repo, submission_ref(submission))
    if tip is None or is_ancestor(desk.repo, tip, desk.main):
        return None
    return read_commit(desk.repo, tip, verify=False).trailers.get("Mcred-Event", ""), tip
