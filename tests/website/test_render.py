"""Rendering: nothing hostile comes alive, templates are kept in their room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.catalog import Catalog, Definition
from mcred.domain.ids import SubmissionId
from mcred.problems import McredError
from mcred.website.prose import REL, clean_text
from tests.school import ANA, BLOB, WAIT, a_catalog
from tests.website.hostile import poison
from tests.website.markup import Document, pages_of
from tests.website.town import ANAS_BADGE, EVIDENCE, TEMPLATES, a_town, build_pages, paint
from tests.website.whole import build_files

TAGS = {
    *(
        "img",
        "html",
        "head",
        "meta",
        "title",
        "link",
        "body",
        "header",
        "nav",
        "main",
        "footer",
        "section",
        "div",
    ),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "a",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "span",
        "strong",
        "em",
    ),
    *("bdi", "time", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "code"),
    *("blockquote", "s", "hr", "br", "i", "aside", "script", "noscript"),
    *("form", "label", "input", "select", "option", "button", "fieldset", "legend"),
}
ATTRIBUTES = {
    *("src", "alt", "width", "height", "download"),
    *("lang", "dir", "class", "id", "href", "rel", "role", "scope", "datetime", "tabindex", "start"),
    *("charset", "content", "name", "http-equiv"),
    *("aria-label", "aria-labelledby", "aria-current", "aria-hidden", "aria-live"),
    *(
        "type",
        "defer",
        "hidden",
        "target",
        "for",
        "form",
        "value",
        "autocomplete",
        "accept",
        "placeholder",
        "property",
    ),
}
HOSTILE = (
    "<script>alert(1)</script>",
    "{{7*7}}{% raw %}{{ ''.__class__ }}",
    "javascript:alert(1)",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "]]> --> </title></style></main><img src=x onerror=alert(1)>",
    "\u202eevil\u2066 \x00\x1b[31m \ud800",
    '" onmouseover="alert(1)" x=\'',
    "' autofocus onfocus='alert(1)",
    'https://example.org/" onclick="alert(1)',
    "data:text/html;base64,PHNjcmlwdD4=",
)


def poisoned(text: str) -> Catalog:
    """The town with one text in every field that holds text."""
    town = a_town()
    rich = poison(town.definitions[WAIT].credential, text)
    records = {
        name: replace(
            record,
            work=record.work and poison(record.work, text),
            assessments=tuple(poison(a, text) for a in record.assessments),
            decisions=tuple(poison(d, text) for d in record.decisions),
        )
        for name, record in town.records.items()
    }
    return replace(
        town,
        programme=poison(town.programme, text),
        people={name: poison(p, text) for name, p in town.people.items()},
        definitions={**town.definitions, WAIT: Definition(credential=rich, blob=BLOB)},
        editions={BLOB: rich},
        stacks={name: poison(s, text) for name, s in town.stacks.items()},
        records=records,
    )


def check_harmless(path: str, document: Document) -> None:
    for element in document.elements:
        assert element.tag in TAGS, (path, element)
        assert {a for a in element.attributes if not a.startswith("data-")} <= ATTRIBUTES, (path, element)
        href = element.attributes.get("href", "")
        if ":" in href:
            assert href.startswith(("https://", "http://", "mailto:")), (path, element)
        assert ":" not in element.attributes.get("src", ""), (path, element)
        if element.attributes.get("type") == "application/ld+json":
            assert element.attributes == {"type": "application/ld+json"} and element.tag == "script"
        elif element.tag == "script":
            assert re.fullmatch(
                r"(\.\./)*(catalogue|check|people|proof|unzip|verify)\.js", element.attributes["src"]
            ), (
                path,
                element,
            )
        if href.startswith("http"):
            assert element.tag == "a" and element.attributes["rel"] == REL, (path, element)
    policies = [e for e in document.all("meta") if "http-equiv" in e.attributes]
    assert [p.attributes["http-equiv"] for p in policies] == ["Content-Security-Policy"]
    assert len(document.all("h1")) == len(document.all("main")) == len(document.all("title")) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_only_text(text: str) -> None:
    documents = pages_of(build_pages(poisoned(text)))
    assert len(documents) == 23
    for path, document in documents.items():
        check_harmless(path, document)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", '"><b onclick=x>'])
def test_it_is_still_shown_as_written(text: str) -> None:
    documents = pages_of(build_pages(poisoned(text)))
    for path in (ANAS_BADGE, "credentials/wait-time/index.html", "stacks/pair/index.html", "index.html"):
        assert text in documents[path].text, path


def test_links_to_elsewhere_are_kept_and_marked() -> None:
    documents = pages_of(build_pages(a_town()))
    for path, document in documents.items():
        check_harmless(path, document)
    outside = [h for h in documents["credentials/wait-time/index.html"].hrefs() if h.startswith("https:")]
    assert len(outside) == 4
    links = {h for d in documents.values() for h in d.hrefs()}
    assert {"https://badges.example.org", "mailto:hello@example.org"} <= links


def test_nothing_unseen_reaches_a_page() -> None:
    for path, content in build_pages(poisoned(HOSTILE[5])).items():
        text = content.decode()
        assert clean_text(text) == text, path


@settings(max_examples=20, deadline=None)
@given(
    some.text(alphabet=some.sampled_from("<>\"'`&{}%#[]()!:/\\= \najvscriptonlemg\u202e\x00"), max_size=40)
)
def test_no_text_comes_alive(text: str) -> None:
    for path, document in pages_of(build_pages(poisoned(text))).items():
        check_harmless(path, document)


def test_every_text_says_its_language_and_direction() -> None:
    town = a_town()
    arabic = replace(town.definitions[WAIT].credential, language="ar")
    made = replace(town, definitions={WAIT: Definition(credential=arabic, blob=BLOB)})
    pages = pages_of(build_pages(made))
    for path in ("credentials/wait-time/index.html", ANAS_BADGE, "credentials/index.html"):
        first = pages[path].all("html")[0].attributes
        assert (first["lang"], first["dir"]) == ("en", "ltr"), path
    title = pages["credentials/wait-time/index.html"].all("h1")[0].attributes
    assert (title["lang"], title["dir"]) == ("ar", "rtl")
    assert "lang" not in pages["stacks/pair/index.html"].all("h1")[0].attributes


def own_template(folder: Path, text: str, name: str = "home.html.j2") -> tuple[Path, Path]:
    (folder / name).write_text(text)
    return folder, TEMPLATES


def test_a_programmes_own_template_comes_first(tmp_path: Path) -> None:
    files, _ = build_files(
        a_town(), EVIDENCE, own_template(tmp_path, "<p>{{ frame.issuer.name }}</p>"), paint
    )
    assert files["index.html"] == b"<p>Lake Elmo Unified</p>"


def test_a_programmes_own_style_comes_first(tmp_path: Path) -> None:
    files, _ = build_files(a_town(), EVIDENCE, own_template(tmp_path, "p {}", "style.css"), paint)
    assert files["style.css"] == b"p {}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ nobody }}",
        "{{ page.nothing }}",
        "{% broken",
        "{% include '../../../etc/passwd' %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ view.__class__ }}",
        "{{ frame.issuer.__dict__ }}",
        "{{ link.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ [1, 2]|random }}",
    ],
)
def test_a_template_cannot_use_what_it_is_not_given(text: str, tmp_path: Path) -> None:
    with pytest.raises(McredError) as refused:
        build_files(a_town(), EVIDENCE, own_template(tmp_path, text), paint)
    assert "home.html.j2" in refused.value.what and refused.value.hint


def test_a_template_cannot_change_a_value(tmp_path: Path) -> None:
    with pytest.raises(McredError):
        build_files(a_town(), EVIDENCE, own_template(tmp_path, "{{ change_words.clear() }}"), paint)


def test_no_templates_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(McredError):
        build_files(a_catalog(), EVIDENCE, (tmp_path,), paint)


def test_earners_are_shown_as_names_not_ids() -> None:
    town = a_town()
    named = replace(town, people={**town.people, ANA: replace(town.people[ANA], name="Ana María")})
    document = pages_of(build_pages(named))[ANAS_BADGE]
    assert "earned by Ana María" in document.text
    assert SubmissionId(ANA, WAIT) in named.records
