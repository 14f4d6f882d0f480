"""Asks other people's verifier, `@digitalbazaar/vc`, which `make verifiers` installs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

VERIFIERS = Path(__file__).parents[1] / "verifiers"


PROOF_SCRIPT = VERIFIERS.parents[1] / "templates" / "site" / "proof.js"


def ask_page(cases: Mapping[str, str], keys: Mapping[str, Any]) -> dict[str, str]:
    """What the script of our own pages says of each case's text. `keys`: the issuer's, as on the site."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    question = {"script": PROOF_SCRIPT.read_text("utf-8"), "keys": keys, "cases": cases}
    done = subprocess.run(
        [node, "browser.mjs"],
        cwd=VERIFIERS,
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, str] = json.loads(done.stdout)
    return found


def ask(cases: Mapping[str, Any], documents: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What it says of each case. `documents`: DID documents and status lists by address; it is offline."""
    node = shutil.which("node")
    if node is None or not (VERIFIERS / "node_modules").is_dir():
        pytest.skip("other people's verifiers are not installed: make verifiers")
    question = {
        "cases": [{"name": name, "credential": case} for name, case in cases.items()],
        "documents": documents,
        "now": "2026-11-03T00:00:00Z",
    }
    asked = json.dumps(question).encode()
    done = subprocess.run([node, "verify.mjs"], cwd=VERIFIERS, input=asked, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    assert found.keys() == cases.keys()
    return found
