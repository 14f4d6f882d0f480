"""Endorsements that came inside a badge: each is verified by itself, and none decides about the badge.

They stand in the badge, in what was achieved, and in the profile of its issuer (Open Badges 3.0, Appendix B:
`endorsement`, `endorsementJwt`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice

from mcred.badges.checks import Check, VerifyReport, tell_reason
from mcred.badges.endorsements.document import name_parts, read_claims
from mcred.badges.heading import read_object
from mcred.badges.json_reader import JsonObject

MOST = 20
"""The most endorsements inside a badge that are looked at."""
_CLAUSE = "Open Badges 3.0, EndorsementCredential"
_SAID = {"badge": "the badge", "definition": "what was achieved", "issuer": "its issuer"}


def check_inside(document: JsonObject, verify: Callable[[bytes], VerifyReport]) -> Iterator[Check]:
    """A line for each endorsement inside a badge; none weighs. `verify`: verifies one file."""
    parts = {said[0]: part for part, said in name_parts(document).items()}
    for data in islice(_list_inside(document), MOST):
        report = verify(data)
        claims = read_claims(report.document)
        part = parts.get(claims.about)
        who = claims.signer or claims.signer_id or "someone"
        about = _SAID[part] if part else f"something else ({claims.about or 'nothing that it names'})"
        reason = tell_reason(report)
        said = f"{report.answer}: {reason}" if reason else report.answer
        what = f"{who} about {about}: “{_shorten(claims.comment)}” ({said})"
        is_good = report.answer == "valid" and part is not None
        yield Check(name="endorsement", ok=is_good or None, what=what, clause=_CLAUSE, weighs=False)


def _list_inside(document: JsonObject) -> Iterator[bytes]:
    achievement = read_object(document, "credentialSubject", "achievement")
    for place in (document, achievement, read_object(document, "issuer")):
        for name in ("endorsement", "endorsementJwt"):
            held = place.get(name)
            for one in held if isinstance(held, list) else ():
                if isinstance(one, dict | str):
                    yield one.encode() if isinstance(one, str) else json.dumps(one).encode()


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}…"
