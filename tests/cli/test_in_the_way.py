"""Something else stands where a file or folder of ours must be: said, never written over or through."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.town import OVERVIEW, PLAN, WAIT, Town, digests, git

MINE = f"portfolios/ana/{WAIT}"
FOUNDED = (
    "--name",
    "Lake",
    "--programme-id",
    "lake",
    "--person",
    "Nora Ek",
    "--id",
    "nora",
    "--school",
    "Bay",
)


def a_file(place: Path, outside: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    place.write_text("somebody's", encoding="utf-8")


def a_folder(place: Path, outside: Path) -> None:
    place.mkdir()
    (place / "inside.md").write_text("somebody's", encoding="utf-8")


def a_link(place: Path, outside: Path) -> None:
    place.symlink_to(outside, target_is_directory=True)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that belongs to nothing of ours."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


class TestStart:
    @pytest.mark.parametrize(
        ("name", "put", "said"),
        [
            ("", a_file, "is a file, and a folder of yours belongs there"),
            ("", a_link, "is a link"),
            ("evidence", a_file, "is a file, and a folder of yours belongs there"),
            ("evidence", a_link, "is a link"),
            ("1-overview.md", a_folder, "is a folder, and a file"),
            ("1-overview.md", a_link, "is a link"),
            ("submission.yaml", a_folder, "is a folder, and a file"),
        ],
    )
    def test_is_refused_before_anything_is_written(
        self, town: Town, outside: Path, name: str, put: Callable[[Path, Path], None], said: str
    ) -> None:
        place = town.folder("ana") / name
        place.parent.mkdir(parents=True, exist_ok=True)
        put(place, outside)
        before = town.refs("ana"), town.refs(), town.files("ana")
        for words in (("start", WAIT), ("start", WAIT, "--dry-run")):
            ran = town.run("ana", *words, expect=1)
            path = f"{MINE}/{name}".rstrip("/")
            assert f"{path} {said}" in ran.err
            assert ran.next == f"mcred start {WAIT}   (first move {path} somewhere else)"
        assert (town.refs("ana"), town.refs(), town.files("ana")) == before
        assert list(outside.iterdir()) == []

    def test_moved_away_the_same_command_goes_on(self, town: Town, outside: Path) -> None:
        town.folder("ana").parent.mkdir(parents=True, exist_ok=True)
        a_file(town.folder("ana"), outside)
        ran = town.run("ana", "start", WAIT, expect=1)
        town.folder("ana").rename(outside / "mine")
        town.run("ana", *ran.next.split("   ")[0].split()[1:])
        assert town.listing("ana").is_file()

    def test_a_whole_portfolio_that_is_a_link(self, town: Town, outside: Path) -> None:
        portfolio = town.home("ana") / "portfolios" / "ana"
        portfolio.rename(outside / "ana")
        before = digests(outside)
        a_link(portfolio, outside / "ana")
        for words in (("start", WAIT), ("setup", "--school", "Bay")):
            ran = town.run("ana", *words, expect=1)
            assert "portfolios/ana is a link" in ran.err and f"mcred {words[0]}" in ran.next
        assert digests(outside) == before


def test_a_portfolio_that_is_a_link_is_named_with_one_next_step(ready: Town, outside: Path) -> None:
    portfolio = ready.home("ana") / "portfolios" / "ana"
    portfolio.rename(outside / "ana")
    a_link(portfolio, outside / "ana")
    for verb in ("save", "sync"):
        ran = ready.run("ana", verb, expect=1)
        assert ran.next == f"mcred check {WAIT}   (first replace it with a copy of the folder itself)"
    portfolio.unlink()
    (outside / "ana").rename(portfolio)
    ready.run("ana", "save")


class TestAdd:
    WORDS = ("--for", "lesson-plan")

    @pytest.fixture
    def plan(self, ready: Town) -> Path:
        """One more plan of Ana's."""
        path = ready.desk("ana") / "second.md"
        path.write_text(PLAN + "Second.\n", encoding="utf-8")
        return path

    def test_a_file_instead_of_the_evidence_folder(self, ready: Town, plan: Path, outside: Path) -> None:
        evidence = ready.folder("ana") / "evidence"
        evidence.rename(outside / "evidence")
        a_file(evidence, outside)
        listed = ready.listing("ana").read_bytes()
        ran = ready.run("ana", "add", str(plan), *self.WORDS, expect=1)
        assert f"{MINE}/evidence is a file" in ran.err and ran.next.startswith("mcred add FILE --for lesson")
        assert ready.listing("ana").read_bytes() == listed

    def test_a_link_instead_of_the_evidence_folder(self, ready: Town, plan: Path, outside: Path) -> None:
        shutil.rmtree(ready.folder("ana") / "evidence")
        a_link(ready.folder("ana") / "evidence", outside)
        ran = ready.run("ana", "add", str(plan), *self.WORDS, expect=1)
        assert "is a link to another place" in ran.err and list(outside.iterdir()) == []

    def test_a_folder_of_the_same_name_is_gone_around(self, ready: Town, plan: Path, outside: Path) -> None:
        a_folder(ready.folder("ana") / "evidence" / "second.md", outside)
        ready.run("ana", "add", str(plan), *self.WORDS)
        text = (ready.folder("ana") / "evidence" / "second-2.md").read_text(encoding="utf-8")
        assert text == PLAN + "Second.\n"
        assert "file: evidence/second-2.md" in ready.listing("ana").read_text(encoding="utf-8")

    def test_a_link_of_the_same_name_is_not_written_through(
        self, ready: Town, plan: Path, outside: Path
    ) -> None:
        (ready.folder("ana") / "evidence" / "second.md").symlink_to(outside / "stolen.md")
        ran = ready.run("ana", "add", str(plan), *self.WORDS)
        assert "second.md is a link" in ran.err and list(outside.iterdir()) == []
        assert "file: evidence/second-2.md" in ready.listing("ana").read_text(encoding="utf-8")
        assert (ready.folder("ana") / "evidence" / "second.md").is_symlink()


