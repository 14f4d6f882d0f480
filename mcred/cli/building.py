"""Making the pages: what the site needs from the record, and where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcred.cli.desk import Desk
from mcred.cli.issuing import did_files
from mcred.cli.pictures import Artist, read_pictures
from mcred.model.ids import BlobId
from mcred.problems import McredError, Problem
from mcred.shipped import shipped
from mcred.store.snapshot import read_blobs


def published_evidence(desk: Desk) -> Mapping[BlobId, bytes]:
    """The bytes of every evidence file that its earner released."""
    wanted: dict[BlobId, None] = {}
    for record in desk.catalog.records.values():
        if record.work is None or not record.live:
            continue
        for piece in record.work.submission.evidence:
            stored = record.work.files.get(piece.file)
            if piece.publish and stored is not None:
                wanted[stored.blob] = None
    return read_blobs(desk.repo, wanted)


def render_site(desk: Desk) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """Every file of the site by path, and what had to be left out."""
    from mcred.site.build import build_files

    folders = [shipped("templates") / "site"]
    own = desk.repo.work_tree / "templates" / "site" if desk.repo.work_tree else None
    if own is not None and own.is_dir() and own.resolve() != folders[0].resolve():
        folders.insert(0, own)
    evidence = published_evidence(desk)
    pictures, refused = read_pictures(desk.repo, desk.catalog.definitions.values())
    artist = Artist(own=pictures)
    with desk.edge.show.working("making the pages") as tell:
        told = (lambda done, total: tell("making the pages", done, total)) if tell else None
        files, problems = build_files(desk.catalog, evidence, tuple(folders), artist, told)
    problems = (*desk.problems, *refused, *artist.problems, *problems)
    return {**files, **did_files(desk.catalog.programme)}, problems


def build_site(desk: Desk, out: Path, dry_run: bool) -> tuple[int, int]:
    """Write the site; how many files changed (with `dry_run`: how many there are), how many badges it has."""
    from mcred.site.output import write_site

    if desk.repo.work_tree is not None and out.resolve() == desk.repo.work_tree.resolve():
        raise McredError("the pages need a folder of their own", hint="mcred build --out site")
    files, problems = render_site(desk)
    for problem in problems:
        desk.edge.show.problems([problem])
    badges = sum(1 for path in files if path.startswith("badges/") and path.endswith("/badge.json"))
    if dry_run:
        return len(files), badges
    written = write_site(out, files)
    return len(written.changed) + len(written.removed), badges
