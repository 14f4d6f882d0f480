"""The schema of Open Badges 3.0, which lies beside the project and not in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NAME = "shared/data/ob3/ob3-achievementcredential.derived.schema.json"


def open_badge_schema() -> dict[str, Any]:
    """The schema with every `proof` made optional; the test is skipped where the file is not found."""
    for folder in Path(__file__).resolve().parents:
        if (folder / NAME).is_file():
            found: dict[str, Any] = json.loads((folder / NAME).read_text("utf-8"))
            for shape in found["$defs"].values():
                shape["required"] = [n for n in shape.get("required", ()) if n != "proof"]
            return found
    pytest.skip(f"{NAME} is not here")