class TestSetup:
    def test_a_file_instead_of_the_portfolio(self, town: Town, outside: Path) -> None:
        portfolio = town.home("ana") / "portfolios" / "ana"
        portfolio.rename(outside / "ana")
        a_file(portfolio, outside)
        before = town.refs("ana"), town.refs()
        ran = town.run("ana", "setup", "--school", "Bay", expect=1)
        assert ran.next == "mcred setup   (first move portfolios/ana somewhere else)"
        assert (town.refs("ana"), town.refs()) == before

    def test_a_newcomer_hears_of_it_before_a_key_is_made(self, town: Town, outside: Path) -> None:
        town.run("zoe", "join", str(town.remote), str(town.home("zoe")), at=town.place)
        a_file(town.home("zoe") / "portfolios" / "zoe", outside)
        ran = town.run("zoe", "setup", "--name", "Zoe Ito", "--id", "zoe", expect=1)
        assert "portfolios/zoe is a file" in ran.err
        assert not (town.home("zoe") / ".git" / "mcred" / "signing-key").exists()
        assert "person" not in git(town.home("zoe"), "config", "--list", "--local")

    def test_no_one_is_set_up_at_a_remote(self, town: Town) -> None:
        before = digests(town.remote)
        ran = town.run("zoe", "setup", "--name", "Zoe Ito", at=town.remote, expect=1)
        assert "no one works in this folder" in ran.err and ran.next == "mcred join ADDRESS"
        assert digests(town.remote) == before


