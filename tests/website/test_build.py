"""The whole site: what a reader finds, that every link holds, that nothing private is in it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Definition
from mcred.domain.ids import SubmissionId
from mcred.domain.programme import Policy
from tests.school import ANA, BEN, BLOB, MEI, WAIT, a_catalog, a_credential, a_programme, a_record
from tests.website.markup import Document, pages_of, targets
from tests.website.town import (
    ANAS_BADGE,
    PLAN_NAME,
    TEMPLATES,
    a_town,
    build,
    build_pages,
    by_peers,
    problems_of,
    visible,
)


def page(path: str, **changes: object) -> Document:
    return pages_of(build_pages(a_town(**changes)))[path]  # type: ignore[arg-type]


def test_two_builds_give_the_same_bytes() -> None:
    first, second = build(a_town()), build(a_town())
    assert first == second and list(first) == sorted(first)


def test_the_files_beside_the_pages() -> None:
    files = build(a_town())
    assert files[".nojekyll"] == b""
    assert files["badges/ana/wait-time/1/badge.json"] == b"{}\n"
    assert files[f"badges/ana/wait-time/1/evidence/{PLAN_NAME}"] == b"# Day one\n"
    baked = b"svg|wait-time|Questioning|Wait Time|{}\n"
    assert files["badges/ana/wait-time/1/badge.svg"] == baked
    assert files["credentials/wait-time/badge.png"] == b"png|wait-time|Questioning|Wait Time|"
    assert files["stacks/pair/badge.svg"] == b"svg|stacks/pair||A pair|"
    assert files["style.css"] == (TEMPLATES / "style.css").read_bytes()


def test_every_link_and_fragment_leads_somewhere() -> None:
    files = build(a_town((a_record(), a_record(SubmissionId(BEN, WAIT), awards={1: b"a", 2: b"b"}))))
    documents = pages_of(files)
    ids = {p: [e.attributes["id"] for e in d.elements if "id" in e.attributes] for p, d in documents.items()}
    count = 0
    for path, document in documents.items():
        assert len(ids[path]) == len(set(ids[path])), path
        for file, fragment in targets(path, document):
            assert file in files, (path, file)
            assert not fragment or fragment in ids[file], (path, file, fragment)
            count += 1
    assert count > 80


def test_labels_name_elements_that_are_there() -> None:
    for path, document in pages_of(build_pages(a_town())).items():
        ids = {e.attributes.get("id") for e in document.elements}
        for element in document.elements:
            label = element.attributes.get("aria-labelledby")
            assert label is None or label in ids, (path, label)


def test_every_page_can_be_reached_from_the_first() -> None:
    files = build(a_town())
    documents = pages_of(files)
    reached, todo = set[str](), ["index.html"]
    while todo:
        path = todo.pop()
        if path in documents and path not in reached:
            reached.add(path)
            todo.extend(file for file, _ in targets(path, documents[path]))
    assert reached == set(documents) - {"404.html"}


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path, document in pages_of(build_pages(a_town())).items():
        assert not [e for e in document.elements if "style" in e.attributes], path
        assert not [e for e in document.elements if ":" in e.attributes.get("src", "")], path
        assert {e.tag for e in document.elements if "src" in e.attributes} <= {"img", "script"}, path
        assert all("alt" in e.attributes for e in document.all("img")), path
        for link in document.all("link"):
            assert link.attributes["rel"] in ("stylesheet", "icon", "alternate")
            assert "://" not in link.attributes["href"]
    assert not re.search(rb"@import|url\(", build(a_town())["style.css"])


def test_headings_do_not_skip_a_level() -> None:
    for path, document in pages_of(build_pages(a_town())).items():
        levels = [int(e.tag[1]) for e in document.elements if re.fullmatch("h[1-6]", e.tag)]
        assert levels[0] == 1, path
        assert all(b <= a + 1 for a, b in pairwise(levels)), (path, levels)


def test_a_private_person_leaves_no_byte() -> None:
    town = a_town()
    hidden = replace(town.people[ANA], name="Zenobia Quux", school="Xylo School", publish="private")
    files = build(replace(town, people={**town.people, ANA: hidden}))
    everything = b"\n".join((*(p.encode() for p in files), *files.values()))
    for trace in (b"Zenobia", b"Xylo", b"/ana/", b"Day one"):
        assert (trace in everything) == (trace == b"Day one")  # others published that title
    assert b"Day one" not in b"".join(build(visible(a_town((a_record(),)), ANA, "private")).values())


@pytest.mark.parametrize(
    "secret", [b"Well waited.", b"Seen.", b"Mei", b"Rosa", b"nine-year-olds", b"video.example"]
)
def test_what_is_between_people_is_not_published(secret: bytes) -> None:
    assert all(secret not in content for content in build(a_town()).values())


def test_robots_are_kept_from_unlisted_people_only() -> None:
    documents = pages_of(build_pages(visible(a_town(), ANA, "unlisted")))
    kept = {
        p for p, d in documents.items() if any(e.attributes.get("name") == "robots" for e in d.all("meta"))
    }
    cards = {f"badges/{who}/wait-time/1/card.html" for who in ("ana", "ben", "cleo")}
    assert kept == {ANAS_BADGE, "portfolios/ana/index.html", "404.html", *cards}
    for path, document in documents.items():
        assert "/ana/" in path or not any("/ana/" in h for h in document.hrefs()), path


def test_a_badge_page_says_what_was_decided() -> None:
    text = page(ANAS_BADGE, records=(a_record(decisions=(by_peers(),)),)).text
    for said in (
        "Wait Time earned by Ana",
        "Awarded by Lake Elmo Unified on December 24, 2026",
        "Version 1.2.0",
        "Valid until December 24, 2029",
        "Context Passing Names class and goal. Kept from an earlier attempt",
        "Questions Proficient Open. Required Proficient",
        "Waiting Basic 1 s. Required Basic",
        "Assessed by 3 peers who earned it before.",
        "Lesson plan · Lesson plan public Day one",
        "A copy of the file that was assessed, made by the earner without hidden information",
        "Class video · Video not published The earner has not published this piece.",
        "Badge as JSON Picture as SVG Picture as PNG",
    ):
        assert said in text, said


def test_experts_are_counted_on_the_page() -> None:
    assert "Assessed by 1 expert." in page(ANAS_BADGE).text


def test_a_credential_page_shows_everything_asked_for() -> None:
    text = page("credentials/wait-time/index.html").text
    for said in (
        "The teacher waits after a question.",
        "Three seconds of silence.",
        "Pause Count to three.",
        "Rowe (1974).",
        "rowe.example.org",
        "A timer timer.example.org costs money helps with Pause",
        "Written answer, 3 to 30 words.",
        "Evidence: lesson plan; 1 to 2 pieces.",
        "Evidence: video or observation; 1 piece. At most 10 minutes.",
        "Criterion Proficient Basic Developing",
        "Basic required 1 s.",
        "The first 50 submissions are assessed by 1 trained expert each.",
        "3 teachers who earned it before assess each one",
        "mcred start wait-time",
        "InTASC · 8(f) Instruction",
        "20 USD per attempt",
        "Who has earned it",
        "about 10 hours",
        "Credit hours 1.5",
    ):
        assert said in text, said
    rubric = a_credential()
    for criterion in rubric.criteria:
        assert all(words in text for words in (criterion.title, *criterion.levels.values()))


def test_a_retired_one_says_so_and_cannot_be_started() -> None:
    text = page("credentials/old-one/index.html").text
    assert "Retired." in text and "mcred start" not in text


def test_credit_hours_are_said_where_there_are_any() -> None:
    for path in ("credentials/wait-time/index.html", ANAS_BADGE, "stacks/pair/index.html"):
        assert "Credit hours" in page(path).text, path
    assert "Credit hours" not in page("credentials/old-one/index.html").text
    stack, _, members = page("stacks/talk/index.html").text.partition("Its micro-credentials")
    assert "Credit hours" not in stack and "about 10 hours · Credit hours: 1.5" in members


def test_a_draft_is_nowhere_named() -> None:
    assert all(b"new-one" not in c and b"New-One" not in c for c in build(a_town()).values())


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (Policy(expert_submissions=0, peers=2), "2 teachers who earned it before assess each submission"),
        (
            Policy(expert_submissions=5, experts=2),
            "The first 5 submissions are assessed by 2 trained experts",
        ),
    ],
)
def test_the_method_page_has_the_programmes_numbers(policy: Policy, said: str) -> None:
    assert said in page("about/index.html", programme=a_programme(policy)).text


def test_words_of_a_bare_definition_read_well() -> None:
    bare = Definition(credential=a_credential(research=(), resources=(), method_components=()), blob=BLOB)
    text = pages_of(build_pages(a_catalog(definitions={WAIT: bare})))["credentials/wait-time/index.html"].text
    assert "Research" not in text and "Components" not in text and "None " not in text


def test_a_bad_record_is_a_problem_and_the_rest_is_built() -> None:
    town = a_town((a_record(decisions=()), a_record(SubmissionId(BEN, WAIT))))
    assert len(problems_of(town)) == 1
    files = build(town)
    assert ANAS_BADGE not in files and ANAS_BADGE.replace("ana", "ben") in files
    assert MEI in town.people


def test_a_card_leads_to_its_badge_and_to_what_else_was_earned() -> None:
    path = ANAS_BADGE.replace("index.html", "card.html")
    card = page(path)
    links = [e for e in card.all("a") if e.attributes["target"] == "_top"]
    assert "See the badge" in card.text
    assert len(links) == len(card.all("a"))
    assert {ANAS_BADGE, "portfolios/ana/index.html"} <= {file for file, _ in targets(path, card)}
