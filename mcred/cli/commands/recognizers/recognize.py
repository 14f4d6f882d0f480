"""`mcred recognize`: what badges are worth by a district's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.recognition import recognize_answer, record_recognized_answer
from mcred.app.recognition.in_files import Looking
from mcred.app.recognition.recognize import Recognized, recognize_everyone, recognize_named
from mcred.app.recognition.record import (
    RecordRecognized,
    RecordRecognizedResult,
    describe_already,
    name_decisions,
)
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Terminal, Yes, terminal_of
from mcred.domain.recognition.amounts import describe, write_amount
from mcred.domain.recognition.count import Account, CountedLine
from mcred.domain.recognition.decided import explain_stay, sum_amounts
from mcred.domain.recognition.policy import CreditUnit
from mcred.formats.export.table import write_csv
from mcred.problems import Exit, McredError, next_step

EXAMPLES = (
    "mcred recognize",
    "mcred recognize --policy maple-ridge --json",
    "mcred recognize --csv recognized.csv",
    "mcred recognize ana --policy maple-ridge --record --dry-run",
)


def run(
    ctx: typer.Context,
    badges: Annotated[
        list[str] | None,
        typer.Argument(
            help="A person of this program, or badges in files: JSON, pictures, zip files of mcred export. "
            "Default: yourself.",
            metavar="PERSON|FILES",
        ),
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            help="The recognition policy: its id, or a file of your own. Default: the program's only one.",
            metavar="ID|FILE",
        ),
    ] = "",
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of", help="The day in question, by the rules and record of that day.", metavar="DATE"
        ),
    ] = "",
    identity: Annotated[
        str,
        typer.Option(
            help="Whose badges the files should be: email address or id. Default: the person named."
        ),
    ] = "",
    site: Annotated[
        Path | None,
        typer.Option(help="A copy of the issuer's pages, for its did.json and status lists.", metavar="DIR"),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Look up online what is not here: https and public hosts only.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Write every line to this file; without a person, everyone's."),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Sign what was not recorded before, for one person, and keep it on record."
        ),
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show what badges are worth in hours, credit, and pay by a district's recognition policy.

    Each badge is listed with what counts and what does not, and the rule that says so. Files are verified
    first; only valid badges count. The people whom the policy names as recognizers, else the maintainers,
    can record what counts in this program, which the audit checks.
    """
    edge = terminal_of(ctx)
    need_ending(edge, csv, ".csv")
    chosen = ("--policy", policy) if policy else ()
    day = _read_day(as_of, (*(badges or ()), *chosen, *(("--record",) if record else ())))
    if record:
        named = badges or ()
        if any((csv, identity, site, online)) or policy.endswith(".yaml") or len(named) != 1:
            what = "what is recorded is one person's record in this program, by one of its policies"
            raise McredError(what, hint=next_step("recognize", "PERSON", "--record"), code=Exit.USAGE)
        command = RecordRecognized(earner=named[0], policy=policy, as_of=day)
        run_command(edge, command, _show_recorded, record_recognized_answer, yes=yes)
        return
    if csv is not None and not badges:
        found = recognize_everyone(edge, day, policy)
    else:
        looking = Looking(identity=identity, site=site, online=online)
        found = (recognize_named(edge, badges or (), day, policy, looking),)
    if json:
        edge.show.answer(recognize_answer(found))
    elif csv is None:
        _show(edge, found[0])
    if csv is not None:
        write_output(edge, csv, as_csv(found), CSV_MARK, dry_run=dry_run)


def _show_recorded(show: Show, found: RecordRecognizedResult) -> None:
    said = found.decision
    if said is None:
        show.say(f"{found.name}: everything that counts as of {found.as_of} is recorded.")
    else:
        total = describe(sum_amounts(said.total))
        show.say(f"{found.name}: recorded as of {said.as_of}: {total}.", style="bold green")
    show.next(f"mcred recognize {found.person} --policy {found.policy}")


def _read_day(typed: str, others: Sequence[str]) -> date | None:
    """The day that was typed. `others`: what else was typed after the verb."""
    if not typed:
        return None
    try:
        return date.fromisoformat(typed) if len(typed) == 10 else _refuse_day(typed, others)
    except ValueError:
        return _refuse_day(typed, others)


def _refuse_day(typed: str, others: Sequence[str]) -> date:
    again = next_step("recognize", *others, "--as-of", "2026-10-01")
    raise McredError(f"'{typed}' is not a date", hint=again, code=Exit.USAGE)


