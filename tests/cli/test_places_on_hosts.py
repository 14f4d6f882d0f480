"""A place that changes hands shows on the review host: the next one is invited there."""

from __future__ import annotations

import pytest

from tests.cli.court import asked
from tests.cli.town import EXPERTS, WAIT, Town
from tests.cli.webtown import HOSTS, account, introduce, only, show_on

ANA = f"ana/{WAIT}"


@pytest.mark.parametrize("kind", sorted(HOSTS))
def test_the_next_is_invited_on_the_host(ready: Town, kind: str) -> None:
    introduce(ready)
    town = show_on(ready, kind)
    for person in ("ana", "mei", "tom"):
        town.run(person, "sync")
    town.run("ana", "submit", "--attest", "all")
    first = asked(town)
    (other,) = {*EXPERTS} - {first}
    assert account(first) in only(town).reviewers
    town.run(first, "decline-review", ANA, "--because", "I coach her.")
    town.run("ana", "sync")
    assert account(other) in only(town).reviewers


def test_whom_an_issuer_asks_is_invited_on_the_host(ready: Town) -> None:
    introduce(ready)
    town = show_on(ready, "github")
    for person in ("ana", "mei", "tom"):
        town.run(person, "sync")
    town.run("ana", "submit", "--attest", "all")
    first = asked(town)
    (other,) = {*EXPERTS} - {first}
    town.run("rosa", "assign", ANA, "--to", other, "--because", "On leave.")
    town.run("ana", "sync")
    assert account(other) in only(town).reviewers
