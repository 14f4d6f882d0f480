"""Splitting a submission's folder into cells for comparison, nothing left out.

Each written part is split at its answers, the list of evidence at its entries and fields; every other file
is one cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.compare.cells import EvidenceEntry, FolderState
from mcred.domain.compare.text_diff import Body, plain_body
from mcred.domain.credential import Credential, Part
from mcred.domain.ids import Slug, SubmissionId
from mcred.domain.layout import answers_file, is_work
from mcred.domain.submission import StoredFile, Work
from mcred.formats.markdown import blank_comments, read_sections, written_lines
from mcred.formats.portfolio import Tree, heading_key, read_folder
from mcred.formats.yaml_node import Node
from mcred.formats.yaml_reader import plain_text, read_nodes
from mcred.problems import Problem

LISTING = "submission.yaml"
_AGREED = "agreed.yaml"
"""What assessors agreed on, in a golden example's folder."""
_GAP = "\x1e"
"""Replaces an answer in the text around it."""
AS_STORED = "as stored"
"""The field for the list's bytes, where normalisation changed them."""


def read_state(
    folder: str, submission: SubmissionId, tree: Tree, definition: Credential
) -> tuple[FolderState | None, tuple[Problem, ...]]:
    """Read any folder with a submission; returns None when its list is unreadable, and all problems."""
    work, problems = read_folder(folder, submission, tree, definition)
    if work is None:
        return None, problems
    prefix = folder + "/"
    parts = {answers_file(definition, part): part for part in definition.parts}
    bodies: dict[Slug, Body] = {}
    beside: dict[str, Body] = {}
    files: dict[str, StoredFile] = {}
    for path, entry in tree.entries.items():
        name = path.removeprefix(prefix)
        if path == name or name in (LISTING, _AGREED) or not is_work(name):
            continue
        data = tree.contents.get(path) if name in parts else None
        if data is None:
            files[name] = StoredFile(blob=entry.blob, size=entry.size)
        else:
            found, rest = cut_part(data, parts[name])
            bodies.update(found)
            beside[name] = rest
    entries, fields = cut_listing(tree.contents[prefix + LISTING], work)
    state = FolderState(
        work=work,
        definition=definition,
        bodies=bodies,
        beside=beside,
        entries=entries,
        fields=fields,
        files=files,
    )
    return state, problems


def cut_part(data: bytes, part: Part) -> tuple[Mapping[Slug, Body], Body]:
    """Split a written part into item → answer, and the text around the answers in order."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {}, plain_body(data.decode("latin-1"))
    lines = written_lines(text)
    shown = blank_comments(lines)
    starts = [0]
    for line in lines.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    items = {heading_key(i.title): i.id for i in part.items}
    bodies: dict[Slug, Body] = {}
    rest: list[str] = []
    at = 0
    for section in read_sections(text):
        item = items.get(heading_key(section.heading))
        if item is None or item in bodies:
            continue
        begin, end = starts[section.above], min(starts[section.below], len(lines))
        bodies[item] = Body(raw=lines[begin:end], shown=shown[begin:end])
        rest.append(lines[at:begin])
        at = end
    around = _GAP.join([*rest, lines[at:]])
    if lines != text:
        # Line ends and marks that reading takes away.
        return bodies, Body(raw=around + _GAP + text, shown=" " * (len(around) + 1 + len(text)))
    return bodies, Body(raw=around, shown=blank_comments(around).replace(_GAP, "\n"))


def cut_listing(data: bytes, work: Work) -> tuple[Mapping[str, EvidenceEntry], Mapping[str, str]]:
    """Split the list into its entries and fields, each with its source lines."""
    root, _ = read_nodes(data, LISTING)
    text = plain_text(data)
    lines = [f"{line}\n" for line in text.split("\n")]
    pairs = root.pairs if root is not None else ()
    keys = [key.line - 1 for key, _ in pairs]
    # Line ends and marks that reading takes away.
    fields: dict[str, str] = {} if text.encode() == data else {AS_STORED: data.decode("latin-1")}
    if keys != sorted(set(keys)):
        return _without_lines(work), {**fields, "": text}
    fields[""] = "".join(lines[: keys[0] if keys else len(lines)])
    entries: Mapping[str, EvidenceEntry] = {}
    for (key, value), begin, end in zip(pairs, keys, [*keys[1:], len(lines)], strict=True):
        cut = _entry_lines(value, text) if key.text == "evidence" else ()
        rest = (lines[begin : cut[0]], [_GAP], lines[cut[-1] : end]) if cut else (lines[begin:end],)
        fields[key.text] = "".join(line for part in rest for line in part)
        entries = entries or dict(_cut_entries(lines, cut, work))
    return entries or _without_lines(work), fields


def _entry_lines(value: Node, text: str) -> tuple[int, ...]:
    """Where each entry begins, and where the last one ends; empty when two share a line."""
    begins = [item.line - 1 for item in value.items]
    if not begins or value.flow or begins != sorted(set(begins)):
        return ()
    return (*begins, text.count("\n", 0, value.items[-1].end) + 1)


def _cut_entries(lines: list[str], cut: tuple[int, ...], work: Work) -> Iterator[tuple[str, EvidenceEntry]]:
    for name, piece, begin, end in zip(_names(work), work.submission.evidence, cut, cut[1:], strict=False):
        yield name, EvidenceEntry(piece=piece, raw="".join(lines[begin:end]))


def _names(work: Work) -> tuple[str, ...]:
    """A key for each piece: its file or URL, else its position in the list."""
    return tuple(p.file or p.url or f"entry {n}" for n, p in enumerate(work.submission.evidence, start=1))


def _without_lines(work: Work) -> Mapping[str, EvidenceEntry]:
    pairs = zip(_names(work), work.submission.evidence, strict=True)
    return {name: EvidenceEntry(piece=piece, raw="") for name, piece in pairs}
