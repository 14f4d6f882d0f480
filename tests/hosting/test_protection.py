"""How each host says that it keeps a branch.

The calls stand in none of the reduced descriptions, so the answers here are those of the hosts'
documentation, shortened to what is read of them.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mcred.domain.programme import HostKind
from mcred.hosting.bare import Bare
from mcred.hosting.client import HostConnection
from mcred.hosting.pick import ADAPTERS
from mcred.hosting.values import HostedRepository, Protection
from mcred.problems import McredError
from tests.hosting.hosts import unquote_path

# docs.github.com/rest/repos/rules, "Get rules for a branch": "Returns all active rules that apply to the
# specified branch." Its types: non_fast_forward "Prevent users with push access from force pushing to refs.",
# deletion "Only allow users with bypass permissions to delete matching refs.", pull_request "Require all
# commits be made to a non-target branch and submitted via a pull request before they can be merged."
RULES = "/api/v3/repos/a/b/rules/branches/main"
# docs.github.com/rest/branches/branch-protection, "Get branch protection": allow_force_pushes "Permits force
# pushes to the protected branch by anyone with write access to the repository.", allow_deletions "Allows
# deletion of the protected branch by anyone with write access to the repository."; 404 "Resource not found".
OLD = "/api/v3/repos/a/b/branches/main/protection"
# docs.gitlab.com/api/protected_branches, "Get a single protected branch or wildcard protected branch":
# allow_force_push "If true, force push is allowed on this branch."; push_access_levels with access_level
# "0 => No access", "30 => Developer access", "40 => Maintainer access".
LAB = "/api/v4/projects/a%2Fb/protected_branches/main"
# Gitea, "repoGetBranchProtection": enable_push and enable_force_push of the BranchProtection it answers with.
TEA = "/api/v1/repos/a/b/branch_protections/main"

ON, OFF = {"enabled": True}, {"enabled": False}
KEPT = Protection(refuses_rewriting=True, refuses_removal=True, refuses_pushes=False)
LOCKED = Protection(refuses_rewriting=True, refuses_removal=True, refuses_pushes=True)
OPEN = Protection(refuses_rewriting=False, refuses_removal=False, refuses_pushes=False)
UNKNOWN = Protection()


def rule(*names: str) -> list[dict[str, Any]]:
    return [{"type": name, "ruleset_source_type": "Repository", "ruleset_id": 42} for name in names]


def level(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": n, "access_level": n, "access_level_description": "x"} for n in numbers]


Answers = dict[str, tuple[int, Any]]
CASES: list[tuple[HostKind, Answers, Protection]] = [
    (
        "github",
        {RULES: (200, rule("non_fast_forward", "deletion"))},
        Protection(refuses_rewriting=True, refuses_removal=True),
    ),
    ("github", {RULES: (200, rule("pull_request"))}, Protection(refuses_pushes=True)),
    ("github", {RULES: (200, [])}, UNKNOWN),
    ("github", {RULES: (200, []), OLD: (403, {})}, UNKNOWN),
    ("github", {RULES: (200, []), OLD: (200, {"allow_force_pushes": OFF, "allow_deletions": OFF})}, KEPT),
    (
        "github",
        {RULES: (200, []), OLD: (200, {"allow_force_pushes": ON, "allow_deletions": ON})},
        OPEN,
    ),
    (
        "github",
        {
            RULES: (200, []),
            OLD: (200, {"required_pull_request_reviews": {"required_approving_review_count": 1}}),
        },
        LOCKED,
    ),
    (
        "github",
        {
            RULES: (200, rule("deletion", "non_fast_forward")),
            OLD: (200, {"allow_force_pushes": ON, "allow_deletions": ON}),
        },
        KEPT,
    ),
    ("gitlab", {LAB: (200, {"allow_force_push": False, "push_access_levels": level(40)})}, KEPT),
    ("gitlab", {LAB: (200, {"allow_force_push": False, "push_access_levels": level(0)})}, LOCKED),
    (
        "gitlab",
        {LAB: (200, {"allow_force_push": True, "push_access_levels": level(30, 40)})},
        Protection(refuses_rewriting=False, refuses_removal=True, refuses_pushes=False),
    ),
    ("gitlab", {LAB: (403, {})}, UNKNOWN),
    ("gitlab", {}, OPEN),
    ("gitea", {TEA: (200, {"enable_push": True, "enable_force_push": False})}, KEPT),
    ("gitea", {TEA: (200, {"enable_push": False})}, LOCKED),
    (
        "gitea",
        {TEA: (200, {"enable_push": True, "enable_force_push": True})},
        Protection(refuses_rewriting=False, refuses_removal=True, refuses_pushes=False),
    ),
    ("gitea", {TEA: (401, {})}, UNKNOWN),
    ("gitea", {}, OPEN),
]


def ask(kind: HostKind, answers: Answers) -> tuple[Protection, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        path = unquote_path(request.url.raw_path.decode().partition("?")[0])
        status, value = answers.get(path, (404, {"message": "Not Found"}))
        return httpx.Response(status, json=value)

    place = HostedRepository(kind=kind, url="https://host.example", repository="a/b")
    adapter = ADAPTERS[kind]
    line = HostConnection(
        host=place.host,
        base=adapter.api(place),
        headers={},
        secret="",
        pause=lambda _: None,
        transport=httpx.MockTransport(answer),
    )
    return adapter.make(place, line).protection("main"), asked


@pytest.mark.parametrize(("kind", "answers", "found"), CASES)
def test_is_read_as_the_host_means_it(kind: HostKind, answers: Answers, found: Protection) -> None:
    protection, asked = ask(kind, answers)
    assert protection == found
    assert {request.method for request in asked} == {"GET"}


def test_an_answer_that_says_nothing_is_no_promise() -> None:
    with pytest.raises(McredError, match="does not understand"):
        ask("gitlab", {LAB: (200, {"push_access_levels": [{"access_level": "40"}]})})


def test_a_plain_remote_says_nothing() -> None:
    assert Bare().protection("main") == UNKNOWN
