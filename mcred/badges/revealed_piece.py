"""A piece of a submission that someone is given: a zip file with its disclosure, and the piece itself.

    revealed.json       whose it is, and the disclosure
    piece/<name>        the file, or the answer as text; none for a link

Read as untrusted, like an export (`export_zip`).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import BinaryIO, Literal

from msgspec import DecodeError, Struct
from msgspec.json import Encoder, decode, format
from msgspec.structs import replace

from mcred.badges.checks import Check
from mcred.badges.export_zip import read_entries, write_parcel
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.open_badge import piece_urn
from mcred.domain.disclosure import commitment_of
from mcred.domain.ids import SubmissionId
from mcred.domain.pieces import PieceContent, digest_of, read_disclosure
from mcred.domain.submission import MAX_FILE
from mcred.problems import McredError

REVEALED_FILE = "revealed.json"
_FOLDER = "piece/"
"""Apart from `revealed.json`: evidence may have that very name."""
_FORM = "RFC 9901, section 4.2"


class RevealedPiece(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="revealed-piece"
):
    """`revealed.json`: the disclosure of a piece, and the attempt that it is said to be of."""

    format: Literal[2]
    submission: str
    attempt: int
    disclosure: str
    file: str = ""
    """The name of the piece itself, an entry below `piece/`; '' for a link."""

    @property
    def about(self) -> SubmissionId:
        """The submission. Raises ValueError where it names none."""
        return SubmissionId.parse(self.submission)

    @property
    def commitment(self) -> str:
        """What a request that was judged with this piece has."""
        return commitment_of(self.disclosure)


def write_revealed(piece: RevealedPiece, content: bytes | None) -> bytes:
    """The bytes of the zip file; reproducible. `content`: the piece itself, None for a link."""
    said = format(Encoder(order="sorted").encode(piece), indent=2) + b"\n"
    return write_parcel(
        {REVEALED_FILE: said, **({_FOLDER + piece.file: content} if content is not None else {})}
    )


def read_revealed(file: BinaryIO) -> tuple[RevealedPiece, bytes | None] | None:
    """The piece in a zip file, and its content; None where the file is none of a piece.

    Raises McredError where it is one and cannot be read.
    """
    found = read_entries(file, _find_root, lambda name: name == REVEALED_FILE)
    if REVEALED_FILE not in found:
        return None
    try:
        read_json(found[REVEALED_FILE])
        piece = decode(found[REVEALED_FILE], type=RevealedPiece)
        piece.about  # noqa: B018
    except (McredError, DecodeError, ValueError) as error:
        raise McredError(
            f"{REVEALED_FILE} in it cannot be read", hint="ask for the file as `mcred reveal` wrote it"
        ) from error
    inside = unicodedata.normalize("NFC", _FOLDER + piece.file)
    entries = read_entries(file, _find_root, lambda name: name == inside, MAX_FILE)
    return piece, entries.get(inside)


def _find_root(names: Iterable[str]) -> str:
    """The folder of `revealed.json`; other programs add one when they repack a file."""
    found = [n.removesuffix(REVEALED_FILE) for n in names if n.rpartition("/")[2] == REVEALED_FILE]
    return min((root for root in found if not root.startswith("__MACOSX/")), key=len, default="")


def check_content(piece: RevealedPiece, content: bytes | None) -> Check:
    """Whether the piece itself is the one that its disclosure says."""
    check = Check(name="piece", ok=True, what="", clause=_FORM)
    said = read_disclosure(piece.disclosure)
    if said is None:
        what = "its disclosure is not of a piece of a submission"
        return _failed(check, what, "ask for the original file")
    if said.name == "answer":
        ok = content is not None and _is_answer(said, content)
        what = f"the answer has the {said.value.get('words')} words that were committed to"
        wrong = "the answer in it is missing" if content is None else "the answer in it has different words"
    elif (digest := said.digest) is not None:
        ok = content is not None and digest_of(content) == digest
        what = f"{piece.file} is the file that was committed to ({digest.bytes:,} bytes)"
        wrong = "the file in it is missing" if content is None else f"{piece.file} in it was changed"
        wrong = f"{wrong}: the piece has {digest.bytes:,} bytes and the SHA-256 {digest.sha256[:12]}…"
    else:
        return _check_link(check, said)
    return replace(check, what=what) if ok else _failed(check, wrong)


def _is_answer(said: PieceContent, content: bytes) -> bool:
    words = content.decode("utf-8", "replace").split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest() == said.value.get("sha256")


def _check_link(check: Check, said: PieceContent) -> Check:
    url = said.value.get("url")
    if not isinstance(url, str):
        return _failed(check, "its disclosure names neither a file nor an address")
    sha256 = said.value.get("sha256")
    there = f"; what was there had the SHA-256 {sha256}" if sha256 else ""
    return replace(check, what=f"the piece is the address {url}{there}")


def _failed(check: Check, what: str, remedy: str = "") -> Check:
    return replace(check, ok=False, what=what, state="changed", remedy=remedy)


def check_in_badge(piece: RevealedPiece, document: JsonObject) -> Check:
    """Whether a badge was given for a piece: it has its commitment."""
    entries = document.get("evidence")
    known = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    clause = "Open Badges 3.0, Evidence"
    for entry in known:
        named = f"“{entry.get('name')}” ({entry.get('genre')})"
        if entry.get("id") == piece_urn(piece.commitment):
            what = f"the badge has this piece as {named}"
            return Check(name="judged", ok=True, what=what, clause=clause)
    what = "the badge was not awarded for this piece: it has no such commitment"
    return Check(name="judged", ok=False, what=what, clause=clause, state="not judged")
