"""The site's own words in other languages, and content that keeps its own."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markupsafe import Markup
from msgspec.structs import replace

from mcred.problems import McredError
from mcred.website.render import open_templates
from mcred.website.translations import Catalogue, Translation
from tests.website.markup import Document, pages_of
from tests.website.messages import find_messages
from tests.website.town import ANAS_BADGE, EVIDENCE, TEMPLATES, a_town, paint
from tests.website.whole import build_files

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=n==1 ? 0 : n<5 ? 1 : 2;\\n"\n\n'
LANGUAGES = sorted(p.stem for p in (TEMPLATES / "locale").glob("*.po"))


def words_of(language: str, *texts: str) -> Translation:
    return Translation(language, [Catalogue(f"locale/{language}.po", text) for text in texts])


def site_in(language: str, *folders: Path) -> dict[str, Document]:
    town = a_town()
    programme = replace(town.programme, site=replace(town.programme.site, language=language))
    files, _ = build_files(replace(town, programme=programme), EVIDENCE, (*folders, TEMPLATES), paint)
    return pages_of(files)


def test_spanish_is_there() -> None:
    assert "es" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_that_is_gone(language: str) -> None:
    text = (TEMPLATES / "locale" / f"{language}.po").read_text("utf-8")
    single, several = find_messages(TEMPLATES)
    known = {m.replace('\\"', '"') for m in re.findall(r'^msgid "(.+)"$', text, re.M)}
    assert known == single | {one for one, _ in several}
    words = words_of(language, text)
    assert not [m for m in single if not words.gettext(m)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_values(language: str) -> None:
    words = words_of(language, (TEMPLATES / "locale" / f"{language}.po").read_text("utf-8"))
    single, several = find_messages(TEMPLATES)
    value = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message in single:
        assert set(value.findall(words.gettext(message))) == set(value.findall(message)), message
    for one, many in several:
        for n in (0, 1, 2, 7):
            assert set(value.findall(words.ngettext(one, many, n))) <= set(value.findall(one + many)), one


def test_pages_speak_spanish_and_people_keep_their_words() -> None:
    pages = site_in("es-MX")
    badge = pages[ANAS_BADGE]
    assert badge.all("html")[0].attributes["lang"] == "es"
    for said in (
        "obtenida por Ana",
        "Niveles alcanzados",
        "2 de noviembre de 2026",
        "Wait Time",
    ):
        assert said in badge.text, said
    assert badge.all("h1")[0].attributes["lang"] == "en", "the title is English, and says so"
    rubric = pages["credentials/wait-time/index.html"]
    assert "Cómo se evalúa" in rubric.text and "Count to three." in rubric.text
    left = {"How it works", "Topics", "Levels reached", "Evidence", "Check it yourself", "About"}
    everything = " ".join(p.text for p in pages.values())
    assert not [m for m in left if f" {m} " in everything]


def test_a_language_without_words_is_english_and_says_so() -> None:
    page = site_in("tlh")["index.html"]
    assert page.all("html")[0].attributes["lang"] == "en" and "How it works" in page.text


def test_a_programme_brings_a_language_or_fixes_one(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "ar.po").write_text('msgid "Stacks"\nmsgstr "سلاسل"\n', "utf-8")
    (tmp_path / "locale" / "es.po").write_text('msgid "Stacks"\nmsgstr "Itinerarios"\n', "utf-8")
    arabic, spanish = site_in("ar", tmp_path)["index.html"], site_in("es", tmp_path)["index.html"]
    assert arabic.all("html")[0].attributes == {"lang": "ar", "dir": "rtl"}
    assert "سلاسل" in arabic.text and "How it works" in arabic.text
    assert "Itinerarios" in spanish.text and "Cómo funciona" in spanish.text and "Series" not in spanish.text


def test_a_variety_goes_before_its_language(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "es-MX.po").write_text('msgid "Video"\nmsgstr "Video"\n', "utf-8")
    words = open_templates((tmp_path, TEMPLATES), "es-MX").words
    assert (words.language, words.gettext("Video"), words.gettext("Stacks")) == ("es-MX", "Video", "Series")


def test_numbers_choose_their_form() -> None:
    entry = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\n' + "".join(
        f'msgstr[{n}] "%(n)s {word}"\n' for n, word in enumerate(("den", "dny", "dní"))
    )
    words = words_of("cs", HEAD + entry)
    said = [str(words.say_number("%(n)s day", "%(n)s days", n)) for n in (1, 2, 5)]
    assert said == ["1 den", "2 dny", "5 dní"]
    assert str(words.say_number("%(n)s hour", "%(n)s hours", 1)) == "1 hour"


@pytest.mark.parametrize(
    "text",
    [
        'msgid "A"\nmsgstr "%(nothing)s"\n',
        'msgid "A"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "A"\nmsgstr "B"\n',
        'msgid "A',
    ],
)
def test_what_is_no_good_translation_is_said_in_english(text: str) -> None:
    assert str(words_of("xx", text).say("A", n=1)) == "A"


def test_long_entries_run_over_lines_and_quotes_are_kept() -> None:
    words = words_of("xx", 'msgid "one "\n"two"\nmsgstr ""\n"\\"eins\\" "\n"zwei"\n')
    assert words.gettext("one two") == '"eins" zwei'


def test_escapes_are_read_as_gettext_writes_them() -> None:
    text = 'msgid "a\\tb\\\\"\nmsgstr "c\\nd \\"e\\" \\\\n"\n'
    assert words_of("xx", text).gettext("a\tb\\") == 'c\nd "e" \\n'


def test_a_form_that_is_missing_is_said_in_english() -> None:
    words = words_of("cs", HEAD + 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s den"\n')
    assert [str(words.say_number("%(n)s day", "%(n)s days", n)) for n in (1, 2)] == ["1 den", "2 days"]


def test_a_later_file_replaces_entries_and_keeps_its_own_plurals() -> None:
    several = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s {}"\nmsgstr[1] "%(n)s {}"\n'
    one = HEAD.replace("nplurals=3; plural=n==1 ? 0 : n<5 ? 1 : 2;", "nplurals=2; plural=n>1;")
    first = one + several.format("jour", "jours") + '\nmsgid "A"\nmsgstr "B"\n\nmsgid "C"\nmsgstr "D"\n'
    words = words_of("fr", first, 'msgid "A"\nmsgstr "E"\n')
    assert [words.gettext(text) for text in "ACF"] == ["E", "D", "F"]
    said = [str(words.say_number("%(n)s day", "%(n)s days", n)) for n in (0, 1, 2)]
    assert said == ["0 jour", "1 jour", "2 jours"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("garbage\nmsgid\nmsgstr [\n", 1),
        ('msgid "A"\nmsgstr "B"\n\nmsgstr "C"\n', 4),
        ('msgid "A"\nmsgid_plural "As"\nmsgstr[x] "B"\n', 3),
        ('msgid "A"\nmsgstr "one "two""\n', 2),
        ("/etc/passwd", 1),
        ("\0", 1),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(McredError) as refused:
        words_of("xx", text)
    assert f"locale/xx.po, line {line}," in refused.value.what and refused.value.hint


def test_a_rule_for_plurals_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(McredError) as refused:
        words_of("xx", 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=__import__(1);"\n\n')
    assert "xx.po" in refused.value.what


@given(some.text(max_size=30))
def test_values_and_translations_never_come_alive(text: str) -> None:
    words = words_of("xx", 'msgid "by %(name)s"\nmsgstr "<b>%(name)s</b>"\n')
    said = words.say("by %(name)s", name=text)
    assert said.startswith("&lt;b&gt;") and "<" not in said
    assert words.say("by %(name)s", name=Markup("<i>x</i>")) == "&lt;b&gt;<i>x</i>&lt;/b&gt;"


def test_values_lose_what_is_unseen() -> None:
    assert str(words_of("en").say("by %(name)s", name="A\u202eB\x00")) == "by AB"


def test_days_are_said_in_the_language() -> None:
    for language, said in (("en", "March 2, 2026"), ("es", "2 de marzo de 2026")):
        say = open_templates((TEMPLATES,), language).from_string("{{ day(date) }}")
        assert say.render(date=date(2026, 3, 2)) == said


def test_words_in_their_place_are_the_same_as_those_said_on_each_page(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "es.po").write_text('msgid "Stacks"\nmsgstr "<b>Series"\n', "utf-8")
    templates = open_templates((tmp_path, TEMPLATES), "es")
    in_place = templates.from_string(
        '<p>{{ _("Stacks") }}</p>\n{{- _("Not there") }} {{ _ ( "Stacks" ) -}} .'
    )
    said = templates.from_string(
        '{% set text = "Stacks" %}<p>{{ _(text) }}</p>{{ _("Not " ~ "there") }} {{ _(text) }}.'
    )
    assert in_place.render(_=None) == said.render() == "<p>&lt;b&gt;Series</p>Not there &lt;b&gt;Series."
    assert templates.from_string('{{ _("Stacks")|length }}{{ x("Stacks") }}').render(x=len) == "156"
