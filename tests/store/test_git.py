"""The gateway: discovery, the environment it builds, ref names, configuration."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import Exit, McredError
from mcred.store import config
from mcred.store.config import read_config, remote_url, set_remote, write_config
from mcred.store.git import Repo, attempt, create_repo, is_ref, list_refs, open_repo, resolve, run
from mcred.store.outcome import GitFailed

Save = Callable[..., CommitId]
Raw = Callable[..., str]


def test_open_looks_upward(ana: Repo) -> None:
    assert ana.work_tree is not None
    deep = ana.work_tree / "portfolios" / "ana"
    deep.mkdir(parents=True)
    assert open_repo(deep) == ana
    assert open_repo(ana.work_tree) == ana


def test_open_bare_has_no_work_tree(bare: Repo) -> None:
    assert open_repo(bare.git_dir) == bare
    assert bare.work_tree is None


def test_open_linked_work_tree_shares_refs_but_not_what_is_laid(ana: Repo, work: Path, raw_git: Raw) -> None:
    raw_git(ana, "worktree", "add", "--detach", str(work / "second"))
    linked = open_repo(work / "second")
    assert linked.git_dir != ana.git_dir
    assert linked.common_dir == ana.git_dir == ana.common_dir
    assert linked.state_dir == ana.state_dir
    assert linked.own_state_dir != ana.own_state_dir
    assert resolve(linked, "refs/heads/main") == resolve(ana, "refs/heads/main")


def test_open_outside_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(McredError) as refused:
        open_repo(tmp_path)
    assert "program's folder" in refused.value.what
    assert "mcred join URL" in str(refused.value.hint) and "mcred init DIR" in str(refused.value.hint)
    with pytest.raises(McredError):
        open_repo(tmp_path / "nowhere")


def test_state_folder_is_private(ana: Repo) -> None:
    assert stat.S_IMODE(ana.state_dir.stat().st_mode) == 0o700


def test_create_bare_refuses_to_lose_anything(bare: Repo, raw_git: Raw) -> None:
    assert read_config(bare, "receive.denyNonFastForwards") == "true"
    assert read_config(bare, "core.hooksPath") is None
    assert raw_git(bare, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_create_takes_no_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t" / "hooks").mkdir(parents=True)
    (tmp_path / "t" / "hooks" / "post-commit").write_text("#!/bin/sh\n")
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "t"))
    repo = create_repo(tmp_path / "new", bare=False)
    assert not (repo.git_dir / "hooks").exists()


def test_inherited_git_variables_change_nothing(
    ana: Repo, start: CommitId, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_repo(tmp_path / "other", bare=False)
    monkeypatch.setenv("GIT_DIR", str(other.git_dir))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=true'")
    assert ana.work_tree is not None
    assert open_repo(ana.work_tree) == ana
    assert resolve(ana, "refs/heads/main") == start


def test_environment_of_the_child(ana: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_SSH_COMMAND", "evil")
    monkeypatch.setenv("GIT_QUARANTINE_PATH", "/q")
    monkeypatch.setenv("LANGUAGE", "de")
    shown = run(ana, "-c", "alias.show-env=!env", "show-env").decode()
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    assert values["LC_ALL"] == "C.UTF-8" and values["LANGUAGE"] == ""
    assert values["GIT_TERMINAL_PROMPT"] == "0" and values["GIT_ASKPASS"] == ""
    assert values["GIT_NO_REPLACE_OBJECTS"] == "1" and values["GIT_LITERAL_PATHSPECS"] == "1"
    assert values["GIT_ALLOW_PROTOCOL"] == "", "nothing that is missing is fetched unasked"
    assert values["GIT_SHALLOW_FILE"] == values["GIT_GRAFT_FILE"] == ""
    assert values["GIT_QUARANTINE_PATH"] == "/q"
    assert "GIT_TRACE" not in values and "GIT_SSH_COMMAND" not in values
    assert "core.hooksPath" in values["GIT_CONFIG_PARAMETERS"]


def test_replaced_objects_are_not_believed(ana: Repo, start: CommitId, save: Save, raw_git: Raw) -> None:
    forged = save(ana, {"mcred.yaml": "forged\n"})
    raw_git(ana, "replace", start, forged)
    assert run(ana, "cat-file", "blob", f"{start}:mcred.yaml") == b"format: 1\n"


def test_ssh_never_waits_unseen_and_ignores_the_folders_own_program(
    ana: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(ana, "core.sshCommand", "touch evil")
    monkeypatch.chdir(ana.git_dir.parent)
    assert config.ssh_command(interactive=False).startswith("ssh -oBatchMode=yes")
    assert config.ssh_command(interactive=True) == "ssh"
    own = tmp_path / "gitconfig"
    own.write_text("[core]\n\tsshCommand = ssh -i /k\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert config.ssh_command(interactive=False).startswith("ssh -i /k -oBatchMode=yes")


def test_unexpected_exit_code_is_an_error_without_secrets(ana: Repo) -> None:
    with pytest.raises(GitFailed) as failed:
        run(ana, "cat-file", "blob", "https://ana:geheim@example.org/")
    assert failed.value.status == 128 and failed.value.code is Exit.BUG
    assert "geheim" not in f"{failed.value} {failed.value.command} {failed.value.stderr}"
    assert run(ana, "config", "--get", "no.such", ok=(0, 1)) == b""


def test_without_git_the_message_says_where_to_get_it(
    ana: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(McredError) as refused:
        run(ana, "status")
    assert "git-scm.com" in str(refused.value.hint)


def test_nothing_to_read_is_the_end_not_a_wait(ana: Repo) -> None:
    assert run(ana, "hash-object", "--stdin").strip() == b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_watched_process_with_much_on_both_pipes(ana: Repo) -> None:
    script = (
        "import sys\nfor n in range(20000): print('o'*50); print('e%d\\r' % n, file=sys.stderr, end='')\n"
    )
    heard: list[str] = []
    done = attempt(ana, "-c", f'alias.noise=!{sys.executable} -c "{script}"', "noise", on_stderr=heard.append)
    assert done.code == 0 and len(done.out) == 20000 * 51
    assert heard == [f"e{n}" for n in range(20000)]


@pytest.mark.parametrize("watched", [True, False])
def test_stopped_from_the_keyboard_leaves_no_process(ana: Repo, tmp_path: Path, watched: bool) -> None:
    def stop(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    born = tmp_path / "pid"
    napping = f"alias.nap=!echo $PPID > '{born}'; exec sleep 1.5"
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            attempt(ana, "-c", napping, "nap", on_stderr=(lambda line: None) if watched else None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(born.read_text()), 0)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("refs/heads/main", True),
        ("refs/heads/review/ana/wait-time/1/ben", True),
        ("refs/remotes/origin/main", True),
        ("main", False),
        ("HEAD", False),
        ("refs/heads/", False),
        ("refs/heads/a//b", False),
        ("refs/heads/-a", False),
        ("refs/heads/a.lock", False),
        ("refs/heads/Main", False),
        ("refs/heads/a/../b", False),
        ("refs/heads/a\n", False),
        ("refs/heads/a:b", False),
        ("refs/remotes/evil/main", False),
        ("refs/heads/é", False),
        ("--all", False),
    ],
)
def test_ref_names(name: str, good: bool) -> None:
    assert is_ref(name) is good


def test_resolve(ana: Repo, start: CommitId) -> None:
    assert resolve(ana, "refs/heads/main") == start
    assert resolve(ana, start) == start
    assert resolve(ana, "refs/heads/nothing") is None
    assert resolve(ana, "0" * 39 + "1") is None
    tree = run(ana, "rev-parse", f"{start}^{{tree}}").decode().strip()
    assert resolve(ana, tree) is None
    for bad in ("main", "HEAD", start[:10], "--all", "refs/heads/main^"):
        with pytest.raises(ValueError):
            resolve(ana, bad)


def test_list_refs_leaves_out_names_that_are_not_ours(ana: Repo, start: CommitId, raw_git: Raw) -> None:
    for name in ("submission/ana/x", "Feature_1", "submission/ben/y"):
        raw_git(ana, "update-ref", f"refs/heads/{name}", start)
    assert list(list_refs(ana, "refs/heads/submission/")) == [
        "refs/heads/submission/ana/x",
        "refs/heads/submission/ben/y",
    ]
    assert "refs/heads/Feature_1" not in list_refs(ana)


def test_config_stays_in_this_folder(ana: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "gitconfig"
    own.write_text("[user]\n\tname = Global\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert read_config(ana, "user.name") is None
    write_config(ana, "user.name", "-Zoë \" 'x' ; #")
    assert read_config(ana, "user.name") == "-Zoë \" 'x' ; #"
    assert "Global" in own.read_text()


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\x1b[31m", "a\x85b"])
def test_config_refuses_line_breaks(ana: Repo, value: str) -> None:
    with pytest.raises(McredError):
        write_config(ana, "mcred.person", value)


@pytest.mark.parametrize("odd", ["name", "--global", "a.b\nc", "a..b", "include.path=x"])
def test_config_refuses_odd_keys(ana: Repo, odd: str) -> None:
    with pytest.raises(ValueError):
        write_config(ana, odd, "x")


def test_remote_is_remembered_and_never_forced(ana: Repo) -> None:
    set_remote(ana, "https://example.org/p")
    assert remote_url(ana) == "https://example.org/p"
    assert read_config(ana, "remote.origin.fetch") == "refs/heads/*:refs/remotes/origin/*"
    with pytest.raises(McredError):
        set_remote(ana, "https://a:b@example.org/p")
    assert remote_url(ana) == "https://example.org/p"


def test_no_remote_yet(tmp_path: Path) -> None:
    assert remote_url(create_repo(tmp_path / "new", bare=False)) is None
