"""A folder that came from someone else: its configuration may name programs, and none of them is started."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from shlex import quote

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store.config import read_config
from mcred.store.diffs import list_changes
from mcred.store.git import Repo, attempt, list_refs, open_repo, resolve, run, start_editor
from mcred.store.log import merge_base, read_commit, walk_log
from mcred.store.outcome import GitFailed
from mcred.store.remote import fetch, push, remote_heads
from mcred.store.worktree import changed_files, lay_out, snapshot_folder

Save = Callable[..., CommitId]
Raw = Callable[..., str]

MINE = "refs/heads/submission/ana/wait-time"
TRAPS = [
    "alias.push",
    "alias.rev-list",
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.pager",
    "core.sshCommand",
    "diff.evil.command",
    "diff.evil.textconv",
    "diff.external",
    "filter.evil.clean",
    "filter.evil.process",
    "filter.evil.smudge",
    "gpg.program",
    "gpg.ssh.program",
    "merge.evil.driver",
    "remote.origin.receivepack",
    "remote.origin.uploadpack",
    "uploadpack.packObjectsHook",
]
"""Places where git's configuration names a program."""


def a_trap(place: Path) -> tuple[Path, Path]:
    """A program that leaves a trace, and the trace."""
    program, trace = place / "trap", place / "ran"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    program.chmod(0o755)
    return program, trace


def everything(repo: Repo, start: CommitId, save: Save) -> None:
    """Each thing a verb may ask of git, once."""
    assert repo.work_tree is not None
    lay_out(repo, read_commit(repo, start).tree, start)
    (repo.work_tree / "portfolios" / "ana" / "x.md").write_text("mine\n")
    assert list(changed_files(repo, "")) == ["portfolios/ana/x.md"]
    blobs = snapshot_folder(repo, "portfolios/ana")
    assert "portfolios/ana/x.md" in blobs
    mine = save(repo, {"portfolios/ana/x.md": "mine\n"}, start)
    assert [c.path for c in list_changes(repo, start, mine)] == ["portfolios/ana/x.md"]
    assert (merge_base(repo, start, mine), len(walk_log(repo, [mine]))) == (start, 2)
    assert fetch(repo) == () and list_refs(repo)
    assert push(repo, {MINE: mine}).sent == (MINE,)
    assert remote_heads(repo, [MINE]) == {MINE: mine}
    assert lay_out(repo, read_commit(repo, mine).tree, mine).kept == ()


