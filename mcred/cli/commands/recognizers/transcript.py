"""`mcred transcript`: what people earned, with hours, credits, levels and dates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.figures import transcript_answer
from mcred.app.programme.transcript import read_transcript
from mcred.app.workspace import open_workspace
from mcred.cli.commands.teachers.add_badge import say_verdict
from mcred.cli.output_file import HTML_MARK, need_ending, write_output
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.ids import say_credits
from mcred.domain.stats.transcript import EarnedAward, PersonTranscript, Transcript
from mcred.formats.export.table import write_csv
from mcred.shipped import shipped

EXAMPLES = (
    "mcred transcript",
    "mcred transcript ana --html ana.html",
    "mcred transcript ana --clr ana.json",
    "mcred transcript --everyone --csv hours.csv",
    "mcred transcript --everyone --from 2026-07-01 --to 2027-06-30",
)

DAY = "%Y-%m-%d"
OF_STACKS = (
    "A stack's credits include those of the micro-credentials it was awarded for, which are not added again."
)


def run(
    ctx: typer.Context,
    person: Annotated[
        str | None, typer.Argument(help="Whose transcript; yours if you leave it out.", metavar="[PERSON]")
    ] = None,
    school: Annotated[
        str | None, typer.Option("--school", help="Everyone of one school.", metavar="NAME")
    ] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="Everyone in the program.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--from", help="Earned on this day or later.", formats=[DAY], metavar="YYYY-MM-DD"),
    ] = None,
    to: Annotated[
        datetime | None,
        typer.Option("--to", help="Earned on this day or earlier.", formats=[DAY], metavar="YYYY-MM-DD"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Lines to paste into a résumé.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every award to this file, for a spreadsheet.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it to this file, as one page to print.")
    ] = None,
    clr: Annotated[
        Path | None,
        typer.Option("--clr", help="Write one person's valid badges to this file, as one record (CLR 2.0)."),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show what someone has earned, with hours, credits, levels, and dates, and what it adds up to.

    Coaches, issuers, and maintainers can see everyone's; an administrator sees their own school's; others
    see their own. It shows no submitted work.
    """
    edge = terminal_of(ctx)
    need_ending(edge, csv, ".csv")
    need_ending(edge, html, ".html")
    need_ending(edge, clr, ".json")
    if sum((person is not None, school is not None, everyone)) > 1:
        raise typer.BadParameter("give a person, --school, or --everyone, not several of them")
    if clr is not None and (school is not None or everyone or since or to):
        raise typer.BadParameter("--clr is for one person, and for all of their badges")
    ws = open_workspace(edge)
    note_stale(ws)
    days = [day.date() if day is not None else None for day in (since, to)]
    found = read_transcript(ws, person, school, everyone=everyone, since=days[0], to=days[1])
    if json:
        edge.show.answer(transcript_answer(found))
    elif resume:
        for one in found.people:
            for line in _resume_lines(found, one):
                edge.show.say(line)
    elif csv is None and html is None and clr is None:
        _show(edge.show, found, is_list=school is not None or everyone)
    if csv is not None:
        write_output(edge, csv, as_csv(found), CSV_MARK, dry_run=dry_run)
    if html is not None:
        from mcred.website.local.one_file import transcript_sheet

        page = transcript_sheet(found, [shipped("templates") / "site"])
        write_output(edge, html, page, HTML_MARK, dry_run=dry_run)
    if clr is not None:
        from mcred.app.awards.export import gather_clr

        data, why = gather_clr(ws, found.people[0].person)
        write_output(edge, clr, data, CLR_MARK, dry_run=dry_run)
        if why:
            edge.show.note(f"It has no signature of its own ({why}); each badge in it has.")


