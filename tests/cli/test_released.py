"""What badge and pages say of an earner's work: only what was released, with the digest of the true bytes."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.court import on_main
from tests.cli.town import OVERVIEW, PLAN, TALK, WAIT, Town, scoring

SECRETS = ("Quiet Talk Zq", "About the talk Zq", "Zqanswer", "Zqfeedback", "Zqreason", "Zqsummary", "09:02")
"""Words of what was not released, and of what is between people."""
ADDRESS = "https://video.example.org/zq"


def award(town: Town, *, publish: str = "public") -> dict[str, Any]:
    """Ana hands in a plan and a link, both released, and a talk that is not; the badge she gets."""
    town.run("rosa", "key", "new")
    town.run("ana", "setup", "--publish", publish)
    town.run("rosa", "person", "add", "ana")
    folder, desk = town.start("ana"), town.desk("ana")
    (folder / "1-overview.md").write_text(OVERVIEW + "Zqanswer\n", "utf-8")
    (desk / "plan.md").write_text(PLAN, "utf-8")
    (desk / "talk.md").write_text(TALK, "utf-8")
    (desk / "film.mp4").write_bytes(b"film")
    shown = ("--about", "The plan’s story")
    town.run("ana", "add", str(desk / "plan.md"), "--for", "lesson-plan", "--title", "Plan A", *shown)
    copy = ("--copy", str(desk / "film.mp4"))
    town.run("ana", "add", ADDRESS, "--for", "lesson-plan", "--title", "Film", *copy)
    hidden = ("--title", "Quiet Talk Zq", "--about", "About the talk Zq")
    town.run("ana", "add", str(desk / "talk.md"), "--for", "class-video", "--type", "observation", *hidden)
    town.run("ana", "submit", "--attest", "all")
    for person in town.panel("ana"):
        file = town.desk(person) / "scores.yaml"
        file.write_bytes(scoring(WAIT, {}).replace(b"Read with pleasure.", b"Zqsummary"))
        town.run(person, "assess", f"ana/{WAIT}", "--from", str(file), "--yes")
    town.decide("ana", WAIT, "award", "--feedback", "Zqfeedback", "--reason", "Zqreason")
    town.run("ana", "sync")
    town.run("ana", "publish-piece", "Plan A", "Film", "--yes")
    found: dict[str, Any] = json.loads(on_main(town, f"portfolios/ana/{WAIT}/attempts/1/badge.json"))
    return found


def every_byte(town: Town) -> bytes:
    """All names and bytes of the pages."""
    out = town.place / "pages"
    town.run("rosa", "build", "--out", str(out))
    files = [p for p in out.rglob("*") if p.is_file()]
    return b"\n".join(
        [*(p.relative_to(out).as_posix().encode() for p in files), *(p.read_bytes() for p in files)]
    )


@pytest.fixture
def public(town: Town) -> tuple[Town, dict[str, Any]]:
    """Ana shows her badges."""
    return town, award(town)


def test_every_piece_is_in_the_badge_by_commitment_whatever_is_released(
    public: tuple[Town, dict[str, Any]],
) -> None:
    town, badge = public
    request = json.loads(on_main(town, f"portfolios/ana/{WAIT}/attempts/1/request.json"))
    named = [e["id"] for e in badge["evidence"] if e["genre"] not in ("submission record", "decision record")]
    assert named == [f"urn:mcred:piece:{piece['commitment']}" for piece in request["pieces"]]
    text = json.dumps(badge, ensure_ascii=False)
    assert not any(word in text for word in ("Plan A", "The plan’s story", ADDRESS, "digestSRI"))


def test_the_page_has_the_released_pieces(public: tuple[Town, dict[str, Any]]) -> None:
    town, _ = public
    everything = every_byte(town).decode("utf-8", "replace")
    assert "Plan A" in everything and "The plan’s story" in everything and ADDRESS in everything
    assert sha256(PLAN.encode()).hexdigest() in everything


def test_nothing_that_was_not_released_is_in_any_byte(public: tuple[Town, dict[str, Any]]) -> None:
    town, badge = public
    everything = every_byte(town) + json.dumps(badge, ensure_ascii=False).encode()
    talk = sha256(TALK.encode())
    hidden = [*SECRETS, talk.hexdigest(), base64.b64encode(talk.digest()).decode(), "Mei Lin", "Rosa Diaz"]
    assert [word for word in hidden if word.encode() in everything] == []
    assert b"Plan A" in everything and ADDRESS.encode() in everything


MANY = ("evidence", "credentialSchema", "type", "@context")
MANY_OF_SUBJECT = ("identifier", "result", "type")
MANY_OF_ACHIEVEMENT = ("tag", "resultDescription", "type")


def test_what_may_be_many_is_a_list(public: tuple[Town, dict[str, Any]]) -> None:
    _, badge = public
    subject = badge["credentialSubject"]
    for owner, names in (
        (badge, MANY),
        (subject, MANY_OF_SUBJECT),
        (subject["achievement"], MANY_OF_ACHIEVEMENT),
        (subject["achievement"]["resultDescription"][0], ("rubricCriterionLevel", "type")),
        *((piece, ("type",)) for piece in badge["evidence"]),
    ):
        assert [name for name in names if not isinstance(owner[name], list)] == []


def test_who_judged_is_counted_and_not_named(public: tuple[Town, dict[str, Any]]) -> None:
    town, badge = public
    assert badge["credentialSubject"]["source"]["name"] == "1 expert"
    for person in ("ben", "cleo"):
        town.award(person)
    town.award("dev")
    peers = json.loads(on_main(town, f"portfolios/dev/{WAIT}/attempts/1/badge.json"))["credentialSubject"]
    assert peers["source"]["name"] == "2 teachers who earned it before"
    assert "Assessed by 2 teachers who earned it before" in peers["narrative"]
    text = json.dumps(peers)
    assert not any(name in text for name in ("Ana Reyes", "Ben Okafor", "Cleo Martin", '"ana"', '"ben"'))


@pytest.mark.parametrize(
    ("publish", "named", "paged"),
    [("public", True, True), ("unlisted", False, True), ("private", False, False)],
)
def test_a_badge_names_its_earner_as_they_chose(town: Town, publish: str, named: bool, paged: bool) -> None:
    badge = award(town, publish=publish)
    text = json.dumps(badge, ensure_ascii=False)
    identifiers = badge["credentialSubject"]["identifier"]
    assert ("Ana Reyes" in text) is named
    assert [i["identityType"] for i in identifiers if not i["hashed"]] == (["name"] if named else [])
    hashed = [i for i in identifiers if i["hashed"]]
    assert hashed and all(i["identityHash"].startswith("sha256$") and i["salt"] for i in hashed)
    assert badge["id"].startswith("urn:uuid:"), "the pages have no address"
    everything = every_byte(town)
    assert (f"badges/ana/{WAIT}".encode() in everything) is paged
    assert (b"Ana Reyes" in everything) is paged
    lists = [p for p in (town.place / "pages").rglob("index.html") if "ana" not in p.parts]
    assert any("Ana Reyes" in p.read_text("utf-8") for p in lists) is named
    place = town.place / "badge.json"
    place.write_text(text, "utf-8")
    assert town.run("rosa", "verify", str(place), "--identity", "ana").out.splitlines()[-1] == "Valid"


def test_with_an_address_only_the_private_stay_unnamed_in_the_id(town: Town, tmp_path: Path) -> None:
    from tests.cli.town import set_site

    set_site(town, "https://badges.example.org")
    badge = award(town, publish="private")
    assert badge["id"].startswith("urn:uuid:")
    assert "ana" not in badge["id"] and "/ana/" not in json.dumps(badge)
