"""The two proofs of a badge: each by itself, both together, and what of them may differ."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.badges.achievement import describe_credits
from mcred.badges.open_badge import WORDING
from mcred.badges.others.suites import compute_other
from mcred.badges.proof import compute_signature, signature_holds
from mcred.badges.proof_pair import _digest, digest_content, is_pair, proofs_of, sign_badge
from mcred.badges.reproduce import find_differences
from mcred.badges.verify import verify
from tests.badges.issuing import (
    KEY,
    METHOD,
    OTHER,
    a_badge,
    a_context,
    a_stack_badge,
    the_facts,
    with_one_proof,
    write,
)
from tests.badges.tamper import changed, leaves, tampered
from tests.badges.test_reproduce import DECISION, FACTS
from tests.school import NOON, a_decision

BADGE = a_badge(FACTS)
FIRST, SECOND = BADGE["proof"]
CONTENT = {name: value for name, value in BADGE.items() if name != "proof"}


def by(*proofs: Any) -> dict[str, Any]:
    return {**BADGE, "proof": list(proofs)}


@pytest.mark.parametrize("badge", [BADGE, a_stack_badge()], ids=["award", "stack"])
def test_each_proof_holds_by_itself_and_for_another_library(badge: dict[str, Any]) -> None:
    assert is_pair(badge) and signature_holds(badge, KEY.multibase)
    first, second = proofs_of(badge)
    assert (first["cryptosuite"], second["cryptosuite"]) == ("eddsa-rdfc-2022", "eddsa-jcs-2022")
    assert compute_signature({**badge, "proof": first}, KEY.multibase) is True
    assert compute_other({**badge, "proof": second}, KEY.multibase) is True
    assert compute_other({**badge, "proof": second}, OTHER.multibase) is False
    assert verify(write(badge), a_context()).answer == "valid"
    assert verify(write({**badge, "proof": second}), a_context()).answer == "valid"


def test_a_badge_of_a_day_to_come_is_signed_like_any_other() -> None:
    """Dates are judged by the caller's clock, signatures by none."""
    facts = the_facts(decision=a_decision(decided=datetime(2300, 1, 1, tzinfo=UTC)))
    assert signature_holds(a_badge(facts), KEY.multibase)


def test_signing_twice_gives_the_same_bytes() -> None:
    assert sign_badge(CONTENT, KEY, METHOD, NOON) == BADGE == a_badge(FACTS)


@pytest.mark.slow
def test_no_changed_copy_is_taken() -> None:
    """Nor is one that another reader could compute and would refuse."""
    copies = {
        **{
            f"{'.'.join(map(str, path))} {n}": changed(BADGE, path, value)
            for path, old in leaves(CONTENT)
            for n, value in enumerate((f"{old}x", ..., None, [old]))
        },
        **tampered(BADGE),
    }
    assert len(copies) > 200
    for name, copy in copies.items():
        # The other proof still holds for what the badge says, which is unchanged.
        untouched = name == "an undefined member of the proof"
        assert (verify(write(copy), a_context()).answer == "valid") == untouched, name
        assert find_differences(write(copy), FACTS, DECISION), name


@pytest.mark.parametrize(
    "proofs",
    [
        (SECOND, FIRST),
        (FIRST,),
        (SECOND,),
        (FIRST, FIRST),
        (FIRST, SECOND, SECOND),
        (FIRST, None),
        (FIRST, {**SECOND, "created": "2026-11-02T12:00:01Z"}),
        (FIRST, {**SECOND, "verificationMethod": f"{METHOD}x"}),
        (FIRST, {**SECOND, "@context": SECOND["@context"][:2]}),
        (FIRST, {n: v for n, v in SECOND.items() if n != "@context"}),
        (FIRST, {**SECOND, "proofPurpose": "authentication"}),
        (FIRST, {**SECOND, "nonce": "x"}),
        (FIRST, {**SECOND, "proofValue": None}),
        (FIRST, {**SECOND, "proofValue": "z1"}),
        ({**FIRST, "nonce": "x"}, {**SECOND, "nonce": "x"}),
    ],
    ids=range(15),
)
def test_the_record_takes_no_other_two_proofs(proofs: tuple[Any, ...]) -> None:
    assert not is_pair(by(*proofs))
    said = find_differences(write(by(*proofs)), FACTS, DECISION)
    assert said == ("its proofs are not the two that the program makes",)


def test_both_signatures_have_to_hold() -> None:
    theirs = sign_badge(CONTENT, OTHER, METHOD, NOON)["proof"]
    wrong = (("second ", (FIRST, theirs[1])), ("", (theirs[0], SECOND)), ("second ", theirs))
    for which, proofs in wrong:
        assert is_pair(by(*proofs)) and not signature_holds(by(*proofs), KEY.multibase)
        assert find_differences(write(by(*proofs)), FACTS, DECISION) == (
            f"its {which}signature is not valid",
        )
        assert verify(write(by(*proofs)), a_context()).state == "forged"


def test_a_badge_from_before_with_one_proof_still_follows_from_the_record() -> None:
    assert find_differences(write(with_one_proof(BADGE)), FACTS, DECISION) == ()
    facts = the_facts(programme=FACTS.programme, decision=a_decision(badge=WORDING + 1), earner=FACTS.earner)
    assert find_differences(write(BADGE), facts, DECISION)


def test_the_second_covers_what_the_first_does_not() -> None:
    """The order of a list, which says nothing, is no statement."""
    turned = {**BADGE, "type": BADGE["type"][::-1]}
    assert compute_signature({**turned, "proof": FIRST}, KEY.multibase) is True
    assert not signature_holds(turned, KEY.multibase)
    assert verify(write(turned), a_context()).state == "forged"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
CREDITS = st.integers(1, 10_000).map(lambda n: describe_credits(Decimal(n) / 100)["creditsAvailable"])
VALUES = st.recursive(
    TEXTS | st.booleans() | CREDITS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("aBc@_"), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "B", "@id", "z"]), VALUES))
def test_documents_are_spelled_as_another_library_spells_them(document: dict[str, Any]) -> None:
    from hashlib import sha256

    from openvc.proof._jcs import canonicalize

    assert _digest(document) == sha256(canonicalize(document)).digest()


def test_the_same_content_has_one_digest_however_it_is_spelled_and_signed() -> None:
    turned = json.loads(json.dumps(dict(reversed(BADGE.items())), indent=3))
    assert digest_content(turned) == digest_content(with_one_proof(BADGE)) == digest_content(CONTENT)
    assert digest_content({**BADGE, "name": "X"}) != digest_content(BADGE)
