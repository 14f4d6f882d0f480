"""Verifies a badge, a record of several, a zip file of `mcred export` badge by badge with the keys and lists
inside it, or every file below a folder.

The keys inside show that each badge is intact; whose keys they are is known only where the programme's
record, a copy of its pages or the network is available as well.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.awards.known_issuers import read_known
from mcred.app.awards.named_issuer import read_named
from mcred.app.awards.resolver import Sources, index_parcel, is_folder, need_badge, open_file, open_site
from mcred.app.awards.verify_record import cannot_compare, compare_with, issuer_names, tell_copy
from mcred.app.context import Context
from mcred.app.endorsements.endorsers import read_endorsers
from mcred.app.pieces.shown import find_shown
from mcred.app.pieces.verify import verify_piece
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.bake import MAX_IMAGE
from mcred.badges.checks import Check, CheckAnswer, CheckContext, VerifyReport, sum_up_checks
from mcred.badges.clr import CLR_FILE, clr_holds, compute_clr_signature
from mcred.badges.export_zip import Packed, is_left_behind, is_parcel, read_parcel
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.open_badge import read_references
from mcred.badges.others.forms import is_clr
from mcred.badges.proof import issuer_of
from mcred.badges.revealed_piece import read_revealed
from mcred.badges.signer import find_signer
from mcred.badges.verify import cannot_read, open_badge, verify
from mcred.domain.text import as_typed
from mcred.problems import Exit, McredError, next_step
from mcred.store.folder_index import find_typed


class Checked(Struct, frozen=True, kw_only=True):
    """The report on one badge of the file, or on the record of all of them."""

    name: str
    report: VerifyReport


class Expected(Struct, frozen=True, kw_only=True):
    """What a badge is held against, and where its issuer's documents may be found."""

    identity: str = ""
    """Whose it is said to be."""
    issuer: str = ""
    """Who should have issued it: a key, a DID, an address, or a file with one."""
    trust: Path | None = None
    """A file with issuers that you know, besides your own list."""
    site: Path | None = None
    """A copy of the issuer's pages."""
    online: bool = False
    """Whether to ask the network too."""


def verify_named(
    ctx: Context, badge: str, expected: Expected, *, beside: str = ""
) -> VerifyReport | tuple[Checked, ...]:
    """Verify a badge by the name of its file or its address; several reports for a zip file of badges, a
    record of several, or a folder.

    For a revealed piece the report says whether it was judged; `beside`: the badge that it was judged for.
    Raises McredError for a name that leads to no file.
    """
    around = _programme_around(ctx)
    sources, context = _prepare(ctx, around, expected)
    if badge.lower().startswith(("https:", "http:")):
        return verify_badge(need_badge(sources, badge), sources, context)
    if badge and not beside and is_folder(folder := find_typed(ctx.at, badge)):
        with ctx.show.working("Verifying") as progress:
            return tuple(_verify_folder(folder, sources, context, progress))
    with open_file(ctx.at, badge) as file:
        try:
            data = file.read(MAX_IMAGE + 1)
        except OSError as error:
            raise McredError(f"{badge} cannot be read", hint=next_step("verify", "FILE")) from error
        if not is_parcel(data):
            if beside:
                raise McredError(f"{badge} is not a piece of a submission", hint=next_step("verify", badge))
            return _verify_record(verify_badge(data, sources, context), sources, context)
        report = _verify_beside(ctx.at, beside, sources, context) if beside else None
        try:
            piece = read_revealed(file)
            if piece is None:
                return verify_parcel(file, sources, context)
        except McredError as error:
            return cannot_read(error.what, str(error.hint))
        return verify_piece(*piece, around, report)


def _prepare(
    ctx: Context, around: Workspace | McredError | None, expected: Expected
) -> tuple[Sources, CheckContext]:
    """Where to look things up, and what to hold badges against."""
    ws = around if isinstance(around, Workspace) else None
    if ws is not None:
        ctx.show.note(f"Compared with the program in this folder. {tell_copy(ws)}")
    sources = Sources(
        site=open_site(ctx.at / expected.site) if expected.site else None,
        catalog=ws.catalog if ws else None,
        fetch=ctx.fetch if expected.online else None,
    )
    known = read_known(ctx.at / expected.trust if expected.trust else None)
    context = replace(_context(ctx, ws, sources, expected.identity), known=known)
    if isinstance(around, McredError):
        context = replace(context, compare=cannot_compare(around))
    if expected.issuer:
        named, document = read_named(ctx.at, expected.issuer)
        context = replace(context, named=named)
        sources.named = {named.did: document} if document is not None else {}
    return sources, context


def _verify_folder(
    folder: Path,
    sources: Sources,
    context: CheckContext,
    progress: Callable[[str, int, int | None], None] | None,
) -> Iterator[Checked]:
    """Every file below a folder with its report, those in zip files and records too."""
    places = list(_list_files(folder))
    for done, place in enumerate(places):
        if progress is not None:
            progress("files", done, len(places))
        name = place.relative_to(folder).as_posix()
        sources.begin_badge()
        sources.parcel = None
        try:
            found = _verify_any(place, sources, context)
        except McredError as error:
            found = cannot_read(error.what, str(error.hint))
        except OSError as error:
            found = cannot_read(f"it cannot be read ({error.strerror})", "look whether you may open it")
        yield from _told_as(name, found)


