"""However a history is split among processes, they find exactly what one finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

import pytest

from mcred.app.audit import run, spread
from mcred.app.audit.run import AuditResult, run_audit
from mcred.app.processes import start_keepers
from mcred.domain.ids import CommitId
from mcred.domain.layout import PROGRAMME
from mcred.problems import Exit, McredError
from mcred.store.session import git_session
from tests.audit.forged_recognition import APRIL, LAST, in_april, record_what_had_run_out, say, write
from tests.audit.forgeries import Forgery
from tests.audit.test_forgeries import ONE_OF_EACH
from tests.audit.test_status_lists import two_badges_at_one_place
from tests.audit.workshop import Workshop

CODES = {
    "award-without-decision",
    "decision-not-issuers",
    "decision-final",
    "retired-key",
    "work-changed",
    "assessor-not-eligible",
    "rules-rolled-back",
    "root-not-empty",
    "line-lost",
    "assign-not-eligible",
    "decline-scored",
    "stack-not-earned",
    "status-list-wrong",
    "override-alone",
    "erasure-wrong",
    "recognized-wrong",
    "recognized-other",
}
"""What makes later steps wrong too, and one of each kind."""
SOME = [f for f in ONE_OF_EACH if f.code in CODES]


@pytest.fixture(autouse=True)
def _session() -> Iterator[None]:
    """What begins in this process ends with the test."""
    with git_session():
        yield


class Turn(Executor):
    """A process of its own in this one: what it keeps is put in its place while it works."""

    def __init__(self) -> None:
        self.kept: list[spread.Checker] = []

    def submit(self, job: Callable[..., Any], /, *given: Any, **_: Any) -> Future[Any]:
        """Do it at once."""
        done: Future[Any] = Future()
        spread._checkers[:] = self.kept
        try:
            done.set_result(job(*given))
        except Exception as error:
            done.set_exception(error)
        self.kept = [*spread._checkers]
        return done


def audit(shop: Workshop, processes: int = 0, size: int = 50, since: CommitId | None = None) -> AuditResult:
    @contextmanager
    def start(_: int) -> Iterator[tuple[Executor, ...]]:
        yield tuple(Turn() for _ in range(processes))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_start_processes", start)
        patch.setattr(run, "SLICE", size)
        return run_audit(shop.repo, shop.tip, trusted=since, today=shop.town.now)


def same(one: AuditResult, other: AuditResult) -> bool:
    """Whether two audits say the same, state included."""
    return (one.audited, one.checked, one.proofs_checked) == (
        other.audited,
        other.checked,
        other.proofs_checked,
    ) and (one.books.owner, one.books.places, one.books.attested) == (
        other.books.owner,
        other.books.places,
        other.books.attested,
    )


SPLITS = [(2, 1), (3, 2), (2, 7), (1, 5)]
"""How many processes, and how many steps of a window."""


@pytest.mark.parametrize("forgery", SOME, ids=lambda f: f.name)
def test_a_split_forged_history_has_the_same_findings(shop: Workshop, forgery: Forgery) -> None:
    forgery.build(shop)
    alone = audit(shop)
    assert alone.audited.findings
    for processes, size in SPLITS:
        assert same(audit(shop, processes, size), alone), (processes, size)


def test_two_badges_at_one_place_are_seen_whoever_checks_them(shop: Workshop) -> None:
    two_badges_at_one_place(shop)
    alone = audit(shop)
    assert "status-place-shared" in {f.code for f in alone.audited.findings}
    for processes, size in SPLITS:
        assert same(audit(shop, processes, size), alone), (processes, size)


def test_more_wrong_windows_than_are_checked_again_in_several_processes(shop: Workshop) -> None:
    role = shop.show(PROGRAMME)
    for n in range(spread.MOST_AGAIN + 4):
        shop.step({f"tools/{n}.md": b"x\n", PROGRAMME: role + b"\n" * n}, "dev")
    alone = audit(shop)
    assert len(alone.audited.findings) > spread.MOST_AGAIN
    for processes, size in SPLITS:
        assert same(audit(shop, processes, size), alone), (processes, size)


def test_what_is_trusted_is_only_entered(shop: Workshop) -> None:
    since = shop.main_line()[5]
    shop.step({"tools/a.md": b"x\n"}, None)
    alone = audit(shop, since=since)
    assert same(audit(shop, 2, 1, since), alone)
    assert {f.path for f in alone.audited.findings} == {"tools/a.md"}


def test_what_is_trusted_and_recorded_wrongly_settles_nothing_in_any_process(shop: Workshop) -> None:
    record_what_had_run_out(shop)
    since = shop.tip
    write(shop, in_april(say(shop, as_of=LAST)), author=APRIL)
    shop.step({"tools/a.md": b"x\n"}, None)
    alone = audit(shop, since=since)
    assert {f.path for f in alone.audited.findings} == {"tools/a.md"}
    for processes, size in SPLITS:
        assert same(audit(shop, processes, size, since), alone), (processes, size)


STATE = (
    *("owner", "rules_seen", "used", "wording", "checkpoints", "given", "stacked", "unstacked", "lists"),
    *("attempts", "erasures", "recognized", "dates", "founded", "latest", "steps", "tip"),
)


def test_what_is_trusted_comes_to_the_state_that_what_is_right_comes_to(shop: Workshop) -> None:
    checked, trusted = audit(shop), audit(shop, since=shop.tip)
    assert checked.audited.clean
    assert [p.submission for p in trusted.audited.proofs] == [p.submission for p in checked.audited.proofs]
    assert trusted.audited.stacks == checked.audited.stacks
    for name in STATE:
        assert getattr(trusted.books, name) == getattr(checked.books, name), name
    for book in (trusted.books.now, trusted.books.seen.at(trusted.books.steps, shop.tip)):
        right = checked.books.now
        assert (dict(book.people), dict(book.holders)) == (dict(right.people), dict(right.holders))


def test_real_processes_find_the_same_and_say_why_they_cannot(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.step({"tools/a.md": b"x\n"}, None)
    alone = audit(shop)
    monkeypatch.setattr(run, "_start_processes", lambda _: start_keepers(2))
    monkeypatch.setattr(run, "SLICE", 3)
    assert same(run_audit(shop.repo, shop.tip, today=shop.town.now), alone)
    monkeypatch.setattr(run, "list_history", lambda *_: {CommitId("1" * 40): ()})
    monkeypatch.setattr(run, "list_objects", lambda *_: b"1" * 40 + b"\n")
    with pytest.raises(McredError, match="is missing on this computer") as refused:
        run_audit(shop.repo, shop.tip, today=shop.town.now)
    assert refused.value.code is Exit.UNREACHABLE and refused.value.hint
