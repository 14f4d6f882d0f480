"""Builds the site of a network: its file → a job for each programme, in many processes → what each of them
found → all pages, made from that alone.

A programme that cannot be read is named and left out; one that has not changed is not read again. The same
readings give the same bytes, in whatever order and by whomever they were read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct, field

from mcred.app.context import Context
from mcred.app.network.read import ReadJob, ReadReport, run_job
from mcred.app.pages.pictures import draw_svg
from mcred.app.processes import start_workers
from mcred.domain.ids import Slug
from mcred.domain.network.listed import Network, check_network, check_offers
from mcred.domain.network.reading import ProgrammeFailure, ProgrammeReading
from mcred.domain.text import as_stored
from mcred.formats.decode import decode
from mcred.problems import Exit, McredError, Problem, next_step
from mcred.shipped import shipped
from mcred.store.address import parse_address
from mcred.store.atomic import write_whole

READING = "reading.json"
"""In a programme's folder of the cache, beside its copy."""


class KeptReading(Struct, frozen=True, kw_only=True):
    """A reading in the user's cache folder, with the state it was made from."""

    state: str
    reading: ProgrammeReading


class BuiltProgramme(Struct, frozen=True, kw_only=True):
    """What came of one programme."""

    id: Slug
    status: str
    """`read`, `unchanged` or `failed`."""
    what: str = ""
    """Why it failed, and what helps."""
    help: str = ""
    credentials: int = 0
    badges: int = 0
    """How many badges are listed."""
    findings: Mapping[str, int] = field(default_factory=dict)
    """What its audit found, how often each code."""
    unread: int = 0
    """How many of its files could not be read."""


class NetworkBuilt(Struct, frozen=True, kw_only=True):
    """The result of a build or dry run: what came of each programme in the order of the network's file, all
    files of the site, and how many of them are new, changed or deleted."""

    programmes: tuple[BuiltProgramme, ...]
    problems: tuple[Problem, ...]
    """Equivalents that no programme publishes."""
    files: int
    changed: int


def build_network(
    ctx: Context, file: Path, out: Path, workers: str = "", *, dry_run: bool = False
) -> NetworkBuilt:
    """Read the programmes that a file lists and write the network's pages into a folder.

    `workers`: as `app.processes.start_workers` takes it. With `dry_run` the programmes are fetched and read,
    and nothing else is written. Raises McredError where the file cannot be read or has problems, and where
    the folder is not one of mcred's.
    """
    from mcred.website.network.pages import list_offers
    from mcred.website.output import open_output

    data = _read_file(file)
    network = _decode_network(data, file)
    hint = str(next_step("network", "build", file, "--to", "FOLDER"))
    output = open_output(out, only_look=dry_run, hint=hint)
    with _open_cache(ctx.cache) as cache:
        jobs, known, reports = _make_jobs(ctx, network, file, Path(cache))
        reports |= _run_all(ctx, jobs, workers)
    outcomes = {name: _outcome(report, known.get(name)) for name, report in reports.items()}
    read = {name for name, outcome in outcomes.items() if isinstance(outcome, ProgrammeReading)}
    offers = {offer.id for offer in list_offers(network, outcomes)}
    warnings = decode(data, Network, str(file), partial(check_offers, read=read, offers=offers))[1]
    files = dict(_make_files(ctx, network, outcomes))
    aside = output.aside("network")
    made = {path: aside.put(path, content) for path, content in sorted(files.items())}
    gone = output.names() - {mark.name for mark in made.values()}
    if dry_run:
        total = len(output.settle(made, gone))
        changed = sum(1 for mark in made.values() if mark.aside) + len(output.find_gone(gone))
    else:
        written = output.finish(made, gone)
        total, changed = written.files, len(written.changed) + len(written.removed)
    return NetworkBuilt(
        programmes=tuple(_describe(reports[p.id], outcomes[p.id]) for p in network.programmes),
        problems=warnings,
        files=total,
        changed=changed,
    )


def _read_file(file: Path) -> bytes:
    try:
        return as_stored(file.read_bytes())
    except OSError as error:
        hint = next_step("network", "build", "FILE", note="the file that lists the programs")
        raise McredError(f"{file} cannot be read ({error.strerror})", hint=hint, code=Exit.USAGE) from error


