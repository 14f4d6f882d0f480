"""What stands in a signed badge, and what does not."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.badges.open_badge import Replaced, make_award, sign_award
from mcred.badges.proof import check
from mcred.domain.credential import Alignment
from mcred.domain.decision import Basis
from mcred.domain.ids import CommitId, Slug
from mcred.domain.programme import Site
from mcred.domain.submission import Evidence
from mcred.problems import McredError
from tests.badges.issuing import DID, EMAIL, KEY, LIST, PLACE, a_badge, a_did_document, an_issuing, the_facts
from tests.school import BEN, CLEO, DEV, NOON, a_decision, a_person, a_work, commit_work


def signed(facts: Any = None, issuing: Any = None) -> dict[str, Any]:
    """A badge whose proof holds."""
    badge = a_badge(facts, issuing)
    assert check(badge, a_did_document()) == ()
    return badge


def piece(**changes: Any) -> Evidence:
    base = Evidence(
        item=Slug("class-video"),
        type=Slug("video"),
        title="Talk",
        url="https://video.example.org/1",
        sha256="AB" * 32,
        about="Minute three.",
        publish=True,
    )
    return replace(base, **changes)


def test_everything_the_assessment_found_is_inside() -> None:
    badge = signed()
    subject = badge["credentialSubject"]
    achievement = subject["achievement"]
    levels = {c["name"]: c for c in achievement["resultDescription"]}
    assert achievement["achievementType"] == "MicroCredential"
    assert (achievement["version"], achievement["inLanguage"]) == ("1.2.0", "en")
    assert achievement["id"].endswith("c" * 40)
    assert "Three seconds of silence." in achievement["criteria"]["narrative"]
    assert achievement["alignment"][0]["targetCode"] == "3(f)"
    assert [lv["points"] for lv in levels["Waiting"]["rubricCriterionLevel"]] == ["2", "1", "0"]
    assert levels["Waiting"]["requiredLevel"].endswith(":waiting:basic")
    reached = {r["resultDescription"]: r["achievedLevel"] for r in subject["result"]}
    assert reached[levels["Waiting"]["id"]] == levels["Waiting"]["rubricCriterionLevel"][1]["id"]
    assert badge["validUntil"] == "2029-11-02T23:59:59Z"
    assert badge["credentialStatus"]["statusListIndex"] == str(PLACE)
    assert badge["credentialStatus"]["statusListCredential"] == LIST
    assert badge["credentialSchema"][0]["type"] == "1EdTechJsonSchemaValidator2019"
    assert badge["issuer"]["id"] == DID


@pytest.mark.parametrize(
    ("rule", "judges", "words"),
    [
        ("expert", [BEN], "1 expert"),
        ("expert", [BEN, CLEO], "2 experts"),
        ("peer", [BEN, CLEO, DEV], "3 teachers who earned it before"),
        ("peer", [BEN], "1 teacher who earned it before"),
    ],
)
def test_who_judged_is_counted_and_not_named(rule: Any, judges: list[Any], words: str) -> None:
    basis = tuple(Basis(assessor=who, commit=CommitId("9" * 40)) for who in judges)
    badge = signed(the_facts(decision=a_decision(rule=rule, basis=basis)))
    assert badge["credentialSubject"]["source"]["name"] == words
    assert f"Assessed by {words} " in badge["credentialSubject"]["narrative"]
    text = json.dumps(badge)
    assert not any(f'"{who}"' in text or f"/{who}/" in text for who in judges) and "9" * 40 not in text


def test_only_released_evidence_is_inside_with_what_it_was() -> None:
    hidden = piece(url="https://video.example.org/2", title="Secret", publish=False)
    work = a_work(evidence=(piece(), hidden))
    setting, _, kept, plan = commit_work(work)[0]
    badge = signed(the_facts(work=work, pieces=commit_work(work)[0]))
    told = [e for e in badge["evidence"] if not e["genre"].endswith(" record")]
    # Of what is not shown: its commitment, what it was asked for as, and its type.
    assert [(e["id"], e["name"], e["genre"]) for e in told[1:]] == [
        (f"urn:mcred:piece:{setting.commitment}", "Your setting", "answer"),
        (f"urn:mcred:piece:{kept.commitment}", "Class video", "video"),
        (f"urn:mcred:piece:{plan.commitment}", "File", "file"),
    ]
    assert told[:1] == [
        {
            "id": "https://video.example.org/1",
            "type": ["Evidence"],
            "name": "Talk",
            "genre": "video",
            "description": f"SHA-256 {'ab' * 32}",
            "digestSRI": "sha256-q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
            "narrative": "Minute three.",
        }
    ]
    assert "Secret" not in json.dumps(badge)


def test_an_answer_to_the_item_of_released_evidence_is_not_taken_for_it() -> None:
    work = a_work(evidence=(piece(),))
    work = replace(work, answers={**work.answers, Slug("class-video"): work.answers[Slug("setting")]})
    badge = signed(the_facts(work=work, pieces=commit_work(work)[0]))
    genres = [e["genre"] for e in badge["evidence"] if not e["genre"].endswith(" record")]
    assert genres == ["video", "answer", "answer", "file"]


def test_an_address_that_names_something_else_already_is_told_in_words() -> None:
    same = piece(title="Again", about="")
    mine = piece(url="https://badges.example.org/credentials/wait-time/", title="Page")
    odd = piece(url="javascript:alert(1)", title="Odd", sha256="short")
    badge = signed(the_facts(work=a_work(evidence=(piece(), same, mine, odd))))
    by_name = {e["name"]: e for e in badge["evidence"]}
    assert "id" not in by_name["Again"] and by_name["Again"]["narrative"] == "https://video.example.org/1"
    assert "id" not in by_name["Page"] and "credentials/wait-time" in by_name["Page"]["narrative"]
    assert {"id", "digestSRI", "description"}.isdisjoint(by_name["Odd"])


def test_the_earner_is_a_salted_hash_and_a_name_only_where_it_is_public() -> None:
    badge = signed()
    first, second, third = badge["credentialSubject"]["identifier"]
    digest = hashlib.sha256(f"{EMAIL}{'5a' * 16}".encode()).hexdigest()
    assert (first["identityHash"], first["identityType"], first["hashed"]) == (
        f"sha256${digest}",
        "emailAddress",
        True,
    )
    assert (second["identityType"], second["hashed"]) == ("systemId", True)
    assert (third["identityType"], third["identityHash"]) == ("name", "Ana")
    private = signed(the_facts(earner=a_person("ana", publish="private")))
    text = json.dumps(private)
    assert "Ana" not in text and '"ana"' not in text and "/ana/" not in private["id"]
    assert EMAIL not in text
    other = signed(issuing=an_issuing(salt="00" * 16))
    assert other["credentialSubject"]["identifier"][0]["identityHash"] != first["identityHash"]
    assert len(signed(issuing=an_issuing(email=""))["credentialSubject"]["identifier"]) == 2


def test_a_badge_issued_again_names_the_old_one_with_its_digest() -> None:
    old = a_badge()
    again = signed(the_facts(number=2, replaces=Replaced(id=old["id"], document=b"old")))
    (related,) = again["relatedResource"]
    assert again["id"] == old["id"].replace("/1/", "/1-2/")
    assert related["id"] == old["id"]
    assert related["digestSRI"].startswith("sha384-")


def test_every_id_is_an_absolute_address_in_plain_characters() -> None:
    import re

    programme = replace(the_facts().programme, site=Site(url="https://Bädges.example/Ü b/"))
    badge = signed(the_facts(programme=programme))
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.extend(v for k, v in value.items() if k in ("id", "targetUrl", "url", "achievedLevel"))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(badge)
    assert len(found) > 20
    assert all(re.fullmatch(r"[a-z]+:[A-Za-z0-9:/.?#%_~@!$&'()*+,;=-]+", name) for name in found), found


def test_doubled_and_missing_texts_can_be_signed() -> None:
    facts = the_facts()
    twice = Alignment(framework="F", name="N", url="https://f.example/1")
    parts = tuple(
        replace(p, criteria=tuple(replace(c, levels={}) for c in p.criteria)) for p in facts.definition.parts
    )
    definition = replace(
        facts.definition,
        topics=("A", "A", "B"),
        alignment=(twice, twice, replace(twice, url="")),
        parts=parts,
        language="english",
    )
    achievement = signed(replace(facts, definition=definition))["credentialSubject"]["achievement"]
    assert achievement["tag"] == ["A", "B"] and len(achievement["alignment"]) == 2
    assert "inLanguage" not in achievement


def test_a_badge_that_no_reader_would_take_is_not_signed() -> None:
    huge = the_facts(definition=replace(the_facts().definition, for_recognizers="x" * 300_000))
    with pytest.raises(McredError, match="cannot be signed"):
        sign_award(huge, an_issuing(), KEY, NOON)


def test_without_a_key_there_is_no_proof_and_nothing_of_signing() -> None:
    plain = json.loads(make_award(the_facts()))
    assert {"proof", "credentialStatus"}.isdisjoint(plain)
    assert plain["issuer"]["id"] == "https://badges.example.org"
    assert [i["hashed"] for i in plain["credentialSubject"]["identifier"]] == [False, False]
    assert make_award(the_facts()) == make_award(the_facts())


def test_the_same_arguments_give_the_same_bytes() -> None:
    first = sign_award(the_facts(), an_issuing(), KEY, NOON)
    assert first == sign_award(the_facts(), an_issuing(), KEY, NOON)
    assert first.endswith(b"}\n")
