"""Forged files that are no part of the record: page templates, what hosts run, what anyone may read."""

from __future__ import annotations

import unicodedata

from msgspec.structs import replace

from mcred.domain.ids import PersonId
from mcred.domain.layout import PROGRAMME, profile_path
from mcred.domain.programme import Programme
from tests.audit.forged_invitations import FORGERIES
from tests.audit.forgeries import STRANGER, Where, found_as, renew_key
from tests.audit.workshop import Redo, Workshop

__all__ = ["FORGERIES"]

PAGE = "templates/site/badge.html.j2"
ENDORSED = "endorsements/university.json"
RECOGNIZED = "recognition/maple.yaml"
SCRIPT = b"<script>alert(1)</script>\n"
CI = ".github/workflows/mcred.yml"


def own_look(shop: Workshop) -> bytes:
    """A page template of the programme's own, put there by its maintainer."""
    shop.step({PAGE: b"{% extends 'base.html.j2' %}\n"}, "rosa")
    return shop.show(PAGE)


@found_as("not-allowed")
def a_member_puts_a_script_into_a_page_template(shop: Workshop) -> Where:
    return shop.step({PAGE: SCRIPT}, "dev"), PAGE


@found_as("not-allowed")
def an_expert_changes_the_colors(shop: Workshop) -> Where:
    path = "templates/site/colours.css"
    return shop.step({path: b"body { display: none }\n"}, "mei"), path


@found_as("not-signed")
def nobody_signs_a_page_template(shop: Workshop) -> Where:
    own_look(shop)
    return shop.step({PAGE: SCRIPT}, None), PAGE


@found_as("unknown-key")
def a_stranger_changes_a_page_template(shop: Workshop) -> Where:
    return shop.step({PAGE: SCRIPT}, STRANGER), PAGE


@found_as("retired-key")
def an_old_key_changes_a_page_template(shop: Workshop) -> Where:
    old = shop.key("rosa")
    renew_key(shop, "rosa", STRANGER)
    return shop.step({PAGE: SCRIPT}, old), PAGE


@found_as("not-allowed")
def who_is_no_maintainer_any_more_changes_the_readme(shop: Workshop) -> Where:
    roles = shop.read(PROGRAMME, Programme).roles
    both = (PersonId("rosa"), PersonId("mei"))
    shop.rules(roles=replace(roles, maintainers=both))
    shop.rules(roles=replace(roles, maintainers=both[:1]))
    return shop.step({"README.md": b"# Ours\n"}, "mei"), "README.md"


@found_as("not-allowed")
def who_made_themselves_a_maintainer_changes_a_page_template(shop: Workshop) -> Where:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules("dev", roles=replace(roles, maintainers=(*roles.maintainers, PersonId("dev"))))
    return shop.step({PAGE: SCRIPT}, "dev"), PAGE


@found_as("not-allowed")
def a_member_takes_a_page_template_away(shop: Workshop) -> Where:
    own_look(shop)
    return shop.step({PAGE: None}, "dev"), PAGE


@found_as("not-allowed")
def a_member_renames_a_page_template(shop: Workshop) -> Where:
    look = own_look(shop)
    moved = "templates/site/portfolio.html.j2"
    return shop.step({PAGE: None, moved: look}, "dev"), moved


@found_as("not-allowed")
def a_member_says_what_the_host_runs(shop: Workshop) -> Where:
    return shop.step({CI: b"on: push\n"}, "dev"), CI


@found_as("not-allowed")
def an_issuer_says_what_the_host_runs(shop: Workshop) -> Where:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    return shop.step({".gitlab-ci.yml": b"a: {script: [id]}\n"}, "mei"), ".gitlab-ci.yml"


@found_as("not-allowed")
def a_member_makes_a_badge_worth_more(shop: Workshop) -> Where:
    shop.step({RECOGNIZED: b"format: 2\n"}, "rosa")
    return shop.step({RECOGNIZED: b"format: 2\nid: maple\n"}, "dev"), RECOGNIZED


@found_as("not-allowed")
def an_issuer_says_what_is_recognized(shop: Workshop) -> Where:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    path = "recognition/maple.examples.yaml"
    return shop.step({path: b"format: 2\n"}, "mei"), path


