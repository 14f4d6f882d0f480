"""An endorsement as it is listed: who says what, about what, and whether that was verified.

The file is an Open Badges 3.0 credential of its own (`badges/endorsements`). One about a badge lies with what
its earner publishes (`domain/shown`), one about a micro-credential or the issuer on main. Neither changes
what it is about.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.domain.ids import Slug
from mcred.domain.network.elsewhere import BadgeVerdict


class ToldEndorsement(Struct, frozen=True, kw_only=True):
    """One endorsement."""

    name: Slug
    """What it is called here."""
    about: str
    """The id of what it is about."""
    comment: str
    signer: str
    """Who signed it: of a key that the record knows, the name there; else what the file says."""
    role: str
    """What the record says of the signer, such as `administrator`; empty where it does not know them."""
    signer_id: str
    """The id that the file names its signer by."""
    day: date | None
    """When it was signed, as the file has it."""
    verdict: BadgeVerdict
    reason: str
    """Why it is not valid, or why that cannot be told; empty for a valid one."""
    checked: date
    file: str
    """The name of its file; on pages, where they have it."""
    digest: str = ""
    """The SHA-256 of its file, on pages."""
    of: str = ""
    """The micro-credential here that it is about, or `program`; empty for a badge, and for anything else."""
    version: str = ""
    """Which version of the micro-credential, where that is not today's."""


Endorsed = tuple[ToldEndorsement, bytes]
"""An endorsement with its file."""
