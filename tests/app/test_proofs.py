"""Proofs of many badges: by other processes, remembered when good, and never believed of another badge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from mcred.app.audit import proofs as module
from mcred.app.audit.proofs import FILE, Proofs, proof_holds
from mcred.badges.json_reader import read_json
from mcred.badges.keys import IssuerKey
from mcred.badges.open_badge import write_document
from mcred.domain.ids import BlobId
from mcred.store.git import Repo, create_repo
from mcred.store.write import put_blob
from tests.badges.issuing import KEY, OTHER, a_badge

BadgeOf = tuple[BlobId, bytes, Mapping[str, Any]]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return create_repo(tmp_path / "r", bare=False)


@pytest.fixture
def key() -> IssuerKey:
    return KEY


@pytest.fixture
def badge(repo: Repo) -> BadgeOf:
    data = write_document(a_badge())
    return put_blob(repo, data), data, read_json(data)


class Here:
    """A pool that does its work at once, in this process."""

    started = 0

    def __init__(self) -> None:
        type(self).started += 1

    def submit(self, act: Any, *args: Any) -> Future[bool]:
        done: Future[bool] = Future()
        done.set_result(act(*args))
        return done

    def shutdown(self, cancel_futures: bool) -> None:
        assert cancel_futures


class Broken(Here):
    def submit(self, act: Any, *args: Any) -> Future[bool]:
        done: Future[bool] = Future()
        done.set_exception(BrokenProcessPool("no process here"))
        return done


def test_a_good_proof_is_checked_once_and_remembered(repo: Repo, badge: BadgeOf, key: IssuerKey) -> None:
    blob, _, document = badge
    first = Proofs(repo.git_dir)
    assert first.hold(blob, document, key.multibase)
    assert first.hold(blob, document, key.multibase)
    assert first.checked == 1
    first.close()
    again = Proofs(repo.git_dir)
    assert again.hold(blob, {}, key.multibase)
    assert again.checked == 0


def test_a_bad_one_is_not_remembered(repo: Repo, badge: BadgeOf, key: IssuerKey) -> None:
    _, data, _ = badge
    altered = data.replace(b"Wait Time", b"Wait Tame")
    blob = put_blob(repo, altered)
    found = Proofs(repo.git_dir)
    assert not found.hold(blob, read_json(altered), key.multibase)
    found.close()
    assert not (repo.git_dir / FILE).exists()


def test_an_answer_is_for_one_badge_and_one_key(repo: Repo, badge: BadgeOf, key: IssuerKey) -> None:
    blob, data, document = badge
    found = Proofs(repo.git_dir)
    assert found.hold(blob, document, key.multibase)
    altered = read_json(data.replace(b"Wait Time", b"Wait Tame"))
    assert not found.hold(BlobId("a" * 40), altered, key.multibase)
    assert not found.hold(blob, document, OTHER.multibase)


@pytest.mark.parametrize("pool", [Here, Broken])
def test_begun_in_other_processes(
    repo: Repo, badge: BadgeOf, key: IssuerKey, pool: type[Here], monkeypatch: pytest.MonkeyPatch
) -> None:
    blob, data, document = badge
    monkeypatch.setattr(module, "start_pool", pool)
    pool.started = 0
    found = Proofs(repo.git_dir)
    found.begin({blob: data, BlobId("b" * 40): b"{}", BlobId("c" * 40): b"hello"})
    assert pool.started == 1
    assert found.hold(blob, document, key.multibase)
    found.close()
    later = Proofs(repo.git_dir)
    later.begin({blob: data})
    assert pool.started == 1, "what is known is not checked again"


@pytest.mark.slow
def test_in_a_real_process(repo: Repo, badge: BadgeOf, key: IssuerKey) -> None:
    blob, data, _ = badge
    found = Proofs(repo.git_dir)
    found.begin({blob: data})
    assert found.hold(blob, {}, key.multibase), "answered by the other process, from the bytes"
    found.close()


@pytest.mark.parametrize("text", ["", "[]", "null", '{"z": 3}', '{"z": ["x"]}', '{"z": [null]}'])
def test_a_spoilt_memory_is_none(repo: Repo, badge: BadgeOf, key: IssuerKey, text: str) -> None:
    (repo.git_dir / FILE).write_text(text, "utf-8")
    found = Proofs(repo.git_dir)
    assert found.hold(badge[0], badge[2], key.multibase)
    assert found.checked == 1
    found.close()
    assert json.loads((repo.git_dir / FILE).read_text("utf-8")) == {key.multibase: [badge[0]]}


def test_bytes_that_are_no_badge() -> None:
    assert not proof_holds(b"hello", "z6Mk")
