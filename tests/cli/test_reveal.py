"""One piece of judged work for someone: `mcred reveal`, and `mcred verify` on what it wrote."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from mcred.badges.export_zip import write_parcel
from mcred.badges.revealed_piece import REVEALED_FILE, RevealedPiece, read_revealed, write_revealed
from tests.cli.town import PLAN, TOLD, WAIT, Town

DRY = ("--of", WAIT, "--json", "--dry-run")
BADGE = f"portfolios/ana/{WAIT}/attempts/1/badge.json"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "elsewhere"
    place.mkdir()
    return place


def reveal(town: Town, piece: str, place: Path) -> Path:
    """A piece of Ana's work, in a file."""
    town.run("ana", "reveal", piece, "--of", WAIT, "--out", str(place / "piece.zip"))
    town.run("mei", "sync")
    return place / "piece.zip"


def unpack(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def test_an_unknown_name_is_said_before_any_question(signed: Town) -> None:
    ran = signed.run("ana", "reveal", "nonsense", expect=1)
    assert "none of your assessed work has a piece 'nonsense'" in ran.err and "which" not in ran.said


def test_a_file_is_revealed_and_anyone_can_check_it_in_the_programme(signed: Town, outside: Path) -> None:
    place = reveal(signed, "lesson-plan", outside)
    assert unpack(place)["piece/plan.md"] == PLAN.encode()
    ran = signed.run("mei", "verify", str(place))
    said = " ".join(ran.out.split())
    assert "(lesson-plan) of Ana" in said
    assert "for Wait Time, attempt 1: assessed on 2026-03-02, awarded" in said
    assert "Valid" in said


def test_an_answer_is_revealed_and_checked_by_its_words(signed: Town, outside: Path) -> None:
    place = reveal(signed, "setting", outside)
    assert unpack(place)["piece/setting.md"] != b""
    assert signed.run("mei", "verify", str(place), "--json").json["answer"] == "valid"
    files = unpack(place)
    place.write_bytes(
        write_parcel({**files, "piece/setting.md": b" ".join(files["piece/setting.md"].split())})
    )
    assert signed.run("mei", "verify", str(place), "--json").json["answer"] == "valid"
    place.write_bytes(write_parcel({**files, "piece/setting.md": files["piece/setting.md"] + b"More."}))
    ran = signed.run("mei", "verify", str(place), "--json", expect=1)
    assert (ran.json["answer"], ran.json["state"]) == ("not valid", "changed")


def test_beside_a_badge_no_programme_is_needed(signed: Town, outside: Path) -> None:
    place = reveal(signed, "lesson-plan", outside)
    badge = outside / "badge.json"
    badge.write_bytes((signed.home("ana") / BADGE).read_bytes())
    did = json.loads(badge.read_text("utf-8"))["issuer"]["id"]
    key = json.loads(badge.read_text("utf-8"))["proof"][0]["verificationMethod"].partition("#")[2]
    ran = signed.run(
        "ana", "verify", str(place), "--badge", str(badge), "--issuer", key, "--json", at=outside, expect=None
    )
    told = {c["check"]: c for c in ran.json["checks"]}
    assert told["piece"]["ok"] is True
    assert told["judged"]["ok"] is True
    assert told["judged"]["what"] == "the badge has this piece as “Lesson plan” (lesson-plan)"
    assert (ran.json["title"], did.startswith("did:")) == ("Wait Time", True)


def test_without_badge_and_programme_it_cannot_be_told(signed: Town, outside: Path) -> None:
    place = reveal(signed, "lesson-plan", outside)
    ran = signed.run("ana", "verify", str(place), at=outside, expect=7)
    assert "nothing here shows what was assessed" in " ".join(ran.said.split())


def test_a_changed_byte_another_piece_and_anothers_disclosure_are_told_in_words(
    signed: Town, outside: Path
) -> None:
    place = reveal(signed, "lesson-plan", outside)
    files = unpack(place)
    said = json.loads(files[REVEALED_FILE])

    def verify(**changes: bytes) -> str:
        place.write_bytes(write_parcel({**files, **changes}))
        ran = signed.run("mei", "verify", str(place), "--badge", str(signed.home("ana") / BADGE), expect=1)
        return " ".join(ran.out.split())

    assert "plan.md in it was changed" in verify(**{"piece/plan.md": PLAN.encode().replace(b"a", b"b", 1)})
    other = {**said, "disclosure": said["disclosure"][:-4] + "AAAA"}
    assert "its disclosure is not of a piece" in verify(**{REVEALED_FILE: json.dumps(other).encode()})
    other = {**said, "submission": f"ben/{WAIT}"}
    place.write_bytes(write_parcel({**files, REVEALED_FILE: json.dumps(other).encode()}))
    ran = signed.run("mei", "verify", str(place), expect=7)
    assert f"no decided attempt 1 of ben/{WAIT}" in " ".join(ran.out.split())


def test_a_piece_of_other_work_was_not_judged_there(signed: Town, outside: Path) -> None:
    """The salt alone makes it another piece: the same file, disclosed by someone else."""
    from mcred.domain.pieces import disclose, read_disclosure

    place = reveal(signed, "lesson-plan", outside)
    files = unpack(place)
    said = json.loads(files[REVEALED_FILE])
    content = read_disclosure(said["disclosure"])
    assert content is not None
    forged = {**said, "disclosure": disclose("A" * 22, content)}
    place.write_bytes(write_parcel({**files, REVEALED_FILE: json.dumps(forged).encode()}))
    for words in ((), ("--badge", str(signed.home("ana") / BADGE))):
        ran = signed.run("mei", "verify", str(place), *words, "--json", expect=1)
        told = {c["check"]: c["ok"] for c in ran.json["checks"]}
        assert (told["piece"], told["judged"]) == (True, False)
        assert ran.json["state"] == "not judged"


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b"not json",
        b'{"kind":"revealed-piece","format":2,"submission":"../x","attempt":1,"disclosure":""}',
    ],
)
def test_a_damaged_file_is_a_named_problem(signed: Town, outside: Path, text: bytes) -> None:
    place = outside / "piece.zip"
    place.write_bytes(write_parcel({REVEALED_FILE: text}))
    ran = signed.run("mei", "verify", str(place), expect=7)
    assert "revealed.json in it cannot be read" in " ".join(ran.out.split())


