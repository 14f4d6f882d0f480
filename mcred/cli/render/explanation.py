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
    ("assessment", "an assessment that the decision rests on does not count as it stands"),
    ("assessor", "somebody judged who was not allowed to"),
    ("override", "it departs from the levels without what the rules of that day ask for"),
    ("scores", "an assessor's levels do not fit the rubric"),
    ("request", "the work was not put before the people whom the rules ask"),
    ("submit", "what was judged is not shown to be the earner's own"),
    ("work", "what stands here is not what was judged"),
    ("decision", "the decision does not follow from what it rests on"),
    ("award", "the badge does not say what was decided, or nothing was decided"),
    ("record", "what was final was changed afterwards"),
    ("revocation", "the award was not taken back in the proper way"),
    ("reissue", "the badge was not issued again in the proper way"),
    ("stack", "the badge of a stack was not earned, or not given as it should be"),
    ("status", "the public list of revoked badges does not fit the record"),
    ("checkpoint", "the decision was not built on the record that it names"),
    ("mixed", "something came in under cover of something else"),
    ("bad-file", "a file is there that not every computer can take"),
    ("not-allowed", "somebody changed what is not theirs to change"),
    ("not-signed", "nobody stands behind this"),
    ("unknown-key", "nobody known stands behind this"),
    ("retired-key", "it is signed with a key that is out of use"),
)
"""What a finding means, by the beginning of its code."""
LISTED = 10
"""How many eligible assessors are named; the first of them were asked."""
OUTCOMES = {"award": "awarded it", "revise": "sent it back", "decline": "declined it"}
LATER = {"revoked": "Revoked", "renew": "Renewed", "reissue": "Issued again", "erased": "Work was erased"}


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
        show.say("What this was decided on cannot be read, so there is no more to tell.", style="bold red")
    else:
        show.say(f"Nothing is in review: it is {story.standing.word}, and nobody was asked to judge it.")


def _tell_sent(show: Show, story: Story, derivation: Derivation) -> None:
    request, case = derivation.case.request, derivation.case
    head(show, "What was sent")
    show.say(
        f"{story.submission.earner} sent it on {request.requested.date()}: {len(request.pieces)} pieces, "
        f"for version {request.definition.version} of the rubric (kept as {request.definition.blob[:12]}). "
        f"It is kept as record {case.sent[:12]}."
    )
    for number, word in story.attempts.items():
        if number < story.attempt:
            show.say(f"Attempt {number} before it: {_word(word)}.")
    if request.carried:
        kept = ", ".join(request.carried)
        show.say(f"Its evidence did not change for {kept}: those levels were kept from before.")


def _word(outcome: str) -> str:
    return {"award": "awarded", "revise": "not yet earned", "decline": "declined"}.get(outcome, outcome)


def _say_more(show: Show, count: int, what: str) -> None:
    if count > 0:
        show.say(f"and {count} more{what}", indent=2)


def _tell_asking(show: Show, story: Story, derivation: Derivation, *, brief: bool) -> None:
    request, asking = derivation.case.request, derivation.asking
    head(show, "Who was asked, and why they")
    if asking is None:
        show.say(
            "It was made from a state that this programme never had, so no rule can be told.", "bold red"
        )
        show.say(f"It asks {', '.join(request.panel)}.")
        return
    show.say(_rule(asking))
    show.say(f"Could judge: {asking.count}. Could not: {len(asking.hindered)}.")
    if not brief:
        for hindrance in asking.hindered[:LISTED]:
            show.say(f"- not {hindrance.person}: {'; '.join(hindrance.reasons)}", indent=2)
        _say_more(show, len(asking.hindered) - LISTED, " (--json names all)")
        shown = asking.candidates[: max(LISTED, len(request.panel))]
        words = {**dict.fromkeys(request.at_limit, "at the limit"), **dict.fromkeys(request.asked, "asked")}
        show.table(
            ("could judge", "open reviews then", ""),
            [(c.person, str(c.open), words.get(c.person, "")) for c in shown],
        )
        _say_more(show, asking.count - len(shown), ", who come after them")
    show.say(f"Asked: {', '.join(request.asked) or 'nobody'}.", style="bold")
    if full := [p for p in request.panel if p in request.at_limit]:
        show.say(f"Drawn and not asked, having as many open reviews as allowed: {', '.join(full)}.")
    for line in _places(derivation):
        show.say(line)
    if asking.due != request.panel:
        show.say(f"The rules of that day ask {', '.join(asking.due) or 'nobody'} instead.", style="bold red")
    elif story.doubts or any(f.code.startswith("request-") for f in story.findings):
        show.say("How they were asked does not follow from the rules of that day.", style="bold red")
    else:
        if again := [p for p in request.asked if p in derivation.case.earlier]:
            show.say(f"Asked about an earlier attempt, and so first: {', '.join(again)}.")
        show.say(
            "These are the people whom the rules give: those with the fewest open reviews, by the numbers in "
            "the request, then by a number that anybody can compute again (from the programme's record "
            f"{request.main[:12]})."
        )


