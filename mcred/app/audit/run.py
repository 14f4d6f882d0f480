"""Runs an audit: loads the history of main, replays it, and keeps a cache for the next run."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import chain
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.audit.cache import cache_of
from mcred.app.audit.classify import RECORD, BesideMain, list_windows, read_line
from mcred.app.audit.kept_line import KeptMain
from mcred.app.audit.recorded import judge_recorded, list_ledgers
from mcred.app.audit.repository import WINDOW, History
from mcred.app.audit.spread import Spread, check_all_commits, check_all_objects
from mcred.app.audit.witness import compare_with_history, read_witness
from mcred.app.checkpoints import read_checkpoint, too_old
from mcred.app.context import Context
from mcred.app.fetch import Opened, open_programme
from mcred.app.gc_pause import gc_disabled
from mcred.app.processes import count_processors, is_helper, start_keepers
from mcred.domain.audit.replay import FINAL, audit, check_step
from mcred.domain.audit.state import Books
from mcred.domain.audit.tally import Audited
from mcred.domain.audit.values import Finding
from mcred.domain.audit.witness import Witness, WitnessAnswer, compare_witness
from mcred.domain.decision import Checkpoint
from mcred.domain.ids import BlobId, CommitId, is_hex
from mcred.domain.layout import HEADS, SENT_HEADS, folder_of_attempts, parse_path, parse_ref
from mcred.domain.pieces import FileDigest
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.problems import Exit, McredError, next_step
from mcred.store.batch import check_objects, list_objects, read_files
from mcred.store.git import Repo, list_refs, resolve
from mcred.store.history.check import check_commits, list_history
from mcred.store.log import find_unreached, is_ancestor
from mcred.store.main_history import HistoryStep, MainLine, list_beside
from mcred.store.oversized_trees import read_folders
from mcred.store.snapshot import as_one_name, find_twins, list_folders, list_tree

MANY_COMMITS = 2_000
"""Commits from which on starting other processes is worth its second."""
SLICE = 50
"""Steps that one process checks at a time."""


class CheckedWitness(Struct, frozen=True, kw_only=True):
    """A witness, who signed it, and whether the history holds what it says."""

    witness: Witness
    signer: str
    answer: WitnessAnswer


class AuditResult(Struct, frozen=True, kw_only=True):
    """The findings of an audit, and its cost."""

    audited: Audited
    history: History
    founding: CommitId
    """The programme's first commit, by which two copies are known to be of the same programme."""
    newest: datetime
    """When the newest step of this copy was made, as it says itself."""
    books: Books
    checked: int
    """Signatures that were not in the cache."""
    signing_seconds: float
    proofs_checked: int
    """Badge proofs that were not in the cache."""
    proof_seconds: float
    """Time spent on them, or waiting for the processes that verified them."""
    witness: CheckedWitness | None = None


def audit_programme(ctx: Context, since: str = "", witness: str = "", *, fresh: bool = False) -> AuditResult:
    """Audit the programme around `ctx.at` as this computer has it.

    `since`: what is trusted, a checkpoint's file or a commit's full id. `witness`: the file or https address
    of a witness, which the history has to agree with. `fresh`: verify every signature again, whatever earlier
    audits found. Raises McredError where `since` or `witness` is neither, where `since` is no part of the
    history, and where this copy is older than it.
    """
    opened = open_programme(ctx, "no")
    witnessed = read_witness(ctx, witness) if witness else None
    with ctx.show.working("checking the history") as tell:
        told = (lambda done, total: tell("checking the history", done, total)) if tell else None
        trusted = _find_trusted(ctx, opened, since) if since else None
        cache = None if fresh else ctx.cache
        result = run_audit(opened.repo, opened.main, trusted=trusted, cache=cache, today=ctx.now(), tell=told)
    return result if witnessed is None else _with_witness(ctx, opened, result, witnessed)


def _with_witness(ctx: Context, opened: Opened, result: AuditResult, witness: Witness) -> AuditResult:
    """The result with a witness's answer, and what is found where the history does not agree with it."""
    here = compare_with_history(ctx, result.history, opened.main, witness)
    answer, found = compare_witness(witness, here)
    return replace(
        result,
        audited=replace(result.audited, findings=(*result.audited.findings, *found)),
        witness=CheckedWitness(witness=witness, signer=result.books.name_signer(witness.key), answer=answer),
    )


