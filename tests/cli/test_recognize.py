"""`mcred recognize`: a district's policy, applied to the record and to files, today and on an earlier day."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mcred.app.recognition.record import RecordRecognized, RecordRecognizedPlan
from mcred.domain.catalog import Catalog
from mcred.domain.ids import PersonId
from mcred.problems import Exit, McredError
from tests.audit.second_checker import check_again
from tests.cli.court import desk_of, set_rules
from tests.cli.listed import award_of, built
from tests.cli.test_guard import guarded
from tests.cli.town import SLIP, WAIT, Town, git

POLICY = f"""\
format: 2
id: maple
title: Maple Ridge
issuers:
  - id: own
    program: true
overrides: refused
earned_within_months: 24
rules:
  - id: talk
    credentials: [{{id: {WAIT}}}]
    worth: {{hours: 15, stipend_usd: 300.00}}
  - id: slip
    credentials: [{{id: {SLIP}}}]
    worth: {{hours: 5.5}}
adjustments:
  - {{id: fall, submit_by: 09-15, pay_from: 10-01}}
caps:
  - most: {{hours: 18}}
    per: school-year
"""
EXAMPLES = f"""\
format: 2
id: maple
examples:
  - id: one
    as_of: 2026-03-02
    badges: [{{id: a, issuer: own, credential: {WAIT}, version: 1.0.0, earned: 2026-03-02}}]
    total: {{hours: 15, stipend_usd: 300.00}}
