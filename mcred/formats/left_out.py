"""What a person wrote as part of an answer and reading leaves out, told to them and to no one else.

What counts is decided by `formats.portfolio`; this only names lines and files that were meant to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from mcred.domain.credential import Credential, Part
from mcred.domain.ids import Slug
from mcred.domain.layout import answers_file
from mcred.domain.text import nearest
from mcred.formats.markdown import blank_comments, read_comments, read_sections, spoken_words, written_lines
from mcred.problems import Place, Problem

_LEAST_WORDS = 3
_WRITTEN = (".md", ".markdown", ".txt", ".rtf", ".html", ".htm", ".doc", ".docx", ".odt", ".pages")
"""How the names of texts end."""
_KINDS = ((b"{\\rtf", "Rich Text"), (b"PK\x03\x04", "Word"), (b"\xd0\xcf\x11\xe0", "Word"))
"""How files begin that apps write who keep fonts and pictures with the words."""


def find_left_out(
    data: bytes, part: Part, path: str, guide: str, answered: Collection[Slug]
) -> tuple[Problem, ...]:
    """Warnings about a part, in order of its lines; one alone about a file of an app that writes no text.

    `guide`: the file as it was before anything was written into it. `answered`: the items with an answer.
    """
    for mark, app in _KINDS:
        if data.startswith(mark):
            what = f"this is a {app} file, so nothing in it is read as an answer"
            name = PurePosixPath(path).name
            help_ = f"save it as plain text (in TextEdit: Format > Make Plain Text), with the name {name}"
            return (_warning(what, path, 1, [""], help_),)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ()
    if "\0" in text:
        return ()
    lines = written_lines(text).split("\n")
    found = [
        *_headings(lines, text, part, path, answered),
        *_in_comments(lines, text, part, path, guide, answered),
        *_above(lines, text, part, path, answered),
    ]
    return tuple(sorted(found, key=lambda problem: problem.where.line if problem.where else 0))


def _headings(
    lines: list[str], text: str, part: Part, path: str, answered: Collection[Slug]
) -> Iterator[Problem]:
    """Lines that have the words of a question and are not the heading of its answer."""
    heads = {section.line for section in read_sections(text)}
    titles = {spoken_words(i.title).casefold(): i.title for i in part.items if i.id not in answered}
    for number, line in enumerate(blank_comments("\n".join(lines)).split("\n"), start=1):
        title = titles.get(spoken_words(line).casefold()) if line.strip() and number not in heads else None
        if title is not None:
            yield _warning(
                f"this line has the words of “{title}” and is not its heading, so no answer begins here",
                path,
                number,
                lines,
                f"write the line as: ## {title}",
            )


def _in_comments(
    lines: list[str], text: str, part: Part, path: str, guide: str, answered: Collection[Slug]
) -> Iterator[Problem]:
    """Words that were typed into the guidance, or in its place where an answer is missing."""
    known = {line.strip() for comment in read_comments(guide) for line in comment.text.split("\n")} - {""}
    for comment in read_comments(text):
        inner = comment.text.split("\n")
        added = [(n, line) for n, line in enumerate(inner) if line.strip() and line.strip() not in known]
        is_meant = len(added) < sum(1 for line in inner if line.strip()) or _is_open(part, answered)
        if is_meant and sum(len(line.split()) for _, line in added) >= _LEAST_WORDS:
            yield _warning(
                "this is written between <!-- and -->, where no one reads it, so it is no part of an answer",
                path,
                comment.line + added[0][0],
                lines,
                "move it below the line with -->",
            )


def _above(
    lines: list[str], text: str, part: Part, path: str, answered: Collection[Slug]
) -> Iterator[Problem]:
    """Words above the first heading, where an answer is missing."""
    if not _is_open(part, answered):
        return
    sections = read_sections(text)
    shown = blank_comments("\n".join(lines)).split("\n")[: sections[0].line - 1 if sections else None]
    written = [(n, line) for n, line in enumerate(shown, start=1) if not re.match(r"\s{0,3}#{1,6}\s", line)]
    if sum(len(line.split()) for _, line in written) >= _LEAST_WORDS * 3:
        number = next(n for n, line in written if line.strip())
        what = "what is written here is above the first heading of a question, so it is no part of an answer"
        yield _warning(what, path, number, lines, "write it below the heading of the question it answers")


def find_renamed(folder: str, names: Collection[str], definition: Credential) -> Mapping[str, Problem]:
    """The parts that are missing or written elsewhere → a warning that names the file with their text.

    `names`: of the files directly in the folder. A text that is near to no part is near to the only one that
    is missing.
    """
    parts = [answers_file(definition, part) for part in definition.parts]
    missing = [name for name in parts if name not in names]
    found: dict[str, Problem] = {}
    for name in sorted(set(names) - {*parts, "submission.yaml", "agreed.yaml"}):
        if not name.lower().endswith(_WRITTEN):
            continue
        meant = nearest(name, missing) or (missing[0] if len(missing) == 1 else nearest(name, parts))
        if not meant:
            continue
        what = f"this is not read: the part is written in {meant}"
        hint = f"put what counts into {meant}, and take this file out of the folder"
        if meant in missing:
            what = f"this is not read: {meant} is missing"
            is_plain = PurePosixPath(name).suffix.lower() in (".md", ".markdown", ".txt")
            hint = f"rename this file to {meant}" if is_plain else f"save it as plain text, as {meant}"
        if name.lower().endswith(".md.txt"):
            hint = f"{hint} (Windows hides the ending .txt: File Explorer, View, Show, File name extensions)"
        place = Place(file=f"{folder}/{name}")
        found.setdefault(meant, Problem(what=what, where=place, hint=hint, severity="warning"))
    return found


def _is_open(part: Part, answered: Collection[Slug]) -> bool:
    return any(item.is_written and item.id not in answered for item in part.items)


def _warning(what: str, path: str, number: int, lines: list[str], hint: str) -> Problem:
    source = lines[number - 1]
    column = len(source) - len(source.lstrip()) + 1
    where = Place(file=path, line=number, column=column, source=source)
    return Problem(what=what, where=where, hint=hint, severity="warning")
