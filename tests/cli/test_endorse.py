"""`mcred endorse`: signed by a principal or as the programme, shown by whoever it is about, withdrawn."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from mcred.badges.endorsements.document import EndorsementFacts, sign_endorsement
from mcred.badges.keys import issuer_did, make_issuer_key, method_id
from mcred.badges.proof_pair import sign_badge
from tests.audit.second_checker import check_again
from tests.cli.court import set_rules
from tests.cli.test_guard import guarded
from tests.cli.test_shown import on_ref, site
from tests.cli.test_stacks import add_stack
from tests.cli.town import SITE, SLIP, WAIT, Ran, Town, git

ANA = f"ana/{WAIT}"
SEEN = "I sat in her class in May. She waits."
STATE = "State University"
UNIVERSITY = make_issuer_key(b"u" * 32)
PAGE = f"badges/{ANA}/1/index.html"


@pytest.fixture
def school(signed: Town) -> Town:
    """Ana's award is signed, Cleo is her principal, and the remote checks what arrives."""
    guarded(signed)
    signed.run("rosa", "person", "add", "cleo", "--role", "administrator")
    for person in ("cleo", "ana"):
        signed.run(person, "sync")
    return signed


def endorsed(town: Town, what: str = ANA, name: str = "by-cleo.json") -> Path:
    """What Cleo signs, in Ana's folder."""
    file = town.desk("ana") / name
    town.run("cleo", "endorse", "sign", what, "--comment", SEEN, "--out", str(file))
    return file


def by_university(
    town: Town, about: str, name: str = "by-university.json", said: str = "We take it.", who: str = "rosa"
) -> Path:
    """What a university signs, in Rosa's folder, or someone else's."""
    did = issuer_did("", UNIVERSITY.multibase)
    facts = EndorsementFacts(
        id="urn:uuid:3f2a54f0-0000-4000-8000-000000000002",
        about=about,
        title="something",
        comment=said,
        signer={"id": did, "type": ["Profile"], "name": STATE},
        signed=town.now,
    )
    file = town.desk(who) / name
    file.write_bytes(sign_endorsement(facts, UNIVERSITY, method_id(did, UNIVERSITY)))
    return file


def badge_of(town: Town) -> Any:
    return json.loads(git(town.remote, "show", f"main:portfolios/{ANA}/attempts/1/badge.json"))