"""


def write_policy(town: Town, text: str = POLICY, examples: str = EXAMPLES, by: str = "rosa") -> Path:
    folder = town.home(by) / "recognition"
    folder.mkdir(exist_ok=True)
    (folder / "maple.examples.yaml").write_text(examples, "utf-8")
    (folder / "maple.yaml").write_text(text, "utf-8")
    return folder / "maple.yaml"


@pytest.fixture
def judged(signed: Town) -> Town:
    """Ana holds both micro-credentials, and the programme has a policy."""
    write_policy(signed)
    signed.run("rosa", "save", "--programme")
    return signed


def recognized(town: Town, *words: str, by: str = "rosa", expect: int | None = 0) -> Any:
    """The only account of a run."""
    said = town.run(by, "recognize", *words, "--json", expect=expect).json
    assert said["schema"] == "mcred/recognize/1"
    (account,) = said["accounts"]
    return account


def reasons(account: Any) -> Sequence[tuple[str, str | None]]:
    return [(r["code"], r["where"]) for line in account["lines"] for r in line["reasons"]]


def test_a_record_comes_to_hours_and_pay_line_by_line(judged: Town) -> None:
    account = recognized(judged, "ana")
    assert account["total"] == {"hours": "18", "stipend_usd": "300.00"}
    lines = {line["credential"]: line for line in account["lines"]}
    assert lines[WAIT]["pay_from"] == "2026-10-01"
    counted = sorted(line["counted"]["hours"] for line in account["lines"])
    assert counted in (["15", "3"], ["12.5", "5.5"])
    cap_line = POLICY.splitlines().index("  - most: {hours: 18}") + 1
    assert reasons(account) == [("cap", f"recognition/maple.yaml:{cap_line}")]
    assert account["periods"][0] == {"kind": "school year", "begins": "2025-07-01", "total": account["total"]}
    said = judged.run("ana", "recognize").out
    assert "Ana Reyes · Maple Ridge" in said and f"recognition/maple.yaml:{cap_line}" in said


def test_an_earlier_day_is_answered_by_the_rules_and_the_record_of_that_day(judged: Town) -> None:
    day = str(judged.now.date())
    before = recognized(judged, "ana", "--as-of", day)
    judged.now += timedelta(days=3)
    judged.run("rosa", "revoke", f"ana/{WAIT}", "--reason", "Not her lesson.", "--yes")
    write_policy(judged, POLICY.replace("hours: 5.5", "hours: 7"))
    judged.run("rosa", "save", "--programme")
    now = recognized(judged, "ana")
    assert now["total"] == {"hours": "7", "stipend_usd": "0.00"}
    assert ("revoked", None) in reasons(now)
    assert recognized(judged, "ana", "--as-of", day) == before
    judged.now += timedelta(days=400)
    assert recognized(judged, "ana", "--as-of", day) == before
    late = recognized(judged, "ana")
    assert [r for line in late["lines"] for r in line["reasons"] if r["code"] == "expired"]


def test_the_policy_is_the_maintainers(signed: Town) -> None:
    signed.run("rosa", "person", "add", "dev", "--role", "issuer")
    signed.run("dev", "sync")
    write_policy(signed, by="dev")
    ran = signed.run("dev", "save", "--programme", expect=Exit.NOT_ALLOWED)
    assert "only maintainers change recognition/maple" in ran.said


def test_an_audit_takes_it_from_a_maintainer(judged: Town) -> None:
    assert judged.run("rosa", "audit", "--json").json["clean"]


def test_everyones_lines_for_a_spreadsheet(judged: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    out = judged.desk("rosa") / "all.csv"
    one_by_one: list[PersonId] = []
    monkeypatch.setattr(Catalog, "records_of", lambda _, person: one_by_one.append(person))
    monkeypatch.setattr(Catalog, "stacked_of", lambda _, person: one_by_one.append(person))
    judged.run("rosa", "recognize", "--csv", str(out))
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert {row["person"] for row in rows} == {"ana"}
    assert one_by_one == []
    assert sorted((row["rule"], row["unit"], row["worth"]) for row in rows) == [
        ("slip", "hours", "5.5"),
        ("talk", "hours", "15"),
        ("talk", "stipend_usd", "300.00"),
    ]
    assert judged.run("rosa", "recognize", "--csv", str(out)).code == 0
    out.write_text("mine", "utf-8")
    assert "already exists" in judged.run("rosa", "recognize", "--csv", str(out), expect=1).said


def badge_file(town: Town, file: str = "badge.json", **changes: Any) -> Path:
    path = town.desk("rosa") / file
    path.write_text(json.dumps({**award_of(town), **changes}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def test_files_are_verified_first_and_count_once_with_the_record(judged: Town) -> None:
    good, forged = badge_file(judged), badge_file(judged, "=forged.json", name="Another title")
    account = recognized(judged, str(good))
    assert account["total"]["hours"] == "15"
    assert recognized(judged, str(good), "--policy", "recognition/maple.yaml") == account
    both = recognized(judged, str(good), str(forged))
    assert both == recognized(judged, str(forged), str(good))
    assert both["total"] == account["total"]
    assert [code for code, _ in reasons(both)] == ["not valid"]
    with_record = recognized(judged, "ana", str(good))
    assert with_record["total"] == recognized(judged, "ana")["total"]
    assert "counted before" in [code for code, _ in reasons(with_record)]
    assert [c for c, _ in reasons(recognized(judged, str(good), "--identity", "ben"))] == ["not valid"]
    assert recognized(judged, str(good), "--identity", "ana")["total"] == account["total"]


def test_a_record_of_several_badges_is_none_itself(judged: Town, tmp_path: Path) -> None:
    """In a file of its own, in a zip file of the issuer's and of someone else's."""
    record, export, packed = tmp_path / "all.json", tmp_path / "all.zip", tmp_path / "packed.zip"
    judged.run("rosa", "transcript", "ana", "--clr", str(record))
    judged.run("rosa", "export", "--person", "ana", "--out", str(export))
    with zipfile.ZipFile(packed, "w") as made:
        made.write(record, "folder/all.json")
        made.write(badge_file(judged), "folder/clr.json")
    with zipfile.ZipFile(export) as made:
        assert "clr.json" in made.namelist()
    for place, credentials in ((record, [SLIP, WAIT]), (export, [SLIP, WAIT]), (packed, [SLIP, WAIT, WAIT])):
        account = recognized(judged, str(place))
        assert sorted(str(line["credential"]) for line in account["lines"]) == credentials
        assert account["total"]["hours"] == "18"


def test_no_cell_of_a_table_is_a_formula(judged: Town) -> None:
    desk = judged.home("rosa")
    (desk / "=forged.json").write_bytes(badge_file(judged, name="Another title").read_bytes())
    judged.run("rosa", "recognize", "=forged.json", "--csv", "f.csv")
    (row,) = csv.DictReader((desk / "f.csv").read_text("utf-8-sig").splitlines())
    assert row["badge"] == "'=forged.json" and row["counted"] == ""


def outside(town: Town, policy: str) -> Path:
    """A district's own folder, outside of the programme, with a history of its own."""
    desk = town.desk("rosa")
    (desk / "maple.yaml").write_text(policy, "utf-8")
    git(desk, "init", "-q", "-b", "main")
    return desk


