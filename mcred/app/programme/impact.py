"""What a definition edited in the working copy affects, before it is committed to main."""

from __future__ import annotations

from pathlib import PurePath

from msgspec import Struct

from mcred.app.pending import folder_at, read_edition
from mcred.app.programme.edits import edited
from mcred.app.programme.folder import with_edits
from mcred.app.sealed.attempts import find_readable
from mcred.app.work.versions import edition_of
from mcred.app.workspace import Workspace
from mcred.domain.credential import EVIDENCE_TYPES, Credential
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.domain.layout import (
    DEFINITIONS,
    definition_path,
    draft_ref,
    folder_of_definition,
    remote_ref,
    submission_path,
    submission_ref,
)
from mcred.domain.rules.impact import Begun, ExampleOutcome, Impact, TouchedAs, find_impact, outcome_of
from mcred.domain.submission import Submission
from mcred.formats.catalog import is_wanted
from mcred.formats.decode import decode
from mcred.formats.one_file import read_definition
from mcred.formats.portfolio import Tree, read_examples, read_work
from mcred.problems import McredError, next_step
from mcred.store.git import resolve
from mcred.store.snapshot import Snapshot, take_snapshot

_OPEN = ("draft", "not yet earned", "withdrawn")
"""States of submissions that their earner is working on."""


class EditImpact(Struct, frozen=True, kw_only=True):
    """A definition as on main and as in the working copy, and what the change affects."""

    impact: Impact
    is_edited: bool
    """Whether its folder differs from main."""


class NewImpact(Struct, frozen=True, kw_only=True):
    """What a definition brings that is only in the working copy so far: it affects no one yet."""

    new: Credential
    examples: tuple[ExampleOutcome, ...]
    experts: tuple[PersonId, ...]
    """Who could assess it."""


def find_edit_impact(ws: Workspace, typed: str) -> EditImpact | NewImpact:
    """The impact of the edited definition that `typed` names: its id, its folder or a file in it.

    Raises McredError for one that does not exist, was deleted here, or cannot be read.
    """
    changes = edited(ws) if ws.repo.work_tree else {}
    whole = take_snapshot(ws.repo, ws.main, lambda path, _: is_wanted(path, frozenset()))
    now = with_edits(ws.repo, whole, changes)
    name = _name(typed)
    if CredentialId(name) not in ws.catalog.definitions and definition_path(CredentialId(name)) in changes:
        return _find_new(ws, _edited(ws, name, now), now)
    old, new = ws.known(name), _edited(ws, name, now)
    examples = (read_examples(old.id, ws.tree, old)[0], read_examples(new.id, now, new)[0])
    return EditImpact(
        impact=find_impact(old, new, examples, _begun(ws, new)),
        is_edited=any(path.startswith(f"{folder_of_definition(name)}/") for path in changes),
    )


def _find_new(ws: Workspace, new: Credential, now: Snapshot) -> NewImpact:
    return NewImpact(
        new=new,
        examples=tuple(
            ExampleOutcome(example=example.name, outcome=outcome_of(example.agreed, new))
            for example in read_examples(new.id, now, new)[0]
        ),
        experts=tuple(sorted(ws.catalog.programme.roles.experts_of(new.id))),
    )


def _name(typed: str) -> str:
    """The id that a path or a name refers to."""
    parts = PurePath(typed).parts
    if DEFINITIONS in parts and parts.index(DEFINITIONS) + 1 < len(parts):
        return parts[parts.index(DEFINITIONS) + 1]
    return parts[0] if len(parts) == 1 else typed


def _edited(ws: Workspace, name: str, now: Snapshot) -> Credential:
    """The definition in the working copy. Raises McredError when it cannot be read."""
    path = definition_path(CredentialId(name))
    data = now.contents.get(path)
    if data is None:
        raise McredError(
            f"{path} no longer exists; anyone working on it continues with the version they started with",
            hint=next_step("lint"),
        )
    types = frozenset((*EVIDENCE_TYPES, *ws.catalog.programme.evidence_types))
    found, problems = read_definition(data, path, types)
    if found is None:
        raise McredError(f"{path} has errors", hint=next_step("lint"), problems=problems)
    return found


def _begun(ws: Workspace, new: Credential) -> list[Begun]:
    """Everyone's work on this micro-credential that is open or a valid award."""
    found: list[Begun] = []
    for submission, standing in sorted(ws.record.standings.items()):
        if submission.credential != new.id:
            continue
        if standing.word in _OPEN:
            found += _draft(ws, submission, new)
        elif standing.is_open and standing.request is not None and standing.judged is not None:
            tree = folder_at(
                ws.repo, find_readable(ws, submission, standing.judged) or standing.judged, submission
            )
            edition = read_edition(ws.repo, standing.request.definition.blob, submission.credential)
            found.append(_one("in review", submission, edition, tree, new))
        elif standing.word == "earned" and standing.decision is not None:
            edition = ws.catalog.editions[standing.decision.definition.blob]
            tree = folder_at(ws.repo, ws.main, submission)
            found.append(_one("held", submission, edition, tree, new))
    return found


def _one(
    kind: TouchedAs, submission: SubmissionId, edition: Credential, tree: Tree, new: Credential
) -> Begun:
    work, _ = read_work(submission, tree, new)
    return Begun(submission=submission, kind=kind, edition=edition, work=work)


def _draft(ws: Workspace, submission: SubmissionId, new: Credential) -> list[Begun]:
    """A draft as last saved: my own, or what someone else sent last, where it can be read."""
    ref = submission_ref(submission)
    tips = (resolve(ws.repo, name) for name in (draft_ref(submission), ref, remote_ref(ref)))
    tip = next((tip for tip in tips if tip is not None), None)
    if tip is None:
        return []
    tree = folder_at(ws.repo, tip, submission)
    listing = tree.contents.get(submission_path(submission))
    listed = decode(listing, Submission, submission_path(submission))[0] if listing else None
    if listed is None:
        return []
    edition = edition_of(ws, submission, listed.version)
    return [_one("draft", submission, edition, tree, new)]
