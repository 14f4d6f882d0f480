"""`person` in unusual orders: several at once, roles twice, requests that cannot be read, no shared place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcred.app.keys.signing import read_key
from mcred.domain.ids import PersonId
from mcred.domain.layout import person_ref, profile_path
from mcred.domain.programme import Programme
from mcred.formats.trailers import message
from tests.cli.court import Forgery, on_main, read_on_main, repo_of, send_forgery
from tests.cli.town import SLIP, WAIT, Town, git


def roles_of(town: Town, person: str) -> list[str]:
    """A person's roles as machines get them."""
    people = town.run("mei", "person", "list", "--json").json["people"]
    found: list[str] = next(p["roles"] for p in people if p["id"] == person)
    return found


def newcomer(town: Town, person: str, name: str) -> None:
    """Somebody joins and waits."""
    who = ("--name", name, "--id", person, "--school", "Bay School")
    town.run(person, "join", str(town.remote), str(town.home(person)), *who, at=town.place)


def test_typed_alone_it_is_the_list(town: Town) -> None:
    assert town.run("ben", "person").out == town.run("ben", "person", "list").out


def test_each_of_those_who_wait_is_the_next_step_in_turn(town: Town) -> None:
    newcomer(town, "abe", "Abe Lee")
    assert "Waiting to be confirmed: abe, eva" in town.run("rosa", "person", "list").out
    assert town.run("mei", "person", "list", "--json").json["waiting"] == ["abe", "eva"]
    ran = town.run("rosa", "person", "add", "eva")
    assert "Eva Novak (eva) is confirmed: teacher." in ran.out and ran.next == "mcred person add abe"
    ran = town.run("rosa", "person", "add", "abe")
    assert ran.next == "mcred person list"
    assert town.run("mei", "person", "list", "--json").json["waiting"] == []
    assert "Waiting" not in town.run("rosa", "person", "list").out


def test_the_list_shows_roles_and_a_dash_for_none(town: Town) -> None:
    lines = town.run("ben", "person", "list").out.splitlines()
    assert lines[0].split() == ["id", "name", "school", "roles"]
    rows = {line.split()[0]: line.rstrip() for line in lines[1:] if not line.startswith(("Waiting", "Next"))}
    assert rows["rosa"].endswith("maintainer, issuer") and rows["mei"].endswith("expert")
    assert rows["ben"].split()[-1] == "-" and "Harbor Middle School" in rows["ben"]


def test_a_role_typed_twice_is_given_once(town: Town) -> None:
    town.run("rosa", "person", "add", "dev", "--role", "coach", "--role", "coach")
    assert read_on_main(town, "mcred.yaml", Programme).roles.coaches == ("dev",)
    main = git(town.remote, "rev-parse", "main")
    for words in (("--role", "coach"), ("--role", "coach", "--role", "coach"), ()):
        ran = town.run("rosa", "person", "add", "dev", *words)
        assert "dev is confirmed already; nothing to change." in ran.out
    assert git(town.remote, "rev-parse", "main") == main
    assert roles_of(town, "dev") == ["coach"]


def test_roles_add_up_and_remarks_in_the_rules_stay(town: Town) -> None:
    before = on_main(town, "mcred.yaml").decode()
    remarks = [line for line in before.splitlines() if "#" in line]
    for role in ("maintainer", "issuer", "expert", "coach"):
        ran = town.run("rosa", "person", "add", "dev", "--role", role)
        assert role in ran.out
    assert roles_of(town, "dev") == ["maintainer", "issuer", "expert", "coach"]
    after = on_main(town, "mcred.yaml").decode()
    assert [line for line in after.splitlines() if "#" in line] == remarks
    newcomer(town, "abe", "Abe Lee")
    town.run("dev", "person", "add", "abe")
    assert roles_of(town, "abe") == []


def test_an_expert_for_several_is_listed_once_and_asked_for_those_only(town: Town) -> None:
    for credential in (WAIT, SLIP, WAIT):
        town.run("rosa", "person", "add", "dev", "--role", "expert", "--for", credential)
    roles = read_on_main(town, "mcred.yaml", Programme).roles
    assert {str(c): p for c, p in roles.experts_for.items()} == {WAIT: ("dev",), SLIP: ("dev",)}
    assert roles_of(town, "dev") == ["expert"]
    town.run("rosa", "person", "add", "cleo", "--role", "expert", "--for", SLIP)
    assert read_on_main(town, "mcred.yaml", Programme).roles.experts_of(next(iter(roles.experts_for))) == (
        "mei",
        "tom",
        "dev",
    )


