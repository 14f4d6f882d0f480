"""The catalogue that comes with mcred is worth browsing: every topic of the source, in different shapes."""

from __future__ import annotations

from collections import Counter

import pytest

from mcred.domain.credential import EVIDENCE_TYPES, Credential
from mcred.formats.decode import decode
from mcred.shipped import shipped

TOPICS = (
    "Deeper Learning",
    "STEM",
    "Teacher Protocols",
    "Data Literacy",
    "Learning Differences",
    "Media Literacy",
    "Fractions Instruction",
    "Teacher Leadership",
    "Financial Literacy",
    "Global Competence",
)


@pytest.fixture(scope="module")
def definitions() -> tuple[Credential, ...]:
    found = []
    for path in sorted(shipped("credentials").glob("*/credential.yaml")):
        definition, problems = decode(path.read_bytes(), Credential, str(path))
        assert definition is not None, problems
        found.append(definition)
    return tuple(found)


def test_each_of_the_ten_topics_has_one_of_its_own(definitions: tuple[Credential, ...]) -> None:
    first = Counter(str(d.topics[0]) for d in definitions)
    assert set(TOPICS) <= set(first), "the first topic is what it is listed under"


def test_every_kind_of_evidence_is_asked_for_somewhere(definitions: tuple[Credential, ...]) -> None:
    asked = {kind for d in definitions for item in d.items for kind in item.accepts}
    assert asked == set(EVIDENCE_TYPES)


def test_they_differ_in_shape(definitions: tuple[Credential, ...]) -> None:
    assert {d.award_rule.kind for d in definitions} == {"all", "points", "count"}
    assert {d.needs_students for d in definitions} == {True, False}
    assert {d.validity.renew if d.validity else None for d in definitions} == {None, "delta", "full"}
    assert {len(levels) for d in definitions for levels in d.scales.values()} == {2, 3, 4}
    assert {d.language for d in definitions} == {"en", "es"}
    ids = {d.id for d in definitions}
    assert {p for d in definitions for p in d.prerequisites} & ids
