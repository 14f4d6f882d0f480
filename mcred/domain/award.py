"""Awards: their published paths, validity, revocation and reissue.

The only definition of a badge's path, so that pages, badge documents and links cannot disagree. The content
of an award is in `badges`, who may award is in `rules`.

>>> badge_folder(SubmissionId("ana", "wait-time"), 2)
'badges/ana/wait-time/2/'
"""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import field

from mcred.domain.credential import Validity
from mcred.domain.ids import CredentialId, Doc, PersonId, Prose, StackId, SubmissionId, Url
from mcred.domain.record_file import RecordFile

BADGE_FILE = "badge.json"
"""The award's document, in the badge's folder."""
PICTURE_SVG, PICTURE_PNG = "badge.svg", "badge.png"
"""The image files: baked in a badge's folder, plain beside a definition."""


class Revocation(RecordFile, frozen=True, kw_only=True, tag="revocation"):
    """`attempts/<n>/revocation.json`: the award is permanently revoked."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    issuer: PersonId
    revoked: datetime
    reason: Prose


class Reissue(RecordFile, frozen=True, kw_only=True, tag="reissue"):
    """`attempts/<n>/reissue-<number>.json`: the award was issued again, replacing the one before."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    number: int
    kind: Annotated[Literal["renew", "reissue"], Doc("renew: valid from that day; reissue: as before.")] = (
        field(name="act")
    )
    issuer: PersonId
    issued: datetime
    reason: Prose
    replaces: Annotated[Url, Doc("The id of the badge that it takes the place of.")]


def badge_folder(submission: SubmissionId, attempt: int, number: int = 1) -> str:
    """The path of a published award below the site's root, with a trailing slash.

    Number 1 is the award as first issued; each reissue has a folder of its own.
    """
    name = str(attempt) if number == 1 else f"{attempt}-{number}"
    return f"badges/{submission.earner}/{submission.credential}/{name}/"


def status_file(number: int) -> str:
    """The path of a published status list below the site's root."""
    return f"status/{number}.json"


def stack_badge_folder(person: PersonId, stack: StackId, number: int) -> str:
    """The path of a published stack badge below the site's root."""
    return f"badges/{person}/stacks/{stack}/{number}/"


def stack_folder(stack: StackId) -> str:
    """The path of a stack's page below the site's root, with a trailing slash."""
    return f"stacks/{stack}/"


def definition_folder(credential: CredentialId) -> str:
    """The path of a micro-credential's page below the site's root, with a trailing slash."""
    return f"credentials/{credential}/"


def valid_until(awarded: date, validity: Validity | None) -> date | None:
    """The last day an award is valid, None when it does not expire.

    >>> valid_until(date(2027, 1, 31), Validity(months=1))
    datetime.date(2027, 2, 28)
    """
    return None if validity is None else add_months(awarded, validity.months)


def add_months(day: date, months: int) -> date:
    """The same day some months later, or earlier; the last one of a month that is too short.

    >>> add_months(date(2028, 3, 31), -1)
    datetime.date(2028, 2, 29)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
