"""A zip file of badges: the same bytes each time, and read as a stranger's."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.badges import export_zip as parcel
from mcred.badges.bake import MAX_IMAGE
from mcred.badges.export_zip import MAX_ENTRIES, is_parcel, read_parcel, write_parcel
from mcred.badges.json_reader import MAX_BYTES
from mcred.problems import McredError

BADGE = "badges/wait-time/1/badge.json"
FILES = {
    BADGE: b"{}",
    "keys/did.json": b"{}",
    "keys/status/1.json": b"[]",
    "clr.json": b"{}",
    "README.txt": b"x",
}


def read(data: bytes) -> parcel.Packed:
    return read_parcel(io.BytesIO(data))


def test_what_is_needed_for_checking_is_read_and_nothing_else() -> None:
    more = {
        "badges/wait-time/1/other.txt": b"x",
        "work/x/badge.json": b"x",
        "keys/a/b/c.json": b"x",
        "keys/x.pem": b"",
    }
    found = read(write_parcel({**FILES, **more, "badges/a/1/badge.svg": b"<svg/>"}))
    assert found.badges == {BADGE: b"{}", "badges/a/1/badge.svg": b"<svg/>"}
    assert found.keys == {"keys/did.json": b"{}", "keys/status/1.json": b"[]"}
    assert found.clr == b"{}"


def test_one_packed_by_hand_has_a_badge_in_each_file_that_may_be_one() -> None:
    badges = {"ana.json": b"{}", "My badges/Ben.PNG": b"x", "old/c.svg": b"<svg/>", "d.jwt": b"e"}
    beside = {"keys/did.json": b"{}", "notes.txt": b"x", "letter.docx": b"x"}
    left = {f"__MACOSX/{n}": b"x" for n in badges} | {"._ana.json": b"x", "old/__MACOSX/c.svg": b"x"}
    found = read(names_by_hand(*badges, *beside, *left))
    assert found.badges.keys() == badges.keys() and not found.is_export
    assert found.keys == {"keys/did.json": b"{}"} and found.clr is None
    assert read(write_parcel({**badges, BADGE: b"{}"})).badges == {BADGE: b"{}"}


def test_a_large_file_in_one_packed_by_hand_is_cut_and_refuses_no_other() -> None:
    found = read(write_parcel({"ana.json": b"{}", "photo.png": bytes(MAX_IMAGE + 9), "b.JSON": b" " * 2**20}))
    assert {n: len(data) for n, data in found.badges.items()} == {
        "ana.json": 2,
        "photo.png": MAX_IMAGE + 1,
        "b.JSON": MAX_BYTES + 1,
    }


@given(
    st.dictionaries(st.from_regex(r"badges/[a-z]{1,8}/badge\.json", fullmatch=True), st.binary(max_size=300))
)
def test_the_same_files_give_the_same_bytes_in_whatever_order(files: dict[str, bytes]) -> None:
    data = write_parcel({**files, "README.txt": b"x"})
    assert write_parcel(dict(reversed({**files, "README.txt": b"x"}.items()))) == data
    assert is_parcel(data) and read(data).badges == files


def test_it_names_no_time_and_no_computer() -> None:
    with zipfile.ZipFile(io.BytesIO(write_parcel(FILES))) as pack:
        assert {e.date_time for e in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {e.create_system for e in pack.infolist()} == {3}
        assert pack.namelist() == sorted(FILES)


def by_hand(*entries: tuple[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as pack:
        for name, data in entries:
            pack.writestr(zipfile.ZipInfo(name), data, compress_type=kind)
    return out.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../badge.json",
        "/badge.json",
        "badges/../../x",
        "badges//badge.json",
        "badges/./x",
        "C:/x",
        "..\\x",
        "\\x",
        "a\\..\\x",
        "C:\\x",
        "./../x",
        "././x",
        "a/..",
        "b:x",
    ],
)
def test_a_name_that_leads_elsewhere_refuses_all(name: str) -> None:
    with pytest.raises(McredError, match="leads elsewhere"):
        read(by_hand((BADGE, b"{}"), (name, b"x")))


def names_by_hand(*names: str) -> bytes:
    """A zip file with these names as they are, which `zipfile` of Windows would change."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name in names:
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            pack.writestr(entry, b"{}")
    return out.getvalue()