def keep(desk: Path, day: str) -> None:
    git(desk, "add", "maple.yaml")
    changed = {**os.environ, "GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
    who = ("-c", "user.name=D", "-c", "user.email=d@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, "commit", "-qm", day], cwd=desk, env=changed, check=True)


def test_a_district_of_its_own_needs_the_issuers_pages_and_has_its_own_history(judged: Town) -> None:
    badge, pages = badge_file(judged), built(judged)
    issuer = json.loads(badge.read_text("utf-8"))["issuer"]["id"]
    policy = POLICY.replace("program: true", f"known_as: ['{issuer}']")
    desk = outside(judged, policy)
    keep(desk, "2026-03-02")
    (desk / "maple.yaml").write_text(policy.replace("hours: 15", "hours: 12"), "utf-8")
    keep(desk, "2026-03-05")
    judged.now += timedelta(days=10)

    def total(*words: str) -> str:
        ran = judged.run(
            "rosa", "recognize", "badge.json", "--policy", "maple.yaml", *words, "--json", at=desk
        )
        (account,) = ran.json["accounts"]
        hours: str = account["total"]["hours"]
        return hours

    later = ("recognize", "badge.json", "--policy", "maple.yaml", "--as-of", "9999-12-31")
    assert "later than today" in judged.run("rosa", *later, at=desk, expect=Exit.USAGE).said
    assert total() == "0"
    assert total("--site", str(pages)) == "12"
    assert total("--site", str(pages), "--as-of", "2026-03-06") == "12"
    assert total("--site", str(pages), "--as-of", "2026-03-03") == "15"
    bare = judged.desk("mei") / "maple.yaml"
    bare.write_text(policy, "utf-8")
    early = ("recognize", str(badge), "--policy", str(bare), "--as-of", "2026-03-01")
    assert "did not exist on 2026-03-01" in judged.run("rosa", *early, at=bare.parent, expect=1).said
    early = ("recognize", "badge.json", "--policy", "maple.yaml", "--as-of", "2026-03-01")
    assert "did not exist on 2026-03-01" in judged.run("rosa", *early, at=desk, expect=1).said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("ana", "ben"), Exit.USAGE, "badges of two people"),
        (("anna",), Exit.REFUSED, "did you mean ana?"),
        (("ana", "--policy", "mapel"), Exit.REFUSED, "did you mean maple?"),
        (("ana", "--as-of", "2026-13-01"), Exit.USAGE, "is not a date"),
        (("ana", "--as-of", "2031-01-01"), Exit.USAGE, "later than today"),
        (("ana", "--as-of", "2020-01-01"), Exit.REFUSED, "no program on 2020-01-01"),
        (("ana", "--as-of", "0001-01-01"), Exit.REFUSED, "no program on 0001-01-01"),
        (("nowhere.json",), Exit.REFUSED, "nowhere.json"),
        (("--csv", "x.txt"), Exit.USAGE, "has to end with .csv"),
    ],
)
def test_what_cannot_be_answered_says_why(
    judged: Town, words: tuple[str, ...], code: Exit, said: str
) -> None:
    ran = judged.run("rosa", "recognize", *words, expect=code)
    assert said in ran.said


def test_without_a_policy_the_next_step_is_named(signed: Town) -> None:
    ran = signed.run("ana", "recognize", expect=1)
    assert "no recognition policy" in ran.said and "mcred lint" in ran.next


def test_lint_names_file_line_and_remedy(judged: Town) -> None:
    broken = POLICY.replace(f"id: {SLIP}", "id: exit-slop")
    write_policy(judged, broken, EXAMPLES.replace("300.00", "310.00"))
    found = judged.run("rosa", "lint", "--json", expect=1).json["problems"]
    said = {row["where"].partition(":")[0]: row for row in found}
    assert "310.00" in said["recognition/maple.examples.yaml"]["what"]
    whats = [row["what"] for row in found]
    assert "there is no micro-credential 'exit-slop' here" in whats
    write_policy(judged, POLICY.replace("hours: 5.5", "hours: -5"))
    (row,) = [
        r for r in judged.run("rosa", "lint", "--json", expect=1).json["problems"] if "amount" in r["what"]
    ]
    assert row["where"].startswith("recognition/maple.yaml:15:") and row["help"]
    write_policy(judged, POLICY + "time_zone: America/Chicagoo\n")
    assert "no time zone 'America/Chicagoo'" in judged.run("rosa", "lint", expect=1).said
    write_policy(judged, POLICY + "time_zone: localtime\n")
    assert "no time zone 'localtime'" in judged.run("rosa", "lint", expect=1).said
    write_policy(judged, POLICY + "recognizers: [dana]\n")
    assert "there is no person 'dana' here" in judged.run("rosa", "lint", expect=1).said
    write_policy(judged, POLICY + "lane: x\n")
    assert "unknown key 'lane'" in judged.run("rosa", "lint", expect=1).said


