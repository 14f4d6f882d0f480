"""Each rule is one function that the command or the reader and the audit ask, and each has a forged history.

The numbers are those of `mcred.domain.audit.replay`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

import mcred
from tests.audit.forged_recognition import FORGERIES

PACKAGE = Path(mcred.__file__).parent
KNOWN = {forgery.name for forgery in FORGERIES}


class Rule(Struct, frozen=True, kw_only=True):
    """A rule's number, its function, what puts it to work, and the forgeries that break it."""

    number: int
    function: str
    asked_by: tuple[str, ...]
    """Modules that call it, by way of no other rule."""
    forgeries: tuple[str, ...]


RULES = (
    Rule(
        number=6,
        function="request.find_doubts",
        asked_by=("app.work.review_request", "domain.audit.check_request"),
        forgeries=(
            "a request is for another attempt",
            "a request was made before its earner was confirmed",
            "a request commits to another file than was sent",
            "a changed piece keeps its commitment and so its level",
            "nothing opens what a request commits to",
            "a request confirms another statement than the list",
            "an earner chooses their own assessors",
            "an earner draws from an older state than their work builds on",
            "an earner keeps a seat vacant that somebody could take",
            "busy assessors are asked all the same",
            "an earner leaves out who could be asked",
            "a list of candidates is cut short",
            "somebody is left out before the cut",
            "a draw is said to be from other people",
            "a draw is said to be from more people",
            "a draw counts fewer open reviews than its order says",
            "peers judge before their time",
        ),
    ),
    Rule(
        number=6,
        function="request.asked_before",
        asked_by=("app.work.review_request", "domain.audit.check_request"),
        forgeries=("an earner puts a friend next in the order",),
    ),
    Rule(
        number=6,
        function="carry.may_carry",
        asked_by=("app.work.review_request", "domain.rules.request"),
        forgeries=("levels are kept although the evidence changed",),
    ),
    Rule(
        number=6,
        function="panel.rule_for",
        asked_by=("domain.stats.overview",),
        forgeries=("peers judge before their time", "the first submissions are miscounted"),
    ),
    Rule(
        number=8,
        function="sealing.explain_open_review",
        asked_by=("app.sealed.opening", "domain.audit.check_decision"),
        forgeries=("an assessor shows their levels before the decision", "an assessor seals nothing"),
    ),
    Rule(
        number=8,
        function="sealing.explain_open_decision",
        asked_by=("domain.audit.check_opened",),
        forgeries=("a decision shows its feedback", "a decision to revise shows its levels"),
    ),
    Rule(
        number=8,
        function="override.check_proposed",
        asked_by=("app.awards.overrides", "domain.audit.check_override"),
        forgeries=("a proposal gives no reason",),
    ),
    Rule(
        number=8,
        function="decide.find_bars",
        asked_by=("app.awards.decide", "domain.audit.check_decision", "domain.audit.replay"),
        forgeries=(
            "an assessor decides",
            "an issuer awards themselves",
            "an assessor decides although another issuer could",
        ),
    ),
    Rule(
        number=8,
        function="decide.find_grounds",
        asked_by=("app.awards.decide", "domain.audit.check_decision"),
        forgeries=(
            "a level is raised without a word",
            "an award against the levels is not explained",
            "a wide spread is settled without a word",
            "an award that was not asked by the rules is not explained",
        ),
    ),
    Rule(
        number=7,
        function="rights.why_not_under",
        asked_by=("app.pending_reviews", "domain.audit.check_decision", "domain.audit.check_seats"),
        forgeries=(
            "an assessment names a state that never was",
            "an assessment names a state from before its request",
            "an assessment names a state that main did not have by then",
            "a place given back names a state that never was",
        ),
    ),
    Rule(
        number=7,
        function="rights.reasons_there",
        asked_by=("app.pending_reviews", "domain.audit.check_decision"),
        forgeries=(
            "a key scores that was replaced before the named state",
            "a key scores that was confirmed after the named state",
            "a key sends that was confirmed after the request",
            "a conflict is taken back after the named state",
        ),
    ),
    Rule(
        number=8,
        function="decide.without_reason",
        asked_by=("app.awards.decide", "domain.audit.check_decision"),
        forgeries=("one reason stands for a level and for an award against it",),
    ),
    Rule(
        number=8,
        function="override.find_seconds",
        asked_by=("app.awards.reconcile", "domain.audit.check_override"),
        forgeries=("one issuer awards against the levels", "one issuer declines what could be sent again"),
    ),
    Rule(
        number=8,
        function="override.is_forbidden",
        asked_by=("app.awards.reconcile", "domain.audit.check_override"),
        forgeries=("two issuers award what the rules leave to the levels",),
    ),
    Rule(
        number=8,
        function="override.is_same",
        asked_by=("app.awards.reconcile", "domain.audit.check_override"),
        forgeries=(
            "an issuer who proposed to decline is said to agree",
            "a level is set that the other issuer never saw",
        ),
    ),
    Rule(
        number=8,
        function="override.check_override",
        asked_by=("app.awards.overrides", "domain.audit.check_override"),
        forgeries=(
            "somebody who is no issuer agrees",
            "an earner who is an issuer agrees to their own award",
            "an issuer signs in the name of the other",
        ),
    ),
    Rule(
        number=8,
        function="submit.last_word",
        asked_by=("app.index.standings", "domain.audit.check_decision"),
        forgeries=(
            "what was declined is awarded at the next attempt",
            "an award that holds is given again at the next attempt",
        ),
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.function)
def test_has_one_home_its_callers_and_a_forged_history(rule: Rule) -> None:
    module, name = rule.function.split(".")
    home = f"mcred.domain.rules.{module}"
    assert name in _functions(PACKAGE / "domain" / "rules" / f"{module}.py")
    for caller in rule.asked_by:
        assert (home, name) in set(_imports(PACKAGE / f"{caller.replace('.', '/')}.py")), caller
    assert rule.forgeries and set(rule.forgeries) <= KNOWN, set(rule.forgeries) - KNOWN


def _functions(path: Path) -> set[str]:
    return {n.name for n in ast.parse(path.read_text("utf-8")).body if isinstance(n, ast.FunctionDef)}


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
