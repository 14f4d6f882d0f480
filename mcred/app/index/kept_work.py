"""Open work, read again only where something that it depends on has changed.

What was accepted of a submission is kept with a fingerprint of all it follows from: commits that were
sent, and the files of main that the rights of its earner, its assessors and the issuers rest on. What was
rejected is never kept. Where main and all that was sent are as before, nothing of this is looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mcred import __version__
from mcred.app.awards.overrides import Proposal
from mcred.app.index.catalog import IndexedCatalog
from mcred.app.index.standings import all_standings, is_decided
from mcred.app.pending import PendingWork, read_pending
from mcred.domain.assessment import Assessment
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import (
    PROGRAMME,
    SUBMISSION_REFS,
    FoundRef,
    definition_path,
    parse_ref,
    profile_path,
)
from mcred.domain.status import Event, Standing
from mcred.formats.record import id_to_text, text_to_id

Refs = Mapping[str, CommitId]


class Accepted(Struct, frozen=True, kw_only=True):
    """What was accepted of one submission."""

    standing: Standing
    sent: tuple[Event, ...]
    assessments: tuple[Assessment, ...]
    overrides: tuple[Proposal, ...]


# Not as msgpack, which turns every time into UTC, and so days into others.
_encode = msgspec.json.Encoder(enc_hook=id_to_text).encode
_decoder = msgspec.json.Decoder(Accepted, dec_hook=text_to_id)


def read_open(
    catalog: IndexedCatalog, refs: Refs, today: date, drafts: Mapping[SubmissionId, Standing]
) -> PendingWork:
    """The open record, like `read_pending` of all refs. `drafts`: where the user's own drafts stand."""
    parsed = {name: ref for name in refs if (ref := parse_ref(name)) is not None}
    index, grouped = catalog.index, _by_submission(refs, parsed)
    day = today.isoformat()
    whole = _digest(day, index.main, *(ref for own in grouped.values() for ref in own.items()))
    stored = index.kept()
    is_whole = index.is_whole(whole)
    seen = {s: _digest(day, index.main, *sorted(own.items())) for s, own in grouped.items()}
    marks = {s: kept.fingerprint for s, kept in stored.items() if is_whole or kept.seen == seen.get(s)}
    for submission, own in grouped.items() if not is_whole else ():
        if submission not in marks and _is_open(catalog, submission, own):
            marks[submission] = _fingerprint(catalog, submission, own, today)
    same = (s for s, mark in marks.items() if s in stored and stored[s].fingerprint == mark)
    found = {s: _decode(stored[s].value) for s in same}
    kept = {s: one for s, one in found.items() if one is not None}
    beside = {name: refs[name] for name, found in parsed.items() if not found.credential}
    asked = {n: t for s in marks if s not in kept for n, t in grouped.get(s, {}).items()}
    new = read_pending(index.repo, catalog, {**beside, **asked}, today)
    accepted = {s: _encode(one) for s, one in _accepted(new) if s in marks}
    ended = stored.keys() - marks.keys()
    is_all = marks.keys() == kept.keys() | accepted.keys()
    if accepted or ended or (is_all and not is_whole):
        now = {s: (seen[s], mark, accepted.get(s)) for s, mark in marks.items()}
        index.keep(now, ended, whole if is_all else "")
    return _together(catalog, new, kept, today, drafts)


def _decode(data: bytes) -> Accepted | None:
    """What was kept; None where it cannot be read, so that it is read from git again."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError:
        return None


def _by_submission(refs: Refs, parsed: Mapping[str, FoundRef]) -> Mapping[SubmissionId, Refs]:
    """The refs about each submission: the earner's, assessors' answers, issuers' proposals."""
    found: dict[SubmissionId, dict[str, CommitId]] = {}
    for name, about in parsed.items():
        if about.kind in ("submission", "review", "override"):
            found.setdefault(about.submission, {})[name] = refs[name]
    return found


def _is_open(catalog: IndexedCatalog, submission: SubmissionId, own: Refs) -> bool:
    tips = (tip for name, tip in own.items() if name.startswith(SUBMISSION_REFS))
    return any(not is_decided(catalog, submission, tip) for tip in tips)


def _fingerprint(catalog: IndexedCatalog, submission: SubmissionId, own: Refs, today: date) -> str:
    parsed = (parse_ref(name) for name in own)
    people = {submission.earner, *catalog.programme.roles.issuers}
    people |= {p.assessor for p in parsed if p is not None and p.assessor is not None}
    named = (PROGRAMME, definition_path(submission.credential), *(profile_path(p) for p in people))
    files = catalog.index.blobs(named, submission.credential, sorted(people))
    # An award on main may end, and with it what may be sent.
    day = today.isoformat() if catalog.attempts(submission) else ""
    return _digest(day, *sorted(own.items()), *files)


def _digest(*values: str | tuple[str, str]) -> str:
    said = [__version__, *(value if isinstance(value, str) else " ".join(value) for value in values)]
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogateescape")).hexdigest()


def _accepted(read: PendingWork) -> Iterator[tuple[SubmissionId, Accepted]]:
    """What may be kept of what was just read."""
    away = {p.submission for a in read.turned_away if (p := parse_ref(a.ref)) is not None and p.credential}
    for submission, standing in read.current.items():
        if submission not in away:
            yield (
                submission,
                Accepted(
                    standing=standing,
                    sent=read.sent.get(submission, ()),
                    assessments=tuple(a for key, a in read.assessments.items() if key[0] == submission),
                    overrides=read.overrides.get(submission, ()),
                ),
            )


def _together(
    catalog: IndexedCatalog,
    new: PendingWork,
    kept: Mapping[SubmissionId, Accepted],
    today: date,
    drafts: Mapping[SubmissionId, Standing],
) -> PendingWork:
    current = {**{s: one.standing for s, one in kept.items()}, **new.current}
    standings = all_standings(catalog, current, today)
    unsent = {s: draft for s, draft in drafts.items() if s not in standings}
    current = dict(sorted({**unsent, **current}.items()))
    reviews: Iterable[Assessment] = (a for one in kept.values() for a in one.assessments)
    return replace(
        new,
        standings=all_standings(catalog, current, today) if unsent else standings,
        current=current,
        sent={**{s: one.sent for s, one in kept.items() if one.sent}, **new.sent},
        assessments={
            **{(a.submission, a.attempt, PersonId(a.assessor)): a for a in reviews},
            **new.assessments,
        },
        overrides={**{s: one.overrides for s, one in kept.items() if one.overrides}, **new.overrides},
    )
