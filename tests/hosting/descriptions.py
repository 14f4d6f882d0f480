"""The hosts' official descriptions, which lie beside the project: what may be asked, what is answered.

Every question of an adapter and every canned answer goes through `Description`; an operation that the
description does not have, a parameter it does not name or a value of another kind fails the test. Where the
files are not, hosts answer all the same, unchecked, and the tests of the descriptions themselves are skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

FILES = {"github": "github-pulls.openapi.json", "gitea": "gitea-pulls.swagger.json"}


@dataclass(frozen=True)
class Operation:
    """One call: its place in the description and the description itself."""

    root: Mapping[str, Any]
    path: str
    spec: Mapping[str, Any]

    def parameters(self, where: str) -> Mapping[str, Mapping[str, Any]]:
        listed = [follow(self.root, p) for p in self.spec.get("parameters", ())]
        return {p["name"]: p for p in listed if p["in"] == where}

    def body_schema(self) -> Mapping[str, Any] | None:
        if "requestBody" in self.spec:
            found: Mapping[str, Any] = self.spec["requestBody"]["content"]["application/json"]["schema"]
            return found
        return next((p["schema"] for p in self.parameters("body").values()), None)

    def answer_schema(self, status: int) -> Mapping[str, Any] | None:
        """What is answered with a status; None for an empty answer. Fails for one that is not described."""
        assert str(status) in self.spec["responses"], f"{self.path} never answers {status}"
        answer = follow(self.root, self.spec["responses"][str(status)])
        if "content" in answer:
            found: Mapping[str, Any] = answer["content"]["application/json"]["schema"]
            return found
        return answer.get("schema")


class Description:
    """One host's description; without its file nothing is checked."""

    def __init__(self, kind: str, base: str) -> None:
        self.root = load(kind)
        self.base = base

    def operation(self, method: str, path: str) -> Operation:
        """The described call for a method and a path below the interface's address."""
        if method == "GET" and re.fullmatch(r"/repos/[^/]+/[^/]+/issues/[0-9]+/comments", path):
            return Operation(self.root, path, COMMENTS)
        for template, calls in self.root["paths"].items():
            pattern = re.sub(r"\{[a-z_]+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in calls:
                return Operation(self.root, template, calls[method.lower()])
        raise AssertionError(f"{method} {path} is not in the description")

    def check_question(
        self, method: str, path: str, query: Mapping[str, str], body: object
    ) -> Operation | None:
        """The call that a question is; fails where the description does not allow it."""
        if not self.root:
            return None
        call = self.operation(method, path)
        known = call.parameters("query")
        for name, value in query.items():
            assert name in known, f"{method} {path} has no parameter {name}"
            spec = known[name].get("schema", known[name])
            typed = int(value) if spec.get("type") == "integer" else value
            self.check(spec, typed)
        schema = call.body_schema()
        if body is not None:
            assert schema is not None, f"{method} {path} takes no body"
            self.check(schema, body)
            self._known_names(schema, body)
        return call

    def check_answer(self, call: Operation | None, status: int, answer: object) -> None:
        """Fails where an answer is not what the description promises."""
        if call is None:
            return
        schema = call.answer_schema(status)
        if schema is not None:
            self.check(schema, answer)
        elif status < 300:
            assert answer is None

    def check(self, schema: Mapping[str, Any], value: object) -> None:
        whole = {**to_json_schema(schema), "$defs": _defs(self.root)}
        problems = [e.message[:300] for e in Draft202012Validator(whole).iter_errors(value)]
        assert not problems, problems

    def _known_names(self, schema: Mapping[str, Any], body: object) -> None:
        """A host ignores what it does not know; a test does not."""
        shape = follow(self.root, schema)
        shapes = [follow(self.root, s) for s in shape.get("oneOf", [shape])]
        names = {name for s in shapes for name in s.get("properties", ())}
        assert isinstance(body, dict)
        assert set(body) <= names, f"{set(body) - names} is not described"


_TIME = {"type": "string", "format": "date-time"}
COMMENTS: Mapping[str, Any] = {
    # The one call that the reduced descriptions leave out. docs.github.com/rest/issues/comments, "List issue
    # comments": "You can use the REST API to list comments on issues and pull requests. Every pull request is
    # an issue, but not every issue is a pull request. Issue comments are ordered by ascending ID." Gitea has
    # it at the same path ("issueGetComments": "List all comments on an issue"), with `since` and `before`.
    "parameters": [
        # "The number of results per page (max 100)." "The page number of the results to fetch."
        {"name": "per_page", "in": "query", "type": "integer"},
        {"name": "page", "in": "query", "type": "integer"},
        {"name": "limit", "in": "query", "type": "integer"},
    ],
    "responses": {
        "200": {
            "schema": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "html_url", "user", "body", "created_at", "updated_at"],
                    "properties": {
                        "id": {"type": "integer"},
                        "html_url": {"type": "string"},
                        "user": {"type": "object", "required": ["login"]},
                        "body": {"type": "string"},
                        "created_at": _TIME,
                        "updated_at": _TIME,
                    },
                },
            }
        }
    },
}


