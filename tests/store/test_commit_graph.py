"""git's list of commits is read as git reads it, and answers for what is not in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from mcred.domain.ids import CommitId
from mcred.store.files.commit_graph import is_listed
from mcred.store.git import Repo, attempt, run
from mcred.store.log import is_ancestor
from mcred.store.outcome import Finished
from mcred.store.session import git_session

Save = Callable[..., CommitId]


def grow(repo: Repo, save: Save, start: CommitId, count: int) -> list[CommitId]:
    commits = [start]
    for n in range(count):
        commits.append(save(repo, {"a": str(n)}, commits[-1]))
    return commits


def write_graph(repo: Repo, tip: CommitId, *how: str) -> None:
    run(repo, "commit-graph", "write", "--stdin-commits", *how, stdin=f"{tip}\n".encode())


def listed(repo: Repo, commits: Sequence[CommitId]) -> list[bool | None]:
    return [is_listed(repo.git_dir / "objects", name) for name in commits]


def test_one_file(bare: Repo, start: CommitId, save: Save) -> None:
    line = grow(bare, save, start, 5)
    assert listed(bare, line) == [None] * 6
    write_graph(bare, line[3])
    assert listed(bare, line) == [True] * 4 + [False] * 2


def test_several_files(bare: Repo, start: CommitId, save: Save) -> None:
    line = grow(bare, save, start, 9)
    for tip in (line[6], line[8]):
        write_graph(bare, tip, "--split=no-merge")
    assert len(list((bare.git_dir / "objects/info/commit-graphs").glob("*.graph"))) == 2
    assert listed(bare, line) == [True] * 9 + [False]


@pytest.mark.parametrize("damage", [b"", b"CGPH\1\1", b"CGPH\2\1\4\0", b"CGPH\1\2\4\0", b"CGPH\1\1\4\0" * 9])
def test_a_damaged_file_says_nothing(bare: Repo, start: CommitId, save: Save, damage: bytes) -> None:
    line = grow(bare, save, start, 2)
    write_graph(bare, line[-1])
    (file,) = (bare.git_dir / "objects/info").glob("commit-graph")
    file.chmod(0o600)
    file.write_bytes(damage)
    assert listed(bare, line) == [None] * 3


def test_a_file_of_the_chain_that_is_gone_says_nothing(bare: Repo, start: CommitId, save: Save) -> None:
    line = grow(bare, save, start, 3)
    for tip in line[2:]:
        write_graph(bare, tip, "--split=no-merge")
    next(iter((bare.git_dir / "objects/info/commit-graphs").glob("*.graph"))).unlink()
    assert listed(bare, line) == [None] * 4


def test_ancestors_of_a_long_line(
    bare: Repo, start: CommitId, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcred.store.log.NEAR", 3)
    line = grow(bare, save, start, 9)
    beside = save(bare, {"b": "1"}, line[4])
    write_graph(bare, line[7])
    asked: list[tuple[str, ...]] = []

    def spy(repo: Repo, *args: str) -> Finished:
        asked.append(args)
        return attempt(repo, *args)

    monkeypatch.setattr("mcred.store.log.attempt", spy)
    with git_session():
        assert not is_ancestor(bare, beside, line[9])
        assert not is_ancestor(bare, beside, line[2])
        assert is_ancestor(bare, line[8], line[9])
        assert not asked, "the list says it"
        assert is_ancestor(bare, line[1], line[9])
        assert not is_ancestor(bare, line[7], beside)
        assert len(asked) == 2
        assert not is_ancestor(replace(bare, by_objects=True), beside, line[9])
        assert len(asked) == 3, "an audit does not read the list"
