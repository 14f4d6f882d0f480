"""Sealing: opened by the right key and nothing else, read by another program, and bounded."""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.problems import McredError
from mcred.store.seal import (
    MAX_HEADER,
    MAX_READERS,
    ReadingPair,
    Unopened,
    is_sealed,
    load_reading_key,
    make_reading_key,
    seal,
    unseal,
)

MINE, OTHER = make_reading_key(), make_reading_key()
with_age = pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")


def sealed(data: bytes, *readers: ReadingPair) -> bytes:
    target = io.BytesIO()
    seal(io.BytesIO(data), target, [reader.public for reader in readers or (MINE,)])
    return target.getvalue()


def opened(data: bytes, *keys: ReadingPair) -> bytes:
    target = io.BytesIO()
    unseal(io.BytesIO(data), target, keys or (MINE,))
    return target.getvalue()


PLAN = sealed(b"A lesson plan. " * 6000)
"""Made once, so that what is drawn for it stays the same."""


@given(st.binary(max_size=200_000))
@settings(max_examples=40, deadline=None)
def test_what_was_sealed_comes_back(data: bytes) -> None:
    shut = sealed(data, MINE, OTHER)
    assert is_sealed(shut[:MAX_HEADER]) and (len(data) < 40 or data not in shut)
    assert opened(shut) == data == opened(shut, make_reading_key(), OTHER)
    assert sealed(data) != sealed(data)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_changed_or_cut_file_is_never_opened(data: st.DataObject) -> None:
    shut = PLAN
    if data.draw(st.booleans()):
        bad = shut[: data.draw(st.integers(0, len(shut) - 1))]
    else:
        at = data.draw(st.integers(0, len(shut) - 1))
        bad = shut[:at] + bytes([shut[at] ^ data.draw(st.integers(1, 255))]) + shut[at + 1 :]
    with pytest.raises(Unopened):
        opened(bad)


def test_no_one_else_opens_it() -> None:
    with pytest.raises(Unopened, match="no reading key in this folder opens it"):
        opened(sealed(b"x"), OTHER, make_reading_key())
    with pytest.raises(Unopened):
        target = io.BytesIO()
        unseal(io.BytesIO(sealed(b"x")), target, ())


def stanzas(count: int, kind: str = "X25519") -> bytes:
    one = f"-> {kind} {'A' * 43}\n{'A' * 43}\n".encode()
    return b"age-encryption.org/v1\n" + one * count + b"--- " + b"A" * 43 + b"\n" + b"x" * 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"A plain file.\n",
        b"age-encryption.org/v1\n",
        b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\nx",
        b"age-encryption.org/v1\n-> X25519 a\n" + b"A" * 20_000,
        b"age-encryption.org/v1\n-> X25519 a\n" + (b"A" * 64 + b"\n") * 2000,
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
        stanzas(1_000_000),
        stanzas(2 * MAX_READERS + 1),
        stanzas(1, "scrypt"),
        stanzas(1, "ssh-ed25519"),
    ],
    ids=lambda data: data[:30].decode() + f" of {len(data)}",
)
def test_what_is_no_age_file_of_ours_never_reaches_the_library(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrage.decrypt_io", lambda *_: pytest.fail("it was read"))
    assert not is_sealed(data[:MAX_HEADER])
    with pytest.raises(Unopened, match="not sealed, or sealed in a way"):
        opened(data)


def test_too_many_readers_are_our_mistake() -> None:
    for readers in ((), (MINE,) * (MAX_READERS + 1)):
        with pytest.raises(ValueError, match="sealed to"):
            seal(io.BytesIO(b"x"), io.BytesIO(), [reader.public for reader in readers])


def test_large_files_are_not_held_in_memory(tmp_path: Path) -> None:
    plain, shut, back = (tmp_path / name for name in ("plain", "shut", "back"))
    with plain.open("wb") as file:
        file.truncate(64 * 2**20)
    tracemalloc.start()
    with plain.open("rb") as source, shut.open("wb") as target:
        seal(source, target, [MINE.public])
    with shut.open("rb") as source, back.open("wb") as target:
        unseal(source, target, [MINE])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert back.stat().st_size == plain.stat().st_size and most < 2**20


def test_a_key_comes_back_from_its_file_and_hides_its_private_part() -> None:
    assert load_reading_key(f"{MINE.private}\n".encode()) == MINE
    assert MINE.private not in repr(MINE) and MINE.public in repr(MINE)
    with pytest.raises(McredError, match="damaged"):
        load_reading_key(MINE.private[:-1].encode())


@with_age
class TestAgainstAge:
    """Debian's age, another implementation of the same format."""

    def test_age_opens_what_we_seal(self, tmp_path: Path) -> None:
        for name, key in (("mine", MINE), ("other", OTHER)):
            (tmp_path / name).write_text(f"{key.private}\n")
        (tmp_path / "shut").write_bytes(sealed(b"Mine alone.\n" * 9000))
        command = ["age", "--decrypt", "--identity", str(tmp_path / "mine"), str(tmp_path / "shut")]
        assert subprocess.run(command, capture_output=True, check=True).stdout == b"Mine alone.\n" * 9000
        command[3] = str(tmp_path / "other")
        assert subprocess.run(command, capture_output=True).returncode == 1

    def test_we_open_what_age_seals(self) -> None:
        command = ["age", "--encrypt", "--recipient", MINE.public, "--recipient", OTHER.public]
        shut = subprocess.run(command, input=b"Theirs.\n" * 9000, capture_output=True, check=True).stdout
        assert opened(shut) == opened(shut, OTHER) == b"Theirs.\n" * 9000
        with pytest.raises(Unopened):
            opened(shut, make_reading_key())
