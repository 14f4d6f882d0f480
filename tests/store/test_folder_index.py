"""Files on the disk: found without following links, and the record of what was laid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import McredError
from mcred.store.folder_index import (
    Laid,
    Seen,
    find_files,
    is_unchanged,
    normalise,
    read_laid,
    save_laid,
    which_blob,
)
from mcred.store.git import Repo
from mcred.store.write import put_blob


def names(folder: Path, under: str = "") -> list[str]:
    return [name for name, _, _ in find_files(folder, under)]


def test_finds_files_but_no_droppings(work: Path) -> None:
    for name in ("b.md", "a/c.txt", ".hidden", "a/.DS_Store", "Thumbs.db", "desktop.ini", "~$plan.docx"):
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text("x")
    for name in (
        ".~lock.plan.odt#",
        ".plan.md.icloud",
        "x.swp",
        "b.md~",
        "._b.md",
        ".mcred-part-1",
        "#b.md#",
        "thumbs.DB",
        "Icon\r",
    ):
        (work / name).write_text("x")
    assert names(work) == [".hidden", "a/c.txt", "b.md"]
    assert names(work, "a/") == ["a/c.txt"]
    assert names(work, "nowhere") == []


def test_skips_git_at_the_top_only(work: Path) -> None:
    (work / ".git").mkdir()
    (work / ".git" / "x").write_text("x")
    assert names(work) == []
    (work / "mine" / ".git").mkdir(parents=True)
    with pytest.raises(McredError, match="another project"):
        names(work)


@pytest.mark.parametrize("target", ["/etc/passwd", "b.md", "nowhere", "."])
def test_refuses_links_by_name(work: Path, target: str) -> None:
    (work / "mine").mkdir()
    (work / "mine" / "link").symlink_to(target)
    with pytest.raises(McredError, match="mine/link is a link"):
        names(work)


def test_refuses_a_link_on_the_way(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x").write_text("x")
    (work / "portfolios").symlink_to(tmp_path / "secret")
    with pytest.raises(McredError, match="portfolios"):
        names(work, "portfolios/ana")


def test_refuses_a_pipe_without_waiting_for_it(work: Path) -> None:
    os.mkfifo(work / "pipe")
    with pytest.raises(McredError, match="pipe"):
        names(work)


def test_names_are_composed(work: Path) -> None:
    (work / "e\u0301.md").write_text("x")
    assert names(work) == ["é.md"]
    (work / "é.md").write_text("y")
    with pytest.raises(McredError, match="accent"):
        names(work)


@pytest.mark.parametrize(
    ("name", "data", "stored"),
    [
        ("a.md", b"\xef\xbb\xbfa\r\nb\r\n", b"a\nb\n"),
        ("A.YAML", b"a\r\n", b"a\n"),
        ("a.txt", b"a\rb", b"a\rb"),
        ("a.md", b"a\rb\r", b"a\nb\n"),
        ("a.yml", "\ufeffé\r\n".encode("utf-16-le"), "é\n".encode()),
        ("a.md", "\ufeffé\r".encode("utf-16-be"), "é\n".encode()),
        ("a.txt", "\ufeffé\r\n".encode("utf-16-le"), "é\n".encode()),
        ("a.md", b"\xff\xfehalf.", b"\xff\xfehalf."),
        ("a.md", b"\xff\xfe\x00\xd8", b"\xff\xfe\x00\xd8"),
        ("a.pdf", b"\xef\xbb\xbfa\r\n", b"\xef\xbb\xbfa\r\n"),
        ("md", b"a\r\n", b"a\r\n"),
    ],
)
def test_normalise(name: str, data: bytes, stored: bytes) -> None:
    assert normalise(name, data) == stored == normalise(name, stored)


def test_which_blob_is_gits_own_name(bare: Repo, work: Path) -> None:
    text, raw = put_blob(bare, b"a\n"), put_blob(bare, b"a\r\n")
    (work / "a.md").write_bytes(b"a\r\n")
    (work / "a.pdf").write_bytes(b"a\r\n")
    assert which_blob("a.md", work / "a.md", frozenset({text})) == text
    assert which_blob("a.md", work / "a.md", frozenset({raw})) == raw
    assert which_blob("a.pdf", work / "a.pdf", frozenset({raw, text})) == raw
    assert which_blob("a.pdf", work / "a.pdf", frozenset({text})) is None
    assert which_blob("a.pdf", work / "nowhere", frozenset()) is None


def test_record_comes_back(ana: Repo) -> None:
    assert read_laid(ana) == Laid()
    laid = Laid(
        tree="1" * 40,
        main=CommitId("2" * 40),
        files={"é \n": Seen(blob=BlobId("3" * 40), size=1, modified=2)},
        begun=("4" * 40,),
    )
    save_laid(ana, laid)
    again = read_laid(ana)
    assert (again.tree, again.main, again.files, again.begun) == (
        laid.tree,
        laid.main,
        laid.files,
        laid.begun,
    )
    assert again.saved > 0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"tree":1,"main":2,"files":3,"begun":4}', '{"files": {"a": []}}']
)
def test_a_damaged_record_is_no_record(ana: Repo, text: str) -> None:
    (ana.own_state_dir / "laid.json").write_text(text)
    assert read_laid(ana) == Laid()


def test_only_old_times_prove_anything(work: Path) -> None:
    path = work / "a"
    path.write_text("x")
    info = path.stat()
    seen = Seen(blob=BlobId("1" * 40), size=1, modified=info.st_mtime_ns)
    later = info.st_mtime_ns + 3_000_000_000
    assert is_unchanged(info, seen, Laid(saved=later))
    assert not is_unchanged(info, seen, Laid(saved=info.st_mtime_ns + 1_000_000_000)), (
        "as young as the record"
    )
    assert not is_unchanged(info, Seen(blob=seen.blob, size=2, modified=seen.modified), Laid(saved=later))
    assert not is_unchanged(info, Seen(blob=seen.blob, size=1, modified=1), Laid(saved=later))
    assert not is_unchanged(info, Seen(blob=seen.blob), Laid(saved=later))
