"""Forged changes of places: given back by others, too late or in secret, given by and to people who may not.

In the honest history Dev's work asks two of three peers; here someone among them did not want to judge, or
an issuer did not want them to.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import assignment_path
from mcred.domain.seats import Assignment
from mcred.formats.encode import encode
from tests.audit.forged_lines import FORGERIES
from tests.audit.forgeries import STRANGER, Where, found_as
from tests.audit.workshop import AUTHOR, Redo, Workshop
from tests.school import pool_of

__all__ = ["FORGERIES"]
PEERS = ("ana", "ben", "cleo")


def a_place_given_back(shop: Workshop) -> tuple[Redo, str]:
    """Dev's decision where the first who was asked gave the place back to the third; and who it was."""
    redo = Redo(shop, "dev")
    first, second = redo.asked.panel
    (third,) = {*PEERS} - {first, second}
    redo.keep_sent, redo.panel = True, (second, third)
    redo.gave_back = {first: {}}
    return redo, str(first)


def an_assignment(redo: Redo, **changes: Any) -> Assignment:
    """Rosa asks Mei in the place of the first who was asked."""
    said = Assignment(
        format=2,
        submission=redo.about,
        attempt=redo.attempt,
        number=1,
        judged=redo.was.judged,
        issuer=PersonId("rosa"),
        instead_of=redo.asked.panel[0],
        to=PersonId("mei"),
        assigned=redo.was.decided,
        because="On leave.",
    )
    return replace(said, **changes)


