"""Badges that a person earned elsewhere: `mcred add-badge`, kept sealed, shown where they say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from mcred.badges.bake import prepare
from mcred.badges.default_image import write_svg
from tests.audit.second_checker import check_again
from tests.badges.elsewhere import (
    ART,
    DOCUMENTS,
    EARNER,
    TOKENS,
    credential,
    did_of,
    ed25519,
    pem_of,
    signing_key,
)
from tests.cli.test_guard import guarded
from tests.cli.test_shown import on_ref, site, text_of
from tests.cli.town import SLIP, WAIT, Town, git

OTHER = "Other Town College"
HOLDER = "did:example:learner"


def a_badge(town: Town, name: str = "reading.json", how: str = "eddsa-jcs-2022") -> Path:
    """The badge of another issuer, in Ana's folder."""
    file = town.desk("ana") / name
    file.write_text(json.dumps(DOCUMENTS[how]()) if how in DOCUMENTS else TOKENS[how](), "utf-8")
    return file


@pytest.fixture
def kept(earned: Town) -> Town:
    """Ana earned Wait Time, and the remote checks what arrives."""
    return guarded(earned)


def listed(town: Town, who: str = "ana") -> list[dict[str, Any]]:
    (one,) = town.run(who, "transcript", "ana", "--json").json["people"]
    found: list[dict[str, Any]] = one["elsewhere"]
    return found


def test_it_is_kept_for_its_earner_alone_and_sent_sealed(kept: Town) -> None:
    ran = kept.run("ana", "add-badge", str(a_badge(kept)))
    assert "Added “Reading Aloud” as reading-aloud" in ran.out and "No one else can read it." in ran.out
    (row,) = listed(kept)
    assert (row["title"], row["earned"], row["verdict"]) == ("Reading Aloud", "2025-03-01", "cannot tell")
    assert row["reason"] == "intact, but the issuer is unknown to you"
    tip = git(kept.remote, "rev-parse", "refs/heads/work/ana/elsewhere/draft").strip()
    names = git(kept.remote, "ls-tree", "-r", "--name-only", tip).split()
    assert names and all(name.endswith(".age") for name in names)
    assert "elsewhere" not in git(kept.remote, "ls-tree", "-r", "--name-only", "main")
    kept.run("rosa", "sync")
    assert listed(kept, "rosa") == []
    assert OTHER not in text_of(site(kept))


def test_everyday_commands_do_not_take_it_for_a_draft(kept: Town) -> None:
    kept.run("ana", "add-badge", str(a_badge(kept)))
    for words in (("status",), ("save",), ("sync",), ("check", WAIT), ("doctor",)):
        assert "elsewhere" not in kept.run("ana", *words, expect=None).said, words
    assert kept.run("rosa", "audit", expect=None).code == 0
    assert (kept.folder("ana").parent / "elsewhere" / "reading-aloud" / "badge.json").is_file()


def test_again_changes_nothing_and_another_badge_needs_another_name(kept: Town) -> None:
    file = str(a_badge(kept))
    kept.run("ana", "add-badge", file)
    before = git(kept.remote, "rev-parse", "refs/heads/work/ana/elsewhere/draft")
    assert kept.run("ana", "add-badge", file, "--json").json["status"] == "not needed"
    assert git(kept.remote, "rev-parse", "refs/heads/work/ana/elsewhere/draft") == before
    other = str(a_badge(kept, "other.json", "ecdsa-jcs-2019"))
    ran = kept.run("ana", "add-badge", other, expect=1)
    assert "another badge with the name reading-aloud" in ran.err and "--name reading-aloud-2" in ran.next
    kept.run("ana", "add-badge", other, "--name", "second")
    assert [row["name"] for row in listed(kept)] == ["reading-aloud", "second"]


def test_a_picture_and_a_token_are_kept_as_they_came(kept: Town) -> None:
    picture = kept.desk("ana") / "badge.svg"
    picture.write_bytes(prepare(write_svg(ART)).fill(json.dumps(DOCUMENTS["eddsa-jcs-2022"]()).encode()))
    kept.run("ana", "add-badge", str(picture))
    kept.run("ana", "add-badge", str(a_badge(kept, "b.jwt", "EdDSA")), "--name", "token")
    folder = kept.folder("ana").parent / "elsewhere"
    assert (folder / "reading-aloud" / "badge.svg").read_bytes() == picture.read_bytes()
    assert (folder / "token" / "badge.jwt").is_file()
    assert {row["verdict"] for row in listed(kept)} == {"cannot tell"}


