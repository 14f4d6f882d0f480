"""`commit_to_main`: no commit of another window is lost."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.workspace import Workspace, open_workspace
from mcred.problems import McredError
from mcred.store.write import put_blob
from tests.app.conftest import at_home
from tests.cli.town import Town, git


def change(ws: Workspace, files: Mapping[str, bytes]) -> ChangeSet:
    blobs = {path: put_blob(ws.repo, data) for path, data in files.items()}
    return ChangeSet(changes=blobs, merged=(), text="Change")


@pytest.mark.parametrize("remote", ["with", "without"])
def test_two_windows_of_one_folder_lose_no_commit(town: Town, remote: str) -> None:
    home = town.home("rosa")
    if remote == "without":
        git(home, "remote", "remove", "origin")
    rosa = at_home(town, "rosa")
    rosa.pause = lambda _: None
    turns = []

    def decide(now: Workspace) -> ChangeSet:
        turns.append(now.main)
        if len(turns) == 1:  # The other window is a moment faster.
            commit_to_main(open_workspace(rosa), lambda ws: change(ws, {"other.txt": b"2"}), "again")
        return change(now, {"mine.txt": b"1"})

    after = commit_to_main(open_workspace(rosa), decide, "again")
    files = git(home, "ls-tree", "--name-only", after.main).split()
    assert {"mine.txt", "other.txt"} <= {*files}
    assert len(turns) == 2 and git(home, "rev-parse", "main").strip() == after.main


@pytest.mark.slow
def test_a_folder_that_is_never_free_is_told_of(town: Town) -> None:
    git(town.home("rosa"), "remote", "remove", "origin")
    rosa = at_home(town, "rosa")
    rosa.pause = lambda _: None
    turns = []

    def decide(now: Workspace) -> ChangeSet:
        turns.append(now.main)
        other = {"other.txt": b"%d" % len(turns)}
        commit_to_main(open_workspace(rosa), lambda ws: change(ws, other), "again")
        return change(now, {"mine.txt": b"1"})

    with pytest.raises(McredError, match="at the same moment"):
        commit_to_main(open_workspace(rosa), decide, "again")
    assert "mine.txt" not in git(town.home("rosa"), "ls-tree", "--name-only", "main")
