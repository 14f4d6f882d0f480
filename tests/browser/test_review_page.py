"""The assessors' page in a real Chromium, from a folder: pictures are seen, no script in them runs."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from mcred.website.local.review_page import render_review
from tests.school import a_credential, a_work
from tests.website.test_review_page import a_piece, sent
from tests.website.town import TEMPLATES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RED, GREEN, BLUE = (230, 0, 20), (0, 200, 30), (10, 20, 240)
CHANGE = "document.documentElement.firstElementChild.setAttribute('fill', 'rgb(0,200,30)')"
DRAWING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120" onload="{CHANGE}">'
    f'<rect width="200" height="120" fill="rgb(230,0,20)"/><script>{CHANGE}</script></svg>'
)
TEXT = b"![Seen](photo.png)\n"


def look(files: Mapping[str, bytes], page: str, root: Path) -> set[object]:
    """Every color that Chromium shows of a page opened from the disk."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    shot = root / "shot.png"
    words = ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,4000", "--hide-scrollbars")
    target = (root / page).as_uri()
    user = f"--user-data-dir={root / 'user'}"
    subprocess.run(
        [chromium, *words, user, f"--screenshot={shot}", target], capture_output=True, timeout=120, check=True
    )
    with Image.open(shot) as seen:
        return {color for _, color in seen.convert("RGB").getcolors(seen.width * seen.height) or ()}


def test_the_pictures_are_seen_and_the_script_in_one_does_not_run(tmp_path: Path) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (80, 60), BLUE).save(photo, "PNG")
    pieces = (a_piece(file="evidence/plan.svg"), a_piece(file="evidence/notes.md", title="Notes"))
    evidence = {
        "evidence/plan.svg": DRAWING.encode(),
        "evidence/notes.md": TEXT,
        "evidence/photo.png": photo.getvalue(),
    }
    work = sent(a_work(evidence=pieces))
    files = render_review(work, a_credential(), work.submission.attempt, evidence, (TEMPLATES,))
    colors = look(files, "index.html", tmp_path / "view")
    assert RED in colors and BLUE in colors
    assert GREEN not in colors
    # Where the drawing is opened as a document the same script does run.
    assert GREEN in look({"alone.svg": DRAWING.encode()}, "alone.svg", tmp_path / "alone")
