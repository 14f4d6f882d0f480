"""Gitea's and Forgejo's words for `Host`, checked against the official description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.hosting.descriptions import Description, smallest
from tests.hosting.hosts import PLAIN, REPOSITORY, Call, Entry, Host, Refused, Shown, as_time


class GiteaHost(Host):
    """One repository on Gitea, with the labels that its owner made."""

    kind = "gitea"
    url = "https://gitea.example.org"
    twice = 409
    approving = "APPROVED"
    merges_by_itself = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.description = Description("gitea", self.base)
        self.own_labels = {"micro-credential", "in review", "needs evidence", "earned"}

    @property
    def base(self) -> str:
        return f"{self.url}/api/v1"

    def token(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("token ")

    def check(self, call: Call, status: int, value: Any) -> None:
        found = self.description.check_question(call.method, call.path, call.query, call.body)
        self.description.check_answer(found, status, value)

    def serve(self, call: Call) -> tuple[int, Any, bool]:
        step = re.fullmatch(rf"/repos/{REPOSITORY}/(pulls|issues)(?:/(\d+))?(?:/(\w+))?", call.path)
        if step is None:
            raise Refused(404, "Not Found")
        number, what = int(step[2] or 0), step[3] or ""
        if not number:
            return self._create(call) if call.method == "POST" else self._list(call)
        shown = self.shown(number)
        if what == "labels" and call.method == "PUT":
            if set(call.body["labels"]) - self.own_labels - set(shown.labels):
                raise Refused(404, "label does not exist")
            shown.labels = list(call.body["labels"])
            return 200, [self.fill("Label", {"name": name}) for name in shown.labels], False
        if what == "requested_reviewers" and call.method == "POST":
            return self._invite(call, shown)
        if what == "comments" and call.method == "GET":
            return self.comments(shown, call.query, "limit")
        if what == "reviews":
            return self._review(call, shown) if call.method == "POST" else self._reviews(call, shown)
        if call.method == "PATCH":
            return self._edit(call, shown)
        return 200, self.pull(shown), False

    def _create(self, call: Call) -> tuple[int, Any, bool]:
        new = call.body
        return (
            201,
            self.pull(self.create(call.account, new["head"], new["base"], new["title"], new["body"])),
            False,
        )

    def _list(self, call: Call) -> tuple[int, Any, bool]:
        state = call.query.get("state", "open")
        newest = sorted(self.requests.values(), key=lambda r: -r.number)
        found = [self.pull(r) for r in newest if state in ("all", r.state)]
        listed, more = self.page(found, call.query, "limit")
        return 200, listed, more

    def _edit(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        if "state" in call.body:
            self.set_state(shown, call.body["state"])
        shown.title = call.body.get("title", shown.title)
        shown.body = call.body.get("body", shown.body)
        return 201, self.pull(shown), False

    def _invite(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        for account in call.body["reviewers"]:
            if account not in self.members:
                raise Refused(404, "user does not exist")
            if account == shown.account:
                raise Refused(422, "poster of pr can't be reviewer")
            if account not in shown.reviewers:
                shown.reviewers.append(account)
                self.say(shown.number, account, "", "REQUEST_REVIEW")
        return 201, [], False

    def _review(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        event = call.body["event"]
        if call.account == shown.account and event != "COMMENT":
            raise Refused(422, "approve your own pull is not allowed")
        entry = self.say(shown.number, call.account, call.body["body"], event, call.body.get("commit_id", ""))
        if event == "APPROVED":
            shown.approved.add(call.account)
        return 200, self.review(entry), False

    def _reviews(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        listed, more = self.page(
            [self.review(e) for e in shown.entries if e.event != PLAIN], call.query, "limit"
        )
        return 200, listed, more

    # Answers: the description requires nothing, so they say what the real ones say

    def fill(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        root = self.description.root
        if not root:
            return dict(values)
        known = root["definitions"][name]["properties"]
        assert set(values) <= set(known), f"{set(values) - set(known)} is not described"
        return {**smallest(root, {"$ref": f"#/definitions/{name}"}), **values}

    def user(self, login: str) -> dict[str, Any]:
        return self.fill("User", {"login": login})

    def end(self, branch: str, sha: str, home_id: int = 7) -> dict[str, Any]:
        home = self.fill("Repository", {"full_name": REPOSITORY})
        return self.fill(
            "PRBranchInfo", {"label": branch, "ref": branch, "sha": sha, "repo_id": home_id, "repo": home}
        )

    def pull(self, shown: Shown) -> dict[str, Any]:
        return self.fill(
            "PullRequest",
            {
                "number": shown.number,
                "html_url": f"{self.url}/{REPOSITORY}/pulls/{shown.number}",
                "state": shown.state,
                "title": shown.title,
                "body": shown.body,
                "user": self.user(shown.account),
                "head": self.end(shown.head, shown.tip, 8 if shown.is_of_a_copy else 7),
                "base": self.end(shown.base, self.branch(shown.base)),
                "labels": [self.fill("Label", {"name": n}) for n in shown.labels],
                "requested_reviewers": [self.user(n) for n in shown.reviewers],
                "draft": shown.title.startswith("WIP: "),
                "merged": shown.merged is not None,
            },
        )

    def review(self, entry: Entry) -> dict[str, Any]:
        return self.fill(
            "PullReview",
            {
                "id": entry.id,
                "user": self.user(entry.account),
                "body": entry.body,
                "state": entry.event,
                "commit_id": entry.commit,
                "submitted_at": as_time(entry.when),
                "dismissed": entry.event == "DISMISSED",
            },
        )
