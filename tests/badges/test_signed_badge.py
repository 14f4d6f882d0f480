"""What stands in a signed badge, and what does not."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.badges.open_badge import Replaced, make_award, sign_award
from mcred.badges.proof import check, signature_holds
from mcred.badges.proof_pair import is_pair
from mcred.domain.credential import Alignment
from mcred.domain.decision import Basis
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.programme import Site
from mcred.domain.submission import StoredFile
from mcred.problems import McredError
from tests.badges.issuing import (
    DID,
    KEY,
    LIST,
    PLACE,
    a_badge,
    a_did_document,
    an_issuing,
    the_facts,
    with_one_proof,
)
from tests.school import (
    BEN,
    CLEO,
    DEV,
    EMAIL,
    EMAIL_SALT,
    NOON,
    a_decision,
    a_person,
    a_work,
    an_email,
    commit_work,
)


def signed(facts: Any = None, issuing: Any = None) -> dict[str, Any]:
    """A badge whose proof holds."""
    badge = a_badge(facts, issuing)
    assert check(with_one_proof(badge), a_did_document()) == ()
    assert is_pair(badge) and signature_holds(badge, KEY.multibase)
    return badge


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


def test_every_piece_is_named_by_its_commitment_and_none_is_shown() -> None:
    work = a_work()
    files = {**work.files, "submission.yaml": StoredFile(blob=BlobId("2" * 40), size=9)}
    pieces = commit_work(replace(work, files=files))[0]
    badge = signed(the_facts(pieces=pieces))
    setting, plan, video, listing = [p.commitment for p in pieces]
    told = [(e["id"], e["name"], e["genre"]) for e in badge["evidence"] if not e["genre"].endswith(" record")]
    assert told == [
        (f"urn:mcred:piece:{setting}", "Your setting", "answer"),
        (f"urn:mcred:piece:{plan}", "Lesson plan", "lesson-plan"),
        (f"urn:mcred:piece:{video}", "Class video", "video"),
        (f"urn:mcred:piece:{listing}", "File", "file"),
        ("https://badges.example.org/badges/ana/wait-time/1/", "The badge's page", "web page"),
    ]
    text = json.dumps(badge)
    assert "Day one" not in text and "video.example.org" not in text


def test_the_page_of_a_private_earner_is_not_named() -> None:
    private = signed(the_facts(earner=a_person("ana", publish="private")))
    assert "web page" not in {e["genre"] for e in private["evidence"]}


def test_the_earner_is_a_salted_hash_and_a_name_only_where_it_is_public() -> None:
    badge = signed()
    first, second, third = badge["credentialSubject"]["identifier"]
    digest = hashlib.sha256(f"{EMAIL}{EMAIL_SALT}".encode()).hexdigest()
    assert (first["identityHash"], first["identityType"], first["hashed"]) == (
        f"sha256${digest}",
        "emailAddress",
        True,
    )
    assert (second["identityType"], second["hashed"]) == ("systemId", True)
    assert (third["identityType"], third["identityHash"]) == ("name", "Ana")
    private = signed(the_facts(earner=a_person("ana", publish="private", email=an_email())))
    text = json.dumps(private)
    assert "Ana" not in text and '"ana"' not in text and "/ana/" not in private["id"]
    assert EMAIL not in text
    other = signed(issuing=an_issuing(salt="00" * 16))
    assert other["credentialSubject"]["identifier"][0] == first
    assert other["credentialSubject"]["identifier"][1]["identityHash"] != second["identityHash"]
    bare = signed(the_facts(earner=a_person("ana")))
    assert [e["identityType"] for e in bare["credentialSubject"]["identifier"]] == ["systemId", "name"]


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
