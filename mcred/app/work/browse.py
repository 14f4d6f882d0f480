"""The micro-credentials that can be earned, with the user's own standing."""

from __future__ import annotations

import unicodedata

from msgspec import Struct

from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential
from mcred.domain.ids import SubmissionId
from mcred.domain.text import as_typed


class BrowsedCredential(Struct, frozen=True, kw_only=True):
    """A micro-credential, and the state of the user's submission; `-` without one."""

    credential: Credential
    word: str


def browse(ws: Workspace, topic: str = "", search: str = "") -> tuple[BrowsedCredential, ...]:
    """The live micro-credentials by topic and title.

    `topic`: only those with this in a topic; `search`: only those with each of these words in id, title,
    competency, key method or a topic; where there is none, those with words almost like them. Case and
    accents are ignored.
    """
    found = [d.credential for d in ws.catalog.definitions.values() if d.credential.status == "live"]
    if topic:
        found = [c for c in found if any(_folded(topic) in _folded(t) for t in c.topics)]
    if wanted := _folded(search).split():
        texts = {c.id: _text(c) for c in found}
        exact = [c for c in found if all(word in texts[c.id] for word in wanted)]
        found = exact or [c for c in found if all(_is_near(word, texts[c.id]) for word in wanted)]
    found.sort(key=lambda c: (c.topics[:1], c.title))
    return tuple(BrowsedCredential(credential=c, word=_word(ws, c)) for c in found)


def _text(credential: Credential) -> str:
    texts = (
        credential.id,
        credential.title,
        credential.competency,
        credential.key_method,
        *credential.topics,
    )
    return _folded(" ".join(texts))


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", as_typed(text).casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _is_near(word: str, text: str) -> bool:
    """Whether a text has a word that differs from this one by a slip of the keys.

    >>> [_is_near(word, "fractions on a number line") for word in ("fractoins", "numbr", "rate")]
    [True, True, False]
    """
    from difflib import get_close_matches

    return word in text or bool(get_close_matches(word, text.split(), n=1, cutoff=0.75))


def _word(ws: Workspace, credential: Credential) -> str:
    word = ws.standing(SubmissionId(ws.me, credential.id)).word if ws.me is not None else "not started"
    return "-" if word == "not started" else word
