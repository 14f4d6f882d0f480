"""Badges of stacks: given with the award that completes one, or by `mcred stacks --award`."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcred.badges.status_list import read_bit
from mcred.domain.credential import Stack
from mcred.domain.ids import CredentialId, CreditHours, PersonId, StackId, Version
from mcred.formats.encode import encode
from tests.cli.conftest import Make
from tests.cli.court import Forgery, desk_of, on_main, send_forgery, set_rules
from tests.cli.town import SLIP, WAIT, Town, digests, git, set_site
from tests.open_badges import open_badge_schema

PAIR = StackId("pair")
BADGE = "portfolios/ana/stacks/pair/1/badge.json"
PAGE = "badges/ana/stacks/pair/1"


def add_stack(
    town: Town, *credentials: str, need: int | None = None, name: StackId = PAIR, credits: str = ""
) -> None:
    """Rosa adds a stack."""
    stack = Stack(
        format=2,
        id=name,
        version=Version("1.0.0"),
        title="Asking Well",
        topics=("Questioning",),
        credits=CreditHours(Decimal(credits)) if credits else None,
        text="Two habits.",
        credentials=tuple(CredentialId(c) for c in credentials),
        need=need,
        for_recognizers="The holder asks well.",
    )
    path = town.home("rosa") / "credentials" / "stacks" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode(stack))
    town.run("rosa", "sync")
    town.run("rosa", "save", "--programme")


def put(town: Town, files: dict[str, bytes]) -> None:
    """Files on the main line, as an issuer's command would leave them."""
    git(town.home("rosa"), "fetch", "--quiet", "origin")
    forged = Forgery(
        by="rosa", ref="refs/heads/main", parent="refs/forger/main", files=files, text="Put", key=None
    )
    send_forgery(town, forged)


def revoke(town: Town, credential: str = WAIT) -> None:
    """Ana's award of a micro-credential does not hold any more."""
    town.run("rosa", "revoke", f"ana/{credential}", "--reason", "Copied.", "--yes")


def revoke_stack(town: Town) -> None:
    """Ana's badge of the stack does not hold any more."""
    town.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")


@pytest.fixture(scope="session")
def first_half(make_once: Make, first_earned: Town) -> Town:
    """Ana has one of the two that the stack needs; awards are signed."""

    def build(place: Path) -> Town:
        town = first_earned.copy(place)
        add_stack(town, WAIT, SLIP)
        return town

    return make_once("half", build)


@pytest.fixture
def half(first_half: Town, tmp_path: Path) -> Town:
    """One where Ana needs one more."""
    return first_half.copy(tmp_path / "town")


def finish(town: Town) -> Any:
    """Ana earns the second one."""
    town.submit("ana", SLIP)
    town.assess("ana", SLIP)
    return town.decide("ana", SLIP)


