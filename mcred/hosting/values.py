"""Host-neutral values for review hosts: requests, reviews, protection, HTTP requests and responses.

A *request* is a pull request of GitHub and Gitea or a merge request of GitLab: one branch of an earner's
with its reviews. The signed record stays authoritative (ARCHITECTURE: "a projection").
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
"""A review's verdict: the work meets the rubric, does not yet, or neither."""

LABEL = "micro-credential"
IN_REVIEW, NEEDS_EVIDENCE, EARNED = "in review", "needs evidence", "earned"
LABELS = (LABEL, IN_REVIEW, NEEDS_EVIDENCE, EARNED)
"""The labels that mcred sets and removes; others are kept."""

_MARK = re.compile(r"<!-- mcred:([a-z]+)((?: [A-Za-z0-9/._-]+)*) -->")


class HostedRepository(Struct, frozen=True, kw_only=True):
    """A repository on a review host. `url` is the host's base URL, `repository` OWNER/NAME."""

    kind: HostKind
    url: str
    repository: str

    @property
    def host(self) -> str:
        """The host's name.

        >>> HostedRepository(kind="github", url="https://github.com", repository="a/b").host
        'github.com'
        """
        return self.url.partition("://")[2]


class Wanted(Struct, frozen=True, kw_only=True):
    """The desired state of a request."""

    head: str
    """Its branch, without `refs/heads/`."""
    title: str
    body: str
    labels: tuple[str, ...]
    reviewers: tuple[str, ...] = ()
    """Accounts on the host."""
    is_open: bool = True
    is_draft: bool = False
    base: str = "main"


class Request(Struct, frozen=True, kw_only=True):
    """The current state of a request on the host."""

    number: int
    url: str
    state: RequestState
    head: str
    tip: str
    """The branch's commit, as the host last saw it."""
    title: str
    body: str
    author: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    is_draft: bool = False


class Review(Struct, frozen=True, kw_only=True):
    """A review or comment on a request, by a person or posted by mcred for them."""

    id: str
    """The host's id, prefixed with `comment-` for a comment, as those have ids of their own."""
    account: str
    body: str
    when: datetime
    commit: CommitId | None = None
    """The reviewed commit, where the host records it."""
    verdict: ReviewVerdict = "comment"
    is_taken_back: bool = False


class PostedReview(Struct, frozen=True, kw_only=True):
    """A review to post."""

    body: str
    verdict: ReviewVerdict = "comment"
    commit: CommitId | None = None


class Protection(Struct, frozen=True, kw_only=True):
    """A branch's protection; a field is None where the account may not read it."""

    refuses_rewriting: bool | None = None
    """Whether force pushes are rejected."""
    refuses_removal: bool | None = None
    refuses_pushes: bool | None = None
    """Whether direct pushes are rejected, so that no decision could be pushed."""


class HostRequest(Struct, frozen=True, kw_only=True):
    """An API request: method, path below the API's base URL, and its data."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


class HostResponse(Struct, frozen=True, kw_only=True):
    """An API response. `json` has the host's own format, read only by its adapter."""

    status: int
    json: object = None
    more: bool = False
    """Whether there is a next page."""


class Ask(Protocol):
    """Sends requests to one host, authenticated. McredError without a response or for a status above 299."""

    def __call__(self, asked: HostRequest, ok: Iterable[int] = ()) -> HostResponse:
        """`ok`: statuses above 299 that the caller handles."""
        ...


def marker(kind: str, *words: object) -> str:
    """An invisible line that identifies what mcred posted.

    >>> marker("review", "ana/wait-time", 1, "mei")
    '<!-- mcred:review ana/wait-time 1 mei -->'
    """
    text = f"<!-- mcred:{' '.join([kind, *(str(w) for w in words)])} -->"
    if not _MARK.fullmatch(text):
        raise ValueError(f"not words of a marker: {text!r}")
    return text


def read_marker(body: str) -> str:
    """The marker at the beginning of a text, '' for a text without one."""
    found = _MARK.match(body.lstrip())
    return found[0] if found else ""


def pick_request(found: Iterable[Request], head: str) -> Request | None:
    """The request for a branch: the open one, else the newest closed one, else the newest merged one."""
    rank: Mapping[RequestState, int] = {"open": 2, "closed": 1, "merged": 0}
    mine = [r for r in found if r.head == head]
    return max(mine, key=lambda r: (rank[r.state], r.number), default=None)
