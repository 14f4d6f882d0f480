"""A stack's badge, value by value: its rule, what had to be earned, what it stands on, where it stands."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.badges.open_badge import CONTEXTS, SCHEMA
from mcred.badges.stack_badge import (
    HeldBadge,
    StackFacts,
    describe_stack_badge,
    make_stack_badge,
    read_held,
    sign_stack_badge,
)
from mcred.domain.ids import CredentialId
from mcred.domain.programme import Programme, Site
from mcred.problems import McredError
from tests.badges.issuing import DID, KEY, LIST, PLACE, SITE, an_issuing, the_stack, write
from tests.school import BLOB, EMAIL, EMAIL_SALT, NOON, WAIT, a_person, a_programme, a_stack, an_email

PROBE, PRAISE = CredentialId("probe"), CredentialId("praise")
URN = "urn:uuid:"
LATER = datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)


def held(name: str, digest: str = "0", **changes: Any) -> HeldBadge:
    base = HeldBadge(
        credential=CredentialId(name),
        id=f"https://badges.example.org/badges/ana/{name}/1/badge.json",
        name=name.title(),
        digest=digest * 64,
        awarded=NOON,
        ends=None,
    )
    return replace(base, **changes)


def facts(stack: dict[str, Any] | None = None, **changes: Any) -> StackFacts:
    """Two of three are held."""
    base = StackFacts(
        programme=a_programme(),
        stack=a_stack(**{"credentials": (WAIT, PROBE, PRAISE), "need": 2, **(stack or {})}),
        blob=BLOB,
        titles={WAIT: "Wait Time", PROBE: "Probing"},
        earner=a_person("ana", email=an_email()),
        contained=(held("wait-time"), held("praise", "1")),
        awarded=NOON,
        number=1,
    )
    return replace(base, **changes)


def nowhere() -> Programme:
    """A programme without any address."""
    programme = a_programme()
    return replace(programme, issuer=replace(programme.issuer, url=""))


def achievement(found: StackFacts, image: str = "") -> dict[str, Any]:
    document = describe_stack_badge(found, an_issuing(image=image) if image else None)
    inner: dict[str, Any] = document["credentialSubject"]["achievement"]
    return inner


def test_the_whole_document_without_a_key() -> None:
    assert describe_stack_badge(facts()) == {
        "@context": list(CONTEXTS),
        "id": "https://badges.example.org/badges/ana/stacks/talk/1/badge.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Classroom talk",
        "issuer": {
            "id": "https://badges.example.org",
            "type": ["Profile"],
            "name": "Lake Elmo Unified",
            "url": "https://badges.example.org",
        },
        "validFrom": "2026-11-02T12:00:00Z",
        "awardedDate": "2026-11-02T12:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "ana",
                    "identityType": "systemId",
                },
                {"type": "IdentityObject", "hashed": False, "identityHash": "Ana", "identityType": "name"},
            ],
            "achievement": {
                "id": f"urn:mcred:stack:talk:1.0.0:{BLOB}",
                "type": ["Achievement"],
                "achievementType": "ext:MicroCredentialStack",
                "name": "Classroom talk",
                "description": "Earned with 2 of 3 micro-credentials.",
                "version": "1.0.0",
                "criteria": {
                    "id": "https://badges.example.org/stacks/talk/",
                    "narrative": "Earned with 2 of 3 micro-credentials.\n\n- Wait Time\n- Probing\n- praise",
                },
            },
            "narrative": "Given by rule: holds Wait-Time, Praise.",
        },
        "evidence": [
            {
                "id": "https://badges.example.org/badges/ana/wait-time/1/badge.json",
                "type": ["Evidence"],
                "name": "Wait-Time",
                "genre": "micro-credential badge",
                "description": "SHA-256 " + "0" * 64,
                "digestSRI": f"sha256-{'A' * 43}=",
            },
            {
                "id": "https://badges.example.org/badges/ana/praise/1/badge.json",
                "type": ["Evidence"],
                "name": "Praise",
                "genre": "micro-credential badge",
                "description": "SHA-256 " + "1" * 64,
                "digestSRI": f"sha256-{'ERER' * 10}ERE=",
            },
        ],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def test_a_key_adds_who_signs_who_is_meant_and_where_it_is_revoked() -> None:
    plain = describe_stack_badge(facts())
    document = describe_stack_badge(facts(), an_issuing(earner_did="did:key:z6MkAna"))
    subject = document["credentialSubject"]
    assert document["issuer"] == {**plain["issuer"], "id": DID}
    assert subject["id"] == "did:key:z6MkAna"
    assert [(i["identityType"], i["hashed"]) for i in subject["identifier"]] == [
        ("emailAddress", True),
        ("systemId", True),
        ("name", False),
    ]
    digests = [
        f"sha256${hashlib.sha256(value.encode()).hexdigest()}"
        for value in (EMAIL + EMAIL_SALT, "ana" + "5a" * 16)
    ]
    assert [i["identityHash"] for i in subject["identifier"]] == [*digests, "Ana"]
    assert subject["achievement"]["image"] == {
        "id": f"{SITE}/badges/ana/wait-time/1/badge.png",
        "type": "Image",
        "caption": "Classroom talk",
    }
    assert document["credentialStatus"] == {
        "id": f"{LIST}#{PLACE}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(PLACE),
        "statusListCredential": LIST,
    }
    same = set(plain) - {"issuer", "credentialSubject"}
    assert {name: document[name] for name in same} == {name: plain[name] for name in same}


def test_what_the_key_adds_can_be_left_out() -> None:
    bare = describe_stack_badge(facts(earner=a_person("ana")), an_issuing(image="", status=None))
    assert set(bare) == set(describe_stack_badge(facts()))
    assert set(bare["credentialSubject"]) == {"type", "identifier", "achievement", "narrative"}
    assert "image" not in bare["credentialSubject"]["achievement"]
    assert [i["identityType"] for i in bare["credentialSubject"]["identifier"]] == ["systemId", "name"]


@pytest.mark.parametrize(
    ("credentials", "required", "said"),
    [
        ((WAIT,), None, "Earned with all of 1 micro-credentials."),
        ((WAIT, PROBE), None, "Earned with all of 2 micro-credentials."),
        ((WAIT, PROBE), 2, "Earned with all of 2 micro-credentials."),
        ((WAIT, PROBE), 1, "Earned with 1 of 2 micro-credentials."),
        ((WAIT, PROBE, PRAISE), 2, "Earned with 2 of 3 micro-credentials."),
        ((WAIT, PROBE, PRAISE), 3, "Earned with all of 3 micro-credentials."),
    ],
)
def test_its_rule_is_said_in_words(
    credentials: tuple[CredentialId, ...], required: int | None, said: str
) -> None:
    found = facts(stack={"credentials": credentials, "need": required})
    assert achievement(found)["description"] == said
    assert achievement(found)["criteria"]["narrative"].splitlines()[0] == said


@pytest.mark.parametrize(
    ("words", "description", "narrative"),
    [
        ({}, "Earned with 2 of 3 micro-credentials.", "- Wait Time\n- Probing\n- praise"),
        ({"for_recognizers": "Talks."}, "Talks.", "- Wait Time\n- Probing\n- praise"),
        (
            {"text": "Talk *more*."},
            "Earned with 2 of 3 micro-credentials.",
            "- Wait Time\n- Probing\n- praise\n\nTalk *more*.",
        ),
        (
            {"text": "One.\n\nTwo.", "for_recognizers": "Talks."},
            "Talks.",
            "- Wait Time\n- Probing\n- praise\n\nOne.\n\nTwo.",
        ),
    ],
)
def test_what_had_to_be_earned(words: dict[str, str], description: str, narrative: str) -> None:
    found = achievement(facts(stack=words))
    assert found["description"] == description
    assert found["criteria"]["narrative"] == f"Earned with 2 of 3 micro-credentials.\n\n{narrative}"


@pytest.mark.parametrize(
    ("topics", "tags"),
    [
        ((), None),
        (("Talk",), ["Talk"]),
        (("Talk", "Asking", "Talk"), ["Talk", "Asking"]),
        (("b", "a"), ["b", "a"]),
    ],
)
def test_its_topics_are_told_once_in_their_order(topics: tuple[str, ...], tags: list[str] | None) -> None:
    assert achievement(facts(stack={"topics": topics})).get("tag") == tags


@pytest.mark.parametrize(
    ("site", "url", "root"),
    [
        ("", "https://badges.example.org", "https://badges.example.org"),
        ("", "https://badges.example.org/", "https://badges.example.org"),
        (SITE, "https://badges.example.org", SITE),
        (f"{SITE}/", "", SITE),
        ("https://Übung.example/a b", "", "https://xn--bung-zra.example/a%20b"),
    ],
)
def test_it_stands_below_the_site(site: str, url: str, root: str) -> None:
    programme = a_programme()
    there = replace(programme, site=Site(url=site), issuer=replace(programme.issuer, url=url))
    document = describe_stack_badge(facts(programme=there, number=3))
    assert document["id"] == f"{root}/badges/ana/stacks/talk/3/badge.json"
    assert document["credentialSubject"]["achievement"]["criteria"]["id"] == f"{root}/stacks/talk/"


def test_without_a_site_it_has_a_name_and_no_page() -> None:
    document = describe_stack_badge(facts(programme=nowhere()))
    assert document["id"].startswith(URN)
    assert document["issuer"]["id"] == "urn:mcred:issuer:leusd"
    assert list(document["credentialSubject"]["achievement"]["criteria"]) == ["narrative"]


TWO = (held("wait-time"), held("praise", "1"))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"contained": TWO[::-1]}, True),
        ({"contained": (replace(TWO[0], id="urn:x", name="X", ends=NOON), TWO[1])}, True),
        ({"awarded": LATER}, True),
        ({"titles": {}}, True),
        ({"earner": replace(a_person("ana", publish="private"), name="Anna")}, True),
        ({"contained": TWO[:1]}, False),
        ({"contained": (TWO[0], replace(TWO[1], digest="2" * 64))}, False),
        ({"number": 2}, False),
        ({"earner": a_person("ben")}, False),
    ],
)
def test_its_name_is_made_of_earner_stack_number_and_parts(changes: dict[str, Any], same: bool) -> None:
    name = describe_stack_badge(facts(programme=nowhere()))["id"]
    found = describe_stack_badge(facts(programme=nowhere(), **changes))["id"]
    assert found.startswith(URN) and (found == name) is same


@pytest.mark.parametrize("publish", ["public", "anonymous", "private"])
def test_only_a_signed_badge_of_a_private_person_hides_its_address(publish: str) -> None:
    found = facts(earner=a_person("ana", publish=publish))
    signed = describe_stack_badge(found, an_issuing())
    assert describe_stack_badge(found)["id"].startswith("https://badges.example.org/")
    assert signed["id"].startswith(URN) is (publish == "private")
    assert ("name" in {i["identityType"] for i in signed["credentialSubject"]["identifier"]}) is (
        publish == "public"
    )


@pytest.mark.parametrize(
    ("name", "publish", "shown"),
    [
        ("https://badges.example.org/badges/ana/x/1/badge.json", "public", True),
        ("https://badges.example.org/badges/ana/x/1/badge.json", "private", False),
        ("http://badges.example.org/badges/ana/x/1/badge.json", "private", False),
        ("urn:uuid:5e5f1d9a-0000-5000-8000-000000000000", "private", True),
        ("urn:uuid:5e5f1d9a-0000-5000-8000-000000000000", "public", True),
    ],
)
def test_a_part_is_named_unless_its_address_tells_who_is_private(
    name: str, publish: str, shown: bool
) -> None:
    found = facts(earner=a_person("ana", publish=publish), contained=(held("x", "a", id=name),))
    for issuing in (None, an_issuing()):
        (piece,) = describe_stack_badge(found, issuing)["evidence"]
        assert piece.get("id") == (name if shown else None)
        assert piece["description"] == "SHA-256 " + "a" * 64


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ((None, None), None),
        ((LATER, None), "2028-02-29T23:59:59Z"),
        ((None, LATER), "2028-02-29T23:59:59Z"),
        ((LATER, LATER + timedelta(seconds=1)), "2028-02-29T23:59:59Z"),
        ((LATER, LATER - timedelta(seconds=1)), "2028-02-29T23:59:58Z"),
        ((LATER, LATER.astimezone(timezone(timedelta(hours=9)))), "2028-02-29T23:59:59Z"),
        ((LATER.replace(tzinfo=timezone(timedelta(hours=-8))), None), "2028-03-01T07:59:59Z"),
    ],
)
def test_its_end_is_its_first_parts_in_utc(ends: tuple[datetime | None, ...], until: str | None) -> None:
    parts = tuple(replace(part, ends=end) for part, end in zip(TWO, ends, strict=True))
    assert describe_stack_badge(facts(contained=parts)).get("validUntil") == until


MINE = {"id": "urn:x", "name": "Wait Time", "awardedDate": "2026-11-02T12:00:00Z"}


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({}, {}),
        ({"validUntil": "2028-02-29T23:59:59Z"}, {"ends": LATER}),
        ({"validUntil": ""}, {}),
        ({"validUntil": None}, {}),
        ({"awardedDate": "2028-02-29T23:59:59+00:00"}, {"awarded": LATER}),
        ({"id": "https://a.example/b.json"}, {"id": "https://a.example/b.json"}),
        ({"name": ""}, {"name": ""}),
        ({"validFrom": "never", "credentialSubject": 7}, {}),
    ],
)
def test_a_held_badge_is_read_with_the_digest_of_its_bytes(more: dict[str, Any], due: dict[str, Any]) -> None:
    data = write({**MINE, **more})
    base = HeldBadge(
        credential=WAIT,
        id="urn:x",
        name="Wait Time",
        digest=hashlib.sha256(data).hexdigest(),
        awarded=NOON,
        ends=None,
    )
    assert read_held(WAIT, data) == replace(base, **due)
    spaced = read_held(WAIT, data + b"\n")
    assert spaced == replace(base, **due, digest=hashlib.sha256(data + b"\n").hexdigest())


@pytest.mark.parametrize(
    "more",
    [
        {"awardedDate": "yesterday"},
        {"awardedDate": None},
        {"awardedDate": 20261102},
        {"awardedDate": ""},
        {"validUntil": "for ever"},
        {"validUntil": 2028},
        {"validUntil": ["2028-02-29T23:59:59Z"]},
    ],
)
def test_a_badge_whose_days_cannot_be_read_is_not_held(more: dict[str, Any]) -> None:
    assert read_held(WAIT, write({**MINE, **more})) is None


@pytest.mark.parametrize("name", sorted(MINE))
def test_a_badge_that_lacks_a_member_is_not_held(name: str) -> None:
    assert read_held(WAIT, write({k: v for k, v in MINE.items() if k != name})) is None


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"stack": {"title": "a\u202eb"}}, "name"),
        ({"stack": {"text": "a\x00b"}}, "credentialSubject.achievement.criteria.narrative"),
        ({"stack": {"topics": ("ok", "a\u2028b")}}, "credentialSubject.achievement.tag[1]"),
        ({"contained": (replace(held("x"), name="a\x07b"),)}, "evidence[0].name"),
        (
            {"earner": replace(a_person("ana", email=an_email()), name="a\u2066b")},
            "credentialSubject.identifier[2].identityHash",
        ),
    ],
)
def test_a_text_that_cannot_be_signed_is_named(changes: dict[str, Any], member: str) -> None:
    found = facts(**changes)
    with pytest.raises(McredError) as caught:
        sign_stack_badge(found, an_issuing(), KEY)
    assert member in [problem.what.split(" ")[0] for problem in caught.value.problems]
    assert json.loads(make_stack_badge(found)) == describe_stack_badge(found)


def test_it_is_signed_at_the_moment_of_its_award() -> None:
    found = facts(awarded=LATER)
    data = sign_stack_badge(found, an_issuing(), KEY)
    badge = json.loads(data)
    assert badge.pop("proof")[0]["created"] == "2028-02-29T23:59:59Z"
    assert badge == describe_stack_badge(found, an_issuing())
    assert data == sign_stack_badge(found, an_issuing(), KEY)
    assert data.endswith(b"\n}\n") and make_stack_badge(the_stack()).startswith(b'{\n  "@context": [\n')
