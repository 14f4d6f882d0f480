"""The second checker shares no code with mcred, tells of each award in a clone, and agrees on the sample."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.forged_overrides import overridden
from tests.audit.second_checker import PLACE, check_again
from tests.audit.workshop import PEM, Redo, Workshop
from tests.cli.court import set_rules
from tests.cli.town import ANSWER, SLIP, WAIT, Town

ROOT = Path(__file__).parents[2]


def test_it_uses_the_standard_library_and_cryptography_and_nothing_else() -> None:
    imported = set()
    for node in ast.walk(ast.parse(PLACE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module
            imported.add(node.module.partition(".")[0])
    assert "cryptography" in imported
    assert imported <= {*sys.stdlib_module_names, "cryptography"}
    assert not imported & {"importlib", "runpy"}


def recheck(clone: Path) -> tuple[int, list[str]]:
    """As someone types it, where mcred is not there."""
    done = subprocess.run(
        [sys.executable, "-P", str(PLACE), str(clone)], cwd=clone, capture_output=True, check=False
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().splitlines()


def test_it_names_each_award_with_its_verdict(shop: Workshop) -> None:
    redo = overridden(shop, proposer="ben")
    redo.build()
    assert recheck(shop.repo.git_dir) == (
        0,
        ["ben/wait-time, attempt 1: proved", "ana/wait-time, attempt 1: proved by override"],
    )
    path = "portfolios/ana/wait-time/attempts/1/decision.json"
    made = shop.step({path: shop.show(path) + b"\n"})
    code, lines = recheck(shop.repo.git_dir)
    assert (code, lines[0]) == (1, "ben/wait-time, attempt 1: proved")
    assert lines[1] == f"ana/wait-time, attempt 1: not proved: not-allowed at {path} in {made[:12]}"


UNDERLINED = f"Overview\n===\n\nYour setting\n---\n\n{ANSWER}\n"
"""A text that only CommonMark reads."""
UNREAD = (
    "cannot tell: Markdown that only CommonMark reads at portfolios/tom/wait-time/attempts/1/decision.json"
)


def test_it_cannot_tell_what_only_commonmark_reads_and_what_rests_on_it(
    first_chronicle: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCRED_ISSUER_KEY", str(first_chronicle.place / PEM))
    town = first_chronicle.copy(tmp_path / "town")
    town.run("tom", "sync")
    town.hand_in("tom")
    (town.folder("tom") / "1-overview.md").write_text(UNDERLINED, "utf-8")
    town.run("tom", "submit", WAIT, "--attest", "all")
    town.assess("tom")
    town.decide("tom")
    # Another teacher's, assessed by an expert; and one that all holders assess, so Tom too.
    town.run("cleo", "sync")
    town.award("cleo", SLIP)
    set_rules(town, "  peers: 2 ", "  peers: 5 ")
    town.run("mei", "sync")
    town.award("mei")
    town.run("rosa", "sync")
    audited = town.run("rosa", "audit", "--json").json
    assert audited["findings"] == []
    code, lines = recheck(town.home("rosa"))
    said = dict(line.split(", attempt 1: ") for line in lines if ", attempt 1: " in line)
    assert code == 7
    assert said.pop("tom/wait-time").startswith(UNREAD)
    assert said.pop("mei/wait-time") == "cannot tell: it rests on something that cannot be told"
    assert said == dict.fromkeys(
        ["ben/wait-time", "cleo/wait-time", "dev/wait-time", "cleo/exit-slip"], "proved"
    )


def test_what_is_wrong_is_said_where_something_else_cannot_be_told(shop: Workshop) -> None:
    redo = Redo(shop, "dev")
    redo.files = {"1-overview.md": UNDERLINED.encode()}
    redo.given = {p: {"summary": "Read."} for p in redo.panel}
    redo.badge = lambda document: document.update(name="Principal of the Year")
    redo.build()
    code, lines = recheck(shop.repo.git_dir)
    assert code == 1
    assert lines[-1].startswith("dev/wait-time, attempt 1: not proved: award-other at ")


def test_it_cannot_tell_where_something_is_missing(shop: Workshop) -> None:
    (shop.repo.git_dir / "packed-refs").unlink()
    shop.move("1" * 40)
    assert recheck(shop.repo.git_dir) == (7, ["cannot tell: there is no main line"])


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the sample's history is not here")
def test_both_say_the_same_of_the_sample() -> None:
    command = [sys.executable, "-m", "mcred", "audit", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    audited = json.loads(done.stdout)
    assert len(audited["awards"]) >= 10
    check_again(ROOT, done.returncode, audited)
