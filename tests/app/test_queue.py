"""What waits for whom, and a submission as its assessors read it."""

from __future__ import annotations

import pytest

from mcred.app.assessment.queue import read_panel, read_queue
from mcred.app.assessment.sent_work import read_sent, write_page
from mcred.app.workspace import open_workspace
from mcred.problems import McredError
from tests.app.conftest import at_home
from tests.cli.court import ANAS, asked, hand_scores
from tests.cli.town import SLIP, WAIT, Town


@pytest.mark.slow
def test_work_waits_for_its_assessor_then_for_an_issuer_then_for_no_one(sent: Town) -> None:
    judge = asked(sent)
    queue = read_queue(open_workspace(at_home(sent, judge)))
    assert queue.assess is not None and queue.assess.submission == ANAS and queue.duty is None
    idle = read_queue(open_workspace(at_home(sent, "rosa")))
    assert (idle.waiting, idle.assess, idle.duty) == ((), None, None)
    assert len(read_queue(open_workspace(at_home(sent, "ben")), everything=True).waiting) == 1
    hand_scores(sent, judge)
    queue = read_queue(open_workspace(at_home(sent, "rosa")))
    assert queue.duty is not None and queue.duty[1] == f"mcred reconcile {ANAS}"
    sent.decide("ana")
    assert not read_queue(open_workspace(at_home(sent, "rosa")), everything=True).waiting
    assert not read_queue(open_workspace(at_home(sent, judge))).waiting


def test_a_panel_and_what_was_sent_are_read_by_name(sent: Town) -> None:
    ws = open_workspace(at_home(sent, "ben"))
    standing, request, redrawn = read_panel(ws, str(ANAS))
    assert redrawn.panel.members == request.panel and redrawn.doubts == ()
    assert standing.panel == request.panel and {c.person for c in request.candidates} == {"mei", "tom"}
    work = read_sent(ws, str(ANAS))
    assert (work.commit, work.definition.id, work.again) == (standing.judged, WAIT, None)
    page = write_page(ws, work)
    assert page.is_file() and len([*page.parent.glob("evidence/*")]) == 2
    with pytest.raises(McredError, match="no one is assigned to"):
        read_panel(ws, f"ben/{SLIP}")
    with pytest.raises(McredError, match=r"has not been submitted yet \(not started\)"):
        read_sent(ws, f"ben/{SLIP}")
