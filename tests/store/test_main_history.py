"""The main line step by step, what came in beside it, and many objects at once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import Exit, McredError
from mcred.store import batch as bulk
from mcred.store import oversized_trees as thin
from mcred.store.batch import is_same, read_small, stream_blobs
from mcred.store.diffs import list_many_changes
from mcred.store.git import Repo, create_repo, run
from mcred.store.log import Change, Commit
from mcred.store.main_history import MainLine, find_places, list_beside, walk_line
from mcred.store.oversized_trees import read_folders
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import DOUBLED, Entry, read_objects
from mcred.store.write import Author, commit_tree, put_blob

Save = Callable[..., CommitId]
WATCHED = ("mcred.yaml", "portfolios")
NOWHERE = "9" * 40


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A shared copy with nothing in it."""
    return create_repo(tmp_path / "line.git", bare=True)


@pytest.fixture
def rules(repo: Repo, save: Save) -> CommitId:
    """The first state: rules and one file of Ana's."""
    return save(repo, {"mcred.yaml": "rules", "portfolios/ana/a.md": "one"})


def entry(repo: Repo, text: str) -> Entry:
    return Entry(mode="100644", blob=put_blob(repo, text.encode()), size=0)


def told(line: MainLine) -> list[tuple[CommitId, CommitId | None, list[str]]]:
    return [(s.commit.id, s.before, [c.path for c in s.changes]) for s in line.steps]


# the line


def test_places_count_back_from_the_tip_along_first_parents(repo: Repo, save: Save, rules: CommitId) -> None:
    names = [rules]
    for number in range(300):
        names.append(save(repo, {"portfolios/ana/a.md": str(number)}, names[-1]))
    beside = save(repo, {"README.md": "hello"}, names[100])
    tip = save(repo, {"README.md": "hello"}, names[-1], beside)
    wanted = {tip, names[-1], names[3], rules, beside, CommitId(NOWHERE)}
    assert find_places(repo, tip, wanted) == {tip: 0, names[-1]: -1, names[3]: -298, rules: -301}
    assert find_places(repo, tip, ()) == {}


def test_two_commits_are_the_same_at_some_paths(repo: Repo, save: Save, rules: CommitId) -> None:
    later = save(repo, {"portfolios/ana/b.md": "two"}, rules)
    assert is_same(repo, rules, later, ("mcred.yaml", "portfolios/ana/a.md", "portfolios/ben"))
    assert not is_same(repo, rules, later, ("mcred.yaml", "portfolios/ana"))
    assert not is_same(repo, rules, later, ("portfolios/ana/b.md",))


def test_whatever_changes_a_path_is_a_step(repo: Repo, save: Save, rules: CommitId) -> None:
    aside = save(repo, {"README.md": "hello"}, rules)
    tip = save(repo, {"portfolios/ana/a.md": "two", "docs/x.md": "x"}, aside)
    line = walk_line(repo, tip, WATCHED)
    assert told(line) == [
        (rules, None, ["mcred.yaml", "portfolios/ana/a.md"]),
        (aside, rules, ["README.md"]),
        (tip, aside, ["docs/x.md", "portfolios/ana/a.md"]),
    ]
    assert line.steps[2].changes[1:] == (
        Change(path="portfolios/ana/a.md", old=entry(repo, "one"), new=entry(repo, "two")),
    )
    assert dict(line.position) == {rules: 1, aside: 2, tip: 3}
    assert line.lost == ()


def test_the_line_begins_with_the_rules_and_takes_in_what_lay_there(repo: Repo, save: Save) -> None:
    early = save(repo, {"portfolios/ana/a.md": "one"})
    later = save(repo, {"portfolios/ana/b.md": "two"}, early)
    tip = save(repo, {"mcred.yaml": "rules"}, later)
    line = walk_line(repo, tip, WATCHED)
    assert told(line) == [(tip, None, ["mcred.yaml", "portfolios/ana/a.md", "portfolios/ana/b.md"])]
    assert dict(line.position) == {tip: 1}


def test_without_rules_there_is_no_line(repo: Repo, save: Save) -> None:
    tip = save(repo, {"portfolios/ana/a.md": "one"})
    line = walk_line(repo, tip, WATCHED)
    assert line == MainLine(steps=(), position={}, lost=())
    assert list(list_beside(repo, line, tip, WATCHED)) == []


