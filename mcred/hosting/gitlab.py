"""The adapter for GitLab: merge requests and notes by `docs.gitlab.com/api`.

A review is a note there; a separate approval is bound to a commit. Notes are not bound to a commit.
"""

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
    RequestState,
    Review,
    Wanted,
    pick_request,
)

_PAGE = {"per_page": "100"}
_DRAFT = "Draft: "
_STATES: Mapping[str, RequestState] = {
    "opened": "open",
    "locked": "open",
    "closed": "closed",
    "merged": "merged",
}


def api(place: HostedRepository) -> str:
    """The base URL of the API."""
    return f"{place.url}/api/v4"


def headers(token: str) -> Mapping[str, str]:
    """The headers of every request."""
    return {"Authorization": f"Bearer {token}"}


def compare_url(place: HostedRepository, head: str, base: str) -> str:
    """The URL of the page to open a merge request by hand."""
    query = f"merge_request%5Bsource_branch%5D={quote(head, safe='')}"
    return (
        f"{place.url}/{place.repository}/-/merge_requests/new?{query}&merge_request%5Btarget_branch%5D={base}"
    )


class GitLab:
    """One project on GitLab."""

    def __init__(self, place: HostedRepository, ask: Ask) -> None:
        self.place = place
        self._ask = ask
        self._merges = f"/projects/{quote(place.repository, safe='')}/merge_requests"

    def find(self, head: str) -> Request | None:
        query = {"state": "all", "scope": "all", "source_branch": head}
        found = reading.pages(self._ask, HostRequest(method="GET", path=self._merges, query=query), _PAGE)
        return pick_request((r for merge in found if (r := _read(merge)) is not None), head)

    def open(self, wanted: Wanted) -> Request | None:
        body = {
            "source_branch": wanted.head,
            "target_branch": wanted.base,
            "title": _title(wanted),
            "description": wanted.body,
            "labels": ",".join(wanted.labels),
            "remove_source_branch": False,
            "squash": False,
        }
        # 409: the branch has an open request already, made by another run of this.
        answer = self._ask(HostRequest(method="POST", path=self._merges, body=body), ok=(409,))
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
            new["description"] = wanted.body
        if request.state != "merged" and (request.state == "open") != wanted.is_open:
            new["state_event"] = "reopen" if wanted.is_open else "close"
        return self._put(request, new)

    def label(self, request: Request, labels: tuple[str, ...]) -> tuple[str, ...]:
        wanted = (*(name for name in request.labels if name not in LABELS), *labels)
        if sorted(wanted) != sorted(request.labels):
            self._put(request, {"labels": ",".join(wanted)})
        return ()

    def invite(self, request: Request, accounts: tuple[str, ...]) -> tuple[str, ...]:
        known: dict[str, int] = {}
        for account in dict.fromkeys((*request.reviewers, *accounts)):
            asked = HostRequest(method="GET", path="/users", query={"username": account})
            for user in reading.as_list(self._ask(asked).json):
                known[account] = reading.number(user, "id")
        if set(known) - set(request.reviewers):
            request = self._put(request, {"reviewer_ids": list(known.values())})
        taken = {name.casefold() for name in request.reviewers}
        return tuple(a for a in accounts if a.casefold() not in taken)

    def reviews(self, request: Request) -> tuple[Review, ...]:
        asked = HostRequest(
            method="GET", path=f"{self._merges}/{request.number}/notes", query={"sort": "asc"}
        )
        notes = reading.pages(self._ask, asked, _PAGE)
        return tuple(
            Review(
                id=str(reading.number(note, "id")),
                account=reading.text(reading.below(note, "author"), "username"),
                body=reading.text(note, "body").replace("\r\n", "\n"),
                when=reading.when(note, "created_at"),
            )
            for note in notes
            if note.get("system") is not True
        )

    def protection(self, branch: str) -> Protection:
        project = self._merges.removesuffix("/merge_requests")
        asked = HostRequest(method="GET", path=f"{project}/protected_branches/{quote(branch, safe='')}")
        answer = self._ask(asked, ok=(401, 403, 404))
        if answer.status == 404:
            return Protection(refuses_rewriting=False, refuses_removal=False, refuses_pushes=False)
        if answer.status != 200:
            return Protection()
        found = reading.as_object(answer.json)
        levels = found.get("push_access_levels")
        allowed = [reading.number(level, "access_level") for level in reading.as_list(levels)]
        return Protection(
            refuses_rewriting=found.get("allow_force_push") is not True,
            refuses_removal=True,
            refuses_pushes=not any(allowed),
        )

    def post(self, request: Request, said: PostedReview) -> None:
        path = f"{self._merges}/{request.number}"
        if said.verdict == "approve":
            # A second approval, or one without permission, is rejected; the note has the verdict anyway.
            body = {"sha": said.commit} if said.commit else {}
            self._ask(HostRequest(method="POST", path=f"{path}/approve", body=body), ok=(401, 403, 404, 409))
        self._ask(HostRequest(method="POST", path=f"{path}/notes", body={"body": said.body}))

    def _put(self, request: Request, new: Mapping[str, object]) -> Request:
        if not new:
            return request
        answer = self._ask(HostRequest(method="PUT", path=f"{self._merges}/{request.number}", body=new))
        return _read(reading.as_object(answer.json)) or request


def _title(wanted: Wanted) -> str:
    return f"{_DRAFT}{wanted.title}" if wanted.is_draft else wanted.title


def _title_of(request: Request) -> str:
    return f"{_DRAFT}{request.title}" if request.is_draft else request.title


def _read(merge: Mapping[str, object]) -> Request | None:
    """A merge request from JSON; None for one from a fork."""
    if merge.get("source_project_id") != merge.get("target_project_id"):
        return None
    listed = merge.get("labels")
    title = reading.text(merge, "title")
    return Request(
        number=reading.number(merge, "iid"),
        url=reading.text(merge, "web_url"),
        state=_STATES.get(reading.text(merge, "state"), "closed"),
        head=reading.text(merge, "source_branch"),
        tip=reading.text(merge, "sha"),
        title=title.removeprefix(_DRAFT),
        body=reading.text(merge, "description").replace("\r\n", "\n"),
        author=reading.text(reading.below(merge, "author"), "username"),
        labels=tuple(n for n in listed if isinstance(n, str)) if isinstance(listed, list) else (),
        reviewers=reading.names(merge, "reviewers", "username"),
        is_draft=title.startswith(_DRAFT),
    )
