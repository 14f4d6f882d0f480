"""The shared copy: what arrived is what the remote says, and nothing is ever forced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import Exit, McredError
from mcred.store.config import read_config, remote_url, set_remote
from mcred.store.git import Repo, attempt, create_repo, list_refs, resolve
from mcred.store.remote import clone, fetch, push, remote_heads
from mcred.store.snapshot import list_tree
from mcred.store.write import move_refs

Save = Callable[..., CommitId]
Raw = Callable[..., str]

MAIN = "refs/heads/main"
MINE = "refs/heads/submission/ana/wait-time"
SEEN = "refs/remotes/origin/submission/ana/wait-time"


def hook(bare: Repo, name: str, script: str) -> None:
    """A hook on the shared copy."""
    path = bare.git_dir / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# --- join


def test_clone_has_the_history_and_lays_nothing_out(bare: Repo, start: CommitId, work: Path) -> None:
    ana = clone(str(bare.git_dir), work / "new")
    assert ana.work_tree and [path.name for path in ana.work_tree.iterdir()] == [".git"]
    assert resolve(ana, MAIN) == start == resolve(ana, "refs/remotes/origin/main")
    assert "mcred.yaml" in list_tree(ana, start)
    assert not (ana.git_dir / "hooks").exists()
    assert sorted(ana.work_tree.parent.iterdir()) == [ana.work_tree, ana.work_tree.parent / "shared.git"]


def test_clone_into_an_empty_folder_but_not_a_full_one(bare: Repo, start: CommitId, work: Path) -> None:
    (work / "empty").mkdir()
    assert clone(str(bare.git_dir), work / "empty").work_tree == work / "empty"
    (work / "full").mkdir()
    (work / "full" / "mine").write_text("x")
    for taken in ("full", "full/mine"):
        with pytest.raises(McredError):
            clone(str(bare.git_dir), work / taken)
    assert (work / "full" / "mine").read_text() == "x"


def test_clone_remembers_the_address_in_full(bare: Repo, start: CommitId, work: Path) -> None:
    joined = clone("shared.git", work / "a" / "b" / "c", base=work)
    assert remote_url(joined) == str(work / "shared.git")
    assert read_config(joined, "remote.origin.fetch") == "refs/heads/*:refs/remotes/origin/*"


def test_clone_of_nothing_leaves_nothing(bare: Repo, work: Path) -> None:
    before = sorted(work.iterdir())
    with pytest.raises(McredError, match="nothing at"):
        clone(str(bare.git_dir), work / "new")
    with pytest.raises(McredError, match="no program at"):
        clone(str(work / "nowhere.git"), work / "new")
    with pytest.raises(McredError, match="password"):
        clone("https://a:b@example.org/x", work / "new")
    assert sorted(work.iterdir()) == before


def test_clone_runs_no_template_and_no_hook(
    bare: Repo, start: CommitId, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t" / "hooks").mkdir(parents=True)
    trap = tmp_path / "t" / "hooks" / "reference-transaction"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    trap.chmod(0o755)
    own = tmp_path / "gitconfig"
    own.write_text(f"[init]\n\ttemplateDir = {tmp_path}/t\n[core]\n\thooksPath = {tmp_path}/t/hooks\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    clone(str(bare.git_dir), work / "new")
    assert not (tmp_path / "ran").exists()


def test_a_killed_clone_leaves_nothing_and_the_next_one_works(
    bare: Repo, start: CommitId, work: Path
) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; import mcred.store.remote as r\n"
        "r.move_refs = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "r.clone(sys.argv[1], Path(sys.argv[2]))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(bare.git_dir), str(work / "new")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (work / "new").exists()
    (work / ".new.joining" / "left over").write_text("x")
    assert resolve(clone(str(bare.git_dir), work / "new"), MAIN) == start
    assert not (work / ".new.joining").exists() and not (work / "new" / "left over").exists()


def test_an_interrupted_clone_clears_up_itself(
    bare: Repo, start: CommitId, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = sorted(work.iterdir())
    monkeypatch.setattr("mcred.store.remote.move_refs", interrupt)
    with pytest.raises(KeyboardInterrupt):
        clone(str(bare.git_dir), work / "new")
    assert sorted(work.iterdir()) == before


# --- fetch


def test_fetch_takes_over_what_grew(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    grown = save(bare, {"a": "1"}, start, ref=MAIN, old=start)
    other = save(bare, {"b": "1"}, start, ref="refs/heads/submission/ben/x")
    assert fetch(ana) == ()
    assert list_refs(ana, "refs/remotes/origin/") == {
        "refs/remotes/origin/main": grown,
        "refs/remotes/origin/submission/ben/x": other,
    }
    assert resolve(ana, MAIN) == start, "fetching does not move one's own main"
    assert fetch(ana) == ()


def test_fetch_takes_what_is_asked_for(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    for ref in ("work/ana/x", "work/ben/x", "submission/ben/x"):
        save(bare, {"b": ref}, start, ref=f"refs/heads/{ref}")
    assert fetch(ana, refs=("refs/heads/main*", "refs/heads/submission/*", "refs/heads/work/ana/*")) == ()
    names = {name.removeprefix("refs/remotes/origin/") for name in list_refs(ana, "refs/remotes/origin/")}
    assert names == {"main", "submission/ben/x", "work/ana/x"}
    assert resolve(ana, remote_heads(ana)["refs/heads/work/ben/x"]) is None, "nor its objects"


def test_what_was_fetched_is_listed_for_git(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    folder = ana.common_dir / "objects" / "info" / "commit-graphs"
    grown = save(bare, {"a": "1"}, start, ref=MAIN, old=start)
    fetch(ana)
    assert not folder.exists(), "for a few refs the way back is short"

    def save_eight(name: str) -> None:
        for n in range(8):
            save(bare, {"b": name}, start, ref=f"refs/heads/submission/ben/{name}-{n}")

    save_eight("x")
    fetch(ana)
    assert attempt(ana, "commit-graph", "verify").code == 0
    before = {place.name for place in folder.iterdir()}
    fetch(ana)
    assert {place.name for place in folder.iterdir()} == before, "nothing new, nothing written"
    save_eight("y")
    again = save(bare, {"a": "2"}, grown, ref=MAIN, old=grown)
    (folder / "commit-graph-chain.lock").touch()
    assert fetch(ana) == (), "what an interrupted command left there is in nobody's way"
    assert resolve(ana, "refs/remotes/origin/main") == again


def test_very_many_refs_are_kept_in_one_file(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    packed = ana.common_dir / "packed-refs"
    save(bare, {"b": "0"}, start, ref="refs/heads/submission/ben/x")
    fetch(ana)
    assert not packed.exists(), "a few are written as they come"
    for n in range(100):
        save(bare, {"b": "1"}, start, ref=f"refs/heads/submission/ben/x-{n}")
    fetch(ana)
    assert packed.read_text("utf-8").count(" refs/remotes/origin/submission/ben/") == 101
    assert len(list_refs(ana, "refs/remotes/origin/submission/")) == 101


def test_fetch_refuses_rewritten_history_and_names_it(
    ana: Repo, bare: Repo, start: CommitId, save: Save, raw_git: Raw
) -> None:
    save(bare, {"a": "1"}, start, ref=MAIN, old=start)
    fetch(ana)
    before = resolve(ana, "refs/remotes/origin/main")
    fine = save(bare, {"b": "1"}, start, ref="refs/heads/x")
    for forged in (save(bare, {"forged": "1"}), start):
        raw_git(bare, "update-ref", MAIN, forged)
        assert fetch(ana) == (MAIN,)
        assert resolve(ana, "refs/remotes/origin/main") == before
        assert resolve(ana, "refs/remotes/origin/x") == fine, "the others still come"


def test_what_of_mine_the_remote_lost_counts_as_not_sent(
    ana: Repo, bare: Repo, start: CommitId, save: Save, raw_git: Raw
) -> None:
    made, others = save(ana, {"a": "1"}, start, ref=MINE), save(ana, {"b": "1"}, start)
    assert len(push(ana, {MINE: made, "refs/heads/submission/ben/wait-time": others}).sent) == 2
    fetch(ana)
    for name in ("ana", "ben"):
        raw_git(bare, "update-ref", "-d", f"refs/heads/submission/{name}/wait-time")
    fetch(ana, refs=[f"{MAIN}*"])
    assert resolve(ana, SEEN) == made, "it was not asked for"
    fetch(ana)
    assert resolve(ana, SEEN) is None and resolve(ana, MINE) == made
    assert resolve(ana, SEEN.replace("ana", "ben")) == others, "nothing else has it here"


def test_a_remote_without_its_main_is_not_up_to_date(
    ana: Repo, bare: Repo, start: CommitId, raw_git: Raw
) -> None:
    fetch(ana)
    raw_git(bare, "update-ref", "-d", MAIN)
    for _ in range(2):
        with pytest.raises(McredError, match="any more: it was emptied") as gone:
            fetch(ana)
        assert gone.value.code is Exit.UNREACHABLE
    fetch(ana, refs=["refs/heads/work/*"])
    raw_git(bare, "update-ref", MAIN, start)
    assert fetch(ana) == () and resolve(ana, "refs/remotes/origin/main") == start


def test_a_folder_with_a_space_is_joined_by_its_url(bare: Repo, start: CommitId, work: Path) -> None:
    bare.git_dir.rename(work / "our team.git")
    url = f"file://{work}/our%20team.git"
    assert resolve(clone(url, work / "new"), MAIN) == start
    with pytest.raises(McredError, match=r"no program at [^,]*$"):
        clone(url.replace("team", "other"), work / "other")


def test_fetch_survives_a_folder_where_a_ref_was(
    ana: Repo, bare: Repo, start: CommitId, raw_git: Raw
) -> None:
    for old, new in (("x", "x/y/z"), ("x/y/z", "x/y"), ("x/y", "x")):
        raw_git(bare, "update-ref", f"refs/heads/{old}", start)
        fetch(ana)
        assert resolve(ana, f"refs/remotes/origin/{old}") == start
        raw_git(bare, "update-ref", "-d", f"refs/heads/{old}")
        raw_git(bare, "update-ref", f"refs/heads/{new}", start)
        assert fetch(ana) == ()
        assert resolve(ana, f"refs/remotes/origin/{new}") == start
        raw_git(bare, "update-ref", "-d", f"refs/heads/{new}")


def test_fetch_ignores_odd_names_and_tags(
    ana: Repo, bare: Repo, start: CommitId, save: Save, raw_git: Raw
) -> None:
    raw_git(bare, "update-ref", "refs/heads/Feature_1", start)
    raw_git(bare, "tag", "v1", start)
    fetch(ana)
    assert list(list_refs(ana, "refs/remotes/origin/")) == ["refs/remotes/origin/main"]
    assert raw_git(ana, "tag") == ""


def test_many_fetches_at_once(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    grown = save(bare, {"a": "1"}, start, ref=MAIN, old=start)
    for n in range(10):
        save(bare, {str(n): "1"}, start, ref=f"refs/heads/x/n{n}")
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: fetch(ana), range(4))) == [()] * 4
    assert resolve(ana, "refs/remotes/origin/main") == grown
    assert len(list_refs(ana, "refs/remotes/origin/")) == 11


def test_without_a_remote_the_message_says_what_to_do(tmp_path: Path) -> None:
    alone = create_repo(tmp_path / "alone", bare=False)
    with pytest.raises(McredError) as refused:
        fetch(alone)
    assert "mcred join" in str(refused.value.hint)


def test_remote_folder_that_went_away(ana: Repo, bare: Repo) -> None:
    bare.git_dir.rename(bare.git_dir.with_name("moved"))
    for call in (
        lambda: fetch(ana),
        lambda: remote_heads(ana),
        lambda: push(ana, {MINE: CommitId("1" * 40)}),
    ):
        with pytest.raises(McredError, match="no program at") as refused:
            call()
        assert refused.value.code is Exit.UNREACHABLE


# --- push


def test_push_sends_exactly_that_and_remembers_it(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    made, other = save(ana, {"a": "1"}, start), save(ana, {"b": "1"}, start, ref="refs/heads/draft")
    result = push(ana, {MINE: made})
    assert result.sent == (MINE,) and result.refused == {}
    assert list_refs(bare) == {MAIN: start, MINE: made}
    assert resolve(ana, SEEN) == made
    assert resolve(bare, other) is None
    assert push(ana, {MINE: made}).sent == (MINE,), "again is the same"


def test_push_never_forces(ana: Repo, bare: Repo, start: CommitId, save: Save, raw_git: Raw) -> None:
    raw_git(bare, "config", "receive.denyNonFastForwards", "false")
    theirs = save(bare, {"t": "1"}, start, ref=MINE)
    mine = save(ana, {"m": "1"}, start)
    result = push(ana, {MINE: mine})
    assert result.sent == () and result.refused == {MINE: "someone else changed it first"}
    fetch(ana)
    assert push(ana, {MINE: mine}).sent == ()
    assert resolve(bare, MINE) == theirs


def test_push_of_several_says_which_arrived(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    save(bare, {"t": "1"}, start, ref=MINE)
    mine = save(ana, {"m": "1"}, start)
    result = push(ana, {MINE: mine, "refs/heads/b": mine})
    assert result.sent == ("refs/heads/b",) and list(result.refused) == [MINE]


def test_push_expects_what_it_started_from(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    one = save(ana, {"m": "1"}, start)
    two = save(ana, {"m": "2"}, one)
    assert push(ana, {MINE: one}, {MINE: None}).sent == (MINE,)
    refused = push(ana, {MINE: two}, {MINE: None})
    assert refused.sent == () and list(refused.refused) == [MINE]
    assert resolve(bare, MINE) == one
    assert push(ana, {MINE: two}, {MINE: one}).sent == (MINE,)
    assert push(ana, {MINE: two}, {MINE: one}).sent == (MINE,), "typed again after it had worked"


def test_push_refused_by_a_hook(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    hook(bare, "update", f'test "$1" != {MINE}')
    made = save(ana, {"a": "1"}, start)
    result = push(ana, {MINE: made, "refs/heads/b": made})
    assert result.sent == ("refs/heads/b",)
    assert result.refused == {MINE: "the program's own check rejected it"}
    assert resolve(ana, SEEN) is None and resolve(bare, MINE) is None


def test_a_hook_on_the_server_sees_what_was_sent(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    """The guard runs this very code inside git's quarantine."""
    script = (
        "import sys; from pathlib import Path; from mcred.store.git import open_repo\n"
        "from mcred.store.log import walk_log\n"
        "new = sys.stdin.read().split()[1]\n"
        "sys.exit(0 if walk_log(open_repo(Path.cwd()), [new])[-1].signer else 1)\n"
    )
    (bare.git_dir / "guard.py").write_text(script)
    hook(bare, "pre-receive", f"PYTHONPATH='{Path.cwd()}' exec '{sys.executable}' guard.py")
    assert push(ana, {MINE: save(ana, {"a": "1"}, start)}).sent == (MINE,)


