"""`mcred verify`: verify a badge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.verification import verify_all_answer, verify_answer
from mcred.app.awards.verify_export import (
    Checked,
    Expected,
    knows_issuers,
    nothing_to_ask,
    sum_up,
    verify_named,
)
from mcred.badges.checks import CheckAnswer, VerifyReport, decisive_check, tell_reason
from mcred.badges.clr import CLR_FILE
from mcred.badges.endorsements.document import is_endorsement, read_claims
from mcred.badges.heading import read_heading, read_issuer_id
from mcred.badges.links import is_plain_id
from mcred.badges.others.assertion import is_assertion
from mcred.badges.signer import method_of
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.formats.export.table import write_csv
from mcred.problems import Exit, McredError, next_step

EXAMPLES = (
    "mcred verify badge.json",
    "mcred verify badge.png --site pages --identity ana",
    "mcred verify badge.json --issuer did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
    "mcred verify https://badges.example.org/badges/ana/fractions-number-line/2/ --online",
    "mcred verify ana-badges.zip --json",
    "mcred verify inbox --csv badges.csv --trust issuers.yaml",
    "mcred verify fractions-number-line-lesson-plan.zip --badge badge.json",
)
MARKS = {True: "yes", False: "NO", None: "cannot tell"}
CODES: dict[CheckAnswer, Exit] = {
    "valid": Exit.OK,
    "not valid": Exit.REFUSED,
    "cannot tell": Exit.UNREACHABLE,
}
COLUMNS = ("file", "verdict", "title", "holder", "issuer", "issued", "expires", "reason")
CSV_MARK = "file,verdict,title".encode("utf-8-sig")


def run(
    ctx: typer.Context,
    badge: Annotated[
        str,
        typer.Argument(
            help="A badge: its JSON or token, a picture with it inside, its address, or a zip from mcred "
            "export; or a folder of them. Or a piece: a zip from mcred reveal.",
            metavar="FILE|URL|DIR",
        ),
    ],
    identity: Annotated[
        str | None, typer.Option(help="Whose badge it should be: email address or id.")
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(
            help="The issuer you expect: its key, its DID, its address, or a file with one (did.json).",
            metavar="KEY|DID|URL|FILE",
        ),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(help="A shared list of issuers you know, besides mcred trust.", metavar="FILE"),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(help="A copy of the issuer's pages, for its did.json and status lists.", metavar="DIR"),
    ] = None,
    beside: Annotated[
        str, typer.Option("--badge", help="The badge that a piece was assessed for.", metavar="FILE|URL")
    ] = "",
    online: Annotated[
        bool, typer.Option("--online", help="Look up online what is not here: https and public hosts only.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Write one line for each badge to this file, for a spreadsheet."),
    ] = None,
    json: Json = False,
) -> None:
    """Verify a badge: form, issuer, signature, dates, status, and, in a program's folder, its record.

    Reads Open Badges 1, 2, and 3, records of several (CLR), and endorsements, as JSON, JWT, PNG, or SVG.

    For a piece written by mcred reveal, it shows what was assessed, whose and when: by the badge beside it
    (--badge), or by the record of the program whose folder you are in.

    A badge is valid only if you know its issuer: it is in your list (mcred trust, --trust), you are in the
    folder of a program that has its key, you have a copy of its pages (--site), or you name it (--issuer).
    Goes online only with --online. Exits with 0 for valid, 1 for not valid, 7 when it cannot be determined
    from what is here; for several, with 1 if one is not valid. As long as you know no issuer at all, an
    intact badge of an issuer who has no address (did:key) exits with 0, too.
    """
    edge = terminal_of(ctx)
    need_ending(edge, csv, ".csv")
    for option, value in (("--identity", identity), ("--issuer", issuer)):
        if value is not None and not value.strip():
            # Often a script's variable that is not set: without that check, any badge could pass.
            hint = next_step("verify", badge, note=f"without {option}, or with what you expect")
            raise McredError(f"{option} is empty", hint=hint, code=Exit.USAGE)
    expected = Expected(identity=identity or "", issuer=issuer or "", trust=trust, site=site, online=online)
    found = verify_named(edge, badge, expected, beside=beside)
    rows = (Checked(name=badge, report=found),) if isinstance(found, VerifyReport) else found
    answer = sum_up(rows)
    if csv is not None:
        table = write_csv(COLUMNS, [_cells(one) for one in rows])
        write_output(edge, csv, table, CSV_MARK, dry_run=False)
    if isinstance(found, VerifyReport):
        _show_one(edge, found)
    else:
        _show_many(edge, found, answer, written=csv is not None)
    raise typer.Exit(int(_exit_code(edge, rows, answer, expected)))


def _exit_code(edge: Terminal, rows: tuple[Checked, ...], answer: CheckAnswer, expected: Expected) -> Exit:
    """As in `CODES`, but 0 where only an issuer is open, and none at all is known (decision 69)."""
    if answer == "cannot tell" and rows and nothing_to_ask(rows) and not knows_issuers(edge, expected):
        return Exit.OK
    return CODES[answer]


def _show_one(edge: Terminal, report: VerifyReport) -> None:
    if edge.show.as_json:
        edge.show.answer(verify_answer(report, tell_reason(report)))
        return
    _show_report(edge, report)
    _show_next(edge, report)


_IN_FULL = 8
"""The most badges of which every check is shown; of more, a line each."""


def _cells(one: Checked) -> tuple[str, ...]:
    """A badge on one line: `COLUMNS`."""
    heading = read_heading(one.report.document)
    title, holder = heading.title, heading.holder
    if is_endorsement(one.report.document):
        title, holder = f"Endorsement: {title}", ""
    facts = (title, holder, heading.issuer, heading.issued, heading.expires)
    return (one.name, one.report.answer, *facts, tell_reason(one.report))


def _show_many(edge: Terminal, checked: tuple[Checked, ...], answer: CheckAnswer, *, written: bool) -> None:
    if edge.show.as_json:
        edge.show.answer(verify_all_answer([(c, tell_reason(c.report)) for c in checked], answer))
        return
    if not checked:
        edge.show.say("There is no file here.")
        return
    if len(checked) > _IN_FULL and not written:
        rows = [(c[0], c[1], c[2], c[3], c[4], c[7]) for c in map(_cells, checked)]
        edge.show.table(("file", "verdict", "title", "holder", "issuer", "reason"), rows)
    for one in checked if len(checked) <= _IN_FULL and not written else ():
        edge.show.title(one.name)
        _show_report(edge, one.report)
        edge.show.say()
    badges = [c for c in checked if not c.name.endswith(CLR_FILE)]
    said = Counter("replaced" if c.report.state == "superseded" else c.report.answer for c in badges)
    told = ", ".join(f"{said[kind]} {kind}" for kind in (*CODES, "replaced") if said[kind])
    noun = "badge" if all(c.report.document for c in badges) else "file"
    edge.show.say(f"{len(badges)} {noun}{'' if len(badges) == 1 else 's'}: {told}", style="bold")
    _show_next(edge, next((c.report for c in checked if c.report.state == "whole"), checked[0].report))


def _show_report(edge: Terminal, report: VerifyReport) -> None:
    """Print title, holder and issuer from the file (of an endorsement its words and signer), every check, and
    the result."""
    if is_endorsement(report.document):
        claims = read_claims(report.document)
        signer = f"{claims.signer} ({claims.signer_id})" if claims.signer else claims.signer_id
        edge.show.say(
            f"“{claims.comment}”" if claims.comment else "An endorsement without words", style="bold"
        )
        edge.show.say(f"About: {claims.about or 'nothing that it names'}")
        known = "known to you" if report.known else "not known to you"
        edge.show.say(f"Signed by: {signer or 'not named'}, {known}")
    elif report.document:
        heading = read_heading(report.document)
        known = "known to you" if report.known else "not known to you"
        edge.show.say(heading.title or "A badge without a title", style="bold")
        edge.show.say(f"Held by: {heading.holder or 'not named in plain text'}")
        edge.show.say(f"Issued by: {heading.issuer or 'not named'}, {known}")
    rows = [(c.name, MARKS[c.ok] if c.weighs else "-", c.what) for c in report.checks]
    edge.show.table(("check", "holds", "what was found"), rows)
    if report.answer == "valid":
        edge.show.say("Valid", style="bold green")
        return
    remedy = decisive_check(report).remedy if report.answer == "cannot tell" else ""
    if remedy:
        edge.show.say(f"To find out: {remedy}")
    edge.show.say(
        f"{report.answer.capitalize()}: {tell_reason(report)}",
        style="bold red" if report.answer == "not valid" else "bold yellow",
    )


def _show_next(edge: Terminal, report: VerifyReport) -> None:
    """Print the command that makes the issuer known, where they are not."""
    if report.state != "whole" or "--issuer" in edge.typed:
        return
    issuer, online = read_issuer_id(report.document), "--online" in edge.typed
    if issuer.startswith("did:web:") and not online:
        edge.show.next(f"{edge.typed} --online   (asks the issuer's own address)")
        return
    is_own = issuer.startswith("did:") or is_assertion(report.document)
    who = issuer if is_own else method_of(report.document).partition("#")[0]
    if is_plain_id(who):
        note = "once the issuer has confirmed that this is theirs"
        edge.show.next(next_step("trust", "add", "NAME", who, note=note))
