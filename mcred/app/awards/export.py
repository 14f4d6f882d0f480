"""The contents of a person's export: badges with pictures, the work behind them, keys, status lists, README.

Everything is read from main and from what its earner publishes, so that the same state gives the same file.
The earner's own export holds their work with its assessments; anyone else's holds only what is public.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mcred.app.awards.export_readme import write_readme
from mcred.app.awards.issued_badges import IssuedBadge, find_badges
from mcred.app.keys.issuer import did_files, issuer_method, signing_key
from mcred.app.keys.reading import all_reading_keys
from mcred.app.pages.pictures import Artist, read_pictures
from mcred.app.pieces.shown import find_shown, read_shown
from mcred.app.sealed.attempts import find_readable
from mcred.app.sealed.opening import open_record
from mcred.app.workspace import Workspace
from mcred.badges.clr import CLR_FILE, describe_clr, sign_clr
from mcred.badges.export_zip import KEYS, MAX_ENTRIES
from mcred.badges.keys import IssuerKey, did_key, issuer_did, method_id
from mcred.badges.open_badge import write_document
from mcred.badges.proof import issuer_of
from mcred.domain.award import BADGE_FILE
from mcred.domain.catalog import Record
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId, PersonId, SubmissionId, suggest_id
from mcred.domain.layout import (
    assessment_path,
    decision_path,
    folder_of,
    folder_of_attempts,
    is_work,
    status_path,
)
from mcred.domain.people import Person
from mcred.domain.shown import shown_of
from mcred.formats.encode import to_plain
from mcred.problems import McredError, next_step
from mcred.store.lfs import read_pointers
from mcred.store.log import read_commit
from mcred.store.snapshot import list_tree, read_blobs
from mcred.website.pictures import Picture, credential_picture, stack_picture

REGULAR = ("100644", "100755")


class Export(Struct, frozen=True, kw_only=True):
    """The files of an export by name, and remarks on it."""

    files: Mapping[str, bytes]
    badges: tuple[IssuedBadge, ...]
    clr: str
    """`signed`, `unsigned`, or empty where there is none."""
    unsigned: str = ""
    """Why it is unsigned, as text."""


def gather_export(ws: Workspace, person: Person) -> Export:
    """A person's badges and everything belonging to them. Raises McredError when there is none, and for too
    many files."""
    badges = tuple(held for held in find_badges(ws, person.id) if held.document)
    if not badges:
        raise McredError(f"{person.id} has no badge yet", hint=next_step("status"))
    own = ws.me == person.id
    files: dict[str, bytes] = {}
    for path, content in (*_badge_files(ws, badges), *_keys(ws)):
        files[path] = content
    for held in badges:
        if held.record is not None and held.number == 1:
            files.update(_work(ws, held, own))
    files.update(_published(ws, person, badges))
    clr, state, why = _record_of_all(ws, badges)
    if clr:
        files[CLR_FILE] = clr
    when = read_commit(ws.repo, ws.main, verify=False).when
    programme = ws.catalog.programme
    files["README.txt"] = write_readme(programme, person, badges, files, own=own, clr=state, when=when)
    if len(files) > MAX_ENTRIES:
        raise McredError(f"that is more than {MAX_ENTRIES} files", hint=next_step("share"))
    return Export(files=files, badges=badges, clr=state, unsigned=why)


def gather_clr(ws: Workspace, person: PersonId) -> tuple[bytes, str]:
    """The record of all valid signed badges of a person (CLR 2.0), and why it has no signature of its own.

    '' where it has one. Raises McredError when there is no such badge.
    """
    clr, _, why = _record_of_all(ws, [held for held in find_badges(ws, person) if held.document])
    if not clr:
        what = f"{person} has no signed badge that is valid"
        raise McredError(what, hint=next_step("transcript", person))
    return clr, why


def folder_in_zip(held: IssuedBadge) -> str:
    """A badge's path inside the file: as on the site, without the person's id."""
    return f"badges/{held.name}/{held.folder.rstrip('/').rpartition('/')[2]}/"


def _badge_files(ws: Workspace, badges: Sequence[IssuedBadge]) -> Iterator[tuple[str, bytes]]:
    """Each badge as JSON, and baked into its pictures."""
    pictures, _ = read_pictures(ws.repo, ws.catalog.definitions.values())
    artist = Artist(own=pictures)
    for held in badges:
        folder = folder_in_zip(held)
        yield folder + BADGE_FILE, held.data
        picture = _picture(ws, held)
        if picture is not None and held.is_signed:
            yield from ((folder + name, content) for name, content in artist(picture).items())


def _picture(ws: Workspace, held: IssuedBadge) -> Picture | None:
    if held.record is None:
        stack = next((s for s in ws.catalog.stacks.values() if f"stacks/{s.id}" == held.name), None)
        return stack_picture(stack, held.data) if stack else None
    today = ws.catalog.definitions.get(held.record.id.credential)
    decision = _decision(held)
    edition = today.credential if today else None
    if edition is None and decision is not None:
        edition = ws.catalog.editions.get(decision.definition.blob)
    return credential_picture(edition, held.data) if edition else None


def _keys(ws: Workspace) -> Iterator[tuple[str, bytes]]:
    """The issuer's did.json and every status list, at their paths below its site."""
    for content in did_files(ws.catalog.programme).values():
        yield f"{KEYS}did.json", content
    for number, content in ws.catalog.lists.items():
        yield f"{KEYS}status/{status_path(number).rpartition('/')[2]}", content


