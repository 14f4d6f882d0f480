"""`save --programme` with every kind of edit: new and removed files, templates, who may, twice the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.ids import CredentialId
from mcred.formats.encode import encode
from tests.cli.court import names_on_main, on_main
from tests.cli.town import SLIP, WAIT, Town, git
from tests.school import a_credential, a_stack

STACK = "credentials/stacks/talk.yaml"


def put(town: Town, person: str, path: str, data: bytes) -> Path:
    """A file of someone's folder."""
    place = town.home(person) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def test_a_new_micro_credential_and_its_stack_are_saved_together(town: Town) -> None:
    new = a_credential(id=CredentialId("pausing"), title="Pausing")
    put(town, "rosa", "credentials/pausing/credential.yaml", encode(new))
    put(town, "rosa", STACK, encode(a_stack(credentials=(WAIT, "pausing"))))
    ran = town.run("rosa", "save", "--programme")
    assert [line for line in ran.out.splitlines() if line.startswith("  ")] == [
        "  save credentials/pausing/credential.yaml",
        f"  save {STACK}",
    ]
    main = git(town.remote, "rev-parse", "main")
    assert "Nothing was edited" in town.run("rosa", "save", "--programme").out
    assert git(town.remote, "rev-parse", "main") == main
    town.start("ana", "pausing")
    out = town.run("ana", "browse").out
    assert "Pausing" in out and "Stack Classroom talk: 2 of wait-time, pausing" in out


def test_one_that_no_one_began_can_be_taken_away(town: Town) -> None:
    (town.home("rosa") / "credentials" / SLIP / "credential.yaml").unlink()
    ran = town.run("rosa", "save", "--programme")
    assert f"  remove credentials/{SLIP}/credential.yaml" in ran.out.splitlines()
    assert SLIP not in "".join(names_on_main(town, "credentials"))
    assert "there is no micro-credential" in town.run("ana", "start", SLIP, expect=1).err


def test_taking_away_what_a_stack_needs_is_refused(town: Town) -> None:
    put(town, "rosa", STACK, encode(a_stack(credentials=(SLIP,))))
    town.run("rosa", "save", "--programme")
    main = git(town.remote, "rev-parse", "main")
    (town.home("rosa") / "credentials" / SLIP / "credential.yaml").unlink()
    ran = town.run("rosa", "save", "--programme", expect=1)
    assert f"{STACK}:" in ran.err and f"there is no micro-credential '{SLIP}'" in ran.err
    assert ran.next == "fix it, then: mcred lint" and git(town.remote, "rev-parse", "main") == main


@pytest.mark.parametrize(
    ("role", "path", "code", "said"),
    [
        ("issuer", "credentials/pausing/credential.yaml", 0, "Saved for everyone."),
        ("issuer", "templates/site/own.css", 0, "Saved for everyone."),
        ("issuer", "mcred.yaml", 5, "only maintainers change mcred.yaml (rosa)"),
        ("maintainer", "templates/site/own.css", 0, "Saved for everyone."),
        ("expert", "credentials/pausing/credential.yaml", 5, "only issuers change definitions and"),
        ("coach", "templates/site/own.css", 5, "only issuers change definitions and templates (rosa)"),
    ],
)
def test_each_role_saves_what_is_its_own(town: Town, role: str, path: str, code: int, said: str) -> None:
    town.run("rosa", "person", "add", "dev", "--role", role)
    town.run("dev", "sync")
    data = encode(a_credential(id=CredentialId("pausing"))) if path.startswith("cred") else b"p {}\n"
    place = put(town, "dev", path, data)
    main = git(town.remote, "rev-parse", "main")
    ran = town.run("dev", "save", "--programme", expect=code)
    assert said in ran.said and (code == 0 or ran.next == "mcred sync")
    assert (git(town.remote, "rev-parse", "main") == main) is bool(code)
    assert place.read_bytes() == data
    if not code:
        assert on_main(town, path) == data


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")),
        lambda path: path.touch(),
        lambda path: path.write_bytes(path.read_bytes()),
    ],
    ids=["line ends", "time", "same bytes"],
)
def test_a_file_that_says_the_same_is_no_edit(town: Town, change: Callable[[Path], object]) -> None:
    for path in ("mcred.yaml", f"credentials/{WAIT}/credential.yaml"):
        change(town.home("rosa") / path)
    main = git(town.remote, "rev-parse", "main")
    assert "Nothing was edited" in town.run("rosa", "save", "--programme").out
    assert git(town.remote, "rev-parse", "main") == main


def test_without_the_remote_an_edit_stays_in_the_folder(town: Town) -> None:
    place = put(town, "rosa", STACK, encode(a_stack()))
    away = town.remote.rename(town.place / "away.git")
    refs = town.refs("rosa")
    ran = town.run("rosa", "save", "--programme", expect=7)
    assert "Saved" not in ran.out and ran.next and place.is_file() and town.refs("rosa") == refs
    away.rename(town.remote)
    town.run("rosa", "save", "--programme")
    assert on_main(town, STACK) == place.read_bytes()
