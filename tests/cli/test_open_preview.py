"""`open` and `preview`: a draft in the user's own editor, and as its assessors will see it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mcred.cli import opening
from tests.cli.answering import talk
from tests.cli.town import ANSWER, SLIP, WAIT, Town, git

NOTHING = {"PATH": "/nowhere"}


@pytest.fixture
def started(town: Town) -> Town:
    """Ana began one."""
    town.start("ana")
    return town


@pytest.fixture
def editor(tmp_path: Path) -> Mapping[str, str]:
    """An environment with an editor that adds a line, a real program."""
    script = tmp_path / "an editor.py"
    script.write_text("import sys; open(sys.argv[-1], 'a').write('Edited.\\n')\n", "utf-8")
    return {"EDITOR": f'"{sys.executable}" "{script}" --wait'}


class TestOpen:
    @pytest.mark.parametrize(
        "words",
        [
            (WAIT, "overview"),
            (WAIT, "1"),
            (WAIT, "1-overview"),
            (WAIT, "1-overview.md"),
            ("overview",),
            ("1",),
        ],
        ids=lambda words: " ".join(words),
    )
    def test_a_part_in_the_editor(
        self, started: Town, editor: Mapping[str, str], words: tuple[str, ...]
    ) -> None:
        said = talk(started, "ana", "open", *words, environment=editor)
        place = started.folder("ana") / "1-overview.md"
        assert f"Opened {place}\n" in said.out and said.next == f"mcred check {WAIT}"
        assert place.read_text("utf-8").endswith("Edited.\n")

    def test_visual_comes_first(self, started: Town, editor: Mapping[str, str]) -> None:
        said = talk(started, "ana", "open", "1", environment={**editor, "VISUAL": "/no/such/editor"})
        assert "The editor '/no/such/editor' did not work." in said.err and "Open this file: " in said.out

    def test_the_folder_is_not_given_to_the_editor(self, started: Town, editor: Mapping[str, str]) -> None:
        said = talk(started, "ana", "open", environment=editor)
        assert f"Open this folder: {started.folder('ana')}\n" in said.out

    def test_what_the_system_opens(self, started: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def launch(place: str) -> int:
            asked.append(place)
            return 0

        monkeypatch.setattr("typer.launch", launch)
        folder = started.folder("ana")
        for words, place in (((), folder), (("1",), folder / "1-overview.md")):
            said = talk(started, "ana", "open", *words, environment={"DISPLAY": ":0"})
            assert f"Opened {place}\n" in said.out and asked.pop() == str(place)

    @pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these always have a screen")
    def test_without_a_screen_the_path_is_said(self, started: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("typer.launch", lambda place: pytest.fail("nothing can be shown"))
        assert "Open this file: " in talk(started, "ana", "open", "1", environment=NOTHING).out

    def test_without_a_terminal_too(self, started: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "start_editor", lambda *_: pytest.fail("no one can type"))
        said = started.run("ana", "open", WAIT, "1")
        assert said.out.startswith(f"Open this file: {started.folder('ana') / '1-overview.md'}\n")

    def test_an_unknown_part(self, started: Town) -> None:
        said = started.run("ana", "open", WAIT, "overveiw", expect=1)
        assert "there is no part 'overveiw'; did you mean overview?" in said.err

    def test_what_is_not_started(self, started: Town) -> None:
        assert started.run("ana", "open", SLIP, expect=1).next == f"mcred start {SLIP}"

    def test_a_list_with_errors_can_be_opened(self, started: Town) -> None:
        """It is what has to be fixed."""
        started.listing("ana").write_text("format: [\n", "utf-8")
        assert str(started.folder("ana")) in started.run("ana", "open", WAIT).out


class TestPreview:
    def test_is_what_assessors_see_later(self, ready: Town) -> None:
        before = git(ready.home("ana"), "for-each-ref")
        drafted = ready.run("ana", "preview", WAIT, "--text")
        assert ANSWER in drafted.out and "evidence/plan.md" in drafted.out
        assert git(ready.home("ana"), "for-each-ref") == before
        ready.run("ana", "submit", "--attest", "all")
        (judge,) = ready.panel("ana")
        seen = ready.run(judge, "view", f"ana/{WAIT}", "--text")
        assert seen.out.splitlines()[1:-1] == drafted.out.splitlines()[1:-1]

    def test_has_the_page_that_assessors_get(self, ready: Town) -> None:
        def page(person: str, *words: str) -> tuple[str, set[str]]:
            said = ready.run(person, *words, "--no-open").out
            found = Path(said.split("The page is at ", 1)[1].splitlines()[0])
            return found.read_text("utf-8"), {p.name for p in (found.parent / "evidence").iterdir()}

        drafted, files = page("ana", "preview", WAIT)
        ready.run("ana", "submit", "--attest", "all")
        (judge,) = ready.panel("ana")
        seen, beside = page(judge, "view", f"ana/{WAIT}")
        assert ANSWER in drafted and "draft" in drafted and files == beside and len(files) == 2
        assert _main(drafted) == _main(seen)

    def test_has_what_is_not_saved_yet(self, ready: Town) -> None:
        (ready.folder("ana") / "1-overview.md").write_text(
            "# O\n\n## Your setting\n\nNewer words.\n", "utf-8"
        )
        assert "Newer words." in ready.run("ana", "preview", "--text").out

    def test_a_draft_that_is_not_complete(self, started: Town) -> None:
        said = started.run("ana", "preview", "--text")
        assert "Lesson plan" in said.out and said.next == f"mcred check {WAIT}"

    def test_what_cannot_be_read(self, started: Town) -> None:
        started.listing("ana").write_text("format: [\n", "utf-8")
        assert started.run("ana", "preview", WAIT, expect=1).next.startswith(f"mcred check {WAIT}")


def _main(page: str) -> str:
    """What a page says of the work, from the first part on."""
    return page[page.index("Overview questions") :]
