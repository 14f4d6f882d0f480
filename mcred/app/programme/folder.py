"""The programme as it lies in the working copy, edits included: read and checked."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.catalogs import catalog_of
from mcred.app.context import Context
from mcred.app.programme.edits import edited
from mcred.app.programme.first_steps import first_steps
from mcred.app.programme.lint import check_written, lint_snapshot, written_here
from mcred.app.workspace import open_workspace
from mcred.domain.ids import BlobId
from mcred.domain.layout import PROGRAMME
from mcred.domain.programme import Programme
from mcred.formats.catalog import is_wanted
from mcred.formats.decode import decode
from mcred.problems import Problem
from mcred.store.git import Repo
from mcred.store.snapshot import Entry, Snapshot, read_blobs, take_snapshot


class Linted(Struct, frozen=True, kw_only=True):
    """What a check of the whole programme found."""

    problems: tuple[Problem, ...]
    is_edited: bool
    """Whether definitions, rules or templates of the working copy differ from main."""
    first: tuple[Problem, ...]
    """Of these, what the programme lacks before it can assess and award."""


def lint_folder(ctx: Context) -> Linted:
    """Check rules, definitions, people, portfolios and golden examples, as the working copy has them.

    Raises McredError where there is no programme, or its rules cannot be read.
    """
    ws = open_workspace(ctx, fetching="no")
    snapshot = take_snapshot(ws.repo, ws.main, lambda path, _: is_wanted(path, None))
    changes = edited(ws) if ws.repo.work_tree else {}
    snapshot = with_edits(ws.repo, snapshot, {**changes, **written_here(ws.repo, snapshot)})
    loose = check_written(snapshot, ("profile", "submission"), ctx.now().date())
    rules = decode(snapshot.contents[PROGRAMME], Programme, PROGRAMME)[0] or ws.catalog.programme
    definitions = catalog_of(ws.repo, snapshot)[0].definitions.values()
    first = tuple(first_steps(rules, (d.credential for d in definitions)))
    return Linted(
        problems=(*lint_snapshot(ws, snapshot), *loose, *first), is_edited=bool(changes), first=first
    )


def with_edits(repo: Repo, snapshot: Snapshot, changes: dict[str, BlobId | None]) -> Snapshot:
    """The snapshot with the working copy's unsaved edits."""
    entries, contents = dict(snapshot.entries), dict(snapshot.contents)
    data = read_blobs(repo, [b for b in changes.values() if b is not None])
    for path, blob in changes.items():
        entries.pop(path, None)
        contents.pop(path, None)
        if blob is not None:
            entries[path] = Entry(mode="100644", blob=blob, size=len(data[blob]))
            if is_wanted(path, None):
                contents[path] = data[blob]
    return Snapshot(commit=snapshot.commit, entries=entries, contents=contents)
