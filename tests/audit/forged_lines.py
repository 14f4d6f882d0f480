"""Forged lines of history: rules, keys and rubrics changed in place, evil merges, squashes, lost awards."""

from __future__ import annotations

from datetime import UTC, date, datetime

from msgspec.structs import replace

from mcred.domain.assessment import DefinitionRef
from mcred.domain.award import Reissue
from mcred.domain.credential import Stack
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, Version
from mcred.domain.layout import (
    PROGRAMME,
    award_path,
    definition_path,
    profile_path,
    reissue_path,
    revocation_path,
    stack_award_path,
    stack_path,
    status_path,
)
from mcred.domain.people import Person, SigningKey, Word, fingerprint
from mcred.domain.programme import Programme
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.signatures import make_key
from tests.audit.forgeries import (
    FORGERIES,
    PLAN,
    RUBRIC,
    STRANGER,
    Where,
    found_as,
    policy,
    renew_key,
    revoke,
    rubric,
    scores,
)
from tests.audit.workshop import Redo, Workshop, submission
from tests.cli.town import WAIT
from tests.sealing import sealed

__all__ = ["FORGERIES"]

# Rules and rubrics ---------------------------------------------------------------------------------------


@found_as("not-allowed")
def a_teacher_makes_themselves_an_issuer(shop: Workshop) -> Where:
    roles = replace(shop.read(PROGRAMME, Programme).roles, issuers=(PersonId("rosa"), PersonId("dev")))
    return shop.rules("dev", roles=roles), PROGRAMME


