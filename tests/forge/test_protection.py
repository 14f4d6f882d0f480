"""How a host keeps main, read from canned answers in the shapes that the hosts' references give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from mcred.cli.checkup_host import missing
from mcred.forge.protection import Protection, read_protection
from mcred.forge.values import Answer, Asked, Place

GITHUB = Place(kind="github", url="https://github.com", repository="team/programme")
GITLAB = Place(kind="gitlab", url="https://gitlab.com", repository="team/sub/programme")
GITEA = Place(kind="gitea", url="https://codeberg.org", repository="team/programme")
REPO = "/repos/team/programme"
PROJECT = "/projects/team%2Fsub%2Fprogramme"
GOOD = Protection(
    is_protected=True, can_be_forced=False, can_be_removed=False, needs_checks=True, may_squash=False
)


class Canned:
    """Answers by path; everything else is not there."""

    def __init__(self, answers: Mapping[str, Any], status: int = 404) -> None:
        self.answers, self.status = answers, status
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked, ok: Iterable[int] = ()) -> Answer:
        self.asked.append(asked)
        assert self.status in tuple(ok)
        if asked.path in self.answers:
            return Answer(status=200, json=self.answers[asked.path])
        return Answer(status=self.status, json={"message": "Not Found"})


CASES: list[tuple[str, Place, Mapping[str, Any], Protection]] = [
    (
        "github rules",
        GITHUB,
        {
            f"{REPO}/rules/branches/main": [
                {"type": "non_fast_forward", "ruleset_source": "team/programme"},
                {"type": "deletion"},
                {"type": "required_status_checks", "parameters": {"required_status_checks": []}},
            ],
            REPO: {"allow_squash_merge": False, "allow_rebase_merge": False, "allow_merge_commit": True},
        },
        GOOD,
    ),
    (
        "github branch protection",
        GITHUB,
        {
            f"{REPO}/rules/branches/main": [],
            f"{REPO}/branches/main/protection": {
                "required_status_checks": {"strict": False, "contexts": ["Rules"]},
                "allow_force_pushes": {"enabled": False},
                "allow_deletions": {"enabled": True},
            },
            REPO: {"allow_squash_merge": True, "allow_rebase_merge": False},
        },
        Protection(
            is_protected=True, can_be_forced=False, can_be_removed=True, needs_checks=True, may_squash=True
        ),
    ),
    (
        "github without anything",
        GITHUB,
        {f"{REPO}/rules/branches/main": [], REPO: {}},
        Protection(
            is_protected=False, can_be_forced=True, can_be_removed=True, needs_checks=False, may_squash=None
        ),
    ),
    ("github hidden", GITHUB, {}, Protection(is_protected=None)),
    (
        "gitlab",
        GITLAB,
        {
            f"{PROJECT}/protected_branches/main": {"name": "main", "allow_force_push": False},
            PROJECT: {"squash_option": "never", "only_allow_merge_if_pipeline_succeeds": True},
        },
        GOOD,
    ),
    (
        "gitlab open",
        GITLAB,
        {PROJECT: {"squash_option": "default_off", "only_allow_merge_if_pipeline_succeeds": False}},
        Protection(is_protected=False, needs_checks=False, may_squash=True),
    ),
    ("gitlab hidden", GITLAB, {}, Protection(is_protected=None)),
    (
        "gitea",
        GITEA,
        {
            f"{REPO}/branch_protections/main": {"rule_name": "main", "enable_status_check": True},
            REPO: {"allow_squash_merge": False, "allow_rebase": False},
        },
        GOOD,
    ),
    (
        "gitea open",
        GITEA,
        {REPO: {"allow_squash_merge": True, "allow_rebase": True}},
        Protection(is_protected=False, may_squash=True),
    ),
    ("gitea hidden", GITEA, {}, Protection(is_protected=None)),
]


@pytest.mark.parametrize(
    ("place", "answers", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_read(place: Place, answers: Mapping[str, Any], found: Protection) -> None:
    ask = Canned(answers)
    assert read_protection(place, ask) == found
    assert {a.method for a in ask.asked} == {"GET"} and all(a.body is None for a in ask.asked)


@pytest.mark.parametrize("place", [GITHUB, GITLAB, GITEA], ids=lambda p: p.kind)
def test_a_token_that_may_not_see_it_is_never_a_no(place: Place) -> None:
    assert read_protection(place, Canned({}, status=403)).is_protected is None


@pytest.mark.parametrize("odd", [None, [], "x", 7, {"message": 1}], ids=str)
@pytest.mark.parametrize("place", [GITHUB, GITLAB, GITEA], ids=lambda p: p.kind)
def test_answers_of_another_shape_are_no_mistake_of_ours(place: Place, odd: object) -> None:
    below = ("rules/branches/main", "branches/main/protection", "branch_protections/main")
    paths = [REPO, PROJECT, f"{PROJECT}/protected_branches/main", *(f"{REPO}/{rest}" for rest in below)]
    read_protection(place, Canned(dict.fromkeys(paths, odd)))


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_each_thing_that_is_missing_is_said_with_its_place(kind: str) -> None:
    assert list(missing(GOOD, kind)) == []
    worst = Protection(
        is_protected=True, can_be_forced=True, can_be_removed=True, needs_checks=False, may_squash=True
    )
    said = list(missing(worst, kind))
    assert len(said) == 4 and all("Settings" in line for line in said)
    (one,) = missing(Protection(is_protected=False), kind)
    assert "not protected" in one
    (unseen,) = missing(Protection(is_protected=None), kind)
    assert "cannot be seen" in unseen
