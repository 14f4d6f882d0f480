"""Reading a whole programme at one commit: a tree with file contents in, a `Catalog` out.

An unreadable file is left out and reported, so that one bad portfolio never stops the others; only a
broken `mcred.yaml` is fatal. Holders and counts of decisions are taken from file names, without reading
the files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct, field

from mcred.domain.assessment import Assessment
from mcred.domain.award import PICTURE_PNG, PICTURE_SVG, Reissue, Revocation
from mcred.domain.catalog import Catalog, Definition, Record
from mcred.domain.credential import EVIDENCE_TYPES, Credential, Stack
from mcred.domain.decision import Decision
from mcred.domain.erasure import Erasure, erased_pieces, without_erased
from mcred.domain.ids import (
    BlobId,
    CommitId,
    CredentialId,
    PersonId,
    Slug,
    SubmissionId,
)
from mcred.domain.layout import (
    PROGRAMME,
    Found,
    PathKind,
    decision_path,
    definition_path,
    folder_of,
    parse_path,
    picture_path,
    submission_path,
)
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.sealed.review import show_levels
from mcred.domain.seats import Assignment, DeclinedReview
from mcred.domain.submission import ReviewRequest, StoredFile, Work
from mcred.formats.decode import decode
from mcred.formats.one_file import Judged, named, placed, read_definition, read_edition, stack_check
from mcred.formats.portfolio import Stored, Tree, read_work
from mcred.formats.stack_badge import read_stacked
from mcred.problems import Fault, McredError, Place, Problem

T = TypeVar("T")
J = TypeVar("J", bound=Judged)
BlobReader = Callable[[Iterable[BlobId]], Mapping[BlobId, bytes]]


def is_wanted(path: str, only: frozenset[SubmissionId] | None) -> bool:
    """Whether `read_catalog` needs a path's bytes. `only`: the submissions to read, None for all."""
    found = parse_path(path)
    if found is None or found.kind in ("evidence", "picture", "template", "stray"):
        return False
    if found.kind == "example":
        return path.endswith((".yaml", ".md"))
    if found.stack is not None and found.person is not None and only is not None:
        return any(found.person == s.earner for s in only)
    if found.credential is None or found.kind == "definition" or only is None:
        return True
    return found.submission in only


class _Part(Struct, frozen=True, kw_only=True):
    """The part of a tree below one folder."""

    commit: CommitId
    entries: Mapping[str, Stored]
    contents: Mapping[str, bytes]


class _Gathered(Struct):
    """The values read so far, from which the catalog is built."""

    problems: list[Problem] = field(default_factory=list)
    people: dict[PersonId, Person] = field(default_factory=dict)
    definitions: dict[CredentialId, Definition] = field(default_factory=dict)
    editions: dict[BlobId, Credential] = field(default_factory=dict)
    defined: set[str | None] = field(default_factory=set)
    """The micro-credentials that have a definition file, readable or not."""

    def take(
        self, data: bytes, shape: type[T], file: str, check: Callable[[T], Iterable[Fault]] | None = None
    ) -> T | None:
        decoded = decode(data, shape, file, check)
        self.problems.extend(decoded[1])
        return decoded[0]

    def read(
        self, tree: Tree, path: str, shape: type[T], check: Callable[[T], Iterable[Fault]] | None = None
    ) -> T | None:
        """The decoded value of a path; a link or other entry without bytes is reported as a problem."""
        if path in tree.contents:
            return self.take(tree.contents[path], shape, path, check)
        self.problems.append(_no_bytes(path))
        return None


def _no_bytes(path: str) -> Problem:
    return Problem(
        what="this is not a regular file", where=Place(file=path), hint="replace it with the file itself"
    )


def read_programme(tree: Tree) -> Programme:
    """The programme's rules (`mcred.yaml`). Raises McredError when missing or unreadable."""
    data = tree.contents.get(PROGRAMME)
    if data is None:
        raise McredError("this is not a program: there is no mcred.yaml", hint="mcred init DIR")
    programme, problems = decode(data, Programme, PROGRAMME)
    if programme is None:
        raise McredError("mcred.yaml cannot be read", hint="fix it, then mcred lint", problems=problems)
    return programme


