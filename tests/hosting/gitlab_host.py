"""GitLab's words for `Host`. It publishes no description of its interface in the form the others do, so each
call is held to what its documentation says, quoted here: the attributes with their types, and those an
example answer has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.hosting.hosts import REPOSITORY, Call, Entry, Host, Refused, Shown, as_time

DOCUMENTED: Mapping[str, Mapping[str, str]] = {
    # docs.gitlab.com/api/merge_requests, "List project merge requests": "Get all merge requests for this
    # project." The attributes of "List merge requests" that are used:
    "GET /projects/:id/merge_requests": {
        # "Returns all merge requests or just those that are `opened`, `closed`, `locked`, or `merged`."
        "state": "string",
        # "Returns merge requests for the given scope: `created_by_me`, `assigned_to_me` or `all`."
        "scope": "string",
        # "Returns merge requests with the given source branch."
        "source_branch": "string",
        # docs.gitlab.com/api/rest, "Offset-based pagination": "Page number (default: 1)."
        "page": "integer",
        # "Number of items to list per page (default: 20, max: 100)."
        "per_page": "integer",
    },
    # "Create MR": "Creates a new merge request."
    "POST /projects/:id/merge_requests": {
        "source_branch": "string",  # "The source branch." Required
        "target_branch": "string",  # "The target branch." Required
        "title": "string",  # "Title of MR." Required
        "description": "string",  # "Description of the merge request. Limited to 1,048,576 characters."
        # "Labels for the merge request, as a comma-separated list. If a label does not already exist, this
        # creates a new project label and assigns it to the merge request."
        "labels": "string",
        # "Flag indicating if a merge request should remove the source branch when merging."
        "remove_source_branch": "boolean",
        "squash": "boolean",  # "Flag indicating if the merge request should squash commits when merging."
    },
    # "Update MR": "Updates an existing merge request. You can change the target branch, title, or even close
    # the merge request."
    "PUT /projects/:id/merge_requests/:merge_request_iid": {
        "title": "string",
        "description": "string",
        "labels": "string",  # "Comma-separated label names for a merge request. […]"
        "state_event": "string",  # "New state (close/reopen)."
        "reviewer_ids": "integer array",  # "The ID of the users set as a reviewer to the merge request. […]"
    },
    # docs.gitlab.com/api/notes, "List all merge request notes"
    "GET /projects/:id/merge_requests/:merge_request_iid/notes": {
        "sort": "string",  # "Return merge request notes sorted in `asc` or `desc` order. Default is `desc`"
        "page": "integer",
        "per_page": "integer",
    },
    # "Create new merge request note"
    "POST /projects/:id/merge_requests/:merge_request_iid/notes": {
        "body": "string",  # "The content of a note. Limited to 1,000,000 characters." Required
    },
    # docs.gitlab.com/api/merge_request_approvals, "Approve a merge request"
    "POST /projects/:id/merge_requests/:merge_request_iid/approve": {
        "sha": "string",  # "The HEAD of the merge request." Another one is answered with 409.
    },
    # docs.gitlab.com/api/users, "List users": "GET /users?username=:username"
    "GET /users": {"username": "string"},
}
"""Each call with the attributes we may give it."""

MERGE = frozenset(
    (
        *("id", "iid", "project_id", "title", "state", "created_at", "updated_at", "target_branch"),
        *("source_branch", "author", "reviewers", "source_project_id", "target_project_id", "labels"),
        *("description", "draft", "sha", "web_url"),
    )
)
"""Of the example answer of "Get single MR"."""
NOTE = frozenset(
    (
        *("id", "body", "attachment", "author", "created_at", "updated_at", "system", "noteable_id"),
        *("noteable_type", "project_id", "noteable_iid", "resolvable", "confidential", "internal"),
    )
)
"""Of the example answer of "Get single merge request note"."""
KINDS: Mapping[str, tuple[type, ...]] = {"string": (str,), "boolean": (bool,), "integer": (int,)}
PROJECT = REPOSITORY.replace("/", "%2F")


class GitLabHost(Host):
    """One project on GitLab."""

    kind = "gitlab"
    url = "https://gitlab.example.org"
    twice = 409

    @property
    def base(self) -> str:
        return f"{self.url}/api/v4"

    def token(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ")

    def page_headers(self, more: bool) -> Mapping[str, str]:
        return {"x-next-page": "2" if more else ""}

    def check(self, call: Call, status: int, value: Any) -> None:
        path = re.sub(r"/merge_requests/\d+", "/merge_requests/:merge_request_iid", call.path)
        known = DOCUMENTED[f"{call.method} {path.replace(f'/projects/{PROJECT}', '/projects/:id')}"]
        for name, given in (*call.query.items(), *(call.body or {}).items()):
            assert name in known, f"{call.method} {path} has no attribute {name}"
            if known[name] == "integer array":
                assert isinstance(given, list)
                assert all(type(n) is int for n in given)
            elif name in call.query:
                assert known[name] != "integer" or given.isdigit()
            else:
                assert type(given) in KINDS[known[name]], f"{name} is a {known[name]}"
        for answer in value if isinstance(value, list) else [value]:
            if status < 300 and "iid" in answer:
                assert set(answer) == MERGE
            elif status < 300 and "noteable_id" in answer:
                assert set(answer) == NOTE

    def serve(self, call: Call) -> tuple[int, Any, bool]:
        if call.path == "/users":
            name = call.query["username"]
            return 200, [self.user(name)] if name in self.members else [], False
        step = re.fullmatch(rf"/projects/{PROJECT}/merge_requests(?:/(\d+))?(?:/(\w+))?", call.path)
        if step is None:
            raise Refused(404, "404 Project Not Found")
        number, what = int(step[1] or 0), step[2] or ""
        if not number:
            return self._create(call) if call.method == "POST" else self._list(call)
        shown = self.shown(number)
        if what == "notes":
            if call.method == "POST":
                return 201, self.note(self.say(number, call.account, call.body["body"]), shown), False
            listed, more = self.page([self.note(e, shown) for e in shown.entries], call.query, "per_page")
            return 200, listed, more
        if what == "approve":
            return self._approve(call, shown)
        return self._edit(call, shown)

    def _create(self, call: Call) -> tuple[int, Any, bool]:
        new = call.body
        shown = self.create(
            call.account, new["source_branch"], new["target_branch"], new["title"], new["description"]
        )
        shown.labels = _split(new.get("labels", ""))
        return 201, self.merge(shown), False

    def _list(self, call: Call) -> tuple[int, Any, bool]:
        head = call.query.get("source_branch")
        newest = sorted(self.requests.values(), key=lambda r: -r.number)
        found = [self.merge(r) for r in newest if head in (None, r.head)]
        assert call.query["scope"] == "all", "without it only one's own are listed"
        listed, more = self.page(found, call.query, "per_page")
        return 200, listed, more

    def _edit(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        new = call.body
        if "state_event" in new:
            self.set_state(shown, {"close": "closed", "reopen": "open"}[new["state_event"]])
        shown.title = new.get("title", shown.title)
        shown.body = new.get("description", shown.body)
        if "labels" in new:
            shown.labels = _split(new["labels"])
        if "reviewer_ids" in new:
            shown.reviewers = [n for n in sorted(self.members) if self.number(n) in new["reviewer_ids"]]
        return 200, self.merge(shown), False

    def _approve(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        if call.account == shown.account or call.account in shown.approved:
            raise Refused(401, "401 Unauthorized")
        if call.body.get("sha") not in (None, shown.tip):
            raise Refused(409, "SHA does not match HEAD of source branch")
        shown.approved.add(call.account)
        return 201, {"id": 5}, False

    def number(self, account: str) -> int:
        return 100 + sorted(self.members | {account}).index(account)

    def user(self, name: str) -> dict[str, Any]:
        return {"id": self.number(name), "username": name, "name": name, "state": "active"}

    def merge(self, shown: Shown) -> dict[str, Any]:
        state = "merged" if shown.merged else {"open": "opened"}.get(shown.state, shown.state)
        made = as_time(self.clock)
        return {
            "id": 900 + shown.number,
            "iid": shown.number,
            "project_id": 7,
            "title": shown.title,
            "state": state,
            "created_at": made,
            "updated_at": made,
            "target_branch": shown.base,
            "source_branch": shown.head,
            "author": self.user(shown.account),
            "reviewers": [self.user(n) for n in shown.reviewers],
            "source_project_id": 8 if shown.is_of_a_copy else 7,
            "target_project_id": 7,
            "labels": list(shown.labels),
            "description": shown.body,
            "draft": shown.title.startswith("Draft: "),
            "sha": shown.tip,
            "web_url": f"{self.url}/{REPOSITORY}/-/merge_requests/{shown.number}",
        }

    def note(self, entry: Entry, shown: Shown) -> dict[str, Any]:
        made = as_time(entry.when)
        return {
            "id": entry.id,
            "body": entry.body,
            "attachment": None,
            "author": self.user(entry.account),
            "created_at": made,
            "updated_at": made,
            "system": entry.event == "SYSTEM",
            "noteable_id": 900 + shown.number,
            "noteable_type": "MergeRequest",
            "project_id": 7,
            "noteable_iid": shown.number,
            "resolvable": False,
            "confidential": False,
            "internal": False,
        }


def _split(labels: str) -> list[str]:
    return [name for name in labels.split(",") if name]
