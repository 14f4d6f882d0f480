"""Issuers' proposals of outcomes that the levels do not recommend, each signed on a ref of its issuer's own.

Only another issuer's decision brings one to main. `domain.rules.override` says which count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.pending_reviews import TurnedAway
from mcred.app.rights import Rights
from mcred.app.sealed.opening import Keys, open_proposal
from mcred.domain.decision import Override
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import FoundRef, override_path
from mcred.domain.rules.acceptance import Arrived
from mcred.domain.rules.override import check_override, check_proposed
from mcred.domain.rules.rights import why_not_under
from mcred.domain.status import Standing
from mcred.formats.decode import decode
from mcred.formats.sealed_part import to_bytes
from mcred.store.batch import read_files
from mcred.store.diffs import list_many_changes
from mcred.store.git import Repo
from mcred.store.log import read_commit
from mcred.store.seal import Unopened, is_sealed


class Proposal(Struct, frozen=True, kw_only=True):
    """A proposal that counts, and the commit that its issuer signed."""

    said: Override
    commit: CommitId
    disclosure: str = ""
    """What opens it to others, where it is opened here."""


def read_overrides(
    repo: Repo,
    rights: Rights,
    refs: Iterable[tuple[str, FoundRef, CommitId]],
    standings: Mapping[SubmissionId, Standing],
) -> tuple[Mapping[SubmissionId, tuple[Proposal, ...]], tuple[TurnedAway, ...]]:
    """The proposals about open attempts, the oldest first; and those that do not count, with the reasons."""
    found: dict[SubmissionId, list[Proposal]] = {}
    away = []
    refs = tuple(refs)
    files = read_files(repo, [(tip, override_path(ref.submission, ref.attempt)) for _, ref, tip in refs])
    proposals = [decode(data or b"", Override, "override.json")[0] for data in files]
    rights.learn(said.main for said in proposals if said is not None)
    for (name, ref, tip), said in zip(refs, proposals, strict=True):
        standing = standings[ref.submission]
        reasons = _reasons_against(repo, rights, ref, tip, standing, said)
        if said is None or reasons:
            away.append(TurnedAway(ref=name, commit=tip, reasons=reasons))
        else:
            found.setdefault(ref.submission, []).append(Proposal(said=said, commit=tip))
    ordered = {s: tuple(sorted(p, key=lambda one: one.said.proposed)) for s, p in found.items()}
    return ordered, tuple(away)


def open_proposals(proposals: Iterable[Proposal], keys: Keys) -> tuple[Proposal, ...]:
    """Proposals, each with what it proposes where some reading keys open it.

    One that does not give all its reasons is left out.
    """
    found = []
    for one in proposals:
        try:
            said, disclosure = open_proposal(one.said, keys)
        except Unopened:
            found.append(one)
            continue
        if not check_proposed(said):
            found.append(replace(one, said=said, disclosure=disclosure))
    return tuple(found)


def _reasons_against(
    repo: Repo, rights: Rights, ref: FoundRef, tip: CommitId, standing: Standing, said: Override | None
) -> tuple[str, ...]:
    request, judged, issuer = standing.request, standing.judged, ref.assessor
    if said is None or request is None or judged is None or issuer is None:
        return ("it cannot be read",)
    if why := why_not_under(said.main, request.main, rights.place):
        return (why,)
    commit = read_commit(repo, tip)
    parent = commit.parents[0] if len(commit.parents) == 1 else None
    (changes,) = list_many_changes(repo, [(tip, parent)])
    touched = tuple((c.path, c.new.mode if c.new else "") for c in changes)
    arrived = Arrived(signer=commit.signer, parent=parent, touched=touched)
    place = (ref.submission, ref.attempt, issuer, override_path(ref.submission, ref.attempt))
    there = rights.at(said.main, tip, ref.submission, issuer)
    reasons = check_override(said, arrived, place, judged, there, standing.panel)
    if not reasons and not is_sealed(to_bytes(said.sealed)):
        return ("what it proposes is not sealed in a way that is taken here",)
    return reasons