def _decision(held: IssuedBadge) -> Decision | None:
    decisions = held.record.decisions if held.record else ()
    return next((d for d in decisions if d.attempt == held.attempt), None)


def _work(ws: Workspace, held: IssuedBadge, own: bool) -> Mapping[str, bytes]:
    """What an award rests on: the definition of that time, and for their earner the whole work."""
    decision, record = _decision(held), held.record
    if decision is None or record is None:
        return {}
    wanted: dict[str, BlobId] = {"definition.yaml": decision.definition.blob}
    main = ws.tree.entries
    if own:
        wanted.update(_own_work(ws, record.id, decision.judged))
        records = [decision_path(record.id, held.attempt)]
        for assessment in (a for a in record.assessments if a.attempt == held.attempt):
            records.append(assessment_path(record.id, held.attempt, assessment.assessor))
        inside = f"{folder_of_attempts(record.id)}/{held.attempt}/"
        wanted.update({path.removeprefix(inside): main[path].blob for path in records})
    stored = read_blobs(ws.repo, wanted.values())
    base = f"work/{held.name}/{held.attempt}/"
    files = {base + name: stored[blob] for name, blob in wanted.items() if blob in stored}
    return {**files, f"{base}feedback.json": _feedback(ws, record, held.attempt)} if own else files


def _own_work(ws: Workspace, submission: SubmissionId, judged: CommitId) -> Mapping[str, BlobId]:
    """The files of my work as it was judged, by their paths in its folder, but for large ones; none where
    this folder cannot open it."""
    at = find_readable(ws, submission, judged)
    folder = folder_of(submission)
    sent = list_tree(ws.repo, at, folder) if at is not None else {}
    large = read_pointers(ws.repo, sent.values())
    return {
        name: entry.blob
        for path, entry in sent.items()
        if entry.mode in REGULAR and entry.blob not in large and is_work(name := path[len(folder) + 1 :])
    }


def _feedback(ws: Workspace, record: Record, attempt: int) -> bytes:
    """A decision and its reviews in plain words, as far as the reading keys of this folder open them."""
    opened = open_record(record, all_reading_keys(ws.repo))
    told = {
        "decision": [to_plain(d) for d in opened.decisions if d.attempt == attempt],
        "reviews": [to_plain(a) for a in opened.assessments if a.attempt == attempt],
    }
    return (json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _published(ws: Workspace, person: Person, badges: Sequence[IssuedBadge]) -> Iterator[tuple[str, bytes]]:
    """What the earner publishes of the awards in the export: each piece's file, or its address."""
    tip = find_shown(ws.repo).get(person.id)
    shown = read_shown(ws.repo, ws.catalog, person, tip)[0] if tip is not None else None
    if shown is None:
        return
    held = {(badge.record.id, badge.attempt) for badge in badges if badge.record is not None}
    for (submission, attempt), pieces in shown_of(shown.list, ws.catalog.records).items():
        if (submission, attempt) not in held:
            continue
        for number, piece in enumerate(pieces, start=1):
            base = (
                f"published/{submission.credential}/{attempt}/{number}-{suggest_id(piece.title) or 'piece'}"
            )
            if piece.file:
                yield f"{base}.{piece.file.partition('.')[2]}", shown.files[piece.file]
            else:
                yield f"{base}.txt", f"{piece.content.value.get('url')}\n".encode()


def _record_of_all(ws: Workspace, badges: Sequence[IssuedBadge]) -> tuple[bytes, str, str]:
    """The CLR of all signed badges that are valid, whether it is signed, and why not."""
    members = [held.document for held in badges if held.is_signed and held.became in ("holds", "expired")]
    if not members:
        return b"", "", ""
    try:
        key, did, method = _clr_signer(ws, members)
        return write_document(sign_clr(describe_clr(members, did), key, method)), "signed", ""
    except McredError as error:
        return write_document(describe_clr(members)), "unsigned", error.what


def _clr_signer(ws: Workspace, members: Sequence[Mapping[str, Any]]) -> tuple[IssuerKey, str, str]:
    """The issuer's key with the name under which such badges are issued. Raises McredError without one."""
    programme = ws.catalog.programme
    if ws.me not in programme.roles.issuers:
        raise McredError("only an issuer signs it", hint=next_step("person", "list"))
    key = signing_key(ws.ctx, programme)
    if key is None:
        raise McredError("the program has no key to sign with", hint=next_step("key", "new"))
    issuers = {issuer_of(member) for member in members}
    names = {issuer_did(programme.site.url, key.multibase): issuer_method(programme, key)}
    names[did_key(key.multibase)] = method_id(did_key(key.multibase), key)
    did = next((name for name in names if name in issuers), None)
    if did is None:
        step = next_step("reissue", "--all")
        raise McredError(f"the badges have an earlier address or key of the issuer: {step}", hint=step)
    return key, did, names[did]


def need_person(ws: Workspace, name: str | None) -> Person:
    """The owner of the badges. Raises McredError for an unknown person."""
    who = PersonId(name) if name else ws.confirmed()
    found = ws.catalog.people.get(who)
    if found is None:
        raise McredError(f"there is no one with the id '{who}' here", hint=next_step("person", "list"))
    return found
