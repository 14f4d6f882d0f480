"""A submission as a request on a review host: opened, kept up to date, reviewed, decided, taken back."""

from __future__ import annotations

from tests.cli.town import Town
from tests.cli.webtown import account, only


def test_submit_opens_one_request_and_typed_again_none(web: Town) -> None:
    web.submit("ana")
    shown = only(web)
    assert (shown.account, shown.state, shown.head) == (account("ana"), "open", "submission/ana/wait-time")
    assert shown.body.startswith("<!-- mcred:request ana/wait-time -->")
    assert shown.labels == ["micro-credential", "in review"]
    web.run("ana", "submit", "wait-time")
    web.run("ana", "sync")
    assert len(web.host.requests) == 1
