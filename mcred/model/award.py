"""An award from outside: where it stands once published, and how long it holds.

The one home of a badge's address, so that pages, badge documents and links cannot disagree. What an
award *says* is `badge`'s, who may award is `policy`'s.

>>> badge_folder(SubmissionId("ana", "wait-time"), 2)
'badges/ana/wait-time/2/'
"""

from __future__ import annotations

import calendar
from datetime import date

from mcred.model.credential import Validity
from mcred.model.ids import CredentialId, SubmissionId

BADGE_FILE = "badge.json"
"""The award's document, in the badge's folder."""


def badge_folder(submission: SubmissionId, attempt: int) -> str:
    """Where an award is published, below the site's root, with a slash at its end."""
    return f"badges/{submission.earner}/{submission.credential}/{attempt}/"


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
