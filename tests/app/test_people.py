"""Who is confirmed, as what, and whose request confirms no one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcred.app.keys.signing import read_key
from mcred.app.people.confirm import Confirm, list_people
from mcred.app.people.vouch import Vouch
from mcred.app.use_case import Command, carry_out
from mcred.domain.ids import CredentialId, PersonId
from mcred.domain.layout import person_ref, profile_path
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from tests.app.conftest import at_home
from tests.cli.court import Forgery, on_main, repo_of, send_forgery
from tests.cli.town import SLIP, WAIT, Town, git

DEV, EVA = PersonId("dev"), PersonId("eva")


def confirm(town: Town, person: str, *role: str, of: str | None = None, by: str = "rosa") -> tuple[str, ...]:
    """The person's roles afterwards."""
    done = carry_out(at_home(town, by), Confirm(person=person, role=role, credential=of))
    return done.ws.catalog.programme.roles.of(done.person)


def main_of(town: Town) -> str:
    return git(town.remote, "rev-parse", "main")


def test_whoever_asked_is_listed_until_they_are_confirmed(town: Town) -> None:
    found = list_people(at_home(town, "ben"))
    assert [w.person for w in found.waiting] == [EVA] and EVA not in found.people
    assert confirm(town, "eva") == ()
    found = list_people(at_home(town, "rosa"))
    assert not found.waiting and found.people[EVA].name == "Eva Novak"


def test_a_role_given_twice_is_there_once(town: Town) -> None:
    assert confirm(town, "dev", "coach", "coach") == ("coach",)
    main = main_of(town)
    for role in (("coach",), ("coach", "coach"), ()):
        done = carry_out(at_home(town, "rosa"), Confirm(person="dev", role=role))
        assert done.status == "not needed"
    assert main_of(town) == main
    assert list_people(at_home(town, "mei")).roles.coaches == (DEV,)


def test_roles_add_up_and_remarks_in_the_rules_stay(town: Town) -> None:
    before = on_main(town, "mcred.yaml").decode()
    remarks = [line for line in before.splitlines() if "#" in line]
    roles = ("maintainer", "issuer", "expert", "coach")
    for number, role in enumerate(roles):
        assert confirm(town, "dev", role) == roles[: number + 1]
    after = on_main(town, "mcred.yaml").decode()
    assert [line for line in after.splitlines() if "#" in line] == remarks
    assert confirm(town, "eva", by="dev") == ()


def test_an_expert_for_several_is_listed_once_and_asked_for_those_only(town: Town) -> None:
    for credential in (WAIT, SLIP, WAIT):
        assert confirm(town, "dev", "expert", of=credential) == ("expert",)
    roles = list_people(at_home(town, "mei")).roles
    assert {str(c): p for c, p in roles.experts_for.items()} == {WAIT: ("dev",), SLIP: ("dev",)}
    confirm(town, "cleo", "expert", of=SLIP)
    assert list_people(at_home(town, "mei")).roles.experts_of(CredentialId(WAIT)) == ("mei", "tom", "dev")


@pytest.mark.parametrize(
    ("by", "command", "said", "code"),
    [
        ("mei", Confirm(person="eva"), "only maintainers", Exit.NOT_ALLOWED),
        ("eva", Confirm(person="eva"), "not confirmed in this program yet", Exit.NOT_ALLOWED),
        ("rosa", Confirm(person="eva", role=("boss",)), "no role 'boss'", Exit.REFUSED),
        ("rosa", Confirm(person="eva", credential=WAIT), "--for names", Exit.USAGE),
        ("rosa", Confirm(person="E V A"), "is not an id", Exit.REFUSED),
        ("rosa", Confirm(person="nobody"), "has not asked to join", Exit.REFUSED),
        ("rosa", Vouch(person="ben"), "has no new key", Exit.REFUSED),
        ("rosa", Vouch(person="rosa"), "two others vouch", Exit.NOT_ALLOWED),
        ("ben", Vouch(person="ana"), "two others vouch", Exit.NOT_ALLOWED),
    ],
)
def test_what_may_not_be_done_changes_nothing(
    by: str, command: Command[Any], said: str, code: Exit, town: Town
) -> None:
    before = town.refs()
    with pytest.raises(McredError, match=said) as found:
        carry_out(at_home(town, by), command)
    assert found.value.code == code and town.refs() == before


@pytest.mark.parametrize(
    "data",
    [b"", b"format: 2\nid: mallory\n", b"\xff", b"format: 2\nid: mallory\nname: M\nkeys: []\n", b"- a\n"],
    ids=["empty", "half", "bytes", "no key", "list"],
)
def test_a_request_that_cannot_be_read_or_names_no_key_confirms_no_one(town: Town, data: bytes) -> None:
    mallory = PersonId("mallory")
    forged = Forgery(
        by="ben",
        ref=person_ref(mallory),
        parent=main_of(town).strip(),
        files={profile_path(mallory): data},
        text=message("Introduce", "person"),
        key=read_key(repo_of(town, "ben")),
    )
    send_forgery(town, forged)
    main = main_of(town)
    with pytest.raises(McredError, match="mallory") as found:
        confirm(town, "mallory")
    assert found.value.code in (Exit.REFUSED, Exit.NOT_ALLOWED)
    assert str(found.value.hint).startswith("mcred person list")
    assert main_of(town) == main
    assert mallory in {w.person for w in list_people(at_home(town, "rosa")).waiting}
    confirm(town, "eva")


def test_without_the_remote_the_list_is_read_and_no_one_is_confirmed(town: Town) -> None:
    known = list_people(at_home(town, "rosa"))
    away = town.remote.rename(town.place / "away.git")
    before = town.refs("rosa"), town.files("rosa")
    assert list_people(at_home(town, "rosa")) == known
    with pytest.raises(McredError) as found:
        confirm(town, "eva")
    assert found.value.code == Exit.UNREACHABLE and found.value.hint
    assert (town.refs("rosa"), town.files("rosa")) == before
    away.rename(town.remote)
    confirm(town, "eva")


def test_a_programme_on_one_computer_confirms_without_a_remote(tmp_path: Path) -> None:
    alone = Town(place=tmp_path)
    who = ("--name", "Lake", "--person", "Rosa Diaz", "--id", "rosa", "--school", "Office")
    (tmp_path / "people").mkdir()
    alone.run("rosa", "init", str(alone.home("rosa")), *who, "--no-starter", at=tmp_path)
    assert confirm(alone, "rosa", "expert") == ("maintainer", "issuer", "expert")
    again = carry_out(at_home(alone, "rosa"), Confirm(person="rosa", role=("expert",)))
    assert again.status == "not needed"
    assert git(alone.home("rosa"), "status", "--porcelain") == ""