def a_place_assigned(
    shop: Workshop, by: str = "rosa", at: int = 1, **changes: Any
) -> tuple[Redo, Assignment, str, CommitId]:
    """Dev's decision after an assignment: what is left of it, the assignment, its path and its step."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    said = an_assignment(redo, **changes)
    path = assignment_path(redo.about, redo.attempt, at)
    text = "Ask\n\nMcred-Event: assign\n"
    redo.main = shop.step({path: encode(said)}, by, text=text, author=AUTHOR)
    redo.keep_sent, redo.panel = True, (redo.asked.panel[1], said.to)
    return redo, said, path, redo.main


# Given back ----------------------------------------------------------------------------------------------


@found_as("decline-foreign")
def an_earner_gives_back_the_place_of_somebody_who_is_strict(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.signed[f"{who} gave back"] = "dev"
    return redo.build(), redo.declined_file(who)


@found_as("decline-foreign")
def an_issuer_gives_back_somebodys_place(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.signed[f"{who} gave back"] = "rosa"
    return redo.build(), redo.declined_file(who)


@found_as("decline-foreign")
def a_stranger_gives_back_somebodys_place(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.signed[f"{who} gave back"] = STRANGER
    return redo.build(), redo.declined_file(who)


@found_as("assessment-missing")
def a_forged_way_out_leaves_the_place_whose_it_was(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.signed[f"{who} gave back"] = "dev"
    return redo.build(), redo.assessment_file(who)


@found_as("decline-scored")
def somebody_scores_low_and_gives_the_place_back_afterwards(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.stands_on[f"{who} gave back"] = next(b.commit for b in redo.was.basis if b.assessor == who)
    return redo.build(), redo.declined_file(who)


@found_as("decline-scored")
def scores_and_the_place_given_back_both_come_in(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.panel = (who, *redo.panel)
    return redo.build(), redo.declined_file(who)


@found_as("decline-stale")
def a_place_is_given_back_for_an_older_draft(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.stands_on[f"{who} gave back"] = shop.parents(redo.was.judged)[0]
    return redo.build(), redo.declined_file(who)


@found_as("decline-more")
def giving_back_a_place_changes_the_evidence_too(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.beside[f"{who} gave back"] = {f"{redo.folder}/evidence/plan.md": b"# Worse\n"}
    return redo.build(), redo.declined_file(who)


@found_as("decline-other")
def the_reason_is_put_into_other_words_on_its_way(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.build()
    said = shop.show(redo.declined_file(who)).replace(b"I coach them.", b"I was ill.")
    redo.more = {redo.declined_file(who): said}
    return redo.build(), redo.declined_file(who)


@found_as("decline-wrong")
def a_place_given_back_at_another_attempt_is_used(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.gave_back[who] = {"attempt": 2}
    return redo.build(), redo.declined_file(who)


@found_as("decline-wrong")
def somebody_gives_back_in_the_name_of_another(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.gave_back[who] = {"assessor": PersonId("mei")}
    return redo.build(), redo.declined_file(who)


@found_as("decline-missing")
def a_place_given_back_is_on_record_and_its_step_is_not(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.merged = lambda parents: parents[:-1]
    return redo.build(), redo.declined_file(who)


@found_as("decline-missing")
def a_file_says_that_a_place_was_given_back_and_the_decision_does_not(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.decision = {"declined": ()}
    return redo.build(), redo.declined_file(who)


@found_as("decline-not-asked")
def a_friend_gives_back_a_place_they_never_had(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.gave_back = {"mei": {}}
    return redo.build(), redo.declined_file("mei")


@found_as("assessment-not-asked")
def the_next_in_the_order_is_passed_over_for_a_friend(shop: Workshop) -> Where:
    redo, _ = a_place_given_back(shop)
    redo.panel = (redo.panel[0], "mei")
    return redo.build(), redo.assessment_file("mei")


@found_as("request-candidates")
def an_earner_puts_a_friend_next_in_the_order(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"candidates": tuple(reversed(redo.asked.candidates))}
    return redo.build(), redo.decision_file


@found_as("not-allowed")
def a_place_given_back_comes_in_without_a_decision(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.build()
    said = shop.show(redo.declined_file(who))
    shop.move(redo.main)
    return shop.step({redo.declined_file(who): said}, who), redo.declined_file(who)


@found_as("record-changed")
def a_place_given_back_is_taken_off_the_record(shop: Workshop) -> Where:
    redo, who = a_place_given_back(shop)
    redo.build()
    return shop.step({redo.declined_file(who): None}), redo.declined_file(who)


# Given by an issuer --------------------------------------------------------------------------------------


@found_as("not-allowed")
def an_assessor_asks_a_friend_in_their_place(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, by="ana")
    return step, path


@found_as("not-allowed")
def an_earner_chooses_who_judges_in_somebodys_place(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, by="dev")
    return step, path


@found_as("unknown-key")
def a_stranger_asks_under_the_issuers_name(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    path = assignment_path(redo.about, 1, 1)
    return shop.step({path: encode(an_assignment(redo))}, STRANGER), path


@found_as("assessment-not-asked")
def whoever_a_non_issuer_asked_judges(shop: Workshop) -> Where:
    redo, _, _, _ = a_place_assigned(shop, by="ana")
    return redo.build(), redo.assessment_file("mei")


@found_as("assign-not-eligible")
def an_issuer_asks_somebody_who_never_earned_it(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, to=PersonId("rosa"))
    return step, path


@found_as("assign-not-eligible")
def an_issuer_asks_the_earner(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, to=PersonId("dev"))
    return step, path


@found_as("assign-not-eligible")
def an_issuer_asks_somebody_nobody_confirmed(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, to=PersonId("eva"))
    return step, path


@found_as("assign-wrong")
def an_issuer_asks_in_the_name_of_another(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, issuer=PersonId("mei"))
    return step, path


@found_as("assign-wrong")
def an_issuer_gives_no_reason(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, because=" ")
    return step, path


@found_as("assign-wrong")
def an_assignment_leaves_a_number_out_to_put_one_before_it(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, at=2, number=2)
    return step, path


@found_as("assign-wrong")
def an_assignment_speaks_of_another_attempt(shop: Workshop) -> Where:
    _, _, path, step = a_place_assigned(shop, attempt=2)
    return step, path


@found_as("assign-wrong")
def somebody_is_kept_out_by_an_assignment_in_nobodys_place(shop: Workshop) -> Where:
    redo, _, _, _ = a_place_assigned(shop, instead_of=PersonId("tom"))
    redo.panel = redo.asked.panel
    return redo.build(), redo.decision_file


@found_as("assign-late")
def somebody_is_asked_after_the_decision(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = assignment_path(redo.about, 1, 1)
    return shop.step({path: encode(an_assignment(redo))}), path


@found_as("assessment-missing")
def an_issuer_asked_somebody_else_and_forgets_it(shop: Workshop) -> Where:
    redo, _, _, _ = a_place_assigned(shop)
    redo.panel = redo.asked.panel
    return redo.build(), redo.assessment_file("mei")


@found_as("record-changed")
def an_assignment_is_turned_to_somebody_else(shop: Workshop) -> Where:
    _, said, path, _ = a_place_assigned(shop)
    return shop.step({path: encode(replace(said, to=PersonId("tom")))}), path


# Who was at their limit of open reviews, and which state of main the choice rests on ------------------------


def busy(redo: Redo, *people: PersonId) -> dict[str, Any]:
    """The candidates of a request, with as many open reviews as allowed for some of them, as it says it."""
    loads = tuple(replace(c, open=4) if c.person in people else c for c in redo.asked.candidates)
    return {"candidates": loads, "pool": pool_of(loads)}


@found_as("request-limit")
def busy_assessors_are_asked_all_the_same(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    everybody = tuple(c.person for c in redo.asked.candidates)
    redo.request = busy(redo, *everybody)
    return redo.build(), redo.decision_file


@found_as("request-limit")
def an_earner_keeps_a_seat_vacant_that_somebody_could_take(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"at_limit": (redo.asked.panel[1],)}
    return redo.build(), redo.decision_file


@found_as("assessment-not-asked")
def an_assessor_at_their_limit_judges_without_an_issuers_word(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    everybody = tuple(c.person for c in redo.asked.candidates)
    redo.request = {**busy(redo, *everybody), "at_limit": everybody}
    return redo.build(), redo.assessment_file(redo.panel[0])


@found_as("request-main-old")
def an_earner_draws_from_an_older_state_than_their_work_builds_on(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    line = shop.main_line()
    redo.request = {"main": line[line.index(redo.asked.main) - 1]}
    redo.sent_on = (*shop.parents(redo.was.judged), redo.asked.main)
    return redo.build(), redo.decision_file
