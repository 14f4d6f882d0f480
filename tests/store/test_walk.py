"""A walk over the commits themselves finds what git finds, in git's order."""

from __future__ import annotations

import random

import pytest

from mcred.domain.ids import CommitId
from mcred.store.git import Repo
from mcred.store.session import git_session
from mcred.store.snapshot import tree_ids
from mcred.store.walk import first_parents, list_commits
from mcred.store.write import put_commit


@pytest.fixture(params=range(6))
def commits(bare: Repo, start: CommitId, request: pytest.FixtureRequest) -> list[CommitId]:
    """Merges of up to three lines, equal dates, and clocks that go wrong."""
    chance = random.Random(request.param)  # noqa: S311 - no secrets
    (tree,) = tree_ids(bare, [start])
    made: list[CommitId] = []
    for n in range(41):
        parents = chance.sample(made[-8:], min(len(made), chance.choice([1, 1, 1, 2, 2, 3])))
        when = 1_700_000_000 + n // 3 * 60 + chance.choice([0, 0, 0, 0, -7200, 3600])
        lines = [f"tree {tree}", *(f"parent {p}" for p in parents)]
        lines += [f"{role} A <a@b> {when} +0000" for role in ("author", "committer")]
        made.append(put_commit(bare, "\n".join([*lines, "", f"{n}\n"]).encode()))
    return made


def test_walks_as_git_does(bare: Repo, commits: list[CommitId], monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)  # noqa: S311 - no secrets
    cases = [
        (chance.sample(commits, chance.randint(1, 4)), chance.sample(commits, chance.randint(0, 3)))
        for _ in range(40)
    ]
    every = {c: frozenset(list_commits(bare, [c])) for c in commits}
    told = [list_commits(bare, *case) for case in cases]
    lines = [list_commits(bare, case[0][:1], case[1], first_parent=True) for case in cases]
    chains = [list(first_parents(bare, c)) for c in commits]

    def check() -> None:
        right = 0
        for (tips, others), of_git, line in zip(cases, told, lines, strict=True):
            here = list_commits(bare, tips, others)
            out = frozenset[CommitId]().union(*(every[c] for c in others))
            assert frozenset(here) == frozenset[CommitId]().union(*(every[c] for c in tips)) - out
            # Where dates are wrong git may name more commits than there are.
            assert here == of_git or len(here) < len(of_git)
            right += here == of_git
            assert list_commits(bare, tips[:1], others, first_parent=True) == [
                c for c in line if c not in out
            ]
        assert right > 30
        assert [list(first_parents(bare, c)) for c in commits] == chains

    with git_session(), monkeypatch.context() as patch:
        patch.setattr("mcred.store.walk.run", lambda *args, **more: pytest.fail("git was asked"))
        check()


def test_what_is_far_is_asked_of_git(
    bare: Repo, commits: list[CommitId], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, chain = list_commits(bare, commits[-1:]), list(first_parents(bare, commits[-1]))
    monkeypatch.setattr("mcred.store.walk.NEAR", 5)
    monkeypatch.setattr("mcred.store.walk.CHAIN", 3)
    with git_session():
        assert list_commits(bare, commits[-1:]) == whole
        assert list(first_parents(bare, commits[-1])) == chain
