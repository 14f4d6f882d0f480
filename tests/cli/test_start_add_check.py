"""`start`, `add`, `check`."""

from tests.cli.town import Town


def test_a_whole_life(town: Town) -> None:
    town.award("ana")
    assert town.status("ana")["state"] == "earned"
