"""Forged decisions, each by someone who holds a real role and makes all the rest look right.

A forgery is a few lines that build it; it gives back the commit and the path where it must be found.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from mcred.badges.open_badge import write_document
from mcred.badges.proof_pair import sign_badge
from mcred.domain.assessment import DefinitionRef, Score
from mcred.domain.credential import Credential
from mcred.domain.disclosure import commitment_of
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, Version
from mcred.domain.layout import (
    PROGRAMME,
    decision_path,
    definition_path,
    disclosures_path,
    profile_path,
    request_path,
)
from mcred.domain.people import Person, SealedText, SigningKey
from mcred.domain.pieces import (
    Disclosures,
    PieceContent,
    digest_of,
    disclose,
    read_disclosure,
)
from mcred.domain.programme import Policy, Programme
from mcred.domain.submission import Load
from mcred.formats.encode import dump, encode, to_plain
from mcred.store.signatures import KeyPair, make_key
from tests.audit.workshop import AUTHOR, Redo, Workshop, submission
from tests.cli.town import WAIT
from tests.school import an_email
from tests.sealing import sealed

Where = tuple[CommitId, str]
RUBRIC = definition_path(CredentialId(WAIT))
PLAN = "evidence/plan.md"
STRANGER = make_key()


class Forgery(Struct, frozen=True, kw_only=True):
    """What is forged, under which code it must be found, and how it is built."""

    code: str
    build: Callable[[Workshop], Where]

    @property
    def name(self) -> str:
        """The forgery as one reads it."""
        return self.build.__name__.replace("_", " ")


FORGERIES: list[Forgery] = []


def found_as(code: str) -> Callable[[Callable[[Workshop], Where]], Callable[[Workshop], Where]]:
    """Put a forgery on the list."""

    def keep(build: Callable[[Workshop], Where]) -> Callable[[Workshop], Where]:
        FORGERIES.append(Forgery(code=code, build=build))
        return build

    return keep


def scores(**levels: str) -> tuple[Score, ...]:
    """Every criterion at its best level, but for some."""
    given = {"context": "passing", "questions": "proficient", "waiting": "proficient", **levels}
    return tuple(Score(criterion=Slug(c), level=Slug(v), feedback="So.") for c, v in given.items())


# Who decided ---------------------------------------------------------------------------------------------


@found_as("award-without-decision")
def an_earner_puts_an_award_on_the_main_line(shop: Workshop) -> Where:
    path = "portfolios/eva/wait-time/attempts/1/badge.json"
    return shop.step({path: shop.show("portfolios/dev/wait-time/attempts/1/badge.json")}, "dev"), path


@found_as("award-without-decision")
def an_issuer_awards_without_deciding(shop: Workshop) -> Where:
    path = "portfolios/mei/wait-time/attempts/1/badge.json"
    return shop.step({path: shop.show("portfolios/dev/wait-time/attempts/1/badge.json")}, "rosa"), path


@found_as("decision-not-issuers")
def an_assessor_decides(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.issuer = "ana"
    return redo.build(), redo.decision_file


@found_as("decision-own")
def an_earner_decides_and_writes_the_issuers_name_everywhere(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.issuer, redo.author = "dev", AUTHOR
    redo.decision = {"issuer": PersonId("rosa")}
    return redo.build(), redo.decision_file


@found_as("decision-own")
def an_issuer_awards_themselves(shop: Workshop) -> Where:
    rules = shop.read(PROGRAMME, Programme)
    roles = replace(rules.roles, issuers=("rosa", "dev"))
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    redo.main = shop.rules(roles=roles)
    redo.issuer = "dev"
    return redo.build(), redo.decision_file


@found_as("decision-issuer")
def an_issuer_decides_in_the_name_of_another(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"issuer": PersonId("mei")}
    return redo.build(), redo.decision_file


@found_as("unknown-key")
def a_stranger_decides_under_the_issuers_name(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.issuer, redo.author = STRANGER, AUTHOR
    return redo.build(), redo.decision_file


@found_as("not-signed")
def nobody_signs_a_decision(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.issuer = None
    return redo.build(), redo.decision_file


@found_as("not-signed")
def a_signature_is_taken_from_another_decision(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    true = shop.raw(redo.old)
    redo.issuer, redo.decision = None, {"feedback": "Wonderful."}
    head, _, body = shop.raw(redo.build()).partition(b"\n\n")
    signature = true[true.index(b"\ngpgsig ") : true.index(b"\n\n")]
    return shop.move(shop.put(head + signature + b"\n\n" + body, "commit")), redo.decision_file


@found_as("not-signed")
def a_decision_has_two_signatures(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    head, _, body = shop.raw(redo.build()).partition(b"\n\n")
    at = head.index(b"\ngpgsig ")
    other = shop.raw(shop.main_line()[-2])
    more = other[other.index(b"\ngpgsig ") : other.index(b"\n\n")]
    return shop.move(shop.put(head[:at] + more + head[at:] + b"\n\n" + body, "commit")), redo.decision_file


@found_as("retired-key")
def an_old_key_decides_after_it_was_retired(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    old = shop.key("rosa")
    shop.move(redo.main)
    redo.main = renew_key(shop, "rosa", make_key())
    redo.issuer = old
    redo.decision = {"issuer": PersonId("rosa")}
    return redo.build(), redo.decision_file


def renew_key(shop: Workshop, person: str, new: KeyPair, by: str | KeyPair | None = None) -> CommitId:
    """A person's key retired and a new one listed, signed by the person with the old one."""
    profile = shop.read(profile_path(PersonId(person)), Person)
    keys = (
        *(replace(k, retired=date(2026, 3, 3)) for k in profile.keys),
        SigningKey(public=new.public, since=date(2026, 3, 3)),
    )
    return shop.profile(person, by or person, keys=keys)


