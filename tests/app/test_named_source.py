"""What may be named to be added as evidence: one's own work, and no file that an app left beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.app.pieces.named_source import find_source
from mcred.problems import McredError, next_step

AGAIN = next_step("add", "FILE", "--for", "lesson-plan")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("~$plan.docx", "an app made it"),
        (".DS_Store", "an app made it"),
        ("._plan.docx", "an app made it"),
        (".plan.docx.icloud", "plan.docx is not on this computer; open it in Finder"),
        ("plan.docx.crdownload", "has not downloaded it completely"),
        (".git/mcred/signing-key", "some of these are secret"),
    ],
)
def test_what_is_not_ones_work_is_refused(work: Path, name: str, says: str) -> None:
    (work / name).parent.mkdir(parents=True, exist_ok=True)
    (work / name).write_text("x", "utf-8")
    with pytest.raises(McredError) as refused:
        find_source(work, name, AGAIN)
    assert says in refused.value.what and refused.value.hint == AGAIN


@pytest.mark.parametrize("name", ["plan.docx", "plan (1).docx", ".plan.md", "icloud.md", "git/plan.md"])
def test_ones_own_files_are_found(work: Path, name: str) -> None:
    (work / name).parent.mkdir(parents=True, exist_ok=True)
    (work / name).write_text("x", "utf-8")
    assert find_source(work, name, AGAIN) == work / name
