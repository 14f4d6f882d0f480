"""A small issuer for tests: its keys, its did.json, a signed badge, its status list, a reader's context."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from mcred.badges.bake import prepare
from mcred.badges.keys import IssuerKey, did_document, issuer_did, make_issuer_key, method_id, publish_key
from mcred.badges.open_badge import AwardFacts, Issuing, StatusPlace, sign_award
from mcred.badges.stack_badge import StackFacts, read_held, sign_stack_badge
from mcred.badges.status_list import sign_list
from mcred.badges.verify import CheckContext, Material
from mcred.domain.credential import Alignment, Validity
from tests.school import (
    BLOB,
    NOON,
    SENT,
    WAIT,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_request,
    a_stack,
    an_email,
)

KEY = make_issuer_key(bytes(range(32)))
OTHER = make_issuer_key(bytes(range(1, 33)))
SITE = "https://badges.example.org/team"
DID = issuer_did(SITE, KEY.multibase)
PUBLIC = publish_key(KEY, date(2026, 1, 1))
METHOD = method_id(DID, PUBLIC)
LIST = f"{SITE}/status/1.json"
PLACE = 4711
EARLY = datetime(2025, 1, 1, tzinfo=UTC)


def the_facts(**changes: Any) -> AwardFacts:
    """Ana's award, with everything a definition can hold that a badge shows."""
    definition = a_credential(
        alignment=(
            Alignment(framework="InTASC", code="3(f)", name="Learning", url="https://ccsso.example/3"),
        ),
        validity=Validity(months=36),
        for_recognizers="Waits for answers.",
    )
    base = AwardFacts(
        programme=a_programme(),
        definition=definition,
        earner=a_person("ana", email=an_email()),
        decision=a_decision(),
        submitted=SENT,
        pieces=a_request().pieces,
    )
    return replace(base, **changes)


def an_issuing(**changes: Any) -> Issuing:
    """What Rosa's computer adds when it signs."""
    base = Issuing(
        did=DID,
        method=METHOD,
        salt="5a" * 16,
        status=StatusPlace(list=LIST, index=PLACE),
        decision="f" * 40,  # type: ignore[arg-type]
        image=f"{SITE}/badges/ana/wait-time/1/badge.png",
    )
    return replace(base, **changes)


def a_badge(
    facts: AwardFacts | None = None, issuing: Issuing | None = None, key: IssuerKey = KEY
) -> dict[str, Any]:
    """A signed badge as read."""
    if facts is None and issuing is None and key is KEY:
        found: dict[str, Any] = json.loads(_the_badge())
        return found
    found = json.loads(sign_award(facts or the_facts(), issuing or an_issuing(), key, NOON))
    return found


@lru_cache(maxsize=1)
def _the_badge() -> bytes:
    # Signing takes a tenth of a second, and gives the same bytes each time.
    return sign_award(the_facts(), an_issuing(), KEY, NOON)


def the_stack() -> StackFacts:
    """Ana holds what the stack of one asks for."""
    held = read_held(WAIT, write(a_badge()))
    assert held is not None
    return StackFacts(
        programme=the_facts().programme,
        stack=a_stack(topics=("Questioning",), text="Talk.", for_recognizers="Talks."),
        blob=BLOB,
        titles={WAIT: "Wait Time"},
        earner=a_person("ana", email=an_email()),
        contained=(held,),
        awarded=NOON,
        number=1,
    )


def a_stack_badge(facts: StackFacts | None = None, issuing: Issuing | None = None) -> dict[str, Any]:
    """A stack's signed badge as read."""
    found: dict[str, Any] = json.loads(sign_stack_badge(facts or the_stack(), issuing or an_issuing(), KEY))
    return found


def with_one_proof(badge: dict[str, Any]) -> dict[str, Any]:
    """A badge as it was signed before there were two proofs."""
    return {**badge, "proof": badge["proof"][0]}


def a_did_document() -> dict[str, Any]:
    """What stands in did.json."""
    return did_document(DID, [PUBLIC])


def a_list(*revoked: int) -> dict[str, Any]:
    """The signed status list."""
    return deepcopy(_the_list(revoked))


@lru_cache(maxsize=64)
def _the_list(revoked: tuple[int, ...]) -> dict[str, Any]:
    return sign_list(LIST, revoked, KEY, METHOD, EARLY)


def write(document: Any) -> bytes:
    """A document as bytes."""
    return json.dumps(document).encode()


def a_context(
    did: dict[str, Any] | None = None, listed: dict[str, Any] | None = None, **changes: Any
) -> CheckContext:
    """A reader who has the issuer's did.json and status list at hand."""
    did, listed = did or a_did_document(), listed or a_list()
    base = CheckContext(
        now=NOON,
        find_did=lambda name: Material(data=write(did) if name == DID else None, where="at hand"),
        find_list=lambda address: Material(data=write(listed) if address == LIST else None, where="at hand"),
    )
    return replace(base, **changes)


def bake(image: bytes, credential: bytes) -> bytes:
    """The picture with the credential inside, instead of any that was there."""
    return prepare(image).fill(credential)