@found_as("decision-twice")
def an_attempt_is_decided_again(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.step({redo.decision_file: None}, "rosa")
    redo.main = shop.tip
    return redo.build(), redo.decision_file


@found_as("decision-final")
def what_was_declined_is_awarded_at_the_next_attempt(shop: Workshop) -> Where:
    first = Redo(shop, "ana", 1)
    first.decision = {"outcome": "decline", "reason": "It is another school's video."}
    declined = first.build()
    redo = Redo(shop, "ana", 2)
    redo.main = declined
    redo.request = {"main": declined, "carried": ()}
    redo.given = {"mei": {"scores": scores()}}
    return redo.build(), redo.decision_file


@found_as("decision-final")
def an_award_that_holds_is_given_again_at_the_next_attempt(shop: Workshop) -> Where:
    first = Redo(shop, "ana", 1)
    first.decision = {"outcome": "award", "reason": "The second lesson shows it."}
    awarded = first.build()
    redo = Redo(shop, "ana", 2)
    redo.main = awarded
    redo.request = {"main": awarded, "carried": ()}
    redo.given = {"mei": {"scores": scores()}}
    return redo.build(), redo.decision_file


@found_as("checkpoint-wrong")
def a_decision_hides_how_many_awards_there_were(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    checkpoint = redo.was.checkpoint
    assert checkpoint is not None
    redo.decision = {"checkpoint": replace(checkpoint, awards=checkpoint.awards - 1)}
    return redo.build(), redo.decision_file


@found_as("checkpoint-wrong")
def a_decision_leaves_its_checkpoint_out(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"checkpoint": None}
    return redo.build(), redo.decision_file


@found_as("decision-date")
def a_decision_is_dated_before_its_request(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"decided": redo.asked.requested - timedelta(hours=3)}
    return redo.build(), redo.decision_file


@found_as("decision-date")
def a_decision_is_dated_years_before_the_founding(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"decided": datetime(2019, 3, 2, 10, tzinfo=UTC)}
    return redo.build(), redo.decision_file


@found_as("decision-date")
def a_decision_is_dated_in_the_far_future(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"decided": datetime(2099, 3, 2, 10, tzinfo=UTC)}
    return redo.build(), redo.decision_file


# What was sent -------------------------------------------------------------------------------------------


@found_as("submit-not-earners")
def somebody_else_sent_the_work(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.earner = "mei"
    return redo.build(), redo.decision_file


@found_as("submit-not-earners")
def an_issuer_sends_the_work_of_somebody_never_confirmed(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.earner = None
    return redo.build(), redo.decision_file


@found_as("submit-missing")
def a_draft_that_was_never_sent_is_decided_on(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.sent_text = redo.sent_text.replace("Mcred-Event: submit", "Mcred-Event: save")
    return redo.build(), redo.decision_file


@found_as("submit-missing")
def another_attempt_is_decided_than_was_sent(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.sent_text = redo.sent_text.replace("Mcred-Attempt: 1", "Mcred-Attempt: 2")
    return redo.build(), redo.decision_file


@found_as("submit-missing")
def a_decision_is_squashed_into_one_step(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.merged = lambda parents: []
    return redo.build(), redo.decision_file


@found_as("work-changed")
def evidence_is_changed_after_it_was_sent(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = f"{redo.folder}/{PLAN}"
    redo.more = {path: b"# A better plan\n"}
    return redo.build(), path


@found_as("work-changed")
def evidence_is_left_out_of_the_record(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = f"{redo.folder}/{PLAN}"
    redo.more = {path: None}
    return redo.build(), path


@found_as("work-changed")
def evidence_is_put_in_that_nobody_sent(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = f"{redo.folder}/evidence/more.md"
    redo.more = {path: b"More.\n"}
    return redo.build(), path


@found_as("work-changed")
def a_file_lies_where_only_assessors_write(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = f"{redo.folder}/attempts/1/reviews/notes.txt"
    redo.more = {path: b"Pass.\n"}
    return redo.build(), path


@found_as("work-changed")
def an_earner_changes_evidence_after_the_award(shop: Workshop) -> Where:
    path = "portfolios/cleo/wait-time/evidence/plan.md"
    return shop.step({path: b"# Better\n"}, "cleo"), path


@found_as("not-allowed")
def an_issuer_changes_evidence_after_the_award(shop: Workshop) -> Where:
    path = "portfolios/cleo/wait-time/evidence/plan.md"
    return shop.step({path: b"# Worse\n"}, "rosa"), path


@found_as("assessment-stale")
def evidence_is_changed_after_the_assessment_and_sent_anew(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.files = {PLAN: b"# A better plan\n"}
    redo.stands_on = dict.fromkeys(redo.panel, redo.was.judged)
    redo.given = {p: {"judged": redo.was.judged} for p in redo.panel}
    return redo.build(), redo.assessment_file(redo.panel[0])


@found_as("request-pieces")
def a_request_commits_to_another_file_than_was_sent(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.files = {PLAN: b"# A better plan\n"}
    redo.request = {"pieces": redo.asked.pieces}
    return redo.build(), redo.decision_file


@found_as("request-pieces")
def a_changed_piece_keeps_its_commitment_and_so_its_level(shop: Workshop) -> Where:
    """Commitments alone would carry the level: what opens them is held against the work."""
    redo = Redo(shop, "ana", 2)
    redo.files = {"1-overview.md": shop.show(f"{redo.folder}/1-overview.md", redo.was.judged) + b"More.\n"}
    redo.request = {"pieces": redo.asked.pieces}
    redo.opened = shop.show(disclosures_path(redo.about, 2), redo.was.judged)
    return redo.build(), redo.decision_file


@found_as("request-pieces")
def an_answer_is_changed_and_the_list_tells_its_old_words(shop: Workshop) -> Where:
    """The file is told as it is: only the words of the answer show that its level must not be kept."""
    redo = Redo(shop, "ana", 2)
    assert "context" in redo.asked.carried
    where = "1-overview.md"
    changed = shop.show(f"{redo.folder}/{where}", redo.was.judged) + b"More.\n"
    value = {"file": where, **asdict(digest_of(changed))}
    new = disclose("A" * 22, PieceContent(name="file", value=value))
    was = shop.read(disclosures_path(redo.about, 2), Disclosures, redo.was.judged)
    said = [(d, read_disclosure(d)) for d in was.disclosures]
    opened = tuple(new if s and s.value.get("file") == where else d for d, s in said)
    pieces = zip(redo.asked.pieces, opened, strict=True)
    redo.files = {where: changed}
    redo.request = {"pieces": tuple(replace(p, commitment=commitment_of(d)) for p, d in pieces)}
    redo.opened = encode(replace(was, disclosures=opened))
    return redo.build(), redo.decision_file


@found_as("request-pieces")
def nothing_opens_what_a_request_commits_to(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.files = {PLAN: b"# A better plan\n"}
    redo.opened = b"{}\n"
    return redo.build(), redo.decision_file


@found_as("request-pieces")
def a_request_confirms_another_statement_than_the_list(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"attestations": (*redo.asked.attestations, "ai-use")}
    return redo.build(), redo.decision_file


@found_as("request-work")
def a_request_says_that_work_is_sealed_which_everybody_reads(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"work": redo.main}
    return redo.build(), redo.decision_file


def seal_work(shop: Workshop) -> Redo:
    """Dev's decision, in a programme that seals work from his request on."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    redo.main = shop.rules(work="sealed")
    # The draw rests on the state of main.
    drawn = sorted(
        redo.asked.candidates,
        key=lambda c: (c.open, sha256(f"{redo.main} {redo.about} {c.person}".encode()).hexdigest()),
    )
    redo.panel = tuple(c.person for c in drawn[: len(redo.panel)])
    redo.request = {"main": redo.main, "candidates": tuple(drawn)}
    redo.sealed = CommitId("9" * 40)
    return redo


@found_as("request-work")
def work_lies_open_in_a_programme_that_seals_it(shop: Workshop) -> Where:
    redo = seal_work(shop)
    redo.sealed = None
    return redo.build(), redo.decision_file


@found_as("request-work")
def sealed_work_is_not_named(shop: Workshop) -> Where:
    redo = seal_work(shop)
    redo.request |= {"work": None}
    return redo.build(), redo.decision_file


@found_as("request-work")
def a_file_of_sealed_work_lies_beside_its_request(shop: Workshop) -> Where:
    redo = seal_work(shop)
    redo.files = {PLAN: b"# A plan\n"}
    return redo.build(), redo.decision_file


@found_as("request-work")
def what_opens_the_pieces_of_sealed_work_lies_beside_its_request(shop: Workshop) -> Where:
    redo = seal_work(shop)
    opens = disclosures_path(redo.about, 1)
    redo.files = {opens.removeprefix(f"{redo.folder}/"): shop.show(opens, redo.was.judged)}
    return redo.build(), redo.decision_file


@found_as("record-changed")
def what_opens_the_pieces_is_taken_away_later(shop: Workshop) -> Where:
    path = disclosures_path(submission("dev"), 1)
    return shop.step({path: None}, "dev"), path


@found_as("bad-file")
def evidence_is_a_link_to_a_file_outside(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.files = {"evidence/secret.md": ("120000", shop.put(b"/etc/passwd"))}
    return redo.build(), f"{redo.folder}/evidence/secret.md"


@found_as("bad-file")
def evidence_is_another_repository(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.files = {"evidence/other": ("160000", redo.was.judged)}
    return redo.build(), f"{redo.folder}/evidence/other"


# What was asked ------------------------------------------------------------------------------------------


@found_as("request-panel")
def an_earner_chooses_their_own_assessors(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    unasked = next(p for p in ("ana", "ben", "cleo") if p not in redo.panel)
    redo.panel = (unasked, redo.panel[1])
    return redo.build(), redo.decision_file


@found_as("request-candidates")
def an_earner_leaves_out_who_could_be_asked(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"candidates": tuple(c for c in redo.asked.candidates if c.person in redo.panel)}
    return redo.build(), redo.decision_file


@found_as("request-panel")
def a_review_is_asked_of_nobody(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.panel = ()
    return redo.build(), redo.decision_file


@found_as("request-rule")
def peers_judge_before_their_time(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    redo.panel = ("ben",)
    redo.request = {"rule": "peer", "candidates": (Load(person=PersonId("ben"), open=0),)}
    redo.given = {"ben": {"scores": scores(questions="developing")}}
    return redo.build(), redo.decision_file


@found_as("request-rule")
def the_first_submissions_are_miscounted(shop: Workshop) -> Where:
    redo = Redo(shop, "cleo")
    redo.panel = ("mei",)
    loads = (Load(person=PersonId("mei"), open=0),)
    redo.request = {"rule": "expert", "assessed_before": 1, "candidates": loads}
    return redo.build(), redo.decision_file


@found_as("request-main-unknown")
def a_request_was_made_from_a_state_there_never_was(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    side = shop.commit(shop.tree(redo.main, {}), [redo.main], "Aside\n", "dev")
    redo.request = {"main": side}
    return redo.build(), redo.decision_file


@found_as("request-main-early")
def a_request_was_made_before_its_earner_was_confirmed(shop: Workshop) -> Where:
    redo = Redo(shop, "ben", 1)
    redo.request = {"main": shop.main_line()[1]}
    return redo.build(), redo.decision_file


@found_as("request-wrong")
def a_request_is_for_another_attempt(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"attempt": 2}
    return redo.build(), redo.decision_file


@found_as("request-unreadable")
def a_request_cannot_be_read(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    tree = shop.tree(redo.was.judged, {request_path(redo.about, redo.was.attempt): b"{\n"})
    made = shop.commit(tree, shop.parents(redo.was.judged), redo.sent_text, "dev")
    redo.judged = made
    redo._send = lambda: redo.asked  # type: ignore[method-assign]
    return redo.build(), redo.decision_file


@found_as("request-carried")
def levels_are_kept_although_the_evidence_changed(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 2)
    everything = (Slug("context"), Slug("questions"), Slug("waiting"))
    kept = tuple(c for c in everything if c in redo.asked.carried)
    assert Slug("questions") not in kept
    redo.request = {"carried": (*kept, Slug("questions"))}
    redo.given = {"mei": {"scores": ()}}
    redo.decision = {"outcome": "award", "reason": "It is good by now."}
    return redo.build(), redo.decision_file


# Who assessed --------------------------------------------------------------------------------------------


@found_as("assessment-foreign")
def an_earner_writes_an_assessors_scores(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.signed = {person: "dev"}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-foreign")
def an_issuer_writes_an_assessors_scores(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[1]
    redo.signed = {person: "rosa"}
    redo.given = {person: {"scores": scores()}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-foreign")
def nobody_signs_an_assessment(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.signed = {redo.panel[0]: None}
    return redo.build(), redo.assessment_file(redo.panel[0])


@found_as("assessment-foreign")
def a_key_that_was_retired_before_the_request_scores(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person, old = redo.panel[0], shop.key(redo.panel[0])
    shop.move(redo.main)
    redo.main = renew_key(shop, person, make_key())
    redo.request = {"main": redo.main}
    redo.signed = {person: old}
    return redo.build(), redo.assessment_file(person)


@found_as("submit-not-earners")
def a_key_that_was_retired_before_the_request_sends(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    old = shop.key("dev")
    shop.move(redo.main)
    redo.main = renew_key(shop, "dev", make_key())
    redo.request = {"main": redo.main}
    redo.earner = old
    return redo.build(), redo.decision_file


@found_as("assessment-own")
def an_earner_assesses_themselves(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.panel = ("dev", redo.panel[1])
    return redo.build(), redo.assessment_file("dev")


@found_as("assessor-not-eligible")
def somebody_assesses_who_never_earned_it(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.panel = ("tom", redo.panel[1])
    return redo.build(), redo.assessment_file("tom")


@found_as("assessor-not-eligible")
def somebody_assesses_whose_own_award_was_revoked(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    shop.move(redo.main)
    redo.main = revoke(shop, person)
    redo.request = {"main": redo.main}
    return redo.build(), redo.assessment_file(person)


@found_as("assessor-not-eligible")
def a_holder_of_a_forged_award_assesses(shop: Workshop) -> Where:
    forged = Redo(shop, "cleo")
    forged.signed = {forged.panel[0]: "cleo"}
    redo = Redo(shop, "dev")
    rest = tuple(p for p in redo.panel if p != "cleo")
    redo.panel = ("cleo", rest[0])
    forged.build()
    redo.main = shop.tip
    redo.request = {"main": shop.tip}
    return redo.build(), redo.assessment_file("cleo")


@found_as("assessor-not-eligible")
def an_assessor_with_a_declared_conflict_assesses(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    person = redo.panel[0]
    redo.main = shop.profile(person, person, conflicts=(PersonId("dev"),))
    redo.request = {"main": redo.main}
    return redo.build(), redo.assessment_file(person)


def revoke(shop: Workshop, person: str, by: str = "rosa", **changes: Any) -> CommitId:
    """An award revoked by an issuer."""
    from datetime import UTC, datetime

    from mcred.domain.award import Revocation
    from mcred.domain.layout import revocation_path

    about = submission(person)
    attempt = 2 if person == "ana" else 1
    given = Revocation(
        format=2,
        submission=about,
        attempt=attempt,
        issuer=PersonId(by),
        revoked=datetime(2026, 3, 4, tzinfo=UTC),
        reason="The video shows another class.",
    )
    made = encode(replace(given, **changes))
    return shop.step({revocation_path(about, attempt): made}, by, text="Revoke\n\nMcred-Event: revoke\n")


@found_as("assessment-missing")
def a_decision_rests_on_one_of_two_assessments(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    kept, left_out = redo.panel
    redo.request = {"panel": redo.asked.panel}
    redo.panel = (kept,)
    return redo.build(), redo.assessment_file(left_out)


@found_as("assessment-missing")
def an_assessment_is_on_record_and_its_step_is_not(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.merged = lambda parents: parents[:-1]
    return redo.build(), redo.assessment_file(redo.panel[-1])


@found_as("decision-basis")
def a_decision_rests_on_somebody_twice(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"basis": (*redo.was.basis, redo.was.basis[0])}
    return redo.build(), redo.decision_file


@found_as("assessment-not-asked")
def a_friend_adds_an_assessment(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"panel": redo.asked.panel}
    redo.panel = (*redo.asked.panel, "tom")
    return redo.build(), redo.assessment_file("tom")


@found_as("assessment-stale")
def an_assessment_stands_on_an_older_draft(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.stands_on = {person: shop.parents(redo.was.judged)[0]}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-stale")
def an_assessment_says_it_judged_another_state(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"judged": redo.main}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-more")
def an_assessor_changes_the_evidence_too(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.beside = {person: {f"{redo.folder}/{PLAN}": b"# Mine\n"}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-other")
def scores_are_raised_on_their_way_to_the_record(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    path = redo.assessment_file("mei")
    raised = replace(redo.opened_reviews[0], scores=scores())
    redo.more = {path: encode(sealed(raised))}
    return redo.build(), path


@found_as("assessment-wrong")
def an_assessment_of_somebody_elses_work_is_used(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"submission": submission("cleo")}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-definition")
def an_assessor_scored_by_another_rubric(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"definition": DefinitionRef(version=Version("9.0"), blob=BlobId("0" * 40))}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-not-sealed")
def a_criterion_is_scored_twice(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"scores": (*scores(), scores()[0])}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-not-sealed")
def a_criterion_is_not_scored(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    redo.given = {person: {"scores": scores()[1:]}}
    return redo.build(), redo.assessment_file(person)


@found_as("assessment-unreadable")
def an_assessment_hides_behind_an_alias(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    path = redo.assessment_file(person)
    hidden = b"format: &a 1\nscores: *a\n"
    made = shop.commit(shop.tree(redo.judged, {path: hidden}), [redo.judged], "Assess\n", person)
    before = next(b.commit for b in redo.was.basis if b.assessor == person)
    redo.more = {path: hidden}
    redo.merged = lambda parents: [made if p == before else p for p in parents]
    basis = (replace(b, commit=made) if b.assessor == person else b for b in redo.was.basis)
    redo.decision = {"basis": tuple(basis)}
    return redo.build(), path


# What was decided ----------------------------------------------------------------------------------------


@found_as("decision-reason")
def a_level_is_raised_without_a_word(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    levels = tuple(replace(s, level=Slug("proficient")) if s.criterion == "questions" else s
                   for s in redo.was.levels)  # fmt: skip
    redo.decision = {"levels": levels, "recommended": "award", "outcome": "award"}
    return redo.build(), redo.decision_file


@found_as("decision-levels")
def a_level_that_the_issuer_set_passes_for_the_assessors(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    levels = tuple(
        replace(s, level=Slug("proficient")) if s.criterion == "questions" else s for s in redo.was.levels
    )
    reason = "The second lesson shows it."
    redo.decision = {"levels": levels, "recommended": "award", "outcome": "award", "reason": reason}
    return redo.build(), redo.decision_file


@found_as("decision-levels")
def a_level_of_the_assessors_passes_for_the_issuers(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"levels": tuple(replace(s, by_issuer=True) for s in redo.was.levels)}
    return redo.build(), redo.decision_file


@found_as("decision-recommended")
def a_recommendation_is_made_up(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    redo.decision = {"recommended": "award", "outcome": "award"}
    return redo.build(), redo.decision_file


@found_as("decision-reason")
def an_award_against_the_levels_is_not_explained(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    redo.decision = {"outcome": "award", "reason": "  "}
    return redo.build(), redo.decision_file


@found_as("decision-reason")
def a_wide_spread_is_settled_without_a_word(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.given = {redo.panel[0]: {"scores": scores(questions="developing")}}
    levels = tuple(replace(s, level=Slug("proficient")) for s in redo.was.levels if s.criterion != "context")
    redo.decision = {"levels": (redo.was.levels[0], *levels), "outcome": "award", "recommended": "award"}
    return redo.build(), redo.decision_file


@found_as("decision-reason")
def an_award_that_was_not_asked_by_the_rules_is_not_explained(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.request = {"candidates": tuple(reversed(redo.asked.candidates))}
    assert not redo.was.reason
    return redo.build(), redo.decision_file


@found_as("decision-levels")
def a_level_is_given_that_the_rubric_has_not(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    first, *rest = redo.was.levels
    redo.decision = {"levels": (replace(first, level=Slug("superb")), *rest)}
    redo.make_badge = lambda *_: b"{}"  # type: ignore[method-assign]
    return redo.build(), redo.decision_file


@found_as("decision-levels")
def a_level_is_said_to_be_kept_and_was_not(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    first, *rest = redo.was.levels
    redo.decision = {"levels": (replace(first, carried=True), *rest)}
    return redo.build(), redo.decision_file


@found_as("decision-rule")
def a_decision_claims_experts_where_peers_judged(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"rule": "expert"}
    return redo.build(), redo.decision_file


@found_as("decision-definition")
def a_decision_names_another_rubric_than_was_asked(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"definition": replace(redo.asked.definition, version=Version("1.1.0"))}
    return redo.build(), redo.decision_file


@found_as("decision-unreadable")
def a_decision_cannot_be_read(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {redo.decision_file: b"{}\n"}
    return redo.build(), redo.decision_file


@found_as("decision-unreadable")
def a_decision_is_spelled_in_another_way(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {redo.decision_file: encode(redo.was).replace(b",\n", b", \n", 1)}
    return redo.build(), redo.decision_file


@found_as("decision-unreadable")
def a_decision_has_a_key_twice(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    said = b'  "outcome": "award",\n'
    redo.more = {redo.decision_file: encode(redo.was).replace(said, b'  "outcome": "revise",\n' + said)}
    return redo.build(), redo.decision_file


@found_as("decision-unreadable")
def a_decision_speaks_of_another_attempt(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.decision = {"attempt": 2}
    redo.more = {redo.award_file: shop.show(redo.award_file)}
    return redo.build(), redo.decision_file


# The badge -----------------------------------------------------------------------------------------------


def _rename(document: dict[str, Any]) -> None:
    document["name"] = "Principal of the Year"


def _relevel(document: dict[str, Any]) -> None:
    document["credentialSubject"]["result"].pop()


@found_as("award-other")
def a_signed_badge_has_another_name(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.badge = _rename
    return redo.build(), redo.award_file


@found_as("award-other")
def an_unsigned_badge_has_another_name(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 2)
    redo.badge = _rename
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_leaves_out_a_level(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.badge = _relevel
    return redo.build(), redo.award_file


def _credits(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["credentialSubject"]["achievement"]
    assert found["creditsAvailable"] == 1.5
    return found


@found_as("award-other")
def a_badge_says_more_credit_hours_than_its_definition(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.badge = lambda document: _credits(document).update(creditsAvailable=3)
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_leaves_out_its_credit_hours(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.badge = lambda document: _credits(document).pop("creditsAvailable")
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_shows_a_piece_itself(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")

    def show(document: dict[str, Any]) -> None:
        document["evidence"][1] |= {"id": "https://video.example.org/1", "name": "My lesson"}

    redo.badge = show
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_leaves_out_a_piece_that_was_judged(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.badge = lambda document: document["evidence"].pop(0)
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_names_a_page_for_a_piece(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")

    def lead_away(document: dict[str, Any]) -> None:
        piece = next(e for e in document["evidence"] if e["id"].startswith("urn:mcred:piece:"))
        piece["id"] = "https://elsewhere.example/badges/dev/"

    redo.badge = lead_away
    return redo.build(), redo.award_file


@found_as("award-other")
def an_unsigned_badge_of_old_wording_tells_another_story(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 2)
    redo.decision = {"badge": 0, "checkpoint": None}

    def tell(document: dict[str, Any]) -> None:
        document["credentialSubject"]["achievement"]["criteria"]["narrative"] = "Leads schools."

    redo.badge = tell
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_is_signed_with_a_key_of_ones_own(shop: Workshop) -> Where:
    from mcred.badges.keys import make_issuer_key

    redo = Redo(shop, "dev")
    redo.badge_key = make_issuer_key(b"m" * 32)
    return redo.build(), redo.award_file


def sign_twice(shop: Workshop, edit: Callable[[list[Any]], object] = lambda _: None) -> Where:
    """Dev's badge with both proofs, which are edited after it is signed."""
    redo = Redo(shop, "dev")
    redo.build()
    badge = json.loads(shop.show(redo.award_file))
    proof = badge.pop("proof")
    when = datetime.fromisoformat(proof["created"])
    signed = sign_badge(badge, shop.issuer_key(), proof["verificationMethod"], when)
    edit(signed["proof"])
    redo.more = {redo.award_file: write_document(signed)}
    return redo.build(), redo.award_file


@found_as("award-other")
def the_second_proof_of_a_badge_does_not_hold(shop: Workshop) -> Where:
    def bend(proofs: list[Any]) -> None:
        value = proofs[1]["proofValue"]
        proofs[1]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")

    return sign_twice(shop, bend)


@found_as("award-other")
def the_second_proof_of_a_badge_has_another_date(shop: Workshop) -> Where:
    return sign_twice(shop, lambda proofs: proofs[1].update(created="2026-11-02T12:00:00Z"))


@found_as("award-other")
def the_proofs_of_a_badge_have_changed_places(shop: Workshop) -> Where:
    return sign_twice(shop, list.reverse)


@found_as("award-other")
def a_badge_has_three_proofs(shop: Workshop) -> Where:
    return sign_twice(shop, lambda proofs: proofs.append(proofs[1]))


@found_as("award-other")
def a_badge_has_its_second_proof_alone(shop: Workshop) -> Where:
    return sign_twice(shop, lambda proofs: proofs.pop(0))


@found_as("award-other")
def a_badge_of_somebody_else_is_given(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {redo.award_file: shop.show("portfolios/cleo/wait-time/attempts/1/badge.json")}
    return redo.build(), redo.award_file


@found_as("award-other")
def a_badge_is_no_badge(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {redo.award_file: b"[" * 5000}
    return redo.build(), redo.award_file


@found_as("award-not-decided")
def a_badge_comes_with_a_decision_to_revise(shop: Workshop) -> Where:
    redo = Redo(shop, "ana", 1)
    redo.more = {redo.award_file: shop.show("portfolios/ben/wait-time/attempts/1/badge.json")}
    return redo.build(), redo.award_file


@found_as("award-missing")
def an_award_has_no_badge(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {redo.award_file: None}
    return redo.build(), redo.decision_file


def rubric(shop: Workshop, **changes: Any) -> bytes:
    """The definition with other values."""
    return encode(replace(shop.read(RUBRIC, Credential), **changes))


def policy(shop: Workshop, **changes: Any) -> Policy:
    """The programme's policy with other values."""
    return replace(shop.read(PROGRAMME, Programme).assessment, **changes)


def decision_place(earner: str, attempt: int = 1) -> str:
    """Where a decision lies."""
    return decision_path(submission(earner), attempt)


@found_as("decision-own-assessment")
def an_assessor_decides_although_another_issuer_could(shop: Workshop) -> Where:
    redo = _decided_by_mei(shop, "rosa", "mei")
    return redo.build(), redo.decision_file


@found_as("decision-unflagged")
def the_only_issuer_also_assessed_and_does_not_say_so(shop: Workshop) -> Where:
    redo = _decided_by_mei(shop, "mei")
    return redo.build(), redo.decision_file


def _decided_by_mei(shop: Workshop, *issuers: str) -> Redo:
    """Ana's first attempt, which Mei assessed, decided by Mei."""
    redo = Redo(shop, "ana", 1)
    shop.move(redo.main)
    roles = replace(shop.read(PROGRAMME, Programme).roles, issuers=tuple(PersonId(i) for i in issuers))
    redo.main = shop.rules(roles=roles)
    redo.issuer = "mei"
    return redo


@found_as("profile-unreadable")
def a_profile_hides_an_alias(shop: Workshop) -> Where:
    path = profile_path(PersonId("dev"))
    return shop.step({path: shop.show(path) + b"accounts: &x {}\n"}, "dev"), path


@found_as("profile-unreadable")
def a_profile_tells_everybody_an_address(shop: Workshop) -> Where:
    path = profile_path(PersonId("dev"))
    return shop.step({path: shop.show(path) + b"email: dev@school.example\n"}, "dev"), path


@found_as("profile-unreadable")
def a_profile_seals_an_address_with_nothing(shop: Workshop) -> Where:
    path = profile_path(PersonId("dev"))
    email = replace(an_email(), sealed=SealedText(base64.b64encode(b"dev@school.example" * 20).decode()))
    plain = dump({"email": to_plain(email)}).encode()
    return shop.step({path: shop.show(path) + plain}, "dev"), path


@found_as("award-other")
def a_badge_names_another_address_than_its_profile(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    redo.main = shop.profile("dev", "dev", email=an_email("dev@school.example"))

    def rename(document: dict[str, Any]) -> None:
        entry = document["credentialSubject"]["identifier"][0]
        assert entry["identityType"] == "emailAddress"
        entry["identityHash"] = an_email("mallory@school.example").hash

    redo.badge = rename
    return redo.build(), redo.award_file
