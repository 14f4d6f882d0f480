"""Which awards get a page, and that the page says what was decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.badges.keys import did_key, method_id
from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import Catalog, Definition
from mcred.domain.credential import Credential, Validity
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CredentialId, PersonId, Slug, SubmissionId, Version
from mcred.problems import Problem, errors
from mcred.website.badge_views import BadgeView
from mcred.website.badges import Badge, plan_badges
from tests.badges.issuing import KEY, a_badge, an_issuing, write
from tests.school import (
    ANA,
    BEN,
    BLOB,
    NOON,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_record,
    a_reissue,
    a_revocation,
    an_erasure,
)
from tests.website.town import ANAS_BADGE, EVIDENCE, build_pages, by_peers, paint, visible

OLD = BlobId("9" * 40)


def plan(catalog: Catalog) -> tuple[tuple[Badge, ...], tuple[Problem, ...]]:
    return plan_badges(catalog, EVIDENCE, paint)


def view_of(catalog: Catalog) -> BadgeView:
    (badge,), problems = plan(catalog)
    assert problems == ()
    assert isinstance(badge.page.data, BadgeView)
    return badge.page.data


def deciding(decision: Decision, **changes: Any) -> Catalog:
    return a_catalog((a_record(decisions=(decision,)),), **changes)


def test_the_levels_are_those_decided_with_what_they_mean() -> None:
    parts = view_of(deciding(by_peers())).parts
    assert [p.title for p in parts] == ["Overview questions", "Artifacts"]
    context, questions, waiting = (r for p in parts for r in p.rows)
    assert (context.criterion, context.level, context.text) == ("Context", "passing", "Names class and goal.")
    assert (context.carried, questions.carried, waiting.carried) == (True, False, False)
    assert (waiting.level, waiting.required, waiting.text, waiting.met) == ("basic", "basic", "1 s.", True)


def test_a_level_below_the_required_one_is_said() -> None:
    levels = tuple(
        replace(s, level=Slug("developing")) if s.criterion == "waiting" else s for s in a_decision().levels
    )
    rows = [r for p in view_of(deciding(a_decision(levels=levels))).parts for r in p.rows]
    assert [r.met for r in rows] == [True, True, False]


def test_assessors_are_counted_by_rule() -> None:
    peers, expert = view_of(deciding(by_peers())), view_of(deciding(a_decision()))
    assert (peers.rule, peers.assessors, expert.rule, expert.assessors) == ("peer", 3, "expert", 1)


def test_the_award_is_told_with_the_edition_it_was_decided_by() -> None:
    old = a_credential(version=Version("1.0.0"), title="Waiting")
    decision = a_decision(definition=DefinitionRef(version=Version("1.0.0"), blob=OLD))
    view = view_of(deciding(decision, editions={OLD: old, BLOB: a_credential()}))
    assert (view.credential.title, view.credential.version, view.current) == ("Waiting", "1.0.0", "1.2.0")
    assert view_of(deciding(a_decision())).current is None


@pytest.mark.parametrize(("status", "page"), [("draft", ""), ("retired", "credentials/wait-time/index.html")])
def test_the_page_leads_to_a_definition_that_has_one(status: Any, page: str) -> None:
    today = {WAIT: Definition(credential=a_credential(status=status), blob=BLOB)}
    assert view_of(deciding(a_decision(), definitions=today)).credential_page == page
    assert view_of(deciding(a_decision(), definitions={})).credential_page == ""


def test_the_document_is_published_byte_for_byte() -> None:
    document = b'{"strange":  "bytes\xff"}'
    (badge,), _ = plan(a_catalog((a_record(awards={1: document}),)))
    copy = badge.page.beside[0]
    assert (copy.path, copy.content) == ("badges/ana/wait-time/1/badge.json", document)


def test_a_page_does_not_vouch_for_the_key_of_its_own_badge() -> None:
    """Whoever forges a badge makes its page as well."""
    did = did_key(KEY.multibase)
    badge = a_badge(issuing=an_issuing(did=did, method=method_id(did, KEY), status=None))
    page = build_pages(a_catalog((a_record(awards={1: write(badge)}),)))[ANAS_BADGE].decode()
    assert "<code>mcred verify badge.json" in page and "the issuer in another way" in page
    assert KEY.multibase not in page


def test_dates_are_the_decisions() -> None:
    view = view_of(deciding(by_peers()))
    assert (view.awarded, view.until) == (date(2026, 12, 24), None)


def without(**changes: Any) -> Catalog:
    """A catalog whose one award lacks something."""
    return a_catalog((a_record(**changes),))


REFS = {
    "no request": without(requests={}),
    "no decision": without(decisions=()),
    "decision on another attempt": without(decisions=(a_decision(attempt=2),)),
    "revise": without(decisions=(a_decision(outcome="revise"),)),
    "another's decision": without(decisions=(a_decision(SubmissionId(BEN, WAIT)),)),
    "no basis": without(decisions=(a_decision(basis=()),)),
    "no edition": a_catalog((a_record(),), editions={}),
    "another version": a_catalog((a_record(),), editions={BLOB: a_credential(version=Version("9.0.0"))}),
    "another credential": a_catalog((a_record(),), editions={BLOB: a_credential(id=CredentialId("x"))}),
    "criterion unsettled": without(decisions=(a_decision(levels=a_decision().levels[:2]),)),
    "criterion unknown": without(
        decisions=(
            a_decision(levels=(*a_decision().levels, replace(a_decision().levels[0], criterion=Slug("x")))),
        )
    ),
    "level unknown": without(
        decisions=(a_decision(levels=tuple(replace(s, level=Slug("superb")) for s in a_decision().levels)),)
    ),
    "scale unknown": a_catalog((a_record(),), editions={BLOB: a_credential(scales={})}),
    "attempt zero": without(awards={0: b"{}"}, decisions=(a_decision(attempt=0),)),
}


@pytest.mark.parametrize("catalog", REFS.values(), ids=REFS.keys())
def test_a_record_that_lacks_something_is_left_out_with_a_problem(catalog: Catalog) -> None:
    badges, problems = plan(catalog)
    assert badges == ()
    assert problems and all("ana/wait-time" in p.what and p.hint for p in problems)


@pytest.mark.parametrize("catalog", REFS.values(), ids=REFS.keys())
def test_it_never_stops_the_others(catalog: Catalog) -> None:
    bens = a_record(SubmissionId(BEN, WAIT))
    mixed = replace(
        catalog,
        records={**catalog.records, bens.id: replace(bens, decisions=(_elsewhere(bens.id),))},
        editions={**catalog.editions, OLD: a_credential()},
    )
    badges, problems = plan(mixed)
    assert [b.submission.earner for b in badges] == [BEN]
    assert problems


def _elsewhere(submission: SubmissionId) -> Decision:
    return a_decision(submission, definition=DefinitionRef(version=Version("1.2.0"), blob=OLD))


def test_an_id_that_is_no_path_gets_no_page() -> None:
    bad = SubmissionId(PersonId("../x"), WAIT)
    catalog = a_catalog((a_record(bad),))
    people = {**catalog.people, PersonId("../x"): replace(catalog.people[ANA], id=PersonId("../x"))}
    badges, problems = plan(replace(catalog, people=people))
    assert badges == () and len(problems) == 1


def test_private_and_unknown_people_have_no_badge_and_no_problem() -> None:
    catalog = a_catalog((a_record(),))
    assert plan(visible(catalog, ANA, "private")) == ((), ())
    assert plan(replace(catalog, people={})) == ((), ())


def test_unlisted_people_have_a_badge_that_lists_do_not_name() -> None:
    (badge,), _ = plan(visible(a_catalog((a_record(),)), ANA, "unlisted"))
    assert not badge.public and not badge.page.listed


def test_each_of_two_awards_shows_what_is_published_of_its_own_attempt() -> None:
    both = a_record(decisions=(a_decision(), a_decision(attempt=2)), awards={1: b"one", 2: b"two"})
    badges, problems = plan(a_catalog((both,)))
    newer, older = (b.page.data for b in badges)
    assert isinstance(newer, BadgeView) and isinstance(older, BadgeView)
    assert (newer.attempt, newer.newer) == (2, "")
    assert (older.attempt, older.newer) == (1, "badges/ana/wait-time/2/index.html")
    assert [row.published for row in older.evidence] == [True, False]
    assert [row.published for row in newer.evidence] == [False, False] and problems == ()


def test_the_page_needs_no_work() -> None:
    (badge,), problems = plan(without(work=None))
    assert isinstance(badge.page.data, BadgeView) and problems == ()
    assert [(row.title, row.type) for row in badge.page.data.evidence] == [
        ("Day one", "lesson-plan"),
        ("", "video"),
    ]


def test_an_erased_piece_is_left_out_though_it_is_still_published() -> None:
    gone = EVIDENCE.pieces[(SubmissionId(ANA, WAIT), 1)][0].commitment
    (badge,), _ = plan(without(erasures=(an_erasure(pieces=(gone,)),)))
    assert isinstance(badge.page.data, BadgeView)
    assert [row.type for row in badge.page.data.evidence] == ["video"]
    assert not [copy for copy in badge.page.beside if "/evidence/" in copy.path]


def test_a_newest_award_that_lacks_something_leaves_the_record_out() -> None:
    record = a_record(awards={1: b"one", 2: b"two"})
    badges, problems = plan(a_catalog((record,)))
    assert badges == () and "attempt 2" in problems[0].what


def test_an_edition_without_words_for_a_level_still_counts() -> None:
    def wordless(credential: Credential) -> Credential:
        parts = tuple(
            replace(p, criteria=tuple(replace(c, levels={}) for c in p.criteria)) for p in credential.parts
        )
        return replace(credential, parts=parts)

    rows = view_of(deciding(a_decision(), editions={BLOB: wordless(a_credential())})).parts[0].rows
    assert rows[0].text == ""


# what became of an award


def views(catalog: Catalog) -> dict[str, tuple[Badge, BadgeView]]:
    """Every page with its badge, by the name of its folder."""
    badges, problems = plan(catalog)
    assert errors(problems) == ()
    found = {}
    for badge in badges:
        assert isinstance(badge.page.data, BadgeView)
        found[badge.page.path.split("/")[-2]] = (badge, badge.page.data)
    return found


YEARLY = {BLOB: a_credential(validity=Validity(months=12))}
RENEWED = (a_reissue(kind="renew", issued=NOON + timedelta(days=300)),)


def test_a_replaced_badge_keeps_its_page_and_leads_to_the_one_that_holds() -> None:
    record = a_record(awards={1: b"first"}, issued_again={(1, 2): b"second"}, reissues=RENEWED)
    found = views(a_catalog((record,), editions=YEARLY))
    (old_badge, old), (new_badge, new) = found["1"], found["1-2"]
    assert (old.state, old.newer, old_badge.newest) == ("superseded", new_badge.page.path, False)
    assert (new.state, new.newer, new_badge.newest) == ("holds", "", True)
    assert (old.until, new.until) == (date(2027, 11, 2), date(2028, 8, 29))
    assert (old.renewed, new.renewed) == (None, date(2027, 8, 29))
    assert old.awarded == new.awarded == NOON.date()
    assert [b.page.beside[0].content for b in (old_badge, new_badge)] == [b"first", b"second"]
    evidence = [c.path for c in old_badge.page.beside if "/evidence/" in c.path]
    assert (old.evidence, evidence) == ((), [])
    assert [c.path for c in new_badge.page.beside if "/evidence/" in c.path]
    assert [row.published for row in new.evidence] == [True, False]


def test_every_badge_of_a_revoked_attempt_is_revoked_and_no_list_names_it() -> None:
    record = a_record(
        issued_again={(1, 2): b"second"}, reissues=(a_reissue(),), revocations={1: a_revocation()}
    )
    for badge, view in views(a_catalog((record,))).values():
        assert (view.state, view.revoked, view.newer) == ("revoked", NOON.date(), "")
        assert not badge.newest and view.evidence == ()


def test_a_revocation_that_cannot_be_read_is_shown_without_its_day() -> None:
    ((badge, view),) = views(a_catalog((a_record(revocations={1: None}),))).values()
    assert (view.state, view.revoked, badge.newest) == ("revoked", None, False)


def test_after_a_revocation_another_award_is_the_one_that_holds() -> None:
    both = (a_decision(), a_decision(attempt=2))
    awards = {1: b"first", 2: b"second"}
    first = views(a_catalog((a_record(decisions=both, awards=awards, revocations={1: a_revocation()}),)))
    assert (first["1"][1].newer, first["2"][0].newest) == (first["2"][0].page.path, True)
    later = views(
        a_catalog((a_record(decisions=both, awards=awards, revocations={2: a_revocation(attempt=2)}),))
    )
    assert (later["2"][1].state, later["2"][1].newer) == ("revoked", later["1"][0].page.path)
    assert (later["1"][0].newest, later["1"][1].newer) == (True, "")
