"""Who someone says they are: what a profile may hold, whose id is taken, and which keys it lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.app.people.join import clone_programme, open_clone
from mcred.app.people.setup import Setup, SetupResult
from mcred.app.plain import Plain
from mcred.app.profile import read_profile
from mcred.app.use_case import carry_out
from mcred.domain.ids import PersonId
from mcred.domain.layout import person_ref
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.town import Town, git

ANA_REF = person_ref(PersonId("ana"))


def clone(town: Town) -> Plain:
    """Zoe has cloned the programme and has not said who she is."""
    ctx = Plain(at=town.place, now=lambda: town.now)
    ctx = replace(ctx, at=clone_programme(ctx, str(town.remote), Path("zoe")))
    open_clone(ctx, str(town.remote), None)
    return ctx


def set_up(town: Town, command: Setup, person: str = "ana") -> SetupResult:
    return carry_out(at_home(town, person), command)


def profile(town: Town) -> Path:
    return town.home("ana") / "portfolios" / "ana" / "profile.yaml"


def test_a_clone_and_a_name_are_a_request(town: Town) -> None:
    ctx = clone(town)
    assert (ctx.at / "mcred.yaml").exists()
    done = carry_out(ctx, Setup(name="Zoe Ito"))
    assert done.person.id == "zoe-ito" and not done.is_confirmed and done.known is None
    assert "refs/heads/person/zoe-ito" in town.refs()
    with pytest.raises(McredError, match="belongs to zoe-ito"):
        open_clone(ctx, str(town.remote), "zoe")


@pytest.mark.parametrize(
    ("command", "code", "said", "then"),
    [
        (Setup(), Exit.USAGE, "--name", "--name"),
        (Setup(name="Ana Again", id="ana"), Exit.REFUSED, "already has the id ana", "--id ana-2"),
        (Setup(name="Eva Again", id="eva"), Exit.REFUSED, "has asked for the id eva", "--id eva-2"),
        (Setup(name="Zoe", id="Z Z"), Exit.USAGE, "cannot be an id", "--id z-z"),
        (
            Setup(name="Zoe", publish="nobody"),
            Exit.USAGE,
            "public, unlisted, or private",
            "--publish private",
        ),
        (Setup(name="Zoe", email="zoe"), Exit.USAGE, "not an email address", "--email name@school.example"),
        (Setup(name="Zoe", email="z\x07@a.b"), Exit.USAGE, "not an email address", "--email"),
        (Setup(id="anna", lost_key=True), Exit.REFUSED, "no one here has the id 'anna'", "--lost-key"),
    ],
)
def test_refused_to_a_newcomer(command: Setup, code: Exit, said: str, then: str, town: Town) -> None:
    ctx, before = clone(town), town.refs()
    with pytest.raises(McredError, match=said) as found:
        carry_out(ctx, command)
    assert found.value.code == code and then in str(found.value.hint) and town.refs() == before


def test_a_name_is_free_where_no_one_waits_with_it(town: Town) -> None:
    git(town.remote, "update-ref", "refs/heads/person/zoe", "refs/heads/main")
    assert not carry_out(clone(town), Setup(name="Zoe", id="zoe")).is_confirmed
    assert git(town.remote, "rev-parse", "refs/heads/person/zoe~") == git(town.remote, "rev-parse", "main")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (Setup(new_key=True, lost_key=True), "ask for a new key separately"),
        (Setup(new_key=True, name="Ana R."), "ask for a new key separately"),
        (Setup(new_key=True, thanked=False), "ask for a new key separately"),
        (Setup(lost_key=True, id="ana"), "this folder belongs to ana, and its key is there"),
    ],
)
def test_wishes_that_do_not_fit_are_refused(command: Setup, said: str, town: Town) -> None:
    with pytest.raises(McredError, match=said):
        set_up(town, command)


def test_a_new_key_asked_for_twice_is_the_same(town: Town) -> None:
    first = set_up(town, Setup(new_key=True))
    tip = git(town.remote, "rev-parse", ANA_REF)
    assert set_up(town, Setup(new_key=True)).person == first.person
    assert git(town.remote, "rev-parse", ANA_REF) == tip


def test_a_key_that_is_listed_already_is_not_asked_for(town: Town) -> None:
    before = town.refs()
    git(town.home("ana"), "config", "--unset", "mcred.person")
    set_up(town, Setup(id="ana", lost_key=True))
    assert town.refs() == before


def test_an_address_is_given_kept_and_taken_out(town: Town) -> None:
    assert "email" not in profile(town).read_text("utf-8")
    set_up(town, Setup(email=" ana@school.example "))
    given = read_profile(town.home("ana"), PersonId("ana"))
    kept = set_up(town, Setup(school="Bay")).person.email
    assert kept is not None and given is not None and kept == given.email
    assert kept.is_of("ana@school.example") and "school.example" not in profile(town).read_text("utf-8")
    again = set_up(town, Setup(email="ana@school.example")).person.email
    assert again == kept
    other = set_up(town, Setup(email="ana@home.example")).person.email
    assert other is not None and other.salt != kept.salt and other.is_of("ana@home.example")
    set_up(town, Setup(email="\u00a0ana@home.example\u200b"))
    assert set_up(town, Setup(school="Sea")).person.email == other
    set_up(town, Setup(email=""))
    assert "email" not in profile(town).read_text("utf-8")


def test_a_profile_that_stays_the_same_keeps_its_remarks(town: Town) -> None:
    text = profile(town).read_text("utf-8") + "# my own remark\n"
    profile(town).write_text(text, encoding="utf-8")
    set_up(town, Setup())
    assert profile(town).read_text("utf-8") == text


def test_what_is_taken_back_holds_at_once(town: Town) -> None:
    assert set_up(town, Setup(publish="private")).takes_back
    assert not set_up(town, Setup(publish="public", school="Bay")).takes_back


def test_away_it_is_kept_and_sent_later(town: Town) -> None:
    away = town.remote.rename(town.place / "elsewhere")
    with pytest.raises(McredError, match="saved on this computer but not sent") as found:
        set_up(town, Setup(school="Bay"))
    assert found.value.code == Exit.UNREACHABLE
    away.rename(town.remote)
    set_up(town, Setup())
    assert "Bay" in git(town.remote, "show", f"{ANA_REF}:portfolios/ana/profile.yaml")
