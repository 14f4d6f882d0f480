"""Answers of `mcred endorse`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.domain.ids import Slug
from mcred.domain.network.elsewhere import BadgeVerdict

if TYPE_CHECKING:
    from mcred.app.endorsements.add import AddEndorsementResult
    from mcred.app.endorsements.kept import KeptEndorsement
    from mcred.app.endorsements.sign import NewEndorsement
    from mcred.app.endorsements.take_out import RemoveEndorsementResult, WithdrawEndorsementResult
    from mcred.domain.endorsements.told import ToldEndorsement


class EndorsementRow(Struct, frozen=True, kw_only=True):
    """An endorsement that is here."""

    name: Slug
    about: str
    """The id of what it is about."""
    comment: str
    signer: str
    """Of a key that the record knows, the name there; else what the file says."""
    signer_id: str
    role: str
    """`administrator` or `issuer` for a signer whom the record knows; else empty."""
    signed: date | None
    verdict: BadgeVerdict
    reason: str
    """Why it is not valid, or why that cannot be told; empty for a valid one."""


class KeptRow(EndorsementRow, frozen=True, kw_only=True):
    """The same, and whose it is."""

    mine: bool
    """Whether it is of a badge of mine; else it is of the program."""


class EndorseListAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/endorse-list/1"):
    """`mcred endorse list`."""

    endorsements: tuple[KeptRow, ...]


class EndorseSignAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/endorse-sign/1"):
    """`mcred endorse sign`."""

    file: str
    written: bool
    """False in a dry run."""
    about: str
    """The id of what it is about."""
    title: str
    signer: str
    signer_id: str


class EndorseAddAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/endorse-add/1"):
    """`mcred endorse add`."""

    status: DoneWord
    of: str
    """A badge of mine as `ana/wait-time`, a micro-credential's id, or `program`."""
    endorsement: EndorsementRow


class EndorseRemoveAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/endorse-remove/1"):
    """`mcred endorse remove`."""

    status: DoneWord
    """`not needed`: there is none of this name."""
    name: Slug
    mine: bool


class EndorseWithdrawAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/endorse-withdraw/1"):
    """`mcred endorse withdraw`."""

    status: DoneWord
    about: str


def endorse_list_answer(
    found: Iterable[tuple[KeptEndorsement, ToldEndorsement]],
) -> EndorseListAnswer:
    """Those that are here."""
    rows = (KeptRow(**asdict(_row(told)), mine=kept.is_mine) for kept, told in found)
    return EndorseListAnswer(endorsements=tuple(rows))


def _row(told: ToldEndorsement) -> EndorsementRow:
    return EndorsementRow(
        name=told.name,
        about=told.about,
        comment=told.comment,
        signer=told.signer,
        signer_id=told.signer_id,
        role=told.role,
        signed=told.day,
        verdict=told.verdict,
        reason=told.reason,
    )


def endorse_sign_answer(made: NewEndorsement, file: str, *, written: bool) -> EndorseSignAnswer:
    """What was signed."""
    return EndorseSignAnswer(
        file=file,
        written=written,
        about=made.about,
        title=made.title,
        signer=made.signer,
        signer_id=made.signer_id,
    )


def endorse_add_answer(found: AddEndorsementResult) -> EndorseAddAnswer:
    """The endorsement that is here now."""
    return EndorseAddAnswer(status=done_word(found), of=found.of, endorsement=_row(found.told))


def endorse_remove_answer(found: RemoveEndorsementResult) -> EndorseRemoveAnswer:
    """The endorsement that is out."""
    return EndorseRemoveAnswer(status=done_word(found), name=found.name, mine=found.is_mine)


def endorse_withdraw_answer(found: WithdrawEndorsementResult) -> EndorseWithdrawAnswer:
    """The endorsement that was withdrawn."""
    return EndorseWithdrawAnswer(status=done_word(found), about=found.about)
