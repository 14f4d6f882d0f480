"""An award from outside: where it stands once published, how long it holds, and what became of it.

The one home of a badge's address, so that pages, badge documents and links cannot disagree. What an
award *says* is `badge`'s, who may award is `policy`'s.

>>> badge_folder(SubmissionId("ana", "wait-time"), 2)
'badges/ana/wait-time/2/'
"""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Struct

from mcred.domain.credential import Validity
from mcred.domain.ids import CredentialId, Doc, PersonId, Prose, StackId, SubmissionId, Url

BADGE_FILE = "badge.json"
"""The award's document, in the badge's folder."""
PICTURE_SVG, PICTURE_PNG = "badge.svg", "badge.png"
"""A picture: in a badge's folder with the badge inside, beside a definition without."""


class Revocation(Struct, frozen=True, kw_only=True):
    """`revocations/<attempt>.yaml`: the award does not hold any more, for good."""

    made_by: Literal["mcred"] = "mcred"
    format: Literal[1]
    submission: SubmissionId
    attempt: int
    issuer: PersonId
    revoked: datetime
    reason: Prose


class Reissue(Struct, frozen=True, kw_only=True):
    """`reissues/<attempt>-<number>.yaml`: the award was issued again in the place of the one before."""

    made_by: Literal["mcred"] = "mcred"
    format: Literal[1]
    submission: SubmissionId
    attempt: int
    number: int
    kind: Annotated[Literal["renew", "reissue"], Doc("renew: holds anew from that day; reissue: as before.")]
    issuer: PersonId
    issued: datetime
    reason: Prose
    replaces: Annotated[Url, Doc("The id of the badge that it takes the place of.")]


def badge_folder(submission: SubmissionId, attempt: int, number: int = 1) -> str:
    """Where an award is published, below the site's root, with a slash at its end.

    Number 1 is the award as first issued; each one issued again has a folder of its own.
    """
    name = str(attempt) if number == 1 else f"{attempt}-{number}"
    return f"badges/{submission.earner}/{submission.credential}/{name}/"


def status_file(number: int) -> str:
    """Where a list of revoked badges is published, below the site's root."""
    return f"status/{number}.json"


def stack_badge_folder(person: PersonId, stack: StackId, number: int) -> str:
    """Where a stack's badge is published."""
    return f"badges/{person}/stacks/{stack}/{number}/"


def stack_folder(stack: StackId) -> str:
    """Where a stack is published, below the site's root, with a slash at its end."""
    return f"stacks/{stack}/"


def definition_folder(credential: CredentialId) -> str:
    """Where a micro-credential is published, below the site's root, with a slash at its end."""
    return f"credentials/{credential}/"


def valid_until(awarded: date, validity: Validity | None) -> date | None:
    """The last day an award holds, None when it does not end.

    >>> valid_until(date(2027, 1, 31), Validity(months=1))
    datetime.date(2027, 2, 28)
    """
    if validity is None:
        return None
    years, month = divmod(awarded.month - 1 + validity.months, 12)
    year = awarded.year + years
    return date(year, month + 1, min(awarded.day, calendar.monthrange(year, month + 1)[1]))