@pytest.mark.parametrize(
    "names",
    [
        ("ana/" + BADGE, "ana/.DS_Store", f"__MACOSX/ana/{BADGE}", "__MACOSX/._ana"),
        (BADGE.replace("/", "\\"), "badges\\"),
        ("My badges\\" + BADGE.replace("/", "\\"), "My badges\\Thumbs.db"),
        ("./" + BADGE, "./"),
        ("Résumé/" + BADGE, "Re\u0301sume\u0301/clr.json"),
    ],
    ids=["mac", "windows", "windows-folder", "bsdtar", "accents"],
)
def test_packed_again_by_another_system_it_has_the_same_badges(names: tuple[str, ...]) -> None:
    assert list(read(names_by_hand(*names)).badges) == [BADGE]


def test_a_backslash_hides_no_second_part_of_one_name() -> None:
    with pytest.raises(McredError, match="two of its parts have the same name"):
        read(names_by_hand(BADGE, BADGE.replace("/", "\\")))


@pytest.mark.parametrize("twin", [BADGE, BADGE.upper(), "badges/wait-time/1/Badge.JSON"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_refuse_all(twin: str) -> None:
    with pytest.raises(McredError, match="the same name"):
        read(by_hand((BADGE, b"{}"), (twin, b"x")))


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    with pytest.raises(McredError, match="the same name"):
        read(by_hand(("work/é.md", b""), ("work/e\u0301.md", b"")))


@pytest.mark.parametrize("name", [BADGE, "keys/did.json", "badges/a/badge.png"])
def test_a_bomb_is_refused_before_it_is_unpacked(name: str) -> None:
    bomb = by_hand((name, bytes(200 * 2**20)), kind=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 300_000
    with pytest.raises(McredError, match="too large"):
        read(bomb)


def test_a_size_that_lies_gains_nothing() -> None:
    bomb = bytearray(by_hand((BADGE, bytes(MAX_BYTES * 4)), kind=zipfile.ZIP_DEFLATED))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = bomb.index(mark) + at
        bomb[place : place + 4] = struct.pack("<L", 10)
    with pytest.raises(McredError):
        read(bytes(bomb))


def test_many_parts_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "MAX_READ", 1000)
    assert read(by_hand(*((f"badges/{n}/badge.json", bytes(90)) for n in range(10)))).badges
    with pytest.raises(McredError, match="too large"):
        read(by_hand(*((f"badges/{n}/badge.json", bytes(90)) for n in range(12))))


def test_a_long_table_of_contents_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    long = by_hand(*((f"x/{n}", b"") for n in range(MAX_ENTRIES + 1)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(McredError, match="too many parts"):
        read(long)


def end(data: bytes, **changes: int) -> bytes:
    """The zip file with its last record changed."""
    record = bytearray(data[-22:])
    for name, value in changes.items():
        at, form = {"entries": (10, "<H"), "table": (12, "<L"), "here": (8, "<H")}[name]
        struct.pack_into(form, record, at, value)
    return data[:-22] + bytes(record)


GOOD = write_parcel(FILES)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04", "damaged"),
        (b"PK\x05\x06", "damaged"),
        (GOOD[:-1], "damaged"),
        (GOOD[:200], "damaged"),
        (end(GOOD, table=10**9), "too many parts"),
        (end(GOOD, entries=65535, here=65535), "too many parts"),
        (GOOD[:-22] + b"PK\x06\x07" + bytes(16) + GOOD[-22:], "too large"),
        (end(GOOD, table=3), "damaged"),
        (by_hand((BADGE, b"{}"), kind=zipfile.ZIP_BZIP2), "unusual way"),
    ],
    ids=range(10),
)
def test_broken_tables(data: bytes, why: str) -> None:
    with pytest.raises(McredError, match=why):
        read(data)


def test_a_locked_part_is_not_asked_about() -> None:
    locked = bytearray(by_hand((BADGE, b"{}")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    with pytest.raises(McredError, match="locked"):
        read(bytes(locked))


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_changed_byte_is_taken_or_refused_with_words(at: int, value: int) -> None:
    changed = GOOD[:at] + bytes([value]) + GOOD[at + 1 :]
    try:
        found = read(changed)
    except McredError as error:
        assert "zip file" in error.what and error.hint
    else:
        assert set(found.badges.values()) <= {b"{}"}
