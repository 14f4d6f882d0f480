"""The assessors' page: all that was handed in beside its rubric, and nothing of it alive."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from jinja2 import Environment
from msgspec.structs import replace

from mcred.domain.credential import Credential, Words
from mcred.domain.ids import Slug
from mcred.domain.submission import Answer, Evidence, Work
from mcred.problems import McredError
from mcred.website.local import review_page as review
from mcred.website.local.review_page import render_review, show_text
from mcred.website.prose import REL, clean_text
from mcred.website.render import open_templates
from tests.school import BEN, CLEO, DEV, a_credential, a_request, a_work
from tests.website.hostile import poison
from tests.website.markup import Document, read, targets
from tests.website.test_render import ATTRIBUTES, HOSTILE, TAGS
from tests.website.town import TEMPLATES, a_rich_credential, a_town, build

PLAN = b"# Day one\n\nWait *three* seconds.\n"
HELD = {"evidence/plan.md": PLAN}
CARRIED = (Slug("context"), Slug("waiting"))


_templates = cache(open_templates)


@pytest.fixture(autouse=True)
def templates_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same templates serve every test; a folder of a test's own is opened again."""

    def opened(folders: tuple[Path, ...]) -> Environment:
        return _templates(folders) if folders == (TEMPLATES,) else open_templates(folders)

    monkeypatch.setattr(review, "open_templates", opened)


def a_piece(**changes: object) -> Evidence:
    base = Evidence(item=Slug("lesson-plan"), type=Slug("lesson-plan"), title="Day one")
    return replace(base, **changes)


def sent(work: Work | None = None, **changes: Any) -> Work:
    """A work with its request."""
    made = work or a_work()
    return replace(made, request=a_request(attempt=made.submission.attempt, **changes))


def again() -> Work:
    """A second attempt before three peers, two criteria kept."""
    return sent(
        a_work(attempt=2, note="I waited *longer*."), rule="peer", panel=(BEN, CLEO, DEV), carried=CARRIED
    )


def render(
    work: Work | None = None,
    definition: Credential | None = None,
    attempt: int = 0,
    evidence: Mapping[str, bytes] = HELD,
) -> Mapping[str, bytes]:
    work = work or sent()
    number = attempt or work.submission.attempt
    return render_review(work, definition or a_credential(), number, evidence, (TEMPLATES,))


def page(
    work: Work | None = None,
    definition: Credential | None = None,
    attempt: int = 0,
    evidence: Mapping[str, bytes] = HELD,
) -> Document:
    return read(render(work, definition, attempt, evidence)["index.html"])


def of_one(file: str, content: bytes) -> Mapping[str, bytes]:
    """The result for a single file of evidence."""
    return render(sent(a_work(evidence=(a_piece(file=file),))), evidence={file: content})


def copies(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.startswith("evidence/")}


def between(document: Document, start: str, end: str) -> str:
    """The text from one phrase to the next of another."""
    return document.text.partition(start)[2].partition(end)[0]


# What is there


def test_the_files_are_a_page_its_style_and_copies_named_by_their_hash() -> None:
    name = f"evidence/{hashlib.sha256(PLAN).hexdigest()}.txt"
    files = render()
    assert list(files) == [name, "index.html", "style.css"]
    assert files[name] == PLAN
    assert files["style.css"].startswith((TEMPLATES / "style.css").read_bytes())
    assert files["style.css"].endswith((TEMPLATES / "review.css").read_bytes())


def test_the_same_submission_gives_the_same_bytes() -> None:
    both = {**HELD, "evidence/b.txt": b"b"}
    first, second = render(again(), evidence=both), render(again(), evidence=dict(reversed(both.items())))
    assert first == second and list(first) == sorted(first)


