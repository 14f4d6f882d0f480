"""What every review host can do for us, whatever it calls it. One adapter each; `pick` has the list.

Every call may be repeated: what is there already is found, not made a second time.
"""

from __future__ import annotations

from typing import Protocol

from mcred.hosting.values import HostedRepository, PostedReview, Protection, Request, Review, Wanted


class Forge(Protocol):
    """A review host, signed in."""

    @property
    def place(self) -> HostedRepository | None:
        """Where it is; None for a plain shared place that shows nothing."""
        ...

    def find(self, head: str) -> Request | None:
        """The request that shows a branch; None where there is none."""
        ...

    def open(self, wanted: Wanted) -> Request | None:
        """Open a request, or find the one that somebody opened meanwhile; None where nothing is shown."""
        ...

    def change(self, request: Request, wanted: Wanted) -> Request:
        """Make title, text, state and draft what they should be; asks nothing where they are."""
        ...

    def label(self, request: Request, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Give exactly these labels of ours, people's own stay; those that the host does not have."""
        ...

    def invite(self, request: Request, accounts: tuple[str, ...]) -> tuple[str, ...]:
        """Ask accounts for a review; those that the host does not take."""
        ...

    def reviews(self, request: Request) -> tuple[Review, ...]:
        """Everything that was said on it, oldest first."""
        ...

    def protection(self, branch: str) -> Protection:
        """How the host keeps a branch; asks and changes nothing."""
        ...

    def post(self, request: Request, said: PostedReview) -> None:
        """Post a review; one whose marker is there already is not posted again by the caller."""
        ...
