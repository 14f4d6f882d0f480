"""The examples in the modules' own words do what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["formats.decode", "formats.trailers", "domain.layout"])
def test_the_examples_of_a_module_hold(name: str) -> None:
    tried = doctest.testmod(importlib.import_module(f"mcred.{name}"))
    assert tried.attempted > 0
    assert tried.failed == 0
