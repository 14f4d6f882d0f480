"""Selects the evidence that a badge's page shows, and the file type it is published as.

Published only if its earner set `publish: true`; then only as a type that a browser shows without running
anything, recognised by its first bytes and not by its name. All other text (Markdown, HTML, SVG, XML,
unknown) is offered as plain text, and other binary files not at all. Pictures are re-encoded (`photos`), so
that no place or time is published with them.

>>> published_name("Lesson.SVG", b"<svg/>")[-4:]
'.txt'
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping

from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, Slug
from mcred.domain.submission import Evidence, Work
from mcred.website.badge_views import Copy, EvidenceRow
from mcred.website.metadata.photos import copy_photo, is_photo
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


def list_evidence(
    work: Work, edition: Credential, folder: str, contents: Mapping[BlobId, bytes]
) -> tuple[tuple[EvidenceRow, ...], tuple[Copy, ...]]:
    """All pieces in the order of the items, and copies of those that are published as files."""
    rows: list[EvidenceRow] = []
    copies: dict[str, Copy] = {}
    for item in edition.items:
        for piece in work.evidence_of(item):
            if not _may_publish(piece, work):
                # Its title is the earner's own text too: only the rubric's name for it is shown.
                rows.append(EvidenceRow(item=item.title, type=piece.type))
                continue
            copy = _copy_of(work, piece, folder, contents)
            if copy:
                copies[copy.path] = copy
            rows.append(_row(item.title, piece, copy))
    return tuple(rows), tuple(copies.values())


def _may_publish(piece: Evidence, work: Work) -> bool:
    consent: Slug | str = "student-consent"
    return piece.publish and (not piece.students or consent in work.submission.attestations)


def _copy_of(work: Work, piece: Evidence, folder: str, contents: Mapping[BlobId, bytes]) -> Copy | None:
    stored = work.files.get(piece.file)
    content = contents.get(stored.blob) if stored else None
    content = _without_traces(piece.file, content) if content is not None else None
    name = published_name(piece.file, content) if content is not None else ""
    return Copy(path=f"{folder}evidence/{name}", content=content) if name and content else None


def _without_traces(file: str, content: bytes) -> bytes | None:
    """The publishable bytes of a file: of a picture, only its pixels."""
    name = published_name(file, content)
    ending = name.rpartition(".")[2]
    return copy_photo(content, ending) if name and is_photo(ending) else content


def _row(item: str, piece: Evidence, copy: Copy | None) -> EvidenceRow:
    return EvidenceRow(
        item=item,
        type=piece.type,
        published=True,
        title=clean_text(piece.title),
        about=piece.about,
        file=copy.path if copy else "",
        size=len(copy.content) if copy else 0,
        url=safe_link(piece.url),
    )
