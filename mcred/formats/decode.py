"""Decoding YAML into domain values; reports all problems at once, with lines and "did you mean".

A record's type hints define its keys, which of them are required, and how long a text may be. Decoding is
strict: an unknown key is a problem. `encode` and `schema` use the same hints, so a field is described once.

>>> from mcred.domain.credential import Stack
>>> decode(b"format: 2\\ntitel: x\\n", Stack, "s.yaml")[1][-1].hint
'did you mean title?'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from mcred.domain.credential import AwardRule, parse_award_rule
from mcred.domain.ids import (
    CREDIT_HOURS_PATTERN,
    HEX_TYPES,
    ID_TYPES,
    CreditHours,
    SubmissionId,
    Version,
    explain_bad_id,
    is_hex,
    is_id,
    is_version,
    plain_credits,
)
from mcred.domain.network.listed import OfferId
from mcred.domain.people import SEALED_PARTS, SealedEmail
from mcred.domain.recognition.policy import (
    AMOUNT_PATTERN,
    MONTH_DAY_PATTERN,
    UNIT_PATTERN,
    CreditUnit,
    MonthDay,
)
from mcred.domain.record_file import RecordFile
from mcred.domain.text import nearest, show_unseen
from mcred.formats.hints import DEFAULT_LIMIT, is_shape, limit_in, optional_of, split_hint
from mcred.formats.record import decode_record
from mcred.formats.yaml_node import Node
from mcred.formats.yaml_reader import plain_text, position, read_nodes
from mcred.problems import Fault, Place, Problem, errors

T = TypeVar("T")


def decode(
    data: bytes, shape: type[T], file: str, check: Callable[[T], Iterable[Fault]] | None = None
) -> tuple[T | None, tuple[Problem, ...]]:
    """Decode a file's bytes as a value of `shape`; returns it or None, and all problems.

    `check` returns the value's inconsistencies; warnings do not prevent the value.
    """
    if issubclass(shape, RecordFile):
        return decode_record(data, shape, file, check)
    root, problems = read_nodes(data, file)
    if root is None:
        return None, problems
    decoder = Decoder(file, data)
    value = decoder.read(root, shape)
    if value is not None and check is not None:
        for fault in check(value):
            decoder.note(locate(root, fault.path), fault.what, fault.hint, fault.severity)
    found = tuple(sorted(decoder.problems, key=position))
    return (None if errors(found) else value), found


def locate(node: Node, path: tuple[str | int, ...]) -> Node:
    """The node at a path, or its nearest existing ancestor."""
    for step in path:
        inner = node.get(step) if isinstance(step, str) else dict(enumerate(node.items)).get(step)
        if inner is None:
            break
        node = inner
    return node


class ReadPlan(Struct, frozen=True):
    """How to read a type hint; computed once, as an audit reads a million values."""

    kind: Literal["optional", "tuple", "mapping", "choice", "object", "text", "converted"]
    limit: int
    of: Any = None
    """The inner plan, the choices, the shape, or the converter, depending on the kind."""
    key: Any = None


def _plan(hint: Any, limit: int = DEFAULT_LIMIT) -> ReadPlan:
    hint, notes = split_hint(hint)
    limit = limit_in(notes, limit)
    inner = optional_of(hint)
    if inner is not None:
        return ReadPlan("optional", limit, _plan(inner, limit))
    origin = get_origin(hint)
    if origin is tuple:
        return ReadPlan("tuple", limit, _plan(get_args(hint)[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key_hint, value_hint = get_args(hint)
        return ReadPlan("mapping", limit, _plan(value_hint), _plan(key_hint))
    if origin is Literal:
        return ReadPlan("choice", limit, get_args(hint))
    if is_shape(hint):
        return ReadPlan("object", limit, hint)
    if hint is str:
        return ReadPlan("text", limit)
    convert = CONVERTERS.get(hint)
    if convert is None:
        raise TypeError(f"no way to read a {hint!r}")
    return ReadPlan("converted", limit, convert)


@cache
def field_plans(shape: type) -> Mapping[str, tuple[bool, ReadPlan]]:
    """Field name → (is it required in a file, its read plan)."""
    return {name: (required, _plan(hint)) for name, (required, hint) in type_fields(shape).items()}


@cache
def _required(shape: type) -> frozenset[str]:
    return frozenset(name for name, (required, _) in field_plans(shape).items() if required)


@cache
def type_fields(shape: type) -> Mapping[str, tuple[bool, Any]]:
    """Field name → (is it required in a file, its full type hint)."""
    hints = get_type_hints(shape, include_extras=True)
    return {f.name: (f.required, hints[f.name]) for f in fields(shape)}


class _Failed(Exception):
    """A value could not be decoded; the problem is noted already."""


class Decoder:
    """Decodes the nodes of one file and collects every problem."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        self.lines = plain_text(data).split("\n")
        self.problems: list[Problem] = []

    def note(self, node: Node, what: str, hint: str = "", severity: str = "error") -> None:
        """Add a problem at a node."""
        source = self.lines[node.line - 1] if node.line <= len(self.lines) else ""
        where = Place(file=self.file, line=node.line, column=node.column, source=source)
        self.problems.append(Problem(what=what, where=where, hint=hint, severity=severity))

    def fail(self, node: Node, what: str, hint: str = "") -> _Failed:
        self.note(node, what, hint)
        return _Failed()

    def read(self, root: Node, shape: type) -> Any:
        """Decode the whole file; None on failure."""
        try:
            return self.object(root, shape, "")
        except _Failed:
            return None

    def value(self, node: Node, plan: ReadPlan, name: str) -> Any:
        """Decode a node by a plan; None on failure, with the problem noted."""
        try:
            return self._value(node, plan, name)
        except _Failed:
            return None

    def _value(self, node: Node, plan: ReadPlan, name: str) -> Any:
        match plan.kind:
            case "converted":
                made, what, help_ = plan.of(text := self._text(node, name))
                if made is None:
                    raise self.fail(node, f"{name} {what}", _or_anew(text, help_))
                return made
            case "text":
                return self._limited(node, self._text(node, name), plan.limit, name)
            case "object":
                return self.object(node, plan.of, name)
            case "choice":
                return self._choice(node, plan.of, name)
            case "tuple":
                return self._tuple(node, plan.of, name)
            case "optional":
                return None if node.is_nothing else self._value(node, plan.of, name)
            case "mapping":
                return self._mapping(node, plan, name)

    def _text(self, node: Node, name: str) -> str:
        if node.kind != "scalar":
            raise self.fail(node, f"{name} should be text, not a {node.kind}", "write it on one line")
        return "" if node.is_nothing else node.text

    def _limited(self, node: Node, text: str, limit: int, name: str) -> str:
        if len(text) > limit:
            what = f"{name} has {len(text)} characters, more than {limit}"
            raise self.fail(node, what, f"cut {len(text) - limit} characters")
        return text

    def _tuple(self, node: Node, plan: ReadPlan, name: str) -> tuple[Any, ...]:
        if node.is_nothing:
            return ()
        if node.kind != "list":
            raise self.fail(
                node, f"{name} should be a list", f"write {name}: [one, two], or one line '- one' for each"
            )
        entry = f"an entry in {name}"
        return tuple(self._entry(item, plan, entry) for item in node.items)

    def _entry(self, node: Node, plan: ReadPlan, name: str) -> Any:
        if node.is_nothing:
            self.note(node, f"{name} is empty", "write something there, or remove it")
            return None
        return self.value(node, plan, name)

    def _mapping(self, node: Node, plan: ReadPlan, name: str) -> dict[Any, Any]:
        if node.is_nothing:
            return {}
        if node.kind != "mapping":
            raise self.fail(
                node, f"{name} should be names with values", "write one line 'name: value' for each"
            )
        return {
            self.value(key, plan.key, f"a name in {name}"): self.value(value, plan.of, key.text)
            for key, value in node.pairs
        }

    def _choice(self, node: Node, choices: tuple[Any, ...], name: str) -> Any:
        text = self._text(node, name)
        for choice in choices:
            if text == str(choice):
                return choice
        if name == "format" and re.fullmatch(r"[0-9]{1,9}", text):
            what = f"this file has format {text}, but this mcred reads format {choices[-1]}"
            raise self.fail(node, what, "install the newest mcred")
        names = [str(c) for c in choices]
        hint = _did_you_mean(text, names) or f"use one of {', '.join(names)}"
        raise self.fail(node, f"{name} cannot be '{_short(text)}'", _or_anew(text, hint))

    def object(self, node: Node, shape: Any, name: str) -> Any:
        """Decode a mapping as a value of `shape`."""
        if node.kind != "mapping":
            what = f"{name or 'the file'} should be keys with values"
            hint = f"its keys are {', '.join(type_fields(shape))}"
            raise self.fail(node, *_NOT_BY_HAND.get(shape, (what, hint)))
        before = len(self.problems)
        known, required_names = field_plans(shape), _required(shape)
        given: dict[str, Any] = {}
        for key, value in node.pairs:
            if key.text not in known:
                hint = _did_you_mean(key.text, list(known)) or f"the keys here are {', '.join(known)}"
                self.note(key, f"unknown key '{_short(key.text)}'", _or_anew(key.text, hint))
                continue
            required, plan = known[key.text]
            if not value.is_nothing:
                given[key.text] = self.value(value, plan, key.text)
            elif required:
                self.note(key, f"'{key.text}' is empty", f"write something after '{key.text}:'")
        if not required_names <= given.keys():
            self._note_missing(node, shape, name)
        if len(self.problems) > before:
            raise _Failed
        return shape(**given)

    def _note_missing(self, node: Node, shape: Any, name: str) -> None:
        there = {key.text for key, _ in node.pairs}
        for missing in (n for n in field_plans(shape) if n in _required(shape) and n not in there):
            what = f"'{missing}' is missing{f' in {name}' if name else ''}"
            sample = _sample(type_fields(shape)[missing][1])
            self.note(node, what, f"add a line '{missing}: {sample}'")