def read_catalog(
    tree: Tree, read_blobs: BlobReader, only: frozenset[SubmissionId] | None = None
) -> tuple[Catalog, tuple[Problem, ...]]:
    """The catalog, and the problems of everything left out.

    `tree.contents` has the bytes of each path for which `is_wanted` is true; `read_blobs` reads the past
    editions of definitions that decisions refer to.
    """
    programme = read_programme(tree)
    got = _Gathered()
    types = frozenset((*EVIDENCE_TYPES, *programme.evidence_types))
    found = {path: what for path in sorted(tree.entries) if (what := parse_path(path)) is not None}
    for path, what in found.items():
        if what.kind == "profile":
            person = got.read(tree, path, Person, named(what.person))
            if person:
                got.people[person.id] = person
        if what.kind == "definition":
            got.defined.add(what.credential)
            _take_definition(got, tree, path, what, types)
    stacks = {}
    for path, what in found.items():
        if what.kind == "stack":
            known = frozenset(got.definitions)
            stack = got.read(tree, path, Stack, stack_check(what.stack, known))
            if stack:
                stacks[stack.id] = stack
    records = _read_records(got, tree, found, read_blobs, only)
    stacked, unreadable = read_stacked(tree, found)
    got.problems.extend(unreadable)
    decided = frozenset((w.submission, w.attempt) for w in found.values() if w.kind == "decision")
    catalog = Catalog(
        commit=tree.commit,
        programme=programme,
        people=got.people,
        definitions=got.definitions,
        editions=got.editions,
        stacks=stacks,
        records=records,
        decided=decided,
        awarded=sum(1 for w in found.values() if w.kind == "award" and w.number == 1),
        stacked=stacked,
        holders=_find_holders(found.values()),
        lists={
            w.number: tree.contents[p]
            for p, w in found.items()
            if w.kind == "status list" and p in tree.contents
        },
    )
    return catalog, tuple(got.problems)


def _find_holders(found: Iterable[Found]) -> Mapping[CredentialId, frozenset[PersonId]]:
    """Micro-credential → holders, from file names: those with an awarded attempt that is not revoked."""
    awarded: set[tuple[SubmissionId, int]] = set()
    revoked: set[tuple[SubmissionId, int]] = set()
    for what in found:
        if what.kind in ("award", "revocation"):
            (awarded if what.kind == "award" else revoked).add((what.submission, what.attempt))
    holders: dict[CredentialId, set[PersonId]] = {}
    for submission, _ in awarded - revoked:
        holders.setdefault(submission.credential, set()).add(submission.earner)
    return {credential: frozenset(people) for credential, people in sorted(holders.items())}


def _take_definition(got: _Gathered, tree: Tree, path: str, what: Found, types: frozenset[Slug]) -> None:
    if path not in tree.contents:
        got.problems.append(_no_bytes(path))
        return
    definition, problems = read_definition(tree.contents[path], path, types)
    got.problems.extend(problems)
    if definition is not None:
        blob = tree.entries[path].blob
        got.definitions[definition.id] = Definition(
            credential=definition, blob=blob, pictures=_find_pictures(tree, definition.id)
        )
        got.editions[blob] = definition


def _find_pictures(tree: Tree, credential: CredentialId) -> Mapping[str, StoredFile]:
    """File name → picture beside a definition; the content is not checked here."""
    entries = {name: tree.entries.get(picture_path(credential, name)) for name in (PICTURE_SVG, PICTURE_PNG)}
    return {name: StoredFile(blob=e.blob, size=e.size) for name, e in entries.items() if e is not None}


def _read_records(
    got: _Gathered,
    tree: Tree,
    found: Mapping[str, Found],
    read_blobs: BlobReader,
    only: frozenset[SubmissionId] | None,
) -> dict[SubmissionId, Record]:
    by_submission: dict[SubmissionId, dict[str, Found]] = {}
    for path, what in found.items():
        if what.person is None or what.credential is None:
            continue
        if only is None or what.submission in only:
            by_submission.setdefault(what.submission, {})[path] = what
    decisions: dict[SubmissionId, list[Decision]] = {}
    for submission, paths in by_submission.items():
        for path, what in paths.items():
            if what.kind == "decision":
                decision = got.read(tree, path, Decision, placed(what))
                if decision:
                    decisions.setdefault(submission, []).append(decision)
    _read_past_editions(got, decisions.values(), read_blobs)
    parts = _by_folder(tree)
    return {
        submission: _read_record(
            got, parts[folder_of(submission)], submission, paths, tuple(decisions.get(submission, ()))
        )
        for submission, paths in by_submission.items()
    }