def listed(town: Town, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.run(who, "endorse", "list", "--json").json["endorsements"]
    return found


def test_a_principal_signs_in_her_own_name_and_anyone_can_verify_it(school: Town) -> None:
    file = endorsed(school)
    document = json.loads(file.read_bytes())
    assert document["credentialSubject"]["id"] == badge_of(school)["id"]
    assert document["issuer"]["id"].startswith("did:key:z6Mk") and document["issuer"]["name"] == "Cleo Martin"
    assert [p["cryptosuite"] for p in document["proof"]] == ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
    inside = school.run("rosa", "verify", str(file), "--json").json
    assert (inside["answer"], inside["comment"]) == ("valid", SEEN)
    outside = school.run("rosa", "verify", str(file), at=school.place)
    assert SEEN in outside.out and "intact, but the issuer is unknown to you" in outside.out
    file.write_text(file.read_text("utf-8").replace("May", "June"), "utf-8")
    assert school.run("rosa", "verify", str(file), "--json", expect=1).json["state"] == "forged"


def test_its_earner_adds_it_to_her_badge_which_stays_as_it_is(school: Town) -> None:
    file, before, main = endorsed(school), badge_of(school), git(school.remote, "rev-parse", "main")
    ran = school.run("ana", "endorse", "add", str(file), "--yes")
    assert f"the endorsement of {ANA} by Cleo Martin, as cleo-martin" in ran.out and "valid" in ran.out
    again = school.run("ana", "endorse", "add", str(file), "--yes", "--json").json
    assert again["status"] == "not needed"
    (row,) = listed(school, "ana")
    assert (row["signer"], row["role"], row["verdict"], row["mine"]) == (
        "Cleo Martin",
        "administrator",
        "valid",
        True,
    )
    assert badge_of(school) == before and git(school.remote, "rev-parse", "main") == main
    assert school.run("rosa", "audit", expect=None).code == 0


def test_it_is_shown_on_the_badge_s_page_until_its_earner_takes_it_off(school: Town) -> None:
    assert "What others say" not in site(school)[PAGE].decode()
    school.run("ana", "endorse", "add", str(endorsed(school)), "--yes")
    pages = site(school)
    page = pages[PAGE].decode()
    assert SEEN in page and "Cleo Martin" in page
    assert json.loads(pages[f"badges/{ANA}/1/endorsements/cleo-martin.json"])["name"].startswith(
        "Endorsement"
    )
    assert SEEN not in pages["portfolios/ana/index.html"].decode()
    assert SEEN not in pages[f"badges/ana/{SLIP}/1/index.html"].decode()
    school.run("ana", "endorse", "remove", "cleo-martin")
    again = school.run("ana", "endorse", "remove", "cleo-martin", "--json").json
    assert (again["status"], again["mine"]) == ("not needed", False)
    assert SEEN not in b"".join(site(school).values()).decode("utf-8", "replace")
    assert SEEN not in str(on_ref(school)) and listed(school, "ana") == []


def test_whoever_signed_it_withdraws_it(school: Town) -> None:
    file = endorsed(school)
    school.run("ana", "endorse", "add", str(file), "--yes")
    ran = school.run("ana", "endorse", "withdraw", str(file), "--yes", expect=5)
    assert "only whoever signed it can withdraw it: Cleo Martin" in ran.err
    assert SEEN in site(school)[PAGE].decode()
    school.run("cleo", "endorse", "withdraw", str(file), "--yes")
    assert school.run("cleo", "endorse", "withdraw", str(file), "--json").json["status"] == "not needed"
    for person in ("ana", "rosa"):
        school.run(person, "sync")
    assert [(row["verdict"], row["reason"]) for row in listed(school, "ana")] == [
        ("not valid", "its signer withdrew it")
    ]
    assert school.run("rosa", "verify", str(file), expect=1).out.strip().endswith("its signer withdrew it")
    assert SEEN not in site(school)[PAGE].decode()
    ran = school.run("ana", "endorse", "add", str(endorsed(school, name="again.json")), "--yes")
    assert "as cleo-martin-2" in ran.out and SEEN in site(school)[PAGE].decode()


def test_what_an_issuer_withdrew_of_the_program_s_stays_withdrawn(school: Town) -> None:
    files = [school.desk("rosa") / f"{name}.json" for name in ("one", "other")]
    for file in files:
        words = ("did:web:badges.other.example", "--comment", "Partners.", "--as-program")
        school.run("rosa", "endorse", "sign", *words, "--out", str(file))
    one, other = map(str, files)
    school.run("rosa", "person", "add", "mei", "--role", "issuer")
    school.run("mei", "endorse", "withdraw", one, "--yes")
    assert school.run("mei", "endorse", "withdraw", one, "--json").json["status"] == "not needed"
    set_rules(school, "issuers: [rosa, mei]", "issuers: [rosa]")
    school.run("mei", "endorse", "withdraw", other, "--yes", expect=5)
    assert school.run("rosa", "verify", one, "--json", expect=1).json["reason"] == "its signer withdrew it"
    assert school.run("rosa", "verify", other, "--json").json["answer"] == "valid"
    school.run("mei", "sync")
    assert school.run("mei", "endorse", "withdraw", one, "--json", expect=5).code == 5
    ran = school.run("rosa", "audit", "--json")
    check_again(school.home("rosa"), ran.code, ran.json)


def test_a_stack_s_badge_is_endorsed_and_shown_like_others(school: Town) -> None:
    add_stack(school, WAIT, SLIP)
    school.run("rosa", "stacks", "--award", "--yes")
    for person in ("ana", "cleo"):
        school.run(person, "sync")
    file = endorsed(school, "ana/stacks/pair")
    badge = json.loads(git(school.remote, "show", "main:portfolios/ana/stacks/pair/1/badge.json"))
    assert json.loads(file.read_bytes())["credentialSubject"]["id"] == badge["id"]
    ran = school.run("ana", "endorse", "add", str(file), "--yes")
    assert "the endorsement of ana/stacks/pair by Cleo Martin" in ran.out
    pages = site(school)
    folder = "badges/ana/stacks/pair/1"
    assert SEEN in pages[f"{folder}/index.html"].decode() and SEEN not in pages[PAGE].decode()
    assert pages[f"{folder}/endorsements/cleo-martin.json"]
    school.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    assert SEEN not in site(school)[f"{folder}/index.html"].decode()
    ran = school.run("cleo", "endorse", "sign", "ana/stacks/pair", "--comment", SEEN, expect=1)
    assert "ana/stacks/pair has no badge that is valid" in ran.err


def test_no_two_endorsements_have_one_name(school: Town) -> None:
    """Ana's one about her badge, and the program's, which she adds as a maintainer, by the same signer."""
    school.run("ana", "endorse", "add", str(endorsed(school)), "--yes")
    school.run("rosa", "person", "add", "ana", "--role", "maintainer")
    school.run("ana", "sync")
    ran = school.run("ana", "endorse", "add", str(endorsed(school, WAIT, "about.json")), "--yes")
    assert "as cleo-martin-2" in ran.out
    assert {(row["name"], row["mine"]) for row in listed(school, "ana")} == {
        ("cleo-martin", True),
        ("cleo-martin-2", False),
    }
    school.run("ana", "endorse", "remove", "cleo-martin-2")
    assert [(row["name"], row["mine"]) for row in listed(school, "ana")] == [("cleo-martin", True)]


def list_university(school: Town) -> None:
    rules = school.home("rosa") / "mcred.yaml"
    said = f"endorsers: [{{name: {STATE}, id: '{issuer_did('', UNIVERSITY.multibase)}'}}]\n"
    rules.write_text(rules.read_text("utf-8") + said, "utf-8")
    school.run("rosa", "save", "--programme")


def test_a_university_s_word_about_a_definition_and_the_issuer_is_the_maintainers_to_show(
    school: Town,
) -> None:
    badge = badge_of(school)
    about = badge["credentialSubject"]["achievement"]["id"]
    ran = school.run("ana", "endorse", "add", str(by_university(school, about)), "--yes", expect=5)
    assert f"only maintainers add endorsements of {WAIT}" in ran.err
    ran = school.run("rosa", "endorse", "add", str(by_university(school, about)), "--yes")
    assert f"endorsement of {WAIT} by {STATE}, as state-university" in ran.out
    assert "cannot tell: intact, but this program does not list who signed it" in ran.out
    other = by_university(school, badge["issuer"]["id"], "issuer.json", "We know them well.")
    school.run("rosa", "endorse", "add", str(other), "--yes")
    names = git(school.remote, "ls-tree", "-r", "--name-only", "main", "endorsements").split()
    assert names == ["endorsements/state-university-2.json", "endorsements/state-university.json"]
    assert "No page shows it until" in ran.out
    assert "We take it." not in site(school)[f"credentials/{WAIT}/index.html"].decode()
    list_university(school)
    pages = site(school)
    assert "We take it." in pages[f"credentials/{WAIT}/index.html"].decode()
    assert "We know them well." in pages["about/index.html"].decode()
    assert school.run("rosa", "audit", expect=None).code == 0
    school.run("ana", "sync")
    ran = school.run("ana", "endorse", "remove", "state-university", expect=5)
    assert "only maintainers remove" in ran.err
    school.run("rosa", "endorse", "remove", "state-university")
    assert "We take it." not in site(school)[f"credentials/{WAIT}/index.html"].decode()


def test_spelled_in_another_way_it_stays_withdrawn(school: Town) -> None:
    file = endorsed(school)
    document = json.loads(file.read_text("utf-8"))
    school.run("cleo", "endorse", "withdraw", str(file), "--yes")
    (one,) = document["credentialSchema"]
    proofs = [proof for proof in document["proof"] if proof["cryptosuite"] == "eddsa-rdfc-2022"]
    file.write_text(json.dumps({**document, "credentialSchema": one, "proof": proofs}), "utf-8")
    school.run("rosa", "sync")
    assert school.run("rosa", "verify", str(file), expect=1).out.strip().endswith("its signer withdrew it")


def test_what_is_on_the_program_s_pages_is_named_by_its_id(school: Town) -> None:
    page = f"{SITE}/badges/ana/{WAIT}/1/"
    ran = school.run("cleo", "endorse", "sign", page, "--comment", "Seen.", expect=2)
    assert "is on this program's pages" in ran.err


def test_an_unsigned_one_is_on_no_page(school: Town) -> None:
    file = endorsed(school)
    document = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({k: v for k, v in document.items() if k != "proof"}), "utf-8")
    assert "No page shows it until" in school.run("ana", "endorse", "add", str(file), "--yes").out
    assert SEEN not in site(school)[PAGE].decode()


