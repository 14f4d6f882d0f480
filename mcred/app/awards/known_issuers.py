"""The list of issuers that you know: your own, in your settings folder, and an office's shared file.

Whoever can change the list decides what counts as valid, so nothing but `mcred trust` writes it, and no
badge, programme or page can.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.named_issuer import read_named
from mcred.app.context import Context
from mcred.badges.checks import NamedIssuer
from mcred.badges.json_reader import as_utf8
from mcred.domain.network.known_issuers import KnownIssuer, KnownIssuers, check_known_issuers
from mcred.domain.text import as_typed, nearest
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError, next_step
from mcred.store.atomic import write_whole
from mcred.store.os_errors import explain_os_error

_LARGEST = 1024 * 1024
_ADD = next_step("trust", "add", "NAME", "did:web:badges.example.org", note="or a key, or an https address")
_LIST = next_step("trust", "list")


class TrustChange(Struct, frozen=True, kw_only=True):
    """What came of a change of the list."""

    issuer: KnownIssuer
    changed: bool
    """Whether the list is another one than before."""
    file: Path


def own_list() -> Path:
    """The path of your own list."""
    from platformdirs import user_config_path

    return user_config_path("mcred") / "issuers.yaml"


def read_list(file: Path) -> KnownIssuers:
    """The list in a file, an empty one where there is none. Raises McredError when it has errors."""
    try:
        data = file.read_bytes()[: _LARGEST + 1]
    except FileNotFoundError:
        return KnownIssuers(format=2)
    except OSError as error:
        raise explain_os_error(error) from error
    if len(data) > _LARGEST:
        raise McredError(f"{file} is too large for a list of issuers", hint="shorten it")
    found = decode(as_utf8(data), KnownIssuers, str(file), check_known_issuers)
    if found[0] is None:
        raise McredError(f"{file} has errors: no issuer was read from it", hint="fix it", problems=found[1])
    return found[0]


def read_known(shared: Path | None) -> tuple[NamedIssuer, ...]:
    """Every issuer that you know: from your own list, and from a shared file. Raises McredError when one
    of them has errors, or the shared one is not there."""
    if shared is not None and not shared.is_file():
        raise McredError(f"{shared} was not found", hint=next_step("verify", "FILE", "--trust", "LIST"))
    lists = [read_list(own_list()), *((read_list(shared),) if shared is not None else ())]
    return tuple(
        NamedIssuer(did=one.id, keys=frozenset(one.keys), name=one.name)
        for listed in lists
        for one in listed.issuers
    )


def add_issuer(ctx: Context, name: str, who: str) -> TrustChange:
    """Put an issuer into your list, by its key, DID, address, or a file with one. Raises McredError when
    that names no issuer, or the name or the issuer is in the list in another way."""
    name = as_typed(name)
    if not name:
        raise McredError("an issuer needs a name in your list", hint=_ADD, code=Exit.USAGE)
    found, _ = read_named(ctx.at, as_typed(who), _ADD)
    issuer = KnownIssuer(name=name, id=found.did, keys=tuple(sorted(found.keys)))
    file, listed = own_list(), read_list(own_list())
    same = next((one for one in listed.issuers if name == one.name or found.did == one.id), None)
    if same == issuer:
        return TrustChange(issuer=issuer, changed=False, file=file)
    if same is not None:
        what = f"{same.id} is in your list as “{same.name}”"
        raise McredError(what, hint=next_step("trust", "remove", same.name, note="then add it again"))
    _write(ctx, file, replace(listed, issuers=(*listed.issuers, issuer)))
    return TrustChange(issuer=issuer, changed=True, file=file)


def remove_issuer(ctx: Context, name: str) -> TrustChange:
    """Take an issuer out of your list, by its name or id. Raises McredError when it is not there."""
    file, listed = own_list(), read_list(own_list())
    gone = next((one for one in listed.issuers if as_typed(name) in (one.name, one.id)), None)
    if gone is None:
        meant = nearest(name, [one.name for one in listed.issuers])
        more = f"; did you mean “{meant}”?" if meant else ""
        raise McredError(f"“{name}” is not in your list of issuers{more}", hint=_LIST)
    _write(ctx, file, replace(listed, issuers=tuple(one for one in listed.issuers if one != gone)))
    return TrustChange(issuer=gone, changed=True, file=file)


def _write(ctx: Context, file: Path, listed: KnownIssuers) -> None:
    data = encode(listed, head="# The issuers that you know.\n")
    if ctx.dry_run:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, data)
    except OSError as error:
        raise explain_os_error(error) from error
