"""Selects the evidence that a badge's page shows, and the file type it is published as.

Shown is what its earner publishes (`domain.shown`), and only as a type that a browser shows without running
anything, recognised by its first bytes and not by its name. All other text (Markdown, HTML, SVG, XML,
unknown) is offered as plain text, and other binary files not at all.

>>> published_name("Lesson.SVG", b"<svg/>")[-4:]
'.txt'
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.domain.credential import Credential
from mcred.domain.endorsements.told import Endorsed, ToldEndorsement
from mcred.domain.ids import Slug, SubmissionId
from mcred.domain.network.elsewhere import ElsewhereBadge
from mcred.domain.shown import ShownPiece
from mcred.domain.submission import ReviewRequest
from mcred.website.badge_views import Copy, EvidenceRow
from mcred.website.prose import clean_text, safe_link

_FIRST_BYTES: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    **dict.fromkeys(("docx", "odp", "ods", "odt", "pptx", "xlsx"), ((0, b"PK\x03\x04"),)),
    **dict.fromkeys(("m4a", "m4v", "mov", "mp4"), ((4, b"ftyp"),)),
    **dict.fromkeys(("jpeg", "jpg"), ((0, b"\xff\xd8\xff"),)),
    "gif": ((0, b"GIF8"),),
    "mp3": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "ogg": ((0, b"OggS"),),
    "pdf": ((0, b"%PDF-"),),
    "png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "wav": ((8, b"WAVE"),),
    "webm": ((0, b"\x1a\x45\xdf\xa3"),),
    "webp": ((8, b"WEBP"),),
}
_ELSEWHERE = b"version https://git-lfs.github.com/spec/"


def published_name(file: str, content: bytes, digest: str = "") -> str:
    """The name under which a file's bytes are published, '' when they are not.

    `digest`: the SHA-256 of a large file, of which `content` is only the beginning.
    """
    ending = posixpath.splitext(file)[1][1:].lower()
    digest = digest or hashlib.sha256(content).hexdigest()
    if any(content.startswith(first, at) for at, first in _FIRST_BYTES.get(ending, ())):
        return f"{digest}.{ending}"
    return f"{digest}.txt" if _is_text(content) else ""


def _is_text(content: bytes) -> bool:
    if content.startswith(_ELSEWHERE):  # a pointer to a file that is stored elsewhere
        return False
    try:
        return bool(content) and "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


class ShownEvidence(Struct, frozen=True, kw_only=True):
    """What earners publish, as it goes out."""

    pieces: Mapping[tuple[SubmissionId, int], tuple[ShownPiece, ...]] = field(default_factory=dict)
    """The pieces that count, by submission and attempt."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Their files, by name."""
    elsewhere: tuple[tuple[ElsewhereBadge, bytes], ...] = ()
    """The badges that they earned elsewhere, with their files; `file` is its name beside their page."""
    endorsements: tuple[Endorsed, ...] = ()
    """What others say of their badges."""


def place_endorsements(
    found: Iterable[Endorsed], folder: str
) -> tuple[tuple[ToldEndorsement, ...], tuple[Copy, ...]]:
    """Endorsements as the page of a folder lists them, and copies of their files beside it."""
    placed = [
        (
            replace(told, file=f"{folder}endorsements/{told.file}", digest=hashlib.sha256(data).hexdigest()),
            data,
        )
        for told, data in found
    ]
    return tuple(told for told, _ in placed), tuple(Copy(path=t.file, content=data) for t, data in placed)


def list_evidence(
    request: ReviewRequest, edition: Credential, folder: str, shown: ShownEvidence, erased: Collection[str]
) -> tuple[tuple[EvidenceRow, ...], tuple[Copy, ...]]:
    """All pieces of evidence that a request commits to, in the order of the items, and copies of the files
    of those that are shown; `erased` are left out."""
    rows: list[EvidenceRow] = []
    copies: dict[str, Copy] = {}
    published = {p.commitment: p for p in shown.pieces.get((request.submission, request.attempt), ())}
    for item in edition.items:
        for piece in request.pieces:
            if piece.item != item.id or piece.type not in item.accepts or piece.commitment in erased:
                continue
            found = published.get(piece.commitment)
            if found is None:
                rows.append(EvidenceRow(item=item.title, type=piece.type))
                continue
            copy = _copy_of(found, folder, shown.files)
            if copy:
                copies[copy.path] = copy
            rows.append(_row(item.title, piece.type, found, copy))
    return tuple(rows), tuple(copies.values())


def _copy_of(piece: ShownPiece, folder: str, files: Mapping[str, bytes]) -> Copy | None:
    content = files.get(piece.file)
    return Copy(path=f"{folder}evidence/{piece.file}", content=content) if content is not None else None


def _row(item: str, kind: Slug, piece: ShownPiece, copy: Copy | None) -> EvidenceRow:
    said = piece.content.value
    return EvidenceRow(
        item=item,
        type=kind,
        published=True,
        title=clean_text(piece.title),
        about=_text(said.get("about")),
        file=copy.path if copy else "",
        size=len(copy.content) if copy else 0,
        url=safe_link(_text(said.get("url"))),
        is_copy=not piece.is_as_assessed,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