def test_what_is_no_badge_or_not_valid_or_issued_here_is_refused(kept: Town) -> None:
    file = a_badge(kept)
    file.write_text(file.read_text("utf-8").replace("Read three", "Read four"), "utf-8")
    ran = kept.run("ana", "add-badge", str(file), expect=1)
    assert "not valid: its signature does not match" in ran.err and ran.next.startswith("mcred verify")
    ran = kept.run("ana", "add-badge", str(a_badge(kept)), "--identity", EARNER, expect=1)
    assert "issued to someone else" in ran.err
    file.write_text("{}", "utf-8")
    assert "there is no badge in it" in kept.run("ana", "add-badge", str(file), expect=1).err
    assert listed(kept) == []


def test_it_is_shown_when_its_earner_says_so_and_until_they_take_it_off(kept: Town) -> None:
    kept.run("ana", "add-badge", str(a_badge(kept)))
    assert (
        "as its issuer wrote it" in kept.run("ana", "add-badge", "reading-aloud", "--publish", "--yes").said
    )
    assert [p for p in on_ref(kept) if p.endswith(".json")] != ["shown.json"]
    kept.run("rosa", "sync")
    assert listed(kept, "rosa")[0]["issuer"].startswith(OTHER)
    pages = site(kept)
    page = pages["portfolios/ana/index.html"].decode()
    assert "Earner: <bdi>did:example:learner</bdi>" in page
    assert "Earned elsewhere" in page and OTHER in page and "issuer is unknown" in page
    assert "1 micro-credential earned" in page
    assert json.loads(pages["portfolios/ana/elsewhere/reading-aloud.json"]) == DOCUMENTS["eddsa-jcs-2022"]()
    kept.run("ana", "add-badge", "reading-aloud", "--private")
    kept.run("rosa", "sync")
    assert listed(kept, "rosa") == [] and len(listed(kept)) == 1
    assert OTHER not in text_of(site(kept))


def test_remove_takes_it_out_and_off_the_pages(kept: Town) -> None:
    kept.run("ana", "add-badge", str(a_badge(kept)), "--publish", "--yes")
    assert "from your page" in kept.run("ana", "remove", "reading-aloud", "--in", "elsewhere").out
    assert listed(kept) == [] and list(on_ref(kept)) == ["shown.json"]
    assert not (kept.folder("ana").parent / "elsewhere" / "reading-aloud" / "badge.json").exists()
    assert "no longer in your folder" in kept.run("ana", "remove", "reading-aloud", "--in", "elsewhere").out
    ran = kept.run("ana", "remove", "reading-badly", "--in", "elsewhere", expect=1)
    assert "no badge with the name" in ran.err


def test_unpublish_page_takes_it_off_too(kept: Town) -> None:
    kept.run("ana", "add-badge", str(a_badge(kept)), "--publish", "--yes")
    kept.run("ana", "unpublish", "--page")
    assert OTHER not in text_of(site(kept)) and list(on_ref(kept)) == ["shown.json"]


def equivalent(town: Town, achievement: str) -> None:
    """Make a badge count as the micro-credential that Slip requires first."""
    rules = town.home("rosa") / "mcred.yaml"
    said = f"equivalents:\n  - credential: {WAIT}\n    issuer: {did_of(ed25519())}\n"
    said = f"{said}    achievement: {achievement}\n"
    rules.write_text(f"{rules.read_text('utf-8')}{said}", "utf-8")
    definition = town.home("rosa") / "credentials" / SLIP / "credential.yaml"
    definition.write_text(f"{definition.read_text('utf-8')}prerequisites: [{WAIT}]\n", "utf-8")
    town.run("rosa", "save", "--programme")


def test_a_transcript_to_print_and_lint_name_it(town: Town) -> None:
    town.run("ana", "add-badge", str(a_badge(town)))
    sheet = town.desk("ana") / "t.html"
    assert "issued to" in town.run("ana", "transcript").out
    town.run("ana", "transcript", "--html", str(sheet))
    assert "<td><bdi>did:example:learner</bdi></td>" in sheet.read_text("utf-8")
    assert "Earned elsewhere" in sheet.read_text("utf-8") and OTHER in sheet.read_text("utf-8")
    rules = town.home("rosa") / "mcred.yaml"
    said = "equivalents: [{credential: nothing, issuer: Other Town, achievement: Reading}]\n"
    rules.write_text(f"{rules.read_text('utf-8')}{said}", "utf-8")
    found = town.run("rosa", "lint", expect=1).said
    assert (
        "'nothing', which is not a micro-credential" in found and "'Other Town', which is not an id" in found
    )


