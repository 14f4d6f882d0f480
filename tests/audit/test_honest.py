"""Honest histories that are unusual: nothing is found, and every award is proved."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.badges.keys import make_issuer_key, publish_key
from mcred.domain.credential import Credential
from mcred.domain.ids import PersonId, Slug, Version
from mcred.domain.layout import PROGRAMME, disclosures_path, profile_path, shown_ref
from mcred.domain.people import Person, SealedText, SigningKey, Word, fingerprint
from mcred.domain.pieces import Disclosures, read_disclosure
from mcred.domain.programme import Programme
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.signatures import make_key
from mcred.store.write import Author, build_tree, commit_tree, move_refs, put_blob
from tests.audit.forged_erasures import erase, erase_sealed
from tests.audit.forgeries import (
    PLAN,
    RUBRIC,
    STRANGER,
    policy,
    renew_key,
    revoke,
    rubric,
    scores,
    seal_work,
    sign_twice,
)
from tests.audit.retold import Retelling
from tests.audit.workshop import File, Redo, Workshop, open_workshop
from tests.cli.town import ANSWER, OVERVIEW, TOLD, WAIT, Town
from tests.school import an_email

Story = Callable[[Workshop], object]
STORIES: list[Story] = []


def story(tell: Story) -> Story:
    """Put a story on the list."""
    STORIES.append(tell)
    return tell


def before_devs_award(shop: Workshop) -> Redo:
    """Dev's decision, not made yet; the line ends before it."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    return redo


def then_award(redo: Redo) -> None:
    """Dev's decision on whatever the line says by now."""
    redo.main = redo.shop.tip
    redo.build()


