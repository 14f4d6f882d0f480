"""The interface of a review host adapter; `pick` lists the adapters.

Every call is idempotent: what exists already is found, not created again.
"""

from __future__ import annotations

from typing import Protocol

from mcred.hosting.values import HostedRepository, PostedReview, Protection, Request, Review, Wanted


class Forge(Protocol):
    """A review host, authenticated."""

    @property
    def place(self) -> HostedRepository | None:
        """The repository on the host; None for a plain git remote."""
        ...

    def find(self, head: str) -> Request | None:
        """The request for a branch, or None."""
        ...

    def open(self, wanted: Wanted) -> Request | None:
        """Open a request, or find one opened meanwhile; None on a plain git remote."""
        ...

    def change(self, request: Request, wanted: Wanted) -> Request:
        """Update title, text, state and draft; sends nothing when they are unchanged."""
        ...

    def label(self, request: Request, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Set exactly these of mcred's labels, keeping others; returns those the host does not have."""
        ...

    def invite(self, request: Request, accounts: tuple[str, ...]) -> tuple[str, ...]:
        """Request reviews from accounts; returns those that the host rejects."""
        ...

    def reviews(self, request: Request) -> tuple[Review, ...]:
        """All reviews and comments on a request, oldest first."""
        ...

    def protection(self, branch: str) -> Protection:
        """A branch's protection; changes nothing."""
        ...

    def post(self, request: Request, said: PostedReview) -> None:
        """Post a review; the caller checks by its marker that it was not posted before."""
        ...
