"""What an award says: the same bytes for the same facts, what was released, no name but the earner's."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft201909Validator
from msgspec.structs import replace

from mcred.badges.open_badge import AwardFacts, describe_award, make_award
from mcred.domain.credential import Alignment, Credential, Validity
from mcred.domain.decision import Basis
from mcred.domain.ids import BlobId, CommitId, CreditHours
from mcred.domain.programme import Programme, Site
from tests.open_badges import open_badge_schema
from tests.school import (
    BEN,
    CLEO,
    DEV,
    MEI,
    NOON,
    SENT,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_request,
)

HOSTILE = '</script><img src=x onerror=alert(1)> "\\ \u202e {{ 7*7 }} ${x} \u2028 \x00 🦉'


def facts(**changes: Any) -> AwardFacts:
    """An award of Ana's."""
    base = AwardFacts(
        programme=a_programme(),
        definition=a_credential(),
        earner=a_person("ana"),
        decision=a_decision(),
        submitted=SENT,
        pieces=a_request().pieces,
    )
    return replace(base, **changes)


def without_address(**site: str) -> Programme:
    """A programme whose pages have no address."""
    base = a_programme()
    return replace(base, issuer=replace(base.issuer, url=""), site=Site(**site))


def test_the_same_facts_give_the_same_bytes() -> None:
    assert make_award(facts()) == make_award(facts())
    assert make_award(facts()).endswith(b"}\n")
    assert json.loads(make_award(facts())) == describe_award(facts())


def test_every_fact_is_in_the_bytes() -> None:
    base = make_award(facts())
    others: dict[str, dict[str, Any]] = {
        "programme": {"programme": without_address()},
        "definition": {"definition": a_credential(competency="Another.")},
        "earner": {"earner": replace(a_person("ana"), name="Ana R.")},
        "decision": {"decision": a_decision(decided=NOON + timedelta(seconds=1))},
        "attempt": {"decision": a_decision(attempt=2)},
    }
    for name, changes in others.items():
        assert make_award(facts(**changes)) != base, name


def test_its_id_is_its_address_where_one_is_known() -> None:
    found = describe_award(facts())["id"]
    assert found == "https://badges.example.org/badges/ana/wait-time/1/badge.json"
    site = replace(a_programme(), site=Site(url="https://pages.example.org/team/"))
    found = describe_award(facts(programme=site))["id"]
    assert found == "https://pages.example.org/team/badges/ana/wait-time/1/badge.json"


def test_without_an_address_its_id_is_a_name_of_its_own() -> None:
    bare = without_address()
    found = describe_award(facts(programme=bare))
    assert found["id"].startswith("urn:uuid:")
    assert found["id"] == describe_award(facts(programme=bare))["id"]
    others = (
        facts(programme=bare, submitted=CommitId("9" * 40)),
        facts(programme=bare, decision=a_decision(attempt=2)),
    )
    assert len({found["id"], *(describe_award(o)["id"] for o in others)}) == 3
    assert found["issuer"]["id"] == "urn:mcred:issuer:leusd"
    assert "url" not in found["issuer"]


def test_the_definition_is_named_by_its_bytes() -> None:
    ref = replace(a_decision().definition, blob=BlobId("7" * 40))
    found = describe_award(facts(decision=a_decision(definition=ref)))
    name = f"urn:mcred:definition:wait-time:1.2.0:{'7' * 40}"
    achievement = found["credentialSubject"]["achievement"]
    assert achievement["id"] == name
    for result in found["credentialSubject"]["result"]:
        described = next(
            d for d in achievement["resultDescription"] if d["id"] == result["resultDescription"]
        )
        levels = {level["id"] for level in described["rubricCriterionLevel"]}
        assert {result["achievedLevel"], described["requiredLevel"]} <= levels