def _places(derivation: Derivation) -> Iterator[str]:
    """Print the changes of the panel after submission."""
    case = derivation.case
    yield from map(say_change, case.declined)
    yield from map(say_change, case.assigned)
    if case.declined or case.assigned:
        yield f"So in the end were asked: {', '.join(case.seats.panel) or 'nobody'}."


def _rule(asking: Asking) -> str:
    policy, count = asking.policy, asking.assessed_before
    before = f"{count} submission{'' if count == 1 else 's'} had been assessed by then"
    experts = "1 expert" if policy.experts == 1 else f"{policy.experts} experts"
    peers = (
        f"{policy.peers} teachers who earned it before" if policy.peers != 1 else "a teacher who earned it"
    )
    if asking.peers_free is not None:
        free = f"Only {asking.peers_free}" if asking.peers_free else "Nobody of them"
        return f"{before}, so {peers} were due. {free} could judge it: {experts} instead."
    if asking.rule == "expert":
        return f"{before}. The first {policy.expert_submissions} are judged by experts: {experts} for each."
    return f"{before}. After the first {policy.expert_submissions}, {peers} judge."


def _tell_levels(show: Show, derivation: Derivation, *, brief: bool) -> None:
    case = derivation.case
    head(show, "What they found")
    if not case.judgements:
        show.say("Nobody has answered yet.")
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
        show.say(f"Still to answer: {', '.join(derivation.missing)}, until {case.request.due}.")
    if derivation.matrix is not None:
        matrix = derivation.matrix
        met = sum(1 for row in matrix.rows if row.met)
        show.say(f"The middle level counts, the lower of two. {met} of {len(matrix.rows)} criteria are met.")
        show.say(f"That recommends: {matrix.recommended} ({'; '.join(matrix.reasons)}).")
        if matrix.escalated:
            show.say("Where they are two levels or more apart, the issuer settles it and says why.")


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
                f"{decision.issuer} set {title} to {line.level}; the assessors' levels come to "
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
        why = f": {said.reason}" if said.reason else "; what they wrote is sealed for the issuers."
        show.say(f"{said.issuer}, an issuer too, had proposed the same on {said.proposed.date()}{why}")
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
        return "That is what the levels recommend."
    else:
        said = f"The levels recommend {final.recommended}."
    return said if decision.outcome == final.recommended else f"{said} {decision.issuer} decided otherwise."


def _tell_later(show: Show, story: Story) -> None:
    if story.attempts.get(story.attempt) != "award":
        return
    head(show, "Since then")
    if not story.happened:
        show.say("Nothing: the award stands as it was given.")
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
    head(show, "Does it hold?")
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
        signed = ", each signed by somebody who might take it" if story.is_signed else ""
        show.say(
            f"Proved: all of this follows from the rules of its day, by {story.steps} steps of the record"
            f"{signed}.",
            style="bold green",
        )
    elif doubts:
        for doubt in doubts:
            show.say(f"Not by the rules: {doubt}.", style="bold red")
    else:
        show.say("So far everything follows from the rules.", style="green")
    if story.elsewhere:
        things = "1 thing" if story.elsewhere == 1 else f"{story.elsewhere} things"
        show.say(f"Elsewhere in the record {things} cannot be right.", style="yellow")


def head(show: Show, text: str) -> None:
    """A heading."""
    show.say()
    show.say(text, style="bold cyan")
