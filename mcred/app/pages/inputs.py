"""The inputs of a build: what all pages share, and who may have pages, without reading a portfolio.

The tree ids that git assigns to folders identify what a person's pages are made from, so cached pages can be
told from outdated ones (`BuildInputs.digest_of`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.catalogs import NOBODY, catalog_at, catalog_of
from mcred.app.pieces.shown import read_shown
from mcred.app.work.page_wishes import Wish
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId, is_id
from mcred.domain.layout import DEFINITIONS, PORTFOLIOS, PROGRAMME, folder_of_person, parse_path, profile_path
from mcred.domain.people import Person
from mcred.domain.shown import shown_of
from mcred.problems import Problem
from mcred.shipped import shipped
from mcred.store.files.objects import parse_tree
from mcred.store.git import Repo
from mcred.store.session import git_session
from mcred.store.snapshot import (
    Entry,
    Snapshot,
    find_faults,
    gate,
    list_folders,
    read_objects,
    take_snapshot,
)

if TYPE_CHECKING:
    from mcred.app.elsewhere.check import Checking
    from mcred.app.endorsements.endorsers import Endorsers
    from mcred.website.evidence import ShownEvidence

PROGRAM = Path(__file__).parents[2]
"""The folder of the mcred package: any change in it makes every page be rendered again."""
_SHARED = frozenset({"programme", "definition", "stack", "status list"})
_OWN = frozenset(
    {"profile", "request", "decision", "award", "reissue", "revocation", "erasure"}
    | {"stack award", "stack reissue", "stack revocation"}
)
"""What pages are made from; neither work nor messages between assessors and earners are read at all."""


class BuildInputs(Struct, frozen=True, kw_only=True):
    """One commit of main, as far as every page needs it."""

    repo: Repo
    commit: CommitId
    catalog: Catalog
    """Without people and their records."""
    problems: tuple[Problem, ...]
    templates: tuple[Path, ...]
    unused: frozenset[Path]
    """Files of the programme's own templates that were not committed by an authorised person."""
    folders: Mapping[PersonId, str]
    """Who has a portfolio, and the id of its tree."""
    inside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names in these trees, those of micro-credentials among them; filled in by `look_inside`."""
    shelf: Mapping[str, str]
    """The entries of `credentials/`, by name, with their ids."""
    held: Mapping[PersonId, Wish] = field(default_factory=dict)
    """What people asked to withdraw."""
    shown: Mapping[PersonId, CommitId] = field(default_factory=dict)
    """The newest states of what people publish."""
    endorsers: Endorsers | None = None
    """What the record knows of those who endorse."""
    cache: Path | None = None
    """The user's cache folder."""
    shared: str
    """A digest of everything that all pages depend on: this program, the templates, the programme's own
    texts."""

    def digest_of(self, person: PersonId) -> str:
        """A digest of everything that a person's pages are made from."""
        inside = frozenset(self.inside[self.folders[person]])
        # A portfolio names what is still open of the stacks that its person has begun.
        begun = (s.credentials for s in self.catalog.stacks.values() if not inside.isdisjoint(s.credentials))
        named = sorted(inside.union(*begun))
        used = [f"{name} {self.shelf[name]}" for name in named if name in self.shelf]
        own = (self.folders[person], str(self.held.get(person)), self.shown.get(person, ""))
        endorsers = str(self.endorsers) if person in self.shown else ""
        return _digest([self.shared, *own, endorsers, *used])

    def size_of(self, people: Iterable[PersonId]) -> int:
        """About how many records some people have."""
        return sum(len(self.inside[self.folders[person]]) for person in people)


def read_inputs(repo: Repo, commit: CommitId) -> BuildInputs:
    """The inputs at a commit. Raises McredError when there is no readable programme."""
    shared = take_snapshot(repo, commit, _is_of(_SHARED), PROGRAMME, DEFINITIONS)
    catalog, problems = catalog_of(repo, shared, NOBODY)
    listed = list_folders(repo, commit, DEFINITIONS, PORTFOLIOS)
    shelf = {
        p.removeprefix(f"{DEFINITIONS}/"): name
        for p, name in listed.items()
        if p.startswith(f"{DEFINITIONS}/")
    }
    people = {p.removeprefix(f"{PORTFOLIOS}/"): t for p, t in listed.items() if p.startswith(PORTFOLIOS)}
    templates = _find_templates(repo)
    unused, warnings = _find_unused(repo, commit, templates)
    words = (shared.entries[PROGRAMME].blob, shelf.get("stacks", ""))
    return BuildInputs(
        repo=repo,
        commit=commit,
        catalog=catalog,
        problems=(*problems, *warnings),
        templates=templates,
        unused=unused,
        folders={PersonId(name): tree for name, tree in sorted(people.items()) if is_id(name)},
        shelf=shelf,
        shared=_digest([*words, *map(str, sorted(unused)), *_files_below((PROGRAM, *templates))]),
    )


