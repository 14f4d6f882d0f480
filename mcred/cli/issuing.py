"""The issuer's private key on this computer, and awards signed with it.

The key lies outside every repository, readable by its owner only; its public part stands in `mcred.yaml`. A
programme without a public key gives unsigned awards; one with a key gives none without it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mcred.badge.keys import (
    IssuerKey,
    did_document,
    did_file,
    issuer_did,
    make_issuer_key,
    method_id,
    needs_passphrase,
    read_key,
    write_key,
)
from mcred.badge.openbadge import AwardFacts, Issuing, make_award, sign_award, write_document
from mcred.cli.edge import Edge
from mcred.cli.identity import write_private
from mcred.model.ids import BlobId
from mcred.model.rules import Programme
from mcred.problems import McredError

KEY_VARIABLE = "MCRED_ISSUER_KEY"
PASSPHRASE_VARIABLE = "MCRED_ISSUER_PASSPHRASE"  # noqa: S105 (the variable's name, not a passphrase)


def key_place(edge: Edge, programme: Programme) -> Path:
    """Where the private key of a programme is kept on this computer."""
    if edge.keys is not None:
        return edge.keys / f"{programme.issuer.id}.pem"
    from platformdirs import user_data_path

    return user_data_path("mcred") / "issuer-keys" / f"{programme.issuer.id}.pem"


def find_issuer_key(edge: Edge, programme: Programme) -> IssuerKey | None:
    """The private key: from `MCRED_ISSUER_KEY` (a file, or the key itself) or from its place."""
    given = os.environ.get(KEY_VARIABLE, "")
    if given.startswith("-----BEGIN"):
        text = given
    else:
        place = Path(given) if given else key_place(edge, programme)
        if not place.is_file():
            return None
        # What is no key is refused by `read_key`, whatever its bytes.
        text = place.read_text("ascii", errors="replace")
    passphrase = ""
    if needs_passphrase(text):
        passphrase = os.environ.get(PASSPHRASE_VARIABLE) or edge.ask_secret(
            "Passphrase of the issuer's key", PASSPHRASE_VARIABLE
        )
    return read_key(text, passphrase)


def make_key_file(edge: Edge, programme: Programme, passphrase: str) -> IssuerKey:
    """A new private key in its place, or the one that lies there already."""
    found = find_issuer_key(edge, programme)
    if found is not None:
        return found
    if given := os.environ.get(KEY_VARIABLE):
        raise McredError(
            f"{KEY_VARIABLE} names {given}, and no key is there",
            hint=f"mcred key new   (without {KEY_VARIABLE}, or with the key's right place)",
        )
    place = key_place(edge, programme)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = make_issuer_key(secrets.token_bytes(32))
    write_private(place, write_key(key, passphrase).encode("ascii"))
    return key


def signing_key(edge: Edge, programme: Programme) -> IssuerKey | None:
    """The key to sign awards with, None for a programme without. Raises McredError when it is not here."""
    listed = programme.issuer.current_key
    if listed is None:
        return None
    key = find_issuer_key(edge, programme)
    if key is None:
        raise McredError(
            "this programme signs its awards, and its key is not on this computer",
            hint=f"{KEY_VARIABLE}=/path/to/key.pem, then the same command   (mcred key show names the key)",
        )
    if key.multibase != listed.multibase:
        raise McredError(
            "the key on this computer is not the one that mcred.yaml lists", hint="mcred key show"
        )
    return key


def write_award(facts: AwardFacts, decision: BlobId, key: IssuerKey | None) -> bytes:
    """The award document: signed where the programme has a key."""
    if key is None:
        return make_award(facts)
    did = issuer_did(facts.programme.site.url, key.multibase)
    issuing = Issuing(did=did, method=method_id(did, key), salt=secrets.token_hex(16), decision=decision)
    return sign_award(facts, issuing, key, facts.decision.decided)


def did_files(programme: Programme) -> dict[str, bytes]:
    """`did.json` for the site with every key there ever was; nothing without keys or a site's address."""
    site, keys = programme.site.url, programme.issuer.keys
    if not site or not keys:
        return {}
    did = issuer_did(site, keys[0].multibase)
    return {did_file(site): write_document(did_document(did, keys))}