def _by_folder(tree: Tree) -> Mapping[str, Tree]:
    """Submission folder → its part of the tree, so that each lookup skips all other files."""
    inside: dict[str, dict[str, Stored]] = {}
    for path, entry in tree.entries.items():
        names = path.split("/", 3)
        if len(names) == 4:
            inside.setdefault("/".join(names[:3]), {})[path] = entry
    return {
        folder: _Part(
            commit=tree.commit,
            entries=entries,
            contents={path: tree.contents[path] for path in entries if path in tree.contents},
        )
        for folder, entries in inside.items()
    }


def _read_past_editions(got: _Gathered, decisions: Iterable[list[Decision]], read_blobs: BlobReader) -> None:
    needed = {d.definition.blob: d for found in decisions for d in found}
    missing = [blob for blob in needed if blob not in got.editions]
    read = read_blobs(missing) if missing else {}
    for blob in missing:
        decision = needed[blob]
        credential = decision.submission.credential
        if blob not in read:
            where = Place(file=decision_path(decision.submission, decision.attempt))
            what = f"the definition it was decided by ({blob[:10]}) is not in the record"
            got.problems.append(Problem(what=what, where=where, hint="mcred sync, then try again"))
            continue
        file = f"{definition_path(credential)} (as it was then)"
        edition, problems = read_edition(read[blob], file, credential)
        got.problems.extend(problems)
        if edition:
            got.editions[blob] = edition


def _read_record(
    got: _Gathered,
    tree: Tree,
    submission: SubmissionId,
    paths: Mapping[str, Found],
    decisions: tuple[Decision, ...],
) -> Record:
    newest = max(decisions, key=lambda d: d.attempt, default=None)
    current = got.definitions.get(submission.credential)
    definition = current.credential if current else None
    if newest:
        definition = got.editions.get(newest.definition.blob)
    erasures = _all(got, tree, paths, "erasure", Erasure)
    erasures = tuple(sorted(erasures, key=lambda e: (e.attempt, e.number)))
    work = None
    listing = submission_path(submission)
    if listing in paths and definition is not None:
        work, problems = read_work(submission, tree, definition)
        got.problems.extend(problems)
        work = without_erased(work, erased_pieces(erasures)) if work else None
    elif listing in paths and submission.credential not in got.defined:
        unknown = f"there is no micro-credential '{submission.credential}'"
        got.problems.append(Problem(what=unknown, where=Place(file=listing), hint="mcred browse lists them"))
    documents = {
        (w.attempt, w.number): tree.contents[p]
        for p, w in paths.items()
        if w.kind == "award" and p in tree.contents
    }
    opened = [o for d in decisions for o in d.opened if o.attempt == d.attempt]
    return Record(
        id=submission,
        work=work,
        assessments=tuple(
            show_levels(review, opened) for review in _all(got, tree, paths, "assessment", Assessment)
        ),
        declined=_all(got, tree, paths, "declined", DeclinedReview),
        assigned=_all(got, tree, paths, "assignment", Assignment),
        decisions=decisions,
        requests=_read_requests(got, tree, paths, {attempt for attempt, _ in documents}, work),
        awards={a: data for (a, number), data in documents.items() if number == 1},
        issued_again={key: data for key, data in documents.items() if key[1] > 1},
        reissues=tuple(
            sorted(_all(got, tree, paths, "reissue", Reissue), key=lambda r: (r.attempt, r.number))
        ),
        revocations={
            w.attempt: got.read(tree, p, Revocation, placed(w))
            for p, w in paths.items()
            if w.kind == "revocation"
        },
        erasures=erasures,
    )


def _read_requests(
    got: _Gathered, tree: Tree, paths: Mapping[str, Found], awarded: Collection[int], work: Work | None
) -> Mapping[int, ReviewRequest]:
    """The request of each awarded attempt; that of `work` is read already."""
    known = work.request if work is not None else None
    found = {known.attempt: known} if known is not None and known.attempt in awarded else {}
    read = work.submission.attempt if work is not None else 0
    for path, what in paths.items():
        if what.kind == "request" and what.attempt in awarded and what.attempt != read:
            request = got.read(tree, path, ReviewRequest, placed(what))
            if request is not None:
                found[what.attempt] = request
    return found


def _all(
    got: _Gathered, tree: Tree, paths: Mapping[str, Found], kind: PathKind, shape: type[J]
) -> tuple[J, ...]:
    """Every readable value of one kind."""
    read = (got.read(tree, path, shape, placed(what)) for path, what in paths.items() if what.kind == kind)
    return tuple(value for value in read if value is not None)