@pytest.mark.parametrize("name", TRAPS)
def test_no_program_that_a_copied_folder_names_is_started(
    ana: Repo, start: CommitId, save: Save, raw_git: Raw, tmp_path: Path, name: str
) -> None:
    program, trace = a_trap(tmp_path)
    (ana.git_dir / "info").mkdir(exist_ok=True)
    (ana.git_dir / "info" / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    raw_git(ana, "config", name, str(program))
    everything(ana, start, save)
    assert not trace.exists()


def test_the_traps_would_catch_a_git_that_believes_the_folder(
    ana: Repo, start: CommitId, raw_git: Raw, tmp_path: Path
) -> None:
    program, trace = a_trap(tmp_path)
    raw_git(ana, "config", "remote.origin.uploadpack", str(program))
    raw_git(ana, "fetch", "origin", check=False)
    assert trace.exists()


def test_hooks_that_came_with_a_folder_are_not_run(
    ana: Repo, start: CommitId, save: Save, tmp_path: Path
) -> None:
    program, trace = a_trap(tmp_path)
    (ana.git_dir / "hooks").mkdir()
    for name in ("reference-transaction", "pre-push", "post-checkout", "post-index-change", "pre-commit"):
        os.link(program, ana.git_dir / "hooks" / name)
    everything(ana, start, save)
    assert not trace.exists()


@pytest.mark.parametrize(
    "url", ["ext::sh -c 'touch ran'", "git://127.0.0.1/x", "http://127.0.0.1/x", "evil::x"]
)
def test_an_address_that_only_a_copied_folder_can_have_is_not_spoken_to(
    ana: Repo, start: CommitId, raw_git: Raw, url: str
) -> None:
    raw_git(ana, "config", "remote.origin.url", url)
    raw_git(ana, "config", "protocol.allow", "always")
    raw_git(ana, "config", "protocol.ext.allow", "always")
    for call in (fetch, remote_heads):
        with pytest.raises(McredError) as refused:
            call(ana)
        assert refused.value.hint
    assert ana.work_tree is not None and not (ana.work_tree / "ran").exists()


def test_a_value_put_there_by_including_another_file_is_not_read(
    ana: Repo, raw_git: Raw, tmp_path: Path
) -> None:
    (tmp_path / "more").write_text("[mcred]\n\tperson = ben\n")
    raw_git(ana, "config", "include.path", str(tmp_path / "more"))
    assert read_config(ana, "mcred.person") is None


# --- folders that are not what they were


def test_a_folder_that_went_away_is_said_plainly(ana: Repo, work: Path) -> None:
    (work / "ana").rename(work / "elsewhere")
    with pytest.raises(McredError, match="no longer exists") as refused:
        list_refs(ana)
    assert "mcred join" in str(refused.value.hint)


def test_what_is_no_repository_any_more_is_not_an_empty_one(ana: Repo, start: CommitId) -> None:
    (ana.git_dir / "HEAD").unlink()
    for ask in (lambda: resolve(ana, "refs/heads/main"), lambda: list_refs(ana)):
        with pytest.raises(GitFailed, match="not a git repository"):
            ask()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused_with_the_way_to_trust_it(ana: Repo) -> None:
    assert ana.work_tree is not None
    for path in (ana.work_tree, ana.git_dir):
        os.chown(path, 12345, -1)
    with pytest.raises(McredError, match="another user") as refused:
        open_repo(ana.work_tree)
    assert str(refused.value.hint).endswith(f"safe.directory {quote(str(ana.work_tree))}")


@pytest.mark.parametrize(
    "under", ["refs/tags/", "refs/", "heads/", "", "refs/heads/../", "--all", "refs/heads/*"]
)
def test_only_branches_are_ever_listed(ana: Repo, under: str) -> None:
    with pytest.raises(ValueError, match="not a prefix"):
        list_refs(ana, under)


def test_a_private_folder_stays_private_when_it_is_there_already(ana: Repo) -> None:
    before = ana.state_dir
    (before / "mine").write_text("x")
    assert ana.state_dir == before and (before / "mine").read_text() == "x"
    assert stat.S_IMODE(before.stat().st_mode) & 0o077 == 0


# --- what is started, and how it ends


def test_a_watched_process_that_reads_nothing_still_answers(ana: Repo) -> None:
    heard: list[str] = []
    stuff = b"x" * 4_000_000
    done = attempt(ana, "-c", "alias.deaf=!echo no >&2; exit 3", "deaf", stdin=stuff, on_stderr=heard.append)
    assert (done.code, heard, done.err.strip()) == (3, ["no"], "no")


def test_the_last_words_count_even_without_an_end_of_line(ana: Repo) -> None:
    done = attempt(ana, "-c", "alias.cut=!printf 'one\\ntwo' >&2", "cut", on_stderr=lambda line: None)
    assert done.err.splitlines() == ["one", "two"]


def test_the_reason_of_a_failure_is_its_last_line_without_secrets(ana: Repo) -> None:
    say = "alias.say=!printf 'first\\nfatal: https://ana:geheim@example.org said no\\n\\n' >&2; exit 9"
    with pytest.raises(GitFailed) as failed:
        run(ana, "-c", say, "say")
    assert failed.value.status == 9
    assert failed.value.what.endswith("fatal: https://…@example.org said no")
    assert "geheim" not in f"{failed.value.what}{failed.value.stderr}{failed.value.command}"


def test_an_editor_is_given_the_file_as_one_word_and_its_end_is_told(work: Path) -> None:
    path = work / "my $(touch x) 'file'; rm *.md"
    assert start_editor(["cp", "/dev/null"], path) and path.read_bytes() == b""
    assert [p.name for p in work.iterdir()] == [path.name]
    assert not start_editor(["false"], path)
    assert not start_editor(["no-such-editor-anywhere"], path)
    assert start_editor(["test", "!", "-d"], path), "words of its own are kept apart"
