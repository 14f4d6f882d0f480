"""A programme is founded, gets its remote, and refuses what it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.people.confirm import list_people
from mcred.app.plain import Plain
from mcred.app.programme.connect import check_address, connect
from mcred.app.programme.found import Founding, check_founding, found_programme
from mcred.domain.ids import PersonId
from mcred.domain.people import Person
from mcred.problems import McredError
from tests.cli.town import git

LAKE = Founding(id="lake", name="Lake")
ROSA = Person(format=2, id=PersonId("rosa"), name="Rosa Diaz", keys=())


@pytest.fixture
def ctx(tmp_path: Path) -> Plain:
    return Plain(at=tmp_path, now=lambda: datetime(2026, 3, 1, tzinfo=UTC))


def test_its_founder_is_maintainer_and_issuer_and_it_can_be_joined(ctx: Plain, tmp_path: Path) -> None:
    place, remote = tmp_path / "lake", tmp_path / "lake.git"
    check_founding(ctx, place, LAKE, str(remote))
    assert not place.exists() and not remote.exists()
    found_programme(ctx, place, LAKE, ROSA, starter=False)
    found = list_people(replace(ctx, at=place))
    assert found.roles.of(PersonId("rosa")) == ("maintainer", "issuer")
    done = connect(ctx, place, check_address(ctx, place, str(remote)))
    assert done.owner and (remote / "hooks" / "pre-receive").exists()
    assert git(remote, "rev-parse", "main") == git(place, "rev-parse", "main")
    with pytest.raises(McredError, match="already"):
        check_address(ctx, place, str(tmp_path / "other.git"))


@pytest.mark.parametrize(
    ("founding", "said"),
    [
        (replace(LAKE, id="L A"), "cannot be the program's id"),
        (replace(LAKE, url="ftp://x"), "starts with https://"),
        (replace(LAKE, name="Lake\x07"), "cannot start like this"),
    ],
)
def test_rules_that_cannot_be_are_refused(founding: Founding, said: str, ctx: Plain, tmp_path: Path) -> None:
    with pytest.raises(McredError, match=said):
        found_programme(ctx, tmp_path / "lake", founding, ROSA)
    assert not (tmp_path / "lake").exists()


def test_an_unknown_host_is_refused_before_anything_is_written(ctx: Plain, tmp_path: Path) -> None:
    with pytest.raises(McredError, match="nohost"):
        found_programme(ctx, tmp_path / "lake", LAKE, ROSA, host="nohost")
    assert not (tmp_path / "lake").exists()


def test_a_file_or_a_branch_in_the_way_is_refused(ctx: Plain, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(McredError, match="is a file"):
        check_founding(ctx, tmp_path / "file" / "lake", LAKE)
    found_programme(ctx, tmp_path / "lake", LAKE, ROSA, starter=False)
    git(tmp_path / "lake", "branch", "person")
    with pytest.raises(McredError, match="a branch named person is in the way"):
        check_founding(ctx, tmp_path / "lake", LAKE)
