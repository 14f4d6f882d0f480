"""How portfolios grew, read from the record: for one person's `mcred growth` and for the pages of many
people.

Submissions, and one's own drafts, are commits, counted only with the earner's signature; reviews and
decisions come from the programme's files. However many submissions are read, processes are started once for
each generation of the longest line of commits, not for each submission.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import submission_ref
from mcred.domain.status import Event
from mcred.domain.timeline import Timeline, keep_shown, make_timeline
from mcred.formats.trailers import read_event, submission_of
from mcred.store.git import Repo, run
from mcred.store.log import Commit, parse_commit
from mcred.store.snapshot import read_objects

STEPS = 2000
"""The longest line of drafts that is followed; a longer one would be forged."""


def read_timelines(
    repo: Repo,
    catalog: Catalog,
    refs: Mapping[str, CommitId],
    wanted: Iterable[SubmissionId],
    drafts: Iterable[CommitId] = (),
) -> Mapping[SubmissionId, Timeline]:
    """The whole timeline of each submission. `refs`: the open ones by their full name; `drafts`: the newest
    of the user's own, which no one else has."""
    of = dict.fromkeys(wanted)
    events: dict[SubmissionId, list[Event]] = {s: list(_from_files(catalog, s)) for s in of}
    starts = {e.commit for found in events.values() for e in found if e.kind == "decide"}
    starts |= {tip for s in of if (tip := refs.get(submission_ref(s))) is not None}
    starts |= set(drafts)
    for commit in _drafts(repo, catalog.commit, sorted(starts)):
        submission = submission_of(commit)
        if submission in events and _is_by_earner(catalog, commit, submission):
            event = read_event(commit, submission.earner)
            if event is not None and event.kind in ("save", "submit", "withdraw"):
                events[submission].append(event)
    return {s: make_timeline(s, found, catalog.editions, _title(catalog, s)) for s, found in events.items()}


def shown_timelines(
    repo: Repo, catalog: Catalog, refs: Mapping[str, CommitId]
) -> Mapping[SubmissionId, Timeline]:
    """The part of their timelines that earners chose to show, for the pages; without a choice, none."""
    chosen = {
        SubmissionId(person.id, credential): shown
        for person in catalog.people.values()
        if person.publish != "private"
        for credential, shown in person.growth.items()
        if shown
    }
    if not chosen:
        return {}
    found = read_timelines(repo, catalog, refs, chosen)
    return {s: kept for s, whole in found.items() if (kept := keep_shown(whole, chosen[s])).moments}


def _title(catalog: Catalog, submission: SubmissionId) -> str:
    known = catalog.definitions.get(submission.credential)
    return known.credential.title if known else submission.credential


def _from_files(catalog: Catalog, submission: SubmissionId) -> Iterator[Event]:
    """Reviews, decisions and revocations that are on main."""
    record = catalog.records.get(submission)
    if record is None:
        return
    for decision in record.decisions:
        yield Event(
            kind="decide",
            submission=submission,
            attempt=decision.attempt,
            person=decision.issuer,
            commit=decision.judged,
            when=decision.decided,
            decision=decision,
        )
    for found in record.assessments:
        yield Event(
            kind="assess",
            submission=submission,
            attempt=found.attempt,
            person=found.assessor,
            commit=found.judged,
            when=found.assessed,
        )
    for attempt, revocation in record.revocations.items():
        if revocation is not None:
            yield Event(
                kind="revoke",
                submission=submission,
                attempt=attempt,
                person=revocation.issuer,
                commit=catalog.commit,
                when=revocation.revoked,
            )


def _drafts(repo: Repo, main: CommitId, starts: Sequence[CommitId]) -> Iterator[Commit]:
    """The history of some commits, back to where they left main."""
    line = set(run(repo, "rev-list", "--first-parent", main).decode("ascii").split())
    seen: set[CommitId] = set()
    todo = [c for c in starts if c not in line]
    for _ in range(STEPS):
        if not todo:
            return
        seen.update(todo)
        found = [parse_commit(CommitId(n), raw) for n, _, raw in read_objects(repo, todo)]
        yield from found
        todo = sorted({p for c in found for p in c.parents if p not in line and p not in seen})


def _is_by_earner(catalog: Catalog, commit: Commit, submission: SubmissionId) -> bool:
    """Whether it is signed with a key that is, or was, the earner's."""
    profile = catalog.people.get(submission.earner)
    if commit.signer is None:
        return catalog.programme.signatures == "recorded"
    return profile is not None and any(key.public == commit.signer for key in profile.keys)
