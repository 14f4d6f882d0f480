"""`verify` as a recognizer types it: badges from elsewhere, doctored ones, pictures, and no badges at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openbadgeslib.ob3 import resolve_did

from mcred.badges.default_image import draw_artwork, write_png, write_svg
from mcred.badges.keys import expand_did_key, make_issuer_key
from tests.badges.foreign import FOREIGN, foreign
from tests.badges.issuing import bake, with_one_proof
from tests.cli.conftest import Make
from tests.cli.court import on_main, set_rules
from tests.cli.test_key_cases import a_key
from tests.cli.town import WAIT, Town

AWARD = f"portfolios/ana/{WAIT}/attempts/1/badge.json"
Document = dict[str, Any]


@pytest.fixture(scope="session")
def first_signed(make_once: Make, first_sent: Town) -> Town:
    """Ana's Wait Time was awarded with a signature of a key that lies nowhere."""

    def build(place: Path) -> Town:
        town = first_sent.copy(place)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MCRED_ISSUER_KEY", a_key(1))
            town.run("rosa", "key", "new")
            town.assess("ana")
            town.decide("ana")
        return town

    return make_once("signed-elsewhere", build)


@pytest.fixture
def badge(first_signed: Town, tmp_path: Path) -> Path:
    """The award as a recognizer got it, in a folder of their own."""
    path = tmp_path / "outside" / "badge.json"
    path.parent.mkdir()
    path.write_bytes(on_main(first_signed, AWARD))
    return path


def verify(town: Town, badge: Path, *words: str, expect: int = 0) -> Document:
    """What machines are told of a badge, outside any programme, by someone who knows its issuer's key."""
    issuer = json.loads(on_main(town, AWARD))["issuer"]["id"]
    known = ("--issuer", issuer) if issuer.startswith("did:") else ()
    ran = town.run("eva", "verify", badge.name, *known, *words, "--json", at=badge.parent, expect=expect)
    assert ran.err == ""
    found: Document = ran.json
    return found


def failed(found: Document) -> list[str]:
    """The names of the checks that do not hold."""
    return [c["check"] for c in found["checks"] if c["ok"] is False]


def test_a_badge_alone_is_intact_and_each_check_has_its_line(first_signed: Town, badge: Path) -> None:
    """Nothing but the badge says whose key that is, so it is not simply valid."""
    ran = first_signed.run("eva", "verify", str(badge), at=badge.parent)
    lines = ran.out.splitlines()
    key = json.loads(badge.read_bytes())["issuer"]["id"]
    assert lines[0] == "Wait Time"
    assert lines[1] == "Held by: Ana Reyes" or lines[1].startswith("Held by: not named")
    assert lines[2] == f"Issued by: Lakeside Schools ({key}), not known to you"
    assert lines[3].split() == ["check", "holds", "what", "was", "found"]
    names = ("form", "members", "issuer", "coverage", "proof", "dates", "status")
    held = [line.split()[:2] for line in lines[4:] if line.startswith(names)]
    assert held == [[name, "cannot" if name == "issuer" else "yes"] for name in names]
    assert lines[-2] == "Cannot tell: intact, but the issuer is unknown to you"
    assert ran.next == f"mcred trust add NAME {key}   (once the issuer has confirmed that this is theirs)"
    said = first_signed.run("eva", "verify", str(badge), "--json", at=badge.parent).json
    assert (said["answer"], said["state"], said["issuer_known"]) == ("cannot tell", "whole", False)
    assert (said["title"], said["issuer"]) == ("Wait Time", f"Lakeside Schools ({key})")


def test_with_its_issuer_named_it_is_valid(first_signed: Town, badge: Path) -> None:
    key = json.loads(badge.read_bytes())["issuer"]["id"].removeprefix("did:key:")
    own = badge.parent
    (own / "key.txt").write_text(f"{key}\n", "utf-8")
    (own / "did.txt").write_text(f"did:key:{key}", "utf-16")
    (own / "did.json").write_text(json.dumps(expand_did_key(f"did:key:{key}")), "utf-8")
    (own / "key.pem").write_bytes(resolve_did(f"did:key:{key}"))
    (own / "private.pem").write_text(a_key(1), "ascii")
    for known in (key, f"did:key:{key}", "key.txt", "did.txt", "did.json", "key.pem", "private.pem"):
        ran = first_signed.run("eva", "verify", badge.name, "--issuer", known, at=own)
        assert ran.out.splitlines()[-1] == "Valid", known
        assert ran.out.splitlines()[2].endswith(", known to you")


