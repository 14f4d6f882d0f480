"""People who wait to be confirmed, or for a new key."""

from __future__ import annotations

from mcred.app.people.requests import Waiting
from mcred.domain.people import fingerprint


def waiting_json(asked: Waiting) -> dict[str, object]:
    """A request as a JSON object."""
    return {
        "id": asked.person,
        "name": asked.name,
        "school": asked.school,
        "replaces_key": asked.is_takeover,
        "new_keys": [fingerprint(key) for key in asked.new_keys],
    }
