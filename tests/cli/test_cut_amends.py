"""Killed after any step, `revoke`, `renew`, `reissue`, `key rotate` and awards finish when typed again.

Once: one revocation, one new badge, one place; and no key is ever listed that does not lie on the computer.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from mcred.badges.keys import read_key
from mcred.badges.status_places import place_of
from tests.cli.court import names_on_main, on_main
from tests.cli.listed import ANA, award_of, bits_of, is_set, key_files, steps_on_main, tip
from tests.cli.test_cut_decisions import cut_everywhere, is_whole
from tests.cli.town import SLIP, WAIT, Town, set_site

pytestmark = pytest.mark.slow


def places(town: Town) -> list[object]:
    """The place of every badge on the main line."""
    names = [n for n in names_on_main(town, "portfolios") if "/badge" in n]
    return [place_of(json.loads(on_main(town, f"portfolios/{name}"))) for name in names]


def all_apart(town: Town) -> bool:
    found = places(town)
    return None not in found and len(set(found)) == len(found)


def test_award(signed: Town) -> None:
    signed.submit("ben", SLIP)
    signed.assess("ben", SLIP)
    before = tip(signed)

    def check(now: Town) -> None:
        assert len(steps_on_main(now, before)) == 1
        assert len(places(now)) == 3 and all_apart(now)
        is_whole(now, "rosa")

    cut_everywhere(signed, "rosa", ["reconcile", f"ben/{SLIP}", "--award", "--yes"], check)


def test_the_first_award_that_begins_a_list(signed: Town) -> None:
    set_site(signed, "https://elsewhere.example")
    signed.submit("ben", SLIP)
    signed.assess("ben", SLIP)
    before = tip(signed)

    def check(now: Town) -> None:
        assert len(steps_on_main(now, before)) == 1
        assert sorted(n for n in names_on_main(now, "credentials/status")) == ["1.json", "2.json"]
        assert all_apart(now)

    cut_everywhere(signed, "rosa", ["reconcile", f"ben/{SLIP}", "--award", "--yes"], check)


def test_revoke(signed: Town) -> None:
    before = tip(signed)

    def check(now: Town) -> None:
        assert steps_on_main(now, before) == [f"Revoke attempt 1 of {ANA}"]
        assert is_set(now, award_of(now)) and not is_set(now, award_of(now, credential=SLIP))
        is_whole(now, "rosa")

    cut_everywhere(signed, "rosa", ["revoke", ANA, "--reason", "By mistake."], check)


def test_renew(signed: Town) -> None:
    signed.now += timedelta(days=100)
    before = tip(signed)

    def check(now: Town) -> None:
        assert steps_on_main(now, before) == [f"Renew attempt 1 of ana/{SLIP}"]
        assert is_set(now, award_of(now, credential=SLIP))
        assert not is_set(now, award_of(now, "1-2", credential=SLIP)) and all_apart(now)
        is_whole(now, "rosa")

    cut_everywhere(signed, "rosa", ["renew", f"ana/{SLIP}", "--reason", "Again."], check)


def test_reissue_all(signed: Town) -> None:
    set_site(signed, "https://elsewhere.example")
    before = tip(signed)

    def check(now: Town) -> None:
        assert steps_on_main(now, before) == ["Reissue 2 awards"]
        assert [len(bits) for bits in bits_of(now).values()] == [2, 0] and all_apart(now)
        assert {"attempts/1/badge-2.json", "attempts/1/reissue-2.json"} <= set(
            names_on_main(now, f"portfolios/ana/{WAIT}")
        )
        is_whole(now, "rosa")

    cut_everywhere(signed, "rosa", ["reissue", "--all", "--reason", "A new address."], check)


def test_key_rotate(signed: Town) -> None:
    signed.now += timedelta(days=10)
    before = tip(signed)

    def check(now: Town) -> None:
        assert len(steps_on_main(now, before)) == 1
        kept, used = key_files(now)
        listed = now.run("rosa", "key", "--json").json["keys"]
        assert [k["multibase"] for k in listed] == [read_key(f.read_text()).multibase for f in (kept, used)]
        assert "until" in listed[0] and "until" not in listed[1]
        is_whole(now, "rosa")

    cut_everywhere(signed, "rosa", ["key", "rotate"], check)
