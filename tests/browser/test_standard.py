"""The pages before the HTML standard's own checker (Nu), which knows rules that other judges do not.

Skipped where Java or the packages of `make browser` are missing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.sample import a_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHECKER = Path(__file__).parent / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


def faults(folder: Path) -> tuple[str, ...]:
    """What the checker calls an error in the pages and styles of a folder."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("no Java is installed: apt-get install default-jre-headless")
    if not CHECKER.is_file():
        pytest.skip("the standard's checker is not installed: make browser")
    how = ["--also-check-css", "--errors-only", "--exit-zero-always", "--format", "json", "--stdout"]
    words = [java, "-jar", str(CHECKER), *how, str(folder)]
    done = subprocess.run(words, capture_output=True, timeout=300, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)["messages"]
    return tuple(f"{m.get('url', '')}:{m.get('lastLine', 0)}: {m['message']}" for m in found)


def test_every_page_is_what_the_standard_asks(tmp_path: Path) -> None:
    pages = {p: text for p, text in a_site().items() if p.endswith((".html", ".css"))}
    assert len(pages) > 25
    for path, content in pages.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert not faults(tmp_path)


def test_the_checker_finds_a_breach(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><html lang="en"><title>T</title><p id="a"><i id="a">x</i></p>', "utf-8")
    (tmp_path / "style.css").write_text("p { colour: red }", "utf-8")
    found = faults(tmp_path)
    assert any("page.html" in fault and "Duplicate ID" in fault for fault in found)
    assert any("style.css" in fault and "colour" in fault for fault in found)
