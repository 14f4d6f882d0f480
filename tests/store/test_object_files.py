"""What is read from git's own files is what git reads, however it packed them; the rest is left to git."""

from __future__ import annotations

import random
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store.batch import read_files
from mcred.store.files.objects import ObjectFiles, parse_tree
from mcred.store.git import Repo
from mcred.store.session import git_session
from mcred.store.snapshot import read_objects
from mcred.store.write import build_tree, put_blob
from tests.conftest import Raw, Save


@pytest.fixture
def long_history(bare: Repo, start: CommitId, save: Save) -> CommitId:
    """Commits of a list that grows, of a large file and of one that no compression makes smaller."""
    chance = random.Random(7)  # noqa: S311 - no secrets
    tip, text = start, [f"line {n} {chance.random()}\n" for n in range(400)]
    for n in range(12):
        text[chance.randrange(400)] = f"changed {n}\n"
        files = {
            "list.md": "".join(text),
            "big.md": "y" * 200_000 + str(n),
            "rand": str(chance.random()) * 900,
        }
        tip = save(bare, files, tip, ref="refs/heads/main", old=tip)
    return tip


def everything(repo: Repo, raw_git: Raw) -> list[tuple[str, str, int]]:
    """Name, kind and size of every object, as git tells them."""
    rows = raw_git(repo, "cat-file", "--batch-all-objects", "--batch-check").splitlines()
    return [(name, kind, int(size)) for name, kind, size in (row.split() for row in rows)]


@pytest.mark.parametrize(
    "how", [(), ("-c", "pack.depth=50", "-c", "repack.useDeltaBaseOffset=true"), ("by name",)]
)
def test_reads_what_git_reads(bare: Repo, long_history: CommitId, raw_git: Raw, how: tuple[str, ...]) -> None:
    if how == ("by name",):
        how = ("-c", "repack.useDeltaBaseOffset=false")
    if how:
        raw_git(bare, *how, "repack", "-q", "-a", "-d", "-f", "--window=50")
        assert not list((bare.git_dir / "objects").glob("??/*"))
    files = ObjectFiles([bare.git_dir / "objects"])
    for name, kind, size in everything(bare, raw_git):
        command = ["git", f"--git-dir={bare.git_dir}", "cat-file", kind, name]
        data = subprocess.run(command, capture_output=True, check=True).stdout
        assert files.read(name) == (kind, data)
        assert files.measure(name) == (kind, size)
    assert files.read("1" * 40) is None and files.measure("1" * 40) is None
    files.close()


def test_finds_a_pack_that_came_meanwhile(bare: Repo, long_history: CommitId, raw_git: Raw) -> None:
    with closing(ObjectFiles([bare.git_dir / "objects"])) as files:
        assert files.read("1" * 40) is None
        raw_git(bare, "repack", "-q", "-a", "-d")
        assert files.read(long_history)


@pytest.mark.parametrize("at_once", [1, 2, 7, 128])
def test_finds_each_of_many_names_and_no_other(
    bare: Repo, raw_git: Raw, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("mcred.store.files.sorted_names._NAMES", at_once)
    names = {put_blob(bare, f"{n}\n".encode()) for n in range(700)}
    listed = "".join(f"{name}\n" for name in names).encode()
    raw_git(bare, "pack-objects", "-q", str(bare.git_dir / "objects" / "pack" / "pack"), stdin=listed)
    raw_git(bare, "prune-packed")
    near = {f"{int(name, 16) + step:040x}" for name in names for step in (-1, 1)} - names
    with closing(ObjectFiles([bare.git_dir / "objects"])) as files:
        assert all(files.measure(name) for name in names)
        assert not any(files.measure(name) for name in (*near, "0" * 40, "f" * 40))


@pytest.mark.parametrize("packed", [False, True])
def test_never_gives_bytes_of_another_name(
    bare: Repo, long_history: CommitId, raw_git: Raw, packed: bool
) -> None:
    if packed:
        raw_git(bare, "repack", "-q", "-a", "-d")
    names = [name for name, _, _ in everything(bare, raw_git)]
    whole = ObjectFiles([bare.git_dir / "objects"])
    right = {name: whole.read(name) for name in names}
    whole.close()
    pattern = "pack/*" if packed else "??/*"
    places = [p for p in (bare.git_dir / "objects").glob(pattern) if p.suffix in ("", ".pack", ".idx")]
    chance, odd = random.Random(3), 0  # noqa: S311 - no secrets
    for place in chance.sample(places, min(20, len(places))) * (40 if packed else 2):
        data = place.read_bytes()
        at = chance.randrange(len(data))
        place.chmod(0o600)
        place.write_bytes(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :])
        files = ObjectFiles([bare.git_dir / "objects"])
        for name in names if packed else [place.parent.name + place.name]:
            found = files.read(name)
            odd += found is None
            assert found in (None, right[name])
            files.measure(name)
        files.close()
        place.write_bytes(data)
    assert odd


