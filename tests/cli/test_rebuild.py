"""A build that keeps what it may keep gives the bytes of one that begins with nothing."""

from __future__ import annotations

import functools
import os
import random
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from platformdirs import user_cache_path

import mcred
from bench.programme import Size, make_programme
from mcred.app.endorsements.endorsers import Endorsers
from mcred.app.keys.issuer import did_files
from mcred.app.pages import build as building
from mcred.app.pages.build import Bundle, build_site, make_pages
from mcred.app.pages.cache import MadePages
from mcred.app.pages.inputs import PROGRAM, take_shown
from mcred.app.pages.modified import kept_place
from mcred.app.pages.pictures import Artist
from mcred.app.pages.verify_files import find_ended, verify_files
from mcred.app.pieces.shown import find_shown
from mcred.cli.terminal import Terminal
from mcred.domain.award import status_file
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import status_path
from mcred.formats.catalog import is_wanted, read_catalog
from mcred.problems import McredError
from mcred.store.git import Repo, open_repo, run
from mcred.store.snapshot import read_blobs, take_snapshot
from mcred.website.evidence import ShownEvidence
from mcred.website.listing import cut as listing
from mcred.website.output import MANIFEST
from mcred.website.render import Templates, render_page
from mcred.website.views import Frame, Page
from tests.cli.court import asked_before
from tests.cli.town import WAIT, Town, digests, git
from tests.website.test_output import Killed, kill_after
from tests.website.whole import build_files

TEMPLATES = Path(__file__).parents[2] / "templates" / "site"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    place = tmp_path_factory.mktemp("rebuild") / "programme"
    make_programme(place, Size(awards=12, commits=100, people=25, public=True))
    return open_repo(place)


@pytest.fixture(scope="module")
def states(repo: Repo) -> Sequence[CommitId]:
    """Every state the main line ever had, from the first with a definition on."""
    every = run(repo, "rev-list", "--first-parent", "--reverse", "refs/heads/main").decode().split()
    return [CommitId(c) for c in every[5:]]


def at_once(repo: Repo, commit: CommitId) -> Mapping[str, bytes]:
    """The site of a state by the plain way: everything read, everything rendered, nothing remembered."""
    snapshot = take_snapshot(repo, commit, lambda path, _: is_wanted(path, None))
    catalog, _ = read_catalog(snapshot, lambda blobs: read_blobs(repo, blobs))
    catalog, shown, _ = take_shown(repo, catalog, find_shown(repo))
    evidence = ShownEvidence(
        pieces={place: found for one in shown.values() for place, found in one.pieces.items()},
        files={name: data for one in shown.values() for name, data in one.files.items()},
    )
    files, _ = build_files(catalog, evidence, (TEMPLATES,), Artist(own={}))
    ended = verify_files(Endorsers(programme=catalog.programme), find_ended(catalog))
    return {**files, **did_files(catalog.programme), **ended}


def built(repo: Repo, commit: CommitId, out: Path) -> Mapping[str, bytes]:
    run(repo, "update-ref", "refs/heads/main", commit)
    assert repo.work_tree
    build_site(Terminal(at=repo.work_tree), out)
    return {
        p.relative_to(out).as_posix(): p.read_bytes()
        for p in sorted(out.rglob("*"))
        if p.is_file() and p.name != MANIFEST
    }


