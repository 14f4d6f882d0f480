"""A town for each test of the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.town import Town, found_town


@pytest.fixture(scope="session")
def first_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Founded once; tests work on copies."""
    place = tmp_path_factory.mktemp("founding")
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith(("GIT_", "XDG_", "MCRED_", "SSH_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(place))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        return found_town(place / "town")


@pytest.fixture
def town(first_town: Town, tmp_path: Path) -> Town:
    """A town of the test's own."""
    return first_town.copy(tmp_path / "town")
