"""What a sync brings into a folder, and who hears of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mcred.app.events import Assessed, Assigned, AttemptEvent, Decided, ReviewDeclined, Submitted, Withdrawn
from mcred.app.use_case import carry_out
from mcred.app.work.sync import Sync, SyncResult
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.court import asked
from tests.cli.town import EXPERTS, WAIT, Town

ANAS = SubmissionId(earner=PersonId("ana"), credential=CredentialId(WAIT))


def listen(town: Town, person: str = "ben") -> list[AttemptEvent]:
    """What a program hears that syncs someone's folder."""
    heard: list[AttemptEvent] = []
    carry_out(replace(at_home(town, person), subscribers=[heard.append]), Sync())
    return heard


def sync(town: Town, person: str = "ana") -> SyncResult:
    return carry_out(at_home(town, person), Sync())


@pytest.mark.slow
def test_what_others_did_is_heard_once_and_in_order(ready: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    listen(ready)
    ready.run("ana", "submit", "--attest", "all")
    with monkeypatch.context() as patch:
        # The review host is brought up to date by what the record says, and not by these events.
        patch.setattr("mcred.app.hosting.sync.show_on_host", None)
        assert listen(ready) == [Submitted(submission=ANAS, attempt=1)]
    assert not listen(ready)
    (judge,) = ready.panel("ana")
    ready.assess("ana")
    ready.decide("ana")
    assert listen(ready) == [
        Assessed(submission=ANAS, attempt=1, assessor=PersonId(judge)),
        Decided(submission=ANAS, attempt=1, outcome="award"),
    ]
    assert not listen(ready)


@pytest.mark.slow
def test_all_at_once_is_heard_in_order(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    sent.run("rosa", "assign", f"ana/{WAIT}", "--to", other, "--because", "No time.", "--yes")
    sent.run(other, "decline-review", f"ana/{WAIT}", "--because", "No time.", "--yes")
    heard = listen(sent)
    assert [type(event) for event in heard] == [Submitted, Assigned, ReviewDeclined]
    assert {event.submission for event in heard} == {ANAS}
    sent.run("ana", "withdraw")
    assert listen(sent) == [Withdrawn(submission=ANAS, attempt=1)]


def test_what_a_folder_did_itself_is_not_heard_again(ready: Town) -> None:
    ready.run("ana", "submit", "--attest", "all")
    assert not listen(ready, "ana")


def test_what_was_kept_here_is_sent_and_heard(ready: Town) -> None:
    away = ready.remote.rename(ready.place / "away.git")
    page = ready.folder("ana") / "1-overview.md"
    page.write_text(page.read_text("utf-8") + "\nAnd a bell.\n", "utf-8")
    with pytest.raises(McredError, match="Your drafts are saved on this computer") as found:
        sync(ready)
    assert found.value.code == Exit.UNREACHABLE
    away.rename(ready.remote)
    before = ready.refs()
    assert not listen(ready, "ana") and ready.refs() != before
    assert sync(ready).failed is None