def _show(show: Show, found: Transcript, *, is_list: bool) -> None:
    show.title(f"{found.issuer} · transcript · {found.day}")
    # Where nothing is worth credit hours, nothing is said of them.
    more = ("credits",) if found.has_credits else ()
    if is_list:
        show.table(
            ("person", "school", "micro-credentials", "hours", *more),
            [
                (
                    one.name,
                    one.school,
                    str(one.credentials),
                    str(one.hours),
                    *(str(one.credits) for _ in more),
                )
                for one in found.people
            ],
        )
        show.say()
        show.table(
            ("school", "people", "micro-credentials", "hours", *more),
            [
                (s.school, str(s.people), str(s.credentials), str(s.hours), *(str(s.credits) for _ in more))
                for s in found.schools
            ],
        )
        if any(one.has_credits_of_stacks for one in found.people):
            show.say(OF_STACKS)
        show.next("mcred transcript PERSON")
        return
    for one in found.people:
        show.say(f"{one.name}, {one.school}" if one.school else one.name)
        if not one.awards:
            show.say("Nothing earned in that time." if found.since or found.to else "Nothing earned yet.")
            _show_elsewhere(show, one)
            continue
        show.table(
            ("earned", "micro-credential", "hours", *more, "levels", "state"),
            [
                (
                    *(str(a.earned), a.title, str(a.hours or "-"), *(str(a.credits or "-") for _ in more)),
                    *(_say_levels(a), _say_state(a)),
                )
                for a in one.awards
            ],
        )
        worth = f", {say_credits(one.credits)}" if more else ""
        show.say(f"Valid: {_say_count(one)}, about {one.hours} hours{worth}.")
        if one.has_credits_of_stacks:
            show.say(OF_STACKS)
        _show_elsewhere(show, one)
    show.next("mcred share")


def _show_elsewhere(show: Show, one: PersonTranscript) -> None:
    if not one.elsewhere:
        return
    show.say()
    show.title("Earned elsewhere, verified now; no hours are added for these")
    show.table(
        ("earned", "badge", "issued to", "issuer", "verdict", "name"),
        [
            (str(b.earned or "-"), b.title, b.holder or "-", b.issuer, say_verdict(b), b.name)
            for b in one.elsewhere
        ],
    )


def _say_count(one: PersonTranscript) -> str:
    """`2 micro-credentials`."""
    return f"{one.credentials} micro-credential{'' if one.credentials == 1 else 's'}"


def _say_levels(award: EarnedAward) -> str:
    """`proficient 4, passing 3`; a dash for a stack."""
    return ", ".join(f"{level} {count}" for level, count in award.levels.items()) or "-"


def _say_state(award: EarnedAward) -> str:
    """`valid until 2029-01-31`."""
    if award.state == "revoked":
        return f"revoked: {award.why}" if award.why else "revoked"
    if award.until is None:
        return award.state
    return f"{award.state} {'on' if award.state == 'expired' else 'until'} {award.until}"


def _resume_lines(found: Transcript, one: PersonTranscript) -> tuple[str, ...]:
    """A line for each valid award, the newest first."""

    def kind(award: EarnedAward) -> str:
        if award.is_stack:
            what, effort = "stack of micro-credentials", ""
        else:
            what, effort = "micro-credential", f"about {award.hours} hours" if award.hours else ""
        # Whoever adds up the lines comes to the total: what a stack's credits include is not said again.
        worth = say_credits(award.credits) if award.credits and one.credits_of(award) else ""
        return ", ".join(filter(None, (what, effort, worth)))

    return tuple(f"{a.title} ({kind(a)}), {found.issuer}, {a.earned:%B %Y}" for a in reversed(one.valid))


COLUMNS = (
    *("person", "name", "school", "credential", "title", "version", "earned", "valid_until", "state"),
    *("counts", "hours", "levels", "credits", "credits_counted"),
)
CLR_MARK = b'"ClrCredential"'
"""It is among the types, near the beginning of such a file."""
CSV_MARK = ",".join(COLUMNS[:-2]).encode()
"""The columns that such a file always had."""


def as_csv(found: Transcript) -> bytes:
    """The awards as CSV; `counts` tells which ones the hours of a person add up from.

    Their credits add up from `credits_counted`, which has those of a stack instead of those of its parts.
    """
    rows = [
        (
            *(one.person, one.name, one.school, a.credential, a.title, a.version, a.earned, a.until, a.state),
            *("yes" if a in one.valid else "", a.hours, _say_levels(a), a.credits),
            one.credits_of(a) if a.credits else None,
        )
        for one in found.people
        for a in one.awards
    ]
    return write_csv(COLUMNS, rows)
