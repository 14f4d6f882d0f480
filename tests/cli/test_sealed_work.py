"""Submitted work in a programme where only its assessors and the issuers may read it."""

from __future__ import annotations

from tests.cli.conftest import set_rules
from tests.cli.town import WAIT, Town, git


def seal(town: Town) -> None:
    set_rules(town, "attempts:", "work: sealed\nattempts:")


def test_is_submitted_assessed_and_awarded(town: Town) -> None:
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text() + "work: sealed\n")
    town.run("rosa", "save", "--programme")
    town.hand_in("ana")
    print(town.run("ana", "submit", "--attest", "all").said)
    print(git(town.remote, "for-each-ref"))
    print(git(town.remote, "ls-tree", "-r", "refs/heads/submission/ana/" + WAIT))
    print(git(town.remote, "ls-tree", "-r", f"refs/heads/work/ana/{WAIT}/1"))
    print(town.run("ana", "status").said)
    for person in town.panel("ana"):
        print(town.run(person, "queue").said)
        print(town.run(person, "view", f"ana/{WAIT}").said)
    print(town.run("dev", "view", f"ana/{WAIT}", expect=None).said)
    town.assess("ana")
    print(town.run("ana", "submit", "--attest", "all").said)
    print(town.decide("ana").said)
    print(town.run("rosa", "audit", expect=None).said)
    print(town.run("ana", "sync").said)
    print(sorted(p for p in town.files("ana") if "portfolios" in p))
    print(sorted(p for p in town.files("dev") if "portfolios" in p))
    assert 0
