"""The micro-credentials that can be earned, with the user's own standing."""

from __future__ import annotations

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

    `topic`: only those with this in a topic; `search`: only those with this in title, competency, key method
    or a topic. Case is ignored.
    """
    found = [d.credential for d in ws.catalog.definitions.values() if d.credential.status == "live"]
    if topic:
        found = [c for c in found if any(_folded(topic) in _folded(t) for t in c.topics)]
    if search:
        found = [c for c in found if _folded(search) in _text(c)]
    found.sort(key=lambda c: (c.topics[:1], c.title))
    return tuple(BrowsedCredential(credential=c, word=_word(ws, c)) for c in found)


def _text(credential: Credential) -> str:
    texts = (credential.title, credential.competency, credential.key_method, *credential.topics)
    return _folded(" ".join(texts))


def _folded(text: str) -> str:
    return as_typed(text).casefold()


def _word(ws: Workspace, credential: Credential) -> str:
    word = ws.standing(SubmissionId(ws.me, credential.id)).word if ws.me is not None else "not started"
    return "-" if word == "not started" else word
