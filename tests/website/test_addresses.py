"""Addresses stand in one place and links between them hold from any depth."""

from __future__ import annotations

import posixpath
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.domain.award import badge_folder, valid_until
from mcred.domain.credential import Validity
from mcred.website.addresses import badge_page, credential_page, portfolio_page, relative, stack_page
from tests.school import ANA, ANAS, WAIT, a_stack

PATHS = some.lists(some.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), min_size=1, max_size=5).map("/".join)


def test_each_kind_of_page_has_its_address() -> None:
    assert badge_folder(ANAS, 2) == "badges/ana/wait-time/2/"
    assert badge_page(ANAS, 2) == "badges/ana/wait-time/2/index.html"
    assert credential_page(WAIT) == "credentials/wait-time/index.html"
    assert portfolio_page(ANA) == "portfolios/ana/index.html"
    assert stack_page(a_stack().id) == "stacks/talk/index.html"


@given(page=PATHS, target=PATHS)
def test_a_relative_link_leads_to_its_target_under_any_root(page: str, target: str) -> None:
    for root in ("/", "/team/repo/"):
        folder = posixpath.dirname(root + page)
        assert posixpath.normpath(posixpath.join(folder, relative(page, target))) == root + target


def test_links_do_not_ask_for_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.getcwd")
    assert relative("index.html", "about/index.html") == "about/index.html"


@pytest.mark.parametrize(
    ("awarded", "months", "until"),
    [
        (date(2026, 11, 2), 36, date(2029, 11, 2)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_an_award_holds_for_whole_months(awarded: date, months: int, until: date) -> None:
    assert valid_until(awarded, Validity(months=months)) == until


def test_an_award_without_validity_does_not_end() -> None:
    assert valid_until(date(2026, 1, 1), None) is None


def test_an_award_issued_again_has_a_folder_of_its_own() -> None:
    assert badge_folder(ANAS, 2, 1) == badge_folder(ANAS, 2)
    assert badge_folder(ANAS, 2, 3) == "badges/ana/wait-time/2-3/"
