"""Renders `mcred explain`, as text and as JSON. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from mcred.app.awards.explain_attempt import Happening, Story
from mcred.cli.render.review import say_change, say_readers, show_levels
from mcred.cli.show import Show
from mcred.domain.audit.values import Finding
from mcred.domain.decision import Decision, describe_attested, describe_departures
from mcred.domain.rules.attestation import attested_flag
from mcred.domain.rules.derivation import Asking, Derivation
from mcred.domain.rules.outcome import Matrix

MEANS = (
    ("assessment", "an assessment that the decision rests on does not count as it is"),
    ("assessor", "someone assessed who was not allowed to"),
    ("override", "it departs from the recommendation without what the rules at the time required"),
    ("scores", "an assessor's levels do not match the rubric"),
    ("request", "the work was not given to the assessors the rules call for"),
    ("submit", "it is not shown that what was assessed is the earner's own"),
    ("work", "what is here is not what was assessed"),
    ("decision", "the decision does not follow from what it rests on"),
    ("award", "the badge does not match what was decided, or nothing was decided"),
    ("record", "something final was changed afterward"),
    ("revocation", "the award was not revoked properly"),
    ("reissue", "the badge was not reissued properly"),
    ("stack", "the stack badge was not earned, or not awarded properly"),
    ("status", "the public list of revoked badges does not match the record"),
    ("checkpoint", "the decision was not made on the record that it names"),
    ("mixed", "something was brought in along with something else"),
    ("bad-file", "there is a file that not every computer can store"),
    ("not-allowed", "someone changed what they may not change"),
    ("not-signed", "no one has signed this"),
    ("unknown-key", "no known member has signed this"),
    ("retired-key", "it is signed with a key no longer in use"),
)
"""What a finding means, by the beginning of its code."""
LISTED = 10
"""How many eligible assessors are named; the first of them were asked."""
OUTCOMES = {"award": "awarded it", "revise": "returned it", "decline": "declined it"}
LATER = {"revoked": "Revoked", "renew": "Renewed", "reissue": "Reissued", "erased": "Work was erased"}


def meaning(finding: Finding) -> str:
    """What a finding means for a reader who has to decide whether to rely on the award."""
    return next(
        (text for start, text in MEANS if finding.code.startswith(start)),
        "the record was not kept by its rules",
    )


def show_explanation(show: Show, story: Story, *, brief: bool) -> None:
    """Print everything in order; `brief` leaves out names, remarks and tables."""
    derivation = story.derivation
    title = derivation.case.definition.title if derivation else story.submission.credential
    show.title(f"{title}: {story.submission}" + (f", attempt {story.attempt}" if story.attempt else ""))
    if derivation is None:
        _tell_nothing(show, story)
    else:
        _tell_sent(show, story, derivation)
        _tell_asking(show, story, derivation, brief=brief)
        _tell_levels(show, derivation, brief=brief)
        _tell_decision(show, story, derivation, brief=brief)
    _tell_later(show, story)
    is_final = story.decided_in is not None
    tell_findings(show, story, str(story.submission), is_final=is_final, doubts=story.doubts)
    show.next(_next(story))


def _next(story: Story) -> str:
    if story.findings or story.elsewhere:
        return "mcred audit"
    if story.decided_in is None and story.attempts:
        return f"mcred queue --why {story.submission}"
    others = [n for n in story.attempts if n != story.attempt]
    return f"mcred explain {story.submission} --attempt {others[-1]}" if others else "mcred audit"


def _tell_nothing(show: Show, story: Story) -> None:
    if story.decided_in is not None:
        show.say(
            "What this decision was based on cannot be read, so there is nothing more to show.",
            style="bold red",
        )
    else:
        show.say(f"Nothing is in review: it is {story.standing.word}, and no one was assigned to assess it.")


def _tell_sent(show: Show, story: Story, derivation: Derivation) -> None:
    request, case = derivation.case.request, derivation.case
    head(show, "What was submitted")
    show.say(
        f"{story.submission.earner} submitted {len(request.pieces)} pieces on {request.requested.date()} "
        f"for version {request.definition.version} of the rubric (kept as {request.definition.blob[:12]}). "
        f"It is kept as record {case.sent[:12]}."
    )
    for number, word in story.attempts.items():
        if number < story.attempt:
            show.say(f"Earlier attempt {number}: {_word(word)}.")
    if request.carried:
        kept = ", ".join(request.carried)
        show.say(f"Its evidence did not change for {kept}: those levels were kept from the attempt before.")


def _word(outcome: str) -> str:
    return {"award": "awarded", "revise": "not yet earned", "decline": "declined"}.get(outcome, outcome)


def _say_more(show: Show, count: int, what: str) -> None:
    if count > 0:
        show.say(f"and {count} more{what}", indent=2)


def _tell_asking(show: Show, story: Story, derivation: Derivation, *, brief: bool) -> None:
    request, asking = derivation.case.request, derivation.asking
    head(show, "How the assessors were chosen")
    if asking is None:
        show.say(
            "It was made from a state that this program never had, so the rule cannot be determined.",
            "bold red",
        )
        show.say(f"It assigns {', '.join(request.panel)}.")
        return
    show.say(_rule(asking))
    show.say(f"Eligible: {asking.count}. Not eligible: {len(asking.hindered)}.")
    if not brief:
        for hindrance in asking.hindered[:LISTED]:
            show.say(f"- not {hindrance.person}: {'; '.join(hindrance.reasons)}", indent=2)
        _say_more(show, len(asking.hindered) - LISTED, " (--json lists all)")
        shown = asking.candidates[: max(LISTED, len(request.panel))]
        words = {
            **dict.fromkeys(request.at_limit, "at the limit"),
            **dict.fromkeys(request.asked, "assigned"),
        }
        show.table(
            ("eligible", "open reviews at the time", ""),
            [(c.person, str(c.open), words.get(c.person, "")) for c in shown],
        )
        _say_more(show, asking.count - len(shown), ", further down the list")
    show.say(f"Assigned: {', '.join(request.asked) or 'no one'}.", style="bold")
    if full := [p for p in request.panel if p in request.at_limit]:
        show.say(f"Next in line but not assigned, with as many open reviews as allowed: {', '.join(full)}.")
    for line in _places(derivation):
        show.say(line)
    if asking.due != request.panel:
        show.say(
            f"The rules at the time assign {', '.join(asking.due) or 'no one'} instead.", style="bold red"
        )
    elif story.doubts or any(f.code.startswith("request-") for f in story.findings):
        show.say("How they were chosen does not follow from the rules at the time.", style="bold red")
    else:
        if again := [p for p in request.asked if p in derivation.case.earlier]:
            show.say(f"First, because they were assigned to an earlier attempt: {', '.join(again)}.")
        show.say(
            "The rules choose those with the fewest open reviews, by the numbers in "
            "the request, then by a number that anyone can compute again (from the program's record "
            f"{request.main[:12]})."
        )


def _places(derivation: Derivation) -> Iterator[str]:
    """Print the changes of the panel after submission."""
    case = derivation.case
    yield from map(say_change, case.declined)
    yield from map(say_change, case.assigned)
    if case.declined or case.assigned:
        yield f"Assigned in the end: {', '.join(case.seats.panel) or 'no one'}."


def _rule(asking: Asking) -> str:
    policy, count = asking.policy, asking.assessed_before
    before = f"{count} submission{'' if count == 1 else 's'} had been assessed by then"
    experts = "1 expert" if policy.experts == 1 else f"{policy.experts} experts"
    peers = (
        f"{policy.peers} teachers who earned it before" if policy.peers != 1 else "a teacher who earned it"
    )
    if asking.peers_free is not None:
        free = f"Only {asking.peers_free}" if asking.peers_free else "None of them"
        return f"{before}, so {peers} were due. {free} could assess it: {experts} instead."
    if asking.rule == "expert":
        return f"{before}. The first {policy.expert_submissions} are assessed by experts: {experts} for each."
    return f"{before}. Those after the first {policy.expert_submissions} are assessed by {peers}."


def _tell_levels(show: Show, derivation: Derivation, *, brief: bool) -> None:
    case = derivation.case
    head(show, "What the assessors found")
    if not case.judgements:
        show.say("No one has answered yet.")
    people = [j.assessment.assessor for j in case.judgements]
    if not brief:
        for judgement in case.judgements:
            given = judgement.assessment
            show.say(
                f"{given.assessor} answered on {given.assessed.date()} (record {judgement.record[:12]})."
            )
            if given.attested is not None:
                show.say(f"{attested_flag(given, given.attested)}.", indent=2)
        if derivation.lines:
            show_levels(show, people, [line.row for line in derivation.lines])
        _tell_remarks(show, derivation)
    if any(j.assessment.is_sealed for j in case.judgements):
        show.say(say_readers(case.decision), style="yellow")
    if derivation.missing and case.decision is None:
        show.say(f"Still to answer: {', '.join(derivation.missing)}, due {case.request.due}.")
    if derivation.matrix is not None:
        matrix = derivation.matrix
        met = sum(1 for row in matrix.rows if row.met)
        show.say(f"The middle level counts, the lower of two. {met} of {len(matrix.rows)} criteria are met.")
        show.say(f"That recommends: {matrix.recommended} ({'; '.join(matrix.reasons)}).")
        if matrix.escalated:
            show.say("Where they are two or more levels apart, the issuer sets the level and says why.")


def _tell_remarks(show: Show, derivation: Derivation) -> None:
    titles = {c.id: c.title for c in derivation.case.definition.criteria}
    for judgement in derivation.case.judgements:
        for score in judgement.assessment.scores:
            if score.feedback:
                title = titles.get(score.criterion, score.criterion)
                who = judgement.assessment.assessor
                show.say(f"{who} on {title} ({score.level}): {score.feedback}", indent=2)


def _tell_decision(show: Show, story: Story, derivation: Derivation, *, brief: bool) -> None:
    decision, matrix = derivation.case.decision, derivation.matrix
    if decision is None:
        return
    head(show, "What was decided")
    record = f" (record {story.decided_in[:12]})" if story.decided_in else ""
    show.say(f"{decision.issuer} {OUTCOMES[decision.outcome]} on {decision.decided.date()}{record}.", "bold")
    reasons = {s.criterion: s.reason for s in decision.levels}
    for line in derivation.lines:
        title, why = line.row.criterion.title, reasons.get(line.row.criterion.id, "")
        if line.settled:
            show.say(
                f"{decision.issuer} set {title} to {line.level}; the assessors' levels result in "
                f"{line.row.level}."
            )
        if why:
            show.say(f"The reason for {title}: {why}", indent=2)
    if matrix is not None and derivation.final is not None:
        show.say(_recommendation(decision, matrix, derivation.final))
    departures = describe_departures(decision, derivation.case.definition)
    for sentence in filter(None, (*departures, describe_attested(decision))):
        show.say(sentence, style="bold yellow")
    if decision.reason:
        show.say(f"The reason given: {decision.reason}")
    if (said := derivation.case.proposed) is not None:
        why = f": {said.reason}" if said.reason else "; what they wrote is sealed to the issuers."
        show.say(f"{said.issuer}, another issuer, had proposed the same on {said.proposed.date()}{why}")
    for flag in decision.flags:
        show.say(f"Noted with it: {flag}")
    if decision.feedback and not brief:
        show.say(f"To the earner: {decision.feedback}")


def _recommendation(decision: Decision, by_assessors: Matrix, final: Matrix) -> str:
    """How the outcome relates to the levels: the assessors' own, and with those that the issuer set."""
    if final.recommended != by_assessors.recommended:
        said = (
            f"With the levels that {decision.issuer} set, {final.recommended} is recommended; the assessors' "
            f"own levels recommend {by_assessors.recommended}."
        )
    elif decision.outcome == final.recommended:
        return "This follows the recommendation."
    else:
        said = f"The levels recommend {final.recommended}."
    return said if decision.outcome == final.recommended else f"{said} {decision.issuer} decided otherwise."


