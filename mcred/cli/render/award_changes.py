"""Warnings for an issuer after a badge was revoked or replaced."""

from __future__ import annotations

from mcred.cli.show import Show


def warn_lost(show: Show, lost: tuple[str, ...]) -> None:
    """Warn about lists that could not be changed: what that means and what to do."""
    for address in lost:
        show.note(
            f"The list at {address} could not be changed: it belongs to an earlier address of the programme, "
            "and today's key was never listed there. The programme's own record says what holds; take the "
            "old pages down, or let them lead to the new ones, so that nobody reads the old list.",
            style="yellow",
        )
