"""Reveals one piece of a submission: a file with which anyone can check that this piece was judged."""

from __future__ import annotations

import posixpath

from msgspec import Struct

from mcred.app.pieces.find import JudgedPiece, find_judged, pick_piece, read_content
from mcred.app.workspace import Workspace
from mcred.badges.revealed_piece import RevealedPiece, write_revealed
from mcred.domain.ids import SubmissionId


class Revealed(Struct, frozen=True, kw_only=True):
    """The file for someone, and what it reveals."""

    submission: SubmissionId
    attempt: int
    piece: JudgedPiece
    name: str
    """A name for the file."""
    data: bytes


def reveal_piece(ws: Workspace, piece: str, submission: str | None = None) -> Revealed:
    """The file that reveals a piece of the attempt that was decided last.

    `piece`: an item, a file, or the beginning of a commitment. `submission`: None is my only one with it.
    Raises McredError where there is no such piece, and where it cannot be opened here.
    """
    found = find_judged(ws, (piece,), submission)
    meant = pick_piece(found, piece)
    content = read_content(ws, found, meant)
    name = ""
    if meant.content.name == "answer" and meant.committed.item is not None:
        name = f"{meant.committed.item}.md"
        content = found.work.answers[meant.committed.item].text.encode() + b"\n"
    elif meant.content.digest is not None:
        name = posixpath.basename(meant.file)
    said = RevealedPiece(
        format=2,
        submission=str(found.submission),
        attempt=found.decision.attempt,
        disclosure=meant.disclosure,
        file=name,
    )
    return Revealed(
        submission=found.submission,
        attempt=found.decision.attempt,
        piece=meant,
        name=f"{found.submission.credential}-{posixpath.splitext(str(meant))[0].replace('/', '-')}.zip",
        data=write_revealed(said, content),
    )
