"""What is handed in for a definition: the folder of its golden example, with something of one's own in it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from bench.shortcuts import hold, write_value
from mcred.domain.assessment import DefinitionRef
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, SubmissionId, Version
from mcred.domain.pieces import PieceContent, commit_to, digest_of, list_contents, unchanged_criteria
from mcred.domain.submission import Submission, Work
from mcred.formats.decode import decode
from mcred.formats.portfolio import read_folder
from mcred.store.snapshot import Entry, Snapshot

_ANY = PersonId("anybody")


class Kit(Struct, frozen=True, kw_only=True):
    """A definition with what is handed in for it."""

    definition: Credential
    ref: DefinitionRef
    listing: Submission
    files: Mapping[str, bytes]
    part: str
    """The file that a second attempt changes."""
    kept: tuple[Slug, ...] = ()
    """The criteria that such a change does not reopen."""
    lists: dict[int, bytes] = field(default_factory=dict)
    """`submission.yaml` of each attempt."""
    read: dict[int, Work] = field(default_factory=dict)
    """What is submitted in each attempt, by anyone."""


def read_kit(shelf: Path, name: CredentialId, rng: random.Random) -> tuple[Kit, bytes]:
    """A kit made of a shipped definition under another name, and the definition's file."""
    data = (
        (shelf / "credential.yaml").read_bytes().replace(f"id: {shelf.name}".encode(), f"id: {name}".encode())
    )
    definition, problems = decode(data, Credential, "credential.yaml")
    if definition is None:
        raise ValueError(problems)
    example = shelf / "examples" / "proficient"
    files = {
        p.relative_to(example).as_posix(): p.read_bytes() for p in sorted(example.rglob("*")) if p.is_file()
    }
    files.pop("agreed.yaml")
    listing, problems = decode(files.pop("submission.yaml"), Submission, "submission.yaml")
    if listing is None:
        raise ValueError(problems)
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    kit = Kit(
        definition=definition,
        ref=DefinitionRef(version=definition.version, blob=BlobId(blob)),
        listing=replace(listing, credential=name),
        files=files,
        part=min(files),
    )
    again = {**files, kit.part: files[kit.part] + b"\nAnd again.\n"}
    pieces, opened = commit_to(_contents(kit, _read(kit, files), files), (), rng.randbytes)
    changed, _ = commit_to(_contents(kit, _read(kit, again), again), opened, rng.randbytes)
    return replace(kit, kept=unchanged_criteria(pieces, changed, definition)), data


def renew_kit(kit: Kit, version: Version) -> tuple[Kit, bytes]:
    """The kit with a new version of its definition, and that one's file."""
    definition = replace(kit.definition, version=version)
    data = write_value(definition)
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    renewed = replace(
        kit,
        definition=definition,
        ref=DefinitionRef(version=version, blob=BlobId(blob)),
        listing=replace(kit.listing, version=version),
        lists={},
        read={},
    )
    return renewed, data


def files_of(kit: Kit, earner: PersonId, attempt: int) -> Mapping[str, bytes]:
    """The example's files with something of one's own in each kind."""
    own = _own(earner).encode()
    again = b"\nI asked again, and waited.\n" * (attempt - 1)
    if attempt not in kit.lists:
        note = "The first part is new." if attempt > 1 else ""
        kit.lists[attempt] = write_value(replace(kit.listing, attempt=attempt, note=note))
    return {
        **{p: d + own if p.endswith(".md") else d for p, d in kit.files.items()},
        kit.part: kit.files[kit.part] + own + again,
        "submission.yaml": kit.lists[attempt],
    }


def contents_of(
    kit: Kit, earner: PersonId, attempt: int, files: Mapping[str, bytes]
) -> tuple[PieceContent, ...]:
    """Every piece of what someone hands in; `files` are those of `files_of`.

    It is read once for each attempt: what others hand in differs in one line.
    """
    is_first = attempt not in kit.read
    if is_first:
        kit.read[attempt] = _read(kit, files_of(kit, _ANY, attempt))
    work = kit.read[attempt]
    told, own = _own(_ANY).strip(), _own(earner).strip()
    answers = {item: replace(a, text=a.text.replace(told, own)) for item, a in work.answers.items()}
    found = _contents(kit, replace(work, answers=answers), files)
    if is_first:
        hold("the pieces of a submission", found, _contents(kit, _read(kit, files), files))
    return found


def _own(earner: PersonId) -> str:
    return f"\nIn the class of {earner}.\n"


def saves_of(rng: random.Random, files: Mapping[str, bytes], saves: float) -> Iterator[Mapping[str, bytes]]:
    """First everything there is, then one text half-written after another; about `saves` of them."""
    yield files
    answers = [p for p in files if p.endswith(".md") and "/" not in p]
    for _ in range(round(rng.uniform(0.5, 1.5) * saves) - 1):
        path = rng.choice(answers)
        yield {path: files[path][: rng.randrange(40, len(files[path]))].rpartition(b" ")[0] + b"\n"}


def _contents(kit: Kit, work: Work, files: Mapping[str, bytes]) -> tuple[PieceContent, ...]:
    return list_contents(work, kit.definition, {path: digest_of(data) for path, data in files.items()})


def _read(kit: Kit, files: Mapping[str, bytes]) -> Work:
    """What is handed in, as the value that rubric and badge are held against."""
    submission = SubmissionId(_ANY, kit.definition.id)
    whole = {"submission.yaml": write_value(kit.listing), **files}
    contents = {f"work/{path}": data for path, data in whole.items()}
    entries = {
        p: Entry(mode="100644", blob=BlobId(hashlib.sha1(d, usedforsecurity=False).hexdigest()), size=len(d))
        for p, d in contents.items()
    }
    tree = Snapshot(commit=CommitId("0" * 40), entries=entries, contents=contents)
    work, problems = read_folder("work", submission, tree, kit.definition)
    if work is None:
        raise ValueError(problems)
    return work
