"""Witnesses: signed statements, kept outside of a programme, of what its history had on some day.

A history that is cut short or written again can follow every rule. Whoever keeps a witness can tell: what it
names is part of each later state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from mcred.domain.audit.values import Finding
from mcred.domain.ids import CommitId

WitnessAnswer = Literal["held", "old", "lost"]
"""The history holds what was witnessed; this copy of it is older; or it was rewritten or shortened since."""


class Witness(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of a programme's main at one time, signed with the key it names."""

    kind: Literal["witness"]
    format: Literal[2]
    founding: CommitId
    """The first commit of the programme, which never changes."""
    main: CommitId
    steps: int
    """The number of steps up to `main`."""
    awards: int
    """The number of awards on record at `main`, revoked ones included."""
    when: datetime
    key: str
    """The signer's public key."""
    signature: str

    def __str__(self) -> str:
        awards = f"{self.awards} award{'s' if self.awards != 1 else ''}"
        return f"{awards} after {self.steps} steps, at {self.main[:12]}"


class WitnessedHistory(Struct, frozen=True, kw_only=True):
    """What a history has of a witness."""

    founding: CommitId
    is_part: bool
    """Whether the witnessed commit is part of it."""
    awards: int
    """The number of awards on record, revoked ones included."""
    has_newer: bool = False
    """Whether the remote may have a newer state than this copy."""


def compare_witness(witness: Witness, here: WitnessedHistory) -> tuple[WitnessAnswer, tuple[Finding, ...]]:
    """Whether a history holds what a witness signed, and what is found where it does not."""
    if witness.founding != here.founding:
        what = f"it was founded at {here.founding[:12]}, and the witness is of one founded at "
        return "lost", (_find(witness, "witness-other", what + witness.founding[:12]),)
    if here.is_part and witness.awards > here.awards:
        what = (
            f"awards on record: {witness.awards} on {witness.when:%Y-%m-%d} by the witness, {here.awards} now"
        )
        return "lost", (_find(witness, "witness-awards", what),)
    if here.is_part:
        return "held", ()
    if here.has_newer:
        return "old", ()
    what = f"it was rewritten or shortened since {witness.when:%Y-%m-%d}, when it had {witness}"
    return "lost", (_find(witness, "witness-lost", what),)


def _find(witness: Witness, code: str, what: str) -> Finding:
    return Finding(code=code, commit=witness.main, path="", what=what)
