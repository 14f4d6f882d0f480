"""`init`, `person`, `save --programme`, `lint`: how a programme begins and is kept in order."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.keys.signing import read_key
from mcred.domain.ids import PersonId
from mcred.domain.layout import person_ref, profile_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.signatures import make_key
from tests.cli.court import (
    Forgery,
    desk_of,
    names_on_main,
    on_main,
    read_on_main,
    repo_of,
    send_forgery,
)
from tests.cli.town import DEFINITIONS, WAIT, Town, digests, git

WHO = ("--name", "Lakeside Schools", "--person", "Rosa Diaz", "--id", "rosa", "--school", "Office")


@pytest.fixture
def empty(tmp_path: Path) -> Town:
    """A place where nothing is yet."""
    (tmp_path / "people").mkdir()
    return Town(place=tmp_path)


def test_a_programme_is_founded_with_all_it_needs(empty: Town) -> None:
    said = empty.run("rosa", "init", "lake", *WHO, at=empty.place)
    lake = empty.place / "lake"
    assert f"Lakeside Schools was created in {lake}." in said.out
    assert said.next == "mcred init lake --remote /path/to/programme.git"
    names = set(digests(lake))
    assert {
        "mcred.yaml",
        "README.md",
        ".gitignore",
        ".gitattributes",
        "portfolios/rosa/profile.yaml",
        "docs/schema/programme.schema.json",
        "credentials/fractions-number-line/credential.yaml",
    } <= names
    assert git(lake, "status", "--porcelain") == ""
    assert "No problems found, but see the warnings." in empty.run("rosa", "lint", at=lake).out
    found = empty.run("rosa", "person", "list", "--json", at=lake).json["people"]
    assert found == [
        {
            "id": "rosa",
            "name": "Rosa Diaz",
            "school": "Office",
            "roles": ["maintainer", "issuer"],
            "email": None,
        }
    ]
    assert git(lake, "rev-list", "--count", "main").strip() == "1"


def test_the_first_commit_is_signed_as_git_itself_sees_it(empty: Town) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not here")
    empty.run("rosa", "init", "lake", *WHO, "--no-starter", at=empty.place)
    lake = empty.place / "lake"
    profile = (lake / "portfolios/rosa/profile.yaml").read_text("utf-8")
    key = next(x for x in profile.splitlines() if "ssh-ed25519" in x).split("public:")[1].strip().strip('"')
    allowed = empty.place / "allowed"
    allowed.write_text(f"rosa@mcred.invalid {key}\n", "utf-8")
    git(lake, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "main")
    private = lake / ".git" / "mcred" / "signing-key"
    assert private.stat().st_mode & 0o077 == 0
    allowed.write_text(f"rosa@mcred.invalid {make_key().public}\n", "utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        git(lake, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "main")


def test_the_remote_loses_nothing(empty: Town) -> None:
    shared = empty.place / "new" / "lake.git"
    said = empty.run("rosa", "init", "lake", *WHO, "--no-starter", "--remote", str(shared), at=empty.place)
    assert f"\n    mcred join {shared}\n" in said.out and said.next == "cd lake && mcred key new"
    assert git(shared, "config", "core.bare").strip() == "true"
    # What may be rewritten or deleted is the hook's to hold: git's own switches know no exceptions.
    for setting in ("receive.denyNonFastForwards", "receive.denyDeletes"):
        assert git(shared, "config", setting).strip() == "false"
    assert (shared / "hooks" / "pre-receive").exists()
    lake = empty.place / "lake"
    assert git(shared, "rev-parse", "main") == git(lake, "rev-parse", "main")
    before = empty.refs() if empty.remote.exists() else git(shared, "for-each-ref")
    again = empty.run("rosa", "init", "lake", "--remote", str(shared), at=empty.place)
    assert again.next == "cd lake && mcred key new"
    assert git(shared, "for-each-ref") == before
    said = empty.run("rosa", "init", "lake", "--remote", str(empty.place / "b.git"), at=empty.place, expect=1)
    assert f"the program is already online at {shared}\n" in said.said
    assert not (empty.place / "b.git").exists()


def test_a_founder_is_told_what_is_missing_before_the_first_award(empty: Town) -> None:
    shared = str(empty.place / "lake.git")
    told = empty.run("rosa", "init", "lake", *WHO, "--remote", shared, at=empty.place)
    said = " ".join(told.out.split())
    assert "Before the first award:" in said and "no address yet" in said
    for what in ("no key yet that signs awards", "there is no expert for"):
        assert what in said
    assert told.next == "cd lake && mcred key new"
    lake = empty.place / "lake"
    linted = empty.run("rosa", "lint", at=lake)
    assert linted.out.count("warning: ") == 3 and linted.next == "mcred key new"
    empty.run("rosa", "key", "new", at=lake)
    linted = empty.run("rosa", "lint", at=lake)
    assert "no key yet" not in linted.out and linted.next == "mcred person add PERSON --role expert"
    empty.run("rosa", "person", "add", "rosa", "--role", "expert", at=lake)
    linted = empty.run("rosa", "lint", at=lake)
    assert "no expert" not in linted.out and linted.out.count("warning: ") == 1
    assert linted.next == "mcred build"


def test_the_expert_of_one_micro_credential_is_none_for_the_others(empty: Town) -> None:
    empty.run("rosa", "init", "lake", *WHO, "--url", "https://badges.example.org", at=empty.place)
    lake, only = empty.place / "lake", "fractions-number-line"
    empty.run("rosa", "person", "add", "rosa", "--role", "expert", "--for", only, at=lake)
    said = empty.run("rosa", "lint", at=lake).out
    (line,) = (text for text in said.splitlines() if "there is no expert for" in text)
    assert only not in line and "and 8 more" in line


def test_a_live_definition_without_a_golden_example_is_named(town: Town) -> None:
    said = town.run("rosa", "lint").out
    assert f"credentials/{WAIT}/credential.yaml: warning: it is live without a golden example" in said
    place = town.home("rosa") / "credentials" / WAIT / "credential.yaml"
    place.write_text(
        place.read_text("utf-8").replace("title: Wait", "status: draft\ntitle: Wait", 1), "utf-8"
    )
    assert f"credentials/{WAIT}/credential.yaml: warning" not in town.run("rosa", "lint").out


def test_a_programme_is_founded_once(empty: Town) -> None:
    empty.run("rosa", "init", "lake", *WHO, "--no-starter", at=empty.place)
    before = git(empty.place / "lake", "for-each-ref")
    said = empty.run("rosa", "init", "lake", *WHO, at=empty.place, expect=1)
    assert "already holds a program" in said.said
    assert said.next == "mcred init lake --remote ADDRESS"
    assert git(empty.place / "lake", "for-each-ref") == before


def test_a_dry_run_of_init_makes_nothing(empty: Town) -> None:
    words = ("init", "lake", *WHO, "--remote", "r.git", "--dry-run")
    assert "Would create" in empty.run("rosa", *words, at=empty.place).out
    assert [p.name for p in empty.place.iterdir()] == ["people"]


def a_code_repository(place: Path, branch: str = "main") -> None:
    """Someone's repository with a README and a past."""
    place.mkdir()
    who = ("-c", "user.name=R", "-c", "user.email=r@example.org")
    git(place, "init", "--quiet", f"--initial-branch={branch}")
    (place / "README.md").write_text("# Ours\n", "utf-8")
    git(place, "add", ".")
    git(place, *who, "commit", "--quiet", "-m", "Begin")