def test_every_link_leads_to_a_file_of_the_result_or_marked_to_the_web() -> None:
    files = render(again(), a_rich_credential())
    document = read(files["index.html"])
    ids = [e.attributes["id"] for e in document.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    found = list(targets("index.html", document))
    for file, fragment in found:
        assert file in files, file
        assert not fragment or fragment in ids, fragment
    assert len(found) >= 8 and set(copies(files)) <= {file for file, _ in found}
    outside = [e for e in document.elements if e.attributes.get("href", "").startswith("http")]
    assert [(e.attributes["href"], e.attributes["rel"]) for e in outside] == [
        ("https://video.example.org/1", REL)
    ]


def test_labels_name_elements_that_are_there_and_headings_do_not_skip() -> None:
    document = page(again(), a_rich_credential())
    ids = {e.attributes.get("id") for e in document.elements}
    assert {e.attributes.get("aria-labelledby") for e in document.elements} <= {None, *ids}
    levels = [int(e.tag[1]) for e in document.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1 and all(b <= a + 1 for a, b in pairwise(levels)), levels


def test_the_page_is_kept_from_robots_and_loads_nothing() -> None:
    files = render(again())
    document = read(files["index.html"])
    metas = [e.attributes for e in document.all("meta")]
    assert {"name": "robots", "content": "noindex"} in metas
    published = read(build(a_town())["index.html"]).all("meta")
    policy = [m.attributes["content"] for m in published if "http-equiv" in m.attributes]
    # Its own drawings stand in it as data; no script may run and nothing is fetched.
    own = [text.replace("img-src 'self'", "img-src 'self' data:") for text in policy]
    assert policy and [m["content"] for m in metas if "http-equiv" in m] == own
    assert not [e for e in document.elements if {"src", "style", "srcset", "action"} & set(e.attributes)]
    assert [e.attributes["href"] for e in document.all("link")] == ["style.css"]
    assert not re.search(rb"@import|url\(", files["style.css"])


DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PHOTO = b"\x89PNG\r\n\x1a\n photo"


def test_a_drawing_is_a_picture_in_the_page_and_no_document_of_its_own() -> None:
    files = of_one("evidence/plan.svg", DRAWING)
    (shown,) = read(files["index.html"]).all("img")
    assert shown.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert shown.attributes["alt"] == "Day one"
    assert all(path.endswith(".txt") for path in copies(files))


def test_a_drawing_shown_a_thousand_times_does_not_fill_the_page() -> None:
    drawing = DRAWING.replace(b"</svg>", b" " * 100_000 + b"</svg>")
    held = {"evidence/a.svg": drawing, "evidence/a.md": b"![here](a.svg)\n\n" * 700}
    pieces = [a_piece(file="evidence/a.md"), *[a_piece(file="evidence/a.svg")] * 100]
    drawn = render(sent(a_work(evidence=tuple(pieces))), evidence=held)["index.html"]
    assert len(drawn) < review.ALL_DRAWINGS + 2_000_000
    document = read(drawn)
    assert 100 < len(document.all("img")) < 200 and document.text.count("here") > 500


def test_what_is_too_large_to_be_copied_is_said_to_be_there() -> None:
    work = sent(a_work(evidence=(a_piece(file="evidence/film.mp4"),)))
    left_out = {"evidence/film.mp4": 300_000_000, "evidence/raw.mov": 400_000_000}
    files = render_review(work, a_credential(), 1, {}, (TEMPLATES,), left_out=left_out)
    text = read(files["index.html"]).text
    assert "film.mp4 300.0 MB is too large to be copied here" in " ".join(text.split())
    assert "listed but missing" not in text and "evidence/raw.mov" in text


@pytest.mark.parametrize("path", ["evidence/a%20photo.png", "./evidence/a%20photo.png", "a%20photo.png"])
def test_links_and_pictures_in_a_text_lead_to_the_earners_own_files(path: str) -> None:
    text = f"See [the photo]({path}).\n\n![Seen]({path})\n\n![No](https://x.example/y.png) [no](../z.md)"
    work = a_work(evidence=(a_piece(file="evidence/notes.md"),))
    files = render(sent(work), evidence={"evidence/notes.md": text.encode(), "evidence/a photo.png": PHOTO})
    document = read(files["index.html"])
    copy = f"evidence/{hashlib.sha256(PHOTO).hexdigest()}.png"
    assert files[copy] == PHOTO
    assert [e.attributes["src"] for e in document.all("img")] == [copy]
    assert copy in document.hrefs() and "x.example" not in " ".join(document.hrefs())
    assert not [h for h in document.hrefs() if h.endswith("z.md")]


# What it says


def test_the_summary_has_the_rule_the_dates_and_the_version() -> None:
    text = page(again()).text
    for said in (
        "Submission ana/wait-time Attempt 2 Version 1.2.0",
        "Assessed by 3 peers who earned it Submitted November 2, 2026 Due November 12, 2026",
        "Every criterion must reach its required level.",
    ):
        assert said in text, said
    assert "Assessed by 1 trained expert Submitted" in page().text


def test_a_request_of_another_attempt_says_nothing_about_this_one() -> None:
    for work in (a_work(), again()):
        text = page(work, attempt=7).text
        assert "Attempt 7" in text and "No review was requested" in text
        assert "Due" not in text and "kept from the attempt before" not in text


def test_what_changed_and_what_is_kept_is_said_first_and_at_each_criterion() -> None:
    document = page(again())
    text = document.text
    assert "What changed since the last attempt I waited longer ." in text
    assert "2 criteria are kept from the attempt before : " in text and "Leave out: Context Waiting" in text
    for title, kept in (("Context", True), ("Questions", False), ("Waiting", True)):
        assert (f"{title} kept from the attempt before Assesses" in text) == kept, title
    assert "kept from the attempt before" not in page().text and "What changed" not in page().text


def test_each_criterion_stands_in_its_part_with_all_levels_and_the_required_one() -> None:
    document = page(definition=a_rich_credential())
    first = between(document, "Part 1 Overview questions", "Part 2")
    second = between(document, "Part 2 Artifacts", "Give your scores")
    assert (
        "Context Assesses all of this part Passing required Names class and goal. Not yet Does not." in first
    )
    questions = "Questions Assesses Lesson plan Proficient required Open. Basic Mixed. Developing Closed."
    assert f"{questions} For assessors Look twice." in second
    assert "Waiting Assesses Class video Proficient 3 s. Basic required 1 s. Developing None." in second


def test_what_was_written_is_shown_before_the_rubric_with_what_was_asked() -> None:
    text = between(page(definition=a_rich_credential()), "Part 1", "Part 2")
    assert "What the part asks Write plainly." in text
    assert text.index("My class of nine-year-olds.") < text.index("How this part is assessed")
    assert "4 words (3 to 30)" in text


@pytest.mark.parametrize(
    ("words", "count", "said"),
    [
        (Words(min=3, max=30), 2, "2 words (3 to 30) shorter than asked"),
        (Words(min=3, max=30), 31, "31 words (3 to 30) longer than asked"),
        (Words(min=3, max=30), 3, "3 words (3 to 30) How"),
        (Words(min=3, max=30), 30, "30 words (3 to 30) How"),
        (Words(max=1), 1, "1 word (at most 1) How"),
        (Words(min=5, mode="guide"), 4, "4 words (at least 5, a guide) shorter than asked"),
        (Words(), 4, "4 words How"),
        (None, 4, "4 words How"),
    ],
)
def test_word_counts_stand_against_their_bounds(words: Words | None, count: int, said: str) -> None:
    base = a_credential()
    asked = replace(base.parts[0], items=(replace(base.parts[0].items[0], words=words),))
    work = sent(a_work(answer=" ".join(["word"] * count)))
    assert said in page(work, replace(base, parts=(asked, base.parts[1]))).text


def test_an_empty_answer_and_missing_pieces_are_said() -> None:
    work = sent(a_work(answer=" ", evidence=(a_piece(url="https://a.example.org"),) * 3))
    text = page(work).text
    assert "Your setting Not answered. (3 to 30)" in text and "0 words" not in text
    assert "3 pieces; asked for 1 to 2." in text and "0 pieces; asked for 1." in text
    assert "Not answered" not in between(page(work), "Lesson plan", "How")


def test_an_answer_is_prose() -> None:
    document = page(sent(a_work(answer="# Mine\n\nI *did* it, see [this](https://a.example.org/x).")))
    assert "did" in document.text and "*did*" not in document.text
    assert "https://a.example.org/x" in document.hrefs()


def test_each_artifact_is_told_with_its_words_its_file_and_its_link() -> None:
    pieces = (
        a_piece(title="The plan", about="For **Maria**.", file="evidence/plan.md", students=True),
        a_piece(item=Slug("class-video"), type=Slug("video"), title="Talk", url="https://v.example.org/1"),
    )
    document = page(sent(a_work(evidence=pieces)))
    plan = between(document, "Lesson plan students seen or named", "Class video")
    assert plan.startswith(f" The plan For Maria . plan.md {len(PLAN)} bytes Read it here Day one Wait")
    assert "Video Talk Open the link v.example.org" in document.text
    assert not any(e.attributes.get("href") == "evidence/plan.md" for e in document.elements)


def test_pieces_with_students_are_shown_to_assessors() -> None:
    seen = a_piece(file="evidence/plan.md", students=True)
    assert copies(render(sent(a_work(evidence=(seen,)))))


def test_a_fingerprint_of_what_a_link_led_to_is_shown() -> None:
    assert "SHA-256 of what it linked to: " + "0" * 64 in page().text


def test_what_fits_no_item_or_no_list_is_still_named() -> None:
    stray = a_piece(item=Slug("poster"), title="A poster", file="evidence/plan.md")
    files = render(sent(a_work(evidence=(stray,))), evidence={**HELD, "evidence/more.md": b"more"})
    text = read(files["index.html"]).text
    assert "Also submitted" in text and "A poster" in text and "evidence/more.md" in text
    assert list(copies(files).values()) == [PLAN]
    assert "Also submitted" not in page().text


def test_the_page_ends_with_the_commands() -> None:
    document = page()
    assert "mcred assess ana/wait-time Or" in document.text
    for option in ("--blank", "--from"):
        assert f"mcred assess ana/wait-time {option} scores.yaml" in document.text
    assert document.text.index("Part 2") < document.text.index("mcred assess")


def test_the_page_has_the_language_of_the_micro_credential() -> None:
    (main,) = page(definition=a_credential(language="ar")).all("main")
    assert (main.attributes["lang"], main.attributes["dir"]) == ("ar", "rtl")


# Files


@pytest.mark.parametrize(
    ("file", "content", "ending"),
    [
        ("evidence/a.pdf", b"%PDF-1.7 x", "pdf"),
        ("evidence/a.png", b"\x89PNG\r\n\x1a\nx", "png"),
        ("evidence/a.svg", b"<svg onload='alert(1)'><script>alert(1)</script></svg>", "txt"),
        ("evidence/a.html", b"<script>alert(1)</script>", "txt"),
        ("evidence/a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "txt"),
        ("evidence/a.png", b"<svg onload='alert(1)'/>", "txt"),
        ("evidence/a.js", b"alert(1)", "txt"),
    ],
)
def test_copies_have_names_of_what_they_are(file: str, content: bytes, ending: str) -> None:
    files = of_one(file, content)
    assert copies(files) == {f"evidence/{hashlib.sha256(content).hexdigest()}.{ending}": content}
    assert b"alert(1)" not in files["index.html"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("evidence/a.exe", b"MZ\x90\0"),
        ("evidence/a.md", b""),
        ("evidence/a.txt", b"with \0 inside"),
        ("evidence/a.md", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    ],
)
def test_what_is_not_safe_to_open_is_named_without_a_copy(file: str, content: bytes) -> None:
    files = of_one(file, content)
    document = read(files["index.html"])
    assert not copies(files) and "Read it here" not in document.text
    assert f"No copy of {file.removeprefix('evidence/')}" in document.text


@pytest.mark.parametrize("file", ["evidence/gone.md", "../../ben/secret.md", "/etc/passwd"])
def test_a_file_that_is_not_there_is_said(file: str) -> None:
    files = render(sent(a_work(evidence=(a_piece(file=file),))))
    assert not copies(files)
    assert f"The file {file.rpartition('/')[2]} is listed but missing." in read(files["index.html"]).text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://a@b.example",
        "//evil.example",
    ],
)
def test_an_unsafe_link_is_only_text(url: str) -> None:
    document = page(sent(a_work(evidence=(a_piece(url=url),))))
    assert f"A link that is not safe to follow: {url}" in document.text
    assert all(h.startswith(("#", "evidence/", "style.css")) for h in document.hrefs())


@pytest.mark.parametrize("file", ["a.md", "a.MARKDOWN", "a.txt", "a.text", "a.csv", "a.tsv"])
def test_texts_are_shown_and_never_as_markup(file: str) -> None:
    hostile = b"name,<b>x</b>\nrow,<script>alert(1)</script><img src=x onerror=alert(1)>\n"
    document = read(of_one(f"evidence/{file}", hostile)["index.html"])
    assert "<script>alert(1)</script>" in document.text
    check_harmless(document)


def test_markdown_is_prose_and_a_table_is_a_table() -> None:
    prose = read(of_one("evidence/a.md", b"# Plan\n\n- *one*\n")["index.html"])
    assert "*one*" not in prose.text and "em" in {e.tag for e in prose.elements}
    table = read(of_one("evidence/a.csv", b'\xef\xbb\xbfname,"a, b"\r\nTheo,3\r\n\r\nRosa\r\n')["index.html"])
    assert "name a, b Theo 3 Rosa" in table.text
    assert len(table.all("th")) == 2 and len(table.all("td")) == 4
    plain = read(of_one("evidence/a.txt", b"*one*\n  two")["index.html"])
    assert "*one* two" in plain.text


@pytest.mark.parametrize(
    ("text", "columns"), [("a;b\n1,5;2", 2), ("a\tb\n1\t2", 2), ("a,b,c\n1,2", 3), ("a,b", 0), ("a\n1", 0)]
)
def test_tables_are_read_by_the_sign_between_their_columns(text: str, columns: int) -> None:
    shown = show_text("a.csv", text.encode(), 1000)
    assert shown is not None
    assert {len(row) for row in shown.rows} == ({columns} if columns else set())
    assert bool(shown.plain) == (columns == 0)


@pytest.mark.parametrize("text", ["a,b\n" + "1,2\n" * 600, "a," * 40 + "\n1", 'a,b\n"' + "x" * 140_000])
def test_a_table_too_large_or_broken_is_plain_text(text: str) -> None:
    shown = show_text("a.csv", text.encode(), 1_000_000)
    assert shown is not None and shown.plain and not shown.rows


def test_long_texts_are_cut_and_say_so() -> None:
    long = b"a" + "é".encode() * 150_000
    for file in ("a.txt", "a.md", "a.csv"):
        shown = show_text(file, long, 1_000_000)
        assert shown is not None and shown.cut and shown.folded
        assert len(shown.plain.encode()) == 199_999 and "\ufffd" not in shown.plain
    files = of_one("evidence/a.txt", b"a" * 199_999 + b"bXYZ")
    document = read(files["index.html"])
    assert "Only its beginning is shown here." in document.text
    assert "ab" in document.text and "XYZ" not in document.text
    assert list(copies(files).values()) == [b"a" * 199_999 + b"bXYZ"]


def test_very_long_markdown_is_plain_text_since_reading_it_could_take_minutes() -> None:
    shown = show_text("a.md", b"[" * 60_000, 1_000_000)
    assert shown is not None and shown.plain and not shown.prose and not shown.cut
    long = Answer(text="[" * 300_000, words=1, where=a_work().where)
    work = replace(sent(), answers={Slug("setting"): long})
    assert "Only its beginning is shown here." in page(work).text


def test_all_texts_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "ALL_TOGETHER", 10)
    pieces = tuple(a_piece(file=f"evidence/{n}.txt", title=n) for n in "abc")
    held = {f"evidence/{n}.txt": n.encode() * 6 for n in "abc"}
    files = render(sent(a_work(evidence=pieces)), evidence=held)
    text = read(files["index.html"]).text
    assert "aaaaaa" in text and "bbbb" in text and "bbbbb" not in text and "cccc" not in text
    assert len(copies(files)) == 3


