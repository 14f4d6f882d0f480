"""The answers of `--json`: each has a schema, shipped as generated; plain values as JSON has them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mcred.app.answers.answer import PlanAnswer, StepRow, answer_to_plain, join_plans
from mcred.app.answers.catalogue import GrowthAnswer, MomentRow
from mcred.app.answers.people import InvitationAnswer
from mcred.app.answers.schema import answer_schema_files, list_answers, schema_of, write_answer_schemas
from mcred.app.answers.work import AddAnswer, StatusAnswer, join_added
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from tests.answers import SHIPPED

ANA = SubmissionId(PersonId("ana"), CredentialId("wait-time"))


def test_shipped_schemas_are_those_that_would_be_generated() -> None:
    shipped = {path.name: path.read_bytes() for path in SHIPPED.iterdir()}
    assert shipped == answer_schema_files(), "run: make schema"


def test_writing_begins_the_folder(tmp_path: Path) -> None:
    write_answer_schemas(tmp_path / "schema" / "answers")
    assert {p.name for p in (tmp_path / "schema" / "answers").iterdir()} == set(answer_schema_files())


@pytest.mark.parametrize("name", list_answers())
def test_each_schema_is_a_schema_and_says_what_it_is_of(name: str) -> None:
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == name and schema["description"]
    assert schema["properties"]["schema"] == {"enum": [name]}
    text = json.dumps(schema)
    assert all(f'"#/$defs/{part}"' in text for part in schema.get("$defs", {}))


def test_a_name_stands_for_one_answer_and_has_a_version() -> None:
    names = [name.split("/") for name in list_answers()]
    assert len({kind for _, kind, _ in names}) == len(names)
    assert all(first == "mcred" and int(version) > 0 for first, _, version in names)


def test_a_schema_says_what_docstrings_say() -> None:
    said = schema_of("mcred/reissue/1")["properties"]
    assert said["failed"]["description"] == "What could not be reissued; then the command ends with 1."
    revocation = schema_of("mcred/feedback/1")["$defs"]["Decision"]["properties"]
    assert revocation["judged"]["description"] == "The submitted state that was decided on."


def test_a_hand_written_file_is_held_to_its_own_schema() -> None:
    schema = schema_of("mcred/credential/1")
    checker = Draft202012Validator(schema)
    assert not checker.is_valid({"schema": "mcred/credential/1", "credential": {"id": "a"}})
    assert not checker.is_valid({"schema": "mcred/credential/2", "credential": {}})


def test_the_schema_stands_first_and_times_are_iso() -> None:
    moment = MomentRow(
        part="drafts",
        kind="save",
        when=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        attempt=1,
        outcome=None,
        met=None,
        of=None,
    )
    plain = answer_to_plain(GrowthAnswer(submission=ANA, title="T", shown=(), moments=(moment,)))
    assert list(plain) == ["schema", "submission", "title", "shown", "moments"]
    assert (plain["schema"], plain["submission"]) == ("mcred/growth/1", "ana/wait-time")
    assert plain["moments"][0]["when"] == "2026-03-02T09:00:00+00:00"
    invited = InvitationAnswer(person=PersonId("ana"), expires=date(2026, 3, 2), invitation="x")
    assert answer_to_plain(invited)["expires"] == "2026-03-02"


def test_rows_are_mappings() -> None:
    duty = StepRow(what="w", next="n")
    status = StatusAnswer(
        programme="p",
        person=None,
        confirmed=False,
        submissions=(),
        unpublished=(ANA,),
        duties=(duty,),
        next="",
    )
    plain = answer_to_plain(status)
    assert plain["duties"] == [{"what": "w", "next": "n"}] and plain["unpublished"] == ["ana/wait-time"]


def test_several_plans_are_one() -> None:
    plans = [PlanAnswer(would=("a",), notices=("b",)), PlanAnswer(would=("c",), notices=())]
    assert join_plans(plans) == PlanAnswer(would=("a", "c"), notices=("b",))
    assert join_added([AddAnswer(pieces=()), *plans]) == join_plans(plans)
    assert join_added([AddAnswer(pieces=()), AddAnswer(pieces=())]) == AddAnswer(pieces=())
