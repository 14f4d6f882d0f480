"""`mcred trust`: the issuers that someone knows, and what that makes of a badge."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from mcred.app.awards.known_issuers import own_list
from mcred.badges.keys import method_id
from mcred.formats.schema import schema_for
from tests.badges.issuing import (
    DID,
    KEY,
    LIST,
    OTHER,
    PUBLIC,
    a_badge,
    a_did_document,
    a_list,
    an_issuing,
    write,
)
from tests.cli.reader import Reader

MINE = f"did:key:{KEY.multibase}"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Who has Ana's badge, and can ask its issuer's site."""
    (tmp_path / "badge.json").write_bytes(write(a_badge()))
    web = {f"https://{DID.removeprefix('did:web:').replace(':', '/')}/did.json": write(a_did_document())}
    return Reader(at=tmp_path, web={**web, LIST: write(a_list())})


def test_a_badge_is_valid_only_from_an_issuer_one_knows(reader: Reader) -> None:
    said = reader.run("verify", "badge.json", "--online", "--json", expect=7).json
    assert (said["answer"], said["state"], said["issuer_known"]) == ("cannot tell", "whole", False)
    reader.run("trust", "add", "Lake Elmo", DID)
    said = reader.run("verify", "badge.json", "--online", "--json").json
    assert (said["answer"], said["issuer_known"]) == ("valid", True)
    reader.run("trust", "remove", "Lake Elmo")
    reader.run("verify", "badge.json", "--online", expect=7)


def test_its_did_json_in_the_list_needs_no_network_for_keys(reader: Reader) -> None:
    (reader.at / "did.json").write_bytes(write(a_did_document()))
    reader.run("trust", "add", "Lake Elmo", "did.json")
    said = reader.run("verify", "badge.json", "--json", expect=7).json
    checks = {c["check"]: c["ok"] for c in said["checks"]}
    assert checks["issuer"] is checks["proof"] is True and checks["status"] is None
    assert said["issuer_known"] is True and not reader.asked


def test_a_known_key_does_not_vouch_for_an_address(reader: Reader) -> None:
    """Anyone may write their key's badge under another one's name; who has the key is known, not the site."""
    reader.run("trust", "add", "Somebody", KEY.multibase)
    assert reader.run("verify", "badge.json", "--json", expect=7).json["issuer_known"] is False


def test_who_knows_no_issuer_can_go_on_with_an_intact_badge(reader: Reader) -> None:
    """Nothing could be asked about a key; from the first issuer on, one that is not listed stops a script."""
    by_key = an_issuing(did=MINE, method=method_id(MINE, PUBLIC), status=None, image="")
    (reader.at / "badge.json").write_bytes(write(a_badge(issuing=by_key)))
    said = reader.run("verify", "badge.json", "--json").json
    assert (said["answer"], said["state"], said["issuer_known"]) == ("cannot tell", "whole", False)
    (reader.at / "note.txt").write_text("no badge", "utf-8")
    reader.run("verify", ".", expect=7)
    (reader.at / "office.yaml").write_text("format: 2\nissuers: []\n", "utf-8")
    reader.run("verify", "badge.json", "--trust", "office.yaml")
    reader.run("verify", "badge.json", "--issuer", OTHER.multibase, expect=7)
    reader.run("trust", "add", "By key", OTHER.multibase)
    reader.run("verify", "badge.json", expect=7)
    reader.run("trust", "add", "Mine", MINE)
    assert reader.run("verify", "badge.json", "--json").json["answer"] == "valid"


