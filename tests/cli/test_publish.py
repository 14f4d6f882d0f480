"""`mcred publish`: the built pages on a branch of the remote or in a folder; all else stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcred.app.audit.push_guard import Update, check_push
from mcred.app.pages.publish import branch_ref, default_branch, site_files
from mcred.domain.ids import CommitId
from mcred.domain.layout import PAGES_BRANCHES
from mcred.problems import McredError
from mcred.store import remote as remote_module
from mcred.store.git import open_repo
from mcred.website.output import MANIFEST
from tests.cli.town import Town, digests, git, set_site

PAGES = "refs/heads/pages"


def published(town: Town, ref: str = PAGES) -> dict[str, str]:
    """Path and digest of each published file."""
    names = git(town.remote, "ls-tree", "-r", "--name-only", ref).splitlines()
    return {n: hashlib.sha256(git(town.remote, "show", f"{ref}:{n}").encode()).hexdigest() for n in names}


def steps(town: Town, ref: str = PAGES) -> int:
    return len(git(town.remote, "rev-list", ref).splitlines())


def pages_of(folder: Path) -> dict[str, str]:
    return {p: d for p, d in digests(folder).items() if p != MANIFEST}


@pytest.fixture
def signed_town(signed: Town) -> Town:
    """Ana's two awards are signed, the pages have an address."""
    signed.run("rosa", "sync")
    return signed


def test_the_branch_holds_exactly_what_build_writes_dotfiles_too(signed_town: Town) -> None:
    town = signed_town
    ran = town.run("rosa", "publish", "--json")
    found = ran.json
    assert (found["schema"], found["where"], found["published"]) == ("mcred/publish/1", "pages", True)
    assert found["state"] == git(town.remote, "rev-parse", PAGES).strip()
    assert found["badges"] >= 2
    town.run("rosa", "build", "--out", str(town.place / "built"))
    names = set(git(town.remote, "ls-tree", "-r", "--name-only", PAGES).splitlines())
    built = pages_of(town.place / "built")
    assert names == set(built)
    assert {".nojekyll", "index.html"} <= names
    assert any(name.endswith("did.json") for name in names)
    for name in ("index.html", ".nojekyll"):
        assert published(town)[name] == built[name]
    assert MANIFEST not in names


def test_nothing_is_laid_out_and_no_other_ref_moves(signed_town: Town) -> None:
    town = signed_town
    before, status = town.files("rosa"), git(town.home("rosa"), "status", "--porcelain")
    others = [line for line in town.refs().splitlines() if PAGES not in line]
    town.run("rosa", "publish")
    assert town.files("rosa") == before
    assert git(town.home("rosa"), "status", "--porcelain") == status
    assert [line for line in town.refs().splitlines() if PAGES not in line] == others


def test_published_again_there_is_nothing_to_do_and_after_a_change_one_more_step(signed_town: Town) -> None:
    town = signed_town
    town.run("rosa", "publish")
    first = git(town.remote, "rev-parse", PAGES)
    again = town.run("rosa", "publish")
    assert "up to date" in again.out and git(town.remote, "rev-parse", PAGES) == first
    set_site(town, "https://badges.example.org/other")
    dry = town.run("rosa", "publish", "--dry-run")
    assert "Would publish to pages" in dry.out and git(town.remote, "rev-parse", PAGES) == first
    town.run("rosa", "publish")
    assert steps(town) == 2
    assert git(town.remote, "rev-parse", f"{PAGES}^") == first


def test_another_maintainers_clone_goes_on_from_what_is_published(signed_town: Town) -> None:
    town = signed_town
    town.run("rosa", "publish")
    other = town.second_computer("rosa")
    git(other, "update-ref", "-d", "refs/mcred/branch")
    set_site(town, "https://badges.example.org/other")
    town.run("rosa", "sync", at=other)
    town.run("rosa", "publish", at=other)
    assert steps(town) == 2


