"""`mcred verify`: is this badge what it says?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from mcred.badge.bake import MAX_IMAGE
from mcred.badge.clr import CLR_FILE
from mcred.badge.parcel import is_parcel
from mcred.badge.verify import Answer, Check, Context, Report, verify
from mcred.cli.desk import Desk, open_desk
from mcred.cli.edge import Edge, Json, edge_of
from mcred.cli.parcels import Checked, sum_up, verify_parcel
from mcred.cli.rederiving import compare_with, issuer_names
from mcred.cli.sourcing import Sources, need_badge, open_site
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred verify badge.json",
    "mcred verify badge.png --site pages --identity ana",
    "mcred verify https://badges.example.org/badges/ana/fractions-number-line/2/ --online",
    "mcred verify ana-badges.zip --json",
)
MARKS = {True: "yes", False: "NO", None: "cannot tell"}
CODES: dict[Answer, Exit] = {"valid": Exit.OK, "not valid": Exit.REFUSED, "cannot tell": Exit.UNREACHABLE}
SAID = {"whole": "whole and unchanged by itself", "unknown": "that nobody can tell here"}


def run(
    ctx: typer.Context,
    badge: Annotated[
        str,
        typer.Argument(
            help="A badge: its JSON, a picture with it inside, its address, or a zip of mcred export.",
            metavar="FILE|URL",
        ),
    ],
    identity: Annotated[str, typer.Option(help="Whose it is said to be: e-mail address or id.")] = "",
    site: Annotated[
        Path | None,
        typer.Option(help="A copy of the issuer's pages, for its did.json and status lists.", metavar="DIR"),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask the network for what is not here: https, public hosts only.")
    ] = False,
    json: Json = False,
) -> None:
    """Check a badge: form, issuer, signature, dates, status, and the programme's record where it is around.

    The network is asked only with --online. Ends with 0 for valid, 1 for not valid, 7 when it cannot be told
    from what is here.
    """
    edge = edge_of(ctx)
    edge.show.as_json = json
    desk = _programme_around(edge)
    sources = Sources(
        site=open_site(edge.at / site) if site else None,
        catalog=desk.catalog if desk else None,
        fetch=edge.fetch if online else None,
    )
    context = _context(edge, desk, sources, identity)
    if badge.lower().startswith(("https:", "http:")):
        _tell_one(edge, verify(need_badge(sources, badge), context))
        return
    place = edge.at / badge
    if not place.is_file():
        raise McredError(f"{badge} is not there", hint="mcred verify FILE")
    with place.open("rb") as file:
        packed = is_parcel(file.read(4))
        if packed:
            _tell_many(edge, verify_parcel(file, sources, context))
        else:
            file.seek(0)
            _tell_one(edge, verify(file.read(MAX_IMAGE + 1), context))


def _context(edge: Edge, desk: Desk | None, sources: Sources, identity: str) -> Context:
    programme = desk.catalog.programme if desk else None
    return Context(
        now=edge.now(),
        find_did=sources.find_did,
        find_list=sources.find_list,
        identity=identity,
        keys=dict.fromkeys(issuer_names(programme), programme.issuer.keys) if programme else {},
        compare=compare_with(desk) if desk else None,
    )


def _programme_around(edge: Edge) -> Desk | None:
    """The programme around, if there is one: it knows its own keys, lists and awards."""
    try:
        return open_desk(edge, fetching="no", only=lambda s: False)
    except McredError as error:
        if error.code is Exit.CHANGED:
            raise
        return None


def _tell_one(edge: Edge, report: Report) -> None:
    if edge.show.as_json:
        edge.show.json("mcred/verify/1", _plain(report))
    else:
        _show_checks(edge, report.checks)
        _show_answer(edge, report)
    _end(report.answer)


def _tell_many(edge: Edge, checked: tuple[Checked, ...]) -> None:
    answer = sum_up(checked)
    if edge.show.as_json:
        rows = [{"file": c.name, **_plain(c.report)} for c in checked]
        edge.show.json("mcred/verify-all/1", {"answer": answer, "badges": rows})
        _end(answer)
    for one in checked:
        edge.show.title(one.name)
        _show_checks(edge, one.report.checks)
        _show_answer(edge, one.report)
        edge.show.say()
    badges = [c for c in checked if c.name != CLR_FILE]
    counted = Counter(c.report.state for c in badges)
    told = ", ".join(f"{count} {SAID.get(state, state)}" for state, count in counted.items())
    edge.show.say(f"{len(badges)} {'badge' if len(badges) == 1 else 'badges'}: {told}", style="bold")
    if "whole" in counted:
        edge.show.next("mcred verify FILE --online   (or inside the programme's folder: whose keys they are)")
    _end(answer)


def _show_checks(edge: Edge, checks: tuple[Check, ...]) -> None:
    rows = [(c.name, MARKS[c.ok] if c.weighs else "-", c.what) for c in checks]
    edge.show.table(("check", "holds", "what was found"), rows)


def _show_answer(edge: Edge, report: Report) -> None:
    said = report.answer if report.state in (report.answer, "unknown") else f"{report.answer}: {report.state}"
    if report.state == "whole":
        said = "cannot tell whose it is: whole and unchanged by itself, with keys that came in the same file"
    edge.show.say(said[0].upper() + said[1:], style="bold green" if report.answer == "valid" else "bold red")


def _plain(report: Report) -> dict[str, Any]:
    checks = [
        {"check": c.name, "ok": c.ok, "weighs": c.weighs, "what": c.what, "clause": c.clause}
        for c in report.checks
    ]
    return {"answer": report.answer, "state": report.state, "checks": checks}


def _end(answer: Answer) -> None:
    """Ends with the answer's exit code."""
    if CODES[answer]:
        raise typer.Exit(int(CODES[answer]))
