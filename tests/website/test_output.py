"""Writing the folder: only ours, only what changed, whole after any death."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcred.problems import McredError
from mcred.website.output import COMING, MANIFEST, name_of, open_output
from tests.website.whole import write_site

OUR_HEAD = b'{"made_by":"mcred",\n"format":2,'
FILES = {".nojekyll": b"", "index.html": b"home", "a/b/index.html": b"deep", "a/c.txt": b"c"}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != MANIFEST
    }


def test_a_first_build_writes_everything(tmp_path: Path) -> None:
    out = tmp_path / "new" / "site"
    written = write_site(out, FILES)
    assert tree(out) == FILES
    assert written.changed == tuple(sorted(FILES)) and written.unchanged == written.removed == ()


def test_the_manifest_lists_every_file_sorted(tmp_path: Path) -> None:
    write_site(tmp_path, FILES)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    assert list(manifest["files"]) == sorted(map(name_of, FILES)) and "writing" not in manifest
    assert manifest["files"][name_of(".nojekyll")].startswith("e3b0c44298fc1c14")


def test_the_manifest_names_no_path_since_it_lies_open_beside_the_pages(tmp_path: Path) -> None:
    write_site(tmp_path, {"portfolios/eva/index.html": b"unlisted"})
    assert b"eva" not in (tmp_path / MANIFEST).read_bytes()


def test_a_manifest_of_the_first_format_is_understood(tmp_path: Path) -> None:
    write_site(tmp_path, FILES)
    (tmp_path / MANIFEST).write_text(json.dumps({"format": 1, "files": dict.fromkeys(FILES, "")}))
    assert write_site(tmp_path, {"index.html": b"home"}).removed == (".nojekyll", "a/b/index.html", "a/c.txt")
    assert tree(tmp_path) == {"index.html": b"home"}


@pytest.mark.parametrize("by", [lambda lines: lines[::-1], lambda lines: [*lines, b'"odd":"line"']])
def test_a_manifest_that_someone_rearranged_is_understood(
    tmp_path: Path, by: Callable[[list[bytes]], list[bytes]]
) -> None:
    write_site(tmp_path, FILES)
    head, *lines, tail = (tmp_path / MANIFEST).read_bytes().replace(b",\n", b"\n").splitlines()[2:]
    text = b"\n".join([OUR_HEAD, head, b",\n".join(by(lines)), tail, b""])
    assert json.loads(text)
    (tmp_path / MANIFEST).write_bytes(text)
    now = {**FILES, "index.html": b"new!"}
    write_site(tmp_path, now)
    write_site(tmp_path / "another", now)
    assert (tmp_path / MANIFEST).read_bytes() == (tmp_path / "another" / MANIFEST).read_bytes()
    assert write_site(tmp_path, {"index.html": b"new!"}).removed == (".nojekyll", "a/b/index.html", "a/c.txt")


def test_only_changed_files_are_written(tmp_path: Path) -> None:
    write_site(tmp_path, FILES)
    before = {p: (tmp_path / p).stat().st_ino for p in FILES}
    written = write_site(tmp_path, {**FILES, "index.html": b"new!"})
    assert written.changed == ("index.html",) and len(written.unchanged) == 3
    after = {p: (tmp_path / p).stat().st_ino for p in FILES}
    assert {p for p in FILES if before[p] != after[p]} == {"index.html"}


def test_a_build_that_changes_nothing_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_site(tmp_path, FILES)
    monkeypatch.setattr(os, "replace", lambda *_: pytest.fail("wrote"))
    assert write_site(tmp_path, FILES).changed == ()


def test_a_file_someone_changed_is_put_right(tmp_path: Path) -> None:
    write_site(tmp_path, FILES)
    (tmp_path / "a/c.txt").write_bytes(b"x")
    assert write_site(tmp_path, FILES).changed == ("a/c.txt",)


def test_what_is_gone_is_pruned_with_its_empty_folders(tmp_path: Path) -> None:
    write_site(tmp_path, FILES)
    written = write_site(tmp_path, {"index.html": b"home", "a/c.txt": b"c"})
    assert written.removed == (".nojekyll", "a/b/index.html")
    assert not (tmp_path / "a/b").exists() and (tmp_path / "a/c.txt").exists()


def test_files_of_others_in_our_folder_stay(tmp_path: Path) -> None:
    write_site(tmp_path, FILES)
    (tmp_path / "CNAME").write_text("x")
    (tmp_path / "a/b/note.txt").write_text("x")
    write_site(tmp_path, {"index.html": b"home"})
    assert tree(tmp_path).keys() == {"CNAME", "a/b/note.txt", "index.html"}


@pytest.mark.parametrize("found", ["thesis.docx", ".hidden", "index.html"])
def test_a_folder_of_someone_else_is_refused_untouched(tmp_path: Path, found: str) -> None:
    (tmp_path / found).write_text("mine")
    with pytest.raises(McredError) as refused:
        write_site(tmp_path, FILES)
    assert "did not make" in refused.value.what and refused.value.hint
    assert tree(tmp_path) == {found: b"mine"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(McredError, match="not a folder"):
        write_site(tmp_path / "out", FILES)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', "null", "\x00"])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(McredError, match="cannot be read"):
        write_site(tmp_path, FILES)


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a/../x", "a//x", "", "a/", "./x", "C:x", "a\\x", "a b", "Ü", "A", "x.", MANIFEST, "a/\n"],
)
def test_a_path_that_could_lead_out_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(McredError):
        write_site(tmp_path / "out", {path: b"x"})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", ["../victim", "a/../../victim", "/victim"])
def test_a_forged_manifest_removes_nothing_outside(tmp_path: Path, path: str) -> None:
    out, victim = tmp_path / "out", tmp_path / "victim"
    write_site(out, FILES)
    victim.write_text("mine")
    named = str(victim) if path.startswith("/") else path
    (out / MANIFEST).write_text(json.dumps({"files": {named: "0"}}))
    assert write_site(out, FILES).removed == ()
    assert victim.read_text() == "mine"


def test_a_linked_folder_in_the_way_is_refused_not_followed(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    write_site(out, {"index.html": b"home"})
    other.mkdir()
    (out / "a").symlink_to(other)
    with pytest.raises(McredError, match="in the way"):
        write_site(out, FILES)
    assert list(other.iterdir()) == []


def test_a_linked_file_in_the_way_is_refused_not_followed(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    write_site(out, {"index.html": b"home"})
    other.write_text("mine")
    (out / ".nojekyll").symlink_to(other)
    with pytest.raises(McredError, match="in the way"):
        write_site(out, FILES)
    assert other.read_text() == "mine"


def test_pruning_does_not_follow_links(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    write_site(out, FILES)
    (out / "a/b").rename(other)
    (out / "a/b").symlink_to(other)
    assert "a/b/index.html" not in write_site(out, {"index.html": b"home"}).removed
    assert (other / "index.html").read_bytes() == b"deep"


def test_a_manifest_that_is_a_link_does_not_make_a_folder_ours(tmp_path: Path) -> None:
    write_site(tmp_path / "ours", FILES)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / MANIFEST).symlink_to(tmp_path / "ours" / MANIFEST)
    with pytest.raises(McredError, match="did not make"):
        write_site(theirs, FILES)


class Killed(BaseException):
    """The process is gone."""


def kill_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many files and whole folders be put in place, then die in the middle of the next."""
    done = [0]

    def dying(move: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def moved(source: Any, target: Any) -> None:
            if done[0] == steps:
                raise Killed
            done[0] += 1
            move(source, target)

        return moved

    monkeypatch.setattr(os, "replace", dying(os.replace))
    monkeypatch.setattr(os, "rename", dying(os.rename))


@pytest.mark.parametrize("steps", range(6))
def test_a_killed_first_build_is_finished_by_the_same_call(
    tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        kill_after(steps, dying)
        with pytest.raises(Killed):
            write_site(tmp_path, FILES)
    write_site(tmp_path, FILES)
    assert tree(tmp_path) == FILES
    assert write_site(tmp_path, FILES).changed == ()


@pytest.mark.parametrize("steps", range(6))
def test_a_build_after_a_killed_one_knows_what_it_left(
    tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(tmp_path, {"old.html": b"old"})
    with monkeypatch.context() as dying:
        kill_after(steps, dying)
        with pytest.raises(Killed):
            write_site(tmp_path, FILES)
    write_site(tmp_path, {"index.html": b"home"})
    assert tree(tmp_path) == {"index.html": b"home"}


def test_a_build_killed_with_the_manifest_written_leaves_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as context:
        context.setattr(Path, "unlink", dying)
        with pytest.raises(Killed):
            write_site(tmp_path, FILES)
    written = (tmp_path / MANIFEST).read_bytes()
    open_output(tmp_path).finish({}, set())
    assert (tmp_path / MANIFEST).read_bytes() == written
    assert not (tmp_path / COMING).exists() and tree(tmp_path) == FILES


def test_new_folders_come_whole_and_fill_up_what_is_there(tmp_path: Path) -> None:
    first = {"badges/ana/one/index.html": b"1", "badges/ana/card.html": b"c", "badges/ben/index.html": b"b"}
    assert set(write_site(tmp_path, first).changed) == set(first)
    (tmp_path / "badges" / "cy").mkdir()
    (tmp_path / "badges" / "cy" / "theirs.txt").write_bytes(b"someone else's")
    second = {**first, "badges/ana/two/index.html": b"2", "badges/cy/index.html": b"cy"}
    assert set(write_site(tmp_path, second).changed) == set(second) - set(first)
    assert tree(tmp_path) == {**second, "badges/cy/theirs.txt": b"someone else's"}


def test_several_asides_with_one_folder_become_one(tmp_path: Path) -> None:
    output = open_output(tmp_path)
    one, two = output.aside("one"), output.aside("two")
    marks = {
        "credentials/talk/badge.png": one.put("credentials/talk/badge.png", b"picture"),
        "credentials/talk/index.html": two.put("credentials/talk/index.html", b"page"),
    }
    assert two.put("credentials/talk/badge.png", b"picture").aside
    output.finish(marks, set())
    assert tree(tmp_path) == {
        "credentials/talk/badge.png": b"picture",
        "credentials/talk/index.html": b"page",
    }
    assert [mark.written for mark in marks.values()] == [(tmp_path / p).stat().st_mtime_ns for p in marks]


def test_files_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_site(tmp_path, FILES)
    finally:
        os.umask(before)
    assert (tmp_path / "index.html").stat().st_mode & 0o777 == 0o644
