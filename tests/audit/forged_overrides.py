"""Forged decisions against the levels: by one issuer where two are due, or by a proposal of no use."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.domain.decision import Override, Settled
from mcred.domain.ids import CommitId, PersonId, Slug
from mcred.domain.layout import PROGRAMME, override_path
from mcred.domain.programme import Policy, Programme
from mcred.formats.encode import encode
from mcred.store.signatures import make_key
from tests.audit.forged_rights import FORGERIES, before_the_request
from tests.audit.forgeries import Where, found_as, renew_key
from tests.audit.workshop import Redo, Workshop, submission
from tests.sealing import sealed_proposal

__all__ = ["FORGERIES"]

LOWERED = Settled(
    criterion=Slug("questions"), level=Slug("basic"), by_issuer=True, reason="Page two lacks it."
)


def overridden(shop: Workshop, *issuers: str, override: str = "two-issuers", proposer: str = "") -> Redo:
    """Ana's first attempt, which Mei's levels send back, awarded by Rosa in a programme of these issuers."""
    redo = Redo(shop, "ana", 1)
    shop.move(redo.main)
    before = shop.read(PROGRAMME, Programme)
    roles = replace(before.roles, issuers=tuple(PersonId(p) for p in issuers or ("rosa", "ben")))
    redo.main = shop.rules(roles=roles, assessment=with_policy(before.assessment, override))
    redo.decision = {"outcome": "award", "reason": "The second lesson shows it."}
    redo.proposer = proposer
    return redo


def with_policy(policy: Policy, override: str) -> Policy:
    """The policy with another word for what the levels do not recommend."""
    return replace(policy, override=override)


@found_as("override-alone")
def one_issuer_awards_against_the_levels(shop: Workshop) -> Where:
    redo = overridden(shop)
    return redo.build(), redo.decision_file


@found_as("override-alone")
def one_issuer_declines_what_could_be_sent_again(shop: Workshop) -> Where:
    redo = overridden(shop)
    redo.decision = {"outcome": "decline", "reason": "It is another school's video."}
    return redo.build(), redo.decision_file


@found_as("override-alone")
def an_issuer_agrees_with_their_own_proposal(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="rosa")
    return redo.build(), redo.override_file


@found_as("override-alone")
def the_rules_are_loosened_after_an_award_against_the_levels(shop: Workshop) -> Where:
    redo = overridden(shop)
    made = redo.build()
    shop.rules(assessment=with_policy(shop.read(PROGRAMME, Programme).assessment, "reason"))
    return made, redo.decision_file


@found_as("decision-reason")
def one_reason_stands_for_a_level_and_for_an_award_against_it(shop: Workshop) -> Where:
    redo = overridden(shop, override="reason")
    levels = (LOWERED if s.criterion == LOWERED.criterion else s for s in redo.was.levels)
    redo.decision |= {"levels": tuple(replace(s, reason="") for s in levels)}
    return redo.build(), redo.decision_file


@found_as("override-never")
def two_issuers_award_what_the_rules_leave_to_the_levels(shop: Workshop) -> Where:
    redo = overridden(shop, override="never", proposer="ben")
    return redo.build(), redo.decision_file


@found_as("override-wrong")
def an_issuer_who_proposed_to_decline_is_said_to_agree(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"outcome": "decline"}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_is_taken_from_another_attempt(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"attempt": 2}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_is_taken_from_other_work(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"submission": submission("dev")}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_level_is_set_that_the_other_issuer_never_saw(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"levels": (LOWERED,)}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_is_about_an_older_draft(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.stands_on = {"proposed": shop.parents(redo.was.judged)[0]}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_brings_other_evidence(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.beside = {"proposed": {f"{redo.folder}/evidence/plan.md": b"# Mine\n"}}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_gives_no_reason(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"reason": " "}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_names_rules_that_never_were(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"main": CommitId("0" * 40)}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_names_rules_from_before_the_request(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.proposal = {"main": before_the_request(shop, redo)}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def an_issuer_proposes_with_a_key_that_ended_before(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    old = shop.key("ben")
    redo.main = renew_key(shop, "ben", make_key())
    redo.signed = {"proposed": old}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def an_issuer_proposes_whose_role_ended_before(shop: Workshop) -> Where:
    redo = overridden(shop, "rosa", "ben", "dev", proposer="ben")
    roles = shop.read(PROGRAMME, Programme).roles
    redo.main = shop.rules(roles=replace(roles, issuers=("rosa", "dev")))
    return redo.build(), redo.override_file


@found_as("override-wrong")
def somebody_who_is_no_issuer_agrees(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="dev")
    return redo.build(), redo.override_file


@found_as("override-wrong")
def an_earner_who_is_an_issuer_agrees_to_their_own_award(shop: Workshop) -> Where:
    redo = overridden(shop, "rosa", "ben", "ana", proposer="ana")
    return redo.build(), redo.override_file


@found_as("override-wrong")
def an_assessor_who_is_an_issuer_agrees_against_their_own_levels(shop: Workshop) -> Where:
    redo = overridden(shop, "rosa", "ben", "mei", proposer="mei")
    return redo.build(), redo.override_file


@found_as("override-wrong")
def an_issuer_signs_in_the_name_of_the_other(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.signed = {"proposed": "rosa"}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def nobody_signs_a_proposal_where_signatures_are_only_recorded(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.main = shop.rules(signatures="recorded")
    redo.signed = {"proposed": None}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_proposal_is_on_record_and_its_step_is_not(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.merged = lambda parents: parents[:-1]
    return redo.build(), redo.override_file


@found_as("override-wrong")
def the_reason_of_the_other_issuer_is_changed_on_its_way(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    said = Override(
        format=2,
        submission=redo.about,
        attempt=1,
        issuer=PersonId("ben"),
        judged=redo.judged,
        main=redo.main,
        proposed=redo.was.decided,
        outcome="award",
        reason="I was told to.",
    )
    redo.more = {redo.override_file: encode(sealed_proposal(said))}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_decision_hides_whose_proposal_it_follows(shop: Workshop) -> Where:
    redo = overridden(shop, proposer="ben")
    redo.decision |= {"override": None}
    return redo.build(), redo.override_file


@found_as("override-wrong")
def a_decision_by_the_levels_names_a_proposal(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    roles = replace(shop.read(PROGRAMME, Programme).roles, issuers=(PersonId("rosa"), PersonId("ben")))
    redo.main = shop.rules(roles=roles)
    redo.proposer = "ben"
    return redo.build(), redo.override_file


@found_as("not-allowed")
def a_proposal_comes_to_the_record_without_a_decision(shop: Workshop) -> Where:
    path = override_path(submission("dev"), 1)
    return shop.step({path: b"{}\n"}, "rosa"), path
