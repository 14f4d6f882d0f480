"""A shallow or partial clone: what cannot be told from it is never called forged or rewritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mcred.problems import Exit
from tests.cli.town import WAIT, Town, git

READERS = {
    "audit": ("audit",),
    "explain": ("explain", f"ana/{WAIT}"),
    "build": ("build", "--out", "pages"),
    "publish": ("publish", "--to", "published"),
    "progress": ("progress",),
    "status": ("status",),
    "report": ("report",),
}
CLONES = {
    "shallow": ("--depth=1",),
    "without files": ("--filter=blob:none", "--no-checkout"),
    "without folders": ("--filter=tree:0", "--no-checkout"),
}


def clone(town: Town, place: Path, *how: str) -> Path:
    """A clone as git makes it, in which Rosa goes on as herself."""
    git(town.remote, "config", "uploadpack.allowFilter", "true")
    git(place, "clone", "--quiet", *how, f"file://{town.remote}", "copy")
    git(place / "copy", "config", "mcred.person", "rosa")
    shutil.copytree(town.home("rosa") / ".git" / "mcred", place / "copy" / ".git" / "mcred")
    return place / "copy"


@pytest.mark.parametrize("how", CLONES)
def test_nothing_is_told_from_a_clone_that_is_not_whole(earned: Town, tmp_path: Path, how: str) -> None:
    copy = clone(earned, tmp_path, *CLONES[how])
    git(copy, "config", "remote.origin.url", str(tmp_path / "away"))
    for words in READERS.values():
        ran = earned.run("rosa", *words, at=copy, expect=int(Exit.UNREACHABLE))
        assert "missing on this computer" in ran.err and ran.next.startswith("mcred join"), (words, ran)
    assert not (copy / "pages").exists() and not (copy / "published").exists()


@pytest.mark.parametrize("how", CLONES)
def test_what_a_fetch_completes_is_told_as_it_is(earned: Town, tmp_path: Path, how: str) -> None:
    """Other people's refs may bring the rest of the history with them."""
    for name, words in READERS.items():
        places = [tmp_path / f"{name}-{part}" for part in ("whole", "part")]
        for place in places:
            place.mkdir()
        expected = earned.run("rosa", *words, at=clone(earned, places[0]))
        ran = earned.run("rosa", *words, at=clone(earned, places[1], *CLONES[how]), expect=None)
        assert ran.code in (0, Exit.UNREACHABLE), (words, ran)
        said = ran.out.replace(str(places[1]), str(places[0]))
        assert said == expected.out if ran.code == 0 else ran.next.startswith("mcred join"), (ran, expected)


@pytest.mark.parametrize("words", READERS.values(), ids=READERS)
def test_a_whole_clone_answers_whatever_it_is_told_about_itself(
    earned: Town, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The twin: a copied folder says that it is shallow, and has everything."""
    copy = clone(earned, tmp_path)
    expected = earned.run("rosa", *words, at=copy).out
    (copy / ".git" / "shallow").write_text(git(copy, "rev-parse", "HEAD"), "ascii")
    assert len(git(copy, "rev-list", "HEAD").split()) == 1, "git itself believes it"
    shutil.rmtree(copy / "pages", ignore_errors=True)
    shutil.rmtree(copy / "published", ignore_errors=True)
    assert earned.run("rosa", *words, at=copy).out == expected
