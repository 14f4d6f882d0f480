"""Warnings for an issuer after a badge was revoked or replaced."""

from __future__ import annotations

from mcred.cli.show import Show


def warn_lost(show: Show, lost: tuple[str, ...]) -> None:
    """Warn about lists that could not be changed: what that means and what to do."""
    for address in lost:
        show.note(
            f"The list at {address} could not be changed: it belongs to an earlier address of the program, "
            "and today's key was never listed there. The program's own record says what is valid; take the "
            "old pages down, or redirect them to the new ones, so that no one reads the old list.",
            style="yellow",
        )