def look_inside(ground: BuildInputs, known: Mapping[str, tuple[str, ...]]) -> BuildInputs:
    """The inputs with the names in each portfolio, which is most of what there is to read.

    `known`: those in trees that an earlier build read.
    """
    read = {
        tree: tuple(name for _, name, _ in parse_tree(raw, len(tree) // 2))
        for tree, kind, raw in read_objects(ground.repo, set(ground.folders.values()) - known.keys())
        if kind == "tree"
    }
    names = {**known, **read}
    folders = {person: tree for person, tree in ground.folders.items() if tree in names}
    return replace(ground, folders=folders, inside={tree: names[tree] for tree in folders.values()})


def read_portfolios(
    repo: Repo, commit: CommitId, people: Iterable[PersonId]
) -> tuple[Catalog, tuple[Problem, ...]]:
    """The catalog with some people's records, as far as pages show them, and every problem of it.

    What fails the tree gate (TRUST) is reported, and on no page.
    """
    under = (folder_of_person(person) for person in people)
    found = take_snapshot(repo, commit, _is_of(_SHARED | _OWN), PROGRAMME, DEFINITIONS, *under)
    kinds = {*_SHARED, *_OWN, "picture"}
    own = {p: e for p, e in found.entries.items() if p.startswith(f"{PORTFOLIOS}/")}
    odd = {path for path, _, _ in find_faults(own)}
    shown = {
        p: e
        for p, e in found.entries.items()
        if p not in odd and (w := parse_path(p)) is not None and w.kind in kinds
    }
    tree = Snapshot(commit=commit, entries=shown, contents=found.contents)
    with git_session():  # the few earlier versions of definitions are read without starting git
        catalog, problems = catalog_of(repo, tree)
    return catalog, (*gate(own), *problems) if odd else problems


def take_shown(
    repo: Repo,
    catalog: Catalog,
    tips: Mapping[PersonId, CommitId],
    checking: Checking | None = None,
    endorsers: Endorsers | None = None,
) -> tuple[Catalog, Mapping[PersonId, ShownEvidence], Mapping[PersonId, tuple[Problem, ...]]]:
    """What people publish, the catalog without the pages of those who took theirs off, and problems.

    `tips`: the states of their refs; `checking`: what badges that they earned elsewhere are held against, and
    `endorsers`: what endorsements are; without both, these are left out.
    """
    from mcred.app.elsewhere.kept import show_badges
    from mcred.app.endorsements.check import EndorsementChecking, show_endorsements
    from mcred.website.evidence import ShownEvidence

    known = _with_erasers(repo, catalog)
    evidence: dict[PersonId, ShownEvidence] = {}
    problems: dict[PersonId, tuple[Problem, ...]] = {}
    hidden: dict[PersonId, Person] = {}
    for name, tip in tips.items():
        if (person := catalog.people.get(name)) is None:
            continue
        shown, problems[name] = read_shown(repo, known, person, tip)
        if shown is None:
            continue
        if shown.list.hidden:
            hidden[name] = replace(person, publish="private")
        evidence[name] = ShownEvidence(
            pieces=shown_of(shown.list, catalog.records),
            files=shown.files,
            elsewhere=show_badges(shown, checking) if checking is not None else (),
        )
        if checking is not None and endorsers is not None and shown.list.endorsements:
            said, bad = show_endorsements(
                shown, EndorsementChecking(now=checking.now, endorsers=endorsers), catalog
            )
            evidence[name] = replace(evidence[name], endorsements=said)
            problems[name] = (*problems[name], *bad)
    return replace(catalog, people={**catalog.people, **hidden}), evidence, problems


def _with_erasers(repo: Repo, catalog: Catalog) -> Catalog:
    """The catalog with everyone who erased something of these people, and so may sign what they show."""
    by = {erasure.by for record in catalog.records.values() for erasure in record.erasures}
    if not (missing := by - catalog.people.keys()):
        return catalog
    profiles = map(profile_path, sorted(missing))
    found = catalog_at(repo, catalog.commit, NOBODY, PROGRAMME, *profiles)
    return replace(catalog, people={**found.people, **catalog.people})


def _is_of(kinds: frozenset[str]) -> Callable[[str, Entry], bool]:
    def wanted(path: str, _: Entry) -> bool:
        found = parse_path(path)
        return found is not None and found.kind in kinds

    return wanted


def _find_templates(repo: Repo) -> tuple[Path, ...]:
    """The folders of templates: the programme's own first, then the built-in ones."""
    built_in = shipped("templates") / "site"
    own = repo.work_tree / "templates" / "site" if repo.work_tree else None
    if own is None or not own.is_dir() or own.resolve() == built_in.resolve():
        return (built_in,)
    return (own, built_in)


def _find_unused(
    repo: Repo, commit: CommitId, templates: tuple[Path, ...]
) -> tuple[frozenset[Path], tuple[Problem, ...]]:
    """A warning for each unused file of the programme's own templates, and which they are."""
    if len(templates) < 2:
        return frozenset(), ()
    from mcred.app.pages.templates import explain_unrightful, find_unrightful  # few programmes need it

    found = find_unrightful(repo, commit, templates[0])
    return frozenset(found), explain_unrightful(repo, found)


def _files_below(folders: tuple[Path, ...]) -> tuple[str, ...]:
    """Name, size and modification time of every file, which stand for its contents on one computer."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix != ".pyc" and path.is_file():
                about = path.stat()
                found.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return tuple(found)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()