def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of few rows are cut, too."""
    cut = functools.partial(listing.cut, sizes=listing.PageSizes(least=2, most=4))
    for module in ("mcred.website.pages", "mcred.website.listing.people", "mcred.website.listing.earned"):
        monkeypatch.setattr(f"{module}.cut", cut)


def test_lists_of_several_pages_are_the_same_after_any_chain_of_builds(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages(monkeypatch)
    rng = random.Random(8)  # noqa: S311 -- the same chain each time
    seen: set[str] = set()
    for commit in (states[-1], *rng.sample(states, 4), states[-1]):
        now = built(repo, commit, tmp_path / "site")
        assert now == at_once(repo, commit)
        seen |= {p for p in now if "/page-" in p}
    assert {p.split("/")[0] for p in seen} == {"credentials", "people", "earned"}


def newest_award(repo: Repo, tip: CommitId) -> tuple[CommitId, CommitId]:
    """The state before the newest award, and the one with it."""
    line = run(repo, "log", "--first-parent", "--format=%H %P %s", tip).decode().splitlines()
    after, before = next(words.split()[:2] for words in line if " Award attempt" in words)
    return CommitId(before), CommitId(after)


def test_any_chain_of_builds_gives_what_a_clean_one_gives(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path
) -> None:
    rng = random.Random(7)  # noqa: S311 -- the same chain each time
    chain = [states[-1], *rng.sample(states, 5), states[-1]]
    for number, commit in enumerate(chain):
        assert built(repo, commit, tmp_path / "site") == at_once(repo, commit), f"step {number} of {chain}"
    assert any(p.endswith("/badge.json") for p in built(repo, chain[-1], tmp_path / "site"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_many_chains(repo: Repo, states: Sequence[CommitId], tmp_path: Path, seed: int) -> None:
    for commit in random.Random(seed).choices(states, k=12):  # noqa: S311
        assert built(repo, commit, tmp_path / "site") == at_once(repo, commit)


@pytest.mark.parametrize("threads", [1, 2])
def test_other_processes_give_the_same(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    """Copies of this one and, where another thread runs, new ones."""
    monkeypatch.setattr(building, "MANY", 0)
    monkeypatch.setattr(building, "BATCH_SIZE", 5)
    monkeypatch.setattr("mcred.app.processes.threading.active_count", lambda: threads)
    assert built(repo, states[-1], tmp_path / "site") == at_once(repo, states[-1])


def test_without_other_processes_this_one_does_the_work(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, initializer=os._exit, initargs=(1,))

    monkeypatch.setattr(building, "MANY", 0)
    monkeypatch.setattr(building, "start_copies", broken)
    assert built(repo, states[-1], tmp_path / "site") == at_once(repo, states[-1])


def test_a_second_build_makes_no_persons_page_again(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(repo, states[-1], tmp_path / "site")
    monkeypatch.setattr(building, "make_pages", lambda _: pytest.fail("made anew"))
    monkeypatch.setattr("mcred.app.pages.inputs.parse_tree", lambda *_: pytest.fail("looked inside again"))
    assert built(repo, states[-1], tmp_path / "site") == first


def test_what_is_remembered_and_cannot_be_read_counts_as_forgotten(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path
) -> None:
    first = built(repo, states[-1], tmp_path / "site")
    places = list((user_cache_path("mcred") / "pages").iterdir())
    assert places
    for place in places:
        place.write_bytes(b"\x93nonsense")
    assert built(repo, states[-1], tmp_path / "site") == first


def test_what_is_remembered_and_damaged_inside_counts_as_forgotten(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path
) -> None:
    out = tmp_path / "site"
    built(repo, states[-1], out)
    for place in (user_cache_path("mcred") / "pages").iterdir():
        stored = bytearray(place.read_bytes())
        if (at := stored.find(b"badges/")) > 0:
            stored[at - 1] = 0xC1  # stands for nothing in this format
        place.write_bytes(stored)
    earlier = states[len(states) // 2]
    assert built(repo, earlier, out) == at_once(repo, earlier)


def test_any_part_of_the_program_may_change_the_pages() -> None:
    assert mcred.__file__ and Path(mcred.__file__).parent == PROGRAM


def test_a_picture_is_drawn_once_for_all_builds(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings = kept_place(user_cache_path("mcred"), repo.git_dir)
    assert drawings is not None
    drawings.parent.mkdir(parents=True)
    drawings.write_bytes(b"\x93nonsense")
    building._artist.cache_clear()
    first = built(repo, states[-1], tmp_path / "one")
    assert any(content in drawings.read_bytes() for p, content in first.items() if p.endswith("badge.png"))
    building._artist.cache_clear()
    monkeypatch.setattr("mcred.badges.default_image.draw_artwork", lambda *_: pytest.fail("drawn again"))
    assert built(repo, states[-1], tmp_path / "two") == first


def test_a_picture_is_drawn_again_when_its_words_change(earned: Town, tmp_path: Path) -> None:
    out = tmp_path / "site"
    earned.run("rosa", "build", "--out", str(out))
    before = digests(out)
    text = earned.home("rosa") / "credentials" / WAIT / "credential.yaml"
    newer = text.read_text("utf-8").replace("title: Wait", "title: Longer wait").replace("1.2.0", "1.3.0")
    text.write_text(newer, "utf-8")
    earned.run("rosa", "save", "--programme")
    earned.run("rosa", "build", "--out", str(out))
    after = digests(out)
    assert after[f"credentials/{WAIT}/badge.svg"] != before[f"credentials/{WAIT}/badge.svg"]


@pytest.mark.parametrize("done", ["changed", "removed", "link"])
@pytest.mark.parametrize(
    "about", ["badges/*/*/*/index.html", "credentials/*/index.html", "badges/*/*/*/*.png"]
)
def test_a_kept_page_someone_touched_is_put_right(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, done: str, about: str
) -> None:
    out = tmp_path / "site"
    first = built(repo, states[-1], out)
    page = next(out.glob(about))
    whole = page.read_bytes()
    if done == "changed":
        page.write_bytes(whole.replace(b"e", b"3"))
    else:
        page.unlink()
    if done == "link":
        (tmp_path / "elsewhere").write_bytes(whole)
        page.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(McredError, match="in the way"):
            built(repo, states[-1], out)
        page.unlink()
    assert built(repo, states[-1], out) == first


def test_whoever_has_something_new_or_a_touched_page_is_made_once(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    before, after = newest_award(repo, states[-1])
    built(repo, before, out)
    changed = run(repo, "diff", "--name-only", before, after).decode().split()
    new = {path.split("/")[1] for path in changed if path.startswith("portfolios/")}
    pages = sorted(out.glob("badges/*/*/*/index.html"))
    page = next(page for page in pages if page.relative_to(out).parts[1] not in new)
    about = out / "about" / "index.html"
    page.write_bytes(b"changed")
    about.write_bytes(b"changed")
    made: list[PersonId] = []

    def watched(bundle: Bundle) -> Mapping[PersonId, MadePages]:
        made.extend(bundle.people)
        return make_pages(bundle)

    monkeypatch.setattr(building, "make_pages", watched)
    run(repo, "update-ref", "refs/heads/main", after)
    assert repo.work_tree
    build_site(Terminal(at=repo.work_tree), out)
    assert built(repo, after, out) == at_once(repo, after)
    assert len(made) == len(set(made)) == 2, "somebody's pages were made twice"


def test_a_link_that_looks_like_the_page_is_no_page(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path
) -> None:
    out = tmp_path / "site"
    built(repo, states[-1], out)
    page = min(out.glob("badges/*/*/*/*.html"), key=lambda p: p.stat().st_size)
    about, whole = page.stat(), page.read_bytes()
    page.unlink()
    page.symlink_to("../" * (about.st_size // 3) + "x" * (about.st_size % 3))
    os.utime(page, ns=(about.st_mtime_ns, about.st_mtime_ns), follow_symlinks=False)
    with pytest.raises(McredError, match="in the way"):
        built(repo, states[-1], out)
    page.unlink()
    built(repo, states[-1], out)
    assert page.read_bytes() == whole


def test_what_is_no_ones_goes_when_the_programme_has_it_no_more(signed: Town, tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "site"
    git(tmp_path, "clone", "--quiet", str(signed.home("rosa")), str(home))
    git(home, "remote", "remove", "origin")
    repo = open_repo(home)
    listed = status_path(1)
    begun = git(home, "log", "--first-parent", "--diff-filter=A", "--format=%H %P", "--", listed).split()
    after, before = CommitId(begun[0]), CommitId(begun[1])
    assert status_file(1) in built(repo, after, out)
    now = built(repo, before, out)
    assert status_file(1) not in now and now == at_once(repo, before)


def test_a_build_by_the_verb_puts_right_what_someone_touched(earned: Town, tmp_path: Path) -> None:
    out = tmp_path / "site"
    earned.run("rosa", "build", "--out", str(out))
    before = digests(out)
    (badge,) = out.glob("badges/*/*/*/index.html")
    badge.write_bytes(b"changed")
    assert "1 file changed" in earned.run("rosa", "build", "--out", str(out)).out
    assert digests(out) == before


def test_another_folder_of_the_programme_builds_into_the_same_place(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(repo.work_tree), str(other))
    git(other, "remote", "remove", "origin")
    out = tmp_path / "site"
    for place, commit in (
        (repo, states[-1]),
        (open_repo(other), states[len(states) // 2]),
        (repo, states[-1]),
    ):
        assert built(place, commit, out) == at_once(place, commit)
    assert built(repo, states[len(states) // 2], out) == at_once(repo, states[len(states) // 2])


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 9])
def test_a_build_goes_on_from_a_killed_one(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it was about to put there is known, though what is remembered is older."""
    out = tmp_path / "site"
    built(repo, states[len(states) // 2], out)
    with monkeypatch.context() as dying:
        kill_after(steps, dying)
        with pytest.raises(Killed):
            built(repo, states[-1], out)
    assert built(repo, states[len(states) // 2], out) == at_once(repo, states[len(states) // 2])
    assert built(repo, states[-1], out) == at_once(repo, states[-1])


def test_with_one_award_more_no_page_is_rendered_that_does_not_show_it(
    repo: Repo, states: Sequence[CommitId], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = newest_award(repo, states[-1])
    built(repo, before, tmp_path / "site")
    rendered: list[str] = []

    def watched(templates: Templates, page: Page, frame: Frame) -> bytes:
        rendered.append(page.path)
        return render_page(templates, page, frame)

    with monkeypatch.context() as patch:
        patch.setattr("mcred.website.build.render_page", watched)
        now = built(repo, after, tmp_path / "site")
    assert now == at_once(repo, after)
    new = (p for p in set(now) - set(at_once(repo, before)) if p.startswith("badges/"))
    ((person, credential),) = {tuple(p.split("/")[1:3]) for p in new}
    assert {p for p in rendered if p.startswith("credentials/")} == {f"credentials/{credential}/index.html"}
    assert {p.split("/")[1] for p in rendered if p.startswith(("badges/", "portfolios/"))} == {person}
    assert "index.html" in rendered and "about/index.html" not in rendered and "about/index.html" in now


def test_a_template_of_the_programmes_own_changes_every_page(earned: Town, tmp_path: Path) -> None:
    out = tmp_path / "site"
    earned.run("rosa", "build", "--out", str(out))
    own = earned.home("rosa") / "templates" / "site"
    own.mkdir(parents=True)
    (own / "badge.html.j2").write_text("<p>{{ view.earner }}</p>", "utf-8")
    earned.run("rosa", "build", "--out", str(out))
    (badge,) = out.glob("badges/*/*/*/index.html")
    assert badge.read_text("utf-8") == "<p>Ana Reyes</p>"
    (own / "badge.html.j2").unlink()
    earned.run("rosa", "build", "--out", str(out))
    assert "<!doctype html>" in badge.read_text("utf-8").lower()


def test_a_dry_run_says_what_would_change_and_remembers_nothing(earned: Town, tmp_path: Path) -> None:
    out = tmp_path / "site"
    first = earned.run("rosa", "build", "--out", str(out), "--dry-run").out
    assert "Would write" in first and not out.exists()
    earned.run("rosa", "build", "--out", str(out))
    before = digests(out)
    assert "Would write 0 of" in earned.run("rosa", "build", "--out", str(out), "--dry-run").out
    (out / "index.html").unlink()
    assert "Would write 1 of" in earned.run("rosa", "build", "--out", str(out), "--dry-run").out
    earned.run("rosa", "build", "--out", str(out))
    assert digests(out) == before


def test_a_programme_no_one_can_read_is_refused(earned: Town, tmp_path: Path) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    refused = earned.run("rosa", "build", "--out", str(tmp_path / "s"), at=home, expect=1)
    assert refused.next


def test_a_definition_that_changed_changes_the_badges_given_for_it(earned: Town, tmp_path: Path) -> None:
    out = tmp_path / "site"
    earned.run("rosa", "build", "--out", str(out))
    (badge,) = out.glob("badges/*/*/*/index.html")
    assert "2.0.0" not in badge.read_text("utf-8")
    place = earned.home("rosa") / "credentials" / WAIT / "credential.yaml"
    text = place.read_text("utf-8")
    place.write_text(re.sub("(?m)^version: .*$", "version: 2.0.0", text), "utf-8")
    earned.run("rosa", "save", "--programme")
    earned.run("rosa", "build", "--out", str(out))
    assert "2.0.0" in badge.read_text("utf-8")


def test_a_portfolio_names_what_is_open_of_a_stack_as_it_is_now(earned: Town, tmp_path: Path) -> None:
    out, home = tmp_path / "site", earned.home("rosa")
    other = next(
        p.name
        for p in sorted((home / "credentials").iterdir())
        if (p / "credential.yaml").exists() and p.name != WAIT
    )
    (home / "credentials" / "stacks").mkdir(exist_ok=True)
    (home / "credentials" / "stacks" / "both.yaml").write_text(
        f"format: 2\nid: both\nversion: 1.0.0\ntitle: Both\ncredentials: [{WAIT}, {other}]\n", "utf-8"
    )
    earned.run("rosa", "save", "--programme")
    earned.run("rosa", "build", "--out", str(out))
    place = home / "credentials" / other / "credential.yaml"
    place.write_text(re.sub("(?m)^title: .*$", "title: Renamed since", place.read_text("utf-8")), "utf-8")
    earned.run("rosa", "save", "--programme")
    earned.run("rosa", "build", "--out", str(out))
    assert "Renamed since" in (out / "portfolios" / "ana" / "index.html").read_text("utf-8")


def test_an_assessor_who_changes_schools_is_thanked_at_the_new_one(earned: Town, tmp_path: Path) -> None:
    out, judge = tmp_path / "site", asked_before(earned)
    earned.run(judge, "setup", "--thanked", "--school", "Old School")
    earned.run("rosa", "person", "add", judge)
    earned.run("rosa", "build", "--out", str(out))
    (thanks,) = (p for p in out.rglob("*.html") if "Old School" in p.read_text("utf-8"))
    earned.run(judge, "setup", "--school", "New School")
    earned.run("rosa", "person", "add", judge)
    earned.run("rosa", "build", "--out", str(out))
    assert "New School" in thanks.read_text("utf-8")
    earned.run("mei", "build", "--out", str(tmp_path / "anew"))
    assert digests(out) == digests(tmp_path / "anew")


def test_what_is_no_plain_file_is_named_and_on_no_page(earned: Town, tmp_path: Path) -> None:
    folder = f"portfolios/ana/{WAIT}/evidence"
    out = tmp_path / "site"
    home = earned.home("rosa")
    (home / folder).mkdir(parents=True, exist_ok=True)
    (home / folder / "passwords.md").symlink_to("/etc/passwd")
    git(home, "add", "--force", f"{folder}/passwords.md")
    git(home, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "Link")
    git(home, "update-ref", "refs/heads/main", "HEAD")
    said = earned.run("rosa", "build", "--out", str(out))
    assert f"{folder}/passwords.md" in said.said and "link to another file" in said.said
    assert list(out.glob("badges/ana/*/1/badge.json"))
    assert b"/etc/passwd" not in b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
