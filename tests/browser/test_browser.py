"""The pages in a real Chromium: what a machine can judge of access, links, silence, width and scripts.

Each rule is shown to find a breach before its silence is believed. Skipped where Chromium, node or the
packages of `make browser` are missing.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import unicodedata
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, time
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from pypdf import PdfReader

from mcred.badges.bake import read_chunks, write_chunks
from mcred.badges.export_zip import write_parcel
from mcred.badges.keys import did_key, make_issuer_key, method_id
from mcred.badges.open_badge import sign_award
from mcred.domain.ids import PersonId
from mcred.website.addresses import credential_image
from tests.badges.elsewhere import credential, did_of, p256
from tests.badges.issuing import (
    DID,
    KEY,
    METHOD,
    OTHER,
    SITE,
    a_badge,
    a_list,
    an_issuing,
    the_facts,
    with_one_proof,
    write,
)
from tests.browser.sample import (
    ENDED,
    FAR,
    HOLDS,
    LAST_DAY,
    LATE,
    MANY,
    OLDER,
    PLACES,
    REPLACED,
    RETIRED,
    REVOKED,
    TAMPERED,
    UNSIGNED,
    WITHDRAWN,
    a_long_site,
    a_site,
    an_endorsement,
)
from tests.school import WAIT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HERE = Path(__file__).parent
RULES = ("axe", "html", "tables", "link", "fragment", "console", "outside", "reflow", "bare", "disk")
BASES = ("/", "/team/")
OWN = "/team/"
"""Where the sample says that it stands."""


def walk(
    files: Mapping[str, bytes],
    root: Path,
    bases: tuple[str, ...] = BASES,
    chosen: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """What a browser says of a site at some addresses, and of files that are chosen on the page that checks
    them."""
    node = shutil.which("node")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    if node is None or not (HERE / "node_modules").is_dir():
        pytest.skip("what drives the browser is not installed: make browser")
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    given = {name: base64.b64encode(data).decode() for name, data in (chosen or {}).items()}
    question = {"root": str(root), "bases": bases, "own": OWN, "files": given, "chromium": chromium}
    done = subprocess.run(
        [node, "walk.mjs"], cwd=HERE, input=json.dumps(question).encode(), capture_output=True, timeout=400
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One walk for all tests: where several processes run them, the first one walks and the others wait."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return walk(a_site(), tmp_path_factory.mktemp("site"), chosen=chosen())
    shared = tmp_path_factory.getbasetemp().parent
    answer = shared / "walked.json"
    try:
        (shared / "walking").touch(exist_ok=False)
    except FileExistsError:
        for _ in range(3000):
            if answer.exists():
                break
            sleep(0.1)
        found: dict[str, Any] = json.loads(answer.read_text("utf-8"))
        if not found:
            pytest.skip("the one that walked was skipped")
        return found
    found = {}
    try:
        found = walk(a_site(), tmp_path_factory.mktemp("site"), chosen=chosen())
    finally:
        (shared / "walked.new").write_text(json.dumps(found), "utf-8")
        (shared / "walked.new").rename(answer)
    return found


@pytest.mark.parametrize("rule", RULES)
def test_a_browser_finds_nothing_wrong(walked: dict[str, Any], rule: str) -> None:
    assert walked["pages"] > 20
    assert not [f for f in walked["findings"] if f["rule"] == rule]


def test_no_finding_is_of_a_rule_that_no_one_looks_at(walked: dict[str, Any]) -> None:
    assert {f["rule"] for f in walked["findings"]} <= set(RULES)


HEAD = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>T</title>\n{}</head>\n'
BROKEN = {
    "index.html": HEAD.format('<link rel="stylesheet" href="style.css">\n')
    + '<body><main><h1>A page that is long enough to be read by somebody</h1><p class="pale">Pale words</p>'
    '<p class="wide">wide</p><a href="gone.html">gone</a> <a href="#nowhere">nowhere</a>'
    '<img src="https://elsewhere.invalid/x.png" alt="x"><p><div>in a paragraph</div></p>'
    '<table role="none"><tbody><tr><th scope="row">a</th><td>b</td></tr></tbody></table>'
    "</main></body></html>\n",
    "empty.html": HEAD.format("") + "<body><main><h1 hidden>Nothing</h1></main></body></html>\n",
    "style.css": ".pale { color: #ddd; background: #eee } .wide { width: 900px }",
}


def test_each_rule_finds_a_breach(tmp_path: Path) -> None:
    found = walk({p: text.encode() for p, text in BROKEN.items()}, tmp_path, (OWN,))
    breaches = {(f["rule"], f["page"].split(" ")[0].rpartition("/")[2]) for f in found["findings"]}
    assert {r for r, _ in breaches} >= set(RULES) - {"disk"}
    assert ("bare", "empty.html") in breaches and ("disk", "empty.html") not in breaches
    assert any(f["rule"] == "disk" and "empty" in f["page"] for f in found["findings"])


def test_the_catalogue_is_searched_and_filtered(walked: dict[str, Any]) -> None:
    filters = walked["seen"]["filters"]
    assert filters["all"] == filters["again"] == 3
    assert sorted(filters["ids"]) == ["old-one", "wait-time", "waqt"], "each is listed once"
    assert filters["none"] == [0, "No matches.", True]
    shown, first, address = filters["wait"]
    assert shown == 3, "accents do not matter, and a card's whole text is searched"
    assert first == "Wait Time" and address == "?words=w%C3%A1it", "a title goes first"
    assert filters["typo"] == [3, "No exact match. The nearest to “qestioning”: 3 micro-credentials"]
    assert filters["classless"] == [1, "?students=no"]
    assert filters["without"] == [0, "No matches with these filters. Without them: 1 micro-credential"]
    assert filters["loosened"] == [1, "", "?words=time"]


def test_what_is_searched_is_in_the_address(walked: dict[str, Any]) -> None:
    filters = walked["seen"]["filters"]
    assert filters["opened"] == [2, "wait", ["Questioning", "video"]], "what is not offered is passed over"
    assert filters["back"][:2] == [2, "wait"] and "kind=video" in filters["back"][2]
    assert filters["unchecked"] == "?words=wait"
    assert filters["undone"] == ["?words=wait&topic=Questioning", True, False]
    assert filters["counts"] == ["Arabic\n0", "English\n2"], "how many each one leaves"


def test_a_micro_credential_is_in_the_first_screen_of_a_telephone(walked: dict[str, Any]) -> None:
    assert walked["seen"]["filters"]["first"] <= 740


def test_a_catalogue_of_several_pages_is_searched_as_a_whole(tmp_path: Path) -> None:
    """It is taken over when a search begins; until then the numbers are of all of it, too."""
    files = {p: content for p, content in a_long_site().items() if p.startswith("credentials/")}
    kept = {
        p: content for p, content in a_long_site().items() if p in ("style.css", "icon.svg", "catalogue.js")
    }
    pages = {p: content for p, content in files.items() if p.count("/") == 1}
    seen = walk({**pages, **kept}, tmp_path, (OWN,))["seen"]
    long = seen["long"]
    many = f"{MANY + 3} micro-credentials"
    numbers = ["Coaching\n26", "Inquiry\n26"]
    assert long["first"][0] == many and set(numbers) <= set(long["first"][1])
    assert long["first"][2] < MANY
    assert long["last"] == ["2 micro-credentials", ["Number 199 of many", "Number 99 of many"], 0]
    assert long["topic"] == ["26 micro-credentials", 26]
    both = "13 micro-credentials"
    assert long["both"] == [both, 13, "?topic=Coaching&students=no"] and long["again"] == [both, 13]
    assert long["all"][::2] == [many, MANY + 3] and set(numbers) <= set(long["all"][1])
    assert long["all"][1] == long["first"][1], "the retired ones are counted, too"
    told, shown, turns = seen["folder"]
    part = "Only this page was searched: the other pages of the list could not be read from here."
    assert told == f"{shown} micro-credentials {part}" and 0 < shown < MANY and turns == 1


def test_a_person_is_found_by_name(walked: dict[str, Any]) -> None:
    """Accents and vowel signs do not matter, and any word of a name will do."""
    assert walked["seen"]["people"].pop("room") >= 200, "for a name, on a telephone"
    assert walked["seen"]["people"] == {
        "ana": ["1 person", 1, 8],
        "none": ["No listed person has a name like this.", 0, 8],
        "last": ["1 person", 1, 8],
    }


FINE = dict.fromkeys(("signature", "digest", "agree", "dates", "status"), "good")


@pytest.mark.parametrize(
    ("person", "verdict", "lines"),
    [
        (HOLDS, "good", FINE),
        (FAR, "good", FINE),
        (REPLACED, "superseded", FINE),
        (REVOKED, "revoked", {**FINE, "status": "bad"}),
        (ENDED, "ended", {**FINE, "dates": "bad"}),
        (TAMPERED, "bad", {**FINE, "signature": "bad", "agree": "bad"}),
        (OLDER, "older", {**FINE, "signature": "older"}),
        (LATE, "idle", {**FINE, "signature": "idle"}),
    ],
)
def test_a_badge_is_checked_in_the_browser(
    walked: dict[str, Any], person: str, verdict: str, lines: dict[str, str]
) -> None:
    check = walked["seen"]["checks"][f"badges/{person}/wait-time/1/index.html"]
    assert check["verdict"] == verdict and check["lines"] == lines
    told = "The issuer’s key signed exactly this: computed here, in your browser."
    assert (told in check["text"]) == (lines["signature"] == "good")


NOT_IN_USE = "Not valid: signed when the key was not in use"
SAID = {
    HOLDS: ("Valid until ", "On record as valid until "),
    FAR: ("Valid until ", "On record as valid until "),
    REVOKED: ("Revoked", "Revoked"),
    REPLACED: ("Replaced by a newer one", "Replaced by a newer one"),
    ENDED: ("Expired on March 2, 2021", "On record as valid until March 2, 2021"),
    TAMPERED: ("Not valid: this is not the badge that was issued", "On record as valid until "),
    UNSIGNED: ("Not signed", "Not signed"),
    OLDER: ("Signature cannot be checked here", "On record as valid until "),
    LATE: (NOT_IN_USE, "On record as valid until "),
}
"""What the head of a page says once it was checked, and where no script runs."""


@pytest.mark.parametrize("person", SAID)
def test_the_head_of_a_page_says_what_was_found(walked: dict[str, Any], person: str) -> None:
    page, card = (f"badges/{person}/wait-time/1/{name}.html" for name in ("index", "card"))
    checked, plain = SAID[PersonId(person)]
    hashless = UNCHECKED if checked.startswith("Valid") or person == LATE else checked
    for seen, name, said in (
        ("checks", page, checked),
        ("cards", card, checked),
        ("plain", page, plain),
        ("plain", card, plain),
        ("insecure", page, hashless),
        ("lacking", page, hashless if person != TAMPERED else checked),
    ):
        look = walked["seen"][seen][name]
        assert look["state"].startswith(said), (seen, name)
        assert look["end"] <= 740, "in the first screen of a telephone"
        assert bool(look["green"]) == look["state"].startswith("Valid"), (seen, look["green"])
    if person in (REVOKED, REPLACED, ENDED, TAMPERED, LATE):
        assert not walked["seen"]["checks"][page]["shared"]
    if person in (REVOKED, REPLACED):
        assert not walked["seen"]["plain"][page]["shared"]
    if person == HOLDS:
        assert walked["seen"]["checks"][page]["shared"] and "inset" in walked["seen"]["checks"][page]["frame"]


def test_a_badge_without_a_signature_is_not_called_good(walked: dict[str, Any]) -> None:
    check = walked["seen"]["checks"]["badges/ana/stacks/talk/1/index.html"]
    assert check["verdict"] == "unsigned" and check["lines"]["status"] == "none"
    assert check["state"] == "Not signed" and not check["green"]


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    """The page is a copy of the issuer's; the file beside it was exchanged, the list is gone."""
    files = {
        p: c
        for p, c in a_site().items()
        if p.startswith(("badges/ana/wait-time/", "style", "check", "proof", "icon", "verify/issuer"))
    }
    path = "badges/ana/wait-time/1/badge.json"
    found = walk({**files, path: files[path].replace(b"Ana", b"Eve")}, tmp_path, (OWN,))
    check = found["seen"]["checks"]["badges/ana/wait-time/1/index.html"]
    assert check["verdict"] == "bad"
    assert check["lines"] == {
        "digest": "bad",
        "agree": "bad",
        "dates": "good",
        "status": "unable",
        "signature": "bad",
    }
    assert "earner (“Ana”, “Eve”)" in check["text"]
    for look in (check, found["seen"]["cards"]["badges/ana/wait-time/1/card.html"]):
        assert look["state"] == "Not valid: this is not the badge that was issued"
        assert not look["green"] and not look["shared"]


