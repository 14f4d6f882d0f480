"""A plain shared place: the record alone, nothing to look at on the web."""

from __future__ import annotations

from mcred.hosting.values import Ask, HostedRepository, PostedReview, Protection, Request, Review, Wanted


class Bare:
    """Takes everything and shows nothing."""

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