def test_with_another_issuer_named_it_is_not(first_signed: Town, badge: Path) -> None:
    other = make_issuer_key(b"\7" * 32).multibase
    for known in (other, "did:web:other.example"):
        ran = first_signed.run("eva", "verify", badge.name, "--issuer", known, at=badge.parent, expect=7)
        assert "which is not the issuer you named" in " ".join(ran.out.split())
        assert ran.out.splitlines()[-1] == "Cannot tell: intact, but the issuer is unknown to you"


@pytest.mark.parametrize(
    "text", ["rosa", "did:ion:x", "http://x.example", "badge.json", "z6Mk", "x" * 5000, "."]
)
def test_what_names_no_issuer_is_said(first_signed: Town, badge: Path, text: str) -> None:
    ran = first_signed.run("eva", "verify", badge.name, "--issuer", text, at=badge.parent, expect=1)
    assert ran.out == "" and ran.next.startswith("mcred verify") and len(ran.err) < 400


@pytest.mark.parametrize(
    ("identity", "answer", "code"),
    [
        ("ana", "valid", 0),
        ("ben", "not valid", 1),
        ("Ana Reyes", "not valid", 1),
        ("ana@x.org", "not valid", 1),
    ],
)
def test_it_is_said_whose_a_badge_is(
    first_signed: Town, badge: Path, identity: str, answer: str, code: int
) -> None:
    found = verify(first_signed, badge, "--identity", identity, expect=code)
    assert found["answer"] == answer
    assert found["state"] == ("valid" if code == 0 else "another's")
    assert found["checks"][-1]["check"] == "recipient"


def new_name(badge: Document) -> None:
    badge["name"] = "Another Skill"


def new_earner(badge: Document) -> None:
    badge["credentialSubject"]["identifier"][0]["identityHash"] = "ben"


def new_member(badge: Document) -> None:
    badge["credentialSubject"]["achievement"]["extra"] = "praise"


def later(badge: Document) -> None:
    badge["validFrom"] = "2020-01-01T00:00:00Z"


def other_issuer(badge: Document) -> None:
    badge["issuer"]["id"] = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def other_proof(badge: Document) -> None:
    badge["proof"][0]["proofValue"] = badge["proof"][0]["proofValue"][:-4] + "1111"


@pytest.mark.parametrize(
    ("change", "check", "state"),
    [
        (new_name, "proof", "forged"),
        (new_earner, "proof", "forged"),
        (later, "proof", "forged"),
        (other_issuer, "issuer", "forged"),
        (other_proof, "proof", "forged"),
    ],
)
def test_whatever_is_changed_the_badge_is_not_valid(
    first_signed: Town, badge: Path, change: Callable[[Document], None], check: str, state: str
) -> None:
    document = json.loads(badge.read_bytes())
    change(document)
    badge.write_text(json.dumps(document), "utf-8")
    found = verify(first_signed, badge, expect=1)
    assert (found["answer"], found["state"]) == ("not valid", state)
    assert check in failed(found)
    out = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=1).out
    assert out.splitlines()[-1].startswith("Not valid: ") and "forged" not in out
    assert next(x for x in out.splitlines() if x.startswith(check)).split()[1] == "NO"


def test_what_the_signature_does_not_cover_is_told(first_signed: Town, badge: Path) -> None:
    """No one can tell who added it, or when."""
    document = with_one_proof(json.loads(badge.read_bytes()))
    new_member(document)
    badge.write_text(json.dumps(document), "utf-8")
    found = verify(first_signed, badge, expect=7)
    assert (found["answer"], found["state"], failed(found)) == ("cannot tell", "partly signed", [])
    assert "/credentialSubject/achievement/extra" in found["reason"]


def test_without_its_proof_a_badge_is_unsigned(first_signed: Town, badge: Path) -> None:
    document = json.loads(badge.read_bytes())
    del document["proof"]
    badge.write_text(json.dumps(document), "utf-8")
    found = verify(first_signed, badge, expect=7)
    assert (found["answer"], found["state"], failed(found)) == ("cannot tell", "unsigned", [])
    out = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=7).out
    assert out.splitlines()[-1].startswith("Cannot tell: it is not signed")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b"\x89PNG\r\n\x1a\n",
        b"<svg/>",
        b"[" * 9999,
    ],
    ids=["empty", "list", "null", "cut", "twice", "bytes", "png", "svg", "deep"],
)
def test_what_is_no_badge_is_no_bug(first_signed: Town, badge: Path, data: bytes) -> None:
    badge.write_bytes(data)
    found = verify(first_signed, badge, expect=7)
    assert (found["answer"], found["state"], failed(found)) == ("cannot tell", "unknown", [])
    assert found["checks"][0]["check"] == "form" and found["checks"][0]["remedy"]
    out = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=7).out
    assert out.splitlines()[-1].startswith("Cannot tell: ") and "forged" not in out.lower()


