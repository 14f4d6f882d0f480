"""One long honest history, made once, and a workshop on a copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_data_path

from tests.audit.workshop import PEM, Workshop, open_workshop
from tests.cli.conftest import Make, first_town, make_once
from tests.cli.court import set_rules
from tests.cli.town import WAIT, Town

__all__ = ["first_town", "make_once"]


@pytest.fixture(scope="session")
def first_chronicle(make_once: Make, first_town: Town) -> Town:
    """Ben earned it by an expert; Ana at her second attempt; then awards are signed, and Cleo and Dev
    earned it by peers. Only Mei is an expert, so that no one is chosen by lot before Dev's two of three. Dev
    shows his plan, and wrote a text to it too.
    """

    def build(place: Path) -> Town:
        town = first_town.copy(place)
        set_rules(town, "    - tom\n", "")
        for person in ("mei", "ben", "ana", "cleo", "dev"):
            town.run(person, "sync")
        town.award("ben")
        town.send_back("ana")
        (town.folder("ana") / "evidence" / "plan.md").write_text(
            "# Lesson plan\n\nAsk, then wait.\n", "utf-8"
        )
        town.run("ana", "submit", WAIT, "--note", "The questions are open now.", "--yes", "--attest", "all")
        town.assess("ana")
        town.decide("ana")
        town.run("rosa", "key", "new")
        shutil.copy(user_data_path("mcred") / "issuer-keys" / "lakeside.pem", place / PEM)
        town.award("cleo")
        town.hand_in("dev")
        town.tell_of_plan("dev")
        town.run("dev", "submit", WAIT, "--attest", "all")
        town.assess("dev")
        town.decide("dev")
        town.run("dev", "sync")
        return town

    return make_once("chronicle", build)


@pytest.fixture
def shop(first_chronicle: Town, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop of the test's own."""
    made = open_workshop(first_chronicle, tmp_path / "forged.git")
    yield made
    made.objects.close()
