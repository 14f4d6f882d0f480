"""Changing a YAML file that a person also writes, without losing their remarks.

`decode` stays the judge of what a file means; here ruamel.yaml keeps comments, order and quotes while one
value is put in. Used for the few places the machine fills: evidence, attestations, notes, roles.
"""

from __future__ import annotations

import io
from typing import Any

from mcred.files.encode import to_plain
from mcred.files.nodes import read_nodes
from mcred.problems import McredError


def append_to_list(data: bytes, keys: tuple[str, ...], entry: Any, file: str) -> bytes:
    """The file with one more entry at the end of the list at `keys`, such as ("roles", "experts").

    What is missing on the way is begun. Raises McredError when the file cannot be read.
    """
    yaml, root = _load(data, file)
    parent = root
    for key in keys[:-1]:
        parent = parent.setdefault(key, {})
    present = parent.get(keys[-1])
    if present:
        present.append(to_plain(entry))
    else:
        parent[keys[-1]] = [to_plain(entry)]
    return _dump(yaml, root)


def set_value(data: bytes, key: str, value: Any, file: str) -> bytes:
    """The file with a top-level key set. Raises McredError when the file cannot be read."""
    yaml, root = _load(data, file)
    plain = to_plain(value)
    if isinstance(plain, str) and "\n" in plain:
        from ruamel.yaml.scalarstring import LiteralScalarString

        plain = LiteralScalarString(plain)
    root[key] = plain
    return _dump(yaml, root)


def _load(data: bytes, file: str) -> tuple[Any, Any]:
    node, problems = read_nodes(data, file)
    if node is None or node.kind != "mapping":
        raise McredError(f"{file} cannot be read", hint="mcred check", problems=problems)
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml, yaml.load(data.decode().removeprefix("\ufeff"))


def _dump(yaml: Any, root: Any) -> bytes:
    out = io.BytesIO()
    yaml.dump(root, out)
    return out.getvalue()
