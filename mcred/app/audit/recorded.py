"""Tells which recorded decisions on what is recognized are right, without an audit of all the rest.

A badge that ran out stays counted by a recorded decision only if that one is right. The guard and whoever
records the next one take what is on main for right, as everywhere; these few are checked again, by the same
rules as in an audit, and so is each step that changes who may record what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from mcred.app.audit.classify import list_windows, read_line
from mcred.app.audit.repository import WINDOW, History
from mcred.domain.audit.replay import check_step
from mcred.domain.audit.state import Books
from mcred.domain.audit.tally import UNCHECKED
from mcred.domain.ids import CommitId
from mcred.domain.layout import Found, parse_path
from mcred.domain.recognition.decided import JudgedRecord, Ledger, LedgerKey, open_ledger
from mcred.store.git import Repo
from mcred.store.main_history import HistoryStep, MainLine

_RESTED_ON = frozenset({"programme", "profile", "invitation", "recognition policy", "recognized"})
"""Kinds of files that say who may record what, and what was recorded."""
_DEEPEST = 2
"""In so many folders at most. Most files of a history are deeper, and are not looked at."""


def list_ledgers(steps: Iterable[HistoryStep]) -> frozenset[LedgerKey]:
    """The ledgers to which some steps of main add a decision."""
    added = (_parse(c.path) for step in steps for c in step.changes if c.old is None)
    return frozenset(
        (at.person, at.rest) for at in added if at and at.person is not None and at.kind == "recognized"
    )


def _parse(path: str) -> Found | None:
    return parse_path(path) if path.count("/") <= _DEEPEST else None


def prove_ledgers(repo: Repo, main: CommitId, keys: Collection[LedgerKey]) -> Mapping[LedgerKey, Ledger]:
    """Some ledgers as a commit of main has them, with what is right in each."""
    found = judge_recorded(repo, read_line(repo, main), main, keys)
    return {key: open_ledger(found.get(key, ())) for key in keys}


def judge_recorded(
    repo: Repo, line: MainLine, until: CommitId, keys: Collection[LedgerKey]
) -> Mapping[LedgerKey, Sequence[JudgedRecord]]:
    """What is recorded up to a commit of main in some ledgers, and whether it is right."""
    reduced = replace(line, steps=tuple(_reduce(step, keys) for step in line.steps))
    history = History(repo, reduced)
    books = Books(archive=history, positions=line.position)
    for window in list_windows(reduced, until, until, WINDOW):
        for move in history.open(window) if window.is_known else ():
            checked = UNCHECKED
            if move.touches:
                move = replace(move, signer=history.signer(move.commit))
                checked = check_step(move, len(books) + 1, books)
            books.enter(move, checked.wrong, checked.doubted)
    return {key: books.recognized[key] for key in keys if key in books.recognized}


def _reduce(step: HistoryStep, keys: Collection[LedgerKey]) -> HistoryStep:
    """The whole step where these ledgers rest on anything of it, else nothing of it."""
    found = (at for change in step.changes if (at := _parse(change.path)) is not None)
    is_kept = any(
        at.kind in _RESTED_ON and (at.kind != "recognized" or (at.person, at.rest) in keys) for at in found
    )
    return step if is_kept else replace(step, changes=())
