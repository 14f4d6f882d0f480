"""What the check of a push takes for a badge earned elsewhere."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from mcred.app.elsewhere.plain import MOST_BYTES
from mcred.app.pieces.shown import explain_files
from mcred.badges.others import opening
from tests.badges.elsewhere import DOCUMENTS, TOKENS, assertion, credential, older


def is_taken(document: dict[str, Any]) -> bool:
    data = f"{json.dumps(document, indent=2, ensure_ascii=False)}\n".encode()
    return not tuple(explain_files({f"{hashlib.sha256(data).hexdigest()}.json": data}))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_signed_badge_is_taken(name: str) -> None:
    assert is_taken(DOCUMENTS[name]())


@pytest.mark.parametrize("name", TOKENS)
def test_so_is_a_token(name: str) -> None:
    data = TOKENS[name]().encode()
    assert not tuple(explain_files({f"{hashlib.sha256(data).hexdigest()}.jwt": data}))


@pytest.mark.parametrize("document", [assertion(), assertion("SignedBadge"), older("1.1"), older("1.0")])
def test_so_are_older_badges(document: dict[str, Any]) -> None:
    assert is_taken(document)


@pytest.mark.parametrize(
    "document",
    [
        {"id": "https://a.example/x.json", "assertionMethod": [], "verificationMethod": []},
        {"publicKeyJwk": {"kty": "OKP"}},
        {"name": "Reading"},
        {"badge": "https://a.example/class.json", "recipient": {}},
        assertion(publicKeyPem="x"),
        assertion(revokedAssertions=[]),
        credential("did:web:a.example", verificationMethod=[]),
        credential("did:web:a.example", keys=[]),
        credential("did:web:a.example", kty="OKP"),
        credential("did:web:a.example", type=["VerifiableCredential", "BitstringStatusListCredential"]),
    ],
)
def test_what_is_none_or_more_than_one_is_not(document: dict[str, Any]) -> None:
    assert not is_taken(document)


@pytest.mark.parametrize(
    "data",
    [b'{"a": "' + b"x" * MOST_BYTES + b'"}', b"<svg/>", b"\xef\xbb\xbf\n<svg/>", b"\x89PNG\r\n\x1a\n"],
    ids=["large", "drawing", "drawing after a mark", "picture"],
)
def test_what_is_large_or_a_picture_is_not_opened(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    monkeypatch.setattr(opening, "open_any", opened.append)
    (said,) = explain_files({f"{hashlib.sha256(data).hexdigest()}.json": data})
    assert said.endswith("is not a badge, written as mcred writes it")
    assert opened == []
