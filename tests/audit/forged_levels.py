"""Forged levels: opened otherwise than they were sealed, left closed, or there for everyone too early.

`HONEST` holds their twins: the same, with what was committed to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.opening import open_decision
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision, Disclosed, Settled
from mcred.domain.disclosure import disclose, read_disclosure
from mcred.domain.ids import PersonId, Slug
from mcred.domain.sealed.review import disclose_settled
from mcred.store.git import open_repo
from tests.audit.forged_overrides import FORGERIES, overridden
from tests.audit.forgeries import RUBRIC, Where, found_as, policy, scores
from tests.audit.workshop import Redo, Workshop

__all__ = ["FORGERIES", "HONEST"]

SALT = "A" * 22


def opening(redo: Redo, edit: Callable[[tuple[Disclosed, ...]], Sequence[Disclosed]]) -> Redo:
    """A decision that opens something else than it would."""
    redo.written = lambda decision: replace(decision, opened=tuple(edit(decision.opened)))
    return redo


def relevel(text: str, level: str) -> str:
    """A disclosure of the same criterion with another level, salted as its forger likes."""
    found = read_disclosure(text)
    assert found is not None
    return disclose(SALT, found[0], {**found[1], "level": level})


# Reviews -------------------------------------------------------------------------------------------------


@found_as("assessment-not-sealed")
def an_assessor_shows_their_levels_before_the_decision(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.shown = {person: {"scores": scores()}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-not-sealed")
def an_assessor_shows_a_remark_before_the_decision(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.shown = {person: {"summary": "Splendid."}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-not-sealed")
def an_assessor_commits_to_one_level_twice(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    digests = tuple("BCDBFGH"[n] * 43 for n in range(7))
    redo.shown = {person: {"commitments": digests}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-not-sealed")
def an_assessor_seals_nothing(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.shown = {person: {"sealed": ""}}
    return redo.build(), redo.assessment_file(person)


@found_as("levels-other")
def an_assessor_hands_in_the_sealed_review_of_another(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    first, second = redo.panel
    path = redo.assessment_file(first)
    theirs = shop.read(path, type(redo.opened_reviews[0]), redo.was.basis[0].commit)
    copied = {name: getattr(theirs, name) for name in ("commitments", "sealed", "key")}
    redo.shown = {second: copied}
    redo.given = {second: {"summary": "As they say."}}
    mine = {"attempt": 1, "assessor": PersonId(second)}

    def open_theirs(opened: tuple[Disclosed, ...]) -> Sequence[Disclosed]:
        (of_first,) = (o for o in opened if o.assessor == first)
        return (of_first, replace(of_first, **mine))

    return opening(redo, open_theirs).build(), redo.decision_file


# What an award opens -------------------------------------------------------------------------------------


@found_as("levels-not-opened")
def an_award_opens_nothing(shop: Workshop) -> Where:
    redo = opening(Redo(shop, "dev"), lambda opened: ())
    return redo.build(), redo.decision_file


@found_as("levels-not-opened")
def an_award_leaves_one_level_closed(shop: Workshop) -> Where:
    redo = opening(
        Redo(shop, "dev"), lambda opened: (replace(opened[0], levels=opened[0].levels[1:]), *opened[1:])
    )
    return redo.build(), redo.decision_file


@found_as("levels-other")
def an_award_opens_another_level_than_was_sealed(shop: Workshop) -> Where:
    def raise_it(opened: tuple[Disclosed, ...]) -> Sequence[Disclosed]:
        (one,) = opened
        raised = [
            relevel(t, "proficient") if "questions" in str(read_disclosure(t)) else t for t in one.levels
        ]
        return (replace(one, levels=tuple(raised)),)

    redo = overridden(shop, override="reason")
    levels = tuple(
        replace(s, level=Slug("proficient")) if s.criterion == "questions" else s for s in redo.was.levels
    )
    redo.decision = {"outcome": "award", "recommended": "award", "levels": levels}
    return opening(redo, raise_it).build(), redo.decision_file


@found_as("levels-other")
def an_award_opens_one_level_twice(shop: Workshop) -> Where:
    redo = opening(
        Redo(shop, "dev"),
        lambda opened: (replace(opened[0], levels=(*opened[0].levels, opened[0].levels[0])), *opened[1:]),
    )
    return redo.build(), redo.decision_file


@found_as("levels-other")
def an_award_opens_what_is_no_disclosure(shop: Workshop) -> Where:
    redo = opening(Redo(shop, "dev"), lambda opened: (replace(opened[0], levels=("WyJ",)), *opened[1:]))
    return redo.build(), redo.decision_file


@found_as("levels-other")
def an_award_opens_a_review_on_which_it_does_not_rest(shop: Workshop) -> Where:
    redo = opening(Redo(shop, "dev"), lambda opened: (*opened, replace(opened[0], assessor=PersonId("tom"))))
    return redo.build(), redo.decision_file


@found_as("levels-other")
def a_remark_is_opened_as_if_it_were_a_level(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    text = disclose(SALT, "remark", {"assessor": redo.panel[0], "criterion": "context", "feedback": "So."})
    opening(redo, lambda opened: (replace(opened[0], levels=(text,)), *opened[1:]))
    return redo.build(), redo.decision_file


# What others than the earner, the panel and the issuers read ------------------------------------------------


@found_as("decision-not-sealed")
def a_decision_shows_its_feedback(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.written = lambda decision: replace(decision, feedback="Well waited.")
    return redo.build(), redo.decision_file


@found_as("decision-not-sealed")
def a_decision_to_revise_shows_its_levels(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    redo.written = lambda decision: replace(decision, levels=redo.was.levels, recommended="revise")
    return redo.build(), redo.decision_file


@found_as("decision-not-sealed")
def a_decision_to_revise_opens_its_reviews(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    shown = Disclosed(attempt=1, assessor=PersonId("mei"), levels=())
    redo.written = lambda decision: replace(decision, opened=(shown,))
    return redo.build(), redo.decision_file


@found_as("decision-not-sealed")
def a_decision_to_revise_commits_to_no_levels(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    redo.written = lambda decision: replace(decision, commitments=())
    return redo.build(), redo.decision_file


@found_as("decision-not-sealed")
def a_decision_seals_nothing_for_its_earner(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.written = lambda decision: replace(decision, sealed="")
    return redo.build(), redo.decision_file


@found_as("override-wrong")
def a_proposal_that_a_decision_follows_is_not_opened(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")

    def close(decision: Decision) -> Decision:
        assert decision.override is not None
        return replace(decision, override=replace(decision.override, opened=""))

    redo.written = close
    return redo.build(), redo.override_file


@found_as("decision-not-sealed")
def a_decision_to_decline_opens_what_another_issuer_proposed(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.decision = {"outcome": "decline", "reason": "It is another school's video."}

    def show(decision: Decision) -> Decision:
        assert decision.override is not None
        return replace(decision, override=replace(decision.override, opened=redo.disclosed))

    redo.written = show
    return redo.build(), redo.decision_file


# Levels that are kept ------------------------------------------------------------------------------------


def sent_again(shop: Workshop, *levels: Settled) -> Redo:
    """Ana's second attempt on a first one that was sent back with these levels beside its own."""
    first = Redo(shop, "ana", 1)
    chosen = {s.criterion: s for s in levels}
    first.decision = {"levels": tuple(chosen.get(s.criterion, s) for s in first.was.levels)}
    main = first.build()
    again = Redo(shop, "ana", 2)
    again.main, again.request, again.sent_on = main, {"main": main}, (main,)
    # What was sent has the first attempt as it is on record now.
    before = f"{again.folder}/attempts/1/".encode()
    again.files = {
        name.decode().removeprefix(f"{again.folder}/"): file
        for name, file in shop.files(main).items()
        if name.startswith(before)
    }
    assert set(chosen) <= set(again.asked.carried)
    return again


