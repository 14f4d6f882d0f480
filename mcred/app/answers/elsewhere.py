"""Answers about badges that people earned elsewhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.domain.ids import CredentialId, Slug
from mcred.domain.network.elsewhere import BadgeVerdict

if TYPE_CHECKING:
    from mcred.app.elsewhere.add import AddBadgeResult
    from mcred.app.elsewhere.remove import RemoveBadgeResult
    from mcred.domain.network.elsewhere import ElsewhereBadge


class ElsewhereRow(Struct, frozen=True, kw_only=True):
    """A badge of another issuer. Title, issuer and dates are what it says of itself."""

    name: Slug
    title: str
    issuer: str
    earned: date | None
    valid_until: date | None
    verdict: BadgeVerdict
    reason: str
    """Why it is not valid, or why that cannot be told; empty for a valid one."""
    counts_as: tuple[CredentialId, ...]
    """The micro-credentials of this program that it counts as where they are required first."""


class AddBadgeAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/add-badge/1"):
    """`mcred add-badge`."""

    status: DoneWord
    badge: ElsewhereRow
    published: bool


class RemoveBadgeAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/remove-badge/1"):
    """`mcred remove NAME --in elsewhere`."""

    status: DoneWord
    name: Slug
    was_published: bool


def add_badge_answer(found: AddBadgeResult) -> AddBadgeAnswer:
    """The badge that is kept."""
    return AddBadgeAnswer(status=done_word(found), badge=elsewhere_row(found.badge), published=found.shown)


def remove_badge_answer(found: RemoveBadgeResult) -> RemoveBadgeAnswer:
    """The badge that is out."""
    return RemoveBadgeAnswer(status=done_word(found), name=found.name, was_published=found.was_shown)


def elsewhere_row(badge: ElsewhereBadge) -> ElsewhereRow:
    """A badge as a row."""
    return ElsewhereRow(
        name=badge.name,
        title=badge.title,
        issuer=badge.issuer,
        earned=badge.earned,
        valid_until=badge.until,
        verdict=badge.verdict,
        reason=badge.reason,
        counts_as=badge.counts_as,
    )