def _tell_later(show: Show, story: Story) -> None:
    if story.attempts.get(story.attempt) != "award":
        return
    head(show, "Since then")
    if not story.happened:
        show.say("No changes: the award stands as issued.")
    for happening in story.happened:
        show.say(say_later(happening), style="bold red" if happening.kind == "revoked" else "")


def say_later(happening: Happening) -> str:
    """A later change of a badge, as a sentence."""
    when = f" on {happening.when.date()}" if happening.when else ""
    who = f" by {happening.person}" if happening.person else ""
    why = f": {happening.reason}" if happening.reason else ""
    number = f" (badge number {happening.number})" if happening.number > 1 else ""
    return f"{LATER[happening.kind]}{when}{who}{number}{why} (record {happening.record[:12]})."


class AuditedSubject(Protocol):
    """The audit's result for one of the subjects shown."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def elsewhere(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def is_signed(self) -> bool: ...


def tell_findings(
    show: Show, story: AuditedSubject, name: str, *, is_final: bool, doubts: Iterable[str] = ()
) -> None:
    """Print whether it is proved, and the findings against it. `name`: the subject's name.

    `doubts`: against the request of an attempt in review.
    """
    head(show, "Does it hold up?")
    if story.findings:
        count = len(story.findings)
        show.say(
            f"NOT PROVED: {count} thing{'' if count == 1 else 's'} about it cannot be right.", "bold red"
        )
        for finding in story.findings:
            place = finding.path.rpartition(f"{name}/")[2] or "the record"
            show.say(f"- {finding.what} ({finding.code}, {place}, record {finding.commit[:12]})", indent=2)
            show.say(f"That is: {meaning(finding)}.", indent=4)
    elif is_final:
        signed = ", each signed by someone who was allowed to take it" if story.is_signed else ""
        show.say(
            f"Proved: all of this follows from the rules at the time, by {story.steps} steps of the record"
            f"{signed}.",
            style="bold green",
        )
    elif doubts:
        for doubt in doubts:
            show.say(f"Against the rules: {doubt}.", style="bold red")
    else:
        show.say("So far everything follows from the rules.", style="green")
    if story.elsewhere:
        things = "1 thing" if story.elsewhere == 1 else f"{story.elsewhere} things"
        show.say(f"Elsewhere in the record, {things} cannot be right.", style="yellow")


def head(show: Show, text: str) -> None:
    """A heading."""
    show.say()
    show.say(text, style="bold cyan")