def test_a_principal_endorses_a_definition_and_the_program_as_they_are_that_day(school: Town) -> None:
    for what in (WAIT, "program"):
        school.run("rosa", "endorse", "add", str(endorsed(school, what, f"{what}.json")), "--yes")
    pages = site(school)
    of_definition, about = (pages[p].decode() for p in (f"credentials/{WAIT}/index.html", "about/index.html"))
    assert "Cleo Martin" in of_definition and "Cleo Martin" in about
    assert f"credentials/{WAIT}/endorsements/cleo-martin.json" in pages
    assert "About version" not in of_definition
    place = school.home("rosa") / "credentials" / WAIT / "credential.yaml"
    before = badge_of(school)["credentialSubject"]["achievement"]["version"]
    place.write_text(place.read_text("utf-8").replace(f"version: {before}", "version: 9.0.0"), "utf-8")
    school.run("rosa", "save", "--programme")
    assert f"About version {before}." in site(school)[f"credentials/{WAIT}/index.html"].decode()


def test_of_a_badge_file_its_issuer_and_micro_credential_can_be_meant(school: Town) -> None:
    badge, file = badge_of(school), school.desk("ana") / "badge.json"
    file.write_text(json.dumps(badge), "utf-8")
    abouts = {
        "badge": badge["id"],
        "definition": badge["credentialSubject"]["achievement"]["id"],
        "issuer": badge["issuer"]["id"],
    }
    for part, about in abouts.items():
        out = school.desk("cleo") / f"{part}.json"
        words = ("--about", part, "--comment", SEEN, "--out", str(out))
        school.run("cleo", "endorse", "sign", str(file), *words)
        assert json.loads(out.read_bytes())["credentialSubject"]["id"] == about
    ran = school.run("cleo", "endorse", "sign", str(file), "--about", "weather", "--comment", "x", expect=2)
    assert "no part of a badge" in ran.err
    file.write_text(json.dumps({**badge, "name": "Other"}), "utf-8")
    ran = school.run("cleo", "endorse", "sign", str(file), "--comment", SEEN, expect=1)
    assert "this badge is not valid" in ran.err
    ran = school.run("cleo", "endorse", "sign", "nothing-like-that", "--comment", SEEN, expect=1)
    assert "is not a badge, a micro-credential" in ran.err


