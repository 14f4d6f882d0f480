"""Published examples and test vectors, and what docs/verification.md says of each.

They are other people's files, kept beside the project: `MCRED_VECTORS` names their folder. `python
tests/badges/test_vectors.py FOLDER` prints the table.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mcred.badges.checks import CheckContext, Material, NamedIssuer
from mcred.badges.verify import verify

TABLE = Path(__file__).parents[2] / "docs" / "verification.md"
KNOWN = (
    NamedIssuer(
        did="https://example.edu/issuers/565049",
        keys=frozenset({"z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"}),
        name="1EdTech's example",
    ),
    NamedIssuer(
        did="did:key:z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q",
        keys=frozenset({"z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"}),
        name="DCC's example",
    ),
)
"""The issuers of these examples, known as if they were in one's list."""
FOLDER = os.environ.get("MCRED_VECTORS", "")
_ROW = re.compile(r"\| `([^`]+)` \| ([a-z ]+) \| (.*) \|")


def answer(data: bytes) -> tuple[str, str]:
    """The answer for a file, and why, offline and on a fixed day."""

    def nothing(_: str) -> Material:
        return Material(data=None, where="")

    now = datetime(2026, 11, 30, tzinfo=UTC)
    report = verify(data, CheckContext(now=now, find_did=nothing, find_list=nothing, known=KNOWN))
    open_ = next(
        (c for c in report.checks if c.ok is (False if report.answer == "not valid" else None)), None
    )
    holds = next((c.what for c in report.checks if c.name == "proof" and c.ok), "")
    why = "" if open_ is None or report.answer == "valid" else open_.what
    return report.answer, "; ".join(filter(None, (why, holds))).replace("|", "/")


def rows() -> dict[str, tuple[str, str]]:
    """The table: file → answer and why."""
    return {m[1]: (m[2], m[3]) for m in _ROW.finditer(TABLE.read_text("utf-8"))}


def test_published_examples_get_the_answers_that_are_written_down() -> None:
    table = rows()
    here = {name: Path(FOLDER, name).read_bytes() for name in table if Path(FOLDER, name).is_file()}
    if not FOLDER or not here:
        pytest.skip("set MCRED_VECTORS to a folder with the files that docs/verification.md names")
    assert {name: answer(data) for name, data in here.items()} == {name: table[name] for name in here}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for place in sorted(p for p in folder.rglob("*") if p.is_file()):
        said, why = answer(place.read_bytes())
        sys.stdout.write(f"| `{place.relative_to(folder).as_posix()}` | {said} | {why} |\n")
