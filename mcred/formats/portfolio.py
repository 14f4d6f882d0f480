"""Reading a submission's folder: its list of evidence, the answers by heading, the files by path.

The same for drafts, sent commits, commits of main, and golden examples.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Protocol

from msgspec.structs import replace

from mcred.domain.assessment import Agreed
from mcred.domain.catalog import Example
from mcred.domain.credential import Credential
from mcred.domain.ids import (
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
from mcred.domain.layout import (
    answers_file,
    definition_path,
    folder_of,
    parse_path,
    request_path,
)
from mcred.domain.submission import (
    MAX_TEXT,
    Answer,
    Evidence,
    ReviewRequest,
    StoredFile,
    Submission,
    Work,
)
from mcred.domain.text import find_unseen, nearest, show_unseen, without_unseen
from mcred.formats.decode import decode
from mcred.formats.markdown import (
    find_open_comment,
    read_sections,
    spoken_words,
    written_lines,
)
from mcred.formats.yaml_reader import find_hidden, read_nodes
from mcred.problems import Fault, Place, Problem


class Stored(Protocol):
    """A file as listed by the store."""

    @property
    def blob(self) -> BlobId: ...
    @property
    def size(self) -> int: ...


class Tree(Protocol):
    """All paths of one commit's tree, and the bytes of selected ones."""

    @property
    def commit(self) -> CommitId: ...
    @property
    def entries(self) -> Mapping[str, Stored]: ...
    @property
    def contents(self) -> Mapping[str, bytes]: ...


def same_place(name: str, inside: object, outside: object) -> Iterator[Fault]:
    """A fault when the field `name` of a file (`inside`) differs from the value in its path (`outside`)."""
    if inside != outside:
        yield Fault(
            path=(name,),
            what=f"the {name} is '{inside}', but the file's location says '{outside}'",
            hint="a file counts only where it belongs; put it back there",
        )


def read_work(
    submission: SubmissionId, tree: Tree, definition: Credential
) -> tuple[Work | None, tuple[Problem, ...]]:
    """Read a submission from a tree; returns it (None when its list is unreadable) and all problems."""
    return read_folder(folder_of(submission), submission, tree, definition)


def read_folder(
    folder: str, submission: SubmissionId, tree: Tree, definition: Credential
) -> tuple[Work | None, tuple[Problem, ...]]:
    """Like `read_work` for any folder with a submission, such as a golden example."""
    listing = f"{folder}/submission.yaml"
    data = tree.contents.get(listing)
    if data is None and listing in tree.entries:
        return None, (_unread(listing),)
    if data is None:
        hint = f"mcred start {submission.credential}"
        return None, (Problem(what="there is no submission.yaml", where=Place(file=listing), hint=hint),)

    def check(listed: Submission) -> Iterator[Fault]:
        return _check_listing(listed, submission)

    def asked_here(request: ReviewRequest) -> Iterator[Fault]:
        return chain(
            same_place("submission", request.submission, submission),
            same_place("attempt", request.attempt, attempt),
        )

    decoded = decode(data, Submission, listing, check)
    listed, problems = decoded
    asked = None
    attempt = listed.attempt if listed is not None else 0
    request = request_path(submission, attempt)
    if request in tree.contents:
        answer = decode(tree.contents[request], ReviewRequest, request, asked_here)
        asked, more = answer
        problems = (*problems, *more)
    answers, more = _read_answers(folder, tree, definition)
    problems = (*problems, *more)
    if listed is None:
        return None, problems
    prefix = folder + "/"
    listed = replace(listed, evidence=tuple(_as_stored(piece, prefix, tree) for piece in listed.evidence))
    list_line, entry_lines = _evidence_lines(data, listing)
    work = Work(
        id=submission,
        submission=listed,
        where=Place(file=listing, line=list_line),
        entry_lines=entry_lines,
        answers=answers,
        files={
            path.removeprefix(prefix): StoredFile(blob=entry.blob, size=entry.size)
            for path, entry in tree.entries.items()
            if path.startswith(f"{prefix}evidence/")
        },
        request=asked,
    )
    return work, problems


def _as_stored(piece: Evidence, prefix: str, tree: Tree) -> Evidence:
    """A piece of evidence with its file name spelled as in the tree (Unicode normalization may differ)."""
    composed = unicodedata.normalize("NFC", piece.file)
    return replace(piece, file=composed) if f"{prefix}{composed}" in tree.entries else piece


