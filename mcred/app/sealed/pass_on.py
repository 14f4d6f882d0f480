"""What an earner passes on to the coaches whom she lets in: with each draft, in its sealed list.

The list names them, so that every computer of hers knows it, and only she and they can read that. They
get the draft, the key to the list of each attempt, and what is sealed in each decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.attempts import grants_of
from mcred.app.sealed.open_work import OpenList, open_list
from mcred.app.sealed.opening import open_decision
from mcred.app.workspace import Workspace
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import attempt_refs, parse_ref, remote_ref
from mcred.domain.rules.readers import join_let_in
from mcred.domain.sealed.work import PassedOn
from mcred.formats.sealed_part import encode_part
from mcred.store.git import Repo, list_refs
from mcred.store.log import merge_base
from mcred.store.seal import Unopened


def read_let_in(repo: Repo, submission: SubmissionId, tips: Sequence[CommitId]) -> tuple[PersonId, ...]:
    """Whom the drafts of mine at one or two commits of the work ref let in; of two, what either changed
    holds. One that cannot be opened here counts for nothing."""
    said = [found for tip in tips if (found := _read_people(repo, submission, tip)) is not None]
    if len(said) < 2:
        return said[0] if said else ()
    base = merge_base(repo, tips[0], tips[1])
    before = _read_people(repo, submission, base) if base is not None else None
    return join_let_in(said[0], said[1], before)


def _read_people(repo: Repo, submission: SubmissionId, tip: CommitId) -> tuple[PersonId, ...] | None:
    try:
        return open_list(repo, submission, tip).list.passed.let_in
    except Unopened:
        return None


def pass_on(
    ws: Workspace, submission: SubmissionId, people: tuple[PersonId, ...], before: Sequence[OpenList]
) -> PassedOn:
    """What is passed on to some people, as far as I can open it here. `before`: earlier lists."""
    if not people:
        return PassedOn()
    return PassedOn(
        let_in=people,
        works=_pass_works(ws, submission, before),
        decisions=_pass_decisions(ws, submission, before),
    )


def _pass_works(ws: Workspace, submission: SubmissionId, before: Sequence[OpenList]) -> Mapping[str, str]:
    found = {commit: key for one in before for commit, key in one.list.passed.works.items()}
    place = attempt_refs(submission)
    for refs in (place, remote_ref(place)):
        for name, tip in list_refs(ws.repo, refs).items():
            parsed = parse_ref(name)
            if parsed is None or not parsed.attempt or tip in found:
                continue
            grants = grants_of(ws, submission, parsed.attempt)
            with suppress(Unopened):
                found[tip] = open_list(ws.repo, submission, tip, grants, parsed.attempt).key.private
    return found


def _pass_decisions(
    ws: Workspace, submission: SubmissionId, before: Sequence[OpenList]
) -> tuple[tuple[int, bytes], ...]:
    found = dict(pair for one in before for pair in one.list.passed.decisions)
    record, keys = ws.catalog.records.get(submission), all_reading_keys(ws.repo)
    for decision in record.decisions if record is not None else ():
        if decision.is_sealed and decision.attempt not in found:
            with suppress(Unopened):
                found[decision.attempt] = encode_part(open_decision(decision, keys).content)
    return tuple(sorted(found.items()))