@pytest.mark.parametrize("option", ["--issuer", "--identity"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_option_without_a_value_lets_no_badge_pass(option: str, value: str, reader: Reader) -> None:
    """As from a script's variable that is not set."""
    by_key = an_issuing(did=MINE, method=method_id(MINE, PUBLIC), status=None, image="")
    (reader.at / "badge.json").write_bytes(write(a_badge(issuing=by_key)))
    assert option in reader.run("verify", "badge.json", option, value, expect=2).said


def test_an_office_shares_one_list(reader: Reader) -> None:
    shared = {"format": 2, "issuers": [{"name": "Lake Elmo", "id": DID}]}
    jsonschema.validate(shared, schema_for("issuers"))
    (reader.at / "office.yaml").write_text(yaml.safe_dump(shared), "utf-8")
    assert reader.run("verify", "badge.json", "--online", "--trust", "office.yaml").out.endswith("Valid\n")
    (reader.at / "office.yaml").write_text("format: 2\nissuers:\n  - {name: A, id: x}\n", "utf-8")
    ran = reader.run("verify", "badge.json", "--trust", "office.yaml", expect=1)
    assert "office.yaml:3" in ran.err and "not a DID or an https address" in ran.err
    assert "not found" in reader.run("verify", "badge.json", "--trust", "gone.yaml", expect=1).err


def test_the_list_is_kept_and_told(reader: Reader) -> None:
    assert "not listed any" in reader.run("trust").out
    reader.run("trust", "add", "  Lake  Elmo ", DID)
    assert "already" in reader.run("trust", "add", "Lake Elmo", DID).out
    added = reader.run("trust", "add", "By key", OTHER.multibase, "--json").json
    assert (added["schema"], added["changed"]) == ("mcred/trust/1", True)
    reader.run("trust", "add", "Older", "https://badges.example.org/issuers/7")
    said = reader.run("trust", "list", "--json").json
    assert said["schema"] == "mcred/trust-list/1"
    assert [(one["name"], one["id"]) for one in said["issuers"]] == [
        ("Lake Elmo", DID),
        ("By key", f"did:key:{OTHER.multibase}"),
        ("Older", "https://badges.example.org/issuers/7"),
    ]
    jsonschema.validate(yaml.safe_load(own_list().read_text("utf-8")), schema_for("issuers"))
    assert "did you mean “Lake Elmo”" in reader.run("trust", "remove", "Lake Elmoo", expect=1).err
    before = own_list().read_bytes()
    reader.run("trust", "remove", "Older", "--dry-run")
    reader.run("trust", "add", "More", MINE, "-n")
    assert own_list().read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "X"), 2),
        (("add", "", DID), 2),
        (("frob",), 2),
        (("remove",), 2),
        (("remove", "X", "Y"), 2),
        (("add", "X", "http://x.example"), 1),
        (("add", "X", "did:ion:x"), 1),
        (("add", "X", "nothing.json"), 1),
        (("remove", "X"), 1),
        (("add", "Lake Elmo", MINE), 1),
        (("add", "Other name", DID), 1),
    ],
    ids=str,
)
def test_what_cannot_be_listed_is_said(reader: Reader, words: tuple[str, ...], code: int) -> None:
    reader.run("trust", "add", "Lake Elmo", DID)
    before = own_list().read_bytes()
    ran = reader.run("trust", *words, expect=code)
    assert ran.next.startswith("mcred trust") and own_list().read_bytes() == before


def test_a_list_with_errors_counts_for_nothing(reader: Reader) -> None:
    own_list().parent.mkdir(parents=True)
    own_list().write_text(json.dumps({"format": 2, "issuers": [{"name": "A", "id": DID}] * 2}), "utf-8")
    assert "more than once" in reader.run("verify", "badge.json", "--online", expect=1).err


@pytest.mark.parametrize(
    "name", [None, 7, "", "school", "http://a.example", "did:web:a.example;sh", ["did:a"]]
)
def test_a_did_json_of_no_issuer_is_refused(reader: Reader, name: object) -> None:
    (reader.at / "did.json").write_bytes(write({**a_did_document(), "id": name}))
    ran = reader.run("trust", "add", "Lake Elmo", "did.json", expect=1)
    assert "does not name an issuer" in ran.err