def test_impact_says_who_gains_and_who_loses_before_it_holds(judged: Town) -> None:
    assert judged.run("rosa", "impact", "recognition/maple.yaml", "--json").json["people"] == []
    write_policy(judged, POLICY.replace("stipend_usd: 300.00", "stipend_usd: 250.00").replace("18", "20"))
    found = judged.run("rosa", "impact", "maple", "--json").json
    assert found["schema"] == "mcred/impact-policy/1"
    (ana,) = found["people"]
    assert (ana["person"], ana["changes"]) == ("ana", {"hours": "2", "stipend_usd": "-50.00"})
    assert [e["example"] for e in found["examples"]] == ["one"]
    assert "-50.00" in judged.run("rosa", "impact", "maple").out


def test_an_award_against_the_levels_counts_as_the_policy_says(sent: Town) -> None:
    set_rules(sent, "override: two-issuers", "override: reason")
    sent.assess("ana", levels={"questions": "basic"})
    sent.run("rosa", "reconcile", f"ana/{WAIT}", "--award", "--reason", "I saw it.", "--yes")
    for policy, codes, total in (
        (POLICY, ["override"], "0"),
        (POLICY.replace("refused", "accepted"), [], "15"),
    ):
        write_policy(sent, policy)
        sent.run("rosa", "save", "--programme")
        account = recognized(sent, "ana")
        assert ([code for code, _ in reasons(account)], account["total"]["hours"]) == (codes, total)


def test_files_and_record_agree_on_a_stack_whose_badge_was_issued_again(judged: Town) -> None:
    stack = f"format: 2\nid: pair\nversion: 1.0.0\ntitle: Both\ncredentials: [{WAIT}, {SLIP}]\n"
    place = judged.home("rosa") / "credentials" / "stacks" / "pair.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(stack, "utf-8")
    rule = "  - id: pair\n    stacks: [pair]\n    worth: {hours: 17}\nadjustments:"
    write_policy(judged, POLICY.replace("adjustments:", rule).replace("hours: 18", "hours: 90"))
    judged.run("rosa", "save", "--programme")
    judged.run("rosa", "stacks", "--award")
    judged.run("rosa", "reissue", f"ana/{WAIT}", "--reason", "A new address.", "--yes")
    folder = judged.home("rosa") / "portfolios" / "ana"
    files = [folder / WAIT / "attempts/1/badge-2.json", folder / "stacks/pair/1/badge.json"]
    assert recognized(judged, *map(str, files))["total"]["hours"] == "17"
    files.append(folder / SLIP / "attempts/1/badge.json")
    assert recognized(judged, *map(str, files))["total"] == recognized(judged, "ana")["total"]


def test_a_file_next_to_a_person_counts_only_if_it_is_theirs(judged: Town) -> None:
    badge = str(badge_file(judged))
    foreign = recognized(judged, "ben", badge)
    assert foreign["total"]["hours"] == "0"
    (line,) = foreign["lines"]
    assert [(r["code"], r["what"]) for r in line["reasons"]] == [("not valid", "not issued to ben")]
    assert line["holder"] == "checked"
    assert {row["holder"] for row in recognized(judged, "ana")["lines"]} == {"on record"}
    out = judged.desk("rosa") / "files.csv"
    judged.run("rosa", "recognize", badge, "--csv", str(out))
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert {row["holder"] for row in rows} == {"not checked"}
    assert [row["holder"] for row in recognized(judged, badge)["lines"]] == ["not checked"]
    assert [row["holder"] for row in recognized(judged, badge, "--identity", "ana")["lines"]] == ["checked"]


def test_others_are_shown_to_those_whom_their_transcripts_are_shown_to(judged: Town) -> None:
    people = judged.run("rosa", "transcript", "--everyone", "--json").json["people"]
    school = {p["person"]: p["school"] for p in people}
    other = next(p for p, s in school.items() if s != school["ana"] and p not in ("rosa", "ana"))
    out = judged.desk("ana") / "all.csv"

    def listed(by: str) -> set[str]:
        judged.run(by, "recognize", "--csv", str(out))
        return {row["person"] for row in csv.DictReader(out.read_text("utf-8-sig").splitlines())}

    judged.run(other, "sync")
    assert "your roles" in judged.run(other, "recognize", "ana", expect=Exit.NOT_ALLOWED).said
    assert (listed("rosa"), listed("ana"), listed(other)) == ({"ana"}, {"ana"}, set())
    assert recognized(judged, "ana", by="ana") == recognized(judged, "ana")
    judged.run("rosa", "person", "add", other, "--role", "administrator")
    judged.run(other, "sync")
    assert "own school" in judged.run(other, "recognize", "ana", expect=Exit.NOT_ALLOWED).said
    assert listed(other) == set()


