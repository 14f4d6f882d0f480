"""`link`: a second computer by a file and a code, without copying folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mcred.store.seal import WrongCode
from tests.cli.town import ANSWER, WAIT, Ran, Town

CODE = re.compile(r"^    ((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})$", re.MULTILINE)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing that does not take its second; what is sealed with is tested below."""

    def seal(data: bytes, code: str) -> bytes:
        return code.encode() + b":" + data

    def unseal(data: bytes, code: str) -> bytes:
        if not data.startswith(code.encode() + b":"):
            raise WrongCode("no")
        return data.partition(b":")[2]

    monkeypatch.setattr("mcred.app.people.link.seal_with_code", seal)
    monkeypatch.setattr("mcred.app.people.link.open_with_code", unseal)


def make(town: Town, person: str = "ana") -> tuple[Path, str]:
    """The file that a person's first computer makes, and its code."""
    file = town.place / "other.txt"
    found = CODE.search(town.run(person, "link", str(file)).out)
    assert found is not None
    return file, found[1]


def join(town: Town, file: Path, code: str, expect: int = 0) -> Ran:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MCRED_LINK_CODE", code)
        return town.run("second", "join", str(file), str(town.home("second")), at=town.place, expect=expect)


@pytest.mark.usefixtures("quick")
class TestLink:
    def test_a_file_whose_code_was_not_shown_is_made_again(
        self, ready: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        file = ready.place / "other.txt"
        with monkeypatch.context() as patch:
            patch.setattr("mcred.app.people.link.Linking", cut)
            ready.run("ana", "link", str(file), expect=130)
        assert file.is_file()
        file, code = make(ready)
        assert "You are Ana Reyes" in join(ready, file, code).out
        # This one was shown, so it is not replaced; nor is one that was there before.
        assert "already exists" in ready.run("ana", "link", str(file), expect=1).err
        with monkeypatch.context() as patch:
            patch.setattr("mcred.app.people.link.Linking", cut)
            ready.run("ana", "link", str(ready.place / "third.txt"), expect=130)
        assert "already exists" in ready.run("ana", "link", str(file), expect=1).err

    def test_a_second_computer_goes_on_where_the_first_one_was(self, ready: Town) -> None:
        town = ready
        town.run("ana", "save", WAIT)
        file, code = make(town)
        said = join(town, file, code)
        assert "You are Ana Reyes (ana) on this computer too" in said.out and said.next.endswith(
            "second && mcred status"
        )
        folder = town.home("second") / "portfolios" / "ana" / WAIT
        assert ANSWER in (folder / "1-overview.md").read_text("utf-8")
        assert (folder / "evidence" / "plan.md").is_file()
        (folder / "1-overview.md").write_text(
            (folder / "1-overview.md").read_text("utf-8").replace(ANSWER, "Period three, and a new goal."),
            "utf-8",
        )
        town.run("second", "save", WAIT)
        town.run("ana", "sync")
        assert "Period three" in (town.folder("ana") / "1-overview.md").read_text("utf-8")
        town.run("second", "submit", WAIT, "--attest", "all")
        town.run("rosa", "sync")
        town.run("rosa", "audit")

    def test_the_code_is_taken_however_it_is_typed(self, town: Town) -> None:
        file, code = make(town)
        said = join(town, file, f" {code.lower().replace('-', ' ')} ")
        assert "You are Ana Reyes (ana) on this computer too" in said.out

    def test_a_wrong_code_says_so_and_leaves_nothing(self, town: Town) -> None:
        file, _ = make(town)
        said = join(town, file, "AAAAA-BBBBB-CCCCC-DDDDD", expect=1)
        assert "that is not the code of" in said.err and said.next == f"mcred join {file}"
        assert not town.home("second").exists()

    def test_without_a_terminal_the_variable_is_named(self, town: Town) -> None:
        file, _ = make(town)
        said = town.run("second", "join", str(file), at=town.place, expect=2)
        assert said.next == "set MCRED_LINK_CODE"

    @pytest.mark.parametrize("spoil", ["cut", "other"])
    def test_a_spoiled_file_is_named(self, town: Town, spoil: str) -> None:
        file, code = make(town)
        text = file.read_text("ascii")
        file.write_text(
            text[:-3] if spoil == "cut" else text.replace("second-computer:", "second-computer:!")
        )
        assert join(town, file, code, expect=2 if spoil == "other" else 1).next

    def test_the_file_is_its_owners_and_never_in_the_programme(self, town: Town) -> None:
        file, _ = make(town)
        assert file.stat().st_mode & 0o777 == 0o600
        inside = town.run("ana", "link", "keys.txt", expect=1)
        assert "inside the program's folder" in inside.err
        assert "already exists" in town.run("ana", "link", str(file), expect=1).err
        assert not (town.home("ana") / "keys.txt").exists()

    def test_a_folder_of_another_person_is_left_alone(self, town: Town) -> None:
        file, code = make(town)
        before = town.files("ben")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MCRED_LINK_CODE", code)
            said = town.run("ben", "join", str(file), str(town.home("ben")), at=town.place, expect=1)
        assert "has other keys already" in said.err
        assert town.files("ben") == before

    def test_a_dry_run_makes_nothing(self, town: Town) -> None:
        town.run("ana", "link", str(town.place / "x.txt"), "--dry-run")
        assert not (town.place / "x.txt").exists()


@pytest.mark.slow
def test_the_file_is_sealed_with_the_code_alone(town: Town) -> None:
    """With the real library, which takes its time."""
    file, code = make(town)
    key = (town.home("ana") / ".git" / "mcred" / "reading-key").read_bytes()
    assert key not in file.read_bytes()
    said = join(town, file, "AAAAA-BBBBB-CCCCC-DDDDD", expect=1)
    assert "that is not the code" in said.err
    join(town, file, code)
    assert (town.home("second") / ".git" / "mcred" / "reading-key").read_bytes().strip() == key.strip()
