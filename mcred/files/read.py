"""One state of a programme's repository, as `{path: bytes}`, → the catalog.

What cannot be read is left out and named, so that one bad portfolio never stops the others; only a
broken `mcred.yaml` stops everything. Small questions (who holds what, how many were decided) are answered
from the names of files, without reading them.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from mcred.files.decode import decode
from mcred.files.layout import (
    PROGRAMME,
    Found,
    answers_file,
    decision_path,
    definition_path,
    folder_of,
    parse_path,
    submission_path,
)
from mcred.files.markdown import find_open_comment, read_sections, written_lines
from mcred.files.nodes import find_hidden
from mcred.model.assessment import Agreed, Assessment
from mcred.model.catalog import Catalog, Definition, Example, Record
from mcred.model.credential import EVIDENCE_TYPES, Credential, Stack, check_definition, check_stack
from mcred.model.decision import Decision
from mcred.model.ids import (
    BlobId,
    CommitId,
    CredentialId,
    PersonId,
    Slug,
    SubmissionId,
    explain_bad_id,
    is_hex,
    is_id,
)
from mcred.model.people import Person
from mcred.model.rules import Programme
from mcred.model.submission import Answer, ReviewRequest, StoredFile, Submission, Work
from mcred.problems import Fault, McredError, Place, Problem, errors

T = TypeVar("T")
BlobReader = Callable[[Iterable[BlobId]], Mapping[BlobId, bytes]]


class Stored(Protocol):
    """A file as the store lists it."""

    @property
    def blob(self) -> BlobId: ...
    @property
    def size(self) -> int: ...


class Tree(Protocol):
    """All paths of one state, and the bytes of those that were asked for."""

    @property
    def commit(self) -> CommitId: ...
    @property
    def entries(self) -> Mapping[str, Stored]: ...
    @property
    def contents(self) -> Mapping[str, bytes]: ...


def is_wanted(path: str, only: frozenset[SubmissionId] | None) -> bool:
    """Whether `read_catalog` reads a path's bytes. `only`: the submissions to read, None for all."""
    found = parse_path(path)
    if found is None or found.kind in ("evidence", "stray"):
        return False
    if found.kind == "example":
        return path.endswith((".yaml", ".md"))
    if found.credential is None or found.kind == "definition" or only is None:
        return True
    return found.submission in only


@dataclass(slots=True)
class _Gathered:
    """What was found so far of each kind; the catalog is made from it at the end."""

    problems: list[Problem] = field(default_factory=list)
    people: dict[PersonId, Person] = field(default_factory=dict)
    definitions: dict[CredentialId, Definition] = field(default_factory=dict)
    editions: dict[BlobId, Credential] = field(default_factory=dict)

    def take(
        self, data: bytes, shape: type[T], file: str, check: Callable[[T], Iterable[Fault]] | None = None
    ) -> T | None:
        decoded = decode(data, shape, file, check)
        self.problems.extend(decoded[1])
        return decoded[0]

    def read(
        self, tree: Tree, path: str, shape: type[T], check: Callable[[T], Iterable[Fault]] | None = None
    ) -> T | None:
        """The value of a path; a link or other entry without bytes is a problem like any other."""
        if path in tree.contents:
            return self.take(tree.contents[path], shape, path, check)
        self.problems.append(_no_bytes(path))
        return None


def _no_bytes(path: str) -> Problem:
    return Problem(
        what="this is not a regular file", where=Place(file=path), hint="put the file itself in its place"
    )


def read_programme(tree: Tree) -> Programme:
    """The programme's rules. Raises McredError when there are none that can be read."""
    data = tree.contents.get(PROGRAMME)
    if data is None:
        raise McredError("this is not a programme: there is no mcred.yaml", hint="mcred init DIR")
    programme, problems = decode(data, Programme, PROGRAMME)
    if programme is None:
        raise McredError("mcred.yaml cannot be read", hint="mend it, then mcred lint", problems=problems)
    return programme


