"""Commits ↔ events: what the trailers say, and what is no event at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from mcred.domain.ids import CommitId
from mcred.domain.status import Event, EventKind
from mcred.formats.trailers import KINDS, message, read_event, submission_of
from tests.school import ANA, ANAS, NOON, SENT, a_request


@dataclass(frozen=True)
class FakeLogged:
    """A commit as a store would read it."""

    trailers: Mapping[str, str]
    id: CommitId = SENT
    when: datetime = field(default=NOON)


def said(text: str) -> FakeLogged:
    """A commit with the trailers of a message's last paragraph."""
    last = text.strip().split("\n\n")[-1]
    return FakeLogged(dict(line.split(": ", 1) for line in last.splitlines()))


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_read_as_its_message_was_written(kind: EventKind) -> None:
    event = read_event(said(message("A title", kind, ANAS, 12)), ANA, a_request())
    assert event == Event(
        kind=kind, submission=ANAS, attempt=12, person=ANA, commit=SENT, when=NOON, request=a_request()
    )


def test_a_message_without_an_attempt_is_about_the_first() -> None:
    event = read_event(said(message("A title", "save", ANAS)), ANA)
    assert event is not None
    assert event.attempt == 1


@pytest.mark.parametrize("number", ["0", "-1", "01", "10000", "1\u0662", "one", "", " 1"])
def test_an_attempt_that_is_no_number_of_ours_is_no_event(number: str) -> None:
    trailers = {"Mcred-Event": "submit", "Mcred-Submission": "ana/wait-time", "Mcred-Attempt": number}
    assert read_event(FakeLogged(trailers), ANA) is None


@pytest.mark.parametrize(
    "name", ["", "ana", "ana/", "/wait-time", "ana/wait-time/x", "../x", "Ana/wait-time"]
)
def test_a_commit_about_no_submission_is_no_event(name: str) -> None:
    logged = FakeLogged({"Mcred-Event": "submit", "Mcred-Submission": name})
    assert submission_of(logged) is None
    assert read_event(logged, ANA) is None


def test_a_commit_of_another_kind_is_no_event() -> None:
    assert read_event(said(message("A title", "publish", ANAS)), ANA) is None
    assert read_event(FakeLogged({"Mcred-Submission": "ana/wait-time"}), ANA) is None