@pytest.mark.parametrize("words", [("add",), ("remove", "eva"), ("List",), ("",)])
def test_what_person_cannot_do_leads_to_the_list(town: Town, words: tuple[str, ...]) -> None:
    ran = town.run("rosa", "person", *words, expect=2)
    assert f"mcred person cannot do '{words[0]}'" in ran.err and ran.next == "mcred person list"


def send_profile(town: Town, person: str, data: bytes) -> None:
    """Ben sends bytes as somebody's request."""
    send_forgery(
        town,
        Forgery(
            by="ben",
            ref=person_ref(PersonId(person)),
            parent=git(town.remote, "rev-parse", "main").strip(),
            files={profile_path(PersonId(person)): data},
            text=message("Introduce", "person"),
            key=read_key(repo_of(town, "ben")),
        ),
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"format: 1\nid: mallory\n", b"\xff", b"format: 1\nid: mallory\nname: M\nkeys: []\n", b"- a\n"],
    ids=["empty", "half", "bytes", "no key", "list"],
)
def test_a_request_that_cannot_be_read_or_names_no_key_confirms_nobody(town: Town, data: bytes) -> None:
    send_profile(town, "mallory", data)
    main = git(town.remote, "rev-parse", "main")
    ran = town.run("rosa", "person", "add", "mallory", expect=None)
    assert ran.code in (1, 5) and "mallory" in ran.err and ran.next.startswith("mcred person list")
    assert git(town.remote, "rev-parse", "main") == main
    assert "mallory" in town.run("rosa", "person", "list", "--json").json["waiting"]
    assert "eva" in town.run("rosa", "person", "add", "eva").out


def test_a_name_cannot_steer_the_terminal(town: Town) -> None:
    newcomer(town, "abe", "[red]Abe[/red] :eyes:")
    ran = town.run("rosa", "person", "add", "abe")
    assert "[red]Abe[/red] :eyes: (abe) is confirmed: teacher." in ran.out
    assert "[red]Abe[/red]" in town.run("rosa", "person", "list").out


def test_without_the_shared_place_the_list_is_read_and_nobody_is_confirmed(town: Town) -> None:
    known = town.run("rosa", "person", "list").out
    away = town.remote.rename(town.place / "away.git")
    before = town.refs("rosa"), town.files("rosa")
    assert town.run("rosa", "person", "list").out == known
    ran = town.run("rosa", "person", "add", "eva", expect=7)
    assert "confirmed" not in ran.out and ran.next
    assert (town.refs("rosa"), town.files("rosa")) == before
    away.rename(town.remote)
    town.run("rosa", "person", "add", "eva")


def test_somebody_without_a_folder_of_their_own_confirms_nobody(town: Town) -> None:
    git(town.home("rosa"), "config", "--unset", "mcred.person")
    assert town.run("rosa", "person", "add", "eva", expect=1).next == "mcred setup"
    assert "eva" in town.run("rosa", "person", "list").out
    ran = town.run("eva", "person", "add", "eva", expect=5)
    assert "you are not confirmed in this programme yet; rosa can do that" in ran.err


def test_a_programme_on_one_computer_confirms_without_a_shared_place(tmp_path: Path) -> None:
    alone = Town(place=tmp_path)
    who = ("--name", "Lake", "--person", "Rosa Diaz", "--id", "rosa", "--school", "Office")
    (tmp_path / "people").mkdir()
    alone.run("rosa", "init", str(alone.home("rosa")), *who, "--no-starter", at=tmp_path)
    ran = alone.run("rosa", "person", "add", "rosa", "--role", "expert")
    assert "Rosa Diaz (rosa) is confirmed: maintainer, issuer, expert." in ran.out
    assert "nothing to change" in alone.run("rosa", "person", "add", "rosa", "--role", "expert").out
    assert git(alone.home("rosa"), "status", "--porcelain") == ""
