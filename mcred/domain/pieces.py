"""What a request commits to: the pieces of the work, each by the digest of a salted disclosure.

Whoever is given one disclosure can check one piece and learns nothing of the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

from msgspec import Struct

from mcred.domain import disclosure
from mcred.domain.credential import Credential
from mcred.domain.disclosure import SALT_BYTES, commitment_of, new_salt
from mcred.domain.ids import Doc, Slug
from mcred.domain.record_file import RecordFile
from mcred.domain.submission import CommittedPiece, Evidence, Work

PieceName = Literal["answer", "evidence", "file"]
"""The name in a disclosure: the text under a heading, an entry of the list of evidence, another file."""


class Disclosures(RecordFile, frozen=True, kw_only=True, tag="disclosures"):
    """`attempts/<n>/disclosures.json`: opens the pieces of a request, where members may read the work."""

    format: Literal[2]
    disclosures: Annotated[tuple[str, ...], Doc("One for each piece of the request, in its order.")]


class FileDigest(Struct, frozen=True, kw_only=True):
    """The size and SHA-256 of a file's content."""

    sha256: str
    bytes: int


def digest_of(data: bytes) -> FileDigest:
    """The size and SHA-256 of a file's content."""
    return FileDigest(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


class PieceContent(Struct, frozen=True, kw_only=True):
    """What a disclosure says of a piece: its name and value, without the salt."""

    name: PieceName
    value: Mapping[str, Any]

    @property
    def item(self) -> Slug | None:
        """The item that it answers; None for a file that no criterion is judged by."""
        found = self.value.get("item")
        return Slug(found) if isinstance(found, str) else None

    @property
    def type(self) -> Slug:
        """The type as a request says it: that of the evidence, else `answer` or `file`."""
        found = self.value.get("type")
        return Slug(found) if isinstance(found, str) else Slug(self.name)

    @property
    def digest(self) -> FileDigest | None:
        """The size and SHA-256 of its file; None for an answer, a link, and a file that is not there."""
        found = self.value.get("file") if self.name == "evidence" else self.value
        if self.name == "answer" or not isinstance(found, Mapping):
            return None
        sha256, size = found.get("sha256"), found.get("bytes")
        is_whole = isinstance(sha256, str) and isinstance(size, int)
        return FileDigest(sha256=sha256, bytes=size) if is_whole else None  # type: ignore[arg-type]


def disclose(salt: str, content: PieceContent) -> str:
    """The disclosure of a piece."""
    return disclosure.disclose(salt, content.name, content.value)


def read_disclosure(text: str) -> PieceContent | None:
    """What a disclosure says; None where it is no disclosure of a piece."""
    match disclosure.read_disclosure(text):
        case str() as name, value if name in get_args(PieceName):
            return PieceContent(name=name, value=value)  # type: ignore[arg-type]
    return None


def list_contents(
    work: Work, definition: Credential, digests: Mapping[str, FileDigest]
) -> tuple[PieceContent, ...]:
    """Every piece of a submission's folder, in the order of a request.

    First each answer, in the definition's order; then each entry of the list of evidence; then every other
    file, by path. `digests`: those of all files of the folder, by path below it.
    """
    listed = {e.file for e in work.submission.evidence}
    return (
        *_answers(work, definition),
        *(_evidence(piece, digests.get(piece.file)) for piece in work.submission.evidence),
        *(
            PieceContent(name="file", value={"file": path, "sha256": found.sha256, "bytes": found.bytes})
            for path, found in sorted(digests.items())
            if path not in listed
        ),
    )


def _answers(work: Work, definition: Credential) -> Iterator[PieceContent]:
    for item in definition.items:
        answer = work.answers.get(item.id)
        words = answer.text.split() if answer else []
        if words:
            digest = hashlib.sha256(" ".join(words).encode()).hexdigest()
            yield PieceContent(name="answer", value={"item": item.id, "sha256": digest, "words": len(words)})


def _evidence(piece: Evidence, stored: FileDigest | None) -> PieceContent:
    """What a criterion is judged by: neither what the file is called nor the piece's title."""
    said = {"about": " ".join(piece.about.split()), "url": piece.url, "sha256": piece.sha256}
    value: dict[str, Any] = {
        "item": piece.item,
        "type": piece.type,
        **{key: text for key, text in said.items() if text},
    }
    if stored is not None:
        value["file"] = {"sha256": stored.sha256, "bytes": stored.bytes}
    return PieceContent(name="evidence", value=value)


def commit_to(
    contents: Iterable[PieceContent], earlier: Iterable[str], random: Callable[[int], bytes]
) -> tuple[tuple[CommittedPiece, ...], tuple[str, ...]]:
    """The pieces of a request and their disclosures.

    `earlier`: disclosures of earlier attempts. A piece that says the same as one of them keeps it, and so its
    commitment. `random`: draws so many random bytes.
    """
    kept: dict[str, list[str]] = {}
    for known in dict.fromkeys(earlier):
        if (said := read_disclosure(known)) is not None:
            kept.setdefault(disclose("", said), []).append(known)
    pieces, disclosures = [], []
    for content in contents:
        same = kept.get(disclose("", content))
        opens = same.pop(0) if same else disclose(new_salt(random(SALT_BYTES)), content)
        pieces.append(CommittedPiece(commitment=commitment_of(opens), item=content.item, type=content.type))
        disclosures.append(opens)
    return tuple(pieces), tuple(disclosures)


def unchanged_criteria(
    before: Sequence[CommittedPiece], now: Sequence[CommittedPiece], definition: Credential
) -> tuple[Slug, ...]:
    """The criteria whose evidence is the same in two requests, by commitments alone, in their order."""

    def committed(pieces: Sequence[CommittedPiece], item: Slug) -> list[str]:
        return [p.commitment for p in pieces if p.item == item]

    def is_same(item: Slug) -> bool:
        return committed(before, item) == committed(now, item)

    items = {c.id: definition.part_of(c).items_of(c) for c in definition.criteria}
    return tuple(c for c, found in items.items() if found and all(is_same(i.id) for i in found))


def evidence_pieces(pieces: Iterable[CommittedPiece], work: Work) -> tuple[CommittedPiece, ...]:
    """The pieces of a request that are evidence: one for each entry of the work's list, in its order.

    They are the last ones with an item, since answers come before them: an item that takes evidence may have
    an answer too.
    """
    of_items = [piece for piece in pieces if piece.item is not None]
    return tuple(of_items[max(0, len(of_items) - len(work.submission.evidence)) :])


def explain_mismatch(
    pieces: Sequence[CommittedPiece],
    disclosures: Sequence[str] | None,
    contents: Sequence[PieceContent] | None,
    erased: Collection[str] = (),
) -> str:
    """Why pieces are not those of the work that lies beside them, '' where they are.

    `disclosures`: None where they cannot be read. `contents`: None where the work cannot be read. `erased`:
    the commitments of pieces that need not be there any more.
    """
    if disclosures is None or contents is None:
        what = "the list that opens its pieces" if disclosures is None else "the work"
        return f"the pieces it names cannot be compared: {what} is missing or cannot be read"
    here = [commitment_of(d) for d in disclosures]
    kept = [p for p in pieces if p.commitment not in erased or p.commitment in here]
    if [p.commitment for p in kept] != here:
        return "the list next to it opens different pieces from those it names"
    if len({p.commitment for p in pieces}) != len(pieces):
        return "it names one piece twice"
    opened = [disclose("", said) if (said := read_disclosure(d)) else "" for d in disclosures]
    said_of = [(p.item, p.type) for p in kept]
    contents = tuple(_without_left(contents, opened, len(pieces) - len(kept)))
    if opened != [disclose("", c) for c in contents] or said_of != [(c.item, c.type) for c in contents]:
        return "the pieces it names are not the work that was submitted"
    return ""


def _without_left(
    contents: Iterable[PieceContent], opened: Sequence[str], most: int
) -> Iterator[PieceContent]:
    """Contents without what the list of evidence still says of pieces that were erased, at most so many."""
    rest = list(opened)
    for content in contents:
        if rest and disclose("", content) == rest[0]:
            rest.pop(0)
        elif most and content.name == "evidence" and content.digest is None:
            most -= 1
            continue
        yield content