NOT_ISSUED, UNREADABLE = (
    "Not valid: this is not the badge that was issued",
    "Not valid: the badge’s file cannot be read",
)
UNCHECKED = "Cannot be checked here"
SHARED = ("style.css", "check.js", "proof.js", "icon.svg", "verify/issuer.json")
BESIDE: dict[str, tuple[dict[PersonId, bytes | PersonId | None], bytes | None, dict[PersonId, str]]] = {
    "files": (
        {
            HOLDS: REVOKED,
            FAR: b"{",
            UNSIGNED: b"[]",
            ENDED: None,
            TAMPERED: None,
            REVOKED: HOLDS,
            REPLACED: b"\xff",
        },
        write(a_list(PLACES[REVOKED])),
        {
            HOLDS: NOT_ISSUED,
            FAR: UNREADABLE,
            UNSIGNED: UNREADABLE,
            ENDED: "Expired on March 2, 2021",
            TAMPERED: UNCHECKED,
            REVOKED: "Revoked",
            REPLACED: "Replaced by a newer one",
        },
    ),
    "no list": ({}, None, {HOLDS: UNCHECKED, REVOKED: "Revoked", ENDED: "Expired on March 2, 2021"}),
    "no bits": ({}, b"{}", {HOLDS: UNCHECKED, REVOKED: "Revoked"}),
    "revoked since": ({}, write(a_list(PLACES[HOLDS])), {HOLDS: "Revoked", FAR: "Valid until "}),
}
"""What was exchanged, damaged or taken away beside pages, the list of revoked badges, and what is said."""


