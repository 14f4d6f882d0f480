"""The commits of main that a right of open work may depend on: the input of `domain.rules.rights`.

The newest commit is nearly always enough. Earlier ones are read only where it gives a reason against, and
each of them once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mcred.app.catalogs import NOBODY, catalog_at
from mcred.domain.catalog import Catalog, ProgrammeState
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import PROGRAMME, folder_of, profile_path
from mcred.store.git import Repo
from mcred.store.main_history import list_states


class Rights:
    """The commits of main, from the newest back to the one that a piece of work was based on."""

    def __init__(self, repo: Repo, catalog: Catalog, arriving: frozenset[CommitId]) -> None:
        self.repo = repo
        self.catalog = catalog
        self.arriving = arriving
        """What is only now being sent: the newest state alone says whether it may."""
        self._read: dict[CommitId, Catalog] = {}
        self._states: dict[tuple[CommitId, tuple[str, ...]], tuple[CommitId, ...]] = {}

    def since(
        self,
        find_base: Callable[[], CommitId | None],
        work: CommitId,
        submission: SubmissionId,
        *people: PersonId,
    ) -> Iterator[ProgrammeState]:
        """The commits at which the rights of these people may have changed, from the newest back to a base.

        `find_base` is called only where the newest commit is not enough; None for an unknown base.
        """
        yield self.catalog
        everybody = sorted({submission.earner, *people})
        if work in self.arriving or not set(everybody) <= set(self.catalog.people):
            return
        base = find_base()
        if base is None:
            return
        held = (folder_of(SubmissionId(p, submission.credential)) for p in everybody)
        paths = (PROGRAMME, *map(profile_path, everybody), *held)
        if (base, paths) not in self._states:
            self._states[(base, paths)] = list_states(self.repo, base, self.catalog.commit, paths)
        for name in self._states[(base, paths)]:
            yield self._at(name)

    def _at(self, commit: CommitId) -> Catalog:
        if commit not in self._read:
            self._read[commit] = catalog_at(self.repo, commit, NOBODY)
        return self._read[commit]
