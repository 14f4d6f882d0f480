"""JSON Schemas of the hand-written files, generated from the decoder's type hints.

They give editors completion and early warnings, and accept all that the decoder accepts: an editor reads an
unquoted `3.1` as a number where mcred reads text, and an empty `note:` as null. `python -m
mcred.formats.schema DIR` writes them; a test compares the shipped ones with the generated ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from msgspec import Struct

from mcred.domain.assessment import Agreed, Scoring
from mcred.domain.credential import AwardRule, Credential, Stack
from mcred.domain.ids import CREDIT_HOURS_PATTERN, HEX_TYPES, ID_TYPES, CreditHours, Doc, Version
from mcred.domain.network.known_issuers import KnownIssuers
from mcred.domain.network.listed import Network, OfferId
from mcred.domain.people import SEALED_PARTS, Person
from mcred.domain.programme import Programme
from mcred.domain.recognition.examples import RecognitionExamples
from mcred.domain.recognition.policy import (
    AMOUNT_PATTERN,
    MONTH_DAY_PATTERN,
    UNIT_PATTERN,
    CreditUnit,
    MonthDay,
    RecognitionPolicy,
)
from mcred.domain.submission import Submission
from mcred.formats.decode import type_fields
from mcred.formats.hints import DEFAULT_LIMIT, is_shape, limit_in, optional_of, split_hint

SHAPES: Mapping[str, type[Struct]] = {
    "agreed": Agreed,
    "credential": Credential,
    "issuers": KnownIssuers,
    "network": Network,
    "profile": Person,
    "programme": Programme,
    "recognition": RecognitionPolicy,
    "recognition-examples": RecognitionExamples,
    "scoring": Scoring,
    "stack": Stack,
    "submission": Submission,
}
"""Schema name → the record type it describes."""

_RESERVED = "(con|prn|aux|nul|com[0-9]|lpt[0-9])$"
_ID = {"type": ["string", "integer"], "pattern": f"^(?!{_RESERVED})[a-z0-9]([a-z0-9-]{{0,61}}[a-z0-9])?$"}
_SLASHED = "/".join([f"(?!{_RESERVED.replace('$', '(/|$)')})[a-z0-9]([a-z0-9-]{{0,61}}[a-z0-9])?"] * 2)
_HEX = {"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
_SCALARS: Mapping[Any, dict[str, Any]] = {
    **dict.fromkeys(ID_TYPES, _ID),
    **dict.fromkeys(HEX_TYPES, _HEX),
    Version: {"type": ["string", "number"]},
    int: {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    AwardRule: {"type": "string"},
    OfferId: {"type": "string", "pattern": f"^{_SLASHED}$"},
    Decimal: {"type": ["number", "string"], "minimum": 0, "pattern": f"^(?:{AMOUNT_PATTERN})$"},
    CreditHours: {
        "type": ["number", "string"],
        "minimum": 0.01,
        "maximum": 100,
        "pattern": f"^(?:{CREDIT_HOURS_PATTERN})$",
    },
    CreditUnit: {"type": "string", "pattern": f"^(?:{UNIT_PATTERN})$"},
    MonthDay: {"type": "string", "pattern": f"^(?:{MONTH_DAY_PATTERN})$"},
    **{part: {"type": "string", "pattern": f"^{pattern}$"} for part, pattern in SEALED_PARTS.items()},
}


def schema_for(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of file, by schema name."""
    shape = SHAPES[name]
    definitions: dict[str, Any] = {}
    root = _object(shape, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mcred {name}",
        "description": (shape.__doc__ or "").strip(),
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_files() -> Mapping[str, bytes]:
    """File name → content of every schema."""
    return {
        f"{name}.schema.json": (json.dumps(schema_for(name), indent=2, ensure_ascii=False) + "\n").encode()
        for name in SHAPES
    }


def _object(shape: type, definitions: dict[str, Any]) -> dict[str, Any]:
    known = type_fields(shape)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, (required, _) in known.items() if required],
        "properties": {
            name: _schema(hint, definitions) if required else _or_null(_schema(hint, definitions))
            for name, (required, hint) in known.items()
        },
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that also accepts null."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*types, "null"]}
    said = {"description": schema["description"]} if "description" in schema else {}
    inner = {key: value for key, value in schema.items() if key != "description"}
    return {"anyOf": [inner, {"type": "null"}], **said}


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    said = next((n.text for n in split_hint(hint)[1] if isinstance(n, Doc)), "")
    bare = _bare_schema(*_limited(hint, DEFAULT_LIMIT), definitions)
    return {**bare, "description": said} if said else bare


def _limited(hint: Any, limit: int) -> tuple[Any, int]:
    """A hint without its annotations, and the limit they set."""
    hint, notes = split_hint(hint)
    return hint, limit_in(notes, limit)


def _bare_schema(hint: Any, limit: int, definitions: dict[str, Any]) -> dict[str, Any]:
    inner = optional_of(hint)
    if inner is not None:
        return _bare_schema(*_limited(inner, limit), definitions)
    origin = get_origin(hint)
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0], definitions)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = get_args(hint)
        names = {"pattern": _schema(key, definitions)["pattern"]}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": _schema(value, definitions),
        }
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if hint is str:
        return {"type": ["string", "number", "boolean"], "maxLength": limit}
    if is_shape(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    return _SCALARS[hint]


def write_schemas(folder: Path) -> None:
    """Write all schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in schema_files().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
