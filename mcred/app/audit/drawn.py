"""Holds an arriving request to what the remote has at that moment: its main and its open reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from mcred.app.catalogs import catalog_at
from mcred.app.pending import PendingWork, read_pending
from mcred.app.work.review_request import hold_to_newest
from mcred.domain.catalog import Catalog
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import parse_ref
from mcred.store.git import Repo, list_refs
from mcred.store.log import find_unreached


def check_drawn(
    repo: Repo,
    catalog: Catalog,
    own: tuple[SubmissionId, PendingWork],
    arriving: frozenset[CommitId],
    today: date,
) -> Iterator[tuple[str, str]]:
    """The code and the reason of each arriving request that was not drawn from the remote's newest state.

    `catalog`: of the remote's main. `own`: the submission and its open record with what arrives. Every
    arriving request counts, also one that another replaces: whom it asks would be asked first again.
    """
    submission, record = own
    sent = [e.request for e in record.sent.get(submission, ()) if e.commit in arriving and e.request]
    loads = _count_open(repo, catalog.commit, submission, today) if sent else {}
    for request in sent:
        yield from hold_to_newest(repo, catalog, (submission, record), request, loads)


def _count_open(repo: Repo, main: CommitId, besides: SubmissionId, today: date) -> Mapping[PersonId, int]:
    """Open reviews by assessor before the push, without those of one submission; reads open work only."""
    refs = {
        name: (found, tip)
        for name, tip in list_refs(repo).items()
        if (found := parse_ref(name)) is not None and found.credential and found.submission != besides
    }
    tips = {found.submission: tip for found, tip in refs.values() if found.kind == "submission"}
    unreached = find_unreached(repo, tuple(tips.values()), main)
    only = frozenset(submission for submission, tip in tips.items() if tip in unreached)
    others = {name: tip for name, (found, tip) in refs.items() if found.submission in only}
    return read_pending(repo, catalog_at(repo, main, only), others, today).loads(besides=besides)
