"""Renders how a panel changed after the work was sent."""

from __future__ import annotations

from mcred.domain.seats import Assignment, DeclinedReview


def say_change(change: Assignment | DeclinedReview) -> str:
    """A change of the panel, as a line."""
    if isinstance(change, DeclinedReview):
        return f"{change.assessor} gave the place back: {change.because}"
    return f"{change.issuer} asked {change.to} in the place of {change.instead_of}: {change.because}"
