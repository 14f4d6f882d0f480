"""What stands after `Next:` is a command that the real command line takes, about what there is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator

from mcred.cli.verbs import VERBS, make_command, make_parser

NAMES = frozenset(verb.name for verb in VERBS)
SUBMISSIONS = ("submission", "award", "credential", "what", "other")
"""Parameters that name a submission or a micro-credential."""


def commands_in(hint: str) -> Iterator[str]:
    """The commands of a hint: what its notes in parentheses say is not typed."""
    plain = re.sub(r"\s+\([^()]*(?:\([^()]*\)[^()]*)*\)", "", hint)
    for piece in re.split(r"\s+then\s+(?=mcred )| && ", plain):
        at = piece.find("mcred ")
        if at >= 0 or piece.strip() == "mcred":
            yield piece[max(at, 0) :].strip()


def faults(hint: str, known: Collection[str] = ()) -> Iterator[str]:
    """Why what a hint names cannot be typed; nothing where it can.

    `known`: the ids that there are; where it is empty, they are not looked at.
    """
    for command in commands_in(hint):
        try:
            given = _parse(shlex.split(command)[1:])
        except Exception as error:  # whatever the parser refuses is what is looked for
            said = error.format_message() if hasattr(error, "format_message") else str(error)
            yield f"{command}: {said}"
            continue
        for name in SUBMISSIONS if known else ():
            value = given.get(name)
            if isinstance(value, str) and not value.isupper():
                yield from (f"{command}: no {part}" for part in value.split("/") if part not in known)


def _parse(words: list[str]) -> dict[str, object]:
    """The parameters of a line. Raises whatever the parser does, and ValueError for no verb."""
    if words and not words[0].startswith("-"):
        verb, rest = words[0], words[1:]
        if verb not in NAMES:
            raise ValueError(f"there is no verb '{verb}'")
        found = make_command(verb).make_context(verb, rest, resilient_parsing="--help" in rest)
    else:
        found = make_parser().make_context("mcred", words, resilient_parsing=True)
    return dict(found.params)