def _sample(hint: Any) -> str:
    """A sample value for a missing key: the only possible one, if there is just one."""
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    return str(choices[0]) if len(choices) == 1 else "…"


def _short(text: str) -> str:
    short = text if len(text) <= 40 else text[:39] + "…"
    return show_unseen(short, alike=True)


def _or_anew(text: str, hint: str) -> str:
    """The hint for a text that was not accepted, or how to get rid of what cannot be seen in it."""
    return hint if show_unseen(text, alike=True) == text else f"retype it with plain characters; {hint}"


def _did_you_mean(text: str, choices: list[str]) -> str:
    close = nearest(text, choices)
    return f"did you mean {close}?" if close else ""


_SEALS_EMAIL = "remove 'email'; mcred setup --email name@school.example puts it there, sealed"
_NOT_BY_HAND: Mapping[Any, tuple[str, str]] = {
    SealedEmail: ("everyone can read this email address: it has to be sealed", _SEALS_EMAIL),
}
"""Record type → the problem and the remedy where a person wrote a text in its place."""
Converted = tuple[Any, str, str]
"""A converted value, or None with the problem and a hint."""


def _id(text: str) -> Converted:
    if is_id(text):
        return text, "", ""
    return None, f"cannot be '{_short(text)}': it is not an id", explain_bad_id(text)


