"""What a programme may change of the look, and what stays when it does (docs/look.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.ids import Slug
from mcred.problems import McredError
from mcred.website.badge_views import LevelRow
from mcred.website.render import open_templates
from mcred.website.views import Frame, Page
from tests.website.lookout import light_of
from tests.website.markup import pages_of
from tests.website.town import ANAS_BADGE, EVIDENCE, TEMPLATES, a_town, paint
from tests.website.whole import build_files, plan_pages

CONTRACT = (Path(__file__).parents[2] / "docs" / "look.md").read_text("utf-8")
STYLE = (TEMPLATES / "style.css").read_text("utf-8")
NAMES = sorted(set(re.findall(r"`(--[a-z-]+)`", CONTRACT)))


def built(folder: Path, **files: str) -> dict[str, bytes]:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return dict(build_files(a_town(), EVIDENCE, (folder, TEMPLATES), paint)[0])


def test_every_name_of_the_contract_is_in_the_style_and_no_other() -> None:
    light = STYLE[: STYLE.index("@media")]
    assert sorted(set(re.findall(r"^  (--[a-z-]+):", light, re.M))) == NAMES and len(NAMES) > 18


def test_nothing_is_coloured_but_by_those_names() -> None:
    rules = STYLE[STYLE.index("/* Ground */") : STYLE.index("/* Paper")]
    assert not re.findall(r"(?<!-)#[0-9a-f]{3,8}\b|rgb\(", rules)
    assert set(re.findall(r"var\((--[a-z-]+)\)", STYLE)) <= set(NAMES)


def block(at: int) -> dict[str, str]:
    text = STYLE[at : STYLE.index("}", at)]
    return dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", text))


@pytest.mark.parametrize(
    "at", [m.start() for m in re.finditer(r":root \{", STYLE)][:2], ids=["light", "dark"]
)
def test_text_can_be_read_on_its_ground(at: int) -> None:
    colours = block(at)
    pairs = [
        *(
            (text, ground)
            for text in ("--ink", "--soft", "--accent", "--gold")
            for ground in ("--paper", "--sheet")
        ),
        ("--ink", "--tint"),
        ("--soft", "--tint"),
        ("--on-accent", "--accent"),
        ("--good", "--good-tint"),
        ("--warn", "--warn-tint"),
    ]
    for text, ground in pairs:
        a, b = sorted((light_of(colours[text]), light_of(colours[ground])), reverse=True)
        assert (a + 0.05) / (b + 0.05) >= 4.5, (text, ground)


def test_colours_of_ones_own_come_after_the_built_in_style(tmp_path: Path) -> None:
    files = built(tmp_path, colours__css=":root { --accent: #7a1f3d; }\n")
    assert files["style.css"] == STYLE.encode() + b":root { --accent: #7a1f3d; }\n"
    assert "colours.css" not in files


TEMPLATES_USED = sorted({p.template for p in plan_pages(a_town(), EVIDENCE, paint).pages})


@pytest.mark.parametrize("name", TEMPLATES_USED)
def test_every_template_can_be_replaced_alone(name: str, tmp_path: Path) -> None:
    before = build_files(a_town(), EVIDENCE, (TEMPLATES,), paint)[0]
    text = (TEMPLATES / name).read_text("utf-8")
    end = "{% endblock %}" if "{% endblock %}" in text else "</"
    head, _, tail = text.rpartition(end)
    (tmp_path / name).write_text(f"{head}<p>Ours</p>{end}{tail}", "utf-8")
    after = build_files(a_town(), EVIDENCE, (tmp_path, TEMPLATES), paint)[0]
    changed = {path for path in before if before[path] != after[path]}
    pages = {p.path for p in plan_pages(a_town(), EVIDENCE, paint).pages if p.template == name}
    assert before.keys() == after.keys() and changed == pages
    assert all(b"<p>Ours</p>" in after[path] for path in changed)


def test_a_page_of_ones_own_extends_the_base(tmp_path: Path) -> None:
    files = built(
        tmp_path,
        about__html__j2='{% extends "base.html.j2" %}{% block title %}Ours{% endblock %}'
        '{% block main %}<h1>{{ view.policy.experts }} {{ _("Stacks") }}</h1>{% endblock %}',
    )
    page = pages_of(files)["about/index.html"]
    assert "1 Stacks" in page.text and page.all("title") and "Ours · Lake Elmo Unified" in page.text


@pytest.mark.parametrize(
    "asked", ["view.assessments", "view.decision", "frame.people", "view.record", "catalog"]
)
def test_a_template_is_not_given_what_is_private(asked: str, tmp_path: Path) -> None:
    with pytest.raises(McredError) as refused:
        built(tmp_path, badge__html__j2=f"{{{{ {asked} }}}}")
    assert "badge.html.j2" in refused.value.what


def test_the_contract_names_what_a_template_is_given() -> None:
    row = next(line for line in CONTRACT.splitlines() if line.startswith("| `page`"))
    assert set(re.findall(r"`(\w+)`", row)) - {"page"} <= set(Page.__struct_fields__)
    row = next(line for line in CONTRACT.splitlines() if line.startswith("| `frame`"))
    assert set(re.findall(r"`(\w+)`", row)) - {"frame"} == set(Frame.__struct_fields__)


def test_no_page_runs_or_carries_anything_of_its_own() -> None:
    files = build_files(a_town(), EVIDENCE, (TEMPLATES,), paint)[0]
    for path, document in pages_of(files).items():
        policy = next(e for e in document.all("meta") if "http-equiv" in e.attributes).attributes["content"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; "), path
        scripts = [e for e in document.all("script") if e.attributes.get("type") != "application/ld+json"]
        assert ("script-src 'self'" in policy) == bool(scripts), path
        assert "unsafe" not in policy and "*" not in policy and "http" not in policy, path
        assert all("src" in e.attributes for e in scripts), path
        assert not document.all("style") and ANAS_BADGE in files


def test_a_piece_of_many_pages_can_be_replaced_alone(tmp_path: Path) -> None:
    before = build_files(a_town(), EVIDENCE, (TEMPLATES,), paint)[0]
    own = '<tr lang="{{ language }}"><td>Ours: {{ value.criterion }}</td></tr>\n'
    after = built(tmp_path, level__html__j2=own)
    assert {p for p in before if before[p] != after[p]} == {
        p for p in before if b'class="rubric levels"' in before[p]
    }
    assert b'<tr lang="en"><td>Ours: ' in after[ANAS_BADGE]


def test_a_piece_is_made_for_each_value_and_language() -> None:
    templates = open_templates((TEMPLATES,))
    row = LevelRow(
        criterion="Asks", level=Slug("met"), text="", required=Slug("met"), met=True, carried=False
    )
    page = templates.from_string('{{ piece("level.html.j2", row, language) }}')
    said = [
        page.render(row=r, language=of) for r in (row, replace(row, met=False)) for of in ("en", "ar", "en")
    ]
    assert said[0] == said[2] and said[3] == said[5] and len(set(said)) == 4
    assert 'dir="rtl"' in said[1] and "below the required level" in said[3]
