"""Reads recognition policies: from a state of a programme, or from a district's own folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import chain, combinations
from pathlib import Path

from msgspec import Struct

from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, Slug, is_id
from mcred.domain.layout import MAIN, RECOGNITION, parse_path, recognition_examples_path, recognition_path
from mcred.domain.recognition.count import Reason
from mcred.domain.recognition.examples import KnownScales, RecognitionExamples
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.recognition.recognizers import find_same_worth, list_recognizers
from mcred.domain.text import nearest
from mcred.formats.recognition import find_place, read_policy, read_policy_examples
from mcred.problems import Exit, Hint, McredError, Place, Problem, next_step
from mcred.store.batch import read_files
from mcred.store.folder_index import read_written
from mcred.store.git import Repo, open_repo, resolve
from mcred.store.log import read_dates
from mcred.store.snapshot import Snapshot
from mcred.store.walk import first_parents

MOST_NAMED = 3
"""Badges that a warning names."""
_AT_ONCE = 500
"""Commits whose dates are read together."""
_FIRST_ZONE, _LAST_ZONE = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""Where a day begins first, and where it ends last."""


class LoadedPolicy(Struct, frozen=True, kw_only=True):
    """A policy with its file."""

    policy: RecognitionPolicy
    file: str
    data: bytes

    def where(self, reason: Reason) -> str:
        """The place in the file that a reason names, such as `recognition/maple.yaml:14`; '' for none."""
        return f"{self.file}:{find_place(self.data, self.file, reason.path).line}" if reason.path else ""


def find_state(
    repo: Repo, tip: CommitId, as_of: date, read_zone: Callable[[CommitId], tzinfo]
) -> CommitId | None:
    """The newest commit of a line of first parents that is dated no later than a day.

    `read_zone`: the time zone that a commit's policy names. The one at the end of the day anywhere says when
    the day ended.
    """
    last = _find_before(repo, tip, _end_of(as_of, _LAST_ZONE))
    return _find_before(repo, last, _end_of(as_of, read_zone(last))) if last is not None else None


def latest_day(now: datetime) -> date:
    """The latest day that it is anywhere."""
    return now.astimezone(_FIRST_ZONE).date()


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def _find_before(repo: Repo, tip: CommitId, end: datetime) -> CommitId | None:
    batch: list[CommitId] = []

    def newest() -> CommitId | None:
        dates = read_dates(repo, batch)
        return next((c for c in batch if c in dates and dates[c] < end), None)

    for commit in first_parents(repo, tip):
        batch.append(commit)
        if len(batch) == _AT_ONCE:
            if (found := newest()) is not None:
                return found
            batch.clear()
    return newest()


def list_policies(tree: Snapshot) -> tuple[str, ...]:
    """The ids of a programme's policies."""
    found = (parse_path(path) for path in tree.contents if path.startswith(f"{RECOGNITION}/"))
    return tuple(sorted(at.rest for at in found if at is not None and at.kind == "recognition policy"))


def choose_policy(tree: Snapshot, named: str, typed: Sequence[object] = ()) -> LoadedPolicy:
    """The policy with an id, or the only one where none is named. `typed`: what else was typed.

    Raises McredError without it.
    """
    known = list_policies(tree)
    if not known:
        raise McredError(
            "this program has no recognition policy",
            hint=next_step("lint", before=f"write {RECOGNITION}/ID.yaml, then"),
        )
    if not named and len(known) > 1:
        raise McredError(
            f"which policy: {' or '.join(known)}?", hint=next_step("recognize", *typed, "--policy", known[0])
        )
    name = named or known[0]
    if name not in known:
        close = nearest(name, known)
        did = f"; did you mean {close}?" if close else ""
        raise McredError(
            f"there is no recognition policy '{name}'{did}",
            hint=next_step("recognize", *typed, "--policy", close or known[0]),
        )
    file = recognition_path(name)
    return _need(tree.contents[file], file, name, next_step("lint"))


def open_policy_file(at: Path, typed: str, as_of: date | None) -> LoadedPolicy:
    """A policy that is a file of a district's own folder; as its history has it on a day, where one is named.

    Raises McredError for a file that cannot be read, or did not exist on that day.
    """
    path = at / typed
    name = path.name.removesuffix(".yaml")
    try:
        data = read_written(path)
    except OSError as error:
        raise McredError(
            f"{typed} cannot be read", hint=next_step("recognize", "--policy", "FILE")
        ) from error
    if as_of is not None:
        data = _as_of(path, typed, as_of)
    again = next_step("recognize", "--policy", typed, before="fix it, then")
    return _need(data, typed, name, again)


def _as_of(path: Path, typed: str, as_of: date) -> bytes:
    place = path.resolve()
    data = None
    if (repo := _history_around(place)) is not None and repo.work_tree is not None:
        tip = resolve(repo, MAIN)
        around, inside = repo, place.relative_to(repo.work_tree).as_posix()

        def read_zone(commit: CommitId) -> tzinfo:
            found = read_files(around, [(commit, inside)])[0]
            policy = read_policy(found, typed, "")[0] if found is not None else None
            return policy.zone if policy is not None else UTC

        state = find_state(repo, tip, as_of, read_zone) if tip is not None else None
        data = read_files(repo, [(state, inside)])[0] if state is not None else None
    if data is None:
        raise McredError(
            f"{typed} did not exist on {as_of}, by the branch main of its folder",
            hint=next_step("recognize", "--policy", typed, note="as it is now"),
        )
    return data


