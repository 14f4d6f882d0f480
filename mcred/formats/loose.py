"""Stricter checks for hand-written files that are being edited now.

`decode` still accepts such values, because stored files have them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from mcred.formats.decode import CONVERTERS, Decoder, ReadPlan, field_plans
from mcred.formats.yaml_node import Node
from mcred.formats.yaml_reader import position, read_nodes
from mcred.problems import Problem

_YEARS = 100
"""Dates further away than this are reported as mistakes."""


def find_loose(data: bytes, shape: type, file: str, today: date) -> tuple[Problem, ...]:
    """Problems: empty values (numbers, dates, lists …), numbers in quotes, and implausible dates."""
    root, _ = read_nodes(data, file)
    if root is None:  # `decode` reports a file that cannot be read
        return ()
    decoder = _Strict(file, data, today)
    decoder.read(root, shape)
    return tuple(sorted(decoder.loose, key=position))


class _Strict(Decoder):
    """A decoder that collects the problems only it reports."""

    def __init__(self, file: str, data: bytes, today: date) -> None:
        super().__init__(file, data)
        self.today = today
        self.loose: list[Problem] = []

    def _refuse(self, node: Node, what: str, hint: str) -> None:
        self.note(node, what, hint)
        self.loose.append(self.problems.pop())

    def object(self, node: Node, shape: Any, name: str) -> Any:
        """Decode a mapping as a value of `shape`, and check its empty values."""
        for key, value in node.pairs if node.kind == "mapping" else ():
            required, plan = field_plans(shape).get(key.text, (True, None))
            if plan is not None and value.is_nothing and not required and plan.kind != "text":
                self._refuse(key, f"'{key.text}' is empty", f"write {_kind_of(plan)}, or remove the line")
        return super().object(node, shape, name)

    def _value(self, node: Node, plan: ReadPlan, name: str) -> Any:
        made = super()._value(node, plan, name)
        if type(made) in (int, bool) and not node.plain:
            self._refuse(node, f"{name} is in quotes", f"write {name}: {node.text}, without quotes")
        if type(made) in (date, datetime):
            day = made.date() if isinstance(made, datetime) else made
            past = name in ("since", "retired") and day > self.today + timedelta(days=1)
            if past or abs(day.year - self.today.year) > _YEARS:
                self._refuse(node, f"{name} is {day}, but today is {self.today}", "write the intended date")
        return made


def _kind_of(plan: ReadPlan) -> str:
    """What kind of value a plan expects, as text."""
    if plan.kind == "optional":
        return _kind_of(plan.of)
    if plan.kind in ("tuple", "mapping", "object"):
        return "a list such as []" if plan.kind == "tuple" else "its own lines below it"
    if plan.kind == "converted":
        samples = {
            CONVERTERS[int]: "a number such as 3",
            CONVERTERS[bool]: "true or false",
            CONVERTERS[date]: "a date such as 2026-11-21",
        }
        return samples.get(plan.of, "a value")
    return "one of the allowed values" if plan.kind == "choice" else "a text"
