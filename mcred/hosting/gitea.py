"""The adapter for Gitea and Forgejo: pull requests and reviews by their API v1."""

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

_PAGE = {"limit": "50"}
_DRAFT = "WIP: "
_EVENTS: Mapping[ReviewVerdict, str] = {
    "approve": "APPROVED",
    "changes": "REQUEST_CHANGES",
    "comment": "COMMENT",
}
_VERDICTS: Mapping[str, ReviewVerdict] = {event: verdict for verdict, event in _EVENTS.items()}


def api(place: HostedRepository) -> str:
    """The base URL of the API."""
    return f"{place.url}/api/v1"


def headers(token: str) -> Mapping[str, str]:
    """The headers of every request."""
    return {"Authorization": f"token {token}"}


def compare_url(place: HostedRepository, head: str, base: str) -> str:
    """The URL of the page to open a pull request by hand."""
    return f"{place.url}/{place.repository}/compare/{base}...{head}"


class Gitea:
    """One repository on Gitea or Forgejo."""

    def __init__(self, place: HostedRepository, ask: Ask) -> None:
        self.place = place
        self._ask = ask
        self._pulls = f"/repos/{place.repository}/pulls"

    def find(self, head: str) -> Request | None:
        # The API cannot search by branch, so the short list of open ones comes first.
        for state in ("open", "closed"):
            asked = HostRequest(
                method="GET", path=self._pulls, query={"state": state, "sort": "recentupdate"}
            )
            found = reading.pages(self._ask, asked, _PAGE)
            best = pick_request((r for pull in found if (r := _read(pull)) is not None), head)
            if best is not None:
                return best
        return None

    def open(self, wanted: Wanted) -> Request | None:
        body = {"title": _title(wanted), "head": wanted.head, "base": wanted.base, "body": wanted.body}
        # 409: the branch has an open request already, made by another run of this.
        answer = self._ask(HostRequest(method="POST", path=self._pulls, body=body), ok=(409,))
        if answer.status == 409:
            found = self.find(wanted.head)
            if found is not None and found.state == "open":
                return found
            raise reading.refused(self.place, answer)
        return _read(reading.as_object(answer.json))

    def change(self, request: Request, wanted: Wanted) -> Request:
        new: dict[str, object] = {}
        if _title_of(request) != _title(wanted):
            new["title"] = _title(wanted)
        if request.body != wanted.body:
            new["body"] = wanted.body
        if request.state != "merged" and (request.state == "open") != wanted.is_open:
            new["state"] = "open" if wanted.is_open else "closed"
        if not new:
            return request
        answer = self._ask(HostRequest(method="PATCH", path=f"{self._pulls}/{request.number}", body=new))
        return _read(reading.as_object(answer.json)) or request

    def label(self, request: Request, labels: tuple[str, ...]) -> tuple[str, ...]:
        wanted = (*(name for name in request.labels if name not in LABELS), *labels)
        if sorted(wanted) == sorted(request.labels):
            return ()
        path = f"/repos/{self.place.repository}/issues/{request.number}/labels"
        # 404: the label does not exist; the repository's owner has to create it.
        answer = self._ask(HostRequest(method="PUT", path=path, body={"labels": list(wanted)}), ok=(404,))
        given = set(reading.names({"": answer.json}, "", "name")) if answer.status != 404 else set()
        return tuple(name for name in labels if name not in given)

    def invite(self, request: Request, accounts: tuple[str, ...]) -> tuple[str, ...]:
        refused = []
        for account in accounts:
            path = f"{self._pulls}/{request.number}/requested_reviewers"
            asked = HostRequest(method="POST", path=path, body={"reviewers": [account]})
            if self._ask(asked, ok=(404, 422)).status != 201:
                refused.append(account)
        return tuple(refused)

    def reviews(self, request: Request) -> tuple[Review, ...]:
        found = reading.pages(
            self._ask, HostRequest(method="GET", path=f"{self._pulls}/{request.number}/reviews"), _PAGE
        )
        given = [
            _read_review(r) for r in found if reading.text(r, "state") not in ("PENDING", "REQUEST_REVIEW")
        ]
        issue = f"/repos/{self.place.repository}/issues/{request.number}/comments"
        return tuple(
            sorted((*given, *reading.comments(self._ask, issue, _PAGE)), key=lambda r: (r.when, r.id))
        )

    def protection(self, branch: str) -> Protection:
        path = f"/repos/{self.place.repository}/branch_protections/{quote(branch, safe='')}"
        answer = self._ask(HostRequest(method="GET", path=path), ok=(401, 403, 404))
        if answer.status == 404:
            return Protection(refuses_rewriting=False, refuses_removal=False, refuses_pushes=False)
        if answer.status != 200:
            return Protection()
        found = reading.as_object(answer.json)
        return Protection(
            refuses_rewriting=found.get("enable_force_push") is not True,
            refuses_removal=True,
            refuses_pushes=found.get("enable_push") is not True,
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


def _title(wanted: Wanted) -> str:
    return f"{_DRAFT}{wanted.title}" if wanted.is_draft else wanted.title


def _title_of(request: Request) -> str:
    return f"{_DRAFT}{request.title}" if request.is_draft else request.title


def _read(pull: Mapping[str, object]) -> Request | None:
    """A pull request from JSON; None for one from a fork."""
    head, base = reading.below(pull, "head"), reading.below(pull, "base")
    if head.get("repo_id") != base.get("repo_id"):
        return None
    is_open, title = reading.text(pull, "state") == "open", reading.text(pull, "title")
    return Request(
        number=reading.number(pull, "number"),
        url=reading.text(pull, "html_url"),
        state="merged" if pull.get("merged") is True else "open" if is_open else "closed",
        head=reading.text(head, "ref"),
        tip=reading.text(head, "sha"),
        title=title.removeprefix(_DRAFT),
        body=reading.text(pull, "body").replace("\r\n", "\n"),
        author=reading.text(reading.below(pull, "user"), "login"),
        labels=reading.names(pull, "labels", "name"),
        reviewers=reading.names(pull, "requested_reviewers", "login"),
        is_draft=title.startswith(_DRAFT),
    )


def _read_review(review: Mapping[str, object]) -> Review:
    return Review(
        id=str(reading.number(review, "id")),
        account=reading.text(reading.below(review, "user"), "login"),
        body=reading.text(review, "body").replace("\r\n", "\n"),
        when=reading.when(review, "submitted_at"),
        commit=reading.commit(review, "commit_id"),
        verdict=_VERDICTS.get(reading.text(review, "state"), "comment"),
        is_taken_back=review.get("dismissed") is True,
    )