def test_rules_that_were_removed_leave_a_step_that_says_so(repo: Repo, save: Save, rules: CommitId) -> None:
    tip = save(repo, {"mcred.yaml": None}, rules)
    line = walk_line(repo, tip, WATCHED)
    assert [s.commit.id for s in line.steps] == [rules, tip]
    assert line.steps[1].changes == (Change(path="mcred.yaml", old=entry(repo, "rules"), new=None),)


def test_a_merge_that_keeps_the_line_names_what_it_dropped(repo: Repo, save: Save, rules: CommitId) -> None:
    side = save(repo, {"portfolios/ben/b.md": "lost"}, rules)
    main = save(repo, {"portfolios/ana/a.md": "two"}, rules)
    tip = save(repo, {}, main, side)
    line = walk_line(repo, tip, WATCHED)
    assert [s.commit.id for s in line.steps] == [rules, main]
    assert dict(line.position) == {rules: 1, main: 2, tip: 2}
    assert line.lost == ((tip, side),)
    change = Change(path="portfolios/ben/b.md", old=None, new=entry(repo, "lost"))
    assert list(list_beside(repo, line, tip, WATCHED)) == [(side, (change,))]
    assert list(list_beside(repo, line, tip, WATCHED, since=side)) == []
    assert list(list_beside(repo, line, tip, ("mcred.yaml",))) == []


def test_a_merge_of_unwatched_work_loses_nothing(repo: Repo, save: Save, rules: CommitId) -> None:
    side = save(repo, {"README.md": "hello"}, rules)
    main = save(repo, {"portfolios/ana/a.md": "two"}, rules)
    tip = save(repo, {"README.md": "hello"}, main, side)
    line = walk_line(repo, tip, WATCHED)
    assert told(line)[1:] == [(main, rules, ["portfolios/ana/a.md"]), (tip, main, ["README.md"])]
    assert line.lost == ()
    assert list(list_beside(repo, line, tip, WATCHED)) == []


def test_a_merge_as_its_second_parent_is_a_step_only_when_it_says_so(
    repo: Repo, save: Save, rules: CommitId
) -> None:
    side = save(repo, {"portfolios/ana/a.md": "two"}, rules)
    tip = save(repo, {"portfolios/ana/a.md": "two"}, rules, side, message="Sync\n\nMcred-Event: take")
    plain = walk_line(repo, tip, WATCHED)
    assert [(s.commit.id, s.before) for s in plain.steps] == [(rules, None), (side, rules)]
    assert dict(plain.position) == {rules: 1, side: 2, tip: 2}
    claimed = walk_line(repo, tip, WATCHED, lambda c: c.message.startswith("Sync"))
    assert [(s.commit.id, s.before) for s in claimed.steps] == [(rules, None), (tip, rules)]
    assert dict(claimed.position) == {rules: 1, tip: 2}
    assert (plain.lost, claimed.lost) == ((), ())


def test_a_merge_that_changes_more_is_a_step_after_its_first_parent(
    repo: Repo, save: Save, rules: CommitId
) -> None:
    side = save(repo, {"portfolios/ben/b.md": "b"}, rules)
    main = save(repo, {"portfolios/ana/a.md": "two"}, rules)
    tip = save(repo, {"portfolios/ben/b.md": "b"}, main, side)
    line = walk_line(repo, tip, WATCHED)
    assert told(line)[-1] == (tip, main, ["portfolios/ben/b.md"])
    assert line.position[tip] == 3
    assert side not in line.position
    assert line.lost == ()


def grow(repo: Repo, save: Save, luck: random.Random, count: int) -> list[CommitId]:
    """A history in which commits follow, merge and drop others in any way."""
    names = [save(repo, {"README.md": "before the rules"})]
    for number in range(count):
        parents = luck.sample(names[-4:], k=min(len(names), luck.choice((1, 1, 1, 2, 2, 3))))
        path = luck.choice(("mcred.yaml", "portfolios/ana/a.md", "portfolios/ben/b.md", "README.md", ""))
        text = None if luck.random() < 0.1 else str(luck.choice((number, 1)))
        files = {path: text} if path else {}
        message = luck.choice((f"Save {number}", f"Sync {number}\n\nMcred-Event: take"))
        names.append(save(repo, files, *parents, message=message))
    return names