@pytest.mark.parametrize("case", BESIDE)
def test_whatever_is_wrong_beside_a_page_is_said_at_its_head(case: str, tmp_path: Path) -> None:
    badges, listed, told = BESIDE[case]
    site = a_site()
    files: dict[str, bytes] = {}
    for person in told:
        folder = f"badges/{person}/wait-time/1/"
        files |= {p: c for p, c in site.items() if p.startswith(folder) and not p.endswith("svg")}
        put = badges.get(person, person)
        files[folder + "badge.json"] = (
            put if isinstance(put, bytes) else site[f"badges/{put}/wait-time/1/badge.json"] if put else b""
        )
        if put is None:
            del files[folder + "badge.json"]
    files |= {p: site[p] for p in SHARED}
    if listed is not None:
        files["status/1.json"] = listed
    seen = walk(files, tmp_path, (OWN,))["seen"]
    for person, said in told.items():
        folder = f"badges/{person}/wait-time/1/"
        for look in (seen["checks"][folder + "index.html"], seen["cards"][folder + "card.html"]):
            assert look["state"].startswith(said), person
            assert bool(look["green"]) == said.startswith("Valid"), (person, look["green"])
            assert not look["shared"] or said in (UNCHECKED, "Not signed") or said.startswith("Valid")


def chosen() -> dict[str, bytes]:
    """Files that someone gets: as they were issued, and changed; by the names that they have."""
    site = a_site()
    own = {str(p): site[f"badges/{p}/wait-time/1/badge.json"] for p in PLACES}
    good = json.loads(own["ana"])
    svg, png = (site[f"badges/ana/wait-time/1/badge.{kind}"] for kind in ("svg", "png"))
    signed = datetime.combine(LAST_DAY, time.max, UTC)
    issuing = an_issuing(method=method_id(DID, RETIRED), status=None)
    stranger = a_badge(the_facts(), an_issuing(did=did_key(THIRD.multibase), method=THEIRS), THIRD)
    return {
        "good.json": own["ana"],
        "good.svg": svg,
        "good.png": png,
        "again.json": json.dumps(good, indent=7).encode(),
        "newer.json": site["badges/eli/wait-time/1-2/badge.json"],
        "revoked.json": own["ben"],
        "revoked.svg": site["badges/ben/wait-time/1/badge.svg"],
        "one proof and revoked.json": write(with_one_proof(json.loads(own["ben"]))),
        "replaced.json": own["eli"],
        "ended.json": own["cleo"],
        "older.json": own["oda"],
        "late.json": own["rae"],
        "late and changed.json": own["rae"].replace(b"Rae", b"Eve"),
        "on its last day.json": sign_award(the_facts(), issuing, OTHER, signed),
        "wrong key.json": write(a_badge(the_facts(), key=OTHER)),
        "unsigned.json": own["una"],
        "renamed.json": own["dev"],
        "foreign.json": write(stranger),
        "changed.svg": svg.replace(b"Ana", b"Eve"),
        "changed.png": damage(png),
        "plain.svg": site[credential_image(WAIT)],
        "twice.json": own["ana"].replace(b'"name"', b'"name": "X", "name"', 1),
        **said_files(good),
        "text.txt": b"Hello",
        "empty.json": b"",
        "script.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = 1</script></svg>',
        **zips(own, svg, png),
        "dropped.json": own["ana"],
        "dropped and changed.json": own["ana"].replace(b"Ana", b"Eve"),
    }


