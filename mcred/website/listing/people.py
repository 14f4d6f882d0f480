"""The people who earned public badges, by name, and the files of names that the page's search reads.

A file has everybody with a word in their name that begins with some letters: one letter, and more where too
many share it. So a search reads one or two small files, however many people there are.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from mcred.domain.ids import PersonId
from mcred.website.addresses import NAMES, PEOPLE, PEOPLE_SCRIPT, portfolio_page
from mcred.website.badge_views import Copy
from mcred.website.badges import Earned
from mcred.website.listing.cut import cut, turns
from mcred.website.listing.views import PageStart, PeopleView, PersonRow
from mcred.website.views import Page

IN_FILE = 500
"""From how many people on a file of names is split by one letter more."""
LETTERS = 4
"""By how many letters at most."""
_BETWEEN = re.compile(r"[\W_]+")


class _Named(Struct, frozen=True, kw_only=True):
    id: PersonId
    row: PersonRow

    @property
    def entry(self) -> tuple[str, str, str]:
        return self.row.name, self.row.school, self.id


def plan_people(badges: Sequence[Earned], language: str) -> Iterator[Page]:
    """The pages of the list; `badges`: everybody's."""
    people = _list_people(badges)
    letters, files = _write_names(people)
    leaves = cut(people, lambda p: p.id)
    paths = list(turns(PEOPLE, len(leaves)))
    starts = [
        PageStart(name=leaf[0].row.name, page=path)
        for leaf, (path, _) in zip(leaves, paths, strict=True)
        if leaf
    ]
    for leaf, (path, turn) in zip(leaves, paths, strict=True):
        view = PeopleView(rows=tuple(p.row for p in leaf), turn=turn)
        if turn.number == 1:
            view = PeopleView(
                rows=view.rows,
                turn=turn,
                count=len(people),
                starts=tuple(starts) if len(starts) > 1 else (),
                names=NAMES,
                letters=letters,
                portfolio=portfolio_page(PersonId("{id}")),
            )
        yield Page(
            path=path,
            template="people.html.j2",
            title="People",
            language=language,
            section="people",
            script=PEOPLE_SCRIPT if turn.number == 1 else "",
            data=view,
            beside=files if turn.number == 1 else (),
        )


def _list_people(badges: Sequence[Earned]) -> tuple[_Named, ...]:
    found: dict[PersonId, list[Earned]] = {}
    for badge in badges:
        if badge.is_listed:
            found.setdefault(badge.submission.earner, []).append(badge)
    named = (
        _Named(
            id=person,
            row=PersonRow(
                name=mine[0].card.earner,
                school=mine[0].school,
                page=portfolio_page(person),
                badges=len(mine),
            ),
        )
        for person, mine in found.items()
    )
    return tuple(sorted(named, key=lambda p: (p.row.name.casefold(), p.id)))


def _write_names(people: Sequence[_Named]) -> tuple[str, tuple[Copy, ...]]:
    """The letters that words begin with, and the files of names."""
    by_word: dict[str, dict[PersonId, _Named]] = {}
    for person in people:
        for word in words_of(person.row.name):
            by_word.setdefault(word, {})[person.id] = person
    below = _one_letter_more("", by_word)
    files = (file for letters, words in below.items() for file in _split(letters, words))
    return "".join(sorted(below)), tuple(files)


_Words = Mapping[str, Mapping[PersonId, _Named]]


def _one_letter_more(letters: str, by_word: _Words) -> Mapping[str, _Words]:
    below: dict[str, dict[str, Mapping[PersonId, _Named]]] = {}
    for word, found in by_word.items():
        if len(word) > len(letters):
            below.setdefault(word[: len(letters) + 1], {})[word] = found
    return below


def _split(letters: str, by_word: _Words) -> Iterator[Copy]:
    """The file for words with these first letters, and those for more letters where it would be too long:
    then it has those whose word is just these letters, and says which letters may come next."""
    here: Mapping[PersonId, _Named] = {n: p for found in by_word.values() for n, p in found.items()}
    below: Mapping[str, _Words] = {}
    if len(here) > IN_FILE and len(letters) < LETTERS:
        here, below = by_word.get(letters, {}), _one_letter_more(letters, by_word)
    rows = sorted((p.entry for p in here.values()), key=lambda e: (e[0].casefold(), e[2]))
    lines = ",\n".join(map(json.dumps, rows))
    more = "".join(sorted(longer[-1] for longer in below))
    content = f'{{"more": {json.dumps(more)}, "people": [\n{lines}\n]}}\n'
    yield Copy(path=names_file(letters), content=content.encode())
    for longer, words in below.items():
        yield from _split(longer, words)


def words_of(name: str) -> frozenset[str]:
    """The words of a name as they are searched: small letters without accents. `people.js` does the same.

    >>> sorted(words_of("Zoë O'Brien-Łuk")), words_of("\N{MATHEMATICAL BOLD CAPITAL A}na")
    (['brien', 'o', 'zoe', 'łuk'], frozenset({'ana'}))
    """
    plain = unicodedata.normalize("NFKD", name.lower()).lower()
    if not plain.isascii():
        plain = "".join(c for c in plain if not unicodedata.category(c).startswith("M"))
    return frozenset(filter(None, _BETWEEN.split(plain)))


def names_file(letters: str) -> str:
    """The path of a file of names; what is no letter from a to z or digit is written as its number.

    >>> names_file("ab"), names_file("é")
    ('people/names-ab.json', 'people/names-_e9.json')
    """
    spelled = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in letters)
    return f"{NAMES}{spelled}.json"