class TestJoin:
    def test_a_line_break_on_the_way(self, town: Town) -> None:
        there = town.place / "a\nb"
        there.mkdir()
        ran = town.run("zoe", "join", str(town.remote), "zoe", at=there, expect=1)
        assert "a folder with a line break in its path cannot be used" in ran.err
        assert list(there.iterdir()) == []

    @pytest.mark.parametrize("place", ["notes.txt", "notes.txt/deep", "notes.txt/deep/er", "link"])
    def test_a_file_or_a_link_on_the_way(self, town: Town, place: str) -> None:
        (town.place / "notes.txt").write_text("mine", encoding="utf-8")
        (town.place / "link").symlink_to(town.place / "nowhere")
        ran = town.run("zoe", "join", str(town.remote), place, at=town.place, expect=1)
        assert ran.next.startswith("mcred ")
        assert (town.place / "notes.txt").read_text(encoding="utf-8") == "mine"
        assert not [p for p in town.place.iterdir() if p.name.endswith(".joining")]
        assert not (town.place / "nowhere").exists()

    def test_what_a_cut_join_left_is_cleared_away(self, town: Town) -> None:
        left = town.place / ".fresh.joining" / "deep"
        left.mkdir(parents=True)
        (left / "part").write_text("half", encoding="utf-8")
        town.run("zoe", "join", str(town.remote), "fresh", at=town.place)
        assert (town.place / "fresh" / "mcred.yaml").is_file() and not left.exists()

    def test_an_empty_folder_is_filled(self, town: Town) -> None:
        (town.place / "fresh").mkdir()
        town.run("zoe", "join", str(town.remote), "fresh", at=town.place)
        assert (town.place / "fresh" / "mcred.yaml").is_file()

    def test_named_like_the_address_without_a_folder(self, town: Town) -> None:
        desk = town.desk("zoe")
        town.run("zoe", "join", f"{town.remote}/", at=desk)
        assert [p.name for p in desk.iterdir()] == ["remote"]


class TestInit:
    WHO = ("--name", "Lake", "--person", "Rosa Diaz", "--no-starter")

    @pytest.mark.parametrize("place", ["notes.txt", "notes.txt/deep", "notes.txt/deep/er"])
    def test_a_file_on_the_way(self, tmp_path: Path, place: str) -> None:
        town = Town(place=tmp_path)
        (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
        ran = town.run("rosa", "init", place, *self.WHO, at=tmp_path, expect=1)
        assert "notes.txt is a file" in ran.err and ran.next == "mcred init ANOTHER-FOLDER"
        assert digests(tmp_path).keys() == {"notes.txt"}

    def test_a_line_break_on_the_way(self, tmp_path: Path) -> None:
        town, there = Town(place=tmp_path), tmp_path / "a\nb"
        there.mkdir()
        words = ("init", "lake", "--name", "Lake", "--person", "Rosa Diaz", "--school", "", "--url", "")
        ran = town.run("rosa", *words, at=there, expect=1)
        assert "a?b/lake: a folder with a line break in its path cannot be used" in ran.err
        assert list(there.iterdir()) == []

    def test_a_remote_that_is_a_file(self, tmp_path: Path) -> None:
        town = Town(place=tmp_path)
        (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
        words = ("--remote", "notes.txt")
        ran = town.run("rosa", "init", "lake", *self.WHO, *words, at=tmp_path, expect=1)
        assert "notes.txt is a file" in ran.err and ran.next.endswith("--remote ANOTHER-ADDRESS")
        assert not (tmp_path / "lake").exists()
        town.run("rosa", "init", "lake", *self.WHO, at=tmp_path)
        before = digests(tmp_path)
        for more in ((), ("--dry-run",)):
            ran = town.run("rosa", "init", "lake", *words, *more, at=tmp_path, expect=1)
            assert "notes.txt is a file" in ran.err
        assert digests(tmp_path) == before

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--name", "Lake"), "--person"),
            (("--person", "R\u202eosa", "--name", "Lake"), "hidden character (U+202E)"),
            (("--person", "R" * 300, "--name", "Lake"), "more than 200"),
            (("--person", "Rosa", "--id", "Rosa D", "--name", "Lake"), "cannot be an id"),
        ],
    )
    def test_a_founder_who_cannot_be_written_down(
        self, tmp_path: Path, words: tuple[str, ...], said: str
    ) -> None:
        ran = Town(place=tmp_path).run("rosa", "init", "lake", *words, at=tmp_path, expect=2)
        assert said in ran.err and ran.next
        assert list(tmp_path.iterdir()) == []

    def test_other_files_in_the_folder_stay(self, tmp_path: Path) -> None:
        (tmp_path / "lake").mkdir()
        (tmp_path / "lake" / "README.md").write_text("ours", encoding="utf-8")
        Town(place=tmp_path).run("rosa", "init", "lake", *self.WHO, at=tmp_path)
        assert (tmp_path / "lake" / "README.md").read_text(encoding="utf-8") == "ours"
        assert (tmp_path / "lake" / "mcred.yaml").is_file()


