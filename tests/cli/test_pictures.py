"""Pictures on the site and in people's hands: drawn or the programme's own, each with its badge inside."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import png
import pytest

from tests.cli.town import SLIP, WAIT, Town, digests

BADGE = f"badges/ana/{WAIT}/1"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
OWN = f'{HEAD}<circle cx="4" cy="4" r="4" fill="#123456"/></svg>'


def a_png() -> bytes:
    out = io.BytesIO()
    png.Writer(64, 64, greyscale=True).write(out, [[7] * 64] * 64)
    return out.getvalue()


def build(town: Town, person: str = "rosa", name: str = "pages") -> Path:
    """A fresh set of pages."""
    out = town.place / name
    town.run(person, "build", "--out", str(out))
    return out


def beside(town: Town, name: str, data: bytes, credential: str = WAIT) -> None:
    """Rosa puts a picture beside a definition."""
    (town.home("rosa") / "credentials" / credential / name).write_bytes(data)


@pytest.fixture
def signed(sent: Town) -> Town:
    """Ana's Wait Time was awarded with a signature."""
    sent.run("rosa", "key", "new")
    sent.assess("ana")
    sent.decide("ana", WAIT, "award")
    return sent


def test_a_picture_alone_can_be_checked(signed: Town, tmp_path: Path) -> None:
    site = build(signed)
    issuer = json.loads((site / BADGE / "badge.json").read_bytes())["issuer"]["id"]
    for name in ("badge.svg", "badge.png"):
        taken = tmp_path / name
        taken.write_bytes((site / BADGE / name).read_bytes())
        ran = signed.run("ana", "verify", str(taken), "--issuer", issuer, at=tmp_path)
        assert ran.out.splitlines()[-1] == "Valid"
        assert (site / "credentials" / WAIT / name).read_bytes() != taken.read_bytes()
    page = (site / BADGE / "index.html").read_text("utf-8")
    for name in ("badge.json", "badge.svg", "badge.png"):
        assert f'href="{name}" download' in page
    card = (site / "credentials" / "index.html").read_text("utf-8")
    assert f'src="{WAIT}/badge.svg"' in card
    changed = bytearray((site / BADGE / "badge.svg").read_bytes().replace(b"Wait Time", b"Wait Tome"))
    (tmp_path / "badge.svg").write_bytes(bytes(changed))
    assert "Not valid" in signed.run("ana", "verify", str(tmp_path / "badge.svg"), expect=1).out


def test_pictures_are_the_same_bytes_in_each_build_and_need_no_key(signed: Town) -> None:
    first = digests(build(signed))
    for key in Path(os.environ["HOME"]).rglob("*.pem"):
        key.unlink()
    assert digests(build(signed, "mei", "others")) == first
    pictures = [p for p in first if p.endswith((".svg", ".png")) and "/" in p]
    assert len(pictures) == 8, "three micro-credentials and one badge"
    assert len({first[p] for p in pictures}) == 8


def test_a_programmes_own_pictures_are_used(signed: Town) -> None:
    before = digests(build(signed))
    beside(signed, "badge.svg", OWN.encode())
    beside(signed, "badge.png", a_png())
    assert "No problems found" in signed.run("rosa", "lint").out
    signed.run("rosa", "save", "--programme")
    site = build(signed)
    after = digests(site)
    changed = {p for p in after if after[p] != before.get(p) and not p.startswith(".")}
    folders = (f"credentials/{WAIT}", BADGE)
    assert changed == {f"{folder}/badge.{kind}" for folder in folders for kind in ("svg", "png")}
    assert b"#123456" in (site / f"credentials/{WAIT}/badge.svg").read_bytes()
    assert b"#123456" in (site / BADGE / "badge.svg").read_bytes()
    for name in ("badge.svg", "badge.png"):
        assert "Valid" in signed.run("rosa", "verify", str(site / BADGE / name)).out


def test_a_png_alone_stands_in_the_svg_too(town: Town) -> None:
    beside(town, "badge.png", a_png(), SLIP)
    assert "badge." not in town.run("rosa", "lint").said
    town.run("rosa", "save", "--programme")
    assert b"data:image/png" in (build(town) / f"credentials/{SLIP}/badge.svg").read_bytes()


def test_an_svg_alone_is_used_and_the_missing_png_is_said(town: Town) -> None:
    beside(town, "badge.svg", OWN.encode(), SLIP)
    said = town.run("rosa", "lint")
    assert f"credentials/{SLIP}/badge.svg: warning: there is no badge.png" in said.said
    town.run("rosa", "save", "--programme")
    site = build(town)
    assert b"#123456" in (site / f"credentials/{SLIP}/badge.svg").read_bytes()
    width, _, _, _ = png.Reader(bytes=(site / f"credentials/{SLIP}/badge.png").read_bytes()).read()
    assert width == 512


BAD = {
    "script": (
        OWN.replace("<circle", "\n<script>alert(1)</script><circle").encode(),
        "badge.svg",
        ":2: error: <script>",
    ),
    "large": (OWN.encode() + b" " * 200_000, "badge.svg", "kB, more than"),
    "empty": (b"", "badge.svg", "empty"),
    "not a PNG": (b"GIF89a", "badge.png", "not a PNG"),
}


@pytest.mark.parametrize(("data", "name", "said"), BAD.values(), ids=BAD)
def test_a_picture_that_is_not_taken_is_refused_and_never_published(
    town: Town, data: bytes, name: str, said: str
) -> None:
    beside(town, name, data, SLIP)
    ran = town.run("rosa", "lint", expect=1)
    assert f"credentials/{SLIP}/{name}" in ran.said and said in ran.said
    assert "what you edited has errors" in town.run("rosa", "save", "--programme", expect=1).err


def test_one_that_came_past_the_check_is_named_and_the_drawing_stands(town: Town) -> None:
    from tests.cli.court import Forgery, send_forgery

    beside(town, "badge.svg", OWN.encode(), SLIP)
    drawn = build(town) / f"credentials/{SLIP}/badge.svg"
    before = drawn.read_bytes()
    path = f"credentials/{SLIP}/badge.svg"
    bad = OWN.replace("<circle", "<script>alert(1)</script><circle").encode()
    forged = Forgery(
        by="rosa", ref="refs/heads/main", parent="HEAD", files={path: bad}, text="Edit", key=None
    )
    send_forgery(town, forged)
    ran = town.run("mei", "build", "--out", str(town.place / "pages"))
    assert path in ran.err and "<script>" in ran.err
    assert drawn.read_bytes() == before
