"""`mcred verify`: is this badge what it says?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mcred.badge.keys import did_document, issuer_did
from mcred.badge.openbadge import write_document
from mcred.badge.succession import badge_id
from mcred.badge.verify import Context, Report, verify
from mcred.cli.desk import open_desk
from mcred.cli.edge import Edge, Json, edge_of
from mcred.model.catalog import Catalog
from mcred.model.rules import Programme
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred verify badge.json",
    "mcred verify badge.json --site pages --identity ana",
    "mcred verify site/badges/ana/fractions-number-line/2/badge.json --json",
)
MARKS = {True: "yes", False: "NO", None: "cannot tell"}


def run(
    ctx: typer.Context,
    badge: Annotated[
        Path, typer.Argument(help="A badge: its JSON, or a picture with it inside.", metavar="FILE")
    ],
    identity: Annotated[str, typer.Option(help="Whose it is said to be: e-mail address or id.")] = "",
    site: Annotated[
        Path | None, typer.Option(help="A copy of the issuer's pages, for its did.json.", metavar="DIR")
    ] = None,
    json: Json = False,
) -> None:
    """Check a badge: form, issuer, signature, dates, status. Nothing is asked of the network.

    Ends with 0 for valid, 1 for not valid, 7 when it cannot be told from what is here.
    """
    edge = edge_of(ctx)
    edge.show.as_json = json
    place = edge.at / badge
    if not place.is_file():
        raise McredError(f"{badge} is not there", hint="mcred verify FILE")
    catalog = _catalog(edge)
    programme = catalog.programme if catalog else None
    context = Context(
        now=edge.now(),
        find_did=_resolver(programme, edge.at / site if site else None),
        find_list=_list_finder(catalog, edge.at / site if site else None),
        identity=identity,
        keys=programme.issuer.keys if programme else (),
        issuers=_names(programme) if programme else frozenset(),
    )
    report = verify(place.read_bytes(), context)
    _show(edge, report)
    codes = {"valid": Exit.OK, "not valid": Exit.REFUSED, "cannot tell": Exit.UNREACHABLE}
    if codes[report.answer]:
        raise typer.Exit(int(codes[report.answer]))


def _catalog(edge: Edge) -> Catalog | None:
    """The programme around, if there is one: it knows its own keys and lists."""
    try:
        return open_desk(edge, fetching="no", only=lambda s: False).catalog
    except McredError:
        return None


def _names(programme: Programme) -> frozenset[str]:
    """Every name the programme signs or signed under: its keys' own, and its site's."""
    found: set[str] = set()
    for key in programme.issuer.keys:
        for site in {"", programme.site.url}:
            # A site that cannot name an issuer never did.
            with contextlib.suppress(McredError):
                found.add(issuer_did(site, key.multibase))
    return frozenset(found)


def _resolver(programme: Programme | None, site: Path | None) -> Callable[[str], bytes | None]:
    """Finds a DID document in a copy of the pages, or in the programme's own rules; never on the network."""

    def find(did: str) -> bytes | None:
        for name in (".well-known/did.json", "did.json") if site else ():
            if site and (site / name).is_file():
                return (site / name).read_bytes()
        if programme is None or not programme.issuer.keys:
            return None
        keys = programme.issuer.keys
        if did != issuer_did(programme.site.url, keys[-1].multibase):
            return None
        return write_document(did_document(did, keys))

    return find


def _list_finder(catalog: Catalog | None, site: Path | None) -> Callable[[str], bytes | None]:
    """Finds a status list in a copy of the pages, or on the programme's own main line."""

    def find(address: str) -> bytes | None:
        copies = sorted((site / "status").glob("*.json")) if site else []
        stored = [*(c.read_bytes() for c in copies), *(catalog.lists.values() if catalog else ())]
        return next((data for data in stored if badge_id(data) == address), None)

    return find


def _show(edge: Edge, report: Report) -> None:
    if edge.show.as_json:
        checks = [{"check": c.name, "ok": c.ok, "what": c.what, "clause": c.clause} for c in report.checks]
        edge.show.json("mcred/verify/1", {"answer": report.answer, "state": report.state, "checks": checks})
        return
    edge.show.table(
        ("check", "holds", "what was found"), [(c.name, MARKS[c.ok], c.what) for c in report.checks]
    )
    said = report.answer if report.state in (report.answer, "unknown") else f"{report.answer}: {report.state}"
    edge.show.say(said.capitalize(), style="bold green" if report.answer == "valid" else "bold red")
