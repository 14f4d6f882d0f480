"""Minimal edits of hand-written YAML files: text is inserted or taken out, all other bytes are unchanged.

Nodes give the position of a value, and a few lines are inserted there, so that comments, order, quotes,
indentation and line endings are kept byte for byte. Each result is read again and compared with its intended
meaning before it is returned; what a file means is `decode`'s decision.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from mcred.formats.encode import dump, to_plain
from mcred.formats.yaml_node import Node
from mcred.formats.yaml_reader import plain_text, read_nodes
from mcred.problems import McredError, Place, Problem

BOM = "\ufeff"


def append_to_list(data: bytes, keys: tuple[str, ...], entry: Any, file: str) -> bytes:
    """The file with `entry` appended to the list at `keys`, such as ("roles", "experts").

    Missing keys are created. Raises McredError when the file is unreadable, or the value there is not a list.
    """
    root = _read(data, file)
    plain = to_plain(entry)
    parent, rest = root, list(keys)
    while (found := parent.get(rest[0])) is not None and found.kind == "mapping" and len(rest) > 1:
        parent, rest = found, rest[1:]
    key = rest.pop(0)
    value: Any = [plain]
    for step in reversed(rest):
        value = {step: value}
    text = plain_text(data)
    if found is None:
        drafts = _add_key(text, parent, key, value, last=parent is root)
    elif _is_empty(found):
        drafts = _replace(text, parent, key, value)
    elif found.kind != "list" or rest:
        raise _unfit(file, found, key, "a list" if not rest else "names with values")
    elif found.flow:
        drafts = iter([_put(text, found.items[-1].end, ", " + _in_brackets(plain))])
    else:
        drafts = _add_lines(text, found.items[-1].end, dump([plain]), found.column - 1)
    meant = _meaning(root)
    _grow(meant, keys, _as_read(plain, file))
    return _first_right(drafts, meant, data, file)


def remove_from_list(data: bytes, key: str, number: int, file: str) -> bytes:
    """The file without the entry with index `number` (from 0) of the list at a top-level key.

    Comments outside of the entry stay. Raises McredError when the file cannot be read, or is laid out oddly.
    """
    root, text = _read(data, file), plain_text(data)
    name, found = next(pair for pair in root.pairs if pair[0].text == key)
    entry, is_only = found.items[number], len(found.items) == 1
    if found.flow:
        start = found.items[number - 1].end if number else entry.start
        stop = entry.end if number or is_only else found.items[1].start
    else:
        start = text.rindex("\n" + " " * (found.column - 1) + "-", 0, entry.start) + 1
        line = text.find("\n", len(text[: entry.end].rstrip()))
        stop = line + 1 if line >= 0 else len(text)
    draft = text[:start] + text[stop:]
    if is_only and not found.flow:
        draft = _put(draft, text.index(":", name.end) + 1, " []")
    meant = _meaning(root)
    del meant[key][number]
    return _first_right(iter([draft]), meant, data, file)


def set_value(data: bytes, key: str, value: Any, file: str) -> bytes:
    """The file with a top-level key set. Raises McredError when the file cannot be read."""
    root = _read(data, file)
    plain = to_plain(value)
    text = plain_text(data)
    if root.get(key) is None:
        drafts = _add_key(text, root, key, plain, last=True)
    else:
        drafts = _replace(text, root, key, plain)
    return _first_right(drafts, {**_meaning(root), key: _as_read(plain, file)}, data, file)


def set_in_entry(data: bytes, keys: tuple[str, ...], number: int, key: str, value: Any, file: str) -> bytes:
    """The file with a key set in the entry with index `number` (from 0) of the list at `keys`.

    Raises McredError when the file cannot be read, or has no such entry.
    """
    root = _read(data, file)
    node: Node | None = root
    for step in keys:
        node = node.get(step) if node is not None and node.kind == "mapping" else None
    if node is None or node.kind != "list" or number >= len(node.items):
        where = ".".join(keys)
        raise McredError(f"{file} has no entry {number + 1} in {where}", hint="fix it, then try again")
    entry = node.items[number]
    if entry.kind != "mapping":
        raise _unfit(file, entry, keys[-1], "a list of names with values")
    plain = to_plain(value)
    text = plain_text(data)
    if entry.get(key) is None:
        drafts = _add_key(text, entry, key, plain, last=False)
    else:
        drafts = _replace(text, entry, key, plain)
    meant = _meaning(root)
    inner = meant
    for step in keys:
        inner = inner[step]
    inner[number][key] = _as_read(plain, file)
    return _first_right(drafts, meant, data, file)


def _read(data: bytes, file: str) -> Node:
    node, problems = read_nodes(data, file)
    if node is None or node.kind != "mapping":
        raise McredError(f"{file} cannot be read", hint="mcred check", problems=problems)
    return node


def _unfit(file: str, node: Node, key: str, wanted: str) -> McredError:
    where = Place(file=file, line=node.line, column=node.column)
    problem = Problem(what=f"{key} should be {wanted}", where=where, hint=f"empty it: write '{key}:'")
    return McredError(f"{file} cannot be added to", hint="fix it, then try again", problems=(problem,))


def _is_empty(node: Node) -> bool:
    return node.is_nothing or (node.kind != "scalar" and not node.items and not node.pairs)


# The parsed meaning is compared, so that a wrong guess about the layout is never stored.


def _meaning(node: Node) -> Any:
    if node.kind == "list":
        return [_meaning(item) for item in node.items]
    if node.kind == "mapping":
        return {name.text: _meaning(value) for name, value in node.pairs}
    return None if node.is_nothing else node.text


def _as_read(plain: Any, file: str) -> Any:
    """A new value as it will be read back."""
    node, problems = read_nodes(dump([plain]).encode(), f"new text for {file}")
    if node is None:
        raise McredError(f"this cannot be put into {file}", hint="change the text", problems=problems)
    return _meaning(node)[0]


def _grow(meant: Any, keys: tuple[str, ...], entry: Any) -> None:
    for key in keys[:-1]:
        meant[key] = meant.get(key) or {}
        meant = meant[key]
    meant[keys[-1]] = [*(meant.get(keys[-1]) or []), entry]


def _first_right(drafts: Iterator[str], meant: Any, before: bytes, file: str) -> bytes:
    """The first draft with the intended meaning, with the file's own line endings."""
    for draft in drafts:
        node, _ = read_nodes(draft.encode(), file)
        if node is not None and _meaning(node) == meant:
            crlf = b"\n" in before and before.count(b"\n") == before.count(b"\r\n")
            head = BOM if before.startswith(BOM.encode()) else ""
            return (head + (draft.replace("\n", "\r\n") if crlf else draft)).encode()
    hint = "write it with one value a line, or edit it by hand"
    raise McredError(f"{file} is formatted in a way that mcred cannot edit", hint=hint)


