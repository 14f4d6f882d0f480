"""The line of main that an earlier audit kept: with it, an audit finds just what it finds without it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from mcred import __version__
from mcred.app.audit import kept_line
from mcred.app.audit.kept_line import place_of
from mcred.app.audit.run import AuditResult, run_audit
from mcred.domain.ids import CommitId
from mcred.store.git import Repo
from mcred.store.main_history import MainLine
from mcred.store.session import git_session
from tests.audit.forgeries import Forgery
from tests.audit.test_spread import SOME
from tests.audit.workshop import Workshop


@pytest.fixture(autouse=True)
def _session() -> Iterator[None]:
    """What begins in this process ends with the test."""
    with git_session():
        yield


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A user's cache folder with nothing in it."""
    return tmp_path / "cache"


def audit(
    shop: Workshop, cache: Path | None, since: CommitId | None = None, tip: CommitId | None = None
) -> AuditResult:
    return run_audit(shop.repo, tip or shop.tip, trusted=since, cache=cache, today=shop.town.now)


def same(one: AuditResult, other: AuditResult) -> bool:
    """Whether two audits say the same."""
    told = (
        (a.audited, a.history.line, a.founding, a.newest, a.books.owner, a.books.places, a.books.attested)
        for a in (one, other)
    )
    return next(told) == next(told)


def read(cache: Path, repo: Repo) -> MainLine:
    data = zlib.decompress(place_of(cache, repo).read_bytes())
    return msgspec.json.decode(data, type=kept_line._Kept).line


def write(cache: Path, repo: Repo, line: MainLine, made_by: tuple[int, str] | None = None) -> None:
    """Put a line there, as this version of mcred does."""
    made_by = made_by or (kept_line.FORMAT, __version__)
    data = msgspec.json.encode(kept_line._Kept(made_by=made_by, line=line))
    place_of(cache, repo).write_bytes(zlib.compress(data))


@pytest.mark.parametrize("forgery", SOME, ids=lambda f: f.name)
def test_a_forged_history_has_the_same_findings_with_a_kept_line(
    shop: Workshop, forgery: Forgery, cache: Path
) -> None:
    honest = shop.tip
    forgery.build(shop)
    line = shop.main_line()
    trusted = [None, *dict.fromkeys((line[len(line) // 8], line[len(line) // 2], line[-2:][0]))]
    alone = {since: audit(shop, None, since) for since in trusted}
    assert alone[None].audited.findings
    for kept in dict.fromkeys((honest, line[len(line) // 2], line[-1])):
        place_of(cache, shop.repo).unlink(missing_ok=True)
        audit(shop, cache, tip=kept)
        assert read(cache, shop.repo).tip == kept
        for since in (*trusted[1:], None):
            assert same(audit(shop, cache, since), alone[since]), (kept, since)


def test_what_is_kept_is_used_by_the_next_audit(shop: Workshop, cache: Path) -> None:
    audit(shop, cache)
    line = read(cache, shop.repo)
    write(cache, shop.repo, replace(line, lost=((shop.tip, line.steps[0].commit.id),)))
    assert "line-lost" in {f.code for f in audit(shop, cache).audited.findings}


def test_a_line_of_another_version_or_a_damaged_one_is_not_used(shop: Workshop, cache: Path) -> None:
    audit(shop, cache)
    line = read(cache, shop.repo)
    wrong = replace(line, lost=((shop.tip, line.steps[0].commit.id),))
    place = place_of(cache, shop.repo)
    write(cache, shop.repo, wrong)
    whole = place.read_bytes()
    for made_by in ((kept_line.FORMAT + 1, __version__), (kept_line.FORMAT, "0.0.1")):
        write(cache, shop.repo, wrong, made_by)
        assert audit(shop, cache).audited.clean
    for at in range(2, len(whole), len(whole) // 20):
        place.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert audit(shop, cache).audited.clean, at
    for data in (b"", whole[:-1], zlib.compress(b"{}"), zlib.compress(b"\xff")):
        place.write_bytes(data)
        assert audit(shop, cache).audited.clean, data
    assert read(cache, shop.repo) == line, "kept again"


def test_what_was_read_of_objects_that_no_one_hashed_is_not_kept(shop: Workshop, cache: Path) -> None:
    line = shop.main_line()
    place = place_of(cache, shop.repo)
    audit(shop, cache, line[4])
    assert not place.exists()
    audit(shop, cache, tip=line[3])
    audit(shop, cache, line[4])
    assert read(cache, shop.repo).tip == line[3], "the next step was trusted"
    audit(shop, cache, line[2])
    assert read(cache, shop.repo).tip == shop.tip


def test_without_a_cache_or_where_it_cannot_be_written_an_audit_goes_on(shop: Workshop, cache: Path) -> None:
    alone = audit(shop, None)
    cache.write_bytes(b"")
    assert same(audit(shop, cache), alone)
