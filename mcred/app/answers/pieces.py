"""Answers about pieces of a submission: shown to someone, published, erased; and who is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.domain.ids import PersonId, Slug, SubmissionId
from mcred.domain.shown import ShownPiece

if TYPE_CHECKING:
    from mcred.app.pieces.erase import EraseResult
    from mcred.app.pieces.publish import PublishResult
    from mcred.app.pieces.reveal import Revealed
    from mcred.app.sealed.let_in import LetInResult


class RevealAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/reveal/1"):
    """`mcred reveal`."""

    submission: SubmissionId
    attempt: int
    item: Slug | None
    type: Slug | None
    commitment: str
    file: str
    written: bool
    """False in a dry run."""


def reveal_answer(found: Revealed, file: str, *, written: bool) -> RevealAnswer:
    """What the file shows."""
    committed = found.piece.committed
    return RevealAnswer(
        submission=found.submission,
        attempt=found.attempt,
        item=committed.item,
        type=committed.type,
        commitment=committed.commitment,
        file=file,
        written=written,
    )


class PublishedPiece(Struct, frozen=True, kw_only=True):
    """A piece of evidence that is on a page, or was taken off it."""

    submission: SubmissionId
    attempt: int
    item: Slug | None
    type: Slug | None
    title: str
    commitment: str
    file: str | None
    as_assessed: bool
    """Whether it is what was assessed, and not a copy without hidden information."""


class PublishPieceAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/publish-piece/1"):
    """`mcred publish-piece`."""

    changed: tuple[PublishedPiece, ...]
    pages: bool
    """Whether the earner's pages are shown."""
    published: tuple[PublishedPiece, ...]
    """All that they publish now."""


class UnpublishAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/unpublish/1"):
    """`mcred unpublish`."""

    changed: tuple[PublishedPiece, ...]
    """What was taken off."""
    pages: bool
    published: tuple[PublishedPiece, ...]


def publish_answer(found: PublishResult) -> PublishPieceAnswer:
    """What was published, and all that is."""
    return PublishPieceAnswer(
        changed=tuple(map(_piece, found.changed)),
        pages=not found.shown.list.hidden,
        published=tuple(map(_piece, found.shown.list.pieces)),
    )


def unpublish_answer(found: PublishResult) -> UnpublishAnswer:
    """What was taken off the pages, and all that is still on them."""
    said = publish_answer(found)
    return UnpublishAnswer(changed=said.changed, pages=said.pages, published=said.published)


def _piece(piece: ShownPiece) -> PublishedPiece:
    return PublishedPiece(
        submission=piece.submission,
        attempt=piece.attempt,
        item=piece.content.item,
        type=piece.content.type,
        title=piece.title,
        commitment=piece.commitment,
        file=piece.file or None,
        as_assessed=piece.is_as_assessed,
    )


class ErasedPiece(Struct, frozen=True, kw_only=True):
    """A piece of which only its commitment is left."""

    item: Slug | None
    commitment: str


class EraseAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/erase/1"):
    """`mcred erase`."""

    submission: SubmissionId
    status: DoneWord
    pieces: tuple[ErasedPiece, ...]


def erase_answer(found: EraseResult) -> EraseAnswer:
    """What was erased."""
    return EraseAnswer(
        submission=found.submission,
        status=done_word(found),
        pieces=tuple(
            ErasedPiece(item=p.committed.item, commitment=p.committed.commitment) for p in found.pieces
        ),
    )


class LetInAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/let-in/1"):
    """`mcred let-in`."""

    submission: SubmissionId
    let_in: tuple[PersonId, ...]
    """Everyone who may read it as a coach now."""


def let_in_answer(found: LetInResult) -> LetInAnswer:
    """Who is let in."""
    return LetInAnswer(submission=found.submission, let_in=found.let_in)
