"""The site's own words in another language: gettext, read from `locale/<language>.po` beside the templates.

The msgids are the English texts of the templates. A programme may bring a `.po` of its own, which adds to the
built-in one or replaces entries of it. What people wrote is never translated.

>>> words = read_words("es", ('msgid "Stacks"\\nmsgstr "Series"',))
>>> words.gettext("Stacks"), words.gettext("About")
('Series', 'About')
"""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterable, Iterator, Mapping

from markupsafe import Markup, escape
from msgspec import Struct

from mcred.problems import McredError
from mcred.website.prose import clean_text

SOURCE = "en"
"""The language of the msgids."""
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d)\])? *)?(".*")')
_PLURALS = re.compile(r"plural=([^;\n]+)")
_TWO = "n != 1"


class _Entry(Struct):
    id: str = ""
    plural: str = ""
    said: dict[int, str] | None = None
    fuzzy: bool = False


class Translation(gettext.NullTranslations):
    """The texts of one language; what is not translated is said in English."""

    def __init__(self, language: str, singles: Mapping[str, str], plurals: Mapping[str, _Forms]) -> None:
        super().__init__()
        self.language, self._singles, self._several = language, singles, plurals
        self._said: dict[str, Markup] = {}

    @property
    def told(self) -> str:
        """Changes with any text."""
        return f"{self.language} {sorted(self._singles.items())} {sorted(self._several.items(), key=str)}"

    def gettext(self, message: str) -> str:
        return self._singles.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._several.get(msgid1)
        return forms.choose(n) if forms else (msgid1 if n == 1 else msgid2)

    def say(self, message: str, **values: object) -> Markup:
        """A text with its values filled in; texts and values are escaped, values that are HTML stay so."""
        if message not in self._said:  # a large site says the same hundred things on each page
            self._said[message] = escape(self.gettext(message))
        return _fill(self._said[message], message, values) if values else self._said[message]

    def say_number(self, one: str, many: str, n: int, **values: object) -> Markup:
        """The same for a number of things, `%(n)s`."""
        said = escape(self.ngettext(one, many, n))
        return _fill(said, one if n == 1 else many, {"n": n, **values})


class _Forms(Struct, frozen=True):
    said: Mapping[int, str]
    rule: str

    def choose(self, n: int) -> str:
        # `c2py` is what gettext itself reads this rule of a catalogue with.
        number = gettext.c2py(self.rule)(n)
        return self.said.get(number, self.said[0])


def read_words(language: str, catalogues: Iterable[str]) -> Translation:
    """The texts of a language from its `.po` files, a later one replacing entries of an earlier one."""
    singles: dict[str, str] = {}
    plurals: dict[str, _Forms] = {}
    for text in catalogues:
        rule = _TWO
        for entry in _entries(text):
            said = entry.said or {}
            if not entry.id:
                found = _PLURALS.search(said.get(0, ""))
                rule = _checked(found[1].strip() if found else _TWO, language)
            elif entry.fuzzy or not all(said.values()) or not said:
                continue
            elif entry.plural:
                plurals[entry.id] = _Forms(said, rule)
            else:
                singles[entry.id] = said[0]
    return Translation(language, singles, plurals)


def _checked(rule: str, language: str) -> str:
    try:
        gettext.c2py(rule)
    except (ValueError, RecursionError):
        raise McredError(
            f"locale/{language}.po has a rule for plurals that cannot be read: {rule[:80]}",
            hint='write Plural-Forms as in the built-in ones, such as "nplurals=2; plural=n != 1;"',
        ) from None
    return rule


def _entries(text: str) -> Iterator[_Entry]:
    """The entries of a `.po` file; lines of no known form are passed over."""
    entry, field, form = _Entry(), "", 0
    for line in (*text.splitlines(), ""):
        line = line.strip()
        if line.startswith("#,") and "fuzzy" in line:
            entry.fuzzy = True
        match = _LINE.fullmatch(line)
        if not match:
            if not line and entry.said is not None:
                yield entry
                entry, field = _Entry(), ""
            continue
        if match[1] == "msgid" and entry.said is not None:
            yield entry
            entry = _Entry()
        if match[1]:
            field, form = match[1], int(match[2] or 0)
        _add(entry, field, form, _unquote(match[3]))


def _add(entry: _Entry, field: str, form: int, text: str) -> None:
    if field == "msgid":
        entry.id += text
    elif field == "msgid_plural":
        entry.plural += text
    elif field == "msgstr":
        entry.said = entry.said or {}
        entry.said[form] = entry.said.get(form, "") + text


def _unquote(quoted: str) -> str:
    try:
        return str(ast.literal_eval(quoted))
    except (ValueError, SyntaxError):
        return quoted[1:-1]


def _fill(said: Markup, source: str, values: Mapping[str, object]) -> Markup:
    """`said` with its values; the source's own words where a translation names a value that is not there."""
    clean = {
        k: v if isinstance(v, Markup) or not isinstance(v, str) else clean_text(v) for k, v in values.items()
    }
    try:
        return said % clean
    except (KeyError, ValueError, TypeError):
        return escape(source) % clean
