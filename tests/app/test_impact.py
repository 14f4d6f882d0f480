"""What an edited definition affects, and what a check of the working copy finds, without a terminal."""

from __future__ import annotations

import pytest

from mcred.app.programme.folder import lint_folder
from mcred.app.programme.impact import EditImpact, find_edit_impact
from mcred.app.workspace import open_workspace
from mcred.problems import McredError, errors
from tests.app.conftest import at_home
from tests.cli.test_impact import PLACE, edit, longer
from tests.cli.town import WAIT, Town


@pytest.mark.parametrize("typed", [PLACE, f"{PLACE}/", f"{PLACE}/credential.yaml", WAIT])
def test_however_it_is_named(town: Town, typed: str) -> None:
    edit(town, longer())
    found = find_edit_impact(open_workspace(at_home(town, "rosa")), typed)
    assert isinstance(found, EditImpact) and found.is_edited
    assert (found.impact.old.version, found.impact.new.version) == ("1.2.0", "1.3.0")
    assert found.impact.asked and not found.impact.touched


def test_what_no_one_edited_affects_only_who_holds_it(earned: Town) -> None:
    earned.run("rosa", "sync")
    found = find_edit_impact(open_workspace(at_home(earned, "rosa")), WAIT)
    assert isinstance(found, EditImpact) and not found.is_edited and not found.impact.asked
    assert [(str(t.submission), t.kind) for t in found.impact.touched] == [(f"ana/{WAIT}", "held")]


def test_a_check_tells_edits_from_problems(town: Town) -> None:
    rosa = at_home(town, "rosa")
    path = edit(town, longer())
    found = lint_folder(rosa)
    assert found.is_edited and not errors(found.problems)
    path.write_text(path.read_text("utf-8").replace("min: 20", "min: many"), "utf-8")
    found = lint_folder(rosa)
    assert [p.where.file for p in errors(found.problems) if p.where] == [f"{PLACE}/credential.yaml"]
    path.unlink()
    with pytest.raises(McredError, match="no longer exists"):
        find_edit_impact(open_workspace(rosa), WAIT)
