"""The adapter for a plain git remote without a review host."""

from __future__ import annotations

from mcred.hosting.values import Ask, HostedRepository, PostedReview, Protection, Request, Review, Wanted


class Bare:
    """A `Forge` that accepts every call and does nothing."""

    place: HostedRepository | None = None

    def __init__(self, place: HostedRepository | None = None, ask: Ask | None = None) -> None:
        pass

    def find(self, head: str) -> Request | None:
        return None

    def open(self, wanted: Wanted) -> Request | None:
        return None

    def change(self, request: Request, wanted: Wanted) -> Request:
        return request

    def label(self, request: Request, labels: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def invite(self, request: Request, accounts: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def reviews(self, request: Request) -> tuple[Review, ...]:
        return ()

    def protection(self, branch: str) -> Protection:
        return Protection()

    def post(self, request: Request, said: PostedReview) -> None:
        return None