def _version(text: str) -> Converted:
    if is_version(text):
        return text, "", ""
    return None, f"'{_short(text)}' is not a version", "write it like 1.0 or 1.2.0"


def _hex(text: str) -> Converted:
    return (text if is_hex(text) else None), "is not a full object id", "mcred writes it; leave it as it was"


def _form(pattern: str, make: Callable[[str], Any], what: str, hint: str) -> Callable[[str], Converted]:
    """A converter of texts of one pattern; `{}` in `what` stands for the text."""

    def convert(text: str) -> Converted:
        if re.fullmatch(pattern, text):
            return make(text), "", ""
        return None, what.format(_short(text)), hint

    return convert


def _int(text: str) -> Converted:
    if re.fullmatch(r"0|[1-9][0-9]{0,8}", text):
        return int(text), "", ""
    return None, f"should be a whole number, not '{_short(text)}'", "use digits only, such as 3"


def _bool(text: str) -> Converted:
    if text in ("true", "false"):
        return text == "true", "", ""
    return None, f"should be true or false, not '{_short(text)}'", "write true or false"


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _date(text: str) -> Converted:
    try:
        made = date.fromisoformat(text) if re.fullmatch(_DAY, text) else None
    except ValueError:
        made = None
    return made, f"'{_short(text)}' is not a date", "write it like 2026-11-21"


def _moment(text: str) -> Converted:
    try:
        moment = datetime.fromisoformat(text) if re.match(_DAY + "[T ]", text) else None
    except ValueError:
        moment = None
    if moment is None:
        return None, f"'{_short(text)}' is not a date with a time", "write it like 2026-11-21T09:30:00+00:00"
    if moment.tzinfo is None:
        return None, f"'{text}' has no time zone", "add it, such as +00:00"
    return moment, "", ""


def _submission(text: str) -> Converted:
    try:
        return SubmissionId.parse(text), "", ""
    except ValueError as error:
        return None, str(error), "write it like ana/wait-time"


def _offer(text: str) -> Converted:
    programme, _, credential = text.partition("/")
    known = is_id(programme) and is_id(credential)
    what = f"cannot be '{_short(text)}': it is not a program's micro-credential"
    return (text if known else None), what, "write it like lakeside/wait-time"


def _award_rule(text: str) -> Converted:
    rule = parse_award_rule(text)
    examples = "write 'every criterion at its required level', 'points >= 12' or '5 of 6'"
    return rule, f"'{_short(text)}' is not a rule", examples


_AMOUNTS = "write digits only, such as 15, 0.5 or 250.00"
_UNITS = "use hours, credits, license_points, stipend_usd or salary_usd_per_year"
CONVERTERS: Mapping[Any, Callable[[str], Converted]] = {
    **dict.fromkeys(ID_TYPES, _id),
    **dict.fromkeys(HEX_TYPES, _hex),
    Version: _version,
    int: _int,
    bool: _bool,
    date: _date,
    datetime: _moment,
    SubmissionId: _submission,
    AwardRule: _award_rule,
    OfferId: _offer,
    Decimal: _form(AMOUNT_PATTERN, Decimal, "should be an amount, not '{}'", _AMOUNTS),
    CreditHours: _form(
        CREDIT_HOURS_PATTERN,
        lambda text: plain_credits(Decimal(text)),
        "should be 0.01 to 100 credit hours, with at most two decimals, not '{}'",
        "write digits only, such as 3 or 0.5, or leave it out",
    ),
    CreditUnit: _form(UNIT_PATTERN, str, "cannot be '{}': it is no unit", _UNITS),
    MonthDay: _form(MONTH_DAY_PATTERN, str, "'{}' is not a day of every year", "write it like 09-15"),
    **{
        part: _form(pattern, str, "is not part of a sealed email address", _SEALS_EMAIL)
        for part, pattern in SEALED_PARTS.items()
    },
}
