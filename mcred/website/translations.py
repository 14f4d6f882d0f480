"""Translates the site's own texts: gettext, read from `locale/<language>.po` beside the templates.

The msgids are the English texts of the templates. A programme may have a `.po` of its own, which adds to the
built-in one or replaces entries of it. Text that people wrote is never translated. polib parses the files,
gettext looks up the text.

>>> words = Translation("es", [Catalogue("locale/es.po", 'msgid "Stacks"\\nmsgstr "Series"')])
>>> words.gettext("Stacks"), words.gettext("About")
('Series', 'About')
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import NamedTuple

from markupsafe import Markup, escape

from mcred.problems import McredError
from mcred.website.prose import clean_text

SOURCE = "en"
"""The language of the msgids."""
_PLURALS = re.compile(r"plural=([^;\n]+)")
_TWO = "n != 1"
_READY = (Markup, int)
"""Values that are filled in as they are."""
_LINE = re.compile(r"\(line (\d+)\)")
"""The line of a parse error, in polib's message."""


class Catalogue(NamedTuple):
    """A `.po` file: its name, for people, and its text."""

    file: str
    text: str


class Translation:
    """The texts of one language from its `.po` files, a later one replacing entries of an earlier one.

    Untranslated texts are in English. Raises McredError for a file that cannot be parsed, with its name and
    line.
    """

    def __init__(self, language: str, catalogues: Iterable[Catalogue]) -> None:
        self.language = language
        self.told = language
        """Changes with any text."""
        self._found = gettext.NullTranslations()
        self._said: dict[str, Markup] = {}
        for catalogue in catalogues:
            found = _read(catalogue)
            found.add_fallback(self._found)
            self._found = found
            self.told += f"\0{catalogue.text}"

    def gettext(self, message: str) -> str:
        """The translation of a text, or the text."""
        return self._found.gettext(message) if message else ""

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The translation for `n` things, or the English text for as many."""
        return self._found.ngettext(one, many, n)

    def say(self, message: str, **values: object) -> Markup:
        """A text with its values filled in; texts and values are escaped, values that are HTML are not."""
        if message not in self._said:  # a large site has the same hundred texts on each page
            self._said[message] = escape(self.gettext(message))
        return _fill(self._said[message], message, values) if values else self._said[message]

    def say_number(self, one: str, many: str, n: int, **values: object) -> Markup:
        """The same for a number of things, `%(n)s`."""
        said = escape(self.ngettext(one, many, n))
        return _fill(said, one if n == 1 else many, {"n": n, **values})


def _read(catalogue: Catalogue) -> gettext.GNUTranslations:
    """A file's entries, without fuzzy and empty ones."""
    import polib

    try:
        # With a line end the text is no file name, which polib would open.
        found = polib.pofile(f"{catalogue.text}\n", encoding="utf-8")
    except OSError as error:
        line = _LINE.search(str(error))
        where = f"{catalogue.file}, line {line[1]}," if line else catalogue.file
        raise McredError(
            f"{where} cannot be read as translations",
            hint='write each text as two lines, msgid "…" and msgstr "…", as the built-in es.po has them',
        ) from None
    rule = _PLURALS.search(found.metadata.get("Plural-Forms", ""))
    found.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": f"nplurals=9; plural={_checked(rule[1].strip() if rule else _TWO, catalogue.file)};",
    }
    return gettext.GNUTranslations(BytesIO(found.to_binary()))


def _checked(rule: str, file: str) -> str:
    """The rule for plurals, after gettext has parsed it."""
    try:
        gettext.c2py(rule)
    except (ValueError, RecursionError):
        raise McredError(
            f"{file} has a rule for plurals that cannot be read: {rule[:80]}",
            hint='write Plural-Forms as in the built-in ones, such as "nplurals=2; plural=n != 1;"',
        ) from None
    return rule


def _fill(said: Markup, source: str, values: Mapping[str, object]) -> Markup:
    """`said` with its values; the source text where a translation refers to a missing value."""
    clean = {
        k: v if isinstance(v, _READY) else escape(clean_text(v) if isinstance(v, str) else v)
        for k, v in values.items()
    }
    # `Markup % clean` would wrap each value before it escapes it.
    try:
        return Markup(str.__mod__(said, clean))  # noqa: S704 -- all of it is escaped
    except (KeyError, ValueError, TypeError):
        return Markup(str.__mod__(escape(source), clean))  # noqa: S704
