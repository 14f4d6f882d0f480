"""Reads catalogs from the repository: from a tree already read, or from any commit of main."""

from __future__ import annotations

from functools import partial

from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, SubmissionId
from mcred.formats.catalog import is_wanted, read_catalog
from mcred.problems import Problem
from mcred.store.batch import read_small
from mcred.store.git import Repo
from mcred.store.snapshot import Snapshot, take_snapshot

NOBODY: frozenset[SubmissionId] = frozenset()
"""Reads rules, people and definitions, and no submission."""


def catalog_of(
    repo: Repo, tree: Snapshot, only: frozenset[SubmissionId] | None = None
) -> tuple[Catalog, tuple[Problem, ...]]:
    """The catalog of a tree, and every problem of what was skipped. `only`: as in `catalog_at`."""
    return read_catalog(tree, partial(read_small, repo), only)


def catalog_at(repo: Repo, commit: CommitId, only: frozenset[SubmissionId], *under: str) -> Catalog:
    """The catalog at a commit, with the records of some submissions only. `under`: of these folders and files
    alone."""
    tree = take_snapshot(repo, commit, lambda path, _: is_wanted(path, only), *under)
    return catalog_of(repo, tree, only)[0]