def _told_as(name: str, found: VerifyReport | Iterable[Checked]) -> Iterator[Checked]:
    """What was found in a file, under its name."""
    if isinstance(found, VerifyReport):
        yield Checked(name=name, report=found)
    else:
        yield from (Checked(name=f"{name}: {one.name}", report=one.report) for one in found)


def _verify_any(place: Path, sources: Sources, context: CheckContext) -> VerifyReport | tuple[Checked, ...]:
    if not stat.S_ISREG(place.lstat().st_mode):
        return cannot_read("a link, or no plain file; links are not followed", "name the file itself")
    with place.open("rb") as file:
        data = file.read(MAX_IMAGE + 1)
        if is_parcel(data):
            if read_revealed(file) is not None:
                return cannot_read("a piece of a submission, not a badge", "verify it by itself")
            return verify_parcel(file, sources, context)
    return _verify_record(verify_badge(data, sources, context), sources, context)


def _list_files(folder: Path) -> Iterator[Path]:
    """The files below a folder by name, without what systems leave in it. Raises McredError for too many."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_left_behind(name))
        found += [Path(parent, n) for n in names if not is_left_behind(n)]
        if len(found) > MAX_FILES:
            what = f"there are more than {MAX_FILES:,} files below {folder}"
            raise McredError(what, hint=next_step("verify", "DIR", note="a smaller folder"))
    yield from sorted(found)


MAX_FILES = 20_000


def _verify_record(
    report: VerifyReport, sources: Sources, context: CheckContext
) -> VerifyReport | tuple[Checked, ...]:
    """The report on a badge; for a record of several (CLR) that on each of them as well."""
    if not is_clr(report.document):
        return report
    subject = report.document.get("credentialSubject")
    held = subject.get("verifiableCredential") if isinstance(subject, dict) else None
    found = [Checked(name=CLR_FILE, report=report)]
    for number, badge in enumerate(held if isinstance(held, list) else (), start=1):
        data = badge.encode() if isinstance(badge, str) else json.dumps(badge).encode()
        found.append(Checked(name=f"badge {number}", report=verify_badge(data, sources, context)))
    return tuple(found)


def _verify_beside(at: Path, badge: str, sources: Sources, context: CheckContext) -> VerifyReport:
    """The report on the badge beside a piece."""
    if badge.lower().startswith(("https:", "http:")):
        return verify_badge(need_badge(sources, badge), sources, context)
    with open_file(at, badge) as file:
        return verify_badge(file.read(MAX_IMAGE + 1), sources, context)


def _programme_around(ctx: Context) -> Workspace | McredError | None:
    """The surrounding programme, if there is one: it knows its own keys, lists and awards.

    The error where this copy of it is not whole or was damaged.
    """
    try:
        return open_workspace(ctx, fetching="no")
    except McredError as error:
        if error.code is Exit.CHANGED:
            raise
        return error if error.code is Exit.UNREACHABLE else None


def _context(ctx: Context, ws: Workspace | None, sources: Sources, identity: str) -> CheckContext:
    programme = ws.catalog.programme if ws else None
    endorsers = read_endorsers(ws.repo, ws.catalog, find_shown(ws.repo)) if ws else None
    return CheckContext(
        now=ctx.now(),
        find_did=sources.find_did,
        find_list=sources.find_list,
        find_page=sources.find_page,
        identity=as_typed(identity),
        trusted=frozenset(key.multibase for key in programme.issuer.keys) if programme else frozenset(),
        keys=dict.fromkeys(issuer_names(programme), programme.issuer.keys) if programme else {},
        compare=compare_with(ws) if ws else None,
        endorsers=endorsers.keys if endorsers else {},
        endorsing=endorsers.others if endorsers else (),
        is_withdrawn=endorsers.is_withdrawn if endorsers else None,
    )


def verify_badge(data: bytes, sources: Sources, context: CheckContext) -> VerifyReport:
    """One badge with its report, also where the copy of the pages has a later one that replaces it."""
    report = verify(data, context)
    badge = str(report.document.get("id"))
    for later in sources.find_later(badge):
        instead = find_successors((report, verify(later, context)))
        if badge in instead:
            return verify(data, replace(context, successor=instead.get))
    return report


def verify_parcel(file: BinaryIO, sources: Sources, context: CheckContext) -> tuple[Checked, ...]:
    """Every badge of a zip file with its report. Raises McredError when it is rejected, or holds none."""
    packed = read_parcel(file)
    if not packed.badges:
        raise McredError(
            "there is no badge in this zip file", hint=next_step("verify", "FILE", note="a single badge file")
        )
    sources.parcel = index_parcel(packed.keys)
    documents = {name: _open(data) for name, data in packed.badges.items()}
    names = _leading(documents) if packed.is_export else sorted(documents)
    reports = {name: verify_badge(packed.badges[name], sources, context) for name in names}
    instead = find_successors(reports.values())
    for name, report in reports.items():
        if (later := instead.get(str(report.document.get("id")))) is not None:
            own = replace(context, successor={str(report.document.get("id")): later}.get)
            reports[name] = verify(packed.badges[name], own)
    if not packed.is_export:
        read = ((name, _verify_record(report, sources, context)) for name, report in reports.items())
        return tuple(one for name, said in read for one in _told_as(name, said))
    found = [Checked(name=name, report=_beside(name, r, documents)) for name, r in reports.items()]
    if (clr := _check_clr(packed, documents, context)) is not None:
        found.append(Checked(name=CLR_FILE, report=clr))
    return tuple(found)


def knows_issuers(ctx: Context, expected: Expected) -> bool:
    """Whether you know any issuer: in a list, named, with pages here, or the program around."""
    if expected.issuer or expected.site or _programme_around(ctx) is not None:
        return True
    return bool(read_known(ctx.at / expected.trust if expected.trust else None))


def nothing_to_ask(checked: Iterable[Checked]) -> bool:
    """Whether each badge of which it cannot be told is intact and names its issuer by the key itself, so that
    no list or address could tell more."""
    waiting = [c.report for c in checked if c.report.answer == "cannot tell"]
    return all(r.state == "whole" and issuer_of(r.document).startswith("did:key:") for r in waiting)


def sum_up(checked: Sequence[Checked]) -> CheckAnswer:
    """The result for the whole file. A badge that another in it has replaced does not count against it."""
    answers = {c.report.answer for c in checked if c.report.state != "superseded"}
    answers = answers or {c.report.answer for c in checked} or {"cannot tell"}
    order: tuple[CheckAnswer, ...] = ("not valid", "cannot tell", "valid")
    return next(answer for answer in order if answer in answers)


def find_successors(reports: Iterable[VerifyReport]) -> Mapping[str, str]:
    """Which badge replaced which, by what the later one claims: their ids.

    A stranger's claim does not count: the later one must be signed, by an issuer who is as well known.
    """
    by_id = {str(r.document.get("id")): r for r in reports if r.document}
    found = {}
    for name, later in by_id.items():
        earlier = by_id.get(read_references(later.document).replaces)
        if earlier is None or not any(c.name == "proof" and c.ok for c in later.checks):
            continue
        same = issuer_of(earlier.document) == issuer_of(later.document)
        if same or later.known or not earlier.known:
            found[str(earlier.document.get("id"))] = name
    return found


def _open(data: bytes) -> JsonObject | None:
    try:
        return open_badge(data)
    except McredError:
        return None


def _leading(documents: Mapping[str, JsonObject | None]) -> list[str]:
    """The badge of each folder, its JSON first; its pictures as well where they hold another badge."""
    first: dict[str, str] = {}
    names = sorted(documents)
    for name in names:
        first.setdefault(name.rpartition("/")[0], name)
    return [n for n in names if (lead := first[n.rpartition("/")[0]]) == n or documents[n] != documents[lead]]


def _beside(name: str, report: VerifyReport, documents: Mapping[str, JsonObject | None]) -> VerifyReport:
    """The report on a picture that holds a different badge than the file beside it."""
    lead = min(n for n in documents if n.rpartition("/")[0] == name.rpartition("/")[0])
    if name == lead:
        return report
    what = f"{lead.rpartition('/')[2]} beside it holds another badge"
    remedy = "ask for the original export"
    check = Check(name="picture", ok=None, what=what, clause="Open Badges 3.0, §5.3", remedy=remedy)
    if report.answer == "not valid":
        return replace(report, checks=(*report.checks, check))
    return replace(report, answer="cannot tell", state="unknown", checks=(*report.checks, check))


def _check_clr(
    packed: Packed, documents: Mapping[str, JsonObject | None], context: CheckContext
) -> VerifyReport | None:
    """Verifies the record of all badges, if present and signed: exactly these, by their issuer."""
    check = Check(name="record of all", ok=True, what="", clause="CLR 2.0, ClrCredential; Data Integrity 1.0")
    try:
        document = read_json(packed.clr) if packed.clr is not None else {}
    except McredError as error:
        return sum_up_checks((replace(check, ok=None, what=error.what, remedy=str(error.hint)),), {})
    if "proof" not in document:
        return None
    badges = [d for n, d in documents.items() if n.endswith("/badge.json") and d]
    signer = find_signer(document, context)
    if not signer.multibase:
        return sum_up_checks((signer.check,), document)
    ok: bool | None = True
    what = "its issuer put these badges together"
    if not clr_holds(document, badges, signer.multibase):
        changed = compute_clr_signature(document, signer.multibase) is False
        ok, what = (False if changed else None), "it is not a signed record of these badges"
    check = replace(check, ok=ok, what=what, state="forged", remedy="ask for the original export")
    return sum_up_checks((signer.check, check), document)