def test_who_was_first_wins_and_the_other_builds_on_that(
    signed_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone publishes between the question and the answer of ours: nothing is lost, nothing forced."""
    town = signed_town
    real, rivals = remote_module.push, iter([True])

    def push(repo: object, updates: object, *rest: object, **more: object) -> object:
        if next(rivals, False):
            rival = town.second_computer("rosa")
            monkeypatch.setattr("mcred.app.pages.publish.push", real)
            set_site(town, "https://badges.example.org/rival")
            town.run("rosa", "sync", at=rival)
            town.run("rosa", "publish", at=rival)
            monkeypatch.setattr("mcred.app.pages.publish.push", push)
        return real(repo, updates, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("mcred.app.pages.publish.push", push)
    town.run("rosa", "publish")
    # The rival's pages were of a newer state: ours were built again, and then there was nothing to do.
    assert steps(town) == 1
    newest = git(town.remote, "rev-parse", "main")[:12]
    assert newest in git(town.remote, "log", "-1", "--format=%s", PAGES)


def test_teachers_never_fetch_the_pages(signed_town: Town) -> None:
    town = signed_town
    town.run("rosa", "publish")
    town.run("ana", "sync")
    assert "pages" not in town.refs("ana").replace("wait-time", "")
    tip = git(town.remote, "rev-parse", PAGES).strip()
    with pytest.raises(Exception, match="cat-file"):
        git(town.home("ana"), "cat-file", "-e", tip)
    joined = town.place / "joined"
    words = ("--name", "Gil", "--id", "gil", "--school", "Hill")
    town.run("gil", "join", str(town.remote), str(joined), *words, at=town.place)
    assert "/pages" not in git(joined, "for-each-ref")


def test_the_record_is_proved_as_before_and_the_remote_takes_it(signed_town: Town) -> None:
    town = signed_town
    town.run("rosa", "publish")
    assert not town.run("rosa", "audit", "--json").json["findings"]
    tip = CommitId(git(town.remote, "rev-parse", PAGES).strip())
    repo = open_repo(town.remote)
    assert check_push(repo, [Update(ref=PAGES, old=None, new=tip)], town.now.date()) == ()


def test_the_remote_refuses_pages_by_others_and_links_in_them(signed_town: Town) -> None:
    town = signed_town
    town.run("rosa", "publish")
    repo, tip = open_repo(town.remote), git(town.remote, "rev-parse", PAGES).strip()
    words = ("-c", "user.name=M", "-c", "user.email=m@example.org")
    tree = git(town.remote, "rev-parse", f"{PAGES}^{{tree}}").strip()
    forged = git(town.remote, *words, "commit-tree", tree, "-p", tip, "-m", "Mine").strip()
    (one,) = check_push(repo, [Update(ref=PAGES, old=CommitId(tip), new=CommitId(forged))], town.now.date())
    assert (one.code, str(one.hint)[:13]) == ("not-signed", "mcred publish")
    away = check_push(repo, [Update(ref=PAGES, old=CommitId(tip), new=None)], town.now.date())
    assert [r.code for r in away] == ["ref-removed"]


def test_whoever_is_no_maintainer_or_issuer_hears_it_before_the_work(signed_town: Town) -> None:
    refused = signed_town.run("ana", "publish", expect=5)
    assert "maintainers and issuers publish (rosa)" in refused.err
    assert refused.next.startswith("mcred build")


def test_a_place_that_refuses_leaves_it_and_the_same_command_goes_on(signed_town: Town) -> None:
    town = signed_town
    hook = town.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    refused = town.run("rosa", "publish", expect=6)
    assert "did not accept the pages" in refused.err and refused.next == "mcred publish"
    assert not git(town.remote, "for-each-ref", PAGES)
    hook.unlink()
    town.run("rosa", "publish")
    assert steps(town) == 1


@pytest.mark.parametrize(
    ("address", "branch"),
    [
        ("git@github.com:team/programme.git", "gh-pages"),
        ("https://github.com/team/programme.git", "gh-pages"),
        ("https://github.school.example/team/programme", "gh-pages"),
        ("https://codeberg.org/team/github.git", "pages"),
        ("/srv/github/programme.git", "pages"),
        ("ssh://git@gitlab.com/a/b.git", "pages"),
    ],
)
def test_the_branch_is_the_one_that_the_host_publishes(address: str, branch: str) -> None:
    assert default_branch(address) == branch
    assert f"refs/heads/{branch}" in PAGES_BRANCHES


@pytest.mark.parametrize(
    "name", ["main", "submission/x", "person/ana", "review/a/b/1/c", "vouch/a/b", "a..b", "", "-x", "a b"]
)
def test_names_that_the_programme_needs_are_refused(name: str) -> None:
    with pytest.raises(McredError, match="cannot go to a branch"):
        branch_ref(name)


def test_a_branch_of_ones_own(signed_town: Town) -> None:
    signed_town.run("rosa", "publish", "--branch", "docs")
    assert steps(signed_town, "refs/heads/docs") == 1


# A folder ------------------------------------------------------------------------------------------------


def test_a_folder_is_swapped_in_whole(signed_town: Town) -> None:
    town, www = signed_town, signed_town.place / "www"
    said = town.run("rosa", "publish", "--to", str(www))
    assert "are published to" in said.out
    assert (www / ".nojekyll").is_file()
    town.run("rosa", "build", "--out", str(town.place / "built"))
    assert pages_of(www) == pages_of(town.place / "built")
    assert not git(town.remote, "for-each-ref", *PAGES_BRANCHES)
    first = www.stat().st_ino
    assert "up to date" in town.run("rosa", "publish", "--to", str(www)).out
    assert www.stat().st_ino == first
    set_site(town, "https://badges.example.org/other")
    dry = town.run("rosa", "publish", "--to", str(www), "--dry-run", "--json").json
    assert dry["changed"] > 0 and not dry["published"] and www.stat().st_ino == first
    town.run("rosa", "publish", "--to", str(www))
    assert www.stat().st_ino != first
    assert {p.name for p in town.place.iterdir() if "www" in p.name} == {"www"}


def cut_states(town: Town) -> Iterator[tuple[str, Path]]:
    """What a cut at each moment leaves: the new half copied, whole, the old moved away."""
    for name in ("half", "whole", "moved"):
        www = town.place / f"www-{name}"
        town.run("rosa", "publish", "--to", str(www))
        new, old = www.with_name(f".{www.name}.new"), www.with_name(f".{www.name}.old")
        new.mkdir()
        (new / "index.html").write_text("half", "utf-8")
        if name == "moved":
            www.rename(old)
        yield name, www


def test_a_cut_between_the_moves_is_fixed_by_the_same_command(signed_town: Town) -> None:
    for name, www in cut_states(signed_town):
        signed_town.run("rosa", "publish", "--to", str(www))
        assert (www / "index.html").read_text("utf-8") != "half", name
        assert not www.with_name(f".{www.name}.old").exists() or name != "moved"
        assert json.loads((www / MANIFEST).read_bytes())["made_by"] == "mcred"


def test_a_folder_of_someone_else_is_left_alone(signed_town: Town) -> None:
    town, other = signed_town, signed_town.place / "other"
    other.mkdir()
    (other / "thesis.md").write_text("mine", "utf-8")
    refused = town.run("rosa", "publish", "--to", str(other), expect=1)
    assert "files that mcred did not make" in refused.err and "--to ANOTHER-FOLDER" in refused.next
    assert digests(other).keys() == {"thesis.md"}
    link = town.place / "link"
    link.symlink_to(other)
    assert "is a link" in town.run("rosa", "publish", "--to", str(link), expect=1).err
    home = town.run("rosa", "publish", "--to", ".", expect=1)
    assert "a folder of their own" in home.err
    assert town.run("rosa", "publish", "--to", "x", "--branch", "y", expect=2).code == 2


def test_only_files_of_the_site_count(tmp_path: Path) -> None:
    (tmp_path / ".well-known").mkdir()
    for name in ("index.html", ".well-known/did.json", MANIFEST, ".mcred-site-7.tmp"):
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert site_files(tmp_path) == [".well-known/did.json", "index.html"]
