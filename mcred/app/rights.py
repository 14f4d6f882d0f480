"""The commits of main that a right of open work depends on: the input of `domain.rules.rights`.

The newest commit stands for the named one where nothing that a right depends on differs between them, which
is nearly always so; others are read only as far as the people concerned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mcred.app.audit.classify import read_line
from mcred.app.catalogs import NOBODY, catalog_at
from mcred.domain.catalog import Catalog, ProgrammeState
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import PROGRAMME, folder_of, profile_path
from mcred.store.batch import is_same
from mcred.store.git import Repo
from mcred.store.log import find_unreached, read_dates
from mcred.store.main_history import find_places, list_states


class Rights:
    """The commits of main, from the newest back to the one that a piece of work names."""

    def __init__(self, repo: Repo, catalog: Catalog, arriving: frozenset[CommitId]) -> None:
        self.repo = repo
        self.catalog = catalog
        self.arriving = arriving
        """What is only now being sent: the newest state alone says whether it may."""
        self._read: dict[tuple[CommitId, tuple[str, ...]], Catalog] = {}
        self._states: dict[tuple[CommitId, tuple[str, ...]], tuple[CommitId, ...]] = {}
        self._places: Mapping[CommitId, int] = {}

    def learn(self, named: Iterable[CommitId]) -> None:
        """Look up in one pass where commits stand on main, for `place`."""
        wanted = {*named, *self._places}
        if wanted <= set(self._places):
            return
        self._places = find_places(self.repo, self.catalog.commit, wanted)
        if others := wanted - set(self._places):
            # Main went on from another parent than the first one, or they are no commits of main.
            here = tuple(read_dates(self.repo, tuple(others)))
            if set(here) - find_unreached(self.repo, here, self.catalog.commit):
                steps = read_line(self.repo, self.catalog.commit).position
                self._places = {name: steps[name] for name in wanted if name in steps}

    def place(self, commit: CommitId) -> int | None:
        """Where a learned commit stands on main, later ones higher; None for one that is not on it."""
        return self._places.get(commit)

    def at(
        self, named: CommitId, work: CommitId, submission: SubmissionId, *people: PersonId
    ) -> ProgrammeState:
        """The state by which the rights of the earner and of these people are judged, for work that names
        a commit of main."""
        if work in self.arriving:
            return self.catalog
        paths = _paths(submission, *people)
        if is_same(self.repo, named, self.catalog.commit, paths):
            return self.catalog
        return self._at(named, paths)

    def since(
        self, find_base: Callable[[], CommitId | None], work: CommitId, submission: SubmissionId
    ) -> Iterator[ProgrammeState]:
        """The commits at which the earner's rights may have changed, from the newest back to a base.

        For work that names no commit. `find_base` is called only where the newest commit is not enough; None
        for an unknown base.
        """
        yield self.catalog
        if work in self.arriving or submission.earner not in self.catalog.people:
            return
        base = find_base()
        if base is None:
            return
        paths = _paths(submission)
        if (base, paths) not in self._states:
            self._states[(base, paths)] = list_states(self.repo, base, self.catalog.commit, paths)
        for name in self._states[(base, paths)]:
            yield self._at(name, paths)

    def _at(self, commit: CommitId, paths: tuple[str, ...]) -> Catalog:
        """The rules at a commit, and what it says of some people."""
        if (commit, paths) not in self._read:
            self._read[(commit, paths)] = catalog_at(self.repo, commit, NOBODY, *paths)
        return self._read[(commit, paths)]


def _paths(submission: SubmissionId, *people: PersonId) -> tuple[str, ...]:
    """Everything that the rights of the earner and of some people depend on."""
    everybody = sorted({submission.earner, *people})
    held = (folder_of(SubmissionId(p, submission.credential)) for p in everybody)
    return (PROGRAMME, *map(profile_path, everybody), *held)