def test_an_existing_repository_keeps_its_readme_and_its_past(empty: Town) -> None:
    lake = empty.place / "lake"
    a_code_repository(lake)
    first = git(lake, "rev-parse", "main").strip()
    (lake / "notes.txt").write_text("mine\n", "utf-8")
    empty.run("rosa", "init", "lake", *WHO, "--no-starter", at=empty.place)
    assert (lake / "README.md").read_text("utf-8") == "# Ours\n"
    assert git(lake, "show", "main:README.md") == "# Ours\n"
    assert git(lake, "rev-parse", "main^").strip() == first
    assert git(lake, "status", "--porcelain").split() == ["??", "notes.txt"]
    assert (lake / "mcred.yaml").is_file()


def test_a_repository_without_main_is_left_as_it_is(empty: Town) -> None:
    lake = empty.place / "lake"
    a_code_repository(lake, branch="trunk")
    before = git(lake, "for-each-ref"), digests(lake)
    said = empty.run("rosa", "init", "lake", *WHO, at=empty.place, expect=1)
    assert "has no branch main (it has trunk)" in said.said
    assert said.next.startswith(f"git -C {lake} branch -m trunk main")
    assert (git(lake, "for-each-ref"), digests(lake)) == before
    git(lake, "branch", "-m", "trunk", "main")
    empty.run("rosa", "init", "lake", *WHO, "--no-starter", at=empty.place)


def test_a_repository_with_a_place_of_its_own_is_sent_there(empty: Town) -> None:
    lake, hosted = empty.place / "lake", empty.place / "hosted.git"
    a_code_repository(lake)
    git(empty.place, "clone", "--quiet", "--bare", str(lake), str(hosted))
    git(lake, "remote", "add", "origin", str(hosted))
    git(lake, "fetch", "--quiet", "origin")
    words = ("init", "lake", *WHO, "--no-starter")
    said = empty.run("rosa", *words, "--remote", "other.git", at=empty.place, expect=1)
    assert f"the program is already online at {hosted}\n" in said.said
    assert not (lake / "mcred.yaml").exists()
    said = empty.run("rosa", *words, at=empty.place)
    assert said.next == f"mcred init lake --remote {hosted}"
    empty.run("rosa", *said.next.split()[1:], at=empty.place)
    assert git(hosted, "rev-parse", "main") == git(lake, "rev-parse", "main")


