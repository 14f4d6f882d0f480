"""What is said to a review host and what it answers, in words of ours; nothing of any host's own.

A *request* is what GitHub and Gitea call a pull request and GitLab a merge request: one branch of an
earner's, shown with its reviews. The signed record stays the truth (ARCHITECTURE: "a projection").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct, field

from mcred.domain.ids import CommitId
from mcred.domain.programme import HostKind

RequestState = Literal["open", "closed", "merged"]
ReviewVerdict = Literal["approve", "changes", "comment"]
"""What a review says of the whole: it meets the rubric, it does not yet, or neither."""

LABEL = "micro-credential"
IN_REVIEW, NEEDS_EVIDENCE, EARNED = "in review", "needs evidence", "earned"
LABELS = (LABEL, IN_REVIEW, NEEDS_EVIDENCE, EARNED)
"""Every label that is ours to give and to take; a person's own stay."""

_MARK = re.compile(r"<!-- mcred:([a-z]+)((?: [A-Za-z0-9/._-]+)*) -->")


class HostedRepository(Struct, frozen=True, kw_only=True):
    """A repository on a review host. `url` is the host's own address, `repository` OWNER/NAME below it."""

    kind: HostKind
    url: str
    repository: str

    @property
    def host(self) -> str:
        """The host's name as people say it.

        >>> Place(kind="github", url="https://github.com", repository="a/b").host
        'github.com'
        """
        return self.url.partition("://")[2]


class Wanted(Struct, frozen=True, kw_only=True):
    """A request as it should look."""

    head: str
    """The branch it shows, without `refs/heads/`."""
    title: str
    body: str
    labels: tuple[str, ...]
    reviewers: tuple[str, ...] = ()
    """Accounts on the host."""
    is_open: bool = True
    is_draft: bool = False
    base: str = "main"


class Request(Struct, frozen=True, kw_only=True):
    """A request as the host has it."""

    number: int
    url: str
    state: RequestState
    head: str
    tip: str
    """The commit that the host last saw on the branch."""
    title: str
    body: str
    author: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    is_draft: bool = False


class Review(Struct, frozen=True, kw_only=True):
    """Something a person (or this program for them) said on a request."""

    id: str
    """The host's own number; of a plain comment with `comment-` before it, as they are counted apart."""
    account: str
    body: str
    when: datetime
    commit: CommitId | None = None
    """The state it was said of, where the host keeps that."""
    verdict: ReviewVerdict = "comment"
    is_taken_back: bool = False


class PostedReview(Struct, frozen=True, kw_only=True):
    """A review to be posted."""

    body: str
    verdict: ReviewVerdict = "comment"
    commit: CommitId | None = None


class Protection(Struct, frozen=True, kw_only=True):
    """What a host does to keep a branch as it is; None where whoever asks may not know."""

    refuses_rewriting: bool | None = None
    """Whether a push that takes history back is refused."""
    refuses_removal: bool | None = None
    refuses_pushes: bool | None = None
    """Whether everything has to come in by a request; then no decision could be sent."""


class HostRequest(Struct, frozen=True, kw_only=True):
    """One question to a host: a path below its programming interface, and what goes with it."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


class HostResponse(Struct, frozen=True, kw_only=True):
    """What a host answered. `json` is data of the host's, read only by its adapter."""

    status: int
    json: object = None
    more: bool = False
    """Whether there is a next page."""


class Ask(Protocol):
    """Asks one host, signed in. Raises McredError where there is no answer, or one above 399."""

    def __call__(self, asked: HostRequest, ok: Iterable[int] = ()) -> HostResponse:
        """`ok`: answers above 399 that the caller can go on from."""
        ...


def marker(kind: str, *words: object) -> str:
    """A line nobody sees, by which what was posted is found again.

    >>> marker("review", "ana/wait-time", 1, "mei")
    '<!-- mcred:review ana/wait-time 1 mei -->'
    """
    text = f"<!-- mcred:{' '.join([kind, *(str(w) for w in words)])} -->"
    if not _MARK.fullmatch(text):
        raise ValueError(f"not words of a marker: {text!r}")
    return text


def read_marker(body: str) -> str:
    """The marker a text begins with, '' for text of a person's own."""
    found = _MARK.match(body.lstrip())
    return found[0] if found else ""


def pick_request(found: Iterable[Request], head: str) -> Request | None:
    """The request that shows a branch: the open one, else the newest that was closed, else merged."""
    rank: Mapping[RequestState, int] = {"open": 2, "closed": 1, "merged": 0}
    mine = [r for r in found if r.head == head]
    return max(mine, key=lambda r: (rank[r.state], r.number), default=None)