def test_cut_after_the_remote_took_it_still_counts(
    ana: Repo, bare: Repo, start: CommitId, save: Save
) -> None:
    hook(bare, "post-receive", "kill -9 $PPID")
    made = save(ana, {"a": "1"}, start)
    assert push(ana, {MINE: made}).sent == (MINE,)
    assert resolve(bare, MINE) == made == resolve(ana, SEEN)


def test_cut_before_the_remote_took_it_does_not_count(
    ana: Repo, bare: Repo, start: CommitId, save: Save
) -> None:
    hook(bare, "pre-receive", "kill -9 $PPID")
    with pytest.raises(McredError) as refused:
        push(ana, {MINE: save(ana, {"a": "1"}, start)})
    assert refused.value.code is Exit.UNREACHABLE
    assert resolve(ana, SEEN) is None and resolve(bare, MINE) is None


def test_a_remote_that_loses_what_it_took(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    hook(bare, "post-receive", f"rm {MINE}")
    result = push(ana, {MINE: save(ana, {"a": "1"}, start)})
    assert result.sent == () and "does not have it" in result.refused[MINE]
    assert resolve(ana, SEEN) is None


def test_a_remote_that_moved_on_at_once_counts_as_sent_only_when_known(
    ana: Repo, bare: Repo, start: CommitId, save: Save
) -> None:
    made = save(ana, {"a": "1"}, start)
    later = save(ana, {"a": "2"}, made)
    assert push(ana, {"refs/heads/other": later}).sent == ("refs/heads/other",)
    hook(bare, "post-receive", f"git update-ref {MINE} {later}")
    assert push(ana, {MINE: made}).sent == (MINE,)
    assert resolve(ana, SEEN) == later
    unknown = save(bare, {"b": "2"}, later)
    hook(bare, "post-receive", f"git update-ref refs/heads/third {unknown}")
    assert "does not have it" in push(ana, {"refs/heads/third": made}).refused["refs/heads/third"]


def test_push_refuses_odd_names(ana: Repo, start: CommitId) -> None:
    for ref in ("main", "refs/remotes/origin/main", "refs/heads/*", "+refs/heads/main"):
        with pytest.raises(ValueError):
            push(ana, {ref: start})
    with pytest.raises(ValueError):
        push(ana, {MINE: CommitId("main")})


def test_twenty_people_at_once_all_arrive(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    made = {f"refs/heads/review/ana/x/1/p{n}": save(ana, {f"r{n}": "x"}, start) for n in range(20)}
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda ref: push(ana, {ref: made[ref]}), made))
    assert [result.sent for result in results] == [(ref,) for ref in made]
    assert {ref: commit for ref, commit in list_refs(bare).items() if ref != MAIN} == made


