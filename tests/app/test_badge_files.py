"""A verified badge as a recognition policy sees it, and whatever else a file may say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.app.recognition.in_files import read_badge
from mcred.badges.checks import Check, VerifyReport
from mcred.domain.ids import Slug
from mcred.domain.recognition.evidence import ReachedLevel
from mcred.domain.recognition.policy import RecognitionPolicy

DAY = date(2026, 10, 1)
POLICY = RecognitionPolicy(
    format=2, id=Slug("maple"), title="Maple", issuers=(), overrides="refused", rules=()
)
NAME = "urn:mcred:definition:wait-time:1.2.0:" + "a" * 40
TALK = f"{NAME}:talk"
ROWS = [
    {"id": f"{TALK}:{level}", "points": points}
    for level, points in (("weak", "0"), ("strong", "2"), ("fair", "1"))
]
BADGE: dict[str, Any] = {
    "id": "urn:uuid:1",
    "issuer": {"id": "did:web:state.example"},
    "validFrom": "2026-05-01T09:00:00Z",
    "validUntil": "2026-11-30T23:59:59Z",
    "awardedDate": "2026-03-01T09:00:00Z",
    "credentialSubject": {
        "achievement": {
            "id": NAME,
            "name": "Wait Time",
            "criteria": {"narrative": "Ask.\n\nEarned with: 5 of 6."},
            "resultDescription": [{"id": TALK, "rubricCriterionLevel": ROWS}],
        },
        "result": [{"resultDescription": TALK, "achievedLevel": f"{TALK}:fair"}],
    },
}


def check(name: str = "dates", ok: bool | None = False, state: Any = None) -> Check:
    return Check(name=name, ok=ok, what=f"about {name}", clause="", state=state, remedy="look")


def report(
    document: dict[str, Any], answer: Any = "valid", state: Any = "valid", *checks: Check
) -> VerifyReport:
    return VerifyReport(answer=answer, state=state, checks=checks, document=document, known=True)


def test_what_a_policy_asks_of_a_badge() -> None:
    badge = read_badge("a.json", report(BADGE), POLICY, frozenset(), DAY)
    assert (badge.credential, badge.version, badge.issuer) == ("wait-time", "1.2.0", "did:web:state.example")
    assert (str(badge.earned), str(badge.renewed), str(badge.ends)) == (
        "2026-03-01",
        "2026-05-01",
        "2026-11-30",
    )
    assert badge.levels == {"talk": ReachedLevel(level="fair", scale=("strong", "fair", "weak"))}  # type: ignore[arg-type]
    assert (badge.standing, badge.override, badge.of_program) == ("valid", False, False)
    assert read_badge("a.json", report(BADGE), POLICY, frozenset({"did:web:state.example"}), DAY).of_program


def test_days_of_files_are_those_of_the_policys_time_zone() -> None:
    evening = {**BADGE, "awardedDate": "2026-09-16T03:30:00Z", "validFrom": "2026-09-16T03:30:00Z"}
    chicago = replace(POLICY, time_zone="America/Chicago")
    badge = read_badge("a.json", report(evening), chicago, frozenset(), DAY)
    assert (str(badge.earned), str(badge.ends)) == ("2026-09-15", "2026-11-30")


def test_an_award_against_the_levels_is_told_by_its_criteria() -> None:
    document = {
        **BADGE,
        "credentialSubject": {"achievement": {"criteria": {"narrative": "Ask.\n\nThe rule: 5 of 6."}}},
    }
    assert read_badge("a.json", report(document), POLICY, frozenset(), DAY).override


@pytest.mark.parametrize(
    ("answer", "state", "checks", "standing"),
    [
        ("not valid", "expired", (check(),), "valid"),
        ("not valid", "expired", (check(), check("issuer", None)), "not valid"),
        ("not valid", "expired", (check(), check("proof")), "not valid"),
        ("not valid", "forged", (check("proof"),), "not valid"),
        ("not valid", "revoked", (check("status"),), "revoked"),
        ("cannot tell", "whole", (check("issuer", None),), "cannot tell"),
        ("cannot tell", "unknown", (check("form", None),), "cannot tell"),
        ("cannot tell", "unknown", (), "cannot tell"),
    ],
)
def test_only_what_is_valid_on_that_day_counts(
    answer: str, state: str, checks: tuple[Check, ...], standing: str
) -> None:
    badge = read_badge("a.json", report(BADGE, answer, state, *checks), POLICY, frozenset(), DAY)
    assert badge.standing == standing
    assert bool(badge.why) == (standing != "valid")
    late = read_badge("a.json", report(BADGE, answer, state, *checks), POLICY, frozenset(), date(2026, 12, 1))
    assert late.standing != "valid"


KEYS = st.sampled_from(
    [
        "achievement",
        "result",
        "resultDescription",
        "rubricCriterionLevel",
        "points",
        "evidence",
        "achievedLevel",
        "genre",
        "description",
        "criteria",
        "narrative",
        "version",
        "name",
        "id",
    ]
)
ODD = st.sampled_from([NAME, TALK, "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(list(BADGE)), VALUES))
def test_whatever_a_file_says_is_no_bug(document: dict[str, Any]) -> None:
    forged = report({**BADGE, **document}, "not valid", "forged", check("proof"))
    assert read_badge("a.json", forged, POLICY, frozenset(), DAY).standing == "not valid"