def test_levels_reached_and_required_are_those_of_decision_and_rubric() -> None:
    found = describe_award(facts())["credentialSubject"]
    reached = [r["achievedLevel"].rsplit(":", 2)[1:] for r in found["result"]]
    assert reached == [["context", "passing"], ["questions", "proficient"], ["waiting", "basic"]]
    described = found["achievement"]["resultDescription"]
    assert [d["requiredLevel"].rsplit(":", 1)[1] for d in described] == ["passing", "proficient", "basic"]
    points = {level["name"]: level["points"] for level in described[1]["rubricCriterionLevel"]}
    assert points == {"proficient": "2", "basic": "1", "developing": "0"}


def test_without_a_signature_it_names_no_evidence() -> None:
    assert "evidence" not in describe_award(facts())
    assert b"video.example.org" not in make_award(facts())


def test_it_ends_when_its_definition_says_so() -> None:
    assert "validUntil" not in describe_award(facts())
    found = describe_award(facts(definition=a_credential(validity=Validity(months=36))))
    assert (found["validFrom"], found["validUntil"]) == ("2026-11-02T12:00:00Z", "2029-11-02T23:59:59Z")


@pytest.mark.parametrize("text", ["0.5", "1.25", "2.00", "100", "33.33"])
def test_credits_are_a_number_as_any_program_writes_it(text: str) -> None:
    made = a_credential(credits=CreditHours(Decimal(text)))
    number = describe_award(facts(definition=made))["credentialSubject"]["achievement"]["creditsAvailable"]
    assert json.dumps(number) == text.removesuffix(".00")


def test_times_are_told_in_utc() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=-6)))
    assert describe_award(facts(decision=a_decision(decided=local)))["awardedDate"] == "2026-11-02T12:00:00Z"


@pytest.mark.parametrize(
    ("rule", "judges", "said"),
    [
        ("expert", (MEI,), "Assessed by 1 expert against"),
        ("expert", (MEI, DEV), "Assessed by 2 experts against"),
        ("peer", (BEN, CLEO, DEV), "Assessed by 3 teachers who earned it before against"),
    ],
    ids=["expert", "experts", "peers"],
)
def test_it_tells_how_it_was_judged_and_not_by_whom(rule: Any, judges: Any, said: str) -> None:
    basis = tuple(Basis(assessor=p, commit=CommitId("e" * 40)) for p in judges)
    award = make_award(facts(decision=a_decision(rule=rule, basis=basis))).decode()
    assert said in award
    for person in judges:
        assert f'"{person}"' not in award
        assert person.title() not in award


def hostile_definition() -> Credential:
    """A definition whose every text tries to be something else."""
    base = a_credential()
    parts = tuple(
        replace(
            part,
            criteria=tuple(
                replace(c, title=HOSTILE, levels=dict.fromkeys(c.levels, HOSTILE)) for c in part.criteria
            ),
        )
        for part in base.parts
    )
    alignment = (Alignment(framework=HOSTILE, code=HOSTILE, name=HOSTILE, url="https://a.example/1"),)
    return replace(
        base, title=HOSTILE, competency=HOSTILE, key_method=HOSTILE, parts=parts, alignment=alignment
    )


def hostile_facts() -> AwardFacts:
    """Everyone tries."""
    return facts(
        definition=hostile_definition(),
        earner=replace(a_person("ana"), name=HOSTILE),
        decision=a_decision(feedback=HOSTILE, reason=HOSTILE),
    )


def test_hostile_text_stays_text() -> None:
    found = json.loads(make_award(hostile_facts()))
    assert found["name"] == HOSTILE
    assert found["credentialSubject"]["identifier"][1]["identityHash"] == HOSTILE
    assert set(found) == set(describe_award(facts()))


@pytest.mark.parametrize(
    "made",
    [
        facts(),
        facts(programme=without_address()),
        facts(definition=a_credential(validity=Validity(months=1))),
        hostile_facts(),
    ],
    ids=["usual", "no address", "ends", "hostile"],
)
def test_it_is_an_open_badge(made: AwardFacts) -> None:
    Draft201909Validator(open_badge_schema()).validate(json.loads(make_award(made)))


def test_the_schema_does_see_what_is_wrong() -> None:
    found = describe_award(facts())
    del found["credentialSubject"]
    assert not Draft201909Validator(open_badge_schema()).is_valid(found)