def test_a_place_that_did_not_take_it_can_be_given_up(empty: Town) -> None:
    taken = empty.place / "taken.git"
    a_code_repository(empty.place / "theirs")
    git(empty.place, "clone", "--quiet", "--bare", "theirs", str(taken))
    before = digests(taken)
    words = ("init", "lake", *WHO, "--no-starter", "--remote")
    said = empty.run("rosa", *words, str(taken), at=empty.place, expect=6)
    assert f"there is something at {taken} already" in said.said
    assert said.next.partition("   (")[0].endswith("--remote ANOTHER-ADDRESS")
    assert digests(taken) == before, "nothing of mcred's is installed there"
    good = empty.place / "good.git"
    empty.run("rosa", "init", "lake", "--remote", str(good), at=empty.place)
    assert git(good, "rev-parse", "main") == git(empty.place / "lake", "rev-parse", "main")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--url", "javascript:alert(1)"), 2, "--url cannot be"),
        (("--url", "https://x" + 2000 * "y"), 2, "mcred.yaml:"),
        (("--programme-id", "Big Lake"), 2, "'Big Lake' cannot be the program's id"),
        (("--name", "学校"), 2, "cannot be the program's id"),
        (("--publish", "everybody"), 2, "--publish cannot be 'everybody'"),
        (("--id", "con"), 2, "cannot be an id"),
        (("--due-days", "0"), 2, "--due-days"),
    ],
    ids=["url", "long url", "id", "name without letters of an id", "publish", "person", "days"],
)
def test_what_a_programme_cannot_hold_is_refused(
    empty: Town, words: tuple[str, ...], code: int, said: str
) -> None:
    told = empty.run("rosa", "init", "lake", *WHO, *words, at=empty.place, expect=code)
    assert said in told.said
    assert told.next
    assert not (empty.place / "lake" / "mcred.yaml").exists()


def test_people_are_listed_with_those_who_wait(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    said = town.run("rosa", "person", "list")
    rows = [line.split()[0] for line in said.out.splitlines()]
    assert rows[1:8] == ["ana", "ben", "cleo", "dev", "mei", "rosa", "tom"]
    assert "Waiting to be confirmed: eva" in said.out
    assert said.next == "mcred person add eva"
    town.run("rosa", *said.next.split()[1:])
    found = town.run("eva", "person", "list", "--json").json
    assert found["waiting"] == []
    assert "eva" in {p["id"] for p in found["people"]}


def test_a_confirmed_person_brings_their_own_signed_request(town: Town) -> None:
    tip = git(town.remote, "rev-parse", person_ref(PersonId("eva"))).strip()
    main = git(town.remote, "rev-parse", "main").strip()
    said = town.run("rosa", "person", "add", "eva", "--role", "coach", "--role", "issuer")
    assert "Eva Novak (eva) is confirmed: issuer, coach." in said.out
    assert git(town.remote, "log", "-1", "--format=%P", "main").split() == [main, tip]
    changed = git(town.remote, "diff", "--name-only", main, "main").split()
    assert changed == ["mcred.yaml", "portfolios/eva/profile.yaml"]
    assert "# The rules of this program." in on_main(town, "mcred.yaml").decode()
    assert (town.home("rosa") / "portfolios/eva/profile.yaml").is_file()
    assert git(town.home("rosa"), "status", "--porcelain") == ""
    before = git(town.remote, "rev-parse", "main")
    said = town.run("rosa", "person", "add", "eva", "--role", "coach")
    assert "nothing to change" in said.out
    assert git(town.remote, "rev-parse", "main") == before


def test_a_dry_run_confirms_no_one(town: Town) -> None:
    before = town.refs(), town.files("rosa")
    said = town.run("rosa", "person", "add", "eva", "--role", "expert", "--dry-run")
    assert "Would confirm eva as expert." in said.out
    assert (town.refs(), town.files("rosa")) == before


def test_an_expert_for_one_micro_credential(town: Town) -> None:
    town.run("rosa", "person", "add", "dev", "--role", "expert", "--for", WAIT)
    roles = read_on_main(town, "mcred.yaml", Programme).roles
    assert list(roles.experts_for) == [WAIT]
    assert roles.experts_for[DEFINITIONS[WAIT].id] == ("dev",)
    assert "dev" not in roles.experts


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ("dev", "--role", "boss"),
            1,
            "there is no role 'boss'; there are maintainer, issuer, expert, coach",
        ),
        (("dev", "--role", "expert", "--for", "wait-tim"), 1, "did you mean wait-time?"),
        (("dev", "--for", WAIT), 2, "--for names what someone is an expert for"),
        (("dev", "--role", "coach", "--for", WAIT), 2, "--for names what someone is an expert for"),
        (("Dev Patel",), 1, "'Dev Patel' is not an id"),
        (("nobody",), 1, "nobody has not asked to join"),
    ],
    ids=["role", "credential", "no role", "another role", "name", "stranger"],
)
def test_what_a_person_cannot_be_is_refused(town: Town, words: tuple[str, ...], code: int, said: str) -> None:
    before = git(town.remote, "rev-parse", "main")
    told = town.run("rosa", "person", "add", *words, expect=code)
    assert said in told.said
    assert told.next.startswith("mcred ")
    assert git(town.remote, "rev-parse", "main") == before