def test_days_are_those_of_the_policys_time_zone_in_record_and_files(judged: Town) -> None:
    badge = str(badge_file(judged))
    award = datetime.fromisoformat(award_of(judged)["awardedDate"])
    days = set()
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
        day = award.astimezone(ZoneInfo(zone)).date()
        days.add(day)
        write_policy(judged, f"{POLICY}time_zone: {zone}\n")
        judged.run("rosa", "save", "--programme")
        of_record = {line["credential"]: line for line in recognized(judged, "ana")["lines"]}
        (of_file,) = recognized(judged, badge)["lines"]
        assert of_record[WAIT]["earned"] == of_file["earned"] == str(day)
        assert of_record[WAIT]["ends"] == of_file["ends"]
        today = judged.now.astimezone(ZoneInfo(zone)).date()
        assert recognized(judged, "ana")["as_of"] == str(today)
        assert recognized(judged, "ana", "--as-of", str(today)) == recognized(judged, "ana")
        tomorrow = str(today + timedelta(days=1))
        ran = judged.run("rosa", "recognize", "ana", "--as-of", tomorrow, expect=Exit.USAGE)
        assert "later than today" in ran.said
    assert len(days) == 2


def record(town: Town, *words: str, by: str = "rosa", expect: int | None = 0) -> Any:
    """What `--record` answers."""
    ran = town.run(by, "recognize", *words, "--record", "--yes", "--json", expect=expect)
    return ran.json if ran.code == 0 else ran


def test_what_counts_is_recorded_once_and_an_audit_derives_it(judged: Town) -> None:
    before = git(judged.home("rosa"), "rev-parse", "main")
    dry = judged.run("rosa", "recognize", "ana", "--record", "--dry-run")
    assert "Together: 18 hours, 300.00 USD stipend" in dry.out and "Nothing was changed" in dry.out
    assert "--yes" in judged.run("rosa", "recognize", "ana", "--record", expect=Exit.USAGE).said
    assert git(judged.home("rosa"), "rev-parse", "main") == before

    said = record(judged, "ana")
    assert (said["schema"], said["status"]) == ("mcred/recognize-record/1", "done")
    assert said["decision"]["total"] == {"hours": "18", "stipend_usd": "300.00"}
    assert {line["rule"] for line in said["lines"]} == {"talk", "slip"}
    again = record(judged, "ana")
    assert (again["status"], again["decision"], again["lines"]) == ("not needed", None, [])
    assert judged.run("rosa", "audit", "--json").json["clean"]

    # Nothing of it is paid twice, and what is taken back is told.
    judged.now += timedelta(days=400)
    late = recognized(judged, "ana")
    assert late["total"]["hours"] == "18" and late["unrecorded"] == {}
    judged.run("rosa", "revoke", f"ana/{WAIT}", "--reason", "Not her lesson.", "--yes")
    assert "Not recorded yet: -" in judged.run("rosa", "recognize", "ana").out
    back = record(judged, "ana")
    assert (back["decision"]["number"], back["decision"]["total"]["stipend_usd"]) == (2, "-300.00")
    account = recognized(judged, "ana")
    assert [row["number"] for row in account["recorded"]] == [1, 2]
    assert judged.run("rosa", "audit", "--json").json["clean"]


def test_only_recognizers_record_and_never_their_own(judged: Town) -> None:
    ran = record(judged, "ana", by="mei", expect=Exit.NOT_ALLOWED)
    assert "mei is not a recognizer of maple" in ran.said
    write_policy(judged, POLICY.replace("overrides:", "recognizers: [ben, ana]\noverrides:"))
    judged.run("rosa", "save", "--programme")
    assert "rosa is not a recognizer" in record(judged, "ana", expect=Exit.NOT_ALLOWED).said
    for person in ("ana", "ben"):
        judged.run(person, "sync")
    assert "their own badges" in record(judged, "ana", by="ana", expect=Exit.NOT_ALLOWED).said
    assert record(judged, "ana", by="ben")["decision"]["by"] == "ben"
    assert judged.run("rosa", "audit", "--json").json["clean"]


