"""Who may read which figures: `read_progress`, `make_report`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.app.programme.progress import open_glance, read_progress
from mcred.app.programme.report import make_report
from mcred.app.workspace import open_workspace
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.town import WAIT, Town


def test_progress_shows_everyone_to_an_issuer_and_others_themselves(sent: Town) -> None:
    whole = read_progress(open_glance(at_home(sent, "rosa")))
    assert whole.whole and "ana" in {line.person for line in whole.lines}
    one = read_progress(open_glance(at_home(sent, "rosa")), ("ana", "nobody"))
    assert ({line.person for line in one.lines}, one.unknown) == ({"ana"}, ("nobody",))
    own = read_progress(open_glance(at_home(sent, "ana")))
    assert not own.whole and [(line.person, line.credential) for line in own.lines] == [("ana", WAIT)]
    # Who may not is told so before the file is read.
    for cohort in (("ana",), Path("no-such-file")):
        with pytest.raises(McredError, match="can see other people's progress") as refused:
            read_progress(open_glance(at_home(sent, "ana")), cohort)
        assert refused.value.code is Exit.NOT_ALLOWED
    with pytest.raises(McredError, match="there is no stack 'x'"):
        read_progress(open_glance(at_home(sent, "ana")), stack="x")


def test_the_report_is_for_issuers_and_maintainers(sent: Town) -> None:
    report = make_report(open_workspace(at_home(sent, "rosa")))
    assert (report.decided, report.day) == (0, sent.now.date())
    with pytest.raises(McredError, match="for issuers and maintainers") as refused:
        make_report(open_workspace(at_home(sent, "mei")))
    assert refused.value.code is Exit.NOT_ALLOWED
