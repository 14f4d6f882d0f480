"""Where every submission stands, and how long each decision took: for commands that show very many.

From the index alone: a standing has a state and no decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from mcred.app.context import Context
from mcred.app.gc_pause import gc_disabled
from mcred.app.pending import assigned_event
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.award import valid_until
from mcred.domain.catalog import Outline
from mcred.domain.credential import Validity
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.stats.progress import Turn, list_turns
from mcred.domain.status import Event, Standing, fold
from mcred.store.log import read_dates


class Glance(Struct, frozen=True, kw_only=True):
    """The opened programme, where every submission stands, and every decided attempt."""

    ws: Workspace
    standings: Mapping[SubmissionId, Standing]
    turns: tuple[Turn, ...]


def open_glance(ctx: Context) -> Glance:
    """Open the programme around `ctx.at`, as last fetched where the remote cannot be reached."""
    with gc_disabled():
        ws = open_workspace(ctx)
        outlines = tuple(ws.catalog.outlines())
        decided = fold(_events(ws, outlines), ctx.now().date())
        attempts = {(o.id, attempt): d for o in outlines for attempt, d in o.decisions.items()}
        turns = list_turns(attempts, read_dates(ws.repo, [d.judged for d in attempts.values()]))
        return Glance(ws=ws, standings={**decided, **ws.record.current}, turns=turns)


def _events(ws: Workspace, outlines: tuple[Outline, ...]) -> Iterator[Event]:
    """Decisions, revocations and assignments."""
    blobs = {d.definition.blob for o in outlines for d in o.decisions.values()}
    editions = {blob: ws.catalog.editions.get(blob) for blob in blobs}
    validity = {blob: edition.validity if edition else None for blob, edition in editions.items()}
    for outline in outlines:
        yield from _events_of(outline, validity)


def _events_of(outline: Outline, validity: Mapping[BlobId, Validity | None]) -> Iterator[Event]:
    for attempt, decision in outline.decisions.items():
        begins = outline.renewed.get(attempt, decision.decided)
        event = Event(
            kind="decide",
            submission=outline.id,
            attempt=attempt,
            person=decision.issuer,
            commit=decision.judged,
            when=decision.decided,
            outcome=decision.outcome,
            ends=valid_until(begins.date(), validity[decision.definition.blob]),
        )
        yield event
        if attempt in outline.revocations:
            # Revoked even where the reason cannot be read.
            said = outline.revocations[attempt]
            yield Event(
                kind="revoke",
                submission=outline.id,
                attempt=attempt,
                person=said.issuer if said else decision.issuer,
                commit=decision.judged,
                when=said.revoked if said else decision.decided,
                revocation=said,
            )
    yield from (assigned_event(assignment) for assignment in outline.assigned)
