"""The line of main that an earlier audit kept: with it, an audit finds just what it finds without it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from mcred import __version__
from mcred.app.audit import contents, kept_line
from mcred.app.audit.kept_line import KeptMain, place_of
from mcred.app.audit.run import AuditResult, run_audit
from mcred.domain.ids import BlobId, CommitId
from mcred.store.batch import read_small
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
    """Whether two audits say the same, state included."""
    told = ((a.audited, a.history.line, a.founding, a.newest, state(a)) for a in (one, other))
    return next(told) == next(told)


def state(result: AuditResult) -> dict[str, object]:
    """What an audit ends with: all that is there, and what is right."""
    books = result.books
    found: dict[str, object] = {
        name: getattr(books, name)
        for name in books.__struct_fields__
        if name not in ("archive", "positions", "seen", "right")
    }
    for name, state in (("seen", books.seen.at(books.steps, books.tip)), ("right", books.now)):
        found[name] = (state.programme, dict(state.people), dict(state.holders))
        found |= {
            f"{name} {submission}": (
                state.decision(submission),
                state.assessors(submission),
                state.erasures(submission),
                state.assessed(submission.credential),
                state.edition(submission.credential),
            )
            for submission in books.attempts
        }
    return found


def read(cache: Path, repo: Repo) -> MainLine:
    line = KeptMain(cache, repo).line
    assert line is not None
    return line


def write(cache: Path, repo: Repo, line: MainLine, made_by: tuple[int, str] | None = None) -> None:
    """Put the parts of a kept line that are not its steps there again, as this version of mcred does."""
    kept = KeptMain(cache, repo)._kept
    assert kept is not None
    made_by = made_by or (kept_line.FORMAT, __version__)
    kept = replace(kept, made_by=made_by, lost=line.lost)
    data = msgspec.msgpack.encode(kept)
    place_of(cache, repo).write_bytes(zlib.crc32(data).to_bytes(4, "big") + data)


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


def test_a_name_that_is_another_ones_on_many_computers_is_found_after_a_checkpoint(
    shop: Workshop, cache: Path
) -> None:
    audit(shop, cache)
    shop.step({"docs/Plan.md": b"1\n", "docs/read.md": b"1\n"}, "rosa")
    later = ["docs/plan.md", "Docs/other.md", "docs/READ.md"]
    for path in later:
        shop.step({path: b"2\n"}, "rosa")
    for number, trusted in enumerate(shop.main_line()[-5:]):
        found = audit(shop, cache, trusted)
        assert same(found, audit(shop, None, trusted))
        twins = {f.path for f in found.audited.findings if "the same name" in f.what}
        assert twins == set(later[max(0, number - 1) :]), number


def test_files_of_trusted_steps_are_not_read_again(
    shop: Workshop, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit(shop, cache)
    since = shop.main_line()[-2]
    paths = ("portfolios/ben/wait-time/attempts/1/decision.json", "portfolios/ben/profile.yaml")
    names = {shop.blob(path) for path in paths}
    read: set[BlobId] = set()

    def note(repo: Repo, blobs: Iterable[BlobId], *given: Any, **more: Any) -> Mapping[BlobId, bytes]:
        asked = [*blobs]
        read.update(asked)
        return read_small(repo, asked, *given, **more)

    monkeypatch.setattr(contents, "read_small", note)
    assert audit(shop, cache, since).audited.clean
    assert read
    assert not names & read
    audit(shop, None, since)
    assert names <= read


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
