"""Evidence of more than 10 MB: Git LFS objects, sealed, that only those fetch who open them."""

from __future__ import annotations

import random
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.test_sealed_work import ANA, sealed
from tests.cli.town import OVERVIEW, PLAN, Town

__all__ = ["sealed"]
pytestmark = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
SIZE = 30 * 1024 * 1024
FILM = f"portfolios/{ANA}/evidence/lesson.mp4"


def a_film(place: Path, size: int = SIZE, seed: int = 1) -> Path:
    """A file that begins as a film does; its bytes stand nowhere else."""
    place.write_bytes(
        b"\0\0\0\x10ftypisom\0\0\2\0"
        + (size - 16).to_bytes(4)
        + b"mdat"
        + random.Random(seed).randbytes(size - 24)  # noqa: S311
    )
    return place


def begin(town: Town, person: str = "ana") -> Path:
    """Start, with all that is asked for but the film; where the film is."""
    folder, desk = town.start(person), town.desk(person)
    (folder / "1-overview.md").write_text(OVERVIEW, encoding="utf-8")
    (desk / "plan.md").write_text(PLAN, encoding="utf-8")
    town.run(person, "add", str(desk / "plan.md"), "--for", "lesson-plan")
    return a_film(desk / "lesson.mp4")


WORDS = ("--for", "class-video", "--type", "video")


@pytest.fixture
def sent(sealed: Town) -> Town:
    """One where Ana sent a film."""
    film = begin(sealed)
    sealed.run("ana", "add", str(film), *WORDS)
    sealed.run("ana", "submit", "--attest", "all")
    return sealed


def kept(home: Path) -> list[Path]:
    """The large objects of a repository."""
    return [p for p in (home / "lfs" / "objects").rglob("*") if p.is_file()]


def film_in_view(town: Town, person: str) -> list[Path]:
    """The films beside the pages that somebody looked at."""
    return list((town.home(person) / ".git" / "mcred" / "view").rglob("*.mp4"))


def test_only_who_opens_it_fetches_it(sent: Town) -> None:
    content = (sent.desk("ana") / "lesson.mp4").read_bytes()
    (asked,) = sent.panel("ana")
    assert ANA in sent.run(asked, "view", ANA, "--text").out
    assert not kept(sent.home(asked) / ".git")
    page = sent.run(asked, "view", ANA, "--no-open").said
    (film,) = film_in_view(sent, asked)
    assert film.read_bytes() == content and film.stem == sha256(content).hexdigest()
    html = (film.parent.parent / "index.html").read_text("utf-8")
    assert f"evidence/{film.name}" in html and "30" in html and "could not be fetched" not in html, page
    for person in ("ben", "dev"):
        sent.run(person, "sync")
        assert not kept(sent.home(person) / ".git")
    (there,) = kept(sent.remote)
    sealed_bytes = there.read_bytes()
    assert sealed_bytes.startswith(b"age-encryption.org/v1\n") and content[100:200] not in sealed_bytes
    for home in (sent.home("ana"), sent.home(asked), sent.home("ben"), sent.remote):
        assert _largest_pack(home) < 2**20


def _largest_pack(home: Path) -> int:
    """The most bytes of a file in git's own store."""
    git_dir = home / ".git" if (home / ".git").is_dir() else home
    return max(p.stat().st_size for p in (git_dir / "objects").rglob("*") if p.is_file())
