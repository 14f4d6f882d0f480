"""Reproducing a stored badge from the record, to find every difference.

Random values (the salt, the index in the status list) are taken from the badge; all else has to be equal.
Reads no clock and uses no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.keys import issuer_did, known_dids, method_id
from mcred.badges.open_badge import WORDING, AwardFacts, Issuing, describe_award
from mcred.badges.proof import issuer_of, signature_holds
from mcred.badges.proof_pair import is_pair, proofs_of, second_holds
from mcred.badges.stack_badge import StackFacts, describe_stack_badge
from mcred.badges.status_places import place_of
from mcred.domain.ids import BlobId
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Programme
from mcred.problems import McredError

_DRAFT_TEXTS = ("/@context", "/credentialSchema", "/criteria/narrative", "/digestSRI")


def find_differences(
    data: bytes,
    facts: AwardFacts,
    decision: BlobId,
    holds: Callable[[JsonObject, str], bool] = signature_holds,
) -> tuple[str, ...]:
    """Every difference between a badge and the one built from its facts; empty when equal.

    `holds`: verifies its proof with a key; callers can pass a known result.
    """
    key = facts.programme.issuer.current_key
    try:
        document = read_json(data)
        if key is None:
            return tuple(_say(_compare_unsigned(document, facts)))
        issuing = _issuing(document, facts.programme, key)
    except McredError as error:
        # No badge can be read, or none follows from an address or a key like that.
        return (error.what,)
    if not _is_worded_as_now(facts):
        return (f"its wording has the number {facts.decision.badge}, and {WORDING} is known here",)
    issuing = replace(issuing, decision=decision)
    return _against_signed(document, describe_award(facts, issuing), issuing.method, key, holds)


def _is_worded_as_now(facts: AwardFacts) -> bool:
    """Whether a badge has today's wording.

    A reissue has the wording of its day, and there was no other since reissues exist.
    """
    said = facts.decision.badge
    return said == WORDING or (facts.number > 1 and said < WORDING)


def find_stack_differences(data: bytes, facts: StackFacts) -> tuple[str, ...]:
    """Every difference between a stack badge and the one built from its facts; empty when equal."""
    key = facts.programme.issuer.current_key
    try:
        document = read_json(data)
        if key is None:
            return tuple(_say(compare(describe_stack_badge(facts), document)))
        issuing = _issuing(document, facts.programme, key)
    except McredError as error:
        return (error.what,)
    return _against_signed(
        document, describe_stack_badge(facts, issuing), issuing.method, key, signature_holds
    )


def _issuing(document: JsonObject, programme: Programme, key: PublicKey) -> Issuing:
    """The issuing values, computed where possible, else taken from the badge."""
    named = issuer_of(document)
    known = known_dids(programme.site.url, key.multibase)
    did = named if named in known else issuer_did(programme.site.url, key.multibase)
    return Issuing(
        did=did,
        method=method_id(did, key),
        salt=_salt(document),
        status=place_of(document),
        image=_image(document),
    )


def _against_signed(
    document: JsonObject,
    due: JsonObject,
    method: str,
    key: PublicKey,
    holds: Callable[[JsonObject, str], bool],
) -> tuple[str, ...]:
    proofs = proofs_of(document)
    if not proofs:
        return ("it is not signed, and the program signs its badges",)
    said = {name: value for name, value in document.items() if name != "proof"}
    wrong = list(_say(compare(due, said)))
    if isinstance(document["proof"], list) and not is_pair(document):
        wrong.append("its proofs are not the two that the program makes")
    elif proofs[0].get("verificationMethod") != method:
        wrong.append("it is not signed with the key that was in use")
    elif not holds(document, key.multibase):
        which = "" if second_holds(document, key.multibase) else "second "
        wrong.append(f"its {which}signature is not valid")
    return tuple(wrong)


def _say(places: Iterator[str]) -> Iterator[str]:
    return (f"it differs from the record at {path}" for path in places)


def _compare_unsigned(document: JsonObject, facts: AwardFacts) -> Iterator[str]:
    """Differences of an award without a proof; the oldest had other fixed texts, without the earner."""
    draft = facts.decision.badge == 0
    for path in compare(describe_award(facts), document):
        if not (draft and path.endswith(_DRAFT_TEXTS)):
            yield path


def compare(due: object, said: object) -> Iterator[str]:
    """The paths at which two JSON values differ; lists of different length differ as a whole."""
    # Nearly all are equal, and one text can only be of one value.
    if _text(due) != _text(said):
        yield from _compare(due, said)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def _compare(due: object, said: object, path: str = "") -> Iterator[str]:
    if isinstance(due, Mapping) and isinstance(said, Mapping):
        for name in sorted({*due, *said}):
            if name in due and name in said:
                yield from _compare(due[name], said[name], f"{path}/{name}")
            else:
                yield f"{path}/{name}"
    elif _is_list(due) and _is_list(said) and len(due) == len(said):  # type: ignore[arg-type]
        for n, pair in enumerate(zip(due, said, strict=True)):  # type: ignore[call-overload]
            yield from _compare(pair[0], pair[1], f"{path}/{n}")
    elif due != said or type(due) is not type(said):
        yield path or "/"


def _salt(document: JsonObject) -> str:
    subject = document.get("credentialSubject")
    entries = subject.get("identifier") if isinstance(subject, Mapping) else None
    own = [
        entry.get("salt")
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, Mapping) and entry.get("identityType") == "systemId"
    ]
    return next((salt for salt in own if isinstance(salt, str)), "")


def _image(document: JsonObject) -> str:
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    image = achievement.get("image") if isinstance(achievement, Mapping) else None
    name = image.get("id") if isinstance(image, Mapping) else None
    return name if isinstance(name, str) else ""


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