def _history_around(place: Path) -> Repo | None:
    try:
        return open_repo(place.parent)
    except McredError as error:
        if error.code is Exit.REFUSED:
            return None
        raise


def _need(data: bytes, file: str, name: str, again: Hint) -> LoadedPolicy:
    policy, problems = read_policy(data, file, name if is_id(name) else "")
    if policy is None:
        raise McredError(f"{file} has errors", hint=again, problems=problems)
    return LoadedPolicy(policy=policy, file=file, data=data)


def scales_of(catalog: Catalog) -> KnownScales:
    """The scales of a programme's micro-credentials, criterion by criterion."""
    return {
        name: {c.id: found.credential.scale_of(c) for c in found.credential.criteria}
        for name, found in catalog.definitions.items()
        if found.credential.is_scalable
    }


def read_golden(
    contents: Mapping[str, bytes], by: RecognitionPolicy, scales: KnownScales
) -> RecognitionExamples | None:
    """A policy's golden examples, None where it has none that can be read."""
    file = recognition_examples_path(by.id)
    data = contents.get(file)
    return read_policy_examples(data, file, by.id, None, scales)[0] if data is not None else None


def check_recognition(tree: Snapshot, catalog: Catalog) -> Iterator[Problem]:
    """Every problem of a programme's policies and their golden examples."""
    scales = scales_of(catalog)
    known = list_policies(tree)
    readable: list[RecognitionPolicy] = []
    for path, data in sorted(tree.contents.items()):
        at = parse_path(path)
        if at is not None and at.kind == "recognition policy":
            policy, problems = read_policy(data, path, at.rest)
            yield from problems
            if policy is not None:
                readable.append(policy)
                yield from _check_names(policy, path, data, catalog)
                yield from _check_golden(tree, policy, path, scales)
        elif at is not None and at.kind == "recognition examples" and at.rest not in known:
            what = f"there is no policy {recognition_path(at.rest)}"
            yield Problem(what=what, where=Place(file=path), hint="name both files after the policy's id")
    yield from _check_twice(readable, tree, catalog)


def _check_twice(
    policies: Sequence[RecognitionPolicy], tree: Snapshot, catalog: Catalog
) -> Iterator[Problem]:
    """What two policies give for the same badges, where someone may record by both of them."""
    roles = catalog.programme.roles
    for one, other in combinations(policies, 2):
        if not {*list_recognizers(one, roles)}.intersection(list_recognizers(other, roles)):
            continue
        if same := find_same_worth(one, other, catalog.definitions, catalog.stacks):
            path, names = recognition_path(other.id), tuple(dict.fromkeys(chain(*same.values())))
            units = " and ".join(filter(None, (", ".join([*same][:-1]), [*same][-1])))
            what = f"{recognition_path(one.id)} gives {units} for the same badges, so they could count twice"
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            yield Problem(
                what=f"{what}: {', '.join(names[:MOST_NAMED])}{more}",
                where=find_place(tree.contents[path], path, ("rules",)),
                hint="keep one policy and edit it, or let only one of them give this for these badges",
                severity="warning",
            )


def _check_golden(
    tree: Snapshot, policy: RecognitionPolicy, path: str, scales: KnownScales
) -> Iterator[Problem]:
    file = recognition_examples_path(policy.id)
    if file in tree.contents:
        yield from read_policy_examples(tree.contents[file], file, policy.id, policy, scales)[1]
    else:
        yield Problem(
            what="it has no golden examples, so nothing shows what it is meant to come to",
            where=Place(file=path),
            hint=f"write some in {file}",
            severity="warning",
        )


def _check_names(policy: RecognitionPolicy, path: str, data: bytes, catalog: Catalog) -> Iterator[Problem]:
    """What a policy says of its own programme, and that is not there."""
    own = policy.own_issuer
    for n, person in enumerate(policy.recognizers):
        if person not in catalog.people:
            yield _unknown("person", person, path, data, ("recognizers", n))
    for n, rule in enumerate(policy.rules):
        only_own = own is not None and (rule.issuers == (own,) or len(policy.issuers) == 1)
        for m, wanted in enumerate(rule.credentials):
            if only_own and wanted.id not in catalog.definitions:
                yield _unknown("micro-credential", wanted.id, path, data, ("rules", n, "credentials", m))
        for m, stack in enumerate(rule.stacks):
            if only_own and stack not in catalog.stacks:
                yield _unknown("stack", stack, path, data, ("rules", n, "stacks", m))


def _unknown(kind: str, name: Slug | str, path: str, data: bytes, at: tuple[str | int, ...]) -> Problem:
    what, where = f"there is no {kind} '{name}' here", find_place(data, path, at)
    return Problem(what=what, where=where, hint="correct it, or remove it")
