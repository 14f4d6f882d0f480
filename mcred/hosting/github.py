"""The adapter for GitHub and GitHub Enterprise: pull requests and reviews by `docs.github.com/rest`."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from mcred.hosting import answers as reading
from mcred.hosting.values import (
    LABELS,
    Ask,
    HostedRepository,
    HostRequest,
    PostedReview,
    Protection,
    Request,
    Review,
    ReviewVerdict,
    Wanted,
    pick_request,
)

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_PAGE = {"per_page": "100"}
_EVENTS: Mapping[ReviewVerdict, str] = {
    "approve": "APPROVE",
    "changes": "REQUEST_CHANGES",
    "comment": "COMMENT",
}
_STATES: Mapping[str, ReviewVerdict] = {"APPROVED": "approve", "CHANGES_REQUESTED": "changes"}


def api(place: HostedRepository) -> str:
    """The base URL of the API."""
    return "https://api.github.com" if place.host == "github.com" else f"{place.url}/api/v3"


def headers(token: str) -> Mapping[str, str]:
    """The headers of every request."""
    return {**HEADERS, "Authorization": f"Bearer {token}"}


def compare_url(place: HostedRepository, head: str, base: str) -> str:
    """The URL of the page to open a pull request by hand."""
    return f"{place.url}/{place.repository}/compare/{base}...{head}?expand=1"


class GitHub:
    """One repository on GitHub."""

    def __init__(self, place: HostedRepository, ask: Ask) -> None:
        self.place = place
        self._ask = ask
        self._pulls = f"/repos/{place.repository}/pulls"

    def find(self, head: str) -> Request | None:
        owner = self.place.repository.partition("/")[0]
        query = {"state": "all", "head": f"{owner}:{head}"}
        found = reading.pages(self._ask, HostRequest(method="GET", path=self._pulls, query=query), _PAGE)
        return pick_request((r for pull in found if (r := self._read(pull)) is not None), head)

    def open(self, wanted: Wanted) -> Request | None:
        body = {
            "title": wanted.title,
            "head": wanted.head,
            "base": wanted.base,
            "body": wanted.body,
            "draft": wanted.is_draft,
        }
        # 422: the branch has an open request already, made by another run of this.
        answer = self._ask(HostRequest(method="POST", path=self._pulls, body=body), ok=(422,))
        if answer.status == 422:
            found = self.find(wanted.head)
            if found is not None and found.state == "open":
                return found
            raise reading.refused(self.place, answer)
        return self._read(reading.as_object(answer.json))

    def change(self, request: Request, wanted: Wanted) -> Request:
        new: dict[str, object] = {}
        if request.title != wanted.title:
            new["title"] = wanted.title
        if request.body != wanted.body:
            new["body"] = wanted.body
        if request.state != "merged" and (request.state == "open") != wanted.is_open:
            new["state"] = "open" if wanted.is_open else "closed"
        if not new:
            return request
        answer = self._ask(HostRequest(method="PATCH", path=f"{self._pulls}/{request.number}", body=new))
        return self._read(reading.as_object(answer.json)) or request

    def label(self, request: Request, labels: tuple[str, ...]) -> tuple[str, ...]:
        wanted = (*(name for name in request.labels if name not in LABELS), *labels)
        if sorted(wanted) != sorted(request.labels):
            path = f"/repos/{self.place.repository}/issues/{request.number}/labels"
            self._ask(HostRequest(method="PUT", path=path, body={"labels": list(wanted)}))
        return ()

    def invite(self, request: Request, accounts: tuple[str, ...]) -> tuple[str, ...]:
        refused = []
        for account in accounts:
            # One by one: a single account that may not review makes the host reject all of them.
            path = f"{self._pulls}/{request.number}/requested_reviewers"
            asked = HostRequest(method="POST", path=path, body={"reviewers": [account]})
            if self._ask(asked, ok=(422,)).status == 422:
                refused.append(account)
        return tuple(refused)

    def reviews(self, request: Request) -> tuple[Review, ...]:
        path = f"{self._pulls}/{request.number}/reviews"
        found = reading.pages(self._ask, HostRequest(method="GET", path=path), _PAGE)
        given = [_read_review(r) for r in found if reading.text(r, "state") != "PENDING"]
        issue = f"/repos/{self.place.repository}/issues/{request.number}/comments"
        return tuple(
            sorted((*given, *reading.comments(self._ask, issue, _PAGE)), key=lambda r: (r.when, r.id))
        )

    def protection(self, branch: str) -> Protection:
        repository, name = f"/repos/{self.place.repository}", quote(branch, safe="")
        # Rulesets are readable by every reader; the older branch protection only by those who may change it.
        asked = HostRequest(method="GET", path=f"{repository}/rules/branches/{name}")
        rules = {reading.text(rule, "type") for rule in reading.pages(self._ask, asked, _PAGE)}
        asked = HostRequest(method="GET", path=f"{repository}/branches/{name}/protection")
        answer = self._ask(asked, ok=(401, 403, 404))
        if answer.status != 200:
            # 404 is also the status for a user without permission.
            return Protection(
                refuses_rewriting="non_fast_forward" in rules or None,
                refuses_removal="deletion" in rules or None,
                refuses_pushes="pull_request" in rules or None,
            )
        old = reading.as_object(answer.json)
        return Protection(
            refuses_rewriting="non_fast_forward" in rules or not _is_on(old, "allow_force_pushes"),
            refuses_removal="deletion" in rules or not _is_on(old, "allow_deletions"),
            refuses_pushes="pull_request" in rules or bool(old.get("required_pull_request_reviews")),
        )

    def post(self, request: Request, said: PostedReview) -> None:
        path = f"{self._pulls}/{request.number}/reviews"
        body: dict[str, object] = {"event": _EVENTS[said.verdict], "body": said.body}
        if said.commit is not None:
            body["commit_id"] = said.commit
        # 422: the account that opened a request may only comment on it.
        ok = (422,) if said.verdict != "comment" else ()
        if self._ask(HostRequest(method="POST", path=path, body=body), ok=ok).status == 422:
            self._ask(HostRequest(method="POST", path=path, body={**body, "event": _EVENTS["comment"]}))

    def _read(self, pull: Mapping[str, object]) -> Request | None:
        """A pull request from JSON; None for one from a fork."""
        head = reading.below(pull, "head")
        home = reading.text(reading.below(head, "repo"), "full_name")
        if home.casefold() != self.place.repository.casefold():
            return None
        is_merged = bool(reading.text(pull, "merged_at"))
        is_open = reading.text(pull, "state") == "open"
        return Request(
            number=reading.number(pull, "number"),
            url=reading.text(pull, "html_url"),
            state="merged" if is_merged else "open" if is_open else "closed",
            head=reading.text(head, "ref"),
            tip=reading.text(head, "sha"),
            title=reading.text(pull, "title"),
            body=reading.text(pull, "body").replace("\r\n", "\n"),
            author=reading.text(reading.below(pull, "user"), "login"),
            labels=reading.names(pull, "labels", "name"),
            reviewers=reading.names(pull, "requested_reviewers", "login"),
            is_draft=pull.get("draft") is True,
        )


def _is_on(settings: Mapping[str, object], name: str) -> bool:
    return reading.below(settings, name).get("enabled") is True


def _read_review(review: Mapping[str, object]) -> Review:
    state = reading.text(review, "state")
    return Review(
        id=str(reading.number(review, "id")),
        account=reading.text(reading.below(review, "user"), "login"),
        body=reading.text(review, "body").replace("\r\n", "\n"),
        when=reading.when(review, "submitted_at"),
        commit=reading.commit(review, "commit_id"),
        verdict=_STATES.get(state, "comment"),
        is_taken_back=state == "DISMISSED",
    )