def test_of_two_who_push_the_same_ref_one_is_told(
    ana: Repo, ben: Repo, bare: Repo, start: CommitId, save: Save
) -> None:
    mine, theirs = save(ana, {"a": "1"}, start), save(ben, {"b": "1"}, start)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(push, repo, {MAIN: new}) for repo, new in ((ana, mine), (ben, theirs))]
        results = [job.result() for job in jobs]
    assert sorted(len(result.sent) for result in results) == [0, 1]
    loser = next(result for result in results if not result.sent)
    assert loser.refused == {MAIN: "someone else changed it first"}


# --- what ssh says, through git


@pytest.fixture
def over_ssh(ana: Repo, bare: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Reach the shared copy over a pretended ssh, whose script is given."""

    def pretend(script: str) -> None:
        path = tmp_path / "bin" / "ssh"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho \"$@\" >> '{tmp_path}/calls'\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(path.parent), prepend=os.pathsep)
        set_remote(ana, f"ssh://git@school.example{str(bare.git_dir).replace(' ', '%20')}")

    return pretend


def test_over_ssh_without_questions(
    ana: Repo, bare: Repo, start: CommitId, save: Save, over_ssh: Callable[[str], None], tmp_path: Path
) -> None:
    over_ssh('for last; do :; done; exec sh -c "$last"')
    made = save(ana, {"a": "1"}, start)
    set_remote(ana, f"ssh://git@school.example{bare.git_dir}")
    assert push(ana, {MINE: made}).sent == (MINE,)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls and all("-oBatchMode=yes" in call for call in calls)
    assert len(calls) == 2, "one push and one reading back"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Host key verification failed.", Exit.UNREACHABLE),
        ("git@school.example: Permission denied (publickey).", Exit.SIGN_IN),
        ("ssh: connect to host school.example port 22: Connection timed out", Exit.UNREACHABLE),
    ],
)
def test_what_ssh_says(
    ana: Repo, start: CommitId, over_ssh: Callable[[str], None], said: str, code: Exit
) -> None:
    over_ssh(f"echo '{said}' >&2; exit 255")
    for call in (lambda: fetch(ana), lambda: push(ana, {MINE: start}), lambda: remote_heads(ana)):
        with pytest.raises(McredError) as refused:
            call()
        assert refused.value.code is code


# --- progress


def test_progress_in_plain_words(bare: Repo, start: CommitId, work: Path, save: Save) -> None:
    seen: list[tuple[str, int, int | None]] = []

    def progress(phase: str, done: int, total: int | None) -> None:
        seen.append((phase, done, total))

    repo = clone(str(bare.git_dir), work / "new", progress)
    made = save(repo, {f"f{n}": str(n) for n in range(30)}, start)
    move_refs(repo, [("refs/heads/x", made, None)])
    assert push(repo, {"refs/heads/x": made}, progress=progress).sent == ("refs/heads/x",)
    assert {phase for phase, _, _ in seen} <= {"counting", "packing", "sending", "receiving", "unpacking"}
    assert any(phase == "sending" and done == total == 32 for phase, done, total in seen)