def test_only_maintainers_confirm(town: Town) -> None:
    said = town.run("mei", "person", "add", "eva", expect=5)
    assert "only maintainers confirm people (rosa)" in said.said
    town.run("rosa", "person", "remove", "eva", expect=2)


def ask_in_the_name_of(town: Town, person: str, by: str, **changes: Any) -> None:
    """Someone sends a request to be confirmed that they made themselves."""
    own = desk_of(town, "rosa").catalog.people[PersonId(by)]
    profile: Person = replace(own, **{"id": PersonId(person), "name": "Somebody", **changes})
    send_forgery(
        town,
        Forgery(
            by=by,
            ref=person_ref(PersonId(person)),
            parent=git(town.remote, "rev-parse", "main").strip(),
            files={profile_path(PersonId(person)): encode(profile)},
            text=message("Introduce", "person"),
            key=read_key(repo_of(town, by)),
        ),
    )


def test_a_request_in_a_confirmed_persons_name_is_refused(town: Town) -> None:
    assert "refs/heads/person/ana" not in git(town.remote, "for-each-ref")
    ask_in_the_name_of(town, "ana", "ben")
    said = town.run("rosa", "person", "add", "ana", expect=5)
    assert "someone else may be asking in their name" in said.said
    assert "Ana Reyes" in on_main(town, "portfolios/ana/profile.yaml").decode()


def test_a_request_signed_with_a_key_it_does_not_name_is_refused(town: Town) -> None:
    keys = desk_of(town).catalog.people[PersonId("mei")].keys
    ask_in_the_name_of(town, "mallory", "ben", keys=keys)
    said = town.run("rosa", "person", "add", "mallory", expect=5)
    assert "not signed with a key of their own profile" in said.said
    assert "mallory" not in str(names_on_main(town, "portfolios"))


def test_a_request_that_says_another_id_is_refused(town: Town) -> None:
    ask_in_the_name_of(town, "mallory", "ben", id=PersonId("ben"))
    before = git(town.remote, "rev-parse", "main")
    said = town.run("rosa", "person", "add", "mallory", expect=5)
    assert "not signed with a key of their own profile" in said.said
    assert git(town.remote, "rev-parse", "main") == before


def test_a_second_account_with_the_same_key_is_refused(town: Town) -> None:
    ask_in_the_name_of(town, "ben-two", "ben")
    said = town.run("rosa", "person", "add", "ben-two", expect=5)
    assert "ben-two names a key that is ben's; a key belongs to one person" in said.said


def test_a_changed_profile_is_confirmed_when_its_owner_signed_it(town: Town) -> None:
    town.run("ana", "setup", "--school", "Harbor School")
    assert "Waiting to be confirmed: ana" in town.run("rosa", "person", "list").out
    town.run("rosa", "person", "add", "ana")
    assert "Harbor School" in on_main(town, "portfolios/ana/profile.yaml").decode()


def test_a_changed_profile_that_leaves_out_a_key_is_refused(town: Town) -> None:
    profile = town.home("ana") / "portfolios" / "ana" / "profile.yaml"
    text = profile.read_text("utf-8")
    assert text.count("- public: ssh-") == 1
    extra = "  - public: ssh-ed25519 AAAAolder\n    since: '2025-09-01'\n    retired: '2026-09-01'\n"
    profile.write_text(text.replace("keys:\n", f"keys:\n{extra}"), "utf-8")
    town.run("ana", "setup", "--school", "Harbor School")
    town.run("rosa", "person", "add", "ana")
    assert b"AAAAolder" in on_main(town, "portfolios/ana/profile.yaml")
    profile.write_text(profile.read_text("utf-8").replace(extra, ""), "utf-8")
    town.run("ana", "setup", "--school", "Hill School")
    said = town.run("rosa", "person", "add", "ana", expect=5)
    assert "leaves out a key that earlier work was signed with" in said.said
    assert b"AAAAolder" in on_main(town, "portfolios/ana/profile.yaml")
