"""Compiled templates are kept for the next build, and never where they would be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from mcred.problems import McredError
from mcred.website.build import compile_ahead, render_pages
from mcred.website.render import open_templates
from tests.website.town import EVIDENCE, TEMPLATES, a_town, paint
from tests.website.whole import plan_pages

TEXT = '{{ _("Stacks") }} {{ 1 + 1 }}'


def show(folder: Path, kept: Path, language: str = "en") -> str:
    return open_templates((folder, TEMPLATES), language, kept).get_template("own.html.j2").render()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own.html.j2").write_text(TEXT, "utf-8")
    return folder


def test_what_was_compiled_is_not_compiled_again(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "cache" / "templates"
    assert show(own, kept) == "Stacks 2"
    assert kept.stat().st_mode & 0o077 == 0, "for its owner only"
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert show(own, kept) == "Stacks 2"


def test_another_text_other_words_and_another_place_are_compiled_again(own: Path, tmp_path: Path) -> None:
    kept = tmp_path / "templates"
    assert show(own, kept) == "Stacks 2"
    assert show(own, kept, "es") == "Series 2"
    (own / "locale").mkdir()
    (own / "locale" / "es.po").write_text('msgid "Stacks"\nmsgstr "Pilas"\n', "utf-8")
    assert show(own, kept, "es") == "Pilas 2"
    (own / "own.html.j2").write_text("{{ 2 + 2 }}", "utf-8")
    assert show(own, kept, "es") == "4"
    other = tmp_path / "other"
    other.mkdir()
    (other / "own.html.j2").write_text("{{ 3 + 3 }}", "utf-8")
    assert show(other, kept, "es") == "6"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"j2"])
def test_what_cannot_be_read_is_compiled_again(own: Path, tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "templates"
    show(own, kept)
    for file in kept.iterdir():
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2] if content == b"j2" else content)
    assert show(own, kept) == "Stacks 2"


def test_without_a_place_to_keep_it_all_is_shown_the_same(own: Path, tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("a file is in the way", "utf-8")
    assert show(own, tmp_path / "templates") == "Stacks 2"
    assert open_templates((own, TEMPLATES)).get_template("own.html.j2").render() == "Stacks 2"


def test_what_is_compiled_ahead_is_almost_all_that_a_site_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, compiled, compile = tmp_path / "templates", list[str](), Environment.compile

    def note(environment: Environment, source: str, name: str, *more: Any) -> Any:
        compiled.append(name)
        return compile(environment, source, name, *more)

    compile_ahead(open_templates((TEMPLATES,), compiled=kept))
    monkeypatch.setattr(Environment, "compile", note)
    plan = plan_pages(a_town(), EVIDENCE, paint)
    assert list(render_pages(open_templates((TEMPLATES,), compiled=kept), plan.pages, plan.frame))
    assert set(compiled) <= {"stack.html.j2", "stackbadge.html.j2", "feed.xml.j2", "sitemap.xml.j2"}


def test_a_fault_is_reported_with_the_page_and_not_ahead_of_it(own: Path) -> None:
    (own / "badge.html.j2").write_text("{% if %}", "utf-8")
    templates = open_templates((own, TEMPLATES))
    compile_ahead(templates)
    plan = plan_pages(a_town(), EVIDENCE, paint)
    with pytest.raises(McredError, match=r"badge\.html\.j2 cannot make badges/"):
        list(render_pages(templates, plan.pages, plan.frame))
