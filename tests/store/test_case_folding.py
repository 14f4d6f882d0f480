"""A person's folder on a disk that ignores case: nothing is lost, and what cannot be told apart is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.store.folder_index import name_on_disk
from mcred.store.git import Repo
from mcred.store.log import read_commit
from mcred.store.worktree import LayResult, changed_files, lay_out, snapshot_folder
from tests.folding import case_folding_disk

Save = Callable[..., CommitId]
EVIDENCE = "portfolios/ana/wait-time/evidence"
PLAN, SHOUTED = f"{EVIDENCE}/plan.md", f"{EVIDENCE}/PLAN.md"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with case_folding_disk(tmp_path_factory.mktemp("disk")) as place:
        yield place


@pytest.fixture
def work(disk: Path, request: pytest.FixtureRequest) -> Path:
    place = disk / str(abs(hash(request.node.name)))
    place.mkdir()
    return place


def lay(repo: Repo, commit: CommitId) -> LayResult:
    return lay_out(repo, read_commit(repo, commit).tree, commit)


def root_of(repo: Repo) -> Path:
    assert repo.work_tree is not None
    return repo.work_tree


@pytest.mark.parametrize("there", ["plan\n", "another\n"])
@pytest.mark.parametrize(("old", "new"), [(PLAN, SHOUTED), (f"{EVIDENCE}/Set/a.md", f"{EVIDENCE}/set/a.md")])
def test_a_file_that_another_computer_renamed_by_case_is_still_there(
    ana: Repo, start: CommitId, save: Save, old: str, new: str, there: str
) -> None:
    first = save(ana, {old: "plan\n"}, start)
    second = save(ana, {old: None, new: there}, first)
    for commit, said in ((first, "plan\n"), (second, there), (second, there), (first, "plan\n")):
        lay(ana, commit)
        assert (root_of(ana) / new).read_text(encoding="utf-8") == said


def test_what_its_person_changed_is_kept_when_another_computer_renamed_it(
    ana: Repo, start: CommitId, save: Save
) -> None:
    first = save(ana, {PLAN: "plan\n"}, start)
    lay(ana, first)
    (root_of(ana) / PLAN).write_text("mine\n", encoding="utf-8")
    lay(ana, save(ana, {PLAN: None, SHOUTED: "plan\n"}, first))
    assert (root_of(ana) / PLAN).read_text(encoding="utf-8") == "mine\n"


def test_two_names_that_differ_by_case_are_never_laid_out_as_one(
    ana: Repo, start: CommitId, save: Save
) -> None:
    result = lay(ana, save(ana, {PLAN: "plan\n", SHOUTED: "another\n"}, start))
    assert len(result.skipped) == 1
    assert snapshot_folder(ana, EVIDENCE).keys().isdisjoint(result.skipped)


def test_a_file_is_named_as_the_folder_lists_it(ana: Repo) -> None:
    folder = root_of(ana) / "evidence"
    folder.mkdir()
    (folder / "Café plan.md").touch()
    (own,) = (place.name for place in folder.iterdir())
    for typed in ("CAFÉ PLAN.MD", "cafe\u0301 plan.md", own):
        assert name_on_disk(folder, typed) == own
    assert name_on_disk(folder, "none.md") == "none.md"


def test_a_folder_is_clean_after_it_was_laid_out(ana: Repo, start: CommitId, save: Save) -> None:
    lay(ana, save(ana, {PLAN: "plan\n"}, start))
    assert not changed_files(ana, EVIDENCE)