def test_a_hostile_badge_says_nothing_to_the_terminal(first_signed: Town, badge: Path) -> None:
    document = json.loads(badge.read_bytes())
    document["issuer"]["id"] = "did:web:x\x1b[2J\u202e[red]y"
    document["proof"][0]["verificationMethod"] = document["issuer"]["id"] + "#k"
    badge.write_text(json.dumps(document), "utf-8")
    ran = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=None)
    assert ran.code in (1, 7) and not set(ran.said) & set("\x1b\u202e")


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_with_the_badge_inside_is_the_badge(first_signed: Town, badge: Path, kind: str) -> None:
    art = draw_artwork("Questioning", "Wait Time", "key")
    picture = badge.with_name(f"badge.{kind}")
    picture.write_bytes(bake(write_png(art, 64) if kind == "png" else write_svg(art), badge.read_bytes()))
    assert verify(first_signed, picture, "--identity", "ana")["answer"] == "valid"


def test_before_its_day_it_is_not_valid_yet(first_signed: Town, badge: Path) -> None:
    words = ("verify", str(badge), "--json")
    ran = first_signed.run("eva", *words, at=badge.parent, wait=timedelta(days=-9), expect=1)
    first_signed.now += timedelta(days=9)
    assert ran.json["state"] == "not yet valid" and failed(ran.json) == ["dates"]


def test_an_unsigned_award_proves_nothing(earned: Town, tmp_path: Path) -> None:
    plain = tmp_path / "plain.json"
    plain.write_bytes(on_main(earned, AWARD))
    found = verify(earned, plain, expect=7)
    assert (found["answer"], found["state"], failed(found)) == ("cannot tell", "unsigned", [])


def test_a_badge_of_another_programme_is_intact_and_its_issuer_unknown(
    first_signed: Town, badge: Path, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands in a programme with keys of its own looks at a badge from elsewhere."""
    monkeypatch.setenv("MCRED_ISSUER_KEY", a_key(2))
    town.run("rosa", "key", "new")
    town.now = first_signed.now
    ran = town.run("rosa", "verify", str(badge), "--json", expect=7)
    assert (ran.json["answer"], ran.json["state"]) == ("cannot tell", "whole")
    assert "key period" not in [c["check"] for c in ran.json["checks"]]
    site = town.home("rosa") / "site"
    town.run("rosa", "build")
    assert town.run("eva", "verify", str(badge), "--site", str(site), at=badge.parent, expect=7).out


def test_in_the_programme_itself_the_keys_own_time_is_checked(
    first_signed: Town, badge: Path, tmp_path: Path
) -> None:
    home = first_signed.copy(tmp_path / "home")
    found = home.run("rosa", "verify", str(badge), "--json").json
    assert [c["ok"] for c in found["checks"] if c["check"] == "key period"] == [True]
    since = home.now.date().isoformat()
    set_rules(home, f"since: '{since}'", f"since: '{since}'\n      until: '2025-02-01'")
    found = home.run("rosa", "verify", str(badge), "--json", expect=1).json
    assert failed(found) == ["key period"] and found["state"] == "key not in use"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone.json", "was not found"),
        ("", "is a folder"),
        ("x" * 5000, "too long"),
        ("/dev/null", "not a file with a badge"),
        ("loop", "leads back to itself"),
    ],
    ids=range(5),
)
def test_a_file_that_is_not_there_is_said(first_signed: Town, badge: Path, name: str, why: str) -> None:
    (badge.parent / "loop").symlink_to("loop")
    ran = first_signed.run("eva", "verify", name, at=badge.parent, expect=1)
    assert why in ran.err and ran.out == "" and len(ran.err) < 400
    assert ran.next == ("mcred verify badge.json" if why == "is a folder" else "mcred verify FILE")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_an_editor_saved_again_is_the_same_badge(first_signed: Town, badge: Path, encoding: str) -> None:
    before = verify(first_signed, badge)
    badge.write_bytes(badge.read_bytes().decode("utf-8").encode(encoding))
    assert verify(first_signed, badge) == before and before["answer"] == "valid"


@pytest.mark.parametrize(("name", "said"), FOREIGN)
def test_what_mcred_cannot_check_is_named_and_not_called_forged(
    first_signed: Town, badge: Path, name: str, said: str
) -> None:
    place = badge.with_name(name)
    place.write_bytes(foreign(name))
    ran = first_signed.run("eva", "verify", name, at=badge.parent, expect=7)
    assert ran.out.splitlines()[-1].startswith("Cannot tell: ") and "forged" not in ran.out.lower()
    assert said in ran.out.splitlines()[-1] and "To find out: " in ran.out
    found = first_signed.run("eva", "verify", name, "--json", at=badge.parent, expect=7).json
    assert (found["answer"], found["state"]) == ("cannot tell", "unknown")
