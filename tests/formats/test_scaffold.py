"""What a person starts from: whatever a definition says, nothing is read as an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.credential import Credential, Words
from mcred.domain.layout import PROGRAMME, folder_of, profile_path, submission_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme, WorkPolicy
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.markdown import find_open_comment, read_sections
from mcred.formats.scaffold import profile_file, programme_files, start_files
from mcred.shipped import shipped
from tests.school import ANAS, a_credential, a_person, a_work

TEMPLATES = shipped("templates") / "start"
HOSTILE = (
    "Write below. --> Done",
    "An arrow ---> here",
    "Four ----> five -----> and --!> too",
    "A heading\n\n## Your setting\n\nis no answer",
    "{{ 7 * 7 }} {% raw %} {# gone #}",
    "\"quotes\" and 'more' \\ and \\n",
    "<!-- a remark in a remark -->",
    "ends with a hyphen -",
    "-",
)


def told(text: str) -> Credential:
    """A definition that says `text` wherever guidance goes."""
    base = a_credential()
    parts = tuple(
        replace(part, text=text, items=tuple(replace(item, text=text) for item in part.items))
        for part in base.parts
    )
    return replace(base, parts=parts)


def answers(definition: Credential) -> dict[str, str]:
    """Heading → answer of every written file as it is scaffolded."""
    files = start_files(ANAS, definition, "open", TEMPLATES)
    found: dict[str, str] = {}
    for path, data in files.items():
        if path.endswith(".md"):
            assert find_open_comment(data.decode()) == 0, data.decode()
            found.update({s.heading: s.text for s in read_sections(data.decode())})
    return found


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_guidance_is_never_read_as_an_answer(text: str) -> None:
    assert answers(told(text)) == {"Your setting": "", "Lesson plan": "", "Class video": ""}


@given(some.text("->!<#\n `a{}%\"'", max_size=40))
def test_no_guidance_at_all_is_read_as_an_answer(text: str) -> None:
    assert answers(told(text)) == {"Your setting": "", "Lesson plan": "", "Class video": ""}


def test_guidance_says_what_the_definition_says() -> None:
    files = start_files(ANAS, told("Tell us about {{ your }} class -- briefly"), "open", TEMPLATES)
    text = files[f"{folder_of(ANAS)}/1-overview.md"].decode()
    assert "Tell us about {{ your }} class - - briefly" in text
    assert "Between 3 and 30 words." in text
    assert "mcred add FILE" in files[f"{folder_of(ANAS)}/2-artifacts.md"].decode()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Words(min=3, max=9, mode="guide"), "About 3 and 9 words."),
        (Words(min=3), "At least 3 words."),
        (None, "Write your answer below the arrow."),
    ],
    ids=["guide", "least", "none"],
)
def test_how_long_an_answer_is_to_be_is_said(words: Words | None, said: str) -> None:
    base = a_credential()
    item = replace(base.parts[0].items[0], words=words)
    one = replace(base, parts=(replace(base.parts[0], items=(item,)), *base.parts[1:]))
    assert said in start_files(ANAS, one, "open", TEMPLATES)[f"{folder_of(ANAS)}/1-overview.md"].decode()


def test_there_is_a_file_for_each_part_and_a_list() -> None:
    files = start_files(ANAS, a_credential(), "open", TEMPLATES)
    assert sorted(files) == [
        f"{folder_of(ANAS)}/{name}" for name in ("1-overview.md", "2-artifacts.md", "submission.yaml")
    ]


@pytest.mark.parametrize("text", ["Wait Time", "“Wait” -- {{ now }}", 'A "title": with # and - signs', "'"])
def test_the_list_is_read_as_an_empty_submission(text: str) -> None:
    base = a_credential(title=text)
    parts = tuple(replace(p, items=tuple(replace(i, title=text) for i in p.items)) for p in base.parts)
    path = submission_path(ANAS)
    data = start_files(ANAS, replace(base, parts=parts), "open", TEMPLATES)[path]
    listed, problems = decode(data, Submission, path)
    assert problems == ()
    assert listed == Submission(format=2, credential=ANAS.credential, version=base.version)
    assert data.startswith(b"# yaml-language-server: $schema=../../../docs/schema/submission.schema.json\n")


def test_a_profile_and_a_list_come_back_as_they_were_written() -> None:
    person = replace(a_person("ana"), name='Ana "Nana" Reyes: #1', school="Lincoln -- {{ Elementary }}")
    path = profile_path(person.id)
    assert decode(profile_file(person), Person, path) == (person, ())
    listed = a_work().submission
    assert decode(encode(listed), Submission, submission_path(ANAS)) == (listed, ())


@pytest.mark.parametrize("name", ["Lakeside Schools", 'The "Lake": {{ 7*7 }} # --> 學校', "No", "1.10", "~"])
def test_a_programmes_rules_hold_what_they_were_told(name: str) -> None:
    files = programme_files(
        shipped("templates") / "program",
        schema="",
        person="rosa",
        id="no",
        name=name,
        url="https://badges.example.org",
        expert_submissions=50,
        experts=1,
        peers=3,
        due_days=10,
        work="sealed",
    )
    assert {PROGRAMME, "README.md", ".gitignore", ".gitattributes"} <= set(files)
    rules, problems = decode(files[PROGRAMME], Programme, PROGRAMME)
    assert problems == ()
    assert rules is not None
    assert (rules.issuer.id, rules.issuer.name) == ("no", name)
    assert rules.site.url == "https://badges.example.org"
    assert (rules.roles.maintainers, rules.roles.issuers) == (("rosa",), ("rosa",))
    assert rules.assessment == type(rules.assessment)()


@pytest.mark.parametrize(("work", "who"), [("sealed", "its assessors and the issuers"), ("open", "everyone")])
def test_a_list_says_who_will_read_what_it_names(work: WorkPolicy, who: str) -> None:
    listing = start_files(ANAS, a_credential(), work, TEMPLATES)[submission_path(ANAS)].decode()
    assert f"Once submitted, {who}" in listing