@found_as("decision-not-issuers")
def who_made_themselves_an_issuer_awards(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    roles = replace(shop.read(PROGRAMME, Programme).roles, issuers=(PersonId("rosa"), PersonId("cleo")))
    redo.main = shop.rules("cleo", roles=roles)
    redo.issuer = "cleo"
    return redo.build(), redo.decision_file


@found_as("unknown-key")
def a_stranger_changes_the_rules(shop: Workshop) -> Where:
    return shop.edit(PROGRAMME, "peers: 2", "peers: 1", STRANGER), PROGRAMME


@found_as("not-signed")
def nobody_signs_a_change_of_the_rules(shop: Workshop) -> Where:
    return shop.edit(PROGRAMME, "peers: 2", "peers: 1", None), PROGRAMME


@found_as("rules-rolled-back")
def the_rules_of_an_earlier_day_come_back(shop: Workshop) -> Where:
    before = shop.show(PROGRAMME)
    shop.rules(assessment=policy(shop, peers=1))
    return shop.step({PROGRAMME: before}), PROGRAMME


@found_as("rules-unreadable")
def the_rules_hide_an_alias(shop: Workshop) -> Where:
    return shop.step({PROGRAMME: shop.show(PROGRAMME) + b"\nsite: &x {url: ''}\n"}), PROGRAMME


@found_as("programme-removed")
def the_rules_are_taken_away_and_founded_anew(shop: Workshop) -> Where:
    rules = shop.show(PROGRAMME)
    tree = shop.tree("", {"README.md": b"Nothing here.\n"})
    gone = shop.move(shop.commit(tree, [shop.tip], "Clean up\n", "dev"))
    profile = shop.show(profile_path(PersonId("dev")), shop.honest)
    roles = rules.replace(b"- rosa", b"- dev").replace(b"- mei", b"- dev")
    shop.step({PROGRAMME: roles, profile_path(PersonId("dev")): profile}, "dev")
    return gone, PROGRAMME


@found_as("no-maintainer")
def nobody_is_left_to_change_the_rules(shop: Workshop) -> Where:
    return shop.rules(roles=replace(shop.read(PROGRAMME, Programme).roles, maintainers=())), PROGRAMME


@found_as("issuer-key-lost")
def the_issuers_old_key_disappears(shop: Workshop) -> Where:
    issuer = shop.read(PROGRAMME, Programme).issuer
    return shop.rules(issuer=replace(issuer, keys=())), PROGRAMME


@found_as("issuer-key-lost")
def the_issuers_key_is_made_older_than_it_is(shop: Workshop) -> Where:
    issuer = shop.read(PROGRAMME, Programme).issuer
    keys = tuple(replace(k, since=date(2020, 1, 1)) for k in issuer.keys)
    return shop.rules(issuer=replace(issuer, keys=keys)), PROGRAMME


@found_as("definition-changed")
def a_rubric_in_use_is_edited_in_place(shop: Workshop) -> Where:
    return shop.step({RUBRIC: rubric(shop, competency="The teacher talks.")}), RUBRIC


@found_as("definition-changed")
def a_rubric_is_edited_in_place_while_work_is_judged(shop: Workshop) -> Where:
    redo = Redo(shop, "ben")
    shop.move(redo.main)
    edited = shop.step({RUBRIC: rubric(shop, competency="The teacher talks.")})
    redo.main = edited
    redo.build()
    return edited, RUBRIC


@found_as("definition-changed")
def two_awards_name_one_version_of_two_rubrics(shop: Workshop) -> Where:
    old = shop.blob(RUBRIC)
    redo = Redo(shop, "dev")
    edited = rubric(shop, competency="The teacher talks.")
    shop.move(redo.main)
    changed = shop.step({RUBRIC: edited})
    shop.step({RUBRIC: ("100644", old)})
    redo.main = shop.tip
    version = redo.asked.definition.version
    redo.request = {"definition": DefinitionRef(version=version, blob=shop.blob(RUBRIC, changed))}
    return redo.build(), redo.decision_file


@found_as("decision-definition")
def a_rubric_is_used_that_never_stood(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    easy = BlobId(shop.put(rubric(shop, version=Version("1.9.0"))))
    redo.request = {"definition": DefinitionRef(version=Version("1.9.0"), blob=easy)}
    return redo.build(), redo.decision_file


@found_as("decision-definition")
def a_rubric_is_used_that_came_later(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    redo.main = shop.step({RUBRIC: rubric(shop, version=Version("1.9.0"))})
    newer = DefinitionRef(version=Version("1.9.0"), blob=shop.blob(RUBRIC))
    redo.request = {"definition": newer}
    return redo.build(), redo.decision_file


@found_as("decision-definition")
def a_rubric_is_used_that_was_only_a_draft(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    shop.step({RUBRIC: rubric(shop, version=Version("1.3.0"), status="draft")})
    draft = DefinitionRef(version=Version("1.3.0"), blob=shop.blob(RUBRIC))
    now = shop.step({RUBRIC: rubric(shop, version=Version("1.4.0"), status="live")})
    redo.main = now
    redo.request = {"definition": draft, "main": now}
    return redo.build(), redo.decision_file


@found_as("definition-rolled-back")
def an_older_rubric_comes_back(shop: Workshop) -> Where:
    old = shop.blob(RUBRIC)
    shop.step({RUBRIC: rubric(shop, version=Version("2.0.0"))})
    return shop.step({RUBRIC: ("100644", old)}), RUBRIC


@found_as("definition-changed")
def a_rubric_in_use_is_taken_away(shop: Workshop) -> Where:
    return shop.step({RUBRIC: None}), RUBRIC


@found_as("not-allowed")
def a_teacher_edits_a_rubric(shop: Workshop) -> Where:
    return shop.step({RUBRIC: rubric(shop, version=Version("2.0.0"))}, "dev"), RUBRIC


# People and keys -----------------------------------------------------------------------------------------


@found_as("key-shared")
def a_second_account_has_the_key_of_the_first(shop: Workshop) -> Where:
    path = profile_path(PersonId("dev-two"))
    twin = replace(shop.read(profile_path(PersonId("dev")), Person), id=PersonId("dev-two"), name="D. Patel")
    return shop.step({path: encode(twin)}), path


@found_as("key-lost")
def an_old_key_disappears_from_a_profile(shop: Workshop) -> Where:
    renew_key(shop, "dev", new := make_key())
    keys = (SigningKey(public=new.public, since=date(2026, 3, 3)),)
    return shop.profile("dev", new, keys=keys), profile_path(PersonId("dev"))


@found_as("key-lost")
def a_retired_key_is_taken_into_use_again(shop: Workshop) -> Where:
    renew_key(shop, "dev", new := make_key())
    now = shop.read(profile_path(PersonId("dev")), Person)
    return (
        shop.profile("dev", new, keys=tuple(replace(k, retired=None) for k in now.keys)),
        profile_path(PersonId("dev")),
    )


@found_as("key-not-vouched")
def a_maintainer_alone_swaps_a_teachers_key(shop: Workshop) -> Where:
    made = renew_key(shop, "dev", STRANGER, "rosa")
    return made, profile_path(PersonId("dev"))


def _taken_over(shop: Workshop, word: str, confirmed: str, by: str = "mei") -> Where:
    """Rosa lists a stranger's key as Dev's; an issuer's commit has the profile and says something."""
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    path = profile_path(PersonId("dev"))
    now = shop.read(path, Person)
    key = SigningKey(public=STRANGER.public, since=date(2026, 3, 3))
    changed = encode(replace(now, keys=(*(replace(k, retired=date(2026, 3, 3)) for k in now.keys), key)))
    side = shop.commit(shop.tree(shop.tip, {path: changed}), [shop.tip], word, by)
    return shop.step({path: changed}, "rosa", text=confirmed, merged=[side]), path


def _word(person: str, public: str, kind: str = "vouch") -> str:
    return message("A word", kind, word=Word(person=PersonId(person), keys=(fingerprint(public),)))


@found_as("key-not-vouched")
def a_commit_that_happens_to_hold_the_profile_is_no_word(shop: Workshop) -> Where:
    return _taken_over(shop, message("Save a draft", "save"), _word("dev", STRANGER.public, "person"))


@found_as("key-not-vouched")
def a_word_for_another_key_is_none(shop: Workshop) -> Where:
    other = _word("dev", make_key().public)
    return _taken_over(shop, other, _word("dev", STRANGER.public, "person"))


@found_as("key-not-vouched")
def a_word_for_another_person_is_none(shop: Workshop) -> Where:
    return _taken_over(shop, _word("ana", STRANGER.public), _word("dev", STRANGER.public, "person"))


@found_as("key-not-vouched")
def a_maintainer_vouches_twice(shop: Workshop) -> Where:
    said = _word("dev", STRANGER.public)
    return _taken_over(shop, said, _word("dev", STRANGER.public, "person"), by="rosa")


@found_as("key-not-vouched")
def a_maintainer_confirms_without_a_word_of_their_own(shop: Workshop) -> Where:
    return _taken_over(shop, _word("dev", STRANGER.public), message("Confirm dev", "person"))


@found_as("key-not-vouched")
def somebody_is_confirmed_with_a_key_that_is_not_theirs(shop: Workshop) -> Where:
    path = profile_path(PersonId("eva"))
    asked = replace(
        shop.read(profile_path(PersonId("dev")), Person),
        id=PersonId("eva"),
        keys=(SigningKey(public=shop.key("eva").public, since=date(2026, 3, 3)),),
    )
    side = shop.commit(shop.tree(shop.tip, {path: encode(asked)}), [shop.tip], "Ask to join\n", STRANGER)
    return shop.step({path: encode(asked)}, merged=[side]), path


@found_as("not-allowed")
def a_colleague_edits_a_profile(shop: Workshop) -> Where:
    return shop.profile("ana", "ben", school="Elsewhere"), profile_path(PersonId("ana"))


@found_as("profile-removed")
def a_maintainer_makes_somebody_vanish(shop: Workshop) -> Where:
    path = profile_path(PersonId("ben"))
    return shop.step({path: None}), path


@found_as("mixed-step")
def a_confirmation_brings_another_profile_than_was_asked(shop: Workshop) -> Where:
    path = profile_path(PersonId("eva"))
    asked = replace(
        shop.read(profile_path(PersonId("dev")), Person),
        id=PersonId("eva"),
        keys=(SigningKey(public=shop.key("eva").public, since=date(2026, 3, 3)),),
    )
    side = shop.commit(shop.tree(shop.tip, {path: encode(asked)}), [shop.tip], "Ask to join\n", "eva")
    other = replace(asked, keys=(SigningKey(public=STRANGER.public, since=date(2026, 3, 3)),))
    return shop.step({path: encode(other)}, merged=[side]), path


# Merges and lines ----------------------------------------------------------------------------------------


def _first_lost(shop: Workshop, seen: CommitId) -> str:
    """The first of Dev's files on record; who assessed him differs from town to town."""
    there = (path.decode() for path in shop.files(seen))
    return min(path for path in there if path.startswith("portfolios/dev/wait-time/attempts/"))


def _code_branch(shop: Workshop, start: str) -> CommitId:
    tree = shop.tree(start, {"tools/script.py": b"print('hello')\n"})
    return shop.commit(tree, [start], "Add a script\n", None)


@found_as("mixed-step")
def a_merge_of_code_slips_an_award_in(shop: Workshop) -> Where:
    path = "portfolios/mei/wait-time/attempts/1/badge.json"
    side = _code_branch(shop, shop.parents(shop.tip)[0])
    award = shop.show("portfolios/dev/wait-time/attempts/1/badge.json")
    changes = {"tools/script.py": b"print('hello')\n", path: award}
    return shop.step(changes, "rosa", text="Merge branch 'tools'\n", merged=[side]), path


@found_as("mixed-step")
def a_merge_of_many_slips_a_rubric_in(shop: Workshop) -> Where:
    sides = [_code_branch(shop, commit) for commit in shop.main_line()[-4:-1]]
    changes = {"tools/script.py": b"print('hello')\n", RUBRIC: rubric(shop, version=Version("3.0.0"))}
    return shop.step(changes, "rosa", text="Merge branches\n", merged=sides), RUBRIC


@found_as("not-signed")
def an_unsigned_merge_of_code_slips_rules_in(shop: Workshop) -> Where:
    side = _code_branch(shop, shop.parents(shop.tip)[0])
    rules = shop.show(PROGRAMME).replace(b"peers: 2", b"peers: 1")
    return shop.step({PROGRAMME: rules}, None, text="Merge branch 'tools'\n", merged=[side]), PROGRAMME


@found_as("mixed-step")
def a_decision_brings_a_rubric_along(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {RUBRIC: rubric(shop, version=Version("3.0.0"))}
    return redo.build(), RUBRIC


@found_as("mixed-step")
def a_decision_brings_a_decision_on_somebody_else_along(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = "portfolios/mei/wait-time/attempts/1/decision.json"
    redo.more = {path: shop.show("portfolios/cleo/wait-time/attempts/1/decision.json")}
    return redo.build(), path


@found_as("mixed-step")
def a_decision_changes_an_older_portfolio(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    path = f"portfolios/cleo/wait-time/{PLAN}"
    redo.more = {path: b"# Other\n"}
    return redo.build(), path


@found_as("root-not-empty")
def the_whole_history_is_squashed_into_one(shop: Workshop) -> Where:
    made = shop.move(shop.commit(shop.tree(shop.tip, {}), [], "Found the programme\n", "rosa"))
    return made, "portfolios/ana/wait-time/attempts/2/badge.json"


@found_as("root-unsigned")
def the_founding_is_signed_by_somebody_else(shop: Workshop) -> Where:
    first = shop.main_line()[0]
    made = shop.move(shop.commit(shop.tree(first, {}), [], shop.text(first), STRANGER))
    return made, PROGRAMME


@found_as("line-lost")
def a_merge_takes_an_older_state_and_loses_an_award(shop: Workshop) -> Where:
    older = shop.parents(shop.tip)[0]
    side = _code_branch(shop, older)
    tree = shop.tree(side, {})
    return shop.move(shop.commit(tree, [side, shop.tip], "Merge main\n", "rosa")), ""


@found_as("line-lost")
def a_decision_hides_a_line_that_clones_saw(shop: Workshop) -> Where:
    # Who saw Dev's award sees the new line grow out of it, and the award is gone.
    seen = shop.tip
    redo = Redo(shop, "cleo")
    redo.main = Redo(shop, "dev").main
    shop.move(redo.main)
    tree = shop.tree(shop.tip, {})
    hidden = shop.commit(tree, [shop.tip, seen], "Save a draft\n\nMcred-Event: save\n", "cleo")
    path = profile_path(PersonId("tom"))
    profile = encode(replace(shop.read(path, Person), school="Elsewhere"))
    side = shop.commit(shop.tree(shop.tip, {path: profile}), [hidden], "Change my profile\n", "tom")
    return shop.step(
        {path: profile}, text="Confirm tom\n\nMcred-Event: person\n", merged=[side]
    ), _first_lost(shop, seen)


@found_as("line-lost")
def a_merge_of_code_hides_a_line_that_clones_saw(shop: Workshop) -> Where:
    seen, older = shop.tip, Redo(shop, "dev").main
    shop.move(older)
    hidden = shop.commit(shop.tree(older, {}), [older, seen], "Merge\n", None)
    side = _code_branch(shop, hidden)
    return shop.step(
        {"tools/script.py": b"print('hello')\n"}, None, text="Merge code\n", merged=[side]
    ), _first_lost(shop, seen)


@found_as("bad-file")
def a_portfolio_has_a_twin_in_capitals(shop: Workshop) -> Where:
    path = "portfolios/Ana/wait-time/attempts/1/badge.json"
    return shop.step({path: shop.show("portfolios/dev/wait-time/attempts/1/badge.json")}), path


@found_as("bad-file")
def a_folder_of_rubrics_is_another_repository(shop: Workshop) -> Where:
    return shop.step({"credentials/more": ("160000", shop.tip)}), "credentials/more"


@found_as("bad-file")
def a_rubric_is_a_link(shop: Workshop) -> Where:
    path = definition_path(CredentialId("linked"))
    return shop.step({path: ("120000", shop.put(b"../wait-time/credential.yaml"))}), path


@found_as("not-allowed")
def a_teacher_leaves_a_file_beside_the_portfolios(shop: Workshop) -> Where:
    return shop.step({"portfolios/README.md": b"Hi\n"}, "dev"), "portfolios/README.md"


@found_as("not-allowed")
def an_earner_works_in_somebody_elses_folder(shop: Workshop) -> Where:
    path = f"portfolios/mei/{WAIT}/submission.yaml"
    return shop.step({path: b"format: 2\n"}, "dev"), path


# What became of awards -----------------------------------------------------------------------------------


@found_as("record-changed")
def a_revocation_disappears(shop: Workshop) -> Where:
    revoke(shop, "cleo")
    path = revocation_path(submission("cleo"), 1)
    return shop.step({path: None}), path


@found_as("record-changed")
def a_decision_is_reworded(shop: Workshop) -> Where:
    path = "portfolios/ana/wait-time/attempts/1/decision.json"
    return shop.edit(path, '"rule": "expert"', '"rule": "peer"'), path


@found_as("record-changed")
def an_assessment_is_scored_again(shop: Workshop) -> Where:
    path = "portfolios/ana/wait-time/attempts/1/reviews/mei.json"
    raised = replace(Redo(shop, "ana", 1).opened_reviews[0], scores=scores())
    return shop.step({path: encode(sealed(raised))}, "mei"), path


@found_as("record-changed")
def an_award_disappears(shop: Workshop) -> Where:
    path = "portfolios/cleo/wait-time/attempts/1/badge.json"
    return shop.step({path: None}), path


@found_as("not-allowed")
def a_teacher_revokes_a_colleagues_award(shop: Workshop) -> Where:
    return revoke(shop, "cleo", "dev"), revocation_path(submission("cleo"), 1)


@found_as("revocation-wrong")
def a_revocation_is_signed_by_another_issuer_than_it_says(shop: Workshop) -> Where:
    return revoke(shop, "cleo", issuer=PersonId("mei")), revocation_path(submission("cleo"), 1)


@found_as("revocation-wrong")
def a_revocation_gives_no_reason(shop: Workshop) -> Where:
    return revoke(shop, "cleo", reason=" "), revocation_path(submission("cleo"), 1)


@found_as("revocation-wrong")
def an_award_is_revoked_that_there_never_was(shop: Workshop) -> Where:
    return revoke(shop, "mei"), revocation_path(submission("mei"), 1)


@found_as("revocation-wrong")
def an_award_is_revoked_again(shop: Workshop) -> Where:
    revoke(shop, "cleo")
    path = revocation_path(submission("cleo"), 1)
    shop.step({path: None})
    return revoke(shop, "cleo", reason="For another reason."), path


def _reissue(shop: Workshop, number: int = 2, **changes: object) -> Where:
    about, path = submission("cleo"), award_path(submission("cleo"), 1, number)
    given = Reissue(
        format=2,
        submission=about,
        attempt=1,
        number=number,
        kind="reissue",
        issuer=PersonId("rosa"),
        issued=datetime(2026, 3, 5, tzinfo=UTC),
        reason="Her name changed.",
        replaces="urn:uuid:1",
    )
    record = encode(replace(given, **changes))
    award = shop.show(award_path(about, 1))
    return shop.step({path: award, reissue_path(about, 1, number): record}), path


@found_as("reissue-wrong")
def a_badge_is_issued_again_in_the_place_of_another(shop: Workshop) -> Where:
    return _reissue(shop)


@found_as("reissue-wrong")
def a_badge_is_issued_again_with_a_number_left_out(shop: Workshop) -> Where:
    return _reissue(shop, 3)


@found_as("reissue-wrong")
def a_revoked_badge_is_issued_again(shop: Workshop) -> Where:
    revoke(shop, "cleo")
    return _reissue(shop)


@found_as("reissue-wrong")
def a_badge_is_issued_again_without_a_word(shop: Workshop) -> Where:
    path = award_path(submission("cleo"), 1, 2)
    return shop.step({path: shop.show(award_path(submission("cleo"), 1))}), path


@found_as("reissue-without-badge")
def a_badge_is_said_to_be_issued_again_and_is_not(shop: Workshop) -> Where:
    _, badge = _reissue(shop)
    path = reissue_path(submission("dev"), 1, 2)
    record = shop.show(reissue_path(submission("cleo"), 1, 2)).replace(b"cleo/", b"dev/")
    assert badge != path
    return shop.step({path: record}), path


@found_as("stack-not-earned")
def a_stack_is_awarded_that_was_not_earned(shop: Workshop) -> Where:
    stack = Stack(
        format=2,
        id=StackId("two-skills"),
        version=Version("1.0.0"),
        title="Two Skills",
        credentials=(CredentialId(WAIT), CredentialId("exit-slip")),
    )
    shop.step({stack_path(stack.id): encode(stack)})
    path = stack_award_path(PersonId("dev"), stack.id, 1)
    return shop.step({path: b"{}\n"}), path


@found_as("status-list-wrong")
def a_status_list_is_no_list(shop: Workshop) -> Where:
    return shop.step({status_path(1): b"{}\n"}), status_path(1)
