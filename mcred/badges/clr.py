"""All badges of one person as a 1EdTech Comprehensive Learner Record 2.0 (`ClrCredential`).

Contains the complete badges, each with its own proof; the record's signature adds only that the issuer
combined them. Made from the badges alone, so that it is reproducible: id, date and the hashed earner are the
newest one's. Its issuer issued one of them.

The frame is `openbadgeslib`'s; it leaves out `name`, which the format asks for.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mcred.badges.json_reader import JsonObject
from mcred.badges.keys import IssuerKey
from mcred.badges.proof import compute_signature, issuer_of
from mcred.problems import McredError

CLR_FILE = "clr.json"
NAME = "Micro-credentials earned"


def describe_clr(badges: Sequence[JsonObject], issuer: str = "") -> dict[str, Any]:
    """The record without a proof; independent of the order of the badges, of which there must be one.

    `issuer`: the issuer's id, which a badge has to name; by default the newest one's.
    """
    from openbadgeslib.ob3 import build_clr_credential

    members = sorted((dict(b) for b in badges), key=lambda b: (str(b.get("validFrom")), str(b.get("id"))))
    newest = members[-1]
    digests = "\n".join(hashlib.sha256(_plain(b)).hexdigest() for b in members)
    found = build_clr_credential(
        next((b for b in reversed(members) if issuer_of(b) == issuer), newest)["issuer"],
        newest["credentialSubject"]["identifier"],
        members,
        credential_id=uuid.uuid5(uuid.NAMESPACE_URL, f"mcred:clr:{digests}").urn,
        valid_from=datetime.fromisoformat(newest["validFrom"]).astimezone(UTC),
    )
    head = {name: found.pop(name) for name in ("@context", "type", "id")}
    return {**head, "name": NAME, **found}


def sign_clr(document: JsonObject, key: IssuerKey, method: str) -> dict[str, Any]:
    """The record signed by its issuer, dated like its newest badge. McredError when it is too large."""
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import add_data_integrity_proof, bundled_clr_contexts

    created = datetime.fromisoformat(document["validFrom"])
    try:
        return add_data_integrity_proof(
            dict(document), key.pem, method, created=created, extra_contexts=bundled_clr_contexts()
        )
    except LibOpenBadgesException as error:
        raise McredError(f"the record cannot be signed: {error}", hint="mcred export") from error


def clr_holds(document: JsonObject, badges: Sequence[JsonObject], multibase: str) -> bool:
    """Whether a signed record consists of badges among these, and is signed with this key.

    It is built again and compared, so that the signature covers every member.
    """
    if not is_made_of_badges(document):
        return False
    members = document["credentialSubject"]["verifiableCredential"]
    return all(member in badges for member in members) and compute_clr_signature(document, multibase) is True


def is_made_of_badges(document: JsonObject) -> bool:
    """Whether a record has nothing but what follows from its badges, as `describe_clr` makes it.

    Its signature covers every member then. No library can tell: the context of CLR 2.0 gives the earner's
    identifiers a type that no JSON-LD is compacted with.
    """
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        members = document["credentialSubject"]["verifiableCredential"]
        return unsigned == describe_clr(members, issuer_of(document))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return False


def compute_clr_signature(document: JsonObject, multibase: str) -> bool | None:
    """Whether the record's signature verifies with this key; None when it could not be computed."""
    from openbadgeslib.ob3 import bundled_clr_contexts

    return compute_signature(document, multibase, bundled_clr_contexts())


def _plain(document: JsonObject) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
