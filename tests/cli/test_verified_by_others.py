"""Other people's verifiers, on what a program published: files and pictures, before and after a reissue.

The program rotates its key and moves its pages; its did:web has a path at first, and then none. What kinds of
badges there are, and each trick, is `badges/test_second_opinion`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.badges import others
from tests.badges.tamper import one_leaf_each, tampered
from tests.cli.listed import built
from tests.cli.town import SITE, SLIP, WAIT, Town, set_site

pytestmark = [pytest.mark.slow, pytest.mark.verifiers]
MOVED = "https://badges.lakeside.example"
DIDS = {SITE: "did:web:badges.example.org:lakeside", MOVED: "did:web:badges.lakeside.example"}
NAMESPACE = "{https://purl.imsglobal.org/ob/v3p0}credential"


def published(pages: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every badge of a site: its file, and what others read in its two pictures."""
    for file in sorted(pages.glob("badges/**/badge.json")):
        folder = file.parent
        with Image.open(folder / "badge.png") as png:
            inside = str(png.text["openbadgecredential"])  # type: ignore[attr-defined]
        (element,) = ElementTree.parse(folder / "badge.svg").getroot().iter(NAMESPACE)  # noqa: S314
        texts = {"json": file.read_text("utf-8"), "png": inside, "svg": element.text or ""}
        for kind, text in texts.items():
            yield f"{folder.relative_to(pages)} {kind}", json.loads(text)


def take_documents(pages: Path, site: str) -> dict[str, Any]:
    """What a site answers to whoever verifies: the issuer's keys, and its lists by their addresses."""
    keys = pages / ("did.json" if site == SITE else ".well-known/did.json")
    lists = [json.loads(file.read_text("utf-8")) for file in (pages / "status").glob("*.json")]
    return {DIDS[site]: json.loads(keys.read_text("utf-8")), **{one["id"]: one for one in lists}}


def library_takes(badge: dict[str, Any], documents: dict[str, Any]) -> bool:
    """What `openbadgeslib`'s verifier says; it leaves the list's own proof to the other one."""
    from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError

    addresses = {f"{SITE}/did.json": DIDS[SITE], f"{MOVED}/.well-known/did.json": DIDS[MOVED]}

    def download(url: str) -> bytes:
        return json.dumps(documents[addresses.get(url, url)]).encode()

    try:
        OB3LdpVerifier().verify(
            json.dumps(badge).encode(), check_status=True, verify_status_list=False, download=download
        )
    except OB3VerificationError:
        return False
    return True


def hold(pages: Path, documents: dict[str, Any], issuer: str, newest: str) -> dict[str, dict[str, Any]]:
    """Hold a site's badges to both verifiers: the newest are valid, the others revoked. The newest ones."""
    cases = dict(published(pages))
    answers = others.ask(cases, documents)
    last = {name: case for name, case in cases.items() if name.split()[0].endswith(f"/{newest}")}
    assert {name.split()[0].split("/")[2] for name in last} == {WAIT, SLIP}
    assert {name.split()[1] for name in last} == {"json", "png", "svg"}
    assert {case["issuer"]["id"] for case in last.values()} == {issuer}
    assert {n: a["why"] for n, a in answers.items() if not a["verified"]} == {}
    assert {n: a["status"] for n, a in answers.items() if a["status"] != [n not in last]} == {}
    # The library reads this computer's clock, which may be past what holds for a year only.
    lasting = {name: case for name, case in cases.items() if "validUntil" not in case}
    assert {
        n for n, case in lasting.items() if library_takes(case, documents)
    } == last.keys() & lasting.keys()
    return last


def test_each_published_badge_holds_before_and_after_it_was_reissued(signed: Town) -> None:
    pages = built(signed)
    hold(pages, take_documents(pages, SITE), DIDS[SITE], "1")
    signed.run("rosa", "key", "rotate", "--yes", wait=timedelta(days=10))
    signed.run("rosa", "reissue", "--all", "--reason", "A new key.")
    pages = built(signed)
    first = take_documents(pages, SITE)
    assert len(first[DIDS[SITE]]["verificationMethod"]) == 2
    with_path = hold(pages, first, DIDS[SITE], "1-2")
    set_site(signed, MOVED)
    signed.run("rosa", "reissue", "--all", "--reason", "A new address.")
    pages = built(signed)
    documents = {**first, **take_documents(pages, MOVED)}
    without_path = hold(pages, documents, DIDS[MOVED], "1-3")
    copies = {
        f"{name}: {trick}": case
        for name, badge in (*with_path.items(), *without_path.items())
        if name.endswith(" json")
        for trick, case in {**one_leaf_each(badge), **tampered(badge)}.items()
        if not trick.startswith("proof.1.")  # a proof of a kind that neither of them knows
    }
    assert len(copies) > 200
    assert [name for name, answer in others.ask(copies, documents).items() if answer["verified"]] == []
    assert [name for name, case in copies.items() if library_takes(case, documents)] == []
