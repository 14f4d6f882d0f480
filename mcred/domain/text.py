"""Text as people's programs write it: safe to print, invisible characters shown, in one form to compare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)
# Unicode's Default_Ignorable_Code_Point; the record reads headings without them (docs/record.md, M1).
UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN_SIGN = re.compile(f"[{UNSEEN}]")
# Those that scripts other than the Latin one and emoji are written with.
_NEEDED = r"\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_STRAY = re.compile(rf"(?![{_NEEDED}])[{UNSEEN}]|(?<=[A-Za-z])[{_NEEDED}]|[{_NEEDED}](?=[A-Za-z])")
_REORDERS = r"\u202a-\u202e\u2066-\u2069"
_IDLE = re.compile(rf"(?![{_REORDERS}])(?:{_STRAY.pattern})")
SPACES = r"\u00a0\u2000-\u200a\u202f\u3000"
"""Spaces other than the plain one, as a word processor or a web page has them."""
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_ALIKE = re.compile(f"[{SPACES}]|{_DASHES.pattern}")

_PLAIN = re.compile(r" {0,3}(?![#>|<]|[+*-] |\d+[.)] |---|===|\*\*\*|```|~~~)\S")
"""A line that a paragraph may consist of: no heading, list, quotation, table, rule, or markup."""
_LONG = re.compile(r"^[\u2013\u2014]-?(?=[a-z])")
_OPENS = re.compile(r"((?:--[a-z-]+=)?)[“‘]")


def clean(text: str) -> str:
    """Text without control characters and direction overrides, safe for a terminal."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def without_unseen(text: str) -> str:
    """A text without invisible characters, which word processors put between letters.

    >>> without_unseen("What\\u200b came\\u00ad")
    'What came'
    """
    return _UNSEEN_SIGN.sub("", text)


def show_unseen(text: str, *, alike: bool = False) -> str:
    """A text with its invisible characters replaced by their code points.

    Those that a script or an emoji needs stay. `alike`: other spaces and dashes than the plain ones are
    shown too.

    >>> show_unseen("What\\u200b came")
    'What(U+200B) came'
    >>> show_unseen("1\\u00a0", alike=True)
    '1(U+00A0)'
    """
    shown = _STRAY.sub(_code_point, text)
    return _ALIKE.sub(_code_point, shown) if alike else shown


def find_unseen(text: str) -> int:
    """The position, counted from 1, of the first character that `show_unseen` replaces; 0 for none."""
    found = _STRAY.search(text)
    return found.start() + 1 if found else 0


def _code_point(found: re.Match[str]) -> str:
    return f"(U+{ord(found[0]):04X})"


def as_typed(text: str) -> str:
    """A text in the one form in which all keyboards and systems give the same: accents composed with their
    letters, plain spaces, one at a time and none at the ends, nothing invisible but what reorders text.

    >>> as_typed("Cafe\\u0301\\u00a0 plan\\u200b")
    'Café plan'
    """
    return " ".join(unicodedata.normalize("NFC", _IDLE.sub("", text)).split())


def as_id_typed(text: str) -> str:
    """A typed id in its own form: small letters, plain hyphens, nothing around it.

    >>> as_id_typed("Exit\\u2011Tickets\\u00a0")
    'exit-tickets'
    """
    return _DASHES.sub("-", as_typed(text)).casefold()


def as_line(words: Sequence[str]) -> list[str]:
    """The words of a command line as meant, where it was copied from a text in which `--` became a dash and
    quotes curly: those join no words in a shell.

    >>> as_line(["–for", "“lesson-plans”", "—title=“Day", "one”", "x – y"])
    ['--for', 'lesson-plans', '--title=Day one', 'x – y']
    """
    found: list[str] = []
    left = [_LONG.sub("--", word) for word in words]
    while left:
        word = left.pop(0)
        opens = _OPENS.match(word)
        ends = next((n for n, one in enumerate([word, *left]) if one.endswith(("”", "’"))), None)
        if opens and ends is not None and not any(re.search(r"\s", one) for one in (word, *left[:ends])):
            whole = " ".join((word[opens.end() :], *left[:ends])) if ends else word[opens.end() :]
            word, left = f"{opens[1]}{whole[:-1]}", left[ends:]
        found.append(word)
    return found


def as_stored(data: bytes, *, old_ends: bool = True) -> bytes:
    """A text file as UTF-8 without a byte order mark and with LF line endings, whatever program saved it.

    What is neither UTF-8 nor marked as UTF-16 keeps its bytes, but for the line endings. `old_ends`: CR by
    itself ends a line, too.

    >>> as_stored("\\ufeffone\\r\\ntwo\\r".encode("utf-16-le"))
    b'one\\ntwo\\n'
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            return data
    text = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return text.replace(b"\r", b"\n") if old_ends else text


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name nearest to a typed one; empty when none is near.

    >>> nearest("Exit\\u2011Tickets\\u200b", ["exit-tickets", "wait-time"])
    'exit-tickets'
    """
    from difflib import get_close_matches

    spelled = {as_id_typed(there): there for there in known}
    close = get_close_matches(as_id_typed(name), list(spelled), n=1, cutoff=0.6)
    return next((spelled[found] for found in close), "")


def flow(text: str) -> str:
    """Markdown with the lines of each paragraph joined, as a page shows it; lists, quotations, tables,
    headings, and code keep their lines."""
    lines: list[str] = []
    in_code = False
    for line in text.splitlines():
        is_fence = line.lstrip().startswith(("```", "~~~"))
        joins = lines and not lines[-1].endswith(("  ", "\\"))
        if joins and not in_code and _PLAIN.match(line) and _PLAIN.match(lines[-1]):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
        in_code ^= is_fence
    return "\n".join(lines)
