"""`explain`: an attempt, and a badge's file, by the record."""

from __future__ import annotations

import json

import pytest

from mcred.app.awards.explain import explain
from mcred.app.awards.explain_attempt import Story
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.court import on_main
from tests.cli.town import WAIT, Town

ANA = f"ana/{WAIT}"


@pytest.mark.slow
def test_an_award_and_its_file_are_explained_by_the_record(earned: Town) -> None:
    ctx = at_home(earned, "ben")
    found = explain(ctx, ANA)
    assert isinstance(found.story, Story) and found.story.attempts == {1: "award"}
    assert not found.story.findings and not found.file
    badge = json.loads(on_main(earned, f"portfolios/{ANA}/attempts/1/badge.json"))
    file = ctx.at / "badge.json"
    file.write_text(json.dumps(badge), "utf-8")
    same = explain(ctx, "badge.json")
    assert same.story == found.story
    assert (same.file, same.is_altered) == ("badge.json", False)
    file.write_text(json.dumps({**badge, "name": "Another"}), "utf-8")
    assert explain(ctx, "badge.json").is_altered
    with pytest.raises(McredError, match="already about one attempt") as refused:
        explain(ctx, "badge.json", attempt=1)
    assert refused.value.code is Exit.USAGE
    file.write_text(json.dumps({**badge, "id": "urn:uuid:0"}), "utf-8")
    with pytest.raises(McredError, match="never issued this badge"):
        explain(ctx, "badge.json")
    file.write_text("{", "utf-8")
    with pytest.raises(McredError, match="is not a badge that can be read"):
        explain(ctx, "badge.json")
    with pytest.raises(McredError, match=r"has no submitted attempt 2 \(1\)"):
        explain(ctx, ANA, attempt=2)