@story
def an_issuer_renews_their_key_with_the_old_one_and_decides(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    renew_key(shop, "rosa", new := make_key())
    redo.issuer = new
    then_award(redo)


@story
def a_badge_is_signed_with_both_proofs(shop: Workshop) -> None:
    sign_twice(shop)


@story
def everybody_renews_their_key_while_work_is_judged(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    for person in ("dev", *redo.panel):
        renew_key(shop, person, make_key())
    then_award(redo)


@story
def an_assessor_declares_a_conflict_and_loses_their_own_award_after_scoring(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.profile(redo.panel[0], redo.panel[0], conflicts=(PersonId("dev"),), school="Riverside Academy")
    revoke(shop, redo.panel[1])
    then_award(redo)


@story
def an_earner_gives_an_address_and_it_is_sealed_for_others_later(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.profile("dev", "dev", email=an_email("dev@school.example"))
    again = SealedText(base64.b64encode(b"age-encryption.org/v1\n-> X25519 " + bytes(300)).decode("ascii"))
    shop.profile("dev", "dev", email=replace(an_email("dev@school.example"), sealed=again))
    then_award(redo)


@story
def people_publish_and_take_back_what_they_like(shop: Workshop) -> None:
    then_award(before_devs_award(shop))
    tree = build_tree(shop.repo, None, {"index.html": put_blob(shop.repo, b"<script>")})
    author = Author(name="X", email="x@x", when=datetime(2026, 3, 2, tzinfo=UTC))
    state = commit_tree(shop.repo, tree, [], "Shown", author, STRANGER)
    move_refs(shop.repo, [(shown_ref(PersonId(name)), state, None) for name in ("dev", "nobody")])


@story
def two_others_vouch_for_a_lost_key(shop: Workshop) -> None:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    path = profile_path(PersonId("dev"))
    now = shop.read(path, Person)
    keys = (
        *(replace(k, retired=date(2026, 3, 3)) for k in now.keys),
        SigningKey(public=STRANGER.public, since=date(2026, 3, 3)),
    )
    changed = encode(replace(now, keys=keys))
    said = Word(person=PersonId("dev"), keys=(fingerprint(STRANGER.public),))
    text = message("I know Dev", "vouch", word=said)
    word = shop.commit(shop.tree(shop.tip, {path: changed}), [shop.tip], text, "mei")
    shop.step({path: changed}, "rosa", text=message("Confirm dev", "person", word=said), merged=[word])


@story
def a_programme_seals_work_from_one_day_on(shop: Workshop) -> None:
    seal_work(shop).build()


@story
def the_policy_changes_between_request_and_decision(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.rules(assessment=policy(shop, peers=3, expert_submissions=9))
    then_award(redo)


@story
def a_new_version_comes_while_work_is_judged_by_the_old(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.step({RUBRIC: rubric(shop, version=Version("2.0.0"), competency="The teacher waits longer.")})
    then_award(redo)


@story
def a_rubric_is_retired_while_work_is_judged_by_it(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.step({RUBRIC: rubric(shop, version=Version("1.2.1"), status="retired")})
    then_award(redo)


@story
def a_rubric_nobody_used_is_edited_in_place(shop: Workshop) -> None:
    path = "credentials/exit-slip/credential.yaml"
    slip = shop.read(path, Credential)
    shop.step({path: encode(replace(slip, competency="The teacher asks at the door."))})
    shop.step({path: None})


@story
def an_earners_school_is_renamed(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.profile("dev", "dev", school="Riverside & Hill Academy")
    shop.profile("ben", "rosa", school="Old Harbor")
    then_award(redo)


@story
def a_maintainer_leaves(shop: Workshop) -> None:
    roles = shop.read(PROGRAMME, Programme).roles
    both = (PersonId("rosa"), PersonId("mei"))
    shop.rules(roles=replace(roles, maintainers=both, issuers=both))
    redo = Redo(shop, "dev")
    shop.rules("mei", roles=replace(roles, maintainers=both[1:], issuers=both[1:]))
    shop.rules("mei", assessment=policy(shop, due_days=20))
    assert redo.old in shop.main_line()


@story
def an_expert_comes_and_goes(shop: Workshop) -> None:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, experts=(*roles.experts, PersonId("tom"))))
    shop.rules(roles=roles)


@story
def an_issuer_differs_with_a_reason(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    redo.decision = {"outcome": "revise", "reason": "The plan is a colleague's, by mistake."}
    then_award(redo)


@story
def a_wide_spread_is_settled_with_a_reason(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    redo.given = {redo.panel[0]: {"scores": scores(questions="developing")}}
    levels = tuple(
        replace(s, level=Slug("basic"), by_issuer=True, reason="Two are closed.")
        if s.criterion == "questions"
        else s
        for s in redo.was.levels
    )
    redo.decision = {
        "levels": levels,
        "recommended": "revise",
        "outcome": "award",
        "reason": "Both saw the same questions; the second lesson decides.",
    }
    then_award(redo)


@story
def code_comes_and_goes_between_the_steps(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    older = shop.main_line()[-4]
    shop.step({"tools/a.py": b"1\n"}, "rosa", text="Add a tool\n")
    side = shop.commit(shop.tree(older, {"tools/b.py": b"2\n"}), [older], "Add another\n", None)
    again = shop.commit(shop.tree(side, {"tools/b.py": b"3\n"}), [side], "Mend it\n", STRANGER)
    shop.step({"tools/b.py": b"3\n"}, "rosa", text="Merge branch 'b'\n", merged=[again])
    then_award(redo)
    shop.step({"tools/a.py": None}, "rosa", text="Remove a tool\n")


@story
def a_host_merges_what_maintainers_signed(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    older, page = shop.main_line()[-4], "templates/site/badge.html.j2"
    side = shop.commit(shop.tree(older, {"docs/b.md": b"2\n"}), [older], "Write\n", "rosa")
    again = shop.commit(shop.tree(side, {"docs/b.md": b"3\n", page: b"x\n"}), [side], "Again\n", "rosa")
    changes: dict[str, File] = {"docs/b.md": b"3\n", page: b"x\n"}
    shop.step(changes, STRANGER, text="Merge pull request #1\n", merged=[again])
    now = shop.commit(shop.tree(shop.tip, {page: None}), [shop.tip], "Take away\n", "rosa")
    # Nothing came to main meanwhile, so that the merge has what was asked for, to the letter.
    shop.step({page: None}, None, text="Merge pull request #2\n", merged=[now])
    then_award(redo)


@story
def who_has_no_role_merges_what_maintainers_signed(shop: Workshop) -> None:
    side = shop.commit(shop.tree(shop.tip, {"README.md": b"# Ours\n"}), [shop.tip], "Write\n", "rosa")
    shop.step({"docs/a.md": b"1\n"}, "rosa")
    shop.step({"README.md": b"# Ours\n"}, "dev", text="Merge branch 'write'\n", merged=[side])


@story
def an_issuer_changes_how_pages_look(shop: Workshop) -> None:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    shop.step({"templates/site/colours.css": b":root { --accent: #7a1f3d; }\n"}, "mei")
    shop.step({"templates/site/colours.css": None, "templates/site/base.html.j2": b"x\n"}, "mei")


@story
def a_maintainer_says_what_is_recognized(shop: Workshop) -> None:
    path, golden = "recognition/maple.yaml", "recognition/maple.examples.yaml"
    shop.step({path: b"format: 2\n", golden: b"format: 2\n"}, "rosa")
    side = shop.commit(
        shop.tree(shop.tip, {path: b"format: 2\nid: maple\n"}), [shop.tip], "Name it\n", "rosa"
    )
    shop.step({"docs/a.md": b"1\n"}, "rosa")
    shop.step({path: b"format: 2\nid: maple\n"}, "dev", text="Merge branch 'name'\n", merged=[side])
    shop.step({golden: None, "recognition/notes.md": b"Agreed in May.\n"}, "rosa")


@story
def a_maintainer_adds_and_removes_what_others_say(shop: Workshop) -> None:
    path = "endorsements/university.json"
    shop.step({path: b"{}\n"}, "rosa")
    side = shop.commit(shop.tree(shop.tip, {path: b"{ }\n"}), [shop.tip], "Again\n", "rosa")
    shop.step({"docs/a.md": b"1\n"}, "rosa")
    shop.step({path: b"{ }\n"}, "dev", text="Merge branch 'again'\n", merged=[side])
    shop.step({path: None, "endorsements/notes.md": b"Agreed in May.\n"}, "rosa")


@story
def who_was_an_issuer_has_withdrawn_what_the_program_signed(shop: Workshop) -> None:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    shop.step({f"credentials/status/withdrawn/{'5e' * 32}.json": b"{}\n"}, "mei")
    shop.rules(roles=roles)


@story
def a_maintainer_says_what_hosts_and_git_do(shop: Workshop) -> None:
    shop.step({".github/workflows/mcred.yml": b"on: push\n", ".gitattributes": b"* text=auto\n"}, "rosa")
    shop.step({"tools/a.sh": ("100755", shop.put(b"#!/bin/sh\n"))}, "rosa")
    shop.step({".gitattributes": None, "MANUAL.md": b"# Capitals\n"}, "rosa")


@story
def a_maintainer_settles_what_both_sides_changed(shop: Workshop) -> None:
    shop.step({"README.md": b"1\n"}, "rosa")
    side = shop.commit(shop.tree(shop.tip, {"README.md": b"2\n"}), [shop.tip], "Two\n", "mei")
    shop.step({"README.md": b"3\n"}, "rosa")
    shop.step({"README.md": b"2 and 3\n"}, "rosa", text="Merge branch 'two'\n", merged=[side])


@story
def a_code_branch_takes_the_main_line_in_before_it_is_merged(shop: Workshop) -> None:
    older = shop.main_line()[-3]
    side = shop.commit(shop.tree(older, {"tools/b.py": b"2\n"}), [older], "Add a tool\n", None)
    now = shop.tree(shop.tip, {"tools/b.py": b"2\n"})
    joined = shop.commit(now, [side, shop.tip], "Merge main\n", None)
    shop.move(shop.commit(now, [shop.tip, joined], "Merge branch 'b'\n", "rosa"))


@story
def a_merge_of_code_is_done_the_wrong_way_round(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    older = shop.main_line()[-3]
    side = shop.commit(shop.tree(older, {"tools/b.py": b"2\n"}), [older], "Add a tool\n", None)
    now = shop.tree(shop.tip, {"tools/b.py": b"2\n"})
    shop.move(shop.commit(now, [side, shop.tip], "Merge branch 'main'\n", "rosa"))
    then_award(redo)


@story
def an_unrelated_history_is_merged_with_many_parents(shop: Workshop) -> None:
    files = {"docs/guide.md": b"# Guide\n"}
    guide = shop.commit(shop.tree("", files), [], "Write a guide\n", None)
    other = shop.commit(shop.tree("", {"LICENSE": b"Free.\n"}), [], "License\n", None)
    shop.step({**files, "LICENSE": b"Free.\n"}, "rosa", text="Merge many\n", merged=[guide, other])


@story
def an_issuer_merges_a_branch_with_a_new_version(shop: Workshop) -> None:
    drafts = [rubric(shop, version=Version("2.0.0"), competency=text) for text in ("One.", "Two.")]
    side = shop.tip
    for draft in drafts:
        side = shop.commit(shop.tree(side, {RUBRIC: draft}), [side], "Write version 2\n", "rosa")
    shop.step({RUBRIC: drafts[1]}, "rosa", text="Merge branch 'version-2'\n", merged=[side])


@story
def steps_that_change_nothing_say_that_they_decide(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    for text in ("Award\n\nMcred-Event: decide\n", "Twice\n\nMcred-Event: decide\nMcred-Event: save\n"):
        shop.step({}, None, text=text)
    then_award(redo)


@pytest.mark.parametrize(
    "author",
    [
        "李 小龍 <x@example.org> 1772445600 +1345",
        " <> 0 -0000",
        "Rosa <rosa@example.org> 99999999999 +9999",
        "nobody at all",
        'A "B" O’Brien, Jr. <a b> 1772445600 +0000',
    ],
)
def test_the_text_of_an_author_means_nothing(shop: Workshop, author: str) -> None:
    redo = Redo(shop, "dev")
    redo.author = author
    redo.build()
    assert shop.audit().out["findings"] == []


@story
def people_have_names_of_every_script(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    shop.profile("dev", "dev", name="Девъ Патель · देव 🌱")
    then_award(redo)


@story
def evidence_has_odd_names_and_lies_deep(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    deep = "/".join(f"week {n}" for n in range(1, 13))
    redo.files = {
        "evidence/Übung 3 (final) – it’s done, really; 100%.md": b"a\n",
        "evidence/--help": b"b\n",
        "evidence/授業.md": b"c\n",
        f"evidence/{deep}/plan.md": b"d\n",
        "evidence/a": b"",
    }
    # What was sent is judged again.
    redo.given = {p: {"summary": "With all its files."} for p in redo.panel}
    then_award(redo)


@story
def a_text_has_comments_odd_spaces_and_a_deep_list(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    deep = "- " * 12 + "and so on"
    head = f"<!-- Mine. -->\n# Überblick\n\n{deep}\n\n##\u00a0your   Setting ##\n"
    text = f"{head}```\n## No\n```\n\n{ANSWER}\n#\nEnd\n"
    redo.files = {"1-overview.md": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()}
    redo.given = {p: {"summary": "With all its words."} for p in redo.panel}
    then_award(redo)
    said = [read_disclosure(d) for d in shop.read(disclosures_path(redo.about, 1), Disclosures).disclosures]
    assert [s.value["words"] for s in said if s and s.name == "answer"] == [13, len(TOLD.split())]


@story
def a_text_is_larger_than_is_read(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    redo.files = {"1-overview.md": OVERVIEW.encode() + b"and so on " * 30_000}
    redo.given = {p: {"summary": "Long."} for p in redo.panel}
    then_award(redo)


@story
def the_issuers_key_is_followed_by_another(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    issuer = shop.read(PROGRAMME, Programme).issuer
    new = make_issuer_key(b"n" * 32)
    keys = (
        *(replace(k, until=date(2026, 3, 2)) for k in issuer.keys),
        publish_key(new, date(2026, 3, 2)),
    )
    shop.rules(issuer=replace(issuer, keys=keys))
    redo.badge_key = new
    then_award(redo)


@story
def an_award_is_revoked(shop: Workshop) -> None:
    revoke(shop, "cleo")


@story
def an_evidence_file_is_the_same_for_two(shop: Workshop) -> None:
    redo = before_devs_award(shop)
    redo.files = {PLAN: shop.show(f"portfolios/cleo/{WAIT}/{PLAN}")}
    redo.given = {p: {"summary": "Planned together."} for p in redo.panel}
    then_award(redo)


@story
def an_earner_and_an_issuer_erase_pieces(shop: Workshop) -> None:
    erase(shop, "dev")
    erase(shop, "rosa", earner="cleo", item="class-video")


@story
def an_issuer_erases_a_piece_of_sealed_work(shop: Workshop) -> None:
    seal_work(shop).build()
    erase_sealed(shop, "rosa")


@story
def tags_notes_and_replaced_objects_lie_about(shop: Workshop) -> None:
    first = shop.main_line()[0]
    evil = shop.commit(shop.tree(shop.tip, {"x": b"y"}), [], "Replaced\n", None)
    (shop.repo.git_dir / "refs" / "tags").mkdir(exist_ok=True)
    (shop.repo.git_dir / "refs" / "tags" / "v1").write_text(f"{evil}\n")
    for place in ("notes/commits", f"replace/{shop.tip}", f"replace/{first}"):
        ref = shop.repo.git_dir / "refs" / place
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(f"{evil}\n")


@pytest.mark.parametrize("tell", STORIES, ids=lambda t: t.__name__.replace("_", " "))
def test_nothing_is_found(shop: Workshop, tell: Story) -> None:
    tell(shop)
    answer = shop.audit()
    assert answer.out["findings"] == [] and answer.code == 0
    assert all(a["proved"] for a in answer.out["awards"])
    assert len(answer.out["awards"]) >= 3


def test_a_piece_is_erased_between_two_attempts(shop: Workshop) -> None:
    """Its earner's own branch still has what opened it."""
    redo = Redo(shop, "ana", 2)
    assert "questions" not in redo.asked.carried
    shop.move(redo.main)
    redo.main = erase(shop, "ana", earner="ana")
    redo.request = {"main": redo.main}
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("ana/wait-time", 2) in answer.proved


def test_an_answer_laid_out_in_another_way_keeps_its_level(shop: Workshop) -> None:
    redo = Redo(shop, "ana", 2)
    assert "context" in redo.asked.carried
    redo.files = {"1-overview.md": f"## YOUR SETTING\n{ANSWER.replace(' ', '  ')}\n<!-- More. -->".encode()}
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("ana/wait-time", 2) in answer.proved


def test_there_are_enough() -> None:
    assert len(STORIES) >= 18


def test_a_programme_is_founded_inside_a_repository_of_code(first_chronicle: Town, tmp_path: Path) -> None:
    shop = open_workshop(first_chronicle, tmp_path / "founded.git")
    retelling = Retelling(shop, Redo(shop, "cleo").main)
    code = shop.commit(shop.tree("", {"setup.py": b"1\n", "credentials/x.txt": b"old\n"}), [], "Code\n", None)
    files: dict[str, File] = {
        "setup.py": b"2\n",
        "run": ("120000", shop.put(b"setup.py")),
        "Templates/page.txt": b"1\n",
    }
    more = shop.commit(shop.tree("", files), [code], "More code\n", None)
    place = retelling.places[0]
    shop.move(retelling.tell(place, place.data, sign=True, root=more))
    assert more in shop.main_line()
    answer = shop.audit()
    assert answer.out["findings"] == [] and answer.proved == {("ben/wait-time", 1), ("ana/wait-time", 2)}
    shop.objects.close()


@pytest.fixture
def town(first_chronicle: Town, tmp_path: Path) -> Town:
    """The chronicle's town, to go on with the real commands."""
    return first_chronicle.copy(tmp_path / "town")


@pytest.fixture
def _issuers_key(first_chronicle: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCRED_ISSUER_KEY", str(first_chronicle.place / "issuer.pem"))


@pytest.mark.usefixtures("_issuers_key")
def test_people_do_it_their_own_way_with_the_real_commands(town: Town) -> None:
    """An expert earns, after taking back and sending again; two are decided on while a third is in review."""
    town.run("mei", "sync")
    town.submit("mei")
    town.run("mei", "withdraw", WAIT)
    town.run("mei", "submit", WAIT, "--attest", "all", "--note", "Now.", "--yes")
    town.run("tom", "sync")
    town.submit("tom")
    (town.folder("tom") / "evidence" / "plan.md").write_text("# Lesson plan\n\nAnother one.\n", "utf-8")
    town.run("tom", "submit", WAIT, "--replace", "--attest", "all", "--note", "The right file.", "--yes")
    town.assess("tom")
    town.assess("mei")
    town.decide("tom")
    town.decide("mei")
    town.run("rosa", "sync")
    answer = town.run("rosa", "audit", "--json").json
    assert answer["findings"] == []
    assert {"mei/wait-time", "tom/wait-time"} < {a["submission"] for a in answer["awards"] if a["proved"]}