def kept(shop: Workshop) -> Slug:
    """A criterion whose level Ana's second attempt keeps."""
    return Redo(shop, "ana", 2).asked.carried[0]


def lowered(shop: Workshop, **changes: Any) -> Settled:
    """Another level for it than Mei gave."""
    (was,) = (s for s in Redo(shop, "ana", 1).was.levels if s.criterion == kept(shop))
    rubric = shop.read(RUBRIC, Credential)
    (criterion,) = (c for c in rubric.criteria if c.id == was.criterion)
    return replace(was, level=rubric.scale_of(criterion)[-1], **changes)


@found_as("decision-levels")
def a_kept_level_is_not_the_one_that_its_reviews_gave(shop: Workshop) -> Where:
    redo = sent_again(shop, lowered(shop))
    redo.decision = {"outcome": "award", "reason": "So."}
    return redo.build(), redo.decision_file


@found_as("decision-levels")
def a_kept_level_was_set_by_an_issuer_who_gave_no_reason(shop: Workshop) -> Where:
    redo = sent_again(shop, lowered(shop, by_issuer=True))
    redo.decision = {"outcome": "award", "reason": "So."}
    return redo.build(), redo.decision_file


@found_as("decision-levels")
def a_level_that_was_judged_passes_for_kept(shop: Workshop) -> Where:
    redo = sent_again(shop, lowered(shop, carried=True))
    redo.decision = {"outcome": "award", "reason": "So."}
    return redo.build(), redo.decision_file


