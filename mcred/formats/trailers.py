"""Commit trailers: writing them, and reading events from them (FORMATS: "One submission's life").

A commit's message is only a claim; its signer decides. The caller drops events whose signer is not the
person they name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId, is_id
from mcred.domain.people import Word
from mcred.domain.status import Event, EventKind
from mcred.domain.submission import ReviewRequest

SENT = "Mcred-Sent"
"""The trailer of a draft that was submitted as it is: as which commit."""
KINDS: tuple[EventKind, ...] = ("save", "submit", "withdraw", "assess", "decide")


class Logged(Protocol):
    """A commit as read by the store."""

    @property
    def id(self) -> CommitId: ...
    @property
    def when(self) -> datetime: ...
    @property
    def trailers(self) -> Mapping[str, str]: ...


def message(
    title: str,
    kind: str,
    submission: SubmissionId | None = None,
    attempt: int = 0,
    word: Word | None = None,
) -> str:
    """A commit's message: a title for people, trailers for the reader.

    >>> print(message("Save a draft", "save"))
    Save a draft
    <BLANKLINE>
    Mcred-Event: save
    <BLANKLINE>
    """
    trailers = [f"Mcred-Event: {kind}"]
    if submission is not None:
        trailers.append(f"Mcred-Submission: {submission}")
    if attempt:
        trailers.append(f"Mcred-Attempt: {attempt}")
    if word is not None:
        trailers += [f"Mcred-Person: {word.person}", f"Mcred-Key: {' '.join(word.keys)}"]
    return "\n".join([title, "", *trailers, ""])


def read_word(logged: Logged) -> Word | None:
    """The person and keys a commit vouches for; None where it names no person or no key."""
    person, keys = logged.trailers.get("Mcred-Person", ""), logged.trailers.get("Mcred-Key", "").split()
    return Word(person=PersonId(person), keys=tuple(keys)) if is_id(person) and keys else None


def submission_of(logged: Logged) -> SubmissionId | None:
    """The submission named in a commit's trailers, or None."""
    earner, _, credential = logged.trailers.get("Mcred-Submission", "").partition("/")
    if not (is_id(earner) and is_id(credential)):
        return None
    return SubmissionId(PersonId(earner), CredentialId(credential))


def read_attempt(logged: Logged) -> int:
    """The attempt named in a commit's trailers; 0 for none."""
    number = logged.trailers.get("Mcred-Attempt", "")
    return int(number) if re.fullmatch(r"[1-9][0-9]{0,3}", number) else 0


def read_event(logged: Logged, person: PersonId, request: ReviewRequest | None = None) -> Event | None:
    """The event in a commit's trailers, by `person`; None when it names no submission."""
    submission = submission_of(logged)
    kind = next((k for k in KINDS if k == logged.trailers.get("Mcred-Event")), None)
    attempt = read_attempt(logged) if "Mcred-Attempt" in logged.trailers else 1
    if submission is None or kind is None or not attempt:
        return None
    return Event(
        kind=kind,
        submission=submission,
        attempt=attempt,
        person=person,
        commit=logged.id,
        when=logged.when,
        request=request,
    )
