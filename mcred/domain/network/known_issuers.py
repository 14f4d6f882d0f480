"""The issuers that a person or an office knows: a list that says whose badges may count as valid.

Written by `mcred trust`, or by hand for many people. That an issuer is in it means that someone found out,
in some way other than a badge, whose address or key that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Struct

from mcred.domain.ids import Doc, Line, Url
from mcred.problems import Fault


class KnownIssuer(Struct, frozen=True, kw_only=True):
    """An issuer that you know."""

    name: Annotated[Line, Doc("What you call this issuer.")]
    id: Annotated[
        Url,
        Doc(
            "The id that its badges name: a DID (did:web:…, did:key:…), or the https address of its profile."
        ),
    ]
    keys: Annotated[
        tuple[Line, ...],
        Doc("Its public keys as multikeys (z6Mk…, zDn…), if you have them: then its site need not be asked."),
    ] = ()


class KnownIssuers(Struct, frozen=True, kw_only=True):
    """The issuers that you know."""

    format: Literal[2]
    issuers: tuple[KnownIssuer, ...] = ()


def check_known_issuers(listed: KnownIssuers) -> Iterator[Fault]:
    """Every inconsistency in such a list."""
    for field in ("name", "id"):
        count = Counter(getattr(one, field) for one in listed.issuers)
        for n, one in enumerate(listed.issuers):
            if count[value := getattr(one, field)] > 1:
                what = f"the {field} '{value}' is listed more than once"
                yield Fault(path=("issuers", n, field), what=what, hint="list each issuer once")
    for n, one in enumerate(listed.issuers):
        if not one.id.startswith(("did:", "https://")):
            what = f"'{one.id}' is not a DID or an https address"
            hint = "use the id that the issuer's badges name: did:web:…, did:key:…, or https://…"
            yield Fault(path=("issuers", n, "id"), what=what, hint=hint)