def _decode_network(data: bytes, file: Path) -> Network:
    found = decode(data, Network, str(file), check_network)
    if found[0] is None:
        raise McredError(f"{file} has errors: nothing was read", hint="fix it", problems=found[1])
    return found[0]


def _open_cache(cache: Path | None) -> nullcontext[str] | TemporaryDirectory[str]:
    """The folder of copies and readings; where nothing is cached, one for this build alone."""
    return TemporaryDirectory() if cache is None else nullcontext(str(cache / "networks"))


def _make_jobs(
    ctx: Context, network: Network, file: Path, cache: Path
) -> tuple[list[ReadJob], dict[Slug, KeptReading], dict[Slug, ReadReport]]:
    """What to do for each programme, what is known of it, and reports of those with an unusable address."""
    jobs, known, reports = [], {}, {}
    for listed in network.programmes:
        try:
            address = parse_address(listed.address, base=file.resolve().parent)
        except McredError as error:
            failure = ProgrammeFailure(what=error.what, hint=str(error.hint))
            reports[listed.id] = ReadReport(programme=listed.id, failure=failure)
            continue
        place = cache / hashlib.sha256(address.encode()).hexdigest()[:32]
        kept = _read_kept(place)
        if kept is not None:
            known[listed.id] = kept
        jobs.append(
            ReadJob(
                programme=listed.id,
                address=address,
                cache=place,
                state=kept.state if kept else "",
                main=kept.reading.main if kept else None,
                today=ctx.now(),
            )
        )
    return jobs, known, reports


def _run_all(ctx: Context, jobs: Sequence[ReadJob], workers: str) -> Mapping[Slug, ReadReport]:
    """What became of each programme; readings are kept as they come, so that a stopped build goes on."""
    reports: dict[Slug, ReadReport] = {}
    with ctx.show.working("reading programs") as tell, start_workers(workers) as executor:
        waiting = {executor.submit(run_job, job): job for job in jobs}
        for done, future in enumerate(as_completed(waiting), 1):
            report, job = future.result(), waiting[future]
            reports[job.programme] = report
            if report.reading is not None and not ctx.dry_run:
                _keep(job.cache, KeptReading(state=report.state, reading=report.reading))
            if tell:
                tell(f"reading programs: {job.programme} {report.status}", done, len(jobs))
    return reports


def _read_kept(place: Path) -> KeptReading | None:
    """What was read of a programme before; None where that is not known or cannot be understood."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((place / READING).read_bytes(), type=KeptReading)
    return None


def _keep(place: Path, kept: KeptReading) -> None:
    """Keep a reading; where that fails, the next build reads again."""
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place / READING, msgspec.json.encode(kept))


def _outcome(report: ReadReport, kept: KeptReading | None) -> ProgrammeReading | ProgrammeFailure:
    if report.failure is not None:
        return report.failure
    if report.reading is not None:
        return report.reading
    assert kept is not None  # noqa: S101 -- a job says so only of a state that it was given
    return kept.reading


def _describe(report: ReadReport, outcome: ProgrammeReading | ProgrammeFailure) -> BuiltProgramme:
    if isinstance(outcome, ProgrammeFailure):
        return BuiltProgramme(id=report.programme, status=report.status, what=outcome.what, help=outcome.hint)
    return BuiltProgramme(
        id=report.programme,
        status=report.status,
        credentials=len(outcome.credentials),
        badges=len(outcome.awards),
        findings=dict(outcome.findings),
        unread=outcome.unread,
    )


def _make_files(
    ctx: Context, network: Network, outcomes: Mapping[Slug, ProgrammeReading | ProgrammeFailure]
) -> Iterator[tuple[str, bytes]]:
    """Every file of the site, by path."""
    from mcred.website.build import render_pages
    from mcred.website.network.pages import LANGUAGE, list_offers, network_frame, picture_of, plan_network
    from mcred.website.render import open_templates, read_assets

    compiled = ctx.cache / "templates" if ctx.cache else None
    templates = open_templates((shipped("templates") / "site",), LANGUAGE, compiled)
    yield from render_pages(templates, plan_network(network, outcomes), network_frame(network))
    yield from ((offer.picture, draw_svg(picture_of(offer))) for offer in list_offers(network, outcomes))
    yield from {**read_assets(templates), ".nojekyll": b""}.items()
