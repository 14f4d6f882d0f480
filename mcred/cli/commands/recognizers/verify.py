"""`mcred verify`: verify a badge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.verification import verify_all_answer, verify_answer
from mcred.app.awards.verify_export import Checked, sum_up, verify_named
from mcred.badges.checks import Check, CheckAnswer, CheckState, VerifyReport
from mcred.badges.clr import CLR_FILE
from mcred.badges.heading import read_heading
from mcred.badges.proof import issuer_of
from mcred.badges.signer import method_of
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.problems import Exit

EXAMPLES = (
    "mcred verify badge.json",
    "mcred verify badge.png --site pages --identity ana",
    "mcred verify badge.json --issuer did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
    "mcred verify https://badges.example.org/badges/ana/fractions-number-line/2/ --online",
    "mcred verify ana-badges.zip --json",
    "mcred verify fractions-number-line-lesson-plan.zip --badge badge.json",
)
MARKS = {True: "yes", False: "NO", None: "cannot tell"}
CODES: dict[CheckAnswer, Exit] = {
    "valid": Exit.OK,
    "not valid": Exit.REFUSED,
    "cannot tell": Exit.UNREACHABLE,
}
SAID: dict[CheckState, str] = {
    "superseded": "replaced",
    "another's": "issued to someone else",
    "signed by another": "signed by someone other than its issuer",
    "partly signed": "not all of it is signed",
    "key not in use": "signed with a key that was not in use that day",
    "not on record": "it is not in the program's record",
    "changed": "this is not the piece that was assessed: it was changed",
    "not judged": "this piece was not assessed for it",
    "whole": "intact, but the issuer is unknown to you",
    "unknown": "that cannot be determined here",
}
"""Words for states whose own name is unclear."""


def run(
    ctx: typer.Context,
    badge: Annotated[
        str,
        typer.Argument(
            help="A badge: its JSON, a picture with it inside, its address, or a zip from mcred export. "
            "Or a piece: a zip from mcred reveal.",
            metavar="FILE|URL",
        ),
    ],
    identity: Annotated[str, typer.Option(help="Whose badge it should be: email address or id.")] = "",
    issuer: Annotated[
        str,
        typer.Option(
            help="The issuer you expect: its key, its DID, or a file with one (did.json).",
            metavar="KEY|DID|FILE",
        ),
    ] = "",
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
    json: Json = False,
) -> None:
    """Verify a badge: form, issuer, signature, dates, status, and, in a program's folder, its record.

    For a piece written by mcred reveal, it shows what was assessed, whose and when: by the badge beside it
    (--badge), or by the record of the program whose folder you are in.

    An issuer is known to you if you are in the folder of a program that has its key, if its own pages at its
    own address are at hand (--site, --online), or if you name it (--issuer). Goes online only with --online.
    Exits with 0 for valid, 1 for not valid, 7 when it cannot be determined from what is here.
    """
    edge = terminal_of(ctx)
    found = verify_named(
        edge, badge, beside=beside, identity=identity, issuer=issuer, site=site, online=online
    )
    answer = found.answer if isinstance(found, VerifyReport) else sum_up(found)
    if isinstance(found, VerifyReport):
        _show_one(edge, found)
    else:
        _show_many(edge, found, answer)
    raise typer.Exit(int(CODES[answer]))


def _show_one(edge: Terminal, report: VerifyReport) -> None:
    if edge.show.as_json:
        edge.show.answer(verify_answer(report))
        return
    _show_report(edge, report)
    _show_next(edge, report)


def _show_many(edge: Terminal, checked: tuple[Checked, ...], answer: CheckAnswer) -> None:
    if edge.show.as_json:
        edge.show.answer(verify_all_answer(checked, answer))
        return
    for one in checked:
        edge.show.title(one.name)
        _show_report(edge, one.report)
        edge.show.say()
    badges = [c for c in checked if c.name != CLR_FILE]
    counted = Counter(c.report.state for c in badges)
    told = "; ".join(f"{count} {SAID.get(state, state)}" for state, count in counted.items())
    edge.show.say(f"{len(badges)} {'badge' if len(badges) == 1 else 'badges'}: {told}", style="bold")
    _show_next(edge, next((c.report for c in checked if c.report.state == "whole"), checked[0].report))


def _show_report(edge: Terminal, report: VerifyReport) -> None:
    """Print title, holder and issuer from the file, every check, and the result."""
    if report.document:
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
    said = SAID.get(report.state, report.state)
    if report.answer == "cannot tell":
        reason = _reason(report)
        said = said if report.state == "whole" else reason.what
        if reason.remedy:
            edge.show.say(f"To find out: {reason.remedy}")
    edge.show.say(f"{report.answer.capitalize()}: {said}", style="bold red")


def _reason(report: VerifyReport) -> Check:
    """The open check that matters most: checks of what the badge is come before whose it is."""
    waiting = [c for c in report.checks if c.ok is None and c.weighs]
    return next((c for c in waiting if c.name in ("form", "members", "coverage")), waiting[0])


def _show_next(edge: Terminal, report: VerifyReport) -> None:
    """Print the command that names a known issuer, where none was named."""
    if report.state != "whole" or "--issuer" in edge.typed:
        return
    if issuer_of(report.document).startswith("did:web:"):
        edge.show.next(f"{edge.typed} --online   (asks the issuer's own address)")
    else:
        key = method_of(report.document).partition("#")[0]
        edge.show.next(
            f"{edge.typed} --issuer {key}   (once the issuer has confirmed that this key is theirs)"
        )
