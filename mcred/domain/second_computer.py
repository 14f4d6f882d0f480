"""What a second computer of a person needs: whose it is, where the programme is, and the keys."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from mcred.domain.ids import PersonId

KEY_FILES = re.compile(r"(?:signing-key(?:-next)?|reading-key)(?:-old-[1-9][0-9]{0,3})?")
"""The names of a folder's private keys."""


class SecondComputer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the first computer gives the second one, sealed with a code."""

    address: str
    """The programme's."""
    person: PersonId
    name: str
    keys: Mapping[str, str]
    """File name → text of each private key, old ones too: they open what was sealed before."""