@pytest.mark.parametrize("seed", range(4))
def test_a_line_read_from_a_known_one_on_is_the_whole_line(repo: Repo, save: Save, seed: int) -> None:
    def claims(commit: Commit) -> bool:
        return "Mcred-Event" in commit.trailers

    names = grow(repo, save, random.Random(seed), 16)  # noqa: S311
    lines = {name: walk_line(repo, name, WATCHED, claims) for name in names}
    for tip in names[::3]:
        for line in lines.values():
            found = walk_line(repo, tip, WATCHED, claims, line)
            assert found == lines[tip]
            assert list(found.position) == list(lines[tip].position)


def test_a_line_is_read_no_further_than_to_a_known_one(repo: Repo, save: Save, rules: CommitId) -> None:
    names = [rules]
    for number in range(3):
        names.append(save(repo, {"portfolios/ana/a.md": str(number)}, names[-1]))
    whole, known = walk_line(repo, names[-1], WATCHED), walk_line(repo, names[1], WATCHED)
    tree = whole.steps[0].commit.tree
    (repo.git_dir / "objects" / tree[:2] / tree[2:]).unlink()
    assert walk_line(repo, names[-1], WATCHED, known=known) == whole
    with pytest.raises(McredError):
        walk_line(repo, names[-1], WATCHED)


def test_a_parent_without_rules_is_not_followed(repo: Repo, save: Save, rules: CommitId) -> None:
    foreign = save(repo, {"other.md": "x"})
    tip = save(repo, {"mcred.yaml": "rules", "portfolios/ana/a.md": "two"}, foreign, rules)
    line = walk_line(repo, tip, WATCHED)
    assert [(s.commit.id, s.before) for s in line.steps] == [(rules, None), (tip, rules)]


# many changes


def test_changes_of_many_pairs_come_in_their_order(repo: Repo, save: Save, rules: CommitId) -> None:
    second = save(repo, {"portfolios/ana/a.md": None, "portfolios/ana/école.md": "one"}, rules)
    third = save(repo, {"README.md": "x"}, second)
    one = entry(repo, "one")
    added = (
        Change(path="mcred.yaml", old=None, new=entry(repo, "rules")),
        Change(path="portfolios/ana/a.md", old=None, new=one),
    )
    renamed = (
        Change(path="portfolios/ana/a.md", old=one, new=None),
        Change(path="portfolios/ana/école.md", old=None, new=one),
    )
    pairs = [(rules, rules), (second, rules), (third, second), (rules, None), (third, third)]
    found = list(list_many_changes(repo, pairs, WATCHED))
    assert found == [(), renamed, (), added, ()]
    everything = list(list_many_changes(repo, [(third, second)]))
    assert everything == [(Change(path="README.md", old=None, new=entry(repo, "x")),)]


def test_of_no_pairs_there_are_no_changes(repo: Repo) -> None:
    assert list(list_many_changes(repo, [])) == []


def test_a_commit_that_is_not_there_is_a_missing_part(repo: Repo, rules: CommitId) -> None:
    with pytest.raises(McredError, match=r"missing on this computer \(999999999999\)") as caught:
        list(list_many_changes(repo, [(rules, CommitId(NOWHERE))]))
    assert caught.value.code == Exit.UNREACHABLE
    with pytest.raises(ValueError, match="not a full object name"):
        list(list_many_changes(repo, [(CommitId("main"), None)]))


# many objects


def test_only_blobs_that_are_small_enough_are_read(repo: Repo, rules: CommitId) -> None:
    empty, three, four = (put_blob(repo, data) for data in (b"", b"abc", b"abcd"))
    asked = [four, three, empty, three, BlobId(rules), BlobId(NOWHERE)]
    assert read_small(repo, asked, 3) == {empty: b"", three: b"abc"}
    assert read_small(repo, asked, 4) == {empty: b"", three: b"abc", four: b"abcd"}
    assert read_small(repo, asked, 0) == {empty: b""}
    assert read_small(repo, [], 9) == {}


