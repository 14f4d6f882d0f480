"""`transcript`: what people earned, and whom it is shown to."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.cli.test_stacks import add_stack
from tests.cli.town import WAIT, Town


def roles(town: Town, *people: str) -> None:
    for one in people:
        town.run("rosa", "person", "add", one, "--role", "administrator")


def test_mine_has_date_hours_levels_and_state(earned: Town) -> None:
    (one,) = earned.run("ana", "transcript", "--json").json["people"]
    (award,) = one["awards"]
    assert (award["credential"], award["state"], award["counts"]) == (WAIT, "valid", True)
    assert one["hours"] == (award["hours"] or 0) and sum(award["levels"].values()) > 0
    assert (one["credits"], award["credits"]) == ("1.5", "1.5")
    text = earned.run("ana", "transcript").out
    assert "Valid: 1 micro-credential," in text and "hours, 1.5 credit hours." in text
    assert earned.run("ana", "transcript", "--resume").out.startswith(f"{award['title']} (micro-credential")


def test_a_stack_is_called_one_and_adds_no_hours(signed: Town) -> None:
    before = signed.run("ana", "transcript", "--json").json["people"][0]
    add_stack(signed, WAIT)
    signed.run("rosa", "stacks", "--award", "--yes")
    signed.run("ana", "sync")
    lines = signed.run("ana", "transcript", "--resume").out.splitlines()
    assert [line.partition(" (")[0] for line in lines if "stack of" in line] == ["Asking Well"]
    after = signed.run("ana", "transcript", "--json").json["people"][0]
    assert len(after["awards"]) == len(before["awards"]) + 1
    for total in ("hours", "credits", "credentials"):
        assert after[total] == before[total]


def test_a_stacks_own_credits_are_shown_and_count_instead_of_its_parts(signed: Town) -> None:
    add_stack(signed, WAIT, credits="3")
    signed.run("rosa", "stacks", "--award", "--yes")
    signed.run("ana", "sync")
    (one,) = signed.run("ana", "transcript", "--json").json["people"]
    said = {a["credential"]: (a["credits"], a["credits_counted"]) for a in one["awards"]}
    assert (said[WAIT], said["stacks/pair"]) == (("1.5", "0"), ("3", "3"))
    assert one["credits"] == "3"
    ran = signed.run("ana", "transcript")
    assert "hours, 3 credit hours." in ran.out and "credits include those of" in ran.out
    assert "credits include those of" in signed.run("rosa", "transcript", "--everyone").out
    resume = signed.run("ana", "transcript", "--resume").out
    assert "(stack of micro-credentials, 3 credit hours)" in resume and "1.5" not in resume
    for name in ("t.csv", "t.html"):
        signed.run("ana", "transcript", f"--{name[2:]}", str(signed.home("ana") / name))
    rows = csv.DictReader((signed.home("ana") / "t.csv").read_text("utf-8-sig").splitlines())
    told = {row["credential"]: (row["credits"], row["credits_counted"]) for row in rows}
    assert (told[WAIT], told["stacks/pair"]) == (("1.5", "0"), ("3", "3"))
    page = (signed.home("ana") / "t.html").read_text("utf-8")
    assert "3 credit hours" in page and '<td class="n">3</td>' in page and "include those of" in page


def test_it_is_written_as_one_record_that_an_issuer_signs(signed: Town) -> None:
    words = ("transcript", "ana", "--clr", "ana.json")
    assert "Would write ana.json" in signed.run("rosa", *words, "--dry-run").out
    for _ in range(2):  # a file that mcred wrote is replaced
        assert "no signature" not in signed.run("rosa", *words).said
    told = signed.run("rosa", "verify", "ana.json", "--json").json
    assert [badge["answer"] for badge in told["badges"]] == ["valid"] * 3
    record = json.loads((signed.home("rosa") / "ana.json").read_text("utf-8"))
    for key, value in (("name", "Everything"), ("comment", "and more")):
        (signed.home("rosa") / "odd.json").write_text(json.dumps({**record, key: value}), "utf-8")
        assert signed.run("rosa", "verify", "odd.json", "--json", expect=None).json["answer"] != "valid"
    assert "It has no signature of its own (only an issuer signs it)" in signed.run("ana", *words).said
    (signed.home("ana") / "notes.json").write_text("{}", "utf-8")
    assert signed.run("ana", *words[:3], "notes.json", expect=1).next
    assert "for one person" in signed.run("rosa", "transcript", "--everyone", *words[2:], expect=2).err
    signed.run("rosa", "revoke", f"ana/{WAIT}", "--reason", "Copied.", "--yes")
    signed.run("rosa", *words)
    assert len(signed.run("rosa", "verify", "ana.json", "--json").json["badges"]) == 2


def test_what_was_revoked_does_not_count(earned: Town) -> None:
    earned.run("rosa", "revoke", f"ana/{WAIT}", "--reason", "Copied.", "--yes")
    (one,) = earned.run("rosa", "transcript", "ana", "--json").json["people"]
    assert (one["hours"], one["credits"], one["credentials"]) == (0, "0", 0)
    assert (one["awards"][0]["state"], one["awards"][0]["why"]) == ("revoked", "Copied.")


def test_others_need_a_role_and_an_administrator_sees_their_own_school_only(earned: Town) -> None:
    school = {
        p["person"]: p["school"]
        for p in earned.run("rosa", "transcript", "--everyone", "--json").json["people"]
    }
    other = next(p for p, s in school.items() if s != school["ana"] and p not in ("rosa", "ana"))
    assert earned.run(other, "transcript", "ana", expect=5).next
    roles(earned, other)
    earned.run(other, "sync")
    assert "own school" in earned.run(other, "transcript", "ana", expect=5).err
    assert earned.run(other, "transcript", "--everyone", expect=5).next
    mine = earned.run(other, "transcript", "--school", school[other], "--json").json
    assert {p["school"] for p in mine["people"]} == {school[other]}
    assert [s["school"] for s in mine["schools"]] == [school[other]]


def test_days_and_names_that_cannot_be_are_refused(earned: Town) -> None:
    assert earned.run("rosa", "transcript", "nobody", expect=1).next
    assert earned.run("rosa", "transcript", "--school", "Nowhere", expect=1).next
    earned.run("rosa", "transcript", "--from", "2027-01-01", "--to", "2026-01-01", expect=2)
    earned.run("rosa", "transcript", "ana", "--everyone", expect=2)
    later = earned.run("ana", "transcript", "--from", "2099-01-01").out
    assert "Nothing earned in that time." in later


@pytest.mark.parametrize("name", ["t.csv", "t.html"])
def test_files_are_written_only_when_they_are_asked_for(earned: Town, name: str) -> None:
    path = earned.desk("rosa") / name
    words = ("transcript", "--everyone", f"--{name[2:]}", str(path))
    earned.run("rosa", *words, "--dry-run")
    assert not path.exists()
    earned.run("rosa", *words)
    first = path.read_bytes()
    earned.run("rosa", *words)
    assert path.read_bytes() == first
    if name == "t.csv":
        (row,) = csv.DictReader(io.StringIO(first.decode("utf-8-sig"), newline=""))
        assert (row["person"], row["credential"], row["counts"], row["credits"]) == (
            "ana",
            WAIT,
            "yes",
            "1.5",
        )
    else:
        assert b"Ana" in first and b"1.5 credit hours" in first and b"<script" not in first


def days_in(town: Town, person: str) -> dict[str, str]:
    """Summary → day of each entry, as a line of text has it once folded lines are joined."""
    path = town.desk(person) / "due.ics"
    town.run(person, "status", "--calendar", str(path))
    data = path.read_bytes()
    assert all(len(line) <= 75 for line in data.split(b"\r\n")), "RFC 5545, 3.1"
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    said = [line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:")]
    days = [line.rpartition(":")[2] for line in lines if line.startswith("DTSTART")]
    return dict(zip(said, days, strict=True))


def test_due_dates_are_in_the_calendars_of_those_they_concern(sent: Town) -> None:
    judge = sent.panel("ana")[0]
    due = sent.run("rosa", "queue", "--all", "--json").json["submissions"][0]["due"].replace("-", "")
    ((asked, day),) = days_in(sent, judge).items()
    assert asked.startswith("Assess ") and asked.endswith(" by ana") and day == due
    ((waits, day),) = days_in(sent, "ana").items()
    assert waits.startswith("Assessments of your ") and day == due
    assert days_in(sent, "rosa") == {}
    sent.assess("ana")
    assert days_in(sent, judge) == {}
    sent.run("ana", "status", "--calendar", "due.txt", expect=2)
