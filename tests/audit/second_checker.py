"""The second checker, `tools/recheck.py`, as a module: written from docs/record.md alone, it must agree."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.audit.workshop import Answer, Workshop

PLACE = Path(__file__).parents[2] / "tools" / "recheck.py"


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("recheck", PLACE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by its name.
    sys.modules["recheck"] = module
    spec.loader.exec_module(module)
    return module


RECHECK = _load()


def rechecked(shop: Workshop) -> Mapping[tuple[str, int], Sequence[str]]:
    """Each award on the main line with what the second checker has against it."""
    found: Mapping[tuple[str, int], Sequence[str]] = RECHECK.recheck(str(shop.repo.git_dir))
    return found


def check_again(shop: Workshop, answer: Answer) -> None:
    """Both checkers know the same awards and prove the same of them."""
    second = rechecked(shop)
    awards = {(a["submission"], a["attempt"]) for a in answer.out["awards"]}
    assert set(second) == awards
    assert {award for award, reasons in second.items() if not reasons} == answer.proved, (second, answer.out)
