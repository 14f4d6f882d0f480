"""A programme's own page templates: which of them were committed by an authorised person.

Templates on main are checked against its history, with the rules of an audit; only rules, people and
templates are replayed. A local edit that is not on main yet is accepted for a preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.audit.classify import list_windows, read_line, touch_of
from mcred.app.audit.repository import WINDOW, History
from mcred.domain.audit.replay import audit
from mcred.domain.ids import BlobId, CommitId
from mcred.problems import Place, Problem, next_step
from mcred.store.batch import check_history
from mcred.store.folder_index import which_blob
from mcred.store.git import Repo
from mcred.store.log import Change
from mcred.store.main_history import HistoryStep, MainLine
from mcred.store.snapshot import as_one_name

FOLDER = "templates/"


class _Brought(Struct, frozen=True, kw_only=True):
    """A version of a template that a commit added, and whether its signer may do that."""

    blob: BlobId | None
    commit: CommitId
    right: bool


def find_unrightful(repo: Repo, main: CommitId, folder: Path) -> Mapping[Path, CommitId]:
    """The files below a folder of templates that must not be used, each with the commit it came from."""
    assert repo.work_tree is not None  # noqa: S101 -- the folder is in it
    found = {}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    brought = _brought(repo, main) if files else {}
    for path in files:
        name = path.relative_to(repo.work_tree).as_posix()
        states = brought.get(as_one_name(name), ())
        blob = which_blob(name, path, frozenset(s.blob for s in states if s.blob is not None))
        # The newest commit with exactly this content; a file unlike all of them was edited from the last one.
        state = next((s for s in reversed(states) if blob in (None, s.blob)), None)
        if state is not None and state.blob is not None and not state.right:
            found[path] = state.commit
    return found


def explain_unrightful(repo: Repo, found: Mapping[Path, CommitId]) -> tuple[Problem, ...]:
    """A warning for each file that is not used."""
    return tuple(
        Problem(
            what=f"this template is not used: {commit[:12]} was not signed by anyone who may change it",
            where=Place(file=str(path.relative_to(repo.work_tree or path.anchor))),
            hint=next_step("audit"),
            severity="warning",
        )
        for path, commit in found.items()
    )


@lru_cache(maxsize=1)
def _brought(repo: Repo, main: CommitId) -> Mapping[str, tuple[_Brought, ...]]:
    """Every version of every template on main, oldest first, by its normalised name."""
    # git's commit-graph could have come with a copied folder, and its entries may be false.
    repo = replace(repo, by_objects=True)
    check_history(repo, main)
    line = read_line(repo, main)
    steps = tuple(kept for step in line.steps if (kept := _without_record(step)).changes)
    if not any(_is_template(c) for step in steps for c in step.changes):
        return {}
    history = History(repo, MainLine(steps=steps, position={}, lost=()))
    try:
        wrong = {
            f.commit
            for f in audit(
                history.moves(list_windows(history.line, main, None, WINDOW)), history, positions={}
            ).findings
        }
    finally:
        history.proofs.close()
    found: dict[str, tuple[_Brought, ...]] = {}
    for step in steps:
        for change in filter(_is_template, step.changes):
            name, commit = as_one_name(change.path), step.commit.id
            blob = change.new.blob if change.new else None
            state = _Brought(blob=blob, commit=commit, right=commit not in wrong)
            found[name] = (*found.get(name, ()), state)
    return found


def _without_record(step: HistoryStep) -> HistoryStep:
    """A commit reduced to what rights depend on; one that touches templates is unchanged."""
    if any(_is_template(c) for c in step.changes):
        return step
    return replace(
        step, changes=tuple(c for c in step.changes if touch_of(c).kind in ("programme", "profile"))
    )


def _is_template(change: Change) -> bool:
    return as_one_name(change.path).startswith(FOLDER)