@found_as("levels-not-opened")
def the_reviews_that_a_kept_level_comes_from_stay_closed(shop: Workshop) -> Where:
    redo = opening(
        Redo(shop, "ana", 2),
        lambda opened: [o for o in opened if o.attempt == 2 or o.assessor is None],
    )
    return redo.build(), redo.decision_file


@found_as("levels-other")
def a_kept_level_is_opened_as_another_one(shop: Workshop) -> Where:
    def change(opened: tuple[Disclosed, ...]) -> Sequence[Disclosed]:
        return [
            replace(o, levels=tuple(relevel(t, "basic") for t in o.levels)) if o.assessor is None else o
            for o in opened
        ]

    redo = opening(Redo(shop, "ana", 2), change)
    return redo.build(), redo.decision_file


@found_as("levels-other")
def an_award_opens_more_of_an_earlier_attempt_than_it_keeps(shop: Workshop) -> Where:
    first = Redo(shop, "ana", 1)
    keys = all_reading_keys(open_repo(shop.town.home("rosa")))
    content = open_decision(first.stored, keys).content
    whole = disclose_settled(content.salts, content.levels)
    redo = opening(
        Redo(shop, "ana", 2),
        lambda opened: [replace(o, levels=whole) if o.assessor is None else o for o in opened],
    )
    return redo.build(), redo.decision_file


@found_as("decision-reason")
def a_kept_level_stays_closed_and_no_reason_is_given_for_it(shop: Workshop) -> Where:
    redo = opening(Redo(shop, "ana", 2), lambda opened: [o for o in opened if o.attempt == 2])
    unkept = tuple(replace(s, carried=False, by_issuer=s.carried) for s in redo.was.levels)
    redo.decision = {"levels": unkept}
    return redo.build(), redo.decision_file


# Honest twins --------------------------------------------------------------------------------------------


def nothing_else_than_a_new_first_decision(shop: Workshop) -> Redo:
    return sent_again(shop)


def a_kept_level_that_an_issuer_set_with_a_reason(shop: Workshop) -> Redo:
    redo = sent_again(shop, lowered(shop, by_issuer=True, reason="Page two lacks it."))
    redo.main = shop.rules(assessment=policy(shop, override="reason"))
    redo.decision = {"outcome": "award", "reason": "The rest is strong."}
    return redo


def a_kept_level_that_stays_closed_and_is_the_issuers_with_a_reason(shop: Workshop) -> Redo:
    redo = opening(Redo(shop, "ana", 2), lambda opened: [o for o in opened if o.attempt == 2])
    unkept = tuple(
        replace(s, carried=False, by_issuer=True, reason="As I saw it.") if s.carried else s
        for s in redo.was.levels
    )
    redo.decision = {"levels": unkept}
    return redo


def a_decision_to_decline_with_another_issuer(shop: Workshop) -> Redo:
    redo = overridden(shop, proposer="ben")
    redo.decision = {"outcome": "decline", "reason": "It is another school's video."}
    return redo


HONEST: tuple[Callable[[Workshop], Redo], ...] = (
    nothing_else_than_a_new_first_decision,
    a_kept_level_that_an_issuer_set_with_a_reason,
    a_kept_level_that_stays_closed_and_is_the_issuers_with_a_reason,
    a_decision_to_decline_with_another_issuer,
)
