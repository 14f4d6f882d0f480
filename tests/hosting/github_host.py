"""GitHub's words for `Host`, checked against its official description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.hosting.descriptions import Description, smallest
from tests.hosting.hosts import PLAIN, REPOSITORY, Call, Entry, Host, Refused, Shown, as_time

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


class GitHubHost(Host):
    """One repository on GitHub."""

    kind = "github"
    url = "https://github.com"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.description = Description("github", self.base)

    @property
    def base(self) -> str:
        return "https://api.github.com" if self.url == "https://github.com" else f"{self.url}/api/v3"

    def token(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ")

    def check(self, call: Call, status: int, value: Any) -> None:
        found = self.description.check_question(call.method, call.path, call.query, call.body)
        self.description.check_answer(found, status, value)

    def refusal(self, refused: Refused) -> Any:
        return {"message": refused.message, "documentation_url": "https://docs.github.com/rest"}

    def serve(self, call: Call) -> tuple[int, Any, bool]:
        step = re.fullmatch(rf"/repos/{REPOSITORY}/(pulls|issues)(?:/(\d+))?(?:/(\w+))?", call.path)
        if step is None:
            raise Refused(404, "Not Found")
        number, what = int(step[2] or 0), step[3] or ""
        if not number:
            return self._create(call) if call.method == "POST" else self._list(call)
        shown = self.shown(number)
        if what == "labels" and call.method == "PUT":
            shown.labels = list(call.body["labels"])
            return 200, [self.label(name) for name in shown.labels], False
        if what == "requested_reviewers" and call.method == "POST":
            return self._invite(call, shown)
        if what == "comments" and call.method == "GET":
            return self.comments(shown, call.query, "per_page")
        if what == "reviews":
            return self._review(call, shown) if call.method == "POST" else self._reviews(call, shown)
        if call.method == "PATCH":
            return self._edit(call, shown)
        return 200, self.pull(shown), False

    def _create(self, call: Call) -> tuple[int, Any, bool]:
        new = call.body
        shown = self.create(
            call.account, new["head"], new["base"], new["title"], new["body"], new.get("draft", False)
        )
        return 201, self.pull(shown), False

    def _list(self, call: Call) -> tuple[int, Any, bool]:
        owner, _, head = call.query.get("head", "").partition(":")
        state = call.query.get("state", "open")
        found = [
            self.pull(r, "pull-request-simple")
            for r in sorted(self.requests.values(), key=lambda r: -r.number)
            if (not head or (owner, head) == (REPOSITORY.partition("/")[0], r.head))
            and state in ("all", r.state)
        ]
        listed, more = self.page(found, call.query, "per_page")
        return 200, listed, more

    def _edit(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        if "state" in call.body:
            self.set_state(shown, call.body["state"])
        shown.title = call.body.get("title", shown.title)
        shown.body = call.body.get("body", shown.body)
        return 200, self.pull(shown), False

    def _invite(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        for account in call.body["reviewers"]:
            if account == shown.account or account not in self.members:
                return 422, None, False
            shown.reviewers = [*dict.fromkeys((*shown.reviewers, account))]
        return 201, self.pull(shown, "pull-request-simple"), False

    def _review(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        if call.account == shown.account and call.body["event"] != "COMMENT":
            raise Refused(422, "Can not approve your own pull request")
        entry = self.say(
            shown.number, call.account, call.body["body"], call.body["event"], call.body.get("commit_id", "")
        )
        if call.body["event"] == "APPROVE":
            shown.approved.add(call.account)
        shown.reviewers = [r for r in shown.reviewers if r != call.account]
        return 200, self.review(entry), False

    def _reviews(self, call: Call, shown: Shown) -> tuple[int, Any, bool]:
        listed, more = self.page(
            [self.review(e) for e in shown.entries if e.event != PLAIN], call.query, "per_page"
        )
        return 200, listed, more

    # Answers, true to the description in every field

    def fill(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        root = self.description.root
        if not root:
            return dict(values)
        return {**smallest(root, {"$ref": f"#/components/schemas/{name}"}), **values}

    def user(self, login: str) -> dict[str, Any]:
        return self.fill("simple-user", {"login": login})

    def label(self, name: str) -> dict[str, Any]:
        return self.fill("label", {"name": name})

    def end(self, branch: str, sha: str, of: str = "") -> dict[str, Any]:
        owner, _, name = REPOSITORY.partition("/")
        full = f"{of or owner}/{name}"
        home = self.fill("repository", {"name": name, "full_name": full, "owner": self.user(of or owner)})
        return {
            "label": f"{owner}:{branch}",
            "ref": branch,
            "repo": home,
            "sha": sha,
            "user": self.user(owner),
        }

    def pull(self, shown: Shown, name: str = "pull-request") -> dict[str, Any]:
        made = as_time(shown.merged) if shown.merged else None
        return self.fill(
            name,
            {
                "number": shown.number,
                "html_url": f"{self.url}/{REPOSITORY}/pull/{shown.number}",
                "state": shown.state,
                "title": shown.title,
                "body": shown.body,
                "user": self.user(shown.account),
                "head": self.end(shown.head, shown.tip, "stranger" if shown.is_of_a_copy else ""),
                "base": self.end(shown.base, self.branch(shown.base)),
                "labels": [self.label(n) for n in shown.labels],
                "requested_reviewers": [self.user(n) for n in shown.reviewers],
                "draft": shown.draft,
                "merged_at": made,
            },
        )

    def review(self, entry: Entry) -> dict[str, Any]:
        return self.fill(
            "pull-request-review",
            {
                "id": entry.id,
                "user": self.user(entry.account),
                "body": entry.body,
                "state": STATES.get(entry.event, entry.event),
                "commit_id": entry.commit,
                "submitted_at": as_time(entry.when),
            },
        )
