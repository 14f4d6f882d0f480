"""Stand-ins for review hosts: they keep state, know the real bare repository, and answer as the hosts do.

`Host` has what all of them have in common: requests of branches, reviews, labels, accounts, and the habit of
showing a request as merged once its newest commit is part of the main line. Each kind of host has its own
module that gives this its own words. No one who asks learns more than the real host would say.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx

from mcred.domain.programme import HostKind

REPOSITORY = "lakeside/programme"
PLAIN = "PLAIN"
"""What a comment is that is no review; where all are, it is like any."""


@dataclass
class Entry:
    """Something said on a request."""

    id: int
    account: str
    body: str
    event: str
    commit: str | None
    when: datetime


@dataclass
class Shown:
    """A request as a host keeps it."""

    number: int
    account: str
    head: str
    base: str
    title: str
    body: str
    state: str = "open"
    draft: bool = False
    merged: datetime | None = None
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    approved: set[str] = field(default_factory=set)
    tip: str = ""
    is_of_a_copy: bool = False
    """Whether its branch is in someone's copy of the repository."""


@dataclass
class Refused(Exception):
    """An answer above 399."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One question as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    account: str


class Host(ABC):
    """One host with one repository, whose git side is a real bare one."""

    kind: HostKind
    url: str

    def __init__(self, repo: Path, accounts: Mapping[str, str]) -> None:
        self.repo = repo
        self.accounts = dict(accounts)
        """Token → account."""
        self.members = set(accounts.values())
        self.requests: dict[int, Shown] = {}
        self.calls: list[Call] = []
        self.down_after: int | None = None
        """After so many questions the host does not answer any more."""
        self.trouble: list[Refused] = []
        """What is answered first, before anything is done."""
        self.page_size = 100
        self._ids = itertools.count(1001)
        self.clock = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    # The two sides of a host

    def transport(self) -> httpx.BaseTransport:
        """The host as something that can be asked without any network."""
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One question from the wire."""
        raw = request.content
        status, headers, value = self.answer(
            request.method, request.url, dict(request.headers), json.loads(raw) if raw else None
        )
        if value is None:
            return httpx.Response(status, headers=headers)
        return httpx.Response(status, headers=headers, json=value)

    def answer(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: Any
    ) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and value that a question gets."""
        if self.down_after is not None and len(self.calls) >= self.down_after:
            raise httpx.ConnectError("nobody there")
        self.clock += timedelta(seconds=1)
        account = self.accounts.get(self.token(headers), "")
        path = unquote_path(url.raw_path.decode("ascii").partition("?")[0])
        base = httpx.URL(self.base).path.rstrip("/")
        assert path.startswith(base + "/"), f"{path} is not below {base}"
        call = Call(method, path.removeprefix(base), dict(url.params), body, account)
        self.calls.append(call)
        if self.trouble:
            said = self.trouble.pop(0)
            return said.status, said.headers, {"message": said.message}
        if not account:
            return 401, {}, {"message": "Bad credentials"}
        self.look_at_git()
        try:
            status, value, more = self.serve(call)
        except Refused as refused:
            self.check(call, refused.status, self.refusal(refused))
            return refused.status, refused.headers, self.refusal(refused)
        self.check(call, status, value)
        return status, self.page_headers(more), value

    @property
    @abstractmethod
    def base(self) -> str:
        """Where the programming interface is."""

    @abstractmethod
    def token(self, headers: Mapping[str, str]) -> str: ...

    @abstractmethod
    def serve(self, call: Call) -> tuple[int, Any, bool]:
        """Status, value, and whether there is a next page."""

    @abstractmethod
    def check(self, call: Call, status: int, value: Any) -> None:
        """Fails where question or answer are not what the host's description has."""

    def refusal(self, refused: Refused) -> Any:
        return {"message": refused.message, "documentation_url": "", "url": ""}

    def page_headers(self, more: bool) -> Mapping[str, str]:
        return {"link": '<x>; rel="next"'} if more else {}

    # What happens on a host

    def look_at_git(self) -> None:
        """Take over what was pushed: new commits of open requests, and those that are merged by now."""
        for shown in self.requests.values():
            if shown.state != "open":
                continue
            shown.tip = self.branch(shown.head) or shown.tip
            if self.merges_by_itself and self.is_merged(shown):
                shown.state, shown.merged = "closed", self.clock

    def is_merged(self, shown: Shown) -> bool:
        return git_code(self.repo, "merge-base", "--is-ancestor", shown.tip, f"refs/heads/{shown.base}") == 0

    def branch(self, name: str) -> str:
        """The newest commit of a branch, '' where there is none."""
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{name}"],
            cwd=self.repo,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def create(self, account: str, head: str, base: str, title: str, body: str, draft: bool = False) -> Shown:
        """A new request; every host refuses a second open one, and one without anything new."""
        tip = self.branch(head)
        if not tip or not self.branch(base):
            raise Refused(422, "head is invalid")
        if any(r.state == "open" and (r.head, r.base) == (head, base) for r in self.requests.values()):
            raise Refused(self.twice, "A pull request already exists")
        shown = Shown(
            max(self.requests, default=0) + 1, account, head, base, title, body, draft=draft, tip=tip
        )
        if self.is_merged(shown):
            raise Refused(422, "No commits between them")
        self.requests[shown.number] = shown
        return shown

    merges_by_itself = True
    """Whether a request is shown as merged once its newest commit is part of the main line."""
    approving = "APPROVE"
    """Its word for a review that approves."""
    twice = 422
    """How a second open request is refused."""

    def set_state(self, shown: Shown, state: str) -> None:
        if state == "open" and shown.state == "closed":
            if shown.merged:
                raise Refused(422, "It was merged")
            shown.tip = self.branch(shown.head) or shown.tip
            if self.is_merged(shown):
                raise Refused(422, "There are no new commits")
        shown.state = state

    def say(self, number: int, account: str, body: str, event: str = "COMMENT", commit: str = "") -> Entry:
        """What a person (or a program) says on a request; on the web it is about the newest commit."""
        self.look_at_git()
        shown = self.requests[number]
        self.clock += timedelta(seconds=1)
        entry = Entry(next(self._ids), account, body, event, commit or shown.tip, self.clock)
        shown.entries.append(entry)
        return entry

    def comments(self, shown: Shown, query: Mapping[str, str], size_name: str) -> tuple[int, Any, bool]:
        """Plain comments, as GitHub and Gitea list them: apart from reviews, and of no state."""
        found = [
            {
                "id": entry.id,
                "html_url": f"{self.url}/{REPOSITORY}#{entry.id}",
                "user": {"login": entry.account},
                "body": entry.body,
                "created_at": as_time(entry.when),
                "updated_at": as_time(entry.when),
            }
            for entry in shown.entries
            if entry.event == PLAIN
        ]
        listed, more = self.page(found, query, size_name)
        return 200, listed, more

    def shown(self, number: int) -> Shown:
        if number not in self.requests:
            raise Refused(404, "Not Found")
        return self.requests[number]

    def page(self, found: list[Any], query: Mapping[str, str], size_name: str) -> tuple[list[Any], bool]:
        size = min(int(query.get(size_name, 30)), self.page_size)
        start = (int(query.get("page", 1)) - 1) * size
        return found[start : start + size], start + size < len(found)


def as_time(when: datetime) -> str:
    """A time as all of them write it."""
    return when.isoformat().replace("+00:00", "Z")


def unquote_path(path: str) -> str:
    """A path as asked for, an escaped slash inside a step kept as it is."""
    return "/".join(step if "%2F" in step else unquote(step) for step in path.split("/"))


def git_code(repo: Path, *args: str) -> int:
    return subprocess.run(["git", *args], cwd=repo, capture_output=True, check=False).returncode
