"""What people write has to say what it means: no empty number, none in quotes, no year 2999."""

from __future__ import annotations

from datetime import date

import pytest

from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.formats.loose import find_loose

TODAY = date(2026, 3, 2)
LISTING = b'format: 2\ncredential: wait-time\nversion: "1.0"\n'
PROFILE = b"format: 2\nid: ana\nname: Ana\nkeys:\n  - public: ssh-ed25519 AAAA\n    since: 2026-03-02\n"
RULES = b"format: 2\nissuer: {id: lake, name: Lake}\nroles: {maintainers: [rosa], issuers: [rosa]}\n"
EVIDENCE = b"evidence:\n  - item: plan\n    type: plan\n    title: Plan\n    file: evidence/plan.md\n"


@pytest.mark.parametrize(
    ("shape", "text", "line", "said", "help_"),
    [
        (Submission, LISTING + b"attempt:\n", 4, "'attempt' is empty", "a number such as 3"),
        (Submission, LISTING + b"attempt: ~\n", 4, "'attempt' is empty", "remove the line"),
        (Submission, LISTING + b"attempt: null\n", 4, "'attempt' is empty", "a number"),
        (Submission, LISTING + b'attempt: "3"\n', 4, "in quotes", "attempt: 3, without quotes"),
        (Submission, LISTING + b"evidence:\n", 4, "'evidence' is empty", "a list such as []"),
        (Submission, LISTING + EVIDENCE + b"    students:\n", 9, "'students' is empty", "true or false"),
        (Submission, LISTING + EVIDENCE + b"    students: 'true'\n", 9, "in quotes", "students: true"),
        (Person, PROFILE.replace(b"2026", b"2999"), 6, "since is 2999-03-02", "the intended date"),
        (Person, PROFILE + b"    retired:\n", 7, "'retired' is empty", "a date such as"),
        (Person, PROFILE + b"publish:\n", 7, "'publish' is empty", "one of the allowed values"),
        (Person, PROFILE + b"growth: ~\n", 7, "'growth' is empty", "lines below it"),
        (Programme, RULES + b"assessment:\n  peers:\n", 5, "'peers' is empty", "a number"),
        (Programme, RULES + b'assessment:\n  peers: "3"\n', 5, "in quotes", "peers: 3"),
    ],
)
def test_it_is_named_with_its_line_and_what_to_write(
    shape: type, text: bytes, line: int, said: str, help_: str
) -> None:
    (problem,) = find_loose(text, shape, "f.yaml", TODAY)
    assert problem.where is not None and (problem.where.file, problem.where.line) == ("f.yaml", line)
    assert problem.where.column > 0
    assert said in problem.what and help_ in str(problem.hint)
    # What was stored like that before is read as it was.
    assert decode(text, shape, "f.yaml")[0] is not None


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Submission, LISTING + b"attempt: 3\nnote:\nevidence: []\n" + b""),
        (Submission, LISTING + EVIDENCE + b"    students: true\n    about:\n"),
        (Person, PROFILE.replace(b"2026-03-02", b"'2026-03-02'") + b"school:\n"),
        (Programme, RULES),
    ],
)
def test_what_is_said_plainly_is_left_alone(shape: type, text: bytes) -> None:
    assert decode(text, shape, "f.yaml")[0] is not None
    assert find_loose(text, shape, "f.yaml", TODAY) == ()
