"""Who can read what is said as it is, of what is sealed, what members have, and what pages show."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from mcred.app.profile import who_reads
from tests.cli.town import Town
from tests.school import a_programme

TOLD = who_reads(a_programme())
ROOT = Path(__file__).parents[2]
UNTRUE = re.compile(
    r"only hers|evidence is private|private (unless|when|until)|assessors saw it|"
    r"what others see|nobody else (can|may) (see|read)|who may see your badges:|"
    r"nothing is shown to the public"
)
TEXTS = sorted(
    path
    for folder in ("mcred", "templates", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".j2", ".po", ".js", ".md", ".json")
    and "decisions" not in path.parts
    and path.name not in ("open_badge.py", "record.md")
)


def test_no_text_promises_more_than_is_so() -> None:
    for path in (ROOT / "README.md", *TEXTS):
        text = " ".join(re.split(r"[\s\"#*>]+", path.read_text("utf-8").lower()))
        found = UNTRUE.search(text)
        assert found is None, f"{path}: {found[0]}"


def test_the_readme_says_who_reads_what() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    for said in (
        "every member, and whoever else can fetch its address",
        "a draft, only you",
        "sealed as well, to the people who are asked to assess it and the issuers",
        "reads evidence and submitted work",
        "In both they read the levels of your awards",
        "before it the issuers alone read it",
        "e-mail addresses in profiles",
    ):
        assert said in text, said


def test_a_new_member_hears_it_before_anything_is_sent(town: Town) -> None:
    who = ("--name", "Nia Berg", "--id", "nia")
    said = town.run("nia", "join", str(town.remote), str(town.home("nia")), *who, at=town.place)
    assert TOLD in said.err
    assert TOLD not in town.run("nia", "setup", "--school", "Oak Grove School").said


def test_the_first_piece_says_it_and_the_next_does_not(town: Town) -> None:
    town.start("ana")
    (town.desk("ana") / "a.md").write_text("One.", "utf-8")
    (town.desk("ana") / "b.md").write_text("Two.", "utf-8")
    first = town.run("ana", "add", str(town.desk("ana") / "a.md"), "--for", "lesson-plan")
    assert TOLD in first.err
    assert TOLD not in town.run("ana", "add", str(town.desk("ana") / "b.md"), "--for", "lesson-plan").err


def test_a_programme_says_it_of_itself(town: Town) -> None:
    text = (town.home("ana") / "README.md").read_text("utf-8")
    assert "can read all of it but drafts and what assessors write" in text
    listing = (town.start("ana") / "submission.yaml").read_text("utf-8")
    assert "Once submitted, everyone in the programme can read it" in listing


def test_a_programme_that_seals_work_says_it_of_itself(tmp_path: Path) -> None:
    town = Town(place=tmp_path)
    words = ("--name", "Lake", "--person", "Rosa Diaz", "--no-starter")
    town.run("rosa", "init", str(town.home("rosa")), *words, at=tmp_path)
    text = (town.home("rosa") / "README.md").read_text("utf-8")
    text = " ".join(text.split())
    assert (
        "Only its author can open a draft. Its author, the assessors who were asked and the issuers" in text
    )
    assert "whoever could open it may have kept a copy" in text and "when and how much" in text
    assert "can open it, and whoever could open it may have kept a copy" in who_reads(
        replace(a_programme(), work="sealed")
    )