def read_catalog(
    tree: Tree, read_blobs: BlobReader, only: frozenset[SubmissionId] | None = None
) -> tuple[Catalog, tuple[Problem, ...]]:
    """The catalog, and every problem of what was left out.

    `tree.contents` has the bytes of each path that `is_wanted`; `read_blobs` is asked for past editions of
    definitions that decisions refer to.
    """
    programme = read_programme(tree)
    got = _Gathered()
    types = frozenset((*EVIDENCE_TYPES, *programme.evidence_types))
    found = {path: what for path in sorted(tree.entries) if (what := parse_path(path)) is not None}
    for path, what in found.items():
        if what.kind == "profile":
            person = got.read(tree, path, Person, _named(what.person))
            if person:
                got.people[person.id] = person
        if what.kind == "definition":
            _take_definition(got, tree, path, what, types)
    stacks = {}
    for path, what in found.items():
        if what.kind == "stack":
            known = frozenset(got.definitions)
            stack = got.read(tree, path, Stack, _stack_check(what.stack, known))
            if stack:
                stacks[stack.id] = stack
    records = _read_records(got, tree, found, read_blobs, only)
    decided = frozenset((w.submission, w.attempt) for w in found.values() if w.kind == "decision")
    holders: dict[CredentialId, set[PersonId]] = {}
    for what in found.values():
        if what.kind == "award":
            holders.setdefault(what.submission.credential, set()).add(what.submission.earner)
    catalog = Catalog(
        commit=tree.commit,
        programme=programme,
        people=got.people,
        definitions=got.definitions,
        editions=got.editions,
        stacks=stacks,
        records=records,
        decided=decided,
        holders={credential: frozenset(people) for credential, people in holders.items()},
    )
    return catalog, tuple(got.problems)


class _Named(Protocol):
    @property
    def id(self) -> str: ...


def _named(outside: str | None) -> Callable[[_Named], Iterable[Fault]]:
    """The check that a file's id is the one its place says."""
    return lambda value: _same_id(value.id, outside)


def _stack_check(outside: str | None, known: frozenset[CredentialId]) -> Callable[[Stack], Iterable[Fault]]:
    return lambda stack: (*_same_id(stack.id, outside), *check_stack(stack, known))


class _Judged(Protocol):
    @property
    def submission(self) -> SubmissionId: ...
    @property
    def attempt(self) -> int: ...


def _placed(what: Found) -> Callable[[_Judged], Iterator[Fault]]:
    """The check that a file speaks of the submission, attempt and assessor that its place says."""

    def check(value: _Judged) -> Iterator[Fault]:
        yield from _same_place("submission", value.submission, what.submission)
        yield from _same_place("attempt", value.attempt, what.attempt)
        if isinstance(value, Assessment):
            yield from _same_place("assessor", value.assessor, what.assessor)

    return check


def _same_place(name: str, inside: object, outside: object) -> Iterator[Fault]:
    if inside != outside:
        yield Fault(
            path=(name,),
            what=f"the {name} is '{inside}', the place says '{outside}'",
            hint="a file counts only where it belongs; put it back there",
        )


def _same_id(inside: str, outside: str | None) -> Iterator[Fault]:
    if inside != outside:
        yield Fault(
            path=("id",),
            what=f"the id is '{inside}', the place says '{outside}'",
            hint=f"write id: {outside}",
        )


def read_definition(
    data: bytes, path: str, types: frozenset[Slug]
) -> tuple[Credential | None, tuple[Problem, ...]]:
    """A definition's bytes, checked as a whole; the folder's name has to be its id."""
    what = parse_path(path)
    folder = what.credential if what else None
    return decode(data, Credential, path, lambda d: (*_same_id(d.id, folder), *check_definition(d, types)))


def _take_definition(got: _Gathered, tree: Tree, path: str, what: Found, types: frozenset[Slug]) -> None:
    if path not in tree.contents:
        got.problems.append(_no_bytes(path))
        return
    definition, problems = read_definition(tree.contents[path], path, types)
    got.problems.extend(problems)
    if definition is not None:
        blob = tree.entries[path].blob
        got.definitions[definition.id] = Definition(credential=definition, blob=blob)
        got.editions[blob] = definition


