"""A repository's own settings, where its file is as git writes it: no quoted value, no second line."""

from __future__ import annotations

import re
from pathlib import Path

_SECTION = re.compile(r'\[([A-Za-z][A-Za-z0-9-]*)(?: "([^"\\\n]*)")?\]')
_SETTING = re.compile(r'[ \t]*([A-Za-z][A-Za-z0-9-]*) = ([^\x00-\x1f"\\;#\x7f]*)')


def parse_settings(file: Path) -> dict[str, str] | None:
    """The last value of each key, as `git config --list` names them; {} where there is no file.

    None where only git can tell.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        return None
    found: dict[str, str] = {}
    lead = ""
    for line in text.split("\n"):
        if section := _SECTION.fullmatch(line):
            lead = section[1].lower() + (f".{section[2]}" if section[2] is not None else "")
        elif (setting := _SETTING.fullmatch(line)) and lead:
            found[f"{lead}.{setting[1].lower()}"] = setting[2].strip(" ")
        elif line:
            return None
    return found
