"""Every forged history is found: with the right code, at the right step, and honest awards stay proved."""

from __future__ import annotations

from typing import Any

import pytest

from mcred.domain.ids import CommitId
from tests.audit.forged_recognition import FORGERIES
from tests.audit.forgeries import Forgery
from tests.audit.workshop import Redo, Workshop

ONE_OF_EACH = tuple({f.code: f for f in FORGERIES}.values())
HONEST = {("ben/wait-time", 1), ("ana/wait-time", 2), ("cleo/wait-time", 1), ("dev/wait-time", 1)}


def test_the_honest_history_proves_every_award(shop: Workshop) -> None:
    answer = shop.audit()
    assert (answer.code, answer.out["findings"]) == (0, [])
    assert answer.proved == HONEST


@pytest.mark.parametrize(("earner", "attempt"), [("ben", 1), ("ana", 1), ("ana", 2), ("cleo", 1), ("dev", 1)])
def test_a_decision_made_again_without_a_forgery_is_no_finding(
    shop: Workshop, earner: str, attempt: int
) -> None:
    redo = Redo(shop, earner, attempt)
    redo.decision = {"feedback": "Thank you for your work."}
    made = redo.build()
    assert made != redo.old
    assert shop.audit().out["findings"] == []


def test_there_are_enough_and_each_has_a_name() -> None:
    assert len({f.name for f in FORGERIES}) == len(FORGERIES) >= 60
    assert len({f.code for f in FORGERIES}) >= 40


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda f: f.name)
def test_is_found(shop: Workshop, forgery: Forgery) -> None:
    commit, path = forgery.build(shop)
    answer = shop.audit()
    assert (forgery.code, commit, path) in answer.found, answer.out["findings"]
    assert answer.code == 1
    assert all(f["signer"] and f["when"] and f["advice"] for f in answer.out["findings"])
    _check_the_honest(shop, answer.out, commit)
    if forgery not in ONE_OF_EACH:
        return
    code, out, err = shop.run("audit")
    said = " ".join((out + err).split())
    assert code == 1
    # Of findings that say the same of many files the first is printed, with a count.
    groups: dict[str, list[str | None]] = {}
    for found in answer.out["findings"]:
        if (found["code"], found["commit"]) == (forgery.code, commit):
            groups.setdefault(found["what"], []).append(found["path"])
    assert any(
        path in paths and f"{forgery.code}: {_printed(paths)} at {commit[:12]}" in said
        for paths in groups.values()
    )


def _printed(paths: list[str | None]) -> str:
    return (paths[0] or "the record") + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")


def _check_the_honest(shop: Workshop, out: dict[str, Any], forged: str) -> None:
    """No honest step is accused; every award given before the forgery holds unless it is about it."""
    honest = set(shop.line_of(shop.honest))
    assert not [f for f in out["findings"] if f["commit"] in honest - {forged}]
    line = shop.main_line()
    before = set(line[: line.index(CommitId(forged))]) if forged in line else set()
    accused = {(f["submission"], f["attempt"]) for f in out["findings"]}
    for award in out["awards"]:
        about = (award["submission"], award["attempt"])
        if about in accused or (about[0], None) in accused:
            assert not award["proved"], award
        elif award["commit"] in before:
            assert award["proved"], award