def _read_records(
    got: _Gathered,
    tree: Tree,
    found: Mapping[str, Found],
    read_blobs: BlobReader,
    only: frozenset[SubmissionId] | None,
) -> dict[SubmissionId, Record]:
    by_submission: dict[SubmissionId, dict[str, Found]] = {}
    for path, what in found.items():
        if what.kind in ("profile", "programme", "definition", "example", "stack") or what.credential is None:
            continue
        if only is None or what.submission in only:
            by_submission.setdefault(what.submission, {})[path] = what
    decisions: dict[SubmissionId, list[Decision]] = {}
    for submission, paths in by_submission.items():
        for path, what in paths.items():
            if what.kind == "decision":
                decision = got.read(tree, path, Decision, _placed(what))
                if decision:
                    decisions.setdefault(submission, []).append(decision)
    _read_past_editions(got, decisions.values(), read_blobs)
    return {
        submission: _read_record(got, tree, submission, paths, tuple(decisions.get(submission, ())))
        for submission, paths in by_submission.items()
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
            what = f"the definition it was decided by ({blob[:10]}) is nowhere in the record"
            got.problems.append(Problem(what=what, where=where, hint="mcred sync, then try again"))
            continue
        file = f"{definition_path(credential)} (as it was then)"
        edition = got.take(read[blob], Credential, file, _named(credential))
        if edition:
            got.editions[blob] = edition


def _read_record(
    got: _Gathered,
    tree: Tree,
    submission: SubmissionId,
    paths: Mapping[str, Found],
    decisions: tuple[Decision, ...],
) -> Record:
    assessments = []
    for path, what in paths.items():
        if what.kind == "assessment":
            assessment = got.read(tree, path, Assessment, _placed(what))
            if assessment:
                assessments.append(assessment)
    newest = max(decisions, key=lambda d: d.attempt, default=None)
    current = got.definitions.get(submission.credential)
    definition = current.credential if current else None
    if newest:
        definition = got.editions.get(newest.definition.blob)
    work = None
    listing = submission_path(submission)
    if listing in paths and definition is not None:
        work, problems = read_work(submission, tree, definition)
        got.problems.extend(problems)
    elif listing in paths and definition_path(submission.credential) not in tree.entries:
        unknown = f"there is no micro-credential '{submission.credential}'"
        got.problems.append(Problem(what=unknown, where=Place(file=listing), hint="mcred browse lists them"))
    return Record(
        id=submission,
        work=work,
        assessments=tuple(assessments),
        decisions=decisions,
        awards={
            w.attempt: tree.contents[p] for p, w in paths.items() if w.kind == "award" and p in tree.contents
        },
    )


def read_work(
    submission: SubmissionId, tree: Tree, definition: Credential
) -> tuple[Work | None, tuple[Problem, ...]]:
    """A submission's folder of a tree as a value; None when its list cannot be read."""
    return read_folder(folder_of(submission), submission, tree, definition)


def read_folder(
    folder: str, submission: SubmissionId, tree: Tree, definition: Credential
) -> tuple[Work | None, tuple[Problem, ...]]:
    """Any folder that holds a submission, golden examples too."""
    listing = f"{folder}/submission.yaml"
    data = tree.contents.get(listing)
    if data is None:
        hint = f"mcred start {submission.credential}"
        return None, (Problem(what="there is no submission.yaml", where=Place(file=listing), hint=hint),)

    def check(listed: Submission) -> Iterator[Fault]:
        return _check_listing(listed, submission)

    def asked_here(request: ReviewRequest) -> Iterator[Fault]:
        return _same_place("submission", request.submission, submission)

    decoded = decode(data, Submission, listing, check)
    listed, problems = decoded
    asked = None
    request_data = tree.contents.get(f"{folder}/review.yaml")
    if request_data is not None:
        answer = decode(request_data, ReviewRequest, f"{folder}/review.yaml", asked_here)
        asked, more = answer
        problems = (*problems, *more)
    answers, more = _read_answers(folder, tree, definition)
    problems = (*problems, *more)
    if listed is None:
        return None, problems
    prefix = folder + "/"
    work = Work(
        id=submission,
        submission=listed,
        where=Place(file=listing),
        answers=answers,
        files={
            path.removeprefix(prefix): StoredFile(blob=entry.blob, size=entry.size)
            for path, entry in tree.entries.items()
            if path.startswith(f"{prefix}evidence/")
        },
        request=asked,
    )
    return work, problems


def _check_listing(listed: Submission, submission: SubmissionId) -> Iterator[Fault]:
    if listed.credential != submission.credential:
        yield Fault(
            path=("credential",),
            what=f"this is for '{listed.credential}', the folder is '{submission.credential}'",
            hint=f"write credential: {submission.credential}",
        )
    seen: dict[str, int] = {}
    for n, piece in enumerate(listed.evidence):
        name = piece.file or piece.url
        if name and name in seen:
            yield Fault(path=("evidence", n), what=f"'{name}' is listed twice", hint="keep one of them")
        seen[name] = n
        parts = piece.file.split("/")
        if piece.file and (parts[0] != "evidence" or len(parts) < 2 or {"", ".", ".."} & set(parts)):
            yield Fault(
                path=("evidence", n, "file"),
                what=f"'{piece.file}' is not in the evidence folder",
                hint=f"mcred add FILE --for {piece.item} --type {piece.type}",
            )
        if piece.sha256 and not (is_hex(piece.sha256) and len(piece.sha256) == 64):
            yield Fault(
                path=("evidence", n, "sha256"),
                what="this is not a SHA-256",
                hint="it has 64 signs of 0-9 and a-f; mcred add URL --copy FILE computes it",
            )
        if piece.url and not piece.url.startswith(("https://", "http://")):
            yield Fault(
                path=("evidence", n, "url"), what="this is not a web address", hint="begin with https://"
            )


def _read_answers(
    folder: str, tree: Tree, definition: Credential
) -> tuple[dict[Slug, Answer], tuple[Problem, ...]]:
    answers: dict[Slug, Answer] = {}
    problems: list[Problem] = []
    for part in definition.parts:
        path = f"{folder}/{answers_file(definition, part)}"
        data = tree.contents.get(path)
        if data is None:
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            where = Place(file=path, line=data[: error.start].count(b"\n") + 1)
            problems.append(Problem(what="the text is not UTF-8", where=where, hint="save the file as UTF-8"))
            continue
        problems.extend(_hidden_characters(text, path))
        lines = written_lines(text).split("\n")
        if begun := find_open_comment(text):
            where = Place(file=path, line=begun, source=lines[begun - 1])
            what = "a remark begins here and is never closed, so all below it is hidden"
            problems.append(Problem(what=what, where=where, hint="put --> where the remark ends"))
        items = {_heading(i.title): i for i in part.items}
        for section in read_sections(text):
            item = items.get(_heading(section.heading))
            where = Place(file=path, line=section.line, source=lines[section.line - 1])
            if item is None:
                problems.append(_unknown_heading(section.heading, where, [i.title for i in part.items]))
            elif item.id in answers:
                what = f"the heading “{section.heading}” stands here again"
                problems.append(Problem(what=what, where=where, hint="put both answers under one heading"))
            else:
                answers[item.id] = Answer(text=section.text, words=section.words, where=where)
    return answers, tuple(problems)


def _heading(text: str) -> str:
    """A heading as compared: letters' case, spaces and ways to write an accent do not matter."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _unknown_heading(heading: str, where: Place, titles: list[str]) -> Problem:
    close = difflib.get_close_matches(heading, titles, n=1, cutoff=0.5)
    hint = f"did you mean ## {close[0]}?" if close else f"the headings are {', '.join(titles)}"
    return Problem(what=f"no question has the heading “{heading}”", where=where, hint=hint)


def _hidden_characters(text: str, path: str) -> Iterator[Problem]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if hidden := find_hidden(line.rstrip("\r")):
            yield Problem(
                what=f"a hidden character (U+{ord(hidden[0]):04X}) stands here",
                where=Place(file=path, line=number, column=hidden.start() + 1, source=line),
                hint="delete it and type the text anew",
            )


def read_examples(
    credential: CredentialId, tree: Tree, definition: Credential
) -> tuple[tuple[Example, ...], tuple[Problem, ...]]:
    """A definition's golden examples, by name."""
    base = definition_path(credential).removesuffix("credential.yaml") + "examples/"
    found_there = (parse_path(p) for p in tree.entries if p.startswith(base))
    names = sorted({w.rest.split("/")[0] for w in found_there if w is not None})
    examples: list[Example] = []
    problems: list[Problem] = []
    for name in names:
        if not is_id(name):
            where = Place(file=base + name)
            problems.append(Problem(what="this name is not an id", where=where, hint=explain_bad_id(name)))
            continue
        submission = SubmissionId(PersonId(name), credential)
        work, found = read_folder(base + name, submission, tree, definition)
        problems.extend(found)
        agreed_path = f"{base}{name}/agreed.yaml"
        agreed = None
        if agreed_path not in tree.contents:
            hint = "write the outcome and the levels that assessors agreed on"
            where = Place(file=agreed_path)
            problems.append(Problem(what="there is no agreed.yaml", where=where, hint=hint))
        else:
            agreed, found = decode(tree.contents[agreed_path], Agreed, agreed_path)
            problems.extend(found)
        if work is not None and agreed is not None:
            examples.append(Example(name=Slug(name), work=work, agreed=agreed))
    return tuple(examples), tuple(problems)


def unreadable(problems: tuple[Problem, ...], what: str, hint: str) -> McredError:
    """The error to raise when the very thing a command is about cannot be read."""
    return McredError(what, hint=hint, problems=errors(problems))