def _unread(path: str) -> Problem:
    """The problem of a text file that exists and was not read."""
    return Problem(
        what=f"this is larger than {MAX_TEXT // 1024:,} kB, or not a regular file, so it is not read",
        where=Place(file=path),
        hint="keep the text here and add pictures and tables as evidence",
    )


def _evidence_lines(data: bytes, listing: str) -> tuple[int, tuple[int, ...]]:
    """The line number of the list of evidence, and of each piece in it."""
    root, _ = read_nodes(data, listing)
    pairs = root.pairs if root is not None else ()
    for key, value in pairs:
        if key.text == "evidence":
            return key.line, tuple(item.line for item in value.items)
    return 0, ()


def _check_listing(listed: Submission, submission: SubmissionId) -> Iterator[Fault]:
    if listed.credential != submission.credential:
        yield Fault(
            path=("credential",),
            what=f"this is for '{listed.credential}', but the folder is '{submission.credential}'",
            hint=f"write credential: {submission.credential}",
        )
    seen: dict[str, int] = {}
    for n, piece in enumerate(listed.evidence):
        name = piece.file or piece.url
        if name and name in seen:
            yield Fault(path=("evidence", n), what=f"'{name}' is listed twice", hint="keep only one of them")
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
                hint="it has 64 characters, 0-9 and a-f; mcred add URL --copy FILE computes it",
            )
        if piece.url and not piece.url.startswith(("https://", "http://")):
            yield Fault(
                path=("evidence", n, "url"), what="this is not a web address", hint="start with https://"
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
            if path in tree.entries:
                problems.append(_unread(path))
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
            what = "a hidden comment starts here and never ends, so everything below it is hidden"
            problems.append(Problem(what=what, where=where, hint="put --> where the comment ends"))
        items = {heading_key(i.title): i for i in part.items}
        for section in read_sections(text):
            item = items.get(heading_key(section.heading))
            where = Place(file=path, line=section.line, source=lines[section.line - 1])
            if item is None:
                problems.append(_unknownheading_key(section.heading, where, [i.title for i in part.items]))
            elif item.id in answers:
                what = f"the heading “{show_unseen(section.heading)}” appears twice"
                problems.append(Problem(what=what, where=where, hint="put both answers under one heading"))
            else:
                answers[item.id] = Answer(text=section.text, words=section.words, where=where)
    return answers, tuple(problems)


def heading_key(text: str) -> str:
    """A comparison key for headings: ignores case, spaces, normalization and invisible characters."""
    return " ".join(unicodedata.normalize("NFC", without_unseen(text)).casefold().split())


def _unknownheading_key(heading: str, where: Place, titles: list[str]) -> Problem:
    close = nearest(spoken_words(heading), titles)
    where = replace(where, column=find_unseen(where.source))
    heading = show_unseen(heading)
    hint = f"did you mean ## {close}?" if close else f"the headings are {', '.join(titles)}"
    return Problem(what=f"no question has the heading “{heading}”", where=where, hint=hint)


def _hidden_characters(text: str, path: str) -> Iterator[Problem]:
    if "\0" in text:  # UTF-16 without its mark has one beside each letter
        where = Place(file=path, line=text.count("\n", 0, text.index("\0")) + 1)
        yield Problem(what="the text is not UTF-8", where=where, hint="save the file as UTF-8")
        return
    for number, line in enumerate(written_lines(text).split("\n"), start=1):
        if hidden := find_hidden(line):
            yield Problem(
                what=f"there is a hidden character (U+{ord(hidden[0]):04X}) here",
                where=Place(file=path, line=number, column=hidden.start() + 1, source=line),
                hint="delete it and retype the text",
            )


def read_examples(
    credential: CredentialId, tree: Tree, definition: Credential
) -> tuple[tuple[Example, ...], tuple[Problem, ...]]:
    """A definition's golden examples, sorted by name, and their problems."""
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
            hint = "write the outcome and the levels that the assessors agreed on"
            where = Place(file=agreed_path)
            problems.append(Problem(what="there is no agreed.yaml", where=where, hint=hint))
        else:
            agreed, found = decode(tree.contents[agreed_path], Agreed, agreed_path)
            problems.extend(found)
        if work is not None and agreed is not None:
            examples.append(Example(name=Slug(name), work=work, agreed=agreed))
    return tuple(examples), tuple(problems)
