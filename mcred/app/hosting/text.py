"""Renders a request and its reviews for the review host: the record as Markdown for people.

Text that a person wrote stays text: it formats nothing, mentions no one, closes nothing and triggers no
command of the host. The first line is the marker by which the text is found again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mcred.domain.credential import Credential, Criterion, Part
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId, Slug, SubmissionId
from mcred.domain.submission import ReviewRequest, Work
from mcred.hosting.values import marker
from mcred.problems import next_step

MAX_ANSWER = 3000
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&^])")
_AT_THE_START = re.compile(r"^(?:([-=])|([0-9]{1,9})([.)]))")
"""What makes a line a rule, a heading's underline, or an item of a list."""
_CALLS = re.compile(r"([@#!$%~&^])(?=[\w\\])")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def as_text(said: str) -> str:
    """A person's words on one line, escaped for Markdown.

    >>> as_text("*@ben* <!-- x -->")
    '\\\\*@\\u200bben\\\\* \\\\<\\\\!-- x --\\\\>'
    """
    clean = " ".join(_HIDDEN.sub(" ", said).split())
    words = _MARKDOWN.sub(r"\\\1", _CALLS.sub("\\1\u200b", clean))
    return _AT_THE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", words)


def as_quote(said: str, longest: int = MAX_ANSWER) -> str:
    """A person's words as a Markdown quotation, line by line."""
    cut = said if len(said) <= longest else said[:longest].rstrip() + " […]"
    return "\n".join(f"> {as_text(line)}".rstrip() for line in cut.strip().splitlines())


def request_mark(submission: SubmissionId) -> str:
    return marker("request", submission)


def review_mark(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    return marker("review", submission, attempt, assessor)


def decision_mark(submission: SubmissionId, attempt: int) -> str:
    return marker("decision", submission, attempt)


def request_title(definition: Credential, name: str, attempt: int) -> str:
    """The request's title: whose submission, which micro-credential, which attempt."""
    said = " ".join(_HIDDEN.sub(" ", f"{definition.title}: {name}").split())
    return f"{said[:200]}, attempt {attempt}"


def request_body(
    work: Work | None, definition: Credential, request: ReviewRequest, names: str, *, on_web: bool
) -> str:
    """The request's text: the submission, the rubric, how to assess. `names`: who is asked.

    `work`: None where it is sealed. `on_web`: whether the programme takes assessments that are written on
    the page itself.
    """
    blocks = [
        request_mark(request.submission),
        f"**{as_text(definition.title)}** {definition.version}: {as_text(definition.competency)}",
        f"Attempt {request.attempt}, assessed by {as_text(names)}, due {request.due}.",
        *(_note(work) if work else _how_to_read(request)),
        *(block for part in definition.parts for block in _part(work, definition, part, request)),
        "## How to assess",
        f"With mcred: `{next_step('assess', request.submission)}`",
        *(_how_to_score(definition, request) if on_web else ()),
        "The signed record in this repository is what counts; this page shows it.",
    ]
    return "\n\n".join(blocks)


def _note(work: Work) -> Iterator[str]:
    if work.submission.note.strip():
        yield f"What changed since the last attempt:\n\n{as_quote(work.submission.note)}"


def _how_to_read(request: ReviewRequest) -> Iterator[str]:
    view = next_step("view", request.submission)
    yield f"What was submitted is sealed to its assessors and the issuers. They can read it with `{view}`."


def _part(work: Work | None, definition: Credential, part: Part, request: ReviewRequest) -> Iterator[str]:
    yield f"## {as_text(part.title)}"
    for item in part.items:
        yield f"### {as_text(item.title)}"
        if work is None:
            continue
        answer = work.answers.get(item.id)
        if item.is_written and answer is not None:
            yield as_quote(answer.text)
        pieces = work.evidence_of(item)
        if pieces:
            yield "\n".join(f"- {_piece(p.title, p.type, p.file or p.url, p.about)}" for p in pieces)
    yield rubric_table(definition, part.criteria, request.carried)


def _piece(title: str, kind: str, where: str, about: str) -> str:
    told = f": {as_text(about)}" if about.strip() else ""
    return f"{as_text(title)} ({as_text(kind)}), {as_text(where)}{told}"


def rubric_table(
    definition: Credential, criteria: Iterable[Criterion], carried: tuple[Slug, ...] = ()
) -> str:
    """A rubric as a table: each criterion with what its levels mean, and which one is needed."""
    lines = ["| criterion | required | levels |", "|---|---|---|"]
    for criterion in criteria:
        levels = "<br>".join(
            f"**{level}** {as_text(criterion.levels.get(level, ''))}"
            for level in definition.scale_of(criterion)
        )
        kept = " (kept from the attempt before)" if criterion.id in carried else ""
        needed = definition.required_level(criterion)
        lines.append(f"| {as_text(criterion.title)} `{criterion.id}`{kept} | {needed} | {levels} |")
    return "\n".join(lines)


def _how_to_score(definition: Credential, request: ReviewRequest) -> Iterator[str]:
    """How an assessor scores on the request's page itself."""
    criteria = [c for c in definition.criteria if c.id not in request.carried]
    if not criteria:
        return
    lines = [f"/score {c.id} {definition.scale_of(c)[0]} because …" for c in criteria]
    table = [f"| {c.id} | | |" for c in criteria]
    yield "Or here, as a review of the newest version, with one line for each criterion:"
    yield "\n".join(("```", *lines, "```"))
    yield "or fill in this table:"
    yield "\n".join(("```", "| criterion | level | feedback |", "|---|---|---|", *table, "```"))
    yield "A level below the required one needs a reason. Any other text becomes your overall comment."
    yield (
        "What you write here can be read at once by everyone who can see this page; levels and remarks given "
        "with the program are sealed until the decision."
    )


def answered_body(submission: SubmissionId, attempt: int, assessor: PersonId) -> str:
    """That someone assessed an attempt."""
    return "\n\n".join(
        (
            review_mark(submission, attempt, assessor),
            f"{assessor} has assessed attempt {attempt}. Levels and remarks are sealed until it is decided.",
        )
    )


def decision_body(decision: Decision, definition: Credential) -> str:
    """A decision, with the levels of an award; everything else is read with mcred."""
    said: Mapping[str, str] = {
        "award": "Earned.",
        "revise": "Not yet earned. When it is resubmitted, this page opens again.",
        "decline": "Declined.",
    }
    titles = {c.id: c.title for c in definition.criteria}
    rows = (
        f"| {as_text(titles.get(s.criterion, s.criterion))} | {as_text(s.level)} |" for s in decision.levels
    )
    earner, read = decision.submission.earner, next_step("feedback", decision.submission.credential)
    blocks = [
        decision_mark(decision.submission, decision.attempt),
        f"**{said[decision.outcome]}** Attempt {decision.attempt}, decided by {decision.issuer}.",
        *(("\n".join(("| criterion | level |", "|---|---|", *rows)),) if decision.levels else ()),
        *((f"Why:\n\n{as_quote(decision.reason)}",) if decision.reason.strip() else ()),
        *(f"Why {as_text(s.criterion)}:\n\n{as_quote(s.reason)}" for s in decision.levels if s.reason),
        f"The feedback is ready: {earner} reads it with `{read}`. It is not posted here, since it is for "
        f"{earner}, the assessors and the issuers alone.",
    ]
    return "\n\n".join(blocks)