def _find_trusted(ctx: Context, opened: Opened, since: str) -> CommitId:
    given = Checkpoint(commit=CommitId(since), awards=0) if is_hex(since) else read_checkpoint(ctx.at / since)
    if given is None:
        raise McredError(
            f"'{since}' is not a checkpoint: neither a checkpoint file nor the full id of a state",
            hint=next_step("audit", note="checks everything"),
            code=Exit.USAGE,
        )
    repo, main = opened.repo, opened.main
    if resolve(repo, given.commit) is None:
        found = [parse_path(path) for path in list_tree(repo, main)]
        here = sum(1 for f in found if f is not None and (f.kind, f.number) == ("award", 1))
        # Awards are never taken away, so a checkpoint with fewer of them must be part of this copy.
        if is_hex(since) or given.awards >= here:
            raise too_old(given, "the checkpoint")
    elif given.commit != main and is_ancestor(repo, main, given.commit):
        raise too_old(given, "the checkpoint")
    return given.commit


@gc_disabled()
def run_audit(
    repo: Repo,
    tip: CommitId,
    *,
    trusted: CommitId | None = None,
    refs: bool = True,
    cache: Path | None = None,
    today: datetime | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> AuditResult:
    """Audit main up to `tip`; everything up to `trusted` is accepted without a check.

    `today`: no decision may be dated later. `refs`: check open work too, for a sign of a forked history.
    `cache`: the user's folder of what earlier audits verified; everything is verified when None.
    """
    # git's commit-graph could have come with a copied folder, and its entries may be false.
    repo = replace(repo, by_objects=True)
    since = trusted if trusted and resolve(repo, trusted) else None
    parents = list_history(repo, tip, since)
    with _start_processes(len(parents)) as pools:
        listed = [*parents.items()]
        checked = check_all_commits(pools, repo, listed) if pools else check_commits(repo, listed)
        large = checked.large if checked is not None else _check_slowly(pools, repo, tip, since)
        changes = checked.changes if checked is not None else {}
        kept = KeptMain(cache, repo)
        line = read_line(repo, tip, kept.line, changes)
        kept.hold_to(line)
        known = _place_of(line, trusted)
        history = History(repo, line, cache_of(cache, line.steps[0].commit.id))
        history.large.update(large)
        count = len(line.steps)
        added = list_ledgers(line.steps[known:]) if trusted else ()
        judged = judge_recorded(repo, line, trusted, added) if trusted and added else {}
        books = Books(archive=history, positions=line.position, judged=judged, today=today)
        moves, check, size = history.moves, check_step, WINDOW
        if pools:
            spread = Spread(pools, history)
            spread.begin(repo, line.position, large, history.cache, judged, today)
            moves, check, size = spread.moves, spread.check, SLICE
        start = min(kept.count, known)
        aside = BesideMain(line, parents, changes) if checked is not None else None
        windows = chain(kept.windows(start, history), list_windows(line, tip, trusted, size, start, aside))
        try:
            audited = audit(
                kept.gather(moves(windows), history),
                history,
                positions=line.position,
                lost=line.lost,
                trusted=known,
                books=books,
                check=check,
                tell=(lambda done: tell(done, count)) if tell else None,
            )
        finally:
            history.close()
    kept.keep(line, trusted)
    # Only where some record may be lost is every commit compared with all of main.
    left = history.beside - _list_records(line.steps[known:])
    may_lack = known == count or (left and not left <= _list_records(line.steps))
    lost = _find_lost(repo, line, tip, trusted) if may_lack else ()
    beside = [*lost, *(_find_twins(line, known) if _may_have_twins(repo, line, trusted) else ())]
    beside += _find_forks(repo, line, tip) if refs else ()
    return AuditResult(
        audited=replace(audited, findings=(*audited.findings, *beside)),
        history=history,
        founding=line.steps[0].commit.id,
        newest=line.steps[-1].commit.when,
        books=books,
        checked=history.signers.checked,
        signing_seconds=history.signers.seconds,
        proofs_checked=history.proofs.checked,
        proof_seconds=history.proofs.waited,
    )


def _check_slowly(
    pools: Sequence[Executor], repo: Repo, tip: CommitId, since: CommitId | None
) -> Mapping[BlobId, FileDigest]:
    """Hash all objects as git lists them, and raise McredError where git cannot, or one is altered."""
    objects = list_objects(repo, tip, since)
    return check_all_objects(pools, repo, objects) if pools else check_objects(repo, objects)


def _start_processes(commits: int) -> AbstractContextManager[tuple[Executor, ...]]:
    """Processes for so many commits; none where one is enough."""
    count = 0 if commits < MANY_COMMITS or is_helper() else count_processors()
    return start_keepers(count) if count > 1 else nullcontext(())


def _place_of(line: MainLine, trusted: CommitId | None) -> int:
    """The number of steps that are trusted. Raises McredError where there is none to trust."""
    if not line.steps:
        raise McredError(
            "this is not a program: its history has no mcred.yaml", hint=next_step("init", "DIR")
        )
    if trusted is None:
        return 0
    if trusted not in line.position:
        raise McredError(
            f"{trusted[:12]} is not a state of this program: its history was rewritten, or this is "
            "another program",
            hint=next_step("audit", before="tell the maintainers; then"),
            code=Exit.CHANGED,
        )
    return line.position[trusted]


def _list_records(steps: Iterable[HistoryStep]) -> set[tuple[str, BlobId]]:
    """The path and blob of each file that a step of main added or changed."""
    return {(c.path, c.new.blob) for step in steps for c in step.changes if c.new is not None}


def _find_lost(repo: Repo, line: MainLine, tip: CommitId, trusted: CommitId | None) -> Iterator[Finding]:
    """Records that another branch had and this one lacks, although its history contains that branch.

    Whoever knew the other branch would fast-forward to this one and lose an award, revocation or decision.
    """
    here = _list_records(line.steps)
    names = list(line.position)
    told: dict[CommitId, list[str]] = {}
    for commit, changes in list_beside(repo, line, tip, RECORD, trusted):
        gone = [
            c.path
            for c in changes
            if c.new is not None
            and (c.path, c.new.blob) not in here
            and (found := parse_path(c.path)) is not None
            and found.kind in FINAL | {"status list"}
        ]
        if gone:
            at = bisect_left(names, True, key=lambda name: is_ancestor(repo, commit, name))
            told.setdefault(names[min(at, len(names) - 1)], []).extend(gone)
    for merge, paths in told.items():
        what = f"a line of history merged here had {len(paths)} files on record that this one does not have"
        yield Finding(code="line-lost", commit=merge, path=min(paths), what=what)


def _may_have_twins(repo: Repo, line: MainLine, trusted: CommitId | None) -> bool:
    """Whether the steps after a trusted one may add a path that was there, or is so on many computers.

    Their folders tell that faster than all paths of the history; who has a doubt reads those.
    """
    if trusted is None:
        return True
    new = line.steps[line.position[trusted] :]
    added = [change.path for step in new for change in step.changes if change.old is None]
    names: dict[str, set[str]] = defaultdict(set)
    for parts in (path.split("/") for path in added):
        for depth, name in enumerate(parts):
            names["/".join(parts[:depth])].add(name)
    here = list_folders(repo, trusted, *names)
    if len({*added}) < len(added) or not here.keys().isdisjoint(added):
        return True
    for folder, _, name in (path.rpartition("/") for path in here):
        names[folder].add(name)
    return any(len(set(map(as_one_name, found))) < len(found) for found in names.values())


def _find_twins(line: MainLine, known: int) -> Iterator[Finding]:
    """Paths that are the same path on many computers, each at the commit that added the later one."""
    standing: dict[str, CommitId] = {}
    position: dict[str, int] = {}
    for number, step in enumerate(line.steps):
        for change in step.changes:
            if change.old is None and change.path in standing and number >= known:
                what = "this name appears twice in one folder"
                yield Finding(code="bad-file", commit=step.commit.id, path=change.path, what=what)
            if change.new is None:
                standing.pop(change.path, None)
            elif standing.setdefault(change.path, step.commit.id) == step.commit.id:
                position[change.path] = number
    for path, what, _ in find_twins(standing):
        if position[path] >= known:
            yield Finding(code="bad-file", commit=standing[path], path=path, what=what)


def _find_forks(repo: Repo, line: MainLine, main: CommitId) -> Iterator[Finding]:
    """Open work based on a commit that is not in this history: its author was served another one."""
    tips = {**list_refs(repo, HEADS), **list_refs(repo, SENT_HEADS)}
    parsed = ((tip, parse_ref(ref)) for ref, tip in tips.items())
    sent = sorted({(tip, p.submission) for tip, p in parsed if p is not None and p.kind == "submission"})
    listed = read_folders(repo, [(tip, folder_of_attempts(submission)) for tip, submission in sent])
    asked = [(tip, path) for (tip, _), paths in zip(sent, listed, strict=True) if (path := _newest(paths))]
    read = (decode(data or b"", ReviewRequest, "")[0] for data in read_files(repo, asked))
    odd = [
        (place, request)
        for place, request in zip(asked, read, strict=True)
        if request is not None and request.main not in line.position
    ]
    # Nearly all open work names a step of main; what is left is held to the whole history.
    new = find_unreached(repo, [tip for (tip, _), _ in odd], main)
    for (tip, path), request in odd:
        if tip in new and not is_ancestor(repo, request.main, main):
            earner = request.submission.earner
            what = f"{earner} was shown {request.main[:12]}, which is not part of this history"
            yield Finding(code="fork-seen", commit=tip, path=path, what=what, person=earner)


def _newest(paths: Iterable[str]) -> str:
    """Of some paths that of the request for the last attempt; '' for none."""
    found = ((p.attempt, path) for path in paths if (p := parse_path(path)) and p.kind == "request")
    return max(found, default=(0, ""))[1]
