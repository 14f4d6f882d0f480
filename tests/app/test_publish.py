"""The pages are published by whoever may, from any caller."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.pages.publish import publish_site
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.town import Town


@pytest.mark.slow
def test_a_folder_is_published_once(town: Town, tmp_path: Path) -> None:
    ctx, to = at_home(town, "ben"), tmp_path / "site"
    assert publish_site(replace(ctx, dry_run=True), to=to).is_new and not to.exists()
    done = publish_site(ctx, to=to)
    assert done.is_new and done.commit is None and (to / "index.html").exists()
    assert not publish_site(ctx, to=to).is_new


@pytest.mark.parametrize(
    ("person", "branch", "to", "said", "code"),
    [
        ("ben", "", None, "maintainers and issuers publish", Exit.NOT_ALLOWED),
        ("rosa", "main", None, "cannot go to a branch 'main'", Exit.USAGE),
        ("rosa", "x", Path("site"), "not both", Exit.USAGE),
        ("rosa", "", Path(), "a folder of their own", Exit.REFUSED),
    ],
)
def test_what_is_refused_is_refused_before_the_work(
    person: str, branch: str, to: Path | None, said: str, code: Exit, town: Town
) -> None:
    before = town.refs()
    with pytest.raises(McredError, match=said) as found:
        publish_site(at_home(town, person), branch, to)
    assert found.value.code == code and town.refs() == before
