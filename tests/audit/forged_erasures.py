"""Forged erasures: of more than they name, by a stranger, without a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from mcred.app.sealed.match import file_digests
from mcred.domain.erasure import Erasure, erased_contents, without_disclosures
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import disclosures_path, erasure_path, folder_of, request_path
from mcred.domain.pieces import Disclosures
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from tests.audit.forged_levels import FORGERIES
from tests.audit.forgeries import PLAN, Where, found_as, seal_work
from tests.audit.workshop import File, Redo, Workshop, submission

__all__ = ["FORGERIES"]

DEV = submission("dev")
RECORD = erasure_path(DEV, 1, 1)


def erase(
    shop: Workshop,
    signer: str = "dev",
    *,
    earner: str = "dev",
    item: str = "lesson-plan",
    more: dict[str, File] | None = None,
    **changes: Any,
) -> CommitId:
    """A step that erases what was handed in for an item of a first attempt; `more`: other changes with it."""
    about = submission(earner)
    request = shop.read(request_path(about, 1), ReviewRequest)
    said = Erasure(
        format=2,
        submission=about,
        attempt=1,
        number=1,
        by=PersonId(signer),
        erased=datetime(2026, 3, 2, 12, tzinfo=UTC),
        reason="A child can be seen.",
        pieces=tuple(p.commitment for p in request.pieces if p.item == item),
    )
    opened = shop.read(disclosures_path(about, 1), Disclosures)
    left = replace(opened, disclosures=without_disclosures(opened.disclosures, said.pieces))
    files: dict[str, File] = {
        erasure_path(about, 1, 1): encode(replace(said, **changes)),
        disclosures_path(about, 1): encode(left),
    }
    gone = erased_contents(opened.disclosures, said.pieces)
    digests = file_digests(shop.repo, shop.tip, about)
    files |= {f"{folder_of(about)}/{path}": None for path, digest in digests.items() if digest in gone}
    return shop.step({**files, **(more or {})}, signer)


def erase_sealed(shop: Workshop, signer: str = "dev", *, number: int = 1, **changes: Any) -> CommitId:
    """A step that erases Dev's lesson plan, of work that is sealed."""
    request = shop.read(request_path(DEV, 1), ReviewRequest)
    said = Erasure(
        format=2,
        submission=DEV,
        attempt=1,
        number=number,
        by=PersonId(signer),
        erased=datetime(2026, 3, 2, 12, tzinfo=UTC),
        reason="A child can be seen.",
        pieces=tuple(p.commitment for p in request.pieces if p.item == "lesson-plan"),
    )
    return shop.step({erasure_path(DEV, 1, number): encode(replace(said, **changes))}, signer)


@found_as("erasure-wrong")
def an_erasure_of_sealed_work_names_a_piece_that_was_never_judged(shop: Workshop) -> Where:
    seal_work(shop).build()
    return erase_sealed(shop, pieces=("A" * 43,)), RECORD


@found_as("erasure-wrong")
def an_erasure_of_sealed_work_names_a_piece_that_was_erased_before(shop: Workshop) -> Where:
    seal_work(shop).build()
    erase_sealed(shop)
    return erase_sealed(shop, "rosa", number=2), erasure_path(DEV, 1, 2)


@found_as("work-changed")
def an_erasure_takes_another_file_along(shop: Workshop) -> Where:
    path = f"{folder_of(DEV)}/1-overview.md"
    return erase(shop, more={path: None}), path


@found_as("record-changed")
def an_erasure_takes_a_review_along(shop: Workshop) -> Where:
    path = next(
        p.decode() for p in shop.files(shop.tip) if f"{folder_of(DEV)}/attempts/1/reviews/".encode() in p
    )
    return erase(shop, more={path: None}), path


@found_as("not-allowed")
def a_stranger_erases_a_piece(shop: Workshop) -> Where:
    return erase(shop, "mei"), RECORD


@found_as("erasure-wrong")
def an_erasure_gives_no_reason(shop: Workshop) -> Where:
    return erase(shop, reason=" "), RECORD


@found_as("erasure-wrong")
def an_erasure_names_somebody_else(shop: Workshop) -> Where:
    return erase(shop, "rosa", by=PersonId("dev")), RECORD


@found_as("erasure-wrong")
def an_erasure_names_a_piece_that_was_never_judged(shop: Workshop) -> Where:
    return erase(shop, pieces=("A" * 43,)), RECORD


@found_as("erasure-wrong")
def an_erasure_leaves_the_file_where_it_is(shop: Workshop) -> Where:
    path = f"{folder_of(DEV)}/{PLAN}"
    return erase(shop, more={path: shop.show(path)}), RECORD


@found_as("record-changed")
def an_erasure_is_reworded_later(shop: Workshop) -> Where:
    erase(shop)
    return shop.edit(RECORD, "A child can be seen.", "Tidying up.", "dev"), RECORD


@found_as("request-carried")
def a_level_is_kept_although_its_piece_was_erased(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 2)
    assert "waiting" in redo.asked.carried
    shop.move(redo.main)
    redo.main = erase(shop, "ana", earner="ana", item="class-video")
    redo.request = {"main": redo.main}
    return redo.build(), redo.decision_file
