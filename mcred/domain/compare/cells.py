"""A submission's folder as cells (answers, evidence, files), and the cells that differ between two.

The cells of a `FolderState` hold every character of a folder, so that two folders with equal cells are equal
byte by byte. `changed_cells` is exact; `report` interprets the changes for readers.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from mcred.domain.compare.text_diff import Body
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, Slug
from mcred.domain.submission import Evidence, StoredFile, Work

CellKey = tuple[str, str]
"""A cell's kind and key: an item, a file, a position in the list, a field of it."""


class EvidenceEntry(Struct, frozen=True, kw_only=True):
    """A piece of evidence in the list: its value and its source lines."""

    piece: Evidence
    raw: str


class FolderState(Struct, frozen=True, kw_only=True):
    """A submission's folder at one commit, read by a definition."""

    work: Work
    definition: Credential
    bodies: Mapping[Slug, Body]
    """Item → text below its heading."""
    beside: Mapping[str, Body]
    """The rest of each written part, by file: headings, and text that answers no question."""
    entries: Mapping[str, EvidenceEntry]
    """The list of evidence by file or address."""
    fields: Mapping[str, str]
    """Field → its source lines in the list; lines before the first field under ''."""
    files: Mapping[str, StoredFile]
    """Every other file by its path: evidence, and unlisted files."""

    def name_of(self, path: str) -> str:
        """A file's title in the list, or else its name."""
        entry = self.entries.get(path)
        return entry.piece.title if entry else path


class Content(Struct, frozen=True, kw_only=True):
    """What was read of a stored file: its text where it is one, its pages where they can be counted."""

    text: str | None = None
    pages: int | None = None


class StoredContents(Struct, frozen=True, kw_only=True):
    """Contents by stored id; empty for what was not read."""

    by_blob: Mapping[BlobId, Content] = field(default_factory=dict)

    def of(self, stored: StoredFile | None) -> Content:
        """What is known of a file."""
        return self.by_blob.get(stored.blob, Content()) if stored else Content()


CellChange = tuple[object, object]
"""A cell before and after; None where there is none."""


def cells_of(state: FolderState) -> Mapping[CellKey, object]:
    """The whole folder as cells."""
    return {
        **{("answer", item): body for item, body in state.bodies.items()},
        **{("beside", path): rest for path, rest in state.beside.items()},
        **{("entry", key): entry for key, entry in state.entries.items()},
        **{("field", name): raw for name, raw in state.fields.items()},
        **{("file", path): stored for path, stored in state.files.items()},
        ("order", "list"): tuple(state.entries),
    }


def changed_cells(before: FolderState, after: FolderState) -> Mapping[CellKey, CellChange]:
    """Every differing cell, with both its values."""
    old, new = cells_of(before), cells_of(after)
    keys = sorted({*old, *new})
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def files_to_read(changed: Mapping[CellKey, CellChange]) -> Mapping[str, tuple[StoredFile, ...]]:
    """Path → versions of each changed file: only those have to be read."""
    found: dict[str, tuple[StoredFile, ...]] = {}
    for (kind, path), change in changed.items():
        if kind == "file":
            found[path] = tuple(s for s in change if isinstance(s, StoredFile))
    return found