def test_no_one_endorses_their_own_badge(school: Town) -> None:
    school.run("rosa", "person", "add", "ana", "--role", "administrator")
    school.run("ana", "sync")
    ran = school.run("ana", "endorse", "sign", ANA, "--comment", SEEN, expect=5)
    assert "cannot endorse your own badge" in ran.err
    file = school.desk("ana") / "badge.json"
    file.write_text(json.dumps(badge_of(school)), "utf-8")
    ran = school.run("ana", "endorse", "sign", str(file), "--comment", SEEN, expect=5)
    assert "cannot endorse your own badge" in ran.err


def test_someone_without_the_role_is_told_who_may_and_what_they_can_do(school: Town) -> None:
    other = "did:web:badges.other.example"

    def refused(who: str, about: str, *more: str) -> Ran:
        return school.run(who, "endorse", "sign", about, "--comment", SEEN, *more, expect=5)

    ran = refused("rosa", other)
    assert "only administrators endorse in their own name (cleo); you are rosa" in ran.err
    assert ran.next.endswith("--as-program")
    school.run("rosa", *shlex.split(ran.next)[1:], "--out", str(school.desk("rosa") / "other.json"))
    ran = refused("rosa", ANA)
    assert ran.next.startswith("mcred person add PERSON --role administrator")
    ran = refused("cleo", ANA, "--as-program")
    assert "only issuers sign as the program (rosa); you are cleo" in ran.err
    assert "--as-program" not in ran.next
    school.run("cleo", *shlex.split(ran.next)[1:], "--out", str(school.desk("cleo") / "ana.json"))
    for more in ((), ("--as-program",)):
        assert refused("ben", ANA, *more).next.startswith("mcred endorse add FILE")


