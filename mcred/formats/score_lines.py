"""Parsing scores in a review host's comments: one line for each criterion, or the filled table.

    /score questions proficient because every question in part 2 is open
    | questions | proficient | every question in part 2 is open |

The caller checks whether a criterion or level exists, and who wrote the text. Text beside the scores is the
overall comment.

>>> read_scores("/score context passing because clear").scores[0].feedback
'clear'
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from mcred.domain.assessment import Score
from mcred.domain.credential import Credential
from mcred.domain.ids import Slug
from mcred.domain.text import as_id_typed, as_typed

_LINE = re.compile(r"\s*/score\b[ \t]*(.*)", re.I)
_WORDS = re.compile(r"(\S+)[ \t]+(\S+?)[,:;]?(?:[ \t]+(?:because\b|[-–—:])?[ \t]*(.*))?", re.I)
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
MAX_FEEDBACK, MAX_LINES = 6000, 2000


class ScoreText(Struct, frozen=True, kw_only=True):
    """A parsed text: scores, lines that could not be read as scores, and the rest."""

    scores: tuple[Score, ...]
    faults: tuple[str, ...]
    summary: str

    @property
    def is_assessment(self) -> bool:
        """Whether the text is meant as an assessment."""
        return bool(self.scores or self.faults)


def read_scores(text: str) -> ScoreText:
    """Parse the scores in a text, in their order."""
    scores: list[Score] = []
    faults: list[str] = []
    rest: list[str] = []
    in_table = is_last_score = False
    for line in text.replace("\r\n", "\n").split("\n")[:MAX_LINES]:
        typed = as_typed(line)
        found = _LINE.fullmatch(typed)
        cells = _cells(typed)
        if found:
            score = _from_line(found[1])
            is_last_score = score is not None
            scores.extend([score] if score else [])
            faults.extend(
                [] if score else [f"‘{line.strip()[:100]}’ is not: /score CRITERION LEVEL because …"]
            )
        elif cells and _is_head(cells):
            in_table, is_last_score = True, False
        elif in_table and _RULE.fullmatch(line):
            continue
        elif in_table and len(cells) >= 2:
            if any(cells[1:]):
                scores.append(_score(cells[0], cells[1], " | ".join(cells[2:])))
        elif is_last_score and line.strip() and not _FENCE.match(line):
            # Feedback may continue below its line until a blank one.
            last = scores.pop()
            scores.append(_score(last.criterion, last.level, f"{last.feedback}\n{line.strip()}"))
        else:
            in_table = is_last_score = False
            if not _FENCE.match(line) and not line.lstrip().startswith(">"):
                rest.append(line)
    return ScoreText(
        scores=tuple(scores), faults=tuple(faults), summary="\n".join(rest).strip()[:MAX_FEEDBACK]
    )


def _from_line(words: str) -> Score | None:
    found = _WORDS.fullmatch(words.strip())
    return _score(found[1], found[2], found[3] or "") if found else None


def _score(criterion: str, level: str, feedback: str) -> Score:
    return Score(
        criterion=_word(criterion),
        level=_word(level),
        feedback=feedback.strip().strip("|").strip()[:MAX_FEEDBACK],
    )


def _word(text: str) -> Slug:
    """A criterion or level as typed, in the form of an id: `Not yet` is `not-yet`."""
    return Slug("-".join(as_id_typed(text).strip("`*_").split())[:63])


def _cells(line: str) -> tuple[str, ...]:
    """The cells of a table row, or none for another line. A cell may contain an escaped bar."""
    stripped = line.strip()
    if not stripped.startswith("|") or stripped.count("|") < 3:
        return ()
    inner = stripped[1:-1] if stripped.endswith("|") and not stripped.endswith("\\|") else stripped[1:]
    return tuple(cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner))


def _is_head(cells: Iterable[str]) -> bool:
    names = [cell.strip("*` ").casefold() for cell in cells]
    return names[:2] == ["criterion", "level"]


def in_order(scores: Iterable[Score], definition: Credential) -> tuple[Score, ...]:
    """Scores sorted in the order of the rubric, unknown criteria last."""
    position = {c.id: n for n, c in enumerate(definition.criteria)}
    return tuple(sorted(scores, key=lambda s: position.get(s.criterion, len(position))))
