"""JSON Schemas of what `--json` answers, generated from the structs of this package.

`python -m mcred.app.answers.schema DIR` writes one file for each answer; a test compares the shipped ones
with the generated ones. A schema takes further fields, since a later mcred may add some to the same version.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from mcred.app import answers
from mcred.app.answers.answer import VerbAnswer
from mcred.domain.ids import Doc, SubmissionId
from mcred.formats.hints import split_hint
from mcred.formats.schema import schema_for


def list_answers() -> Mapping[str, type[VerbAnswer]]:
    """Schema name, such as `mcred/status/1` → its answer."""
    for module in pkgutil.iter_modules(answers.__path__):
        if module.name != "schema":
            importlib.import_module(f"{answers.__name__}.{module.name}")
    known = (shape for shape in VerbAnswer.__subclasses__() if shape.__module__.startswith(answers.__name__))
    return {str(shape.__struct_config__.tag): shape for shape in sorted(known, key=lambda s: s.__name__)}


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an answer, by its schema's name."""
    shape = list_answers()[name]
    _, found = msgspec.json.schema_components((shape,), schema_hook=_hook, ref_template="#/$defs/{name}")
    for part in _structs_in(shape, set()):
        _describe(part, found[part.__name__])
    root = found.pop(shape.__name__)
    definitions = {**found, **_include_files(root)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **{**root, "title": name},
        **({"$defs": dict(sorted(definitions.items()))} if definitions else {}),
    }


def schema_file(name: str) -> str:
    """The file of an answer's schema, such as `status.schema.json`."""
    return f"{name.split('/')[1]}.schema.json"


def answer_schema_files() -> Mapping[str, bytes]:
    """File name → content of every schema."""
    return {
        schema_file(name): (json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n").encode()
        for name in list_answers()
    }


def _hook(kind: type) -> dict[str, Any]:
    if kind is SubmissionId:
        return {"type": "string", "description": "A submission, such as ana/true-cost."}
    raise NotImplementedError(kind)


def _structs_in(hint: Any, seen: set[type[Struct]]) -> Iterator[type[Struct]]:
    """Every struct that a type hint names, directly or in another one's fields, each once."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        if hint not in seen:
            seen.add(hint)
            yield hint
            for inner in get_type_hints(hint).values():
                yield from _structs_in(inner, seen)
        return
    for inner in get_args(hint):
        yield from _structs_in(inner, seen)


def _describe(shape: type[Struct], schema: dict[str, Any]) -> None:
    """Add to each field what its docstring or `Doc` says."""
    told, hints = _docstrings(shape), get_type_hints(shape, include_extras=True)
    for field in fields(shape):
        docs = (note.text for note in split_hint(hints[field.name])[1] if isinstance(note, Doc))
        if said := next(docs, told.get(field.name, "")):
            schema["properties"][field.encode_name]["description"] = said


def _docstrings(shape: type[Struct]) -> Mapping[str, str]:
    """Field → the text below it in the source, base classes included."""
    found: dict[str, str] = {}
    for part in reversed(shape.__mro__):
        if not issubclass(part, Struct) or part is Struct:
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(part))).body
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for field, below in pairwise(body):
            text = below.value if isinstance(below, ast.Expr) else None
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[field.target.id] = " ".join(text.value.split())
    return found


def _include_files(root: dict[str, Any]) -> dict[str, Any]:
    """Refer to the schema of a hand-written file, where a field is one; returns the definitions of that."""
    definitions: dict[str, Any] = {}
    for schema in root["properties"].values():
        if (name := schema.pop("file", None)) is not None:
            whole = schema_for(name)
            definitions |= whole.pop("$defs")
            definitions[name] = {key: value for key, value in whole.items() if key != "$schema"}
            schema["$ref"] = f"#/$defs/{name}"
    return definitions


def write_answer_schemas(folder: Path) -> None:
    """Write all schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in answer_schema_files().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write_answer_schemas(Path(sys.argv[1]))