def said_files(good: dict[str, Any]) -> dict[str, bytes]:
    """Endorsements in every state, and badges that have some inside."""
    by_issuer = an_endorsement(good["id"], KEY, DID, METHOD)
    late = an_endorsement(good["id"], OTHER, DID, method_id(DID, RETIRED))
    strangers = an_endorsement(good["id"], THIRD, did_key(THIRD.multibase))
    unknown = an_endorsement(good["id"], THIRD, "did:web:u.example")
    known = json.loads(an_endorsement(good["id"]))
    plain = {name: value for name, value in known.items() if name != "proof"}
    more = [known["proof"][0], {**known["proof"][1], "id": "urn:x:1"}]
    changed = {**known, "credentialSubject": {**known["credentialSubject"], "endorsementComment": "Eve."}}
    badge = credential(did_of(p256()))
    subject, issuer = badge["credentialSubject"], badge["issuer"]
    about = {"definition": subject["achievement"]["id"], "issuer": did_of(p256())}
    inside = {name: json.loads(an_endorsement(one)) for name, one in about.items()}
    achievement = {**subject["achievement"], "endorsement": [inside["definition"], changed]}
    carrying = {
        **badge,
        "endorsement": [json.loads(an_endorsement(badge["id"])), {**json.loads(strangers), "name": "X"}],
        "endorsementJwt": ["eyJh.e30.c2ln"],
        "credentialSubject": {**subject, "achievement": achievement},
        "issuer": {**issuer, "endorsement": [inside["issuer"]]},
        "proof": {"type": "DataIntegrityProof"},
    }
    return {
        "endorsement.json": an_endorsement(good["id"]),
        "endorsement of the issuer.json": by_issuer,
        "endorsement too late.json": late,
        "endorsement by a stranger.json": strangers,
        "endorsement by an unknown site.json": unknown,
        "endorsement withdrawn.json": an_endorsement("urn:x:1", name=WITHDRAWN),
        "endorsement changed.json": write(changed),
        "endorsement not signed.json": write(plain),
        "endorsement by other software.json": write({**known, "proof": more}),
        "carrying.json": write(carrying),
    }