def test_a_short_text_begins_open_and_a_long_one_closed() -> None:
    for size, begins_open in ((100, True), (20_000, False)):
        document = read(of_one("evidence/a.txt", b"a " * size)["index.html"])
        (inline,) = (e for e in document.all("details") if e.attributes.get("class") == "inline")
        assert ("open" in inline.attributes) == begins_open


# Hostile text


def check_harmless(document: Document) -> None:
    for element in document.elements:
        assert element.tag in TAGS, element
        assert set(element.attributes) <= {*ATTRIBUTES, "open"}, element
        href = element.attributes.get("href", "")
        if ":" in href:
            assert href.startswith(("https://", "http://", "mailto:")), element
        if href.startswith("http"):
            assert element.tag == "a" and element.attributes["rel"] == REL, element
    assert len([e for e in document.all("meta") if "http-equiv" in e.attributes]) == 1
    assert len(document.all("h1")) == len(document.all("main")) == len(document.all("title")) == 1


def poisoned(text: str) -> Mapping[str, bytes]:
    """Every text hostile: the definition, the list, the answers, the request, names and bytes of files."""
    data = text.encode(errors="replace")
    work = poison(again(), text)
    files = tuple(f"evidence/{n}{text}.{e}" for n, e in enumerate(("md", "csv", "txt", "html", "svg", "exe")))
    pieces = tuple(poison(a_piece(), text) for _ in files)
    listed = tuple(replace(p, file=f, url=text) for p, f in zip(pieces, files, strict=True))
    stray = replace(pieces[0], item=Slug("poster"))
    work = replace(
        work,
        submission=replace(work.submission, evidence=(*listed, stray)),
        answers={Slug("setting"): Answer(text=text, words=1, where=work.where)},
    )
    held = dict.fromkeys(files, b"a,b\n" + data + b"," + data) | {f"evidence/{text}/more": b"x"}
    return render(work, poison(a_rich_credential(), text), 2, held)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_everywhere_is_only_text(text: str) -> None:
    files = poisoned(text)
    document = read(files["index.html"])
    check_harmless(document)
    for file, _ in targets("index.html", document):
        assert file in files
    for path in files:
        assert path in ("index.html", "style.css") or re.fullmatch(r"evidence/[0-9a-f]{64}\.txt", path), path
    html = files["index.html"].decode()
    assert clean_text(html) == html


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", '"><b onclick=x>'])
def test_hostile_text_is_still_shown_as_written(text: str) -> None:
    assert read(poisoned(text)["index.html"]).text.count(text) > 20