def test_a_folder_that_should_have_all_names_what_it_lacks(repo: Repo) -> None:
    with pytest.raises(McredError, match=r"missing on this computer \(999999999999\)"):
        read_small(repo, [BlobId(NOWHERE)], 3, here=True)
    with pytest.raises(McredError, match="part of the history is missing"):
        list(stream_blobs(repo, [BlobId(NOWHERE)]))


@pytest.mark.parametrize(
    ("most", "batches"),
    [(1, [1, 1, 2, 0]), (5, [2, 2, 0]), (6, [2, 2, 0]), (7, [4, 0]), (17, [4, 0]), (18, [4])],
)
def test_a_stream_gives_every_blob_and_holds_no_more_than_it_may(
    repo: Repo, most: int, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {put_blob(repo, data): data for data in (b"abc", b"de\0", b"", b"long enough")}
    read: list[int] = []

    def counted(repo: Repo, names: Sequence[str]) -> Iterable[tuple[str, str, bytes]]:
        read.append(len(names))
        return read_objects(repo, names)

    monkeypatch.setattr(bulk, "read_objects", counted)
    found = list(stream_blobs(repo, list(wanted), most))
    assert sorted(found) == sorted(wanted.items())
    assert read == batches


def test_a_stream_of_nothing_is_empty(repo: Repo) -> None:
    assert list(stream_blobs(repo, [])) == []


def test_folders_are_listed_to_their_depth(repo: Repo, save: Save, rules: CommitId) -> None:
    tip = save(repo, {"portfolios/ana/w/evidence/p.md": "plan"}, rules)
    asked = [
        (tip, "portfolios/ana"),
        (rules, "portfolios/ana"),
        (tip, "portfolios/ben"),
        (tip, "mcred.yaml"),
        (tip, "portfolios/ana/w"),
    ]
    one, plan = entry(repo, "one"), entry(repo, "plan")
    assert read_folders(repo, asked) == (
        {"portfolios/ana/a.md": one, "portfolios/ana/w/evidence/p.md": plan},
        {"portfolios/ana/a.md": one},
        {},
        {},
        {"portfolios/ana/w/evidence/p.md": plan},
    )
    assert read_folders(repo, []) == ()


def test_a_folder_without_end_is_one_entry_of_no_file(
    repo: Repo, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = save(repo, {f"many/{n}.md": "x" for n in range(3)} | {"few/1.md": "x", "few/2.md": "x"})
    tree = run(repo, "rev-parse", f"{tip}:many").decode().strip()
    monkeypatch.setattr(thin, "MAX_FOLDER", 2)
    many, few = read_folders(repo, [(tip, "many"), (tip, "few")])
    assert many == {"many": Entry(mode="40000", blob=BlobId(tree), size=0)}
    assert sorted(few) == ["few/1.md", "few/2.md"]


def test_a_folder_that_goes_too_deep_is_one_entry(
    repo: Repo, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = save(repo, {"a/b/c/d.md": "x"})
    tree = run(repo, "rev-parse", f"{tip}:a").decode().strip()
    monkeypatch.setattr(thin, "MAX_DEPTH", 1)
    assert read_folders(repo, [(tip, "a"), (tip, "a/b/c")]) == (
        {"a": Entry(mode="40000", blob=BlobId(tree), size=0)},
        {"a/b/c/d.md": entry(repo, "x")},
    )


def test_a_name_that_stands_twice_has_a_mode_of_its_own(repo: Repo, author: Author, key: KeyPair) -> None:
    blobs = [put_blob(repo, data) for data in (b"seen", b"hidden")]
    inner = b"".join(b"100644 a.md\0" + bytes.fromhex(blob) for blob in blobs)
    args = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    folder = run(repo, *args, stdin=inner).decode().strip()
    root = run(repo, *args, stdin=b"40000 odd\0" + bytes.fromhex(folder)).decode().strip()
    tip = commit_tree(repo, root, [], "Odd", author, key)
    assert read_folders(repo, [(tip, "odd")]) == ({"odd/a.md": Entry(mode=DOUBLED, blob=blobs[1], size=0)},)
