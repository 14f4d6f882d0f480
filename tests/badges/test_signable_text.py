"""Texts, addresses and JSON from strangers."""

from __future__ import annotations

import pytest

from mcred.badges.json_reader import MAX_BYTES, read_json
from mcred.badges.links import clean_link
from mcred.badges.open_badge import describe_award, sign_award
from mcred.badges.signable_text import find_unsafe
from mcred.problems import McredError
from tests.badges.hostile import HARMLESS, REFUSED, poisoned_facts
from tests.badges.issuing import KEY, an_issuing, the_facts
from tests.school import NOON, a_credential


@pytest.mark.parametrize("text", REFUSED, ids=REFUSED.values())
def test_a_text_that_cannot_be_signed_is_refused_with_its_member(text: str) -> None:
    facts = poisoned_facts(the_facts(), text)
    with pytest.raises(McredError) as caught:
        sign_award(facts, an_issuing(), KEY, NOON)
    named = {problem.what.split(" ")[0] for problem in caught.value.problems}
    assert all(REFUSED[text] in problem.what and problem.hint for problem in caught.value.problems)
    assert {
        "name",
        "issuer.name",
        "issuer.email",
        "issuer.description",
        "credentialSubject.identifier[2].identityHash",
        "credentialSubject.achievement.criteria.narrative",
        "credentialSubject.achievement.tag[0]",
        "credentialSubject.achievement.resultDescription[0].name",
        "credentialSubject.achievement.resultDescription[2].rubricCriterionLevel[1].description",
        "evidence[0].name",
    } <= named


def test_one_bad_text_is_named_alone() -> None:
    with pytest.raises(McredError) as caught:
        sign_award(the_facts(definition=a_credential(title="Wait\u202eTime")), an_issuing(), KEY, NOON)
    named = [p.what.split(" ")[0] for p in caught.value.problems]
    assert named == [
        "name",
        "credentialSubject.achievement.name",
        "credentialSubject.achievement.image.caption",
    ]


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_every_other_text_is_kept_as_it_is(text: str) -> None:
    facts = poisoned_facts(the_facts(), text)
    document = describe_award(facts, an_issuing())
    assert not find_unsafe(document)
    assert document["name"] == document["issuer"]["name"] == text
    assert document["credentialSubject"]["achievement"]["tag"] == [text]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTPS://A.Example/B", "https://a.example/B"),
        ("https://a.example/a b|c", "https://a.example/a%20b%7Cc"),
        ("https://a.example/%zz%41", "https://a.example/%25zz%41"),
        ("https://a.example/?q=ä#ö", "https://a.example/?q=%C3%A4#%C3%B6"),
        ('https://a.example/a<b>"{}\\^`', "https://a.example/a%3Cb%3E%22%7B%7D%5C%5E%60"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example/x", ""),
        ("/x", ""),
        ("https:///x", ""),
        ("https://a:b@c.example", ""),
        ("https://a.example:x", ""),
        ("https://a b.example", ""),
        ("https://a.example/\ud800", "https://a.example"),
        ("", ""),
        ("https://[::1]/", ""),
    ],
)
def test_an_address_becomes_a_clean_one_or_none(text: str, clean: str) -> None:
    assert clean_link(text) == clean


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff", "UTF-8"),
        (b'"\\ud800"', "character"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"a": {"b": 1, "b": 2}}', "twice"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": 1e999}', "not JSON"),
        (b"[1]", "one JSON object"),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "deep"),
        (b"[" * 90_000, "deep"),
        (b'{"a": "' + b"x" * MAX_BYTES + b'"}', "larger"),
    ],
    ids=range(10),
)
def test_json_from_strangers_is_read_within_bounds(data: bytes, why: str) -> None:
    with pytest.raises(McredError, match=why):
        read_json(data)
