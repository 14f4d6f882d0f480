"""`NewKey` and `RotateKey`: which key is listed, and where its private part is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mcred.app.keys.listed_keys import NewKey, RotateKey, RotatePlan, read_listed_keys
from mcred.app.plain import Plain
from mcred.app.use_case import carry_out
from mcred.app.workspace import open_workspace
from mcred.problems import Exit, McredError
from tests.cli.town import Town


def with_keys(town: Town, person: str, environment: Mapping[str, str] | None = None) -> Plain:
    return Plain(
        at=town.home(person),
        now=lambda: town.now,
        keys=town.place / "own-keys" / person,
        environment=environment or {},
    )


def names(ctx: Plain) -> list[str]:
    assert ctx.keys is not None
    return sorted(path.name for path in ctx.keys.iterdir())


def test_a_key_is_made_once_and_replaced_once_a_day(town: Town) -> None:
    rosa = with_keys(town, "rosa")
    before = read_listed_keys(open_workspace(rosa))
    assert (before.issuer, before.keys, before.is_here) == (None, (), False)
    first = carry_out(rosa, NewKey())
    assert (first.status, first.place, first.aside) == ("done", before.place, None)
    again = carry_out(rosa, NewKey())
    assert (again.status, again.key) == ("not needed", first.key)
    second = carry_out(rosa, RotateKey())
    assert second.key != first.key and second.aside == first.place.with_name("lakeside.old-1.pem")
    assert carry_out(rosa, RotateKey()).status == "not needed"
    listed = read_listed_keys(open_workspace(rosa))
    today = town.now.date()
    assert [(k.multibase, k.until) for k in listed.keys] == [(first.key, today), (second.key, None)]
    assert listed.issuer == f"did:key:{second.key}" and listed.is_here
    assert names(rosa) == ["lakeside.old-1.pem", "lakeside.pem"]


def test_what_is_refused_makes_no_key(town: Town, tmp_path: Path) -> None:
    with pytest.raises(McredError, match="only maintainers") as refused:
        carry_out(with_keys(town, "mei"), NewKey())
    assert refused.value.code is Exit.NOT_ALLOWED
    with pytest.raises(McredError, match="no key to rotate") as refused:
        carry_out(with_keys(town, "rosa"), RotateKey())
    assert str(refused.value.hint) == "mcred key new"
    with pytest.raises(McredError, match="not running in a terminal"):
        carry_out(with_keys(town, "rosa"), NewKey(passphrase=True))
    given = {"MCRED_ISSUER_KEY": str(tmp_path / "gone.pem")}
    with pytest.raises(McredError, match="MCRED_ISSUER_KEY names the key") as refused:
        carry_out(with_keys(town, "rosa", given), RotateKey())
    assert str(refused.value.hint).startswith("unset MCRED_ISSUER_KEY")
    with pytest.raises(McredError, match=r"gone\.pem, but there is no key there"):
        carry_out(with_keys(town, "rosa", given), NewKey())
    assert not (town.place / "own-keys").exists()


def test_a_second_maintainer_hears_that_the_key_is_elsewhere(town: Town) -> None:
    carry_out(with_keys(town, "rosa"), NewKey())
    town.run("rosa", "person", "add", "mei", "--role", "maintainer")
    mei = with_keys(town, "mei")
    with pytest.raises(McredError, match="the program already has a key, on another computer"):
        carry_out(mei, NewKey())
    listed = read_listed_keys(open_workspace(mei))
    assert listed.issuer and not listed.is_here and not listed.place.exists()


def test_a_passphrase_comes_from_the_environment(town: Town) -> None:
    secret = {"MCRED_ISSUER_PASSPHRASE": "three grey herons"}
    made = carry_out(with_keys(town, "rosa", secret), NewKey(passphrase=True))
    assert "ENCRYPTED" in made.place.read_text("ascii")


def test_a_key_that_another_window_listed_stays_in_use(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rosa = with_keys(town, "rosa")
    carry_out(rosa, NewKey())
    before = open_workspace(rosa)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.keys.listed_keys.take_next_key", stop)
        with pytest.raises(KeyboardInterrupt):
            carry_out(rosa, RotateKey())
    rosa.pause = lambda _: None
    plan = RotateKey().plan(before)
    assert isinstance(plan, RotatePlan)
    done = plan.apply(before)
    keys = read_listed_keys(done.ws).keys
    assert [key.until is None for key in keys] == [False, True] and keys[1].multibase == done.key
