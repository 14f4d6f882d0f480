"""Warnings for an issuer after a badge was revoked or replaced."""

from __future__ import annotations

from collections.abc import Iterable

from mcred.badges.replacements import badge_id
from mcred.badges.status_places import read_place
from mcred.cli.show import Show


def warn_unlisted(show: Show, documents: Iterable[bytes]) -> None:
    """Warn about badges without a status list: verifiers cannot see the change, though a newer badge may have
    one."""
    unlisted = [badge_id(document) for document in documents if read_place(document) is None]
    if not unlisted:
        return
    which = "The badge names" if len(unlisted) == 1 else f"{len(unlisted)} of its badges name"
    show.say(
        f"{which} no status list: only the programme's record and pages say so, and whoever kept the file "
        "and checks it elsewhere is told that it holds."
    )


def warn_lost(show: Show, lost: tuple[str, ...]) -> None:
    """Warn about lists that could not be changed: what that means and what to do."""
    for address in lost:
        show.note(
            f"The list at {address} could not be changed: it belongs to an earlier address of the programme, "
            "and today's key was never listed there. The programme's own record says what holds; take the "
            "old pages down, or let them lead to the new ones, so that nobody reads the old list.",
            style="yellow",
        )
