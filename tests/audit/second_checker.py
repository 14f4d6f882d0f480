"""The second checker, `tools/recheck.py`, as a module: written from docs/record.md alone, it must agree."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


SIGNATURE = ("award-other", "its signature is not valid")
"""What the second checker leaves open, by the page (B10)."""


def check_again(clone: Path, code: int, audited: Mapping[str, Any], *, leave_open: bool = False) -> None:
    """Both checkers know the same awards and stack badges of a clone, and say the same of each.

    `code` and `audited`: how `mcred audit --json` ended, and what it wrote. `leave_open`: the second checker
    may answer "cannot tell", as where a file is no YAML that it reads.
    """
    try:
        second = RECHECK.recheck(str(clone))
    except RECHECK.CannotTell:
        assert code == 7 or leave_open, audited
        return
    first = {f"{a['submission']}, attempt {a['attempt']}": verdict(a, audited) for a in audited["awards"]}
    first |= {
        f"{s['earner']}/stacks/{s['stack']}/{s['number']}": verdict(s, audited) for s in audited["stacks"]
    }
    first |= {
        f"{r['person']}/recognized/{r['policy']}/{r['number']}": "proved" if r["proved"] else "not proved"
        for r in audited["recognized"]
    }
    said = {name: said.word for name, said in second.items()}
    if leave_open:
        first |= {name: word for name, word in said.items() if word == "cannot tell" and name in first}
    assert said == first, (second, audited["findings"])


def verdict(one: Mapping[str, Any], audited: Mapping[str, Any]) -> str:
    """What the audit says of an award or a stack badge, in the second checker's words."""
    about = (one.get("submission"), one.get("attempt"))
    against = [
        f
        for f in audited["findings"]
        if about == (f["submission"], f["attempt"]) and f["code"] in one["findings"]
    ]
    unclear = against and all((f["code"], f["what"]) == SIGNATURE for f in against)
    if not one["proved"] and not unclear:
        return "not proved"
    return "proved by override" if one.get("override") else "proved"
