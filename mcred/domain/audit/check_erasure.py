"""Audit check of an erasure: it takes out exactly what it names, by its earner or an issuer, with a reason.

The number is that of `audit.replay` (5).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Move, Touch
from mcred.domain.disclosure import commitment_of
from mcred.domain.erasure import Erasure, erased_contents, may_erase, without_disclosures
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import disclosures_path, folder_of, request_path

_WORK = frozenset({"submission", "answers", "evidence", "stray"})
"""Kinds of files that an erasure takes away."""


def check_erasure(move: Move, books: Books, person: PersonId | None) -> tuple[Move, tuple[Finding, ...]]:
    """(5) A step without what an erasure in it explains, and the findings about that erasure.

    A wrong one explains nothing: what it takes away is judged like any other change.
    """
    erasing = [t for t in move.touches if t.kind == "erasure" and t.old is None]
    if len(erasing) != 1 or len(move.parents) != 1 or move.before is None:
        return move, ()
    (touch,) = erasing
    about = touch.submission
    if about is None or person is None or not may_erase(person, about.earner, books.now.programme.roles):
        return move, ()
    said = books.archive.erasure(touch)
    lists = dict(_opened(move.before, about, books))
    open_ones = set(_sealed_pieces(move.before, touch, about, books)) - books.now.erased(about)
    open_ones |= {commitment_of(d) for found in lists.values() for d in found}
    what = _explain_wrong(said, touch, books, person, open_ones)
    if what or said is None:
        return move, (_found(move, touch, what or "it cannot be read", person),)
    gone = erased_contents((d for found in lists.values() for d in found), said.pieces)
    prefix = folder_of(about) + "/"
    due: dict[str, tuple[str, ...] | None] = {
        prefix + path: None
        for path, digest in books.archive.digests(move.before, about).items()
        if digest in gone
    }
    for path, found in lists.items():
        if (left := without_disclosures(found, said.pieces)) != found:
            due[path] = left
    done = {t.path for t in move.touches if t.path in due and _is_done(t, due[t.path], books)}
    if missing := sorted(set(due) - done):
        what = f"it leaves {missing[0].removeprefix(prefix)}, which still has what it says was erased"
        return move, (_found(move, touch, what, person),)
    kept = tuple(t for t in move.touches if t.path not in done)
    return replace(move, touches=kept), ()


def _opened(commit: CommitId, about: SubmissionId, books: Books) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Path → disclosures of each list that opens pieces of a submission."""
    for attempt in range(1, books.last_attempt(about) + 1):
        path = disclosures_path(about, attempt)
        found = books.archive.disclosures(books.archive.blob_at(commit, path))
        if found is not None:
            yield path, found.disclosures


def _sealed_pieces(commit: CommitId, touch: Touch, about: SubmissionId, books: Books) -> Iterator[str]:
    """What the requests for sealed work of a submission commit to: no list in the record opens it."""
    for attempt in range(1, books.last_attempt(about) + 1):
        path = request_path(about, attempt)
        request = books.archive.request(replace(touch, path=path, new=books.archive.blob_at(commit, path)))
        if request is not None and request.work is not None:
            yield from (piece.commitment for piece in request.pieces)


def _explain_wrong(
    said: Erasure | None, touch: Touch, books: Books, person: PersonId, open_ones: set[str]
) -> str:
    """`open_ones`: the commitments of all pieces that can be erased."""
    if said is None:
        return "it cannot be read"
    if said.by != person:
        return f"it says that {said.by} erased it, but {person} signed it"
    if not said.reason.strip():
        return "it gives no reason"
    about = touch.submission
    if about is None or touch.attempt != books.last_attempt(about):
        return "it is not next to the attempt that was decided last"
    if touch.number != 1 + books.erasures.get((about, touch.attempt), 0):
        return "its number is not the next one"
    if not said.pieces or not open_ones >= set(said.pieces):
        return "it names a piece that was not assessed here, or was already erased"
    return ""


def _is_done(touch: Touch, due: tuple[str, ...] | None, books: Books) -> bool:
    """Whether a file is taken away, or a list opens just what is left."""
    if due is None:
        return touch.kind in _WORK and touch.new is None
    found = books.archive.disclosures(touch.new)
    return found is not None and found.disclosures == due


def _found(move: Move, touch: Touch, what: str, person: PersonId) -> Finding:
    return Finding(
        code="erasure-wrong",
        commit=move.commit,
        path=touch.path,
        what=what,
        person=person,
        submission=touch.submission,
        attempt=touch.attempt,
    )
