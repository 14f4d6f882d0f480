"""A zip file of `mcred export`, checked badge by badge with the keys and lists inside it.

What is inside shows that each badge is whole; whose keys they are has to be known otherwise, and is where
the programme's record, a copy of its pages or the network is at hand as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from mcred.badge.clr import CLR_FILE, clr_holds
from mcred.badge.openbadge import read_references
from mcred.badge.parcel import Packed, read_parcel
from mcred.badge.proof import find_key
from mcred.badge.reading import read_json
from mcred.badge.verify import Answer, Check, Context, Report, State, open_badge, verify
from mcred.cli.sourcing import Sources, find_owner, index_parcel
from mcred.problems import McredError

Json = Mapping[str, Any]


class Checked(Struct, frozen=True, kw_only=True):
    """What was found for one badge of the file, or for the record of all of them."""

    name: str
    report: Report


def verify_parcel(file: BinaryIO, sources: Sources, context: Context) -> tuple[Checked, ...]:
    """Every badge of the file with its answer. Raises McredError when it is no such file or holds none."""
    packed = read_parcel(file)
    if not packed.badges:
        raise McredError(
            "there is no badge in this zip file", hint="mcred verify FILE   (a badge's own file)"
        )
    sources.parcel = index_parcel(packed.keys)
    documents = {name: _open(data) for name, data in packed.badges.items()}
    own = replace(context, successor=find_successor(documents.values(), context.successor))
    found = [
        Checked(name=name, report=_verify(name, packed, documents, own)) for name in _leading(packed.badges)
    ]
    if (clr := _check_clr(packed, documents, sources)) is not None:
        found.append(Checked(name=CLR_FILE, report=clr))
    return tuple(found)


def sum_up(checked: Sequence[Checked]) -> Answer:
    """The answer for the whole file. A badge that another in it has replaced does not speak against it."""
    answers = {c.report.answer for c in checked if c.report.state != "superseded"}
    answers = answers or {c.report.answer for c in checked}
    order: tuple[Answer, ...] = ("not valid", "cannot tell", "valid")
    return next(answer for answer in order if answer in answers)


def find_successor(
    documents: Iterable[Json | None], known: Callable[[str], str | None] | None
) -> Callable[[str], str | None]:
    """Which badge of the file takes the place of one, by what the later one says."""
    instead = {read_references(d).replaces: str(d.get("id")) for d in documents if d}

    def find(name: str) -> str | None:
        return (known(name) if known else None) or instead.get(name)

    return find


def _open(data: bytes) -> Json | None:
    try:
        return open_badge(data)
    except McredError:
        return None


def _leading(names: Iterable[str]) -> list[str]:
    """One name for each folder: its JSON, or a picture where there is none."""
    folders: dict[str, str] = {}
    for name in sorted(names):
        folders.setdefault(name.rpartition("/")[0], name)
    return list(folders.values())


def _verify(name: str, packed: Packed, documents: Mapping[str, Json | None], context: Context) -> Report:
    """A badge, and whether its pictures hold the same."""
    report = verify(packed.badges[name], context)
    folder = name.rpartition("/")[0]
    others = [n for n in documents if n.rpartition("/")[0] == folder and n != name]
    odd = [n.rpartition("/")[2] for n in others if documents[n] != documents[name]]
    if not odd:
        return report
    what = f"{', '.join(odd)} beside it holds another badge"
    check = Check(name="picture", ok=False, what=what, clause="Open Badges 3.0, §5.3", state="forged")
    return replace(report, answer="not valid", state="forged", checks=(*report.checks, check))


def _check_clr(packed: Packed, documents: Mapping[str, Json | None], sources: Sources) -> Report | None:
    """The record of all badges, where it is there and signed: exactly these, by their issuer."""
    try:
        document = read_json(packed.clr) if packed.clr is not None else {}
    except McredError as error:
        document = {"proof": error.what}
    if "proof" not in document:
        return None
    badges = [d for n, d in documents.items() if n.endswith("/badge.json") and d]
    owner, material = find_owner(sources, document)
    multibase, doubts = find_key(document, owner)
    clause = "CLR 2.0, ClrCredential; Data Integrity 1.0"
    if owner is None:
        what = f"the keys of its issuer are not at hand ({material.where})"
        return _line(Check(name="record of all", ok=None, what=what, clause=clause), document)
    if doubts or not clr_holds(document, badges, multibase):
        what = doubts[0] if doubts else "it is not a signed record of these badges"
        failed = Check(name="record of all", ok=False, what=what, clause=clause, state="forged")
        return _line(failed, document)
    what = "its issuer put these badges together"
    if material.own:
        what += ", with a key that came with them"
    ok = None if material.own else True
    return _line(Check(name="record of all", ok=ok, what=what, clause=clause), document)


def _line(check: Check, document: Json) -> Report:
    answers: dict[bool | None, Answer] = {True: "valid", False: "not valid", None: "cannot tell"}
    state: State = "forged" if check.ok is False else "valid" if check.ok else "whole"
    return Report(answer=answers[check.ok], state=state, checks=(check,), document=document)