@found_as("mixed-step")
def a_decision_brings_what_it_is_worth_along(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {RECOGNIZED: b"format: 2\n"}
    return redo.build(), RECOGNIZED


@found_as("not-allowed")
def somebody_merges_a_policy_of_their_own(shop: Workshop) -> Where:
    side = shop.commit(shop.tree(shop.tip, {RECOGNIZED: b"x\n"}), [shop.tip], "More\n", "dev")
    return shop.step({RECOGNIZED: b"x\n"}, "dev", text="Merge branch 'more'\n", merged=[side]), RECOGNIZED


@found_as("bad-file")
def what_is_recognized_has_another_spelling(shop: Workshop) -> Where:
    path = "Recognition/maple.yaml"
    return shop.step({path: b"format: 2\n"}, "rosa"), path


@found_as("not-allowed")
def a_member_says_what_others_say_of_the_program(shop: Workshop) -> Where:
    return shop.step({ENDORSED: b"{}\n"}, "dev"), ENDORSED


@found_as("not-allowed")
def an_issuer_takes_away_what_others_say(shop: Workshop) -> Where:
    shop.step({ENDORSED: b"{}\n"}, "rosa")
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    return shop.step({ENDORSED: None}, "mei"), ENDORSED


@found_as("mixed-step")
def a_decision_brings_praise_along(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {ENDORSED: b"{}\n"}
    return redo.build(), ENDORSED


@found_as("bad-file")
def praise_has_another_spelling(shop: Workshop) -> Where:
    path = "Endorsements/university.json"
    return shop.step({path: b"{}\n"}, "rosa"), path


WITHDRAWN = f"credentials/status/withdrawn/{'5e' * 32}.json"


@found_as("not-allowed")
def a_member_withdraws_what_the_program_signed(shop: Workshop) -> Where:
    return shop.step({WITHDRAWN: b"{}\n"}, "dev"), WITHDRAWN


@found_as("not-allowed")
def who_is_no_issuer_any_more_withdraws_what_the_program_signed(shop: Workshop) -> Where:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    shop.rules(roles=roles)
    return shop.step({WITHDRAWN: b"{}\n"}, "mei"), WITHDRAWN


@found_as("record-changed")
def an_issuer_takes_a_withdrawal_back(shop: Workshop) -> Where:
    shop.step({WITHDRAWN: b"{}\n"}, "rosa")
    return shop.step({WITHDRAWN: None}, "rosa"), WITHDRAWN


@found_as("mixed-step")
def a_decision_brings_a_withdrawal_along(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {WITHDRAWN: b"{}\n"}
    return redo.build(), WITHDRAWN


@found_as("not-allowed")
def a_member_tells_git_how_to_treat_files(shop: Workshop) -> Where:
    return shop.step({".gitattributes": b"* filter=x\n"}, "dev"), ".gitattributes"


@found_as("not-allowed")
def a_member_names_other_repositories(shop: Workshop) -> Where:
    return shop.step({".gitmodules": b'[submodule "x"]\n'}, "dev"), ".gitmodules"


@found_as("not-allowed")
def a_member_takes_the_readme_away(shop: Workshop) -> Where:
    shop.step({"README.md": b"# Programme\n"}, "rosa")
    return shop.step({"README.md": None}, "dev"), "README.md"


@found_as("not-allowed")
def a_file_is_made_a_program(shop: Workshop) -> Where:
    shop.step({"tools/a.sh": b"#!/bin/sh\n"}, "rosa")
    made = ("100755", shop.blob("tools/a.sh"))
    return shop.step({"tools/a.sh": made}, "dev"), "tools/a.sh"


@found_as("bad-file")
def a_maintainer_links_out_of_the_programme(shop: Workshop) -> Where:
    return shop.step({"docs/secret": ("120000", shop.put(b"/etc/passwd"))}, "rosa"), "docs/secret"


@found_as("bad-file")
def another_repository_stands_at_the_top(shop: Workshop) -> Where:
    return shop.step({"more": ("160000", shop.tip)}, "rosa"), "more"


@found_as("bad-file")
def the_rules_have_a_twin_in_capitals(shop: Workshop) -> Where:
    return shop.step({"MCRED.yaml": shop.show(PROGRAMME)}, "rosa"), "MCRED.yaml"


@found_as("bad-file")
def the_templates_have_another_spelling(shop: Workshop) -> Where:
    path = "Templates/Site/badge.html.j2"
    return shop.step({path: SCRIPT}, "rosa"), path


@found_as("bad-file")
def the_definitions_have_another_spelling(shop: Workshop) -> Where:
    path = "credentialſ/new/credential.yaml"
    assert unicodedata.normalize("NFC", path) == path
    return shop.step({path: b"format: 2\n"}, "rosa"), path


@found_as("bad-file")
def a_definition_has_another_spelling(shop: Workshop) -> Where:
    path = "credentials/new/Credential.yaml"
    return shop.step({path: b"format: 2\n"}, "rosa"), path


@found_as("bad-file")
def two_files_are_one_in_unicode(shop: Workshop) -> Where:
    path = "docs/Übung.md"
    shop.step({path.casefold(): b"1\n"}, "rosa")
    return shop.step({path: b"2\n"}, "rosa"), path


@found_as("mixed-step")
def a_decision_brings_a_page_template_along(shop: Workshop) -> Where:
    redo = Redo(shop, "dev")
    redo.more = {PAGE: b"x\n"}
    return redo.build(), PAGE


@found_as("not-allowed")
def somebody_merges_a_template_of_their_own(shop: Workshop) -> Where:
    side = shop.commit(shop.tree(shop.tip, {PAGE: SCRIPT}), [shop.tip], "Nicer\n", "dev")
    return shop.step({PAGE: SCRIPT}, "dev", text="Merge branch 'nicer'\n", merged=[side]), PAGE


@found_as("not-signed")
def a_host_merges_what_nobody_signed(shop: Workshop) -> Where:
    older = shop.main_line()[-3]
    side = shop.commit(shop.tree(older, {PAGE: SCRIPT}), [older], "Nicer\n", None)
    return shop.step({PAGE: SCRIPT}, None, text="Merge branch 'nicer'\n", merged=[side]), PAGE


@found_as("not-signed")
def a_merge_has_what_no_side_of_it_had(shop: Workshop) -> Where:
    look = own_look(shop)
    side = shop.commit(shop.tree(shop.tip, {PAGE: look + b"\n"}), [shop.tip], "Space\n", "rosa")
    return shop.step({PAGE: SCRIPT}, None, text="Merge branch 'space'\n", merged=[side]), PAGE


@found_as("unknown-key")
def a_merge_brings_an_older_template_back(shop: Workshop) -> Where:
    own_look(shop)
    older = shop.tip
    shop.step({PAGE: b"{# newer #}\n"}, "rosa")
    return shop.step({PAGE: shop.show(PAGE, older)}, STRANGER, text="Merge\n", merged=[older]), PAGE


@found_as("not-signed")
def a_merge_takes_an_old_side_over_a_newer_template(shop: Workshop) -> Where:
    own_look(shop)
    old = b"{# tried #}\n"
    side = shop.commit(shop.tree(shop.tip, {PAGE: old}), [shop.tip], "Try\n", "rosa")
    shop.step({PAGE: b"{# newer #}\n"}, "rosa")
    return shop.step({PAGE: old}, None, text="Merge branch 'try'\n", merged=[side]), PAGE


@found_as("not-allowed")
def a_merge_of_old_and_new_hides_a_change_of_the_readme(shop: Workshop) -> Where:
    # Nothing of the record differs between the two sides, and the merge is signed by a member.
    side = shop.commit(shop.tree(shop.tip, {"README.md": b"# Mine\n"}), [shop.tip], "Mine\n", "dev")
    tree = shop.tree(side, {"docs/a.md": b"1\n"})
    shop.step({"docs/a.md": b"1\n"}, "rosa")
    shop.move(shop.commit(tree, [side, shop.tip], "Merge main\n", "dev"))
    return side, "README.md"


@found_as("not-allowed")
def a_member_changes_the_profile_and_the_readme_at_once(shop: Workshop) -> Where:
    path = profile_path(PersonId("dev"))
    profile = shop.show(path).replace(b"Riverside", b"Hillside")
    return shop.step({path: profile, "README.md": b"# Dev\n"}, "dev"), "README.md"


@found_as("root-unsigned")
def a_founding_with_templates_is_not_signed(shop: Workshop) -> Where:
    first = shop.main_line()[0]
    tree = shop.tree(first, {PAGE: SCRIPT})
    return shop.move(shop.commit(tree, [], shop.text(first), None)), PROGRAMME


@found_as("bad-file")
def a_founding_links_out_of_the_programme(shop: Workshop) -> Where:
    first = shop.main_line()[0]
    tree = shop.tree(first, {"docs/secret": ("120000", shop.put(b"/etc/passwd"))})
    return shop.move(shop.commit(tree, [], shop.text(first), "rosa")), "docs/secret"
