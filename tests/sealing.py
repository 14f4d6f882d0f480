"""Reviews and decisions as they stand in their files, and as their readers open them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcred.app.keys.reading import all_reading_keys, ensure_reading_key
from mcred.app.sealed.opening import open_attempt, open_review, seal_content, seal_proposal
from mcred.domain.assessment import Assessment
from mcred.domain.decision import Decision, Override
from mcred.domain.sealed.review import ProposalContent, disclose_proposal, make_content
from mcred.store.git import open_repo
from mcred.store.seal import make_reading_key
from tests.school import random_bytes

STRANGER = make_reading_key()
"""A reading key of no one in any town."""


def key_of(home: Path) -> str:
    """The public reading key of someone's folder."""
    return ensure_reading_key(open_repo(home)).public


def sealed(review: Assessment, readers: Sequence[str] = (STRANGER.public,), seed: int = 0) -> Assessment:
    """A review with open scores as it stands in its file. Its scores keep their order."""
    criteria = [s.criterion for s in review.scores]
    content = make_content(review.scores, review.summary, criteria, random_bytes(seed))
    return seal_content(review, content, readers)


def sealed_proposal(said: Override, readers: Sequence[str] = (STRANGER.public,)) -> Override:
    """An open proposal as it stands in its file."""
    return seal_proposal(said, "A" * 22, readers)


def disclosed(said: Override) -> str:
    """What opens a proposal that `sealed_proposal` sealed."""
    content = ProposalContent(
        salt="A" * 22, outcome=said.outcome or "award", reason=said.reason, levels=said.levels
    )
    return disclose_proposal(said.issuer, content)


def opened_by(home: Path, review: Assessment) -> Assessment:
    """A review as someone's folder opens it; raises `Unopened` where it does not."""
    return open_review(review, all_reading_keys(open_repo(home))).assessment


def decided_for(
    home: Path, decision: Decision, *reviews: Assessment
) -> tuple[Decision, tuple[Assessment, ...]]:
    """A decision and its reviews as far as someone's folder opens them."""
    return open_attempt(decision, reviews, all_reading_keys(open_repo(home)))
