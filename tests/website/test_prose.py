"""Other people's words: what is shown, what is dropped, where links may lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.website.prose import (
    _UNSEEN,
    REL,
    clean_text,
    direction,
    host_of,
    render_prose,
    safe_language,
    safe_link,
)
from tests.website.markup import read

ALLOWED = {
    *("a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        " https://example.org",
        "data:text/html,<b>",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.org/x",
        "evidence/plan.md",
        "../../secret",
        "https://",
        "https://bank.example@evil.example/",
        "https://example.org/\u202egpj.exe",
        'https://example.org/" onclick="x',
        "https://example.org\\@evil.example",
        "https://[::1",
        "https://example.org:port/",
        "mailto:a@example.org",
        "",
    ],
)
def test_unsafe_links_are_none(url: str) -> None:
    assert safe_link(url) == ""
    assert host_of(url) == ""


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://example.org:8080/a?b=c&d=é#e", "https://[::1]/"]
)
def test_web_links_are_kept_as_written(url: str) -> None:
    assert safe_link(url) == url


def test_the_host_is_named_for_the_reader() -> None:
    assert host_of("https://Video.example.org:444/x") == "video.example.org"


def test_unseen_characters_are_dropped_and_scripts_that_need_marks_keep_them() -> None:
    assert clean_text("a\x00b\x1b[31mc\u202ed\u2066e\ufefff\x9bg\ud800h\u2028i") == "ab[31mcdefghi"
    assert clean_text("line\r\nline\rline\tend") == "line\nline\nline\tend"
    assert clean_text("می\u200cخواهم\u200f") == "می\u200cخواهم\u200f"


def test_markdown_is_rendered() -> None:
    html = render_prose("One *two* **three**\n\n- four\n\n[five](https://example.org)\n\n|a|\n|-|\n|b|")
    document = read(html.encode())
    assert {"p", "em", "strong", "ul", "li", "a", "table"} <= {e.tag for e in document.elements}
    assert document.all("a")[0].attributes == {"href": "https://example.org", "rel": REL}


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x][1]\n\n[1]: data:text/html,x",
        "<javascript:alert(1)>",
        "![x](https://tracker.example/pixel.png)",
        "[x](relative/page.html)",
        "[x](//evil.example)",
        '[x](https://example.org "\\" onmouseover=\\"alert(1)")',
        "<a href='javascript:1' id=main>x</a>",
        "```html\n</code></pre><script>alert(1)</script>\n```",
        "<!--><script>alert(1)</script>-->",
        "]]><svg/onload=alert(1)>",
    ],
)
def test_hostile_markdown_is_only_text(text: str) -> None:
    check_harmless(render_prose(text))


@given(
    some.text(
        alphabet=some.sampled_from("<>[]()!*_`#|&;:/\\\"'\n \tax1jvscriptonerhmdt=.-\u202e\x00"), max_size=60
    )
)
def test_no_text_becomes_live(text: str) -> None:
    check_harmless(render_prose(text))


def check_harmless(html: str) -> None:
    for element in read(html.encode()).elements:
        assert element.tag in ALLOWED, html
        names = set(element.attributes)
        assert names <= {"a": {"href", "rel"}, "ol": {"start"}}.get(element.tag, set()), html
        if element.tag == "a" and "href" in names:
            assert element.attributes["href"].startswith(("https://", "http://", "mailto:")), html
            assert element.attributes["rel"] == REL


def test_an_image_becomes_a_link_and_is_not_fetched() -> None:
    document = read(render_prose("![a graph](https://example.org/g.png)").encode())
    assert [e.tag for e in document.elements] == ["p", "a"] and "a graph" in document.text


def test_raw_html_is_shown_as_written() -> None:
    assert read(render_prose("a <b>bold</b> claim").encode()).text == "a <b>bold</b> claim"


@pytest.mark.parametrize(
    ("text", "under", "tags"),
    [
        ("# A\n\n## B", 2, ["h3", "h4"]),
        ("### A", 2, ["h3"]),
        ("# A\n\n## B\n\n### C", 4, ["h5", "h6", "h6"]),
        ("A\n=\n\nB\n-", 3, ["h4", "h5"]),
    ],
)
def test_headings_start_below_the_pages(text: str, under: int, tags: list[str]) -> None:
    assert [e.tag for e in read(render_prose(text, under).encode()).elements if e.tag[0] == "h"] == tags


@pytest.mark.parametrize(
    ("tag", "kept", "way"),
    [
        ("en", "en", "ltr"),
        ("es-MX", "es-MX", "ltr"),
        ("ar-EG", "ar-EG", "rtl"),
        ("uz-Arab", "uz-Arab", "rtl"),
        ('en" onload="x', "en", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_language_tags_say_which_way_to_read(tag: str, kept: str, way: str) -> None:
    assert (safe_language(tag), direction(tag)) == (kept, way)


def test_what_can_be_printed_is_seen() -> None:
    unseen = [chr(n) for n in range(0x110000) if _UNSEEN.match(chr(n))]
    assert len(unseen) > 2000 and not any(c.isprintable() for c in unseen)
    assert all(clean_text(f"a{c}b") == "ab" for c in unseen if c != "\r")
    assert clean_text("a\r\nb\rc") == "a\nb\nc"