@pytest.mark.parametrize(
    ("achievement", "counts"),
    [("Reading Aloud", True), ("https://badges.other.example/a/1", True), ("Other", False)],
)
def test_an_equivalent_counts_where_it_is_required_first(town: Town, achievement: str, counts: bool) -> None:
    equivalent(town, achievement)
    town.run("ana", "sync")
    town.run("ana", "add-badge", str(a_badge(town)), "--identity", HOLDER)
    (row,) = listed(town)
    assert row["counts_as"] == ([WAIT] if counts else [])
    assert row["verdict"] == "valid"
    assert ("should be earned before" in town.run("ana", "start", SLIP).said) is not counts


def test_an_equivalent_counts_only_for_the_person_that_it_was_issued_to(town: Town) -> None:
    """Anyone can add a valid badge of someone else's; what they give as theirs has to be its holder."""
    equivalent(town, "Reading Aloud")
    town.run("ana", "sync")
    added = town.run("ana", "add-badge", str(a_badge(town)), "--json").json["badge"]
    assert (added["verdict"], added["counts_as"]) == ("valid", [])
    assert "should be earned before" in town.run("ana", "start", SLIP, "--dry-run").said
    ran = town.run("ana", "add-badge", "reading-aloud", "--identity", EARNER, expect=1)
    assert "issued to someone else" in ran.err and listed(town)[0]["counts_as"] == []
    town.run("ana", "add-badge", "reading-aloud", "--identity", HOLDER)
    assert listed(town)[0]["counts_as"] == [WAIT]
    said = town.folder("ana").parent / "elsewhere" / "reading-aloud" / "issued-to.txt"
    assert said.read_text("utf-8") == f"{HOLDER}\n"
    again = town.run("ana", "add-badge", "reading-aloud", "--identity", HOLDER, "--json")
    assert again.json["status"] == "not needed"
    town.run("ana", "remove", "reading-aloud", "--in", "elsewhere")
    assert not said.exists() and listed(town) == []


def test_both_checkers_read_rules_that_name_equivalents(earned: Town) -> None:
    rules = earned.home("rosa") / "mcred.yaml"
    said = f"{{credential: {WAIT}, issuer: '{did_of(ed25519())}', achievement: Reading}}"
    rules.write_text(f"{rules.read_text('utf-8')}equivalents: [{said}]\n", "utf-8")
    earned.run("rosa", "save", "--programme")
    earned.award("ben")
    ran = earned.run("rosa", "audit", "--json")
    assert len(ran.json["awards"]) == 2
    check_again(earned.home("rosa"), ran.code, ran.json)
    rules.write_text(rules.read_text("utf-8").replace("achievement: Reading", "achieved: Reading"), "utf-8")
    assert "achieved" in earned.run("rosa", "save", "--programme", expect=1).err


def test_the_id_of_their_folder_is_no_micro_credential(town: Town) -> None:
    folder = town.home("rosa") / "credentials" / "elsewhere"
    folder.mkdir()
    text = (folder.parent / SLIP / "credential.yaml").read_text("utf-8")
    (folder / "credential.yaml").write_text(text.replace(f"id: {SLIP}", "id: elsewhere"), "utf-8")
    assert "'elsewhere' is the name of a folder" in town.run("rosa", "lint", expect=1).said


def test_a_file_deleted_by_hand_is_still_kept_and_comes_back(kept: Town) -> None:
    kept.run("ana", "add-badge", str(a_badge(kept)))
    place = kept.folder("ana").parent / "elsewhere" / "reading-aloud" / "badge.json"
    data = place.read_bytes()
    place.unlink()
    assert [row["name"] for row in listed(kept)] == ["reading-aloud"]
    kept.run("ana", "add-badge", str(a_badge(kept)))
    kept.run("ana", "sync")
    assert place.read_bytes() == data
    assert [row["name"] for row in listed(kept)] == ["reading-aloud"]


@pytest.mark.parametrize(
    ("issuer", "is_offered"), [("did:example:7", True), ("did:a:7;curl$IFS-evil", False)]
)
def test_no_next_command_has_the_strange_id_of_an_issuer_in_it(
    town: Town, issuer: str, is_offered: bool
) -> None:
    head = {"jwk": signing_key(ed25519()).public_jwk()}
    file = town.desk("ana") / "b.jwt"
    file.write_text(
        jwt.encode(credential(issuer), pem_of(ed25519()), algorithm="EdDSA", headers=head), "utf-8"
    )
    ran = town.run("ana", "verify", str(file), expect=7)
    assert "intact" in ran.out
    assert ran.next.startswith(f"mcred trust add NAME {issuer} ") is is_offered
    assert ("trust add" in ran.next) is is_offered
