"""The JSON Schemas: shipped as generated, valid, and of one mind with the decoder about what people write."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mcred.domain.assessment import Agreed, Score, Scoring
from mcred.domain.ids import Slug
from mcred.domain.network.known_issuers import KnownIssuer, KnownIssuers
from mcred.domain.network.listed import Equivalents, ListedProgramme, Network, OfferId
from mcred.domain.recognition.examples import RecognitionExamples
from mcred.domain.recognition.policy import AcceptedIssuer, CreditUnit, RecognitionPolicy, RecognitionRule
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.scaffold import SCHEMA_OF
from mcred.formats.schema import SHAPES, schema_files, schema_for, write_schemas
from tests.formats.shapes import SLOW, shaped
from tests.school import a_credential, a_person, a_programme, a_stack, a_work

SHIPPED = Path(__file__).parents[2] / "docs" / "schema"
SCORES = (Score(criterion=Slug("context"), level=Slug("passing")),)
POLICY = RecognitionPolicy(
    format=2,
    id=Slug("maple"),
    title="Maple Ridge",
    issuers=(AcceptedIssuer(id=Slug("own"), program=True),),
    overrides="refused",
    rules=(RecognitionRule(id=Slug("all"), worth={CreditUnit("hours"): Decimal("7.5")}),),
)
VALUES: dict[str, Any] = {
    "agreed": Agreed(format=2, outcome="award", scores=SCORES),
    "credential": a_credential(),
    "issuers": KnownIssuers(format=2, issuers=(KnownIssuer(name="Hill", id="did:web:hill.example"),)),
    "network": Network(
        format=2,
        name="Two districts",
        programmes=(ListedProgramme(id=Slug("hill"), address="https://git.example.org/hill.git"),),
        equivalents=(Equivalents(credentials=(OfferId("hill/a"), OfferId("hill/b")), because="Same."),),
    ),
    "profile": a_person("ana"),
    "recognition": POLICY,
    "recognition-examples": RecognitionExamples(format=2, id=Slug("maple"), examples=()),
    "programme": a_programme(),
    "scoring": Scoring(format=2, scores=SCORES),
    "stack": a_stack(),
    "submission": a_work().submission,
}


class _Editor(yaml.SafeLoader):
    """YAML 1.2 as editors read it: numbers, true and false, null; dates and `no` stay text."""


_Editor.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in resolvers if not tag.endswith((":timestamp", ":merge", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


def faults(name: str, data: bytes) -> list[str]:
    """What an editor would underline."""
    value = yaml.load(data, Loader=_Editor)  # noqa: S506 - a SafeLoader with fewer types
    return [e.message for e in Draft202012Validator(schema_for(name)).iter_errors(value)]


def test_shipped_schemas_are_those_that_would_be_generated() -> None:
    shipped = {path.name: path.read_bytes() for path in SHIPPED.iterdir() if path.is_file()}
    assert shipped == schema_files(), "run: python -m mcred.formats.schema docs/schema"


def test_writing_begins_the_folder(tmp_path: Path) -> None:
    write_schemas(tmp_path / "docs" / "schema")
    assert {p.name for p in (tmp_path / "docs" / "schema").iterdir()} == set(schema_files())


@pytest.mark.parametrize("name", SHAPES)
def test_each_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema_for(name))
    assert json.loads(schema_files()[f"{name}.schema.json"]) == schema_for(name)


def test_every_scaffolded_file_names_a_schema_there_is() -> None:
    assert set(SCHEMA_OF.values()) <= set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_the_school_is_valid(name: str) -> None:
    assert faults(name, encode(VALUES[name])) == []


@pytest.mark.parametrize("name", SHAPES)
@settings(SLOW, max_examples=6)
@given(data=st.data())
def test_whatever_mcred_writes_is_valid(name: str, data: st.DataObject) -> None:
    assert faults(name, encode(data.draw(shaped(SHAPES[name])))) == []


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "more", ["zzz: 1", "format: 3", "format: [1]"], ids=["unknown key", "newer format", "wrong kind"]
)
def test_common_mistakes_are_found_by_schema_and_decoder_alike(name: str, more: str) -> None:
    text = encode(VALUES[name]).decode().replace("format: 2\n", "" if "format" in more else "format: 2\n")
    data = f"{text}{more}\n".encode()
    assert faults(name, data)
    assert decode(data, SHAPES[name], "a.yaml")[1]


STACK = "format: 2\nid: talk\nversion: 1.0.0\ntitle: Talk\ncredentials: [wait-time]\n"
LISTED = "format: 2\ncredential: wait-time\nversion: 1.2\n"
PROFILE = "format: 2\nid: ana\nname: Ana\nkeys: []\n"
NETWORK = "format: 2\nname: Two\nprogrammes: [{id: hill, address: hill.git}]\n"
RULED = (
    "format: 2\nid: maple\ntitle: Maple\nissuers: [{id: own, program: true}]\noverrides: refused\n"
    "rules: [{id: all, worth: {hours: 7.5, stipend_usd: 250.00}}]\n"
)
SAME = "equivalents: [{credentials: [hill/a, hill/b], because: Same.}]\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stack", STACK.replace("[wait-time]", "wait-time")),
        ("stack", STACK.replace("id: talk", "id: Classroom Talk")),
        ("stack", STACK.replace("id: talk", "id: con")),
        ("stack", STACK.replace("title: Talk", "title: [Talk]")),
        ("stack", STACK.replace("title: Talk", "title: " + "x" * 201)),
        ("stack", STACK.replace("title: Talk\n", "")),
        ("stack", STACK.replace("title: Talk", "title:")),
        ("stack", STACK + "need: many\n"),
        ("stack", STACK + "need: -1\n"),
        *(
            ("stack", STACK + f"credits: {text}\n")
            for text in ("0", "0.0", "0.001", "-1", "100.01", "1000", "many")
        ),
        *(("stack", STACK + f"credits: {text}\n") for text in ("'1.125'", "'007'", "'.5'", "'1e1'")),
        ("stack", STACK + "ordered: maybe\n"),
        ("submission", LISTED + "attestations: [redy]\n"),
        ("submission", LISTED + "evidence: [{item: a, type: b}]\n"),
        ("submission", LISTED + "evidence: [{item: a, type: b, title: c, fiel: d}]\n"),
        ("profile", PROFILE + "accounts: {Git Hub: ana}\n"),
        ("profile", PROFILE + "publish: everyone\n"),
        ("network", NETWORK.replace("id: hill", "id: Hill Street")),
        ("network", NETWORK.replace(", address: hill.git", "")),
        ("network", NETWORK + SAME.replace("hill/a", "hill")),
        ("network", NETWORK + SAME.replace("hill/a", "con/a")),
        ("network", NETWORK + SAME.replace("hill/a", "hill/a/b")),
        ("network", NETWORK + SAME.replace(", because: Same.", "")),
        ("recognition", RULED.replace("hours", "hour")),
        ("recognition", RULED.replace("stipend_usd", "stipend")),
        ("recognition", RULED.replace("7.5", "-7.5")),
        ("recognition", RULED.replace("7.5", "many")),
        ("recognition", RULED.replace("overrides: refused\n", "")),
        ("recognition", RULED.replace("refused", "perhaps")),
        ("recognition", RULED + "school_year_begins: 02-30\n"),
        ("recognition", RULED + "caps: [{most: {hours: 1}, per: week}]\n"),
    ],
)
def test_mistakes_people_make_are_found_by_schema_and_decoder_alike(name: str, text: str) -> None:
    assert decode(text.encode(), SHAPES[name], "a.yaml")[1]
    assert faults(name, text.encode())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("recognition", RULED),
        ("recognition", RULED.replace("7.5", "'7.5'") + "school_year_begins: 02-28\n"),
        ("stack", STACK),
        ("stack", STACK.replace("version: 1.0.0", "version: 1.10")),
        ("stack", STACK.replace("title: Talk", "title: 2026")),
        ("stack", STACK.replace("id: talk", "id: 101")),
        ("stack", STACK + "need:\ntext:\ntopics:\nordered:\n"),
        ("stack", STACK + "need: 1\n"),
        *(
            ("stack", STACK + f"credits: {text}\n")
            for text in ("0.01", "0.5", "1.50", "'3'", "99.99", "100", "")
        ),
        ("submission", LISTED + "note: 3.1\nattestations:\nevidence:\n"),
        ("profile", PROFILE + "accounts: {github: 42}\npublish:\n"),
        ("network", NETWORK + SAME),
        ("network", NETWORK + "site:\nequivalents:\n"),
    ],
)
def test_what_the_decoder_takes_no_editor_underlines(name: str, text: str) -> None:
    assert decode(text.encode(), SHAPES[name], "a.yaml")[1] == ()
    assert faults(name, text.encode()) == []


def test_fields_carry_their_meaning_for_editors() -> None:
    shown = schema_for("stack")["properties"]
    assert shown["need"]["description"] == "How many are required; all when not named."
    assert schema_for("submission")["properties"]["note"]["maxLength"] == 6000
