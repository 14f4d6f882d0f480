"""Hypothesis strategies for every shape of file, made from the same type hints the decoder reads."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec import Meta

from mcred.domain.credential import AwardRule
from mcred.domain.ids import (
    HEX_TYPES,
    ID_TYPES,
    CredentialId,
    CreditHours,
    PersonId,
    SubmissionId,
    Version,
    is_id,
    plain_credits,
)
from mcred.domain.network.listed import OfferId
from mcred.domain.people import EmailHash, EmailSalt, SealedText
from mcred.domain.recognition.policy import CreditUnit, MonthDay
from mcred.formats.decode import type_fields
from mcred.formats.hints import is_shape, limit_in, optional_of, split_hint
from mcred.formats.yaml_reader import find_hidden

SLOW = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
"""For values of many fields: a definition takes a while to draw."""

IDS = st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,20}", fullmatch=True).filter(is_id)


def hex_of(length: int) -> st.SearchStrategy[str]:
    """So many hexadecimal digits."""
    return st.text("0123456789abcdef", min_size=length, max_size=length)


HEX = st.sampled_from([40, 64]).flatmap(hex_of)

TRICKY = st.sampled_from(
    [
        *(
            "",
            " ",
            "null",
            "~",
            "no",
            "Yes",
            "true",
            "1.10",
            "0x1f",
            "2026-01-01",
            "12:30",
            "1e3",
            ".5",
            "=",
            "<<",
        ),
        *(
            "- a",
            "-",
            "? a",
            ": a",
            "a: b",
            "a:",
            "#a",
            "a # b",
            "'",
            '"',
            "it's",
            '"q"',
            "%a",
            "@a",
            "`a`",
            "!a",
        ),
        *(
            "&a",
            "*a",
            "[a",
            "{a}",
            "a, b",
            "|",
            ">",
            "---",
            "...",
            "a\n",
            "\na",
            "\n",
            "a\n\nb",
            "a \nb",
            " a\n b",
        ),
        *(
            "a\n  b\n c",
            "\ta",
            "a\tb\nc",
            "a\n\n",
            "  a\nb",
            "# a\n# b",
            "é 你好 😀 שלום",
            "a\u00a0b",
            "x\u200by",
        ),
        *(
            "a " * 80,
            "long " * 60 + "\n" + "line " * 60,
            "a: b\n- c\n",
            "- a\n- b",
            "a\n---\nb",
            "\\n",
            "\\",
            "C:\\x",
        ),
    ]
)
TEXTS = TRICKY | st.text(max_size=60).filter(lambda t: not find_hidden(t))
"""Texts that a file may hold: any but those with hidden characters."""

SHIFTS = st.integers(-720, 720).map(lambda minutes: timedelta(minutes=minutes))
MOMENTS = st.builds(
    lambda moment, shift: moment.replace(tzinfo=timezone(shift)),
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001 - zone follows
    SHIFTS,
) | st.just(datetime(2026, 11, 2, 12, 0, tzinfo=UTC))
RULES = st.one_of(
    st.just(AwardRule()),
    st.integers(1, 9999).map(lambda n: AwardRule(kind="points", number=n)),
    st.builds(
        lambda a, b: AwardRule(kind="count", number=min(a, b), of=max(a, b)), *[st.integers(1, 999)] * 2
    ),
)


def shaped(shape: Any) -> st.SearchStrategy[Any]:
    """Any value of a record that its file may hold."""
    required = {n: _of(hint) for n, (needed, hint) in type_fields(shape).items() if needed}
    optional = {n: _of(hint) for n, (needed, hint) in type_fields(shape).items() if not needed}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: shape(**given))


def _of(hint: Any) -> st.SearchStrategy[Any]:
    hint, notes = split_hint(hint)
    limit = limit_in(notes)
    inner = optional_of(hint)
    if inner is not None:
        return st.none() | _of(inner)
    origin = get_origin(hint)
    if origin is tuple:
        return st.lists(_of(get_args(hint)[0]), max_size=3).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = get_args(hint)
        return st.dictionaries(_of(key), _of(value), max_size=3)
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    if hint is str and (pattern := next((n.pattern for n in notes if isinstance(n, Meta)), None)):
        return st.from_regex(pattern)
    if hint is str:
        return TEXTS.map(lambda text: text[:limit])
    if is_shape(hint):
        return shaped(hint)
    return _SCALARS[hint]


_SCALARS: Mapping[Any, st.SearchStrategy[Any]] = {
    **dict.fromkeys(ID_TYPES, IDS),
    **dict.fromkeys(HEX_TYPES, HEX),
    Version: st.lists(st.integers(0, 999999), min_size=2, max_size=3).map(lambda ns: ".".join(map(str, ns))),
    int: st.integers(0, 999_999_999),
    bool: st.booleans(),
    date: st.dates(),
    datetime: MOMENTS,
    Decimal: st.builds(
        lambda whole, part: Decimal(f"{whole}.{part}"), st.integers(0, 999_999), st.integers(0, 99)
    ),
    CreditHours: st.integers(1, 10_000).map(lambda hundredths: plain_credits(Decimal(hundredths) / 100)),
    CreditUnit: st.sampled_from(["hours", "credits", "license_points", "stipend_usd", "salary_eur_per_year"]),
    MonthDay: st.sampled_from(["01-01", "02-28", "09-15", "12-31"]),
    OfferId: st.builds("{}/{}".format, IDS, IDS),
    SubmissionId: st.builds(SubmissionId, IDS.map(PersonId), IDS.map(CredentialId)),
    AwardRule: RULES,
    EmailHash: hex_of(64).map("sha256${}".format),
    EmailSalt: hex_of(32),
    SealedText: st.binary(min_size=150, max_size=160).map(
        lambda data: base64.b64encode(b"age-encryption.org/v1\n->" + data).decode("ascii")
    ),
}