class TestNews:
    """What arrives meets something of mine: mine stays, and that is said."""

    def news(self, town: Town, path: str, text: str) -> None:
        place = town.home("rosa") / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        town.run("rosa", "save", "--programme")

    @pytest.mark.parametrize("put", [a_file, a_folder, a_link])
    def test_a_file_of_the_programme(
        self, town: Town, outside: Path, put: Callable[[Path, Path], None]
    ) -> None:
        mine = town.home("ana") / "templates" / "hello.md"
        mine.parent.mkdir(exist_ok=True)
        put(mine, outside)
        self.news(town, "templates/hello.md", "From Rosa.\n")
        ran = town.run("ana", "sync")
        assert "templates/hello.md: you changed it, so your version stays." in ran.err
        assert not mine.is_file() or mine.read_text(encoding="utf-8") == "somebody's"
        assert list(outside.iterdir()) == []

    def test_a_folder_of_the_programme_that_is_a_file_of_mine(self, town: Town, outside: Path) -> None:
        a_file(town.home("ana") / "templates", outside)
        self.news(town, "templates/hello.md", "From Rosa.\n")
        assert "templates/hello.md: you changed it" in town.run("ana", "sync").err
        assert (town.home("ana") / "templates").read_text(encoding="utf-8") == "somebody's"

    def test_a_draft_is_saved_whatever_stands_elsewhere(self, ready: Town, outside: Path) -> None:
        (ready.home("ana") / "mcred.yaml").unlink()
        a_link(ready.home("ana") / "mcred.yaml", outside)
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        assert "saved here and online" in ready.run("ana", "save").out
        assert b"And more." in ready.saved("ana")["1-overview.md"]


def test_a_shared_folder_that_a_killed_git_began_is_made_whole(town: Town) -> None:
    begun = town.place / "begun.git"
    (begun / "refs").mkdir(parents=True)
    (begun / "HEAD").write_text("ref: refs/heads/main\n")
    (begun / "tq5VWv_").touch()
    (begun / "t5qVWvA").symlink_to("testing")  # git tries whether links can be made
    town.run("nora", "init", ".", *FOUNDED, at=make_folder(town), expect=0)
    town.run("nora", "init", ".", "--remote", str(begun))
    assert git(begun, "rev-parse", "main") and not list(begun.glob("t??????"))
    assert "wrong" not in town.run("nora", "doctor").out


def test_a_folder_that_holds_something_is_never_made_a_shared_folder(town: Town) -> None:
    taken = town.place / "taken"
    (taken / "testing").mkdir(parents=True)
    town.run("nora", "init", ".", *FOUNDED, at=make_folder(town), expect=0)
    assert "no program at" in town.run("nora", "init", ".", "--remote", str(taken), expect=7).err
    assert [path.name for path in taken.iterdir()] == ["testing"]


def make_folder(town: Town) -> Path:
    town.home("nora").mkdir()
    return town.home("nora")
