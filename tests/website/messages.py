"""What the templates say in words of their own: every msgid, found in their source."""

from __future__ import annotations

import re
from pathlib import Path

from mcred.domain.credential import ATTESTATION_TEXTS, EVIDENCE_TYPES
from mcred.domain.programme import RELEASE_TO_MEMBERS
from mcred.website.render import MONTHS
from mcred.website.version_changes import CHANGE_WORDS

_ONE = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')
_SEVERAL = re.compile(r'\bngettext\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"')
OURS = ("review.html.j2", "diff.html.j2")
"""Pages on an assessor's own computer: in the language of the commands."""


def find_messages(templates: Path) -> tuple[set[str], set[tuple[str, str]]]:
    """The texts said as they are, and those said of a number of things."""
    texts = [p.read_text("utf-8") for p in sorted(templates.glob("*.j2")) if p.name not in OURS]
    single = {m for text in texts for m in _ONE.findall(text)}
    several = {(m[1], m[2]) for text in texts for m in _SEVERAL.finditer(text)}
    single |= {
        *MONTHS,
        *CHANGE_WORDS.values(),
        *ATTESTATION_TEXTS.values(),
        RELEASE_TO_MEMBERS,
        "%(month)s %(day)s, %(year)s",
    }
    single |= {kind.replace("-", " ").capitalize() for kind in EVIDENCE_TYPES}
    return single, several
