"""The days that concern one person: assessments they owe, answers they wait for, badges that end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.domain.status import Standing

DueKind = Literal["assess", "answer", "ends"]


class DueDate(Struct, frozen=True, kw_only=True):
    """One day, and what is about then."""

    day: date
    kind: DueKind
    submission: SubmissionId
    title: str
    """The micro-credential's."""

    @property
    def said(self) -> str:
        """What the day is for, as a sentence without an end."""
        earner = self.submission.earner
        return {
            "assess": f"Assess {self.title} by {earner}",
            "answer": f"Assessments of your {self.title} are due",
            "ends": f"Your badge {self.title} is valid until today",
        }[self.kind]


def list_due(
    standings: Iterable[Standing], me: PersonId, titles: Mapping[CredentialId, str], today: date
) -> tuple[DueDate, ...]:
    """The days from today on, the nearest first.

    `titles`: title by micro-credential; one without a title is named by its id. Days that are over are in
    no calendar, but for an assessment that is late: that one is due today.
    """
    found = []
    for standing in standings:
        submission = standing.submission
        title = titles.get(submission.credential, submission.credential)
        if standing.word == "in review" and standing.due is not None:
            if me in standing.missing:
                day = max(standing.due, today)
                found.append(DueDate(day=day, kind="assess", submission=submission, title=title))
            elif submission.earner == me:
                found.append(DueDate(day=standing.due, kind="answer", submission=submission, title=title))
        elif standing.word == "earned" and submission.earner == me and standing.ends is not None:
            found.append(DueDate(day=standing.ends, kind="ends", submission=submission, title=title))
    ahead = (one for one in found if one.day >= today)
    return tuple(sorted(ahead, key=lambda one: (one.day, one.kind, one.submission)))