def test_what_is_meant_is_found_by_item_file_and_commitment(signed: Town, outside: Path) -> None:
    said = signed.run("ana", "reveal", "evidence/plan.md", *DRY).json
    assert said["item"] == "lesson-plan"
    assert said["written"] is False
    assert not (signed.home("ana") / said["file"]).exists()
    assert signed.run("ana", "reveal", "plan.md", *DRY).json == said
    assert signed.run("ana", "reveal", said["commitment"].lstrip("-")[:8], *DRY).json == said
    ran = signed.run("ana", "reveal", "song", "--of", f"ana/{WAIT}", expect=1)
    assert f"ana/{WAIT} has no piece 'song'; it has" in ran.said
    assert "evidence/plan.md" in ran.said


def test_a_text_and_evidence_to_the_same_item_are_told_apart(shown: Town, outside: Path) -> None:
    ran = shown.run("ana", "reveal", "lesson-plan", "--of", WAIT, expect=1)
    told = ran.said.partition("'lesson-plan' matches 2 pieces; say which one: ")[2].split()
    answer = told[0].rstrip(",")
    assert told[1] == "evidence/plan.md"
    names = {answer: ("piece/lesson-plan.md", TOLD), "plan.md": ("piece/plan.md", PLAN)}
    for piece, (name, text) in names.items():
        place = reveal(shown, piece, outside)
        assert unpack(place)[name].decode().strip() == text.strip()
        for words in ((), ("--badge", str(shown.home("ana") / BADGE))):
            found = shown.run("mei", "verify", str(place), *words, "--json").json
            assert {c["check"]: c["ok"] for c in found["checks"]}["judged"] is True
        place.unlink()


def test_of_several_submissions_the_one_with_that_piece_is_meant_or_one_is_named(signed: Town) -> None:
    said = signed.run("ana", "reveal", "lesson-plan", "--json", "--dry-run").json
    assert said["submission"] == f"ana/{WAIT}"
    ran = signed.run("ana", "reveal", "submission.yaml", "--dry-run", expect=2)
    assert "from which submission: exit-slip or wait-time?" in ran.said
    signed.run("ana", *ran.next.split()[1:])


def test_nothing_that_was_not_judged_is_revealed(sent: Town) -> None:
    ran = sent.run("ana", "reveal", "lesson-plan", expect=1)
    assert "none of your work has been assessed yet" in ran.said


def test_a_file_of_something_else_is_never_replaced(signed: Town, outside: Path) -> None:
    place = outside / "piece.zip"
    place.write_bytes(b"mine")
    signed.run("ana", "reveal", "lesson-plan", "--of", WAIT, "--out", str(place), expect=1)
    assert place.read_bytes() == b"mine"


def test_a_badge_is_named_only_beside_a_piece(signed: Town) -> None:
    signed.run("mei", "sync")
    badge = str(signed.home("ana") / BADGE)
    ran = signed.run("mei", "verify", badge, "--badge", badge, expect=1)
    assert "is not a piece of a submission" in ran.said


def test_evidence_may_be_called_as_the_record_in_the_file_is() -> None:
    piece = RevealedPiece(format=2, submission=f"ana/{WAIT}", attempt=1, disclosure="WyJ", file=REVEALED_FILE)
    assert read_revealed(io.BytesIO(write_revealed(piece, b"{}"))) == (piece, b"{}")
