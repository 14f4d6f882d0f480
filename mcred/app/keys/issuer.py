"""The issuer's private key on this computer, and awards signed with it.

The key is stored outside every repository, readable by its owner only; its public part is listed in
`mcred.yaml`. A programme without a public key makes unsigned awards; one with a key makes no award without
it.
"""

from __future__ import annotations

import itertools
import secrets
from datetime import datetime
from pathlib import Path

from mcred.app.context import Context
from mcred.app.keys.signing import write_private
from mcred.badges.keys import (
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
from mcred.badges.links import site_root
from mcred.badges.open_badge import (
    AwardFacts,
    Issuing,
    StatusPlace,
    make_award,
    sign_award,
    write_document,
)
from mcred.domain.award import definition_folder
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId
from mcred.domain.programme import Programme
from mcred.problems import McredError, next_step
from mcred.retries import retry

KEY_VARIABLE = "MCRED_ISSUER_KEY"
PASSPHRASE_VARIABLE = "MCRED_ISSUER_PASSPHRASE"  # noqa: S105 (the variable's name, not a passphrase)
FINISH = next_step("key", "rotate", note="finishes what was started here")


def key_place(ctx: Context, programme: Programme) -> Path:
    """The path of a programme's private key on this computer."""
    if ctx.keys is not None:
        return ctx.keys / f"{programme.issuer.id}.pem"
    from platformdirs import user_data_path

    return user_data_path("mcred") / "issuer-keys" / f"{programme.issuer.id}.pem"


def next_key_place(ctx: Context, programme: Programme) -> Path:
    """The path of a new key until the programme lists it."""
    place = key_place(ctx, programme)
    return place.with_name(f"{place.stem}.next.pem")


def find_issuer_key(ctx: Context, programme: Programme) -> IssuerKey | None:
    """The private key: from `MCRED_ISSUER_KEY` (a file, or the key itself) or from its path."""
    given = ctx.environment.get(KEY_VARIABLE, "")
    if given.startswith("-----BEGIN"):
        return _open_key(ctx, given)
    return read_key_file(ctx, Path(given) if given else key_place(ctx, programme))


def read_key_file(ctx: Context, place: Path) -> IssuerKey | None:
    """The private key in a file, None where there is no file."""
    # Anything but a key is rejected by `read_key`, whatever its bytes.
    return _open_key(ctx, place.read_text("ascii", errors="replace")) if place.is_file() else None


def _open_key(ctx: Context, text: str) -> IssuerKey:
    is_closed = needs_passphrase(text)
    return read_key(text, ask_passphrase(ctx, "Passphrase of the issuer's key") if is_closed else "")


def ask_passphrase(ctx: Context, question: str) -> str:
    """A passphrase: from `MCRED_ISSUER_PASSPHRASE`, or typed."""
    return ctx.environment.get(PASSPHRASE_VARIABLE) or ctx.ask_secret(question, PASSPHRASE_VARIABLE)


def make_key_file(ctx: Context, programme: Programme, passphrase: str) -> IssuerKey:
    """Create a private key at its path, or read the existing one."""
    found = find_issuer_key(ctx, programme)
    if found is not None:
        return found
    if given := ctx.environment.get(KEY_VARIABLE):
        raise McredError(
            f"{KEY_VARIABLE} names {given}, but there is no key there",
            hint=next_step("key", "new", note=f"without {KEY_VARIABLE}, or with the key's correct location"),
        )
    return _make_key(key_place(ctx, programme), passphrase)


def make_next_key(ctx: Context, programme: Programme, passphrase: str) -> IssuerKey:
    """Create a private key beside the one in use, or read the one that is waiting there."""
    if waiting := find_next_key(ctx, programme):
        return waiting
    place = next_key_place(ctx, programme)
    if place.exists():
        move_key(place, _free_place(key_place(ctx, programme)))
    return _make_key(place, passphrase)


def take_next_key(ctx: Context, programme: Programme) -> Path | None:
    """Replace the key in use by the waiting one; returns where the old one is kept now.

    Nothing is ever overwritten; after an interruption the same call completes it.
    """
    place, aside = key_place(ctx, programme), None
    if place.exists():
        aside = _free_place(place)
        move_key(place, aside)
    move_key(next_key_place(ctx, programme), place)
    return aside


def find_next_key(ctx: Context, programme: Programme) -> IssuerKey | None:
    """The waiting key, None where there is none that is not retired meanwhile."""
    waiting = read_key_file(ctx, next_key_place(ctx, programme))
    ended = {key.multibase for key in programme.issuer.keys if key.until is not None}
    return None if waiting is None or waiting.multibase in ended else waiting


def move_key(old: Path, new: Path) -> None:
    """Rename a private key's file, never to an existing name."""
    if new.exists():
        raise McredError(f"{new} is where a key has to be stored", hint=next_step("key", "show"))
    retry(lambda: old.rename(new))


def _free_place(place: Path) -> Path:
    names = (place.with_name(f"{place.stem}.old-{n}.pem") for n in itertools.count(1))
    return next(name for name in names if not name.exists())


def _make_key(place: Path, passphrase: str) -> IssuerKey:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = make_issuer_key(secrets.token_bytes(32))
    write_private(place, write_key(key, passphrase).encode("ascii"))
    return key


def signing_key(ctx: Context, programme: Programme) -> IssuerKey | None:
    """The key to sign awards with, None for a programme without. Raises McredError when it is not on this
    computer."""
    listed = programme.issuer.current_key
    if listed is None:
        return None
    key = find_issuer_key(ctx, programme)
    if key is None:
        named = f"({next_step('key', 'show')} names the key)"
        wanted = f"{KEY_VARIABLE}=/path/to/key.pem, then the same command   {named}"
        raise McredError(
            "this program signs its awards, but its key is not on this computer",
            hint=FINISH if _is_waiting(ctx, programme) else wanted,
        )
    if key.multibase != listed.multibase:
        hint = FINISH if _is_waiting(ctx, programme) else next_step("key", "show")
        raise McredError("the key on this computer is not the one that mcred.yaml lists", hint=hint)
    return key


def _is_waiting(ctx: Context, programme: Programme) -> bool:
    """Whether a key rotation was begun here and not finished."""
    return next_key_place(ctx, programme).exists() and not ctx.environment.get(KEY_VARIABLE)


def write_award(
    facts: AwardFacts,
    decision: BlobId,
    key: IssuerKey | None,
    status: StatusPlace | None = None,
    created: datetime | None = None,
) -> bytes:
    """The award document: signed where the programme has a key, dated at the decision or later."""
    if key is None:
        return make_award(facts)
    did = issuer_did(facts.programme.site.url, key.multibase)
    issuing = Issuing(
        did=did,
        method=issuer_method(facts.programme, key),
        salt=secrets.token_hex(16),
        decision=decision,
        status=status,
        image=picture_address(facts.programme, facts.definition),
    )
    return sign_award(facts, issuing, key, created or facts.decision.decided)


def issuer_method(programme: Programme, key: IssuerKey) -> str:
    """The absolute id of the key that signs today, by the name the programme lists it under."""
    listed = next((k for k in programme.issuer.keys if k.multibase == key.multibase), key)
    return method_id(issuer_did(programme.site.url, key.multibase), listed)


def picture_address(programme: Programme, definition: Credential) -> str:
    """The address of a micro-credential's picture; '' for a programme whose pages have no address."""
    root = site_root(programme.site.url)
    return f"{root}/{definition_folder(definition.id)}badge.png" if root else ""


def did_files(programme: Programme) -> dict[str, bytes]:
    """`did.json` for the site with every key the programme ever had; nothing without keys or a site
    address."""
    site, keys = programme.site.url, programme.issuer.keys
    if not site or not keys:
        return {}
    did = issuer_did(site, keys[0].multibase)
    return {did_file(site): write_document(did_document(did, keys))}