# Drafts: the likeliest layout first.


def _put(text: str, at: int, new: str) -> str:
    return text[:at] + new + text[at:]


def _in_brackets(plain: Any) -> str:
    return dump([plain], flow=True).strip()[1:-1]


def _add_lines(text: str, after: int, new: str, indent: int) -> Iterator[str]:
    """Drafts with lines inserted below the end of a value; then below the blank lines after it."""
    lines = textwrap.indent(new, " " * indent)
    end = len(text[:after].rstrip())
    for at in (end, after):
        stop = text.find("\n", at) if not text[:at].endswith("\n") else at - 1
        yield _put(text, stop + 1, lines) if stop >= 0 else f"{text}\n{lines}"


def _add_key(text: str, parent: Node, key: str, value: Any, *, last: bool) -> Iterator[str]:
    """Drafts with a key appended to a mapping; `last` when that is the end of the file."""
    if parent.flow:
        new = _in_brackets({key: value})[1:-1]
        yield _put(text, parent.pairs[-1][1].end if parent.pairs else parent.start + 1, f", {new}")
        yield _put(text, parent.start + 1, new)
        return
    if last:
        yield text + ("" if text.endswith("\n") else "\n") + dump({key: value})
    yield from _add_lines(text, parent.end, dump({key: value}), parent.column - 1)


def _replace(text: str, parent: Node, key: str, value: Any) -> Iterator[str]:
    """Drafts with a key's value replaced, its comments kept where possible."""
    name, old = next(pair for pair in parent.pairs if pair[0].text == key)
    colon = re.compile(r"\s*:").match(text, name.end)
    if colon is None:
        return
    before, between = text[: colon.end()], text[colon.end() : old.start]
    if parent.flow:
        yield f"{before} {_in_brackets(value)}{text[old.end :]}"
        return
    margin = " " * (name.column - 1)
    new = textwrap.indent(dump({"k": value}), margin).removeprefix(margin + "k:")
    first, _, lines = new.partition("\n")
    end = len(text[: old.end].rstrip()) if text[: old.end].endswith("\n") else old.end
    rest, _, after = text[end:].partition("\n")
    for remark in (between.rstrip() + rest.rstrip(), rest.rstrip(), ""):
        yield f"{before}{first}{remark}\n{lines}{after}"