@cache
def load(kind: str) -> Mapping[str, Any]:
    """A description; empty where the file is not found."""
    name = f"shared/data/forge/{FILES[kind]}"
    for folder in Path(__file__).resolve().parents:
        if (folder / name).is_file():
            found: Mapping[str, Any] = json.loads((folder / name).read_text("utf-8"))
            return found
    return {}


def need(kind: str) -> None:
    """Skip a test that holds something to a description whose file is not found."""
    if kind in FILES and not load(kind):
        pytest.skip(f"shared/data/forge/{FILES[kind]} is not here")


def follow(root: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a `$ref` points at."""
    while "$ref" in spec:
        found: Any = root
        for step in spec["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        spec = found
    return spec


_JSON_NAMES = ("type", "enum", "required", "minItems", "maxItems", "oneOf", "anyOf", "allOf", "pattern")


def to_json_schema(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of OpenAPI 3.0 or Swagger 2.0 as JSON Schema: `nullable` said, references moved."""
    if "$ref" in spec:
        return {"$ref": "#/$defs/" + spec["$ref"].rpartition("/")[2]}
    made: dict[str, Any] = {name: spec[name] for name in _JSON_NAMES if name in spec}
    for name in ("oneOf", "anyOf", "allOf"):
        if name in made:
            made[name] = [to_json_schema(s) for s in made[name]]
    if "properties" in spec:
        made["properties"] = {name: to_json_schema(s) for name, s in spec["properties"].items()}
    if "items" in spec:
        made["items"] = to_json_schema(spec["items"])
    if made.get("type") == "file":
        del made["type"]
    if spec.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _defs(root: Mapping[str, Any]) -> Mapping[str, Any]:
    return _defs_of(id(root), json.dumps(root.get("definitions") or root["components"]["schemas"]))


@cache
def _defs_of(_: int, text: str) -> Mapping[str, Any]:
    return {name: to_json_schema(s) for name, s in json.loads(text).items()}


def smallest(root: Mapping[str, Any], spec: Mapping[str, Any], depth: int = 0) -> Any:
    """The least value that a schema allows, so that an answer can be true to it in every field."""
    spec = follow(root, spec)
    if spec.get("nullable") and depth > 1:
        return None
    if "enum" in spec:
        return spec["enum"][0]
    for name in ("oneOf", "anyOf"):
        if name in spec:
            return smallest(root, spec[name][0], depth + 1)
    if "allOf" in spec:
        return {k: v for s in spec["allOf"] for k, v in smallest(root, s, depth + 1).items()}
    if spec.get("type") == "object" or "properties" in spec:
        properties = spec.get("properties", {})
        return {
            n: smallest(root, properties[n], depth + 1) for n in spec.get("required", ()) if n in properties
        }
    plain: Mapping[str, Any] = {"array": [], "integer": 0, "number": 0, "boolean": False}
    return plain.get(spec.get("type", "string"), "")
