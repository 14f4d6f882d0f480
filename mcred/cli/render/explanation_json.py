"""How an award or a stack's badge came about, as JSON; in words: `explanation`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcred.app.awards.explain_attempt import Happening, Story
from mcred.cli.render.explanation import meaning
from mcred.domain.audit.values import Finding
from mcred.domain.rules.derivation import Asking, Derivation
from mcred.formats.encode import to_plain


def story_json(story: Story) -> dict[str, Any]:
    """An attempt, names and remarks included."""
    derivation = story.derivation
    return {
        "submission": str(story.submission),
        "attempt": story.attempt,
        "attempts": {str(n): word for n, word in story.attempts.items()},
        "word": story.standing.word,
        "proved": not story.findings if story.decided_in else None,
        "findings": [finding_row(f) for f in story.findings],
        "doubts": list(story.doubts),
        "elsewhere": story.elsewhere,
        "decided_in": story.decided_in,
        **(_derivation_json(derivation) if derivation else {}),
        "since": [happening_row(h) for h in story.happened],
    }


def finding_row(f: Finding) -> dict[str, Any]:
    """A finding and its meaning, as JSON."""
    return {"code": f.code, "what": f.what, "means": meaning(f), "path": f.path, "record": f.commit}


def happening_row(h: Happening) -> dict[str, Any]:
    """A later change of a badge, as JSON."""
    return {
        "kind": h.kind,
        "when": h.when.isoformat() if h.when else None,
        "person": h.person,
        "reason": h.reason,
        "record": h.record,
        "number": h.number,
    }


def _derivation_json(derivation: Derivation) -> dict[str, Any]:
    case, asking, matrix = derivation.case, derivation.asking, derivation.matrix
    return {
        "sent": {
            "record": case.sent,
            "when": case.request.requested.isoformat(),
            "definition": to_plain(case.request.definition),
            "made_from": case.request.main,
            "pieces": len(case.request.pieces),
            "carried": list(case.request.carried),
        },
        "asked": {
            "panel": list(case.request.panel),
            "at_limit": list(case.request.at_limit),
            "in_the_end": list(case.seats.panel),
            "declined": [to_plain(d) for d in case.declined],
            "assigned": [to_plain(a) for a in case.assigned],
            "missing": list(derivation.missing),
            "due": str(case.request.due),
            **(dict(_asking_json(asking)) if asking else {}),
        },
        "assessments": [{**to_plain(j.assessment), "record": j.record} for j in case.judgements],
        "criteria": [
            {
                "criterion": line.row.criterion.id,
                "given": dict(line.row.given),
                "comes_to": line.row.level,
                "level": line.level,
                "required": line.row.required,
                "spread": line.row.spread,
                "carried": line.row.carried,
                "settled": line.settled,
            }
            for line in derivation.lines
        ],
        "recommended": matrix.recommended if matrix else None,
        "reasons": list(matrix.reasons) if matrix else [],
        "decision": to_plain(case.decision) if case.decision else None,
        "proposed": to_plain(case.proposed) if case.proposed else None,
    }


def _asking_json(asking: Asking) -> Iterator[tuple[str, object]]:
    yield "rule", asking.rule
    yield "assessed_before", asking.assessed_before
    yield "experts_first", asking.policy.expert_submissions
    yield "needed", asking.needed
    yield "peers_free", asking.peers_free
    yield "by_the_rules", list(asking.due)
    yield "reasons", list(asking.reasons)
    yield "could_judge", asking.count
    yield "could", [{"person": c.person, "open": c.open} for c in asking.candidates]
    yield "could_not", [{"person": h.person, "reasons": list(h.reasons)} for h in asking.hindered]