def stack_badge(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(on_main(town, BADGE))
    return found


def test_the_award_that_completes_a_stack_gives_its_badge_in_the_same_step(half: Town) -> None:
    shown = half.run("ana", "stacks")
    assert "Asking Well" in shown.out and "1 of 2" in shown.out and SLIP in shown.out
    assert shown.next == f"mcred show {SLIP}"
    half.submit("ana", SLIP)
    half.assess("ana", SLIP)
    before = git(half.remote, "rev-parse", "main").strip()
    said = half.decide("ana", SLIP)
    assert "ana also completed Asking Well and has its badge." in said.out
    assert git(half.remote, "rev-list", "--first-parent", "--count", f"{before}..main").strip() == "1"
    paths = git(half.remote, "diff", "--name-only", before, "main").split()
    assert {BADGE, f"portfolios/ana/{SLIP}/attempts/1/badge.json"} <= set(paths)
    half.run("ana", "sync")
    assert "You completed Asking Well and have its badge" in half.run("ana", "status").out
    row = half.run("ana", "stacks", "--json").json["stacks"][0]
    assert (row["complete"], row["badge"], row["missing"]) == (True, 1, [])


def test_the_badge_names_the_contained_badges_by_id_and_digest(half: Town) -> None:
    half.run("rosa", "key", "new")
    finish(half)
    badge = stack_badge(half)
    contained = [on_main(half, f"portfolios/ana/{c}/attempts/1/badge.json") for c in (WAIT, SLIP)]
    evidence = badge["evidence"]
    assert [e["id"] for e in evidence] == [json.loads(c)["id"] for c in contained]
    assert [e["description"] for e in evidence] == [f"SHA-256 {sha256(c).hexdigest()}" for c in contained]
    assert [e["name"] for e in evidence] == ["Wait Time", "Exit Slip"]
    achievement = badge["credentialSubject"]["achievement"]
    assert achievement["achievementType"] == "ext:MicroCredentialStack"
    assert "Earned with all of 2" in achievement["criteria"]["narrative"]
    assert achievement["id"].endswith(
        git(half.remote, "rev-parse", "main:credentials/stacks/pair.yaml").strip()
    )
    jsonschema.Draft201909Validator(open_badge_schema()).validate(badge)
    half.run("rosa", "build", "--out", str(half.place / "pages"))
    for name in ("badge.json", "badge.svg", "badge.png"):
        place = half.place / "pages" / PAGE / name
        assert half.run("rosa", "verify", str(place), "--identity", "ana").out.splitlines()[-1] == "Valid"


def test_pages_show_it(half: Town) -> None:
    finish(half)
    out = half.place / "pages"
    half.run("rosa", "build", "--out", str(out))
    first = digests(out)
    page = (out / PAGE / "index.html").read_text("utf-8")
    assert (
        f'href="../../../{WAIT}/1/index.html"><bdi>Wait Time</bdi></a>' in page
        and "The holder asks well." in page
    )
    assert "1 stack completed" in (out / "portfolios/ana/index.html").read_text("utf-8")
    assert "Ana Reyes" in (out / "stacks/pair/index.html").read_text("utf-8")
    half.run("mei", "build", "--out", str(half.place / "again"))
    assert digests(half.place / "again") == first
    revoke_stack(half)
    half.run("rosa", "build", "--out", str(out))
    assert "<strong>Revoked.</strong>" in (out / PAGE / "index.html").read_text("utf-8")
    assert "Ana Reyes" not in (out / "stacks/pair/index.html").read_text("utf-8")
    assert "stack completed" not in (out / "portfolios/ana/index.html").read_text("utf-8")


def test_a_private_person_has_no_page_and_no_address_in_the_badge(half: Town) -> None:
    half.run("rosa", "key", "new")
    half.run("ana", "setup", "--publish", "private")
    half.run("rosa", "person", "add", "ana")
    finish(half)
    text = on_main(half, BADGE).decode()
    assert "Ana" not in text and "/ana" not in text
    half.run("rosa", "build", "--out", str(half.place / "pages"))
    assert not (half.place / "pages" / "badges").exists()


def test_what_is_due_is_given_once_by_an_issuer(earned: Town) -> None:
    add_stack(earned, WAIT)
    due = earned.run("rosa", "stacks")
    assert "ana has completed Asking Well" in due.out and due.next == "mcred stacks --award"
    before = earned.refs()
    would = earned.run("rosa", "stacks", "--award", "--dry-run")
    assert "Would award 1 badge" in would.out and earned.refs() == before
    assert "only issuers" in earned.run("ana", "stacks", "--award", expect=5).err
    assert "ana now has the Asking Well" in earned.run("rosa", "stacks", "--award", "--yes").out
    after = earned.refs()
    assert "has been awarded" in earned.run("rosa", "stacks", "--award", "--yes").out
    assert earned.refs() == after
    assert earned.run("rosa", "stacks", "--json").json["due"] == []


def test_a_badge_whose_rule_is_no_longer_met_is_named_with_what_to_type(half: Town) -> None:
    finish(half)
    revoke(half)
    said = half.run("rosa", "stacks")
    assert "ana no longer has enough micro-credentials for the Asking Well" in said.out
    assert said.next == 'mcred revoke ana/stacks/pair --reason "…"'
    half.run("ana", "sync")
    assert "no longer earned" in half.run("ana", "stacks").out
    (row,) = half.run("rosa", "stacks", "--json").json["no_longer_met"]
    assert (row["person"], row["held"], row["next"]) == ("ana", [SLIP], said.next)


def test_a_revoked_badge_is_not_given_again_for_what_it_was_given_for(half: Town) -> None:
    finish(half)
    revoke_stack(half)
    assert "has been awarded" in half.run("rosa", "stacks", "--award", "--yes").out
    assert desk_of(half).catalog.stacked[(PersonId("ana"), PAIR)].live is None


def test_k_of_n_counts_and_a_second_stack_is_given_too(earned: Town) -> None:
    add_stack(earned, WAIT, SLIP, "old-way", need=2)
    add_stack(earned, SLIP, name=StackId("one"))
    said = finish(earned)
    assert said.out.count("has its badge") == 2
    assert len(stack_badge(earned)["evidence"]) == 2


def test_an_ended_badge_does_not_count_and_the_first_end_is_the_stacks(earned: Town) -> None:
    rosa = earned.home("rosa")
    for credential in (WAIT, SLIP):
        path = rosa / "credentials" / credential / "credential.yaml"
        text = path.read_text("utf-8").replace("version: 1.", "version: 2.")
        months = {WAIT: 12, SLIP: 6}[credential]
        path.write_text(f"{text}validity:\n  months: {months}\n", "utf-8")
    earned.run("rosa", "save", "--programme")
    add_stack(earned, WAIT, SLIP)
    earned.award("ben", WAIT)
    earned.award("ben", SLIP)
    document = json.loads(on_main(earned, "portfolios/ben/stacks/pair/1/badge.json"))
    ends = json.loads(on_main(earned, f"portfolios/ben/{SLIP}/attempts/1/badge.json"))["validUntil"]
    assert document["validUntil"] == ends
    assert earned.run("ben", "stacks", wait=timedelta(days=250)).out.count("1 of 2") == 1


def test_an_issuer_gives_no_badge_to_themselves(earned: Town) -> None:
    add_stack(earned, WAIT)
    set_rules(earned, "issuers: [rosa]", "issuers: [rosa, ana]")
    earned.run("ana", "sync")
    said = earned.run("ana", "stacks", "--award", "--yes")
    assert "another issuer has to award its badge" in said.err and "has been awarded" in said.out


def test_a_document_that_is_none_is_named_and_stops_no_one(half: Town) -> None:
    put(half, {"portfolios/ben/stacks/pair/1/badge.json": b"[]"})
    ran = half.run("rosa", "build", "--out", str(half.place / "pages"))
    assert "portfolios/ben/stacks/pair/1/badge.json" in ran.err and "1 badge has a page" in ran.out
    assert "ana also completed" in finish(half).out


def test_revoking_a_stacks_badge_is_final_and_the_list_says_so(half: Town) -> None:
    set_site(half, "https://badges.example.org")
    half.run("rosa", "key", "new")
    finish(half)
    award = json.loads(on_main(half, f"portfolios/ana/{SLIP}/attempts/1/badge.json"))
    badge = stack_badge(half)
    place, other = badge["credentialStatus"], award["credentialStatus"]
    assert place["statusListCredential"] == other["statusListCredential"]
    assert place["statusListIndex"] != other["statusListIndex"]
    assert badge["credentialSubject"]["achievement"]["image"]["id"].endswith("/stacks/pair/badge.png")
    before = half.refs()
    assert "Would revoke" in half.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "-n").out
    assert half.refs() == before
    assert "only issuers" in half.run("ben", "revoke", "ana/stacks/pair", "--reason", "x", expect=5).err
    assert "did you mean" in half.run("rosa", "revoke", "ana/stacks/pari", "--reason", "x", expect=1).err
    revoke_stack(half)
    listed = json.loads(on_main(half, "credentials/status/1.json"))
    assert read_bit(listed, int(place["statusListIndex"]))
    assert not read_bit(listed, int(other["statusListIndex"]))
    after = half.refs()
    assert "is revoked" in half.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes").out
    assert half.refs() == after
