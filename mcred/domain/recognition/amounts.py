"""Amounts as text: in words, and as exact numbers."""

from __future__ import annotations

from decimal import Decimal

from mcred.domain.recognition.policy import Amounts, CreditUnit


def describe(amounts: Amounts) -> str:
    """Amounts in words: `15 hours, 0.5 credits, 250.00 USD stipend`."""
    return ", ".join(describe_one(unit, amount) for unit, amount in amounts.items()) or "nothing"


def describe_one(unit: CreditUnit, amount: Decimal) -> str:
    """One amount in words.

    >>> describe_one(CreditUnit("salary_usd_per_year"), Decimal("1200"))
    '1200.00 USD salary per year'
    """
    kind, _, rest = unit.partition("_")
    if kind in ("stipend", "salary"):
        currency, _, often = rest.partition("_")
        return f"{write_amount(unit, amount)} {currency.upper()} {kind} {often.replace('_', ' ')}".rstrip()
    name = unit.replace("_", " ")
    return f"{write_amount(unit, amount)} {name.removesuffix('s') if amount == 1 else name}"


def write_amount(unit: CreditUnit, amount: Decimal) -> str:
    """An amount as text, exact: money with its cents, all else without closing zeros.

    >>> write_amount(CreditUnit("credits"), Decimal("0.50"))
    '0.5'
    """
    if unit.startswith(("stipend_", "salary_")):
        return f"{amount:.2f}"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
