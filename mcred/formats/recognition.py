"""Reading recognition policies and their golden examples, and where in a policy something is said."""

from __future__ import annotations

from collections.abc import Sequence

from mcred.domain.ids import Slug
from mcred.domain.recognition.examples import KnownScales, RecognitionExamples, check_examples
from mcred.domain.recognition.policy import RecognitionPolicy, check_policy
from mcred.formats.decode import decode, locate
from mcred.formats.one_file import named
from mcred.formats.yaml_reader import plain_text, read_nodes
from mcred.problems import Place, Problem


def read_policy(data: bytes, file: str, policy: str) -> tuple[RecognitionPolicy | None, tuple[Problem, ...]]:
    """A policy, or None, and its problems. `policy`: the id that its place says."""
    return decode(data, RecognitionPolicy, file, lambda p: (*named(policy)(p), *check_policy(p)))


def read_policy_examples(
    data: bytes, file: str, policy: Slug, by: RecognitionPolicy | None, scales: KnownScales
) -> tuple[RecognitionExamples | None, tuple[Problem, ...]]:
    """A policy's golden examples, or None, and their problems, also where one comes to something else.

    `by`: the policy; None to read them only.
    """
    return decode(
        data,
        RecognitionExamples,
        file,
        lambda e: (*named(policy)(e), *(check_examples(e, by, scales) if by is not None else ())),
    )


def find_place(data: bytes, file: str, path: Sequence[str | int]) -> Place:
    """Where a policy says what a path of keys names, or the nearest above it."""
    root, _ = read_nodes(data, file)
    if root is None:
        return Place(file=file)
    node = locate(root, tuple(path))
    source = plain_text(data).split("\n")[node.line - 1]
    return Place(file=file, line=node.line, column=node.column, source=source)