def _show(edge: Terminal, found: Recognized) -> None:
    show, account = edge.show, found.account
    whose = found.name or found.person or "These badges"
    show.title(f"{whose} · {account.policy.title} · as of {account.as_of}")
    if not account.lines:
        show.say("There is no badge to recognize.")
    for line in account.lines:
        show.say()
        show.say(f"{line.badge.title or 'A badge'} · {line.badge.name}", style="bold")
        for said in _told(found, line):
            show.say(said, indent=2)
    _show_totals(show, account)
    if account.lane is not None:
        lane = account.lane.lane
        pays = f", {describe(lane.pays)}" if lane.pays else ""
        show.say(f"Lane: {lane.title} from {account.lane.since}{pays}", style="bold")
    _show_record(show, found)
    held = {line.badge.holder for line in account.lines}
    if "not checked" in held:
        show.note("Whose badges the files are was not checked; --identity does that.")
    elif "checked" in held and "--identity" not in edge.typed:
        show.note(f"The files were held against the id {found.person}; --identity names an email address.")
    if found.recorded.decisions and found.unrecorded and found.may_record:
        show.next(f"mcred recognize {found.person} --policy {account.policy.id} --record")
    elif found.person is not None:
        show.next("mcred audit   (checks how each award came about)")


def _show_record(show: Show, found: Recognized) -> None:
    """What was recorded, and what is not yet; nothing where no one records anything."""
    for said in found.recorded.decisions:
        amounts, when = describe(sum_amounts(said.total)), said.recorded.date()
        show.say(f"Recorded as of {said.as_of} (decision {said.number}): {amounts} (by {said.by} on {when})")
    if found.recorded.decisions:
        show.say(f"Not recorded yet: {describe(found.unrecorded)}")
    for one in found.already if found.may_record else ():
        show.say(describe_already(one), style="yellow")


def _told(found: Recognized, line: CountedLine) -> Iterator[str]:
    """What counts, since when and by which rule, and what does not, each with its place in the policy."""
    if line.badge.earned is not None:
        pays = f"; pays from {line.pay_from}" if line.pay_from is not None and line.counted else ""
        yield f"Earned {line.badge.earned}{pays}"
    if line.worth:
        yield f"Counts: {describe(line.counted)} (rule {line.rule})"
    if numbers := found.recorded.naming(line.badge.name):
        amounts = {unit: amount for unit, amount in found.recorded.of(line.badge.name).items() if amount}
        yield f"Recorded: {describe(amounts)} ({name_decisions(numbers)})"
    if stays := explain_stay(found.account, line):
        yield f"Still counts: {stays}, but is on record"
    for reason in line.reasons:
        where = found.loaded.where(reason)
        yield f"Not counted: {reason.what}{f' ({where})' if where else ''}"


def _show_totals(show: Show, account: Account) -> None:
    units = account.policy.units
    rows = [
        (
            f"{'school year' if period.kind == 'school year' else 'pays'} from {period.begins}",
            *(write_amount(unit, period.total[unit]) for unit in units),
        )
        for period in account.periods
    ]
    show.say()
    show.table(
        ("period", *(_head(unit) for unit in units)),
        [*rows, ("total", *(write_amount(unit, account.total[unit]) for unit in units))],
    )


def _head(unit: CreditUnit) -> str:
    return unit.replace("_", " ")


COLUMNS = (
    *("person", "name", "policy", "as_of", "badge", "title", "issuer", "earned", "renewed", "ends", "rule"),
    *("unit", "worth", "counted", "school_year", "pay_from", "reason", "where", "holder"),
)
CSV_MARK = ",".join(COLUMNS).encode()


def as_csv(found: Sequence[Recognized]) -> bytes:
    """A row for each badge and unit; a badge that no rule fits has one row without a unit."""
    return write_csv(
        COLUMNS, (row for one in found for line in one.account.lines for row in _rows(one, line))
    )


def _rows(found: Recognized, line: CountedLine) -> Iterator[tuple[object, ...]]:
    badge, policy = line.badge, found.account.policy
    why = "; ".join(reason.what for reason in line.reasons)
    where = "; ".join(filter(None, (found.loaded.where(reason) for reason in line.reasons)))
    for unit in line.worth or (None,):
        yield (
            *(found.person, found.name, policy.id, found.account.as_of, badge.name, badge.title, line.issuer),
            *(badge.earned, badge.renewed, badge.ends, line.rule, unit),
            write_amount(unit, line.worth[unit]) if unit else None,
            write_amount(unit, line.counted.get(unit, line.worth[unit] * 0)) if unit else None,
            policy.school_year(badge.earned) if badge.earned and line.worth else None,
            line.pay_from,
            why,
            where,
            badge.holder,
        )
