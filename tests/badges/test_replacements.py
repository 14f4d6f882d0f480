"""What the record says of a badge by its id: what took its place, and why it was revoked."""

from __future__ import annotations

import json

import pytest

from mcred.badges.replacements import badge_id, find_revocation
from mcred.domain.ids import SubmissionId
from tests.school import BEN, WAIT, a_catalog, a_record, a_revocation

BENS = SubmissionId(BEN, WAIT)


def a_badge(name: str) -> bytes:
    return json.dumps({"id": f"urn:{name}"}).encode()


def test_every_badge_of_a_revoked_attempt_is_revoked_and_no_other() -> None:
    record = a_record(
        awards={1: a_badge("first"), 2: a_badge("anew")},
        issued_again={(1, 2): a_badge("second")},
        revocations={1: a_revocation()},
    )
    why = find_revocation(a_catalog((record,)))
    assert why("urn:first") == why("urn:second") == "revoked by rosa on 2026-11-02: The video is not hers."
    assert why("urn:anew") is None


def test_a_revocation_without_readable_reason_is_one() -> None:
    record = a_record(awards={1: a_badge("first")}, revocations={1: None})
    assert "cannot be read" in (find_revocation(a_catalog((record,)))("urn:first") or "")


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"id": 7}', b"\xff", b'"urn:x"'])
def test_a_document_that_is_no_badge_has_no_id_and_stands_for_none(document: bytes) -> None:
    assert badge_id(document) == ""
    record = a_record(
        awards={1: document}, issued_again={(1, 2): a_badge("second")}, revocations={1: a_revocation()}
    )
    why = find_revocation(a_catalog((record,)))
    assert why("") is None and why("urn:second")