def test_a_day_is_recorded_by_its_rules_and_none_before_one_that_is_recorded(judged: Town) -> None:
    day = str(judged.now.date())
    judged.now += timedelta(days=3)
    write_policy(judged, POLICY.replace("hours: 18", "hours: 90"))
    judged.run("rosa", "save", "--programme")
    first = record(judged, "ana", "--as-of", day)
    assert (first["as_of"], first["decision"]["total"]["hours"]) == (day, "18")
    second = record(judged, "ana")
    assert second["decision"]["total"] == {"hours": "2.5"}
    ran = record(judged, "ana", "--as-of", day, expect=Exit.USAGE)
    assert "was recorded already" in ran.said
    assert judged.run("rosa", "audit", "--json").json["clean"]
    for words in (("ana", "ben"), (), ("ana", "--csv", "x.csv"), ("ana", "--policy", "x.yaml")):
        assert "one person's record" in record(judged, *words, expect=Exit.USAGE).said


def commit_unchecked(town: Town, text: str, *words: str) -> None:
    """Rosa commits what a git command stages, without mcred."""
    git(town.home("rosa"), "reset", "--quiet")
    git(town.home("rosa"), *words)
    day = town.now.isoformat()
    env = os.environ | {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
    commit = ("git", "commit", "--quiet", "--no-verify", "-m", text)
    subprocess.run(commit, cwd=town.home("rosa"), env=env, check=True)


def test_a_wrong_one_on_main_is_in_no_ones_way(judged: Town) -> None:
    """No remote's check kept it away."""
    said = record(judged, "ana")["decision"]
    place = judged.home("rosa") / "portfolios" / "ana"
    first, ahead, odd = (place / f"recognized-maple-{number}.json" for number in (1, 2, 4))
    text = first.read_text("utf-8")
    ahead.write_text(text.replace('"number": 1', '"number": 2').replace(said["as_of"], "2199-01-01"), "utf-8")
    odd.write_text("{}\n", "utf-8")
    commit_unchecked(judged, "Ahead", "add", "-f", str(ahead), str(odd))
    back = record(judged, "ana")["decision"]
    assert (back["number"], back["total"]) == (3, {"hours": "-18", "stipend_usd": "-300.00"})

    # Nor is one that was taken away recorded again.
    commit_unchecked(judged, "Away", "rm", "-q", str(first), str(ahead))
    assert record(judged, "ana")["status"] == "not needed"
    write_policy(judged, POLICY.replace("hours: 18", "hours: 17"))
    judged.run("rosa", "save", "--programme")
    more = record(judged, "ana")["decision"]
    assert (more["number"], more["total"]) == (5, {"hours": "-1"})
    rows = judged.run("rosa", "audit", "--json", expect=1).json["recognized"]
    assert {row["number"]: row["proved"] for row in rows} == {1: False, 2: False, 3: True, 4: False, 5: True}


def test_a_link_on_main_has_its_number(judged: Town) -> None:
    link = judged.home("rosa") / "portfolios" / "ana" / "recognized-maple-1.json"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("profile.yaml")
    commit_unchecked(judged, "Link", "add", "-f", str(link))
    assert record(judged, "ana")["decision"]["number"] == 2


def test_main_moves_while_a_recognizer_is_asked(judged: Town) -> None:
    """What has nothing to do with it comes first, then another who records the same."""
    town = guarded(judged)
    ws = desk_of(town, "rosa")
    plan = RecordRecognized(earner="ana").plan(ws)
    assert isinstance(plan, RecordRecognizedPlan)
    town.run("mei", "setup", "--school", "Bay School")
    town.run("rosa", "person", "add", "mei")
    done = plan.apply(ws)
    assert done.decision is not None and done.decision.main != ws.main
    assert git(town.remote, "rev-parse", "main^").strip() == done.decision.main
    with pytest.raises(McredError, match="has changed meanwhile") as refused:
        plan.apply(ws)
    assert refused.value.code is Exit.CHANGED
    assert [row["number"] for row in recognized(town, "ana")["recorded"]] == [1]


def test_both_checkers_derive_stacks_renewals_and_badges_issued_again(judged: Town) -> None:
    stack = f"format: 2\nid: pair\nversion: 1.0.0\ntitle: Both\ncredentials: [{WAIT}, {SLIP}]\n"
    place = judged.home("rosa") / "credentials" / "stacks" / "pair.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(stack, "utf-8")
    rule = "  - id: pair\n    stacks: [pair]\n    worth: {hours: 25}\nadjustments:"
    policy = POLICY.replace("adjustments:", rule).replace("hours: 18", "hours: 90")
    write_policy(judged, policy)
    judged.run("rosa", "save", "--programme")
    judged.run("rosa", "stacks", "--award")
    first = record(judged, "ana")
    assert first["decision"]["total"]["hours"] == "25"
    assert [line["rule"] for line in first["lines"] if "stacks" in line["badge"]] == ["pair"]
    judged.run("rosa", "reissue", f"ana/{WAIT}", "--reason", "A new address.", "--yes")
    judged.now += timedelta(days=90)
    judged.run("rosa", "renew", f"ana/{SLIP}", "--reason", "Again.", "--yes")
    write_policy(
        judged, POLICY.replace("adjustments:", rule).replace("hours: 18", "hours: 90").replace("5.5", "6")
    )
    judged.run("rosa", "save", "--programme")
    judged.now += timedelta(days=90)
    again = record(judged, "ana")
    assert again["status"] == "done"
    ran = judged.run("rosa", "audit", "--json")
    assert ran.json["clean"] and [one["proved"] for one in ran.json["recognized"]] == [True, True]
    check_again(judged.home("rosa"), ran.code, ran.json)


def test_what_expired_after_it_was_recorded_is_shown_as_recorded_and_counted(judged: Town) -> None:
    assert {(tuple(line["decisions"]), line["stays"]) for line in recognized(judged, "ana")["lines"]} == {
        ((), None)
    }
    record(judged, "ana")
    judged.now += timedelta(days=400)
    account = recognized(judged, "ana")
    lines = {line["credential"]: line for line in account["lines"]}
    slip = lines[SLIP]
    assert slip["ends"] < account["as_of"] and slip["reasons"] == [] and slip["counted"] == slip["recorded"]
    assert (slip["decisions"], slip["stays"]) == ([1], f"it expired on {slip['ends']}")
    assert (lines[WAIT]["decisions"], lines[WAIT]["stays"]) == ([1], None)
    said = judged.run("rosa", "recognize", "ana").out
    assert "Recorded: 5.5 hours (decision 1)" in said
    assert f"Still counts: it expired on {slip['ends']}, but is on record" in said
    assert "(decision 1): 18 hours" in said and "Not counted: it expired" not in said


def test_impact_compares_what_the_next_decision_would_hold(judged: Town) -> None:
    record(judged, "ana")
    judged.now += timedelta(days=400)
    # Of what expired since, no less counts by a policy that takes nothing so old; more is the difference.
    edited = POLICY.replace("earned_within_months: 24", "earned_within_months: 1").replace("5.5", "7")
    write_policy(judged, edited.replace("hours: 18", "hours: 90"))
    (ana,) = judged.run("rosa", "impact", "maple", "--json").json["people"]
    assert ana["changes"] == {"hours": "4"}
    assert (ana["next_before"], ana["next_after"]) == ({}, {"hours": "4"})
    said = judged.run("rosa", "impact", "maple").out
    assert "next decision" in said and "nothing → 4 hours" in said
    judged.run("rosa", "save", "--programme")
    assert record(judged, "ana")["decision"]["total"] == {"hours": "4"}
    assert judged.run("rosa", "audit", "--json").json["clean"]


def copy_policy(town: Town, **changes: str) -> None:
    """The same policy under another id."""
    text = POLICY.replace("id: maple", "id: birch")
    for old, new in changes.items():
        assert f"{old}:" in text
        text = text.replace(f"{old}:", f"{new}:")
    (town.home("rosa") / "recognition" / "birch.yaml").write_text(text, "utf-8")


def test_what_another_policy_recorded_is_named_before_it_is_recorded_again(judged: Town) -> None:
    record(judged, "ana")
    copy_policy(judged)
    judged.run("rosa", "save", "--programme")
    words = ("ana", "--policy", "birch")
    slip = f"Already recorded by the policy maple (decision 1): ana/{SLIP} attempt 1, "
    dry = judged.run("rosa", "recognize", *words, "--record", "--dry-run")
    talk = "300.00 USD stipend"
    assert slip in dry.out and dry.out.count("Already recorded") == 2 and talk in dry.out
    assert slip in judged.run("rosa", "recognize", *words).out
    assert "Already recorded" not in judged.run("ana", "recognize", "--policy", "birch").out
    assert {row["badge"]: row["policy"] for row in recognized(judged, *words)["already"]} == {
        f"ana/{SLIP} attempt 1": "maple",
        f"ana/{WAIT} attempt 1": "maple",
    }
    said = record(judged, *words)
    rows = {row["badge"]: row for row in said["already"]}
    assert rows[f"ana/{WAIT} attempt 1"]["decisions"] == [1]
    assert rows[f"ana/{WAIT} attempt 1"]["amounts"]["stipend_usd"] == "300.00"
    # What is in both by now adds nothing more.
    assert recognized(judged, *words)["already"] == []


def test_in_another_unit_nothing_is_recorded_twice(judged: Town) -> None:
    record(judged, "ana")
    copy_policy(judged, hours="credits", stipend_usd="license_points")
    judged.run("rosa", "save", "--programme")
    assert recognized(judged, "ana", "--policy", "birch")["already"] == []


def test_lint_warns_of_two_policies_that_give_the_same_for_the_same(judged: Town) -> None:
    def warned() -> list[Any]:
        found = judged.run("rosa", "lint", "--json").json["problems"]
        return [row for row in found if "count twice" in row["what"]]

    assert warned() == []
    copy_policy(judged, stipend_usd="license_points")
    (row,) = warned()
    said = "recognition/birch.yaml gives hours for the same badges, so they could count twice"
    assert (row["severity"], row["what"]) == ("warning", f"{said}: {SLIP}, {WAIT}")
    assert row["where"].startswith(f"recognition/maple.yaml:{POLICY.splitlines().index('  - id: talk') + 1}:")
    copy_policy(judged, hours="credits", stipend_usd="license_points")
    assert warned() == []
    copy_policy(judged, overrides="recognizers: [ben]\noverrides")
    assert warned() == []
    copy_policy(judged, overrides="recognizers: [ben, rosa]\noverrides")
    (row,) = warned()
    assert "gives hours and stipend_usd for the same badges" in row["what"]


def test_errors_lead_back_to_what_was_typed(judged: Town) -> None:
    copy_policy(judged)
    said = judged.run("rosa", "impact", "brich", expect=1).said
    assert "no micro-credential or recognition policy 'brich'; did you mean birch?" in said
    assert "It is new" in judged.run("rosa", "impact", "birch").out
    judged.run("rosa", "save", "--programme")

    def leads(*words: str) -> str:
        (last,) = [
            x for x in judged.run("rosa", "recognize", *words, expect=None).err.splitlines() if "Next" in x
        ]
        return last.partition(": mcred recognize ")[2].partition("   (")[0]

    day, later, record = ("--as-of", str(judged.now.date())), ("--as-of", "2199-01-01"), "--record"
    assert leads("ana") == "ana --policy birch"
    assert leads("ana", *day, record) == f"ana {' '.join(day)} --record --policy birch"
    assert leads("ana", *later, record, "--policy", "maple") == "ana --record --policy maple"
    assert leads("ana", *later, "--policy", "maple") == "ana --policy maple"
    assert leads("ana", "--as-of", "May", record) == "ana --record --as-of 2026-10-01"


def test_what_is_taken_back_pays_from_no_day(judged: Town) -> None:
    dry = ("recognize", "ana", "--record", "--dry-run")
    assert "; pays from 2026-10-01" in judged.run("rosa", *dry).out
    record(judged, "ana")
    write_policy(judged, POLICY.replace("hours: 18", "hours: 17"))
    judged.run("rosa", "save", "--programme")
    said = judged.run("rosa", *dry).out
    assert "-1 hours" in said and "pays from" not in said


def test_who_is_shown_an_earlier_day_has_the_role_today(judged: Town) -> None:
    """What counts is that day's; a recognizer of that day may be none any more."""
    named = POLICY.replace("overrides:", "recognizers: [ben]\noverrides:")
    write_policy(judged, named)
    judged.run("rosa", "save", "--programme")
    day = ("--as-of", str(judged.now.date()))
    before = recognized(judged, "ana", by="ben")
    assert before["total"]["hours"] == "18"
    judged.now += timedelta(days=3)
    write_policy(judged, named.replace("[ben]", "[dev]").replace("hours: 5.5", "hours: 1"))
    judged.run("rosa", "save", "--programme")
    for words in (("ana",), ("ana", *day)):
        judged.run("ben", "recognize", *words, expect=Exit.NOT_ALLOWED)
    assert everyone(judged, "ben", *day) == []
    assert recognized(judged, "ana", *day, by="dev")["total"] == before["total"]
    assert everyone(judged, "dev", *day) == ["ana"]
    for name in ("maple.yaml", "maple.examples.yaml"):
        (judged.home("rosa") / "recognition" / name).unlink()
    judged.run("rosa", "save", "--programme")
    judged.run("dev", "recognize", "ana", *day, "--policy", "maple", expect=Exit.NOT_ALLOWED)


def everyone(town: Town, by: str, *words: str) -> list[str]:
    """Whose badges someone is shown where they ask for everyone's."""
    said = town.run(by, "recognize", *words, "--csv", str(town.desk(by) / "all.csv"), "--json").json
    return [account["person"] for account in said["accounts"]]
