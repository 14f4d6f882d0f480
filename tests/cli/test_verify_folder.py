"""`mcred verify` of a whole folder, its table for a spreadsheet, and records of several badges."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from mcred.badges.bake import MAX_IMAGE
from tests.badges.elsewhere import (
    DOCUMENTS,
    PROFILE,
    SITE,
    assertion,
    credential,
    did_of,
    ed25519,
    p256,
    pages,
)
from tests.badges.foreign import FILES, foreign
from tests.badges.issuing import a_badge, write
from tests.cli.reader import Reader

COLUMNS = ["file", "verdict", "title", "holder", "issuer", "issued", "expires", "reason"]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Who got a folder with badges of every kind, and with what is none."""
    inbox = tmp_path / "inbox"
    for name in FILES:
        (inbox / "others").mkdir(parents=True, exist_ok=True)
        (inbox / "others" / name).write_bytes(foreign(name))
    for name, make in DOCUMENTS.items():
        (inbox / f"{name}.json").write_bytes(write(make()))
    (inbox / "changed.json").write_bytes(write({**DOCUMENTS["eddsa-jcs-2022"](), "name": "X"}))
    document = credential(did_of(ed25519()))
    document["credentialSubject"]["achievement"]["name"] = "=HYPERLINK(1)"
    (inbox / "formula.json").write_bytes(write(document))
    with zipfile.ZipFile(inbox / "by-a-mac.zip", "w") as pack:
        pack.writestr("ana/badges/wait-time/1/badge.json", write(a_badge()))
        pack.writestr("__MACOSX/ana/badges/wait-time/1/._badge.json", b"\0\5\x16\7")
        pack.writestr("ana/.DS_Store", b"\0")
    with zipfile.ZipFile(inbox / "by-hand.zip", "w") as pack:
        pack.writestr("Ana.json", write(a_badge()))
        pack.writestr("record.json", write(DOCUMENTS["clr"]()))
        pack.writestr("photo.png", b"\x89PNG" + bytes(MAX_IMAGE))
        pack.writestr("__MACOSX/._Ana.json", b"\0\5\x16\7")
    (inbox / ".DS_Store").write_bytes(b"\0")
    (inbox / "__MACOSX").mkdir()
    (inbox / "__MACOSX" / "._x.json").write_bytes(b"\0")
    (inbox / "outside").symlink_to("/etc/passwd")
    return Reader(at=tmp_path)


def rows(reader: Reader) -> dict[str, dict[str, str]]:
    text = (reader.at / "out.csv").read_bytes().decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert list(found[0]) == COLUMNS
    return {row["file"]: row for row in found}


def test_every_file_has_its_line(reader: Reader) -> None:
    reader.run("trust", "add", "Other Town", did_of(p256()))
    ran = reader.run("verify", "inbox", "--csv", "out.csv", expect=1)
    found = rows(reader)
    assert {f"others/{name}" for name in FILES} <= set(found) and not any("MACOSX" in name for name in found)
    told = {f: row for f, row in found.items() if "others/" in f}
    assert {f: (r["verdict"], bool(r["reason"])) for f, r in told.items()} == dict.fromkeys(
        told, ("cannot tell", True)
    )
    assert found["ecdsa-jcs-2019.json"] == {
        "file": "ecdsa-jcs-2019.json",
        "verdict": "valid",
        "title": "Reading Aloud",
        "holder": "did:example:learner",
        "issuer": f"Other Town College ({did_of(p256())})",
        "issued": "2025-03-01",
        "expires": "",
        "reason": "",
    }
    assert found["eddsa-jcs-2022.json"]["verdict"] == "cannot tell"
    assert found["changed.json"]["verdict"] == "not valid"
    assert found["formula.json"]["title"] == "'=HYPERLINK(1)"
    assert found["by-a-mac.zip: badges/wait-time/1/badge.json"]["title"] == "Wait Time"
    by_hand = {f: r["title"] for f, r in found.items() if f.startswith("by-hand.zip")}
    assert by_hand == {
        "by-hand.zip: Ana.json": "Wait Time",
        "by-hand.zip: photo.png": "",
        "by-hand.zip: record.json: clr.json": "Reading Aloud",
        "by-hand.zip: record.json: badge 1": "Reading Aloud",
        "by-hand.zip: record.json: badge 2": "Reading Aloud",
    }
    assert "larger than" in found["by-hand.zip: photo.png"]["reason"]
    assert found["clr.json: clr.json"]["verdict"] == found["clr.json: badge 1"]["verdict"] == "cannot tell"
    assert found["clr.json: badge 2"]["verdict"] == "valid"
    assert "root:" not in ran.said and found["outside"]["verdict"] == "cannot tell"
    assert "1 not valid" in ran.out and "forged" not in ran.said.lower()


def test_it_is_told_and_as_json(reader: Reader) -> None:
    out = reader.run("verify", "inbox", expect=1).out
    files = [row for row in rows_of(reader) if not str(row["file"]).endswith("clr.json")]
    assert "changed.json" in out and f"{len(files)} files: " in out
    for place, code in (("inbox/others", 7), ("inbox/changed.json", 1)):
        reader.run("verify", place, expect=code)
    (reader.at / "empty").mkdir()
    assert "no file" in reader.run("verify", "empty", expect=7).out


def rows_of(reader: Reader) -> list[dict[str, object]]:
    said = reader.run("verify", "inbox", "--json", expect=1).json
    assert said["answer"] == "not valid" and set(said["badges"][0]) >= {"file", "answer", "state", "reason"}
    found: list[dict[str, object]] = said["badges"]
    return found


def test_a_record_of_several_is_told_badge_by_badge(reader: Reader) -> None:
    for key in (ed25519(), p256()):
        reader.run("trust", "add", did_of(key), did_of(key))
    said = reader.run("verify", "inbox/clr.json", "--json").json
    assert [(b["file"], b["answer"]) for b in said["badges"]] == [
        ("clr.json", "valid"),
        ("badge 1", "valid"),
        ("badge 2", "valid"),
    ]


def test_a_hosted_badge_is_asked_for_once_each(reader: Reader) -> None:
    """The most addresses are for each badge, so a folder of many is not cut short."""
    place = reader.at / "hosted"
    place.mkdir()
    reader.web = {address: json.dumps(page).encode() for address, page in pages().items()}
    for number in range(9):
        badge = assertion(id=f"{SITE}/assertions/{number}.json")
        reader.web[f"{SITE}/assertions/{number}.json"] = write(badge)
        (place / f"{number}.json").write_bytes(write(badge))
    reader.run("verify", "hosted", expect=7)
    assert not reader.asked
    reader.run("trust", "add", "Other Town", PROFILE)
    said = reader.run("verify", "hosted", "--online", "--json").json
    assert [b["answer"] for b in said["badges"]] == ["valid"] * 9
    assert len(reader.asked) == len(set(reader.asked)) == 9 + 3


def test_one_badge_can_be_written_to_a_table(reader: Reader) -> None:
    reader.run("verify", "inbox/changed.json", "--csv", "out.csv", expect=1)
    assert rows(reader)["inbox/changed.json"]["verdict"] == "not valid"
    (reader.at / "own.csv").write_text("mine", "utf-8")
    reader.run("verify", "inbox/changed.json", "--csv", "own.csv", expect=1)
    assert (reader.at / "own.csv").read_text("utf-8") == "mine"
    assert "has to end with .csv" in reader.run("verify", "inbox", "--csv", "x.txt", expect=2).err