def zips(own: Mapping[str, bytes], svg: bytes, png: bytes) -> dict[str, bytes]:
    """Zip files: as exported, packed again by other programs, and such as no one should open."""
    ana = {"badges/wait-time/1/badge.json": own["ana"], "badges/wait-time/1/badge.png": png}
    beside = {"keys/did.json": b"{}", "clr.json": b"{}", "work/wait-time/1/badge.json": own["ben"]}
    each = {f"badges/{person}/1/badge.json": own[person] for person in ("ben", "cleo", "oda", "rae", "una")}
    eve = own["ana"].replace(b"Ana", b"Eve")
    whole = write_parcel({**ana, "badges/wait-time/1/badge.svg": svg, **beside})
    token = ".".join(
        urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"EdDSA"}', own["ana"])
    )
    by_hand = {
        "Ana.json": own["ana"],
        "__MACOSX/._Ana.json": b"\0\5\x16\7",
        "mine/Ben.JSON": own["ben"],
        "mine/._Ben.JSON": b"\0\5\x16\7",
        "mine/ana.svg": svg,
        "mine/changed.png": damage(png),
        "notes.txt": b"Hello",
        "other.jwt": f"{token}.c2lnbmVk".encode(),
        "photo.png": png + bytes(6_000_000),
    }
    big = write_parcel({**ana, "badges/a/1/badge.json": own["ana"] + b" " * 3_000_000})
    return {
        "one badge.zip": whole,
        "several.zip": write_parcel({**ana, **beside, **each, "badges/zoe/1/badge.json": eve}),
        "another picture.zip": write_parcel(
            {**ana, "badges/wait-time/1/badge.svg": svg.replace(b"Ana", b"Eve")}
        ),
        "another badge as picture.zip": write_parcel({**ana, "badges/wait-time/1/badge.json": own["layla"]}),
        "packed again.zip": packed(
            {f"mine/{name}": data for name, data in ana.items()}
            | {"mine/badges/b/1/badge.json": own["layla"]}
        ),
        "no badge.zip": write_parcel(
            {"keys/did.json": b"{}", "notes.txt": b"Hello", "__MACOSX/._a.json": b"x"}
        ),
        "one by hand.zip": write_parcel({"Ana.json": own["ana"], "__MACOSX/._Ana.json": b"\0\5\x16\7"}),
        "several by hand.zip": write_parcel(by_hand),
        "cut off.zip": whole[: len(whole) // 2],
        "not what it says.zip": whole[:4] + whole[4:].replace(b"PK\x03\x04", b"PK\x03\x05"),
        "a name twice.zip": packed({f"badges/{name}/1/badge.json": own["ana"] for name in "aA"}),
        "leads elsewhere.zip": packed({"badges/../badges/a/badge.json": own["ana"]}),
        "too large.zip": big,
        "dropped.zip": whole,
    }


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip file without compression, as some programs make it."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name, data in files.items():
            pack.writestr(name, data)
    return out.getvalue()


THIRD = make_issuer_key(bytes(range(2, 34)))
THEIRS = method_id(did_key(THIRD.multibase), THIRD)


def damage(png: bytes) -> bytes:
    """A picture with another name in its badge, and the right checksum."""
    return write_chunks([(kind, data.replace(b"Ana", b"Eve")) for kind, data in read_chunks(png)])


WAS_CHECKED = "Your browser checked the signature: valid."
CHANGED = "Not valid: something was changed, or another key signed it."
UNKNOWN = "Not checked here: this site does not list the signer’s keys."
UNLISTED = "The signature is valid, but this site does not list whose key it is."
SAID_OF = {
    "endorsement.json": WAS_CHECKED,
    "endorsement of the issuer.json": WAS_CHECKED,
    "endorsement too late.json": "Not valid: signed when the key was not in use.",
    "endorsement by a stranger.json": UNLISTED,
    "endorsement by an unknown site.json": UNKNOWN,
    "endorsement withdrawn.json": "Withdrawn by whoever signed it.",
    "endorsement changed.json": CHANGED,
    "endorsement not signed.json": "Not signed.",
    "endorsement by other software.json": (
        "Not checked here: it is signed in a way that browsers cannot check."
    ),
}
"""What is said of an endorsement that is chosen."""


@pytest.mark.parametrize("name", SAID_OF)
def test_an_endorsement_is_checked_too(walked: dict[str, Any], name: str) -> None:
    (line,) = walked["seen"]["chosen"][name]["said"]
    assert line.startswith("Cleo Martin · ") and line.endswith(f" · {SAID_OF[name]}")


def test_each_endorsement_inside_a_badge_has_a_line(walked: dict[str, Any]) -> None:
    said = [line.split(" · ") for line in walked["seen"]["chosen"]["carrying.json"]["said"]]
    assert [(line[0], line[1], line[-1]) for line in said] == [
        ("Cleo Martin", "about this badge", WAS_CHECKED),
        ("Cleo Martin", "about something else", CHANGED),
        ("about something else", UNKNOWN, UNKNOWN),
        ("Cleo Martin", "about its micro-credential", WAS_CHECKED),
        ("Cleo Martin", "about something else", CHANGED),
        ("Cleo Martin", "about its issuer", WAS_CHECKED),
    ]
    assert walked["seen"]["chosen"]["good.json"]["said"] == []


PRAISED = ("badges/ana/wait-time/1/index.html", "credentials/wait-time/index.html", "about/index.html")


@pytest.mark.parametrize("page", PRAISED)
def test_endorsements_on_a_page_are_checked(walked: dict[str, Any], page: str) -> None:
    found = walked["seen"]["endorsed"][page]
    assert len(found) == 2 and [one[0] for one in found] == ["good", "good"]
    for _, text, line in found:
        assert WAS_CHECKED in text and "Verified on November 2, 2026: valid" in text and line == "none"
    assert set(walked["seen"]["endorsed"]) == set(PRAISED)


def test_an_endorsement_that_fails_is_not_said_to_be_valid(tmp_path: Path) -> None:
    """One was exchanged beside its page; of the other the file is gone, so nothing is computed."""
    site = a_site()
    needed = ("badges/ana/wait-time/", "style", "check", "proof", "icon", "verify/", "endorsed", "status/")
    files = {path: content for path, content in site.items() if path.startswith(needed)}
    folder = "badges/ana/wait-time/1/endorsements/"
    files[f"{folder}cleo-martin.json"] = files[f"{folder}cleo-martin.json"].replace(b"May", b"June")
    del files[f"{folder}university.json"]
    seen = walk(files, tmp_path, (OWN,))["seen"]
    (changed, gone) = seen["endorsed"][PRAISED[0]]
    assert changed[0] == "bad" and CHANGED in changed[1] and "Verified on" not in changed[1]
    assert changed[2] == "line-through"
    assert gone[0] == "unable" and "Not checked here" in gone[1] and "Verified on" in gone[1]
    assert seen["checks"][PRAISED[0]]["verdict"] == "good", "the badge itself is not at fault"


OF_FILES = {
    **dict.fromkeys(("good.json", "good.svg", "good.png", "again.json", "newer.json"), "Valid"),
    "on its last day.json": "Valid",
    "dropped.json": "Valid",
    **dict.fromkeys(("revoked.json", "revoked.svg", "one proof and revoked.json"), "Revoked"),
    "replaced.json": "Replaced by a newer one",
    "ended.json": "Expired",
    **dict.fromkeys(("one badge.zip", "dropped.zip", "one by hand.zip"), "Valid"),
    **dict.fromkeys(
        ("a name twice.zip", "cut off.zip", "not what it says.zip", "leads elsewhere.zip", "too large.zip"),
        UNREADABLE,
    ),
    "older.json": "Signature cannot be checked here",
    "late.json": NOT_IN_USE,
    "unsigned.json": "Not signed",
    **dict.fromkeys(("renamed.json", "changed.svg", "changed.png", "dropped and changed.json"), NOT_ISSUED),
    **dict.fromkeys(("late and changed.json", "wrong key.json"), NOT_ISSUED),
    "foreign.json": "Not this issuer’s badge",
    "carrying.json": "Not this issuer’s badge",
    **dict.fromkeys(SAID_OF, "Not a badge"),
    **dict.fromkeys(("plain.svg", "twice.json", "text.txt", "empty.json", "script.svg"), UNREADABLE),
}


@pytest.mark.parametrize("name", OF_FILES)
def test_a_file_is_checked_without_a_network(walked: dict[str, Any], name: str) -> None:
    seen = walked["seen"]["chosen"][name]
    assert seen["state"] == OF_FILES[name]
    assert seen["end"] <= 740, "in the first screen of a telephone"
    assert bool(seen["green"]) == (OF_FILES[name] == "Valid"), seen["green"]
    assert ("computed here, in your browser" in seen["text"]) == (
        OF_FILES[name] in ("Valid", "Revoked", "Replaced by a newer one", "Expired")
        and name != "one proof and revoked.json"
    )


OLD = "Signature cannot be checked here"
IN_ZIPS: dict[str, tuple[str, list[str]]] = {
    "several.zip": (
        "Valid badges in this file: 1 of 7",
        ["Revoked", "Expired", OLD, NOT_IN_USE, "Not signed", "Valid", NOT_ISSUED],
    ),
    "another picture.zip": ("Valid badges in this file: 1 of 2", ["Valid", NOT_ISSUED]),
    "another badge as picture.zip": (
        "Valid badges in this file: 1 of 2",
        ["Valid", "Not the badge in the file beside this picture"],
    ),
    "packed again.zip": ("Valid badges in this file: 2 of 2", ["Valid", "Valid"]),
    "several by hand.zip": (
        "Valid badges in this file: 2 of 6",
        ["Valid", "Revoked", "Valid", NOT_ISSUED, OLD, UNREADABLE],
    ),
    "no badge.zip": ("There is no badge in this ZIP file.", []),
}


@pytest.mark.parametrize("name", IN_ZIPS)
def test_each_badge_of_a_zip_file_is_told_in_a_row(walked: dict[str, Any], name: str) -> None:
    seen, (verdict, states) = walked["seen"]["chosen"][name], IN_ZIPS[name]
    assert verdict in seen["text"]
    assert [row[-1] for row in seen["rows"]] == states
    assert all(len(row) > 1 and row[0] in ("Wait Time", "photo.png") for row in seen["rows"])
    assert len([g for g in seen["green"] if ".state" in g]) == states.count("Valid")


def test_no_file_that_is_chosen_is_left_out(walked: dict[str, Any]) -> None:
    assert walked["seen"]["chosen"].keys() == OF_FILES.keys() | IN_ZIPS.keys() == chosen().keys()


def test_a_badge_and_a_portfolio_are_printed_on_one_sheet(walked: dict[str, Any]) -> None:
    sheets = {name: PdfReader(BytesIO(base64.b64decode(p))) for name, p in walked["seen"]["printed"].items()}
    assert len(sheets) == 2 * sum(p.startswith(("badges/", "portfolios/")) for p in a_site() if "index" in p)
    assert {name: len(sheet.pages) for name, sheet in sheets.items() if len(sheet.pages) != 1} == {}
    badge = a_site()["badges/ana/wait-time/1/badge.json"]
    for size in ("Letter", "A4"):
        printed = sheets[f"badges/ana/wait-time/1/index.html {size}"].pages[0].extract_text()
        text = " ".join(unicodedata.normalize("NFKC", printed).split())
        facts = ("Wait Time", "earned by Ana", "Lake Elmo Unified on September 3, 2026", "Valid until")
        levels = ("3 of 3 criteria met", "Waiting: Basic")
        told = "".join(text.split())
        for said in (*facts, *levels):
            assert said in text, said
        for said in (f"{SITE}/badges/ana/wait-time/1/", "wassignedon", sha256(badge).hexdigest()):
            assert said in told, said
    for person, word in ((REVOKED, "Revoked"), (REPLACED, "Replaced"), (UNSIGNED, "not signed")):
        assert word in sheets[f"badges/{person}/wait-time/1/index.html A4"].pages[0].extract_text()


def test_pages_from_a_folder_say_that_they_cannot_check(walked: dict[str, Any]) -> None:
    assert set(walked["seen"]["disk"].values()) == {UNCHECKED}
    assert len(walked["seen"]["disk"]) == 2
