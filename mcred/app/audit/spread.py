"""Has the steps of a long history checked by several processes, with the very result of one.

Steps are checked window by window. A check needs the state before it, and that depends on what was found
wrong before. So every process enters all steps into a state of its own, and takes those that it did not check
for right. A window counts when all before it do, and what its process took for right or wrong is what they
were found to be; otherwise it is checked again. Nearly all histories have little wrong in them.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.audit.classify import Window, reduce_move
from mcred.app.audit.contents import ReadFiles
from mcred.app.audit.proofs import ProofPair
from mcred.app.audit.repository import History
from mcred.domain.audit.replay import check_step
from mcred.domain.audit.state import Books
from mcred.domain.audit.tally import CheckedStep
from mcred.domain.audit.values import Move
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.pieces import FileDigest
from mcred.domain.recognition.decided import JudgedRecord, LedgerKey
from mcred.problems import McredError
from mcred.store.batch import check_objects
from mcred.store.git import Repo
from mcred.store.history.check import CheckedCommits, ListedCommit, check_commits
from mcred.store.main_history import MainLine
from mcred.store.session import git_session

AHEAD = 2
"""Windows that each process has before it, so that it never waits."""
MOST_AGAIN = 8
"""Windows checked again, each on a state made from the beginning, after which one process goes on alone."""
StepDoubt = tuple[frozenset[str], frozenset[SubmissionId], str | None]
"""The paths, and the submissions, of which nothing in a step confers a right; and its signer."""
_RIGHT: StepDoubt = (frozenset(), frozenset(), None)


class Job(Struct, frozen=True, kw_only=True):
    """A window to check."""

    number: int
    window: Window
    places: Mapping[tuple[str, int], str]
    """Status list entries that badges of earlier windows have too, with their paths."""
    is_fresh: bool
    """Whether to make the state from the beginning."""
    between: tuple[Window, ...]
    """The windows to enter before it."""
    doubts: Mapping[int, StepDoubt]
    """What is known to be wrong in these, by step."""


class CheckedWindow(Struct, frozen=True, kw_only=True):
    """What a process found in a window."""

    job: Job
    steps: tuple[CheckedStep, ...]
    keys: tuple[str | None, ...]
    """The signer of each step."""
    doubts: Mapping[int, StepDoubt]
    """What it took for wrong before, by step."""
    files: ReadFiles
    beside: frozenset[tuple[str, BlobId]]
    signers: Mapping[CommitId, str]
    proofs: Mapping[ProofPair, bool]
    seconds: tuple[float, float]
    """Spent on signatures, and on proofs."""

    @property
    def own_doubts(self) -> dict[int, StepDoubt]:
        """What it found wrong, by step."""
        found = enumerate(zip(self.steps, self.keys, strict=True), start=self.job.window.start + 1)
        return {n: (step.wrong, step.doubted, key) for n, (step, key) in found if step.findings}

    @property
    def places(self) -> dict[tuple[str, int], str]:
        """Status list entries that its badges are the first to have, as far as it knows."""
        return {place: path for step in self.steps for place, path in step.places}


class Checker:
    """The work of one process: a state, and a reader of its own."""

    def __init__(
        self,
        repo: Repo,
        position: Mapping[CommitId, int],
        large: Mapping[BlobId, FileDigest],
        cache: Path | None,
        judged: Mapping[LedgerKey, Sequence[JudgedRecord]],
        today: datetime | None,
    ) -> None:
        self.history = History(repo, MainLine(steps=(), position=position, lost=()), cache)
        self.history.large.update(large)
        self.judged, self.today = judged, today
        self._make_state()

    def _make_state(self) -> None:
        self.doubts: dict[int, StepDoubt] = {}
        self.books = Books(
            archive=self.history,
            positions=self.history.line.position,
            judged=self.judged,
            today=self.today,
        )

    def check(self, job: Job) -> CheckedWindow:
        """Enter what comes before a window, and check it."""
        history = self.history
        if job.is_fresh:
            self._make_state()
        for entered in job.between:
            for move in history.open(entered):
                wrong, doubted, key = job.doubts.get(self.books.steps + 1, _RIGHT)
                self._enter(replace(move, signer=key), wrong, doubted)
        doubts, seconds = dict(self.doubts), (history.signers.seconds, history.proofs.waited)
        for place, path in job.places.items():
            self.books.places.setdefault(place, path)
        steps, keys = [], []
        for move in history.open(job.window):
            checked = check_step(move, self.books.steps + 1, self.books)
            steps.append(checked)
            keys.append(move.signer)
            self._enter(move, checked.wrong, checked.doubted)
        beside, history.beside = frozenset(history.beside), set()
        return CheckedWindow(
            job=replace(job, between=()),
            steps=tuple(steps),
            keys=tuple(keys),
            doubts=doubts,
            files=history.tell(job.window.moves),
            beside=beside,
            signers=history.signers.take_new(),
            proofs=history.proofs.take_new(),
            seconds=(history.signers.seconds - seconds[0], history.proofs.waited - seconds[1]),
        )

    def _enter(self, move: Move, wrong: frozenset[str], doubted: frozenset[SubmissionId]) -> None:
        self.books.enter(move, wrong, doubted)
        if wrong or doubted:
            self.doubts[self.books.steps] = (wrong, doubted, move.signer)


_checkers: list[Checker] = []
"""The one of this process."""


def begin(*given: Any) -> None:
    """Prepare this process: `given` to its `Checker`."""
    stack = ExitStack()
    stack.enter_context(git_session())
    atexit.register(stack.close)
    _checkers.append(Checker(*given))


def check(job: Job) -> CheckedWindow:
    """Check a window in this process."""
    try:
        return _checkers[-1].check(job)
    except McredError as error:
        # Others of its kind are not made by one text.
        raise McredError(error.what, hint=error.hint, code=error.code) from error


def check_all_commits(
    pools: Sequence[Executor], repo: Repo, commits: Sequence[ListedCommit]
) -> CheckedCommits | None:
    """As `check_commits`, in several processes."""
    size = -(-len(commits) // (len(pools) * AHEAD)) or 1
    parts = [commits[at : at + size] for at in range(0, len(commits), size)]
    running = [pools[n % len(pools)].submit(check_commits, repo, part) for n, part in enumerate(parts)]
    found = CheckedCommits(changes={}, large={})
    for future in running:
        if (part := future.result()) is None:
            return None
        found.changes.update(part.changes)
        found.large.update(part.large)
    return found


def check_all_objects(pools: Sequence[Executor], repo: Repo, names: bytes) -> dict[BlobId, FileDigest]:
    """As `check_objects`, in several processes."""
    row = names.find(b"\n") + 1
    size = -(-len(names) // row // (len(pools) * AHEAD)) * row
    parts = [names[at : at + size] for at in range(0, len(names), size)]
    running = [pools[n % len(pools)].submit(hash_objects, repo, part) for n, part in enumerate(parts)]
    return {blob: digest for future in running for blob, digest in future.result().items()}


def hash_objects(repo: Repo, names: bytes) -> dict[BlobId, FileDigest]:
    """As `check_objects`, in this process."""
    try:
        return check_objects(repo, names)
    except McredError as error:
        raise McredError(error.what, hint=error.hint, code=error.code) from error


def _reduce(window: Window) -> Window:
    """What a state needs of a window."""
    return replace(window, moves=tuple(map(reduce_move, window.moves)), is_known=True, beside=None)


class _Process(Struct, kw_only=True):
    """What is known of a process."""

    pool: Executor
    entered: int = 0
    """Windows that its state has when its jobs are done."""
    told: int = 0
    """Steps up to which it told what it takes for wrong."""
    doubts: Mapping[int, StepDoubt] = field(default_factory=dict)
    jobs: int = 0
    made: int = 0
    """How many times its state was made from the beginning."""


class Spread:
    """Gives windows to processes, and gives back what they found in the order of the history."""

    def __init__(self, pools: Sequence[Executor], history: History) -> None:
        """`history`: this process's own, which gets what others verified."""
        self.history = history
        self._processes = [_Process(pool=pool) for pool in pools]
        self._all: list[Window] = []
        """Every window so far."""
        self._open: dict[int, Window] = {}
        """The windows that do not count yet."""
        self._found: dict[int, CheckedWindow] = {}
        self._due: list[tuple[int, Mapping[tuple[str, int], str]]] = []
        """The windows to check, and the status list entries that earlier ones have too."""
        self._running: dict[Future[CheckedWindow], tuple[_Process, int]] = {}
        self._doubts: dict[int, StepDoubt] = {}
        """What is wrong in the windows that count."""
        self._places: dict[tuple[str, int], str] = {}
        self._steps: deque[CheckedStep] = deque()
        self._again = 0

    def begin(self, *given: Any) -> None:
        """Prepare all processes: `given` to each `Checker`."""
        for process in self._processes:
            process.pool.submit(begin, *given)

    def check(self, move: Move, step: int, books: Books) -> CheckedStep:
        """What was found of the step that `moves` gave last."""
        return self._steps.popleft()

    def moves(self, windows: Iterable[Window]) -> Iterator[Move]:
        """Every step, in order, when what was found of it counts."""
        left, ended, done = iter(windows), False, 0
        while not ended or done < len(self._all):
            while not ended and len(self._all) - done < AHEAD * len(self._processes):
                window = next(left, None)
                ended = window is None
                if window is not None and window.is_known:
                    self._all.append(_reduce(window))
                    done += 1
                    yield from self.history.open(window)
                elif window is not None:
                    self._open[len(self._all)] = window
                    self._due.append((len(self._all), {}))
                    self._all.append(_reduce(window))
            self._hand_out()
            if done in self._open:
                self._collect()
            while done in self._found and self._counts(done):
                yield from self._take(done)
                done += 1

    def _counts(self, number: int) -> bool:
        """Whether a process found on the right state, for the first window that does not count yet."""
        found = self._found[number]
        shared = {place: path for place, path in self._places.items() if place in found.places}
        if found.doubts == self._doubts and shared.items() <= found.job.places.items():
            return True
        del self._found[number]
        self._due.insert(0, (number, {**found.job.places, **shared}))
        self._again += 1
        return False

    def _take(self, number: int) -> Iterator[Move]:
        found, window = self._found.pop(number), self._open.pop(number)
        self._doubts |= found.own_doubts
        self._places = {**found.places, **self._places}
        self._steps.extend(found.steps)
        self.history.beside |= found.beside
        self.history.know(found.files)
        for move, key in zip(self.history.open(replace(window, is_known=True)), found.keys, strict=True):
            yield replace(move, signer=key)

    def _hand_out(self) -> None:
        able = self._processes[:1] if self._again > MOST_AGAIN else self._processes
        while self._due and (free := min(able, key=lambda p: p.jobs)).jobs < AHEAD:
            self._submit(free, *self._due.pop(0))

    def _submit(self, process: _Process, number: int, places: Mapping[tuple[str, int], str]) -> None:
        known = dict(self._doubts)
        for found in self._found.values():
            known |= found.own_doubts
        told = {step: doubt for step, doubt in known.items() if step <= process.told}
        is_fresh = process.entered > number or told != process.doubts
        if is_fresh:
            process.entered, process.told, process.doubts = 0, 0, {}
            process.made += 1
        job = Job(
            number=number,
            window=self._open[number],
            places=places,
            is_fresh=is_fresh,
            between=tuple(self._all[process.entered : number]),
            doubts=known,
        )
        process.entered = number + 1
        process.jobs += 1
        self._running[process.pool.submit(check, job)] = process, process.made

    def _collect(self) -> None:
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            process, made = self._running.pop(future)
            process.jobs -= 1
            found = future.result()
            self._found[found.job.number] = found
            self.history.signers.add(found.signers, found.seconds[0])
            self.history.proofs.add(found.proofs, found.seconds[1])
            if made == process.made:
                process.told = found.job.window.start + len(found.steps)
                process.doubts = {**found.doubts, **found.own_doubts}