@pytest.mark.parametrize("packed", [False, True])
def test_a_whole_object_under_another_name_is_not_given(
    bare: Repo, long_history: CommitId, raw_git: Raw, packed: bool
) -> None:
    objects = bare.git_dir / "objects"
    one, other = put_blob(bare, b"one\n"), put_blob(bare, b"another\n")
    places = [objects / name[:2] / name[2:] for name in (one, other)]
    if packed:
        names = f"{one}\n{other}\n".encode()
        raw_git(bare, "pack-objects", "-q", str(objects / "pack" / "pack"), stdin=names)
        for place in places:
            place.unlink()
        (index,) = (objects / "pack").glob("*.idx")
        data = index.read_bytes()
        # The two last offsets of the index change places.
        ends = 1032 + 2 * 24
        index.chmod(0o600)
        index.write_bytes(data[:ends] + data[ends + 4 : ends + 8] + data[ends : ends + 4] + data[ends + 8 :])
    else:
        places[0].chmod(0o600)
        places[0].write_bytes(places[1].read_bytes())
    with closing(ObjectFiles([objects])) as files:
        assert files.measure(one) == ("blob", 8)
        assert files.read(one) is None
    with git_session(), pytest.raises(McredError, match="not what its name says"):
        list(read_objects(bare, [one]))


def test_a_path_is_followed_as_git_follows_it(bare: Repo, start: CommitId) -> None:
    blob = put_blob(bare, b"x\n")
    inner = build_tree(bare, None, {"a.md": blob, "é": blob})

    def tree(*rows: tuple[str, str, str]) -> CommitId:
        data = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(o) for mode, name, o in rows)
        how = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
        command = ["git", f"--git-dir={bare.git_dir}", *how]
        return CommitId(
            subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()
        )

    trees = [
        tree(("100644", "a", blob), ("100644", "a.b", blob), ("40000", "f", inner)),
        tree(("40000", "f", inner), ("100644", "b", blob)),
        tree(("100644", "f", blob), ("40000", "f", inner)),
        tree(("40000", "f", inner), ("100644", "f", blob)),
        tree(("40000", "f", inner), ("100664", "g", blob)),
        tree(("160000", "f", start)),
    ]
    asked = [
        "a",
        "a.b",
        "a.",
        "b",
        "f",
        "f/a.md",
        "f/é",
        "f/",
        "f//a.md",
        "f/../b",
        "g",
        "f/a.md/x",
        "",
        "F",
    ]
    places = [(tree, path) for tree in [*trees, start] for path in asked]
    outside = [read_files(bare, [place]) for place in places]
    with git_session():
        assert [read_files(bare, [place]) for place in places] == outside
    assert any(found != (None,) for found in outside) and (None,) in outside


def test_objects_that_a_push_is_bringing_are_read(
    bare: Repo, start: CommitId, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "incoming"))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(bare.git_dir / "objects"))
    (tmp_path / "incoming").mkdir()
    blob = put_blob(bare, b"arriving\n")
    assert (tmp_path / "incoming" / blob[:2] / blob[2:]).exists()
    monkeypatch.setattr("mcred.store.git.start_reader", lambda *args: pytest.fail("git was asked"))
    with git_session():
        assert [kind for _, kind, _ in read_objects(bare, [blob, start])] == ["blob", "commit"]


@pytest.mark.parametrize("width", [20, 32])
def test_a_folder_is_read_whole_or_not_at_all(width: int) -> None:
    rows = [
        ("100644", "a b\udcff.md", bytes(range(width))),
        ("40000", "zo\u00eb", b"\n\0 ".ljust(width, b"1")),
    ]
    raw = b"".join(f"{m} {n}\0".encode("utf-8", "surrogateescape") + inner for m, n, inner in rows)
    assert list(parse_tree(raw, width)) == [(m, n, inner.hex()) for m, n, inner in rows]
    assert list(parse_tree(b"", width)) == []
    for broken in (raw[:-1], raw + b"x", b"100644 a", b"\0" + raw, raw + b"\0"):
        with pytest.raises(ValueError, match="no tree"):
            list(parse_tree(broken, width))