def test_the_program_signs_about_others_and_never_about_itself(school: Town) -> None:
    ran = school.run("rosa", "endorse", "sign", ANA, "--comment", SEEN, "--as-program", expect=5)
    assert "does not endorse itself" in ran.err
    other = "did:web:badges.other.example"
    out = str(school.desk("rosa") / "other.json")
    school.run("rosa", "endorse", "sign", other, "--comment", "Partners.", "--as-program", "--out", out)
    document = json.loads(Path(out).read_bytes())
    assert document["issuer"]["id"] == badge_of(school)["issuer"]["id"]
    assert document["credentialSubject"]["id"] == other
    assert school.run("ana", "verify", out, "--json").json["answer"] == "valid"


def test_what_is_refused_names_what_to_do(school: Town) -> None:
    file = endorsed(school)
    ran = school.run("ben", "endorse", "add", str(file), "--yes", expect=1)
    assert "which is no badge of yours" in ran.err
    ran = school.run("ana", "add-badge", str(file), expect=1)
    assert "an endorsement, not a badge" in ran.err and ran.next == "mcred endorse add FILE"
    changed = school.desk("ana") / "changed.json"
    changed.write_text(file.read_text("utf-8").replace("May", "June"), "utf-8")
    assert "not valid" in school.run("ana", "endorse", "add", str(changed), "--yes", expect=1).err
    badge = school.desk("ana") / "badge.json"
    badge.write_text(json.dumps(badge_of(school)), "utf-8")
    assert "there is no endorsement" in school.run("ana", "endorse", "add", str(badge), expect=1).err
    assert "no action 'praise'" in school.run("ana", "endorse", "praise", "x", expect=2).err
    assert (
        "1 to 2000 characters"
        in school.run("cleo", "endorse", "sign", ANA, "--comment", "x" * 2001, expect=2).err
    )


def test_whom_the_rules_list_counts_as_verified_under_the_name_given_there(school: Town) -> None:
    about = badge_of(school)["credentialSubject"]["achievement"]["id"]
    file = by_university(school, about)
    did = issuer_did("", UNIVERSITY.multibase)
    rules = school.home("rosa") / "mcred.yaml"
    said = f"endorsers: [{{name: The State's Own, id: '{did}'}}]\n"
    rules.write_text(rules.read_text("utf-8") + said.replace(did, "State"), "utf-8")
    assert "'State', which is not an id" in school.run("rosa", "lint", expect=1).said
    rules.write_text(rules.read_text("utf-8").replace("'State'", f"'{did}'"), "utf-8")
    school.run("rosa", "save", "--programme")
    assert "Verified on 2026" in school.run("rosa", "endorse", "add", str(file), "--yes").out
    (row,) = listed(school, "rosa")
    assert (row["signer"], row["verdict"], row["role"]) == ("The State's Own", "valid", "")
    verified = school.run("rosa", "verify", str(file))
    assert "in the program's list of endorsers: The State's Own" in " ".join(verified.out.split())
    page = site(school)[f"credentials/{WAIT}/index.html"].decode()
    assert "The State&#39;s Own" in page and STATE not in page and ": valid" in page
    ran = school.run("rosa", "audit", "--json")
    check_again(school.home("rosa"), ran.code, ran.json)


def test_who_endorses_in_the_program_issues_no_badge_by_that(school: Town) -> None:
    """The key of an administrator counts for endorsements alone, and so does a listed endorser."""
    did = issuer_did("", UNIVERSITY.multibase)
    rules = school.home("rosa") / "mcred.yaml"
    rules.write_text(f"{rules.read_text('utf-8')}endorsers: [{{name: State, id: '{did}'}}]\n", "utf-8")
    school.run("rosa", "save", "--programme")
    badge = {k: v for k, v in badge_of(school).items() if k not in ("proof", "credentialStatus")}
    badge = {**badge, "issuer": {"id": did, "type": ["Profile"], "name": STATE}}
    signed = sign_badge(badge, UNIVERSITY, method_id(did, UNIVERSITY), school.now)
    file = school.desk("rosa") / "badge.json"
    file.write_text(json.dumps(signed), "utf-8")
    found = school.run("rosa", "verify", str(file), "--json", expect=None).json
    assert found["answer"] != "valid" and not found["issuer_known"]
