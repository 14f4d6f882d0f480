"""All badges as one Comprehensive Learner Record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcred.badges.clr import clr_holds, describe_clr, sign_clr
from mcred.problems import McredError
from tests.badges.issuing import KEY, METHOD, OTHER, a_badge, the_facts
from tests.badges.tamper import changed, leaves

ONE = a_badge()
TWO = a_badge(the_facts(number=2))
SIGNED = sign_clr(describe_clr([ONE, TWO]), KEY, METHOD)
SCHEMA = "shared/data/clr/clr-clrcredential.schema.json"


def test_it_holds_the_badges_whole_and_names_no_one_in_plain() -> None:
    found = describe_clr([ONE, TWO])
    assert sorted(found["credentialSubject"]["verifiableCredential"], key=str) == sorted([ONE, TWO], key=str)
    assert found["credentialSubject"]["identifier"] == ONE["credentialSubject"]["identifier"]
    assert found["issuer"] == ONE["issuer"] and found["type"] == ["VerifiableCredential", "ClrCredential"]
    assert found["name"] and found["validFrom"] == ONE["validFrom"]


def test_the_same_badges_in_any_order_give_the_same_record() -> None:
    assert describe_clr([TWO, ONE]) == describe_clr([ONE, TWO]) != describe_clr([ONE])
    assert describe_clr([ONE])["id"] != describe_clr([TWO])["id"]
    assert sign_clr(describe_clr([TWO, ONE]), KEY, METHOD) == SIGNED


def test_a_signed_record_holds_for_its_badges_and_its_key_alone() -> None:
    assert clr_holds(SIGNED, [ONE, TWO], KEY.multibase)
    assert clr_holds(SIGNED, [ONE, TWO, a_badge(the_facts(number=3))], KEY.multibase)
    assert not clr_holds(SIGNED, [ONE], KEY.multibase)
    assert not clr_holds(SIGNED, [ONE, TWO], OTHER.multibase)
    cases: tuple[dict[str, Any], ...] = (
        {},
        {"proof": {}},
        {**SIGNED, "credentialSubject": []},
        {**SIGNED, "honours": 1},
    )
    for case in cases:
        assert not clr_holds(case, [ONE, TWO], KEY.multibase)


@pytest.mark.slow
def test_each_value_changed_once_is_refused() -> None:
    for path, value in leaves(SIGNED):
        if path[:2] == ("credentialSubject", "verifiableCredential"):
            continue  # each member is compared as a whole
        other = f"{value}x" if isinstance(value, str) else (not value)
        assert not clr_holds(changed(SIGNED, path, other), [ONE, TWO], KEY.multibase), path


def test_a_record_too_large_is_said() -> None:
    many = [{**ONE, "id": f"urn:uuid:6f9619ff-8b86-4d01-b42d-{n:012d}"} for n in range(60)]
    with pytest.raises(McredError, match="cannot be signed"):
        sign_clr(describe_clr(many), KEY, METHOD)


def test_it_is_as_the_schema_has_it() -> None:
    found = next((f / SCHEMA for f in Path(__file__).resolve().parents if (f / SCHEMA).is_file()), None)
    if found is None:
        pytest.skip(f"the JSON Schema of CLR 2.0 is not beside the project ({SCHEMA})")
    schema: dict[str, Any] = json.loads(found.read_text("utf-8"))
    jsonschema.Draft201909Validator(schema).validate(SIGNED)