@settings(max_examples=25, deadline=None)
@given(
    some.text(alphabet=some.sampled_from("<>\"'`&{}%#[]()!:/\\= \n,;ajvscriptonlemg\u202e\x00"), max_size=40)
)
def test_no_text_comes_alive(text: str) -> None:
    check_harmless(read(poisoned(text)["index.html"]))


# Odd definitions and templates


def test_a_definition_that_does_not_fit_together_is_still_shown() -> None:
    base = a_credential(scales={Slug("pass"): (Slug("passing"), Slug("superb"))})
    text = page(definition=base).text
    assert "Superb Not described." in text and "Questions Assesses Lesson plan" in text
    bare = replace(base, parts=(replace(base.parts[0], criteria=()),))
    assert "How this part is assessed" not in page(definition=bare).text


def test_templates_without_this_page_or_its_style_are_refused(tmp_path: Path) -> None:
    for name in ("base.html.j2", "parts.html.j2", "words.html.j2", "style.css", "review.css"):
        (tmp_path / name).write_bytes((TEMPLATES / name).read_bytes())
    with pytest.raises(McredError, match=r"review\.html\.j2"):
        render_review(a_work(), a_credential(), 1, {}, (tmp_path,))
    (tmp_path / "review.html.j2").write_bytes((TEMPLATES / "review.html.j2").read_bytes())
    assert render_review(a_work(), a_credential(), 1, {}, (tmp_path,))
    (tmp_path / "review.css").unlink()
    with pytest.raises(McredError, match=r"review\.css"):
        render_review(a_work(), a_credential(), 1, {}, (tmp_path,))


def test_nothing_of_it_is_published() -> None:
    files = build(a_town())
    assert all(b"rubric-side" not in content for content in files.values())
