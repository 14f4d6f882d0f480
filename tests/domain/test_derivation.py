"""The story of an attempt as values: who was due and why, what the levels come to, what the issuer set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.decision import Settled
from mcred.domain.ids import CommitId, Slug
from mcred.domain.programme import Policy
from mcred.domain.rules.derivation import AttemptCase, Judgement, derive, explain_asking
from mcred.domain.rules.panel import choose_panel
from mcred.domain.submission import Load, ReviewRequest
from tests.school import (
    ANA,
    ANAS,
    BEN,
    CLEO,
    DEV,
    MEI,
    SENT,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_request,
    an_assessment,
)

RECORD = CommitId("f" * 40)


def a_case(request: ReviewRequest | None = None, *levels: dict[str, str], **changes: object) -> AttemptCase:
    request = request or a_request()
    given_levels = levels or ({},)
    judgements = tuple(
        Judgement(assessment=an_assessment(person, dict(found)), record=RECORD)
        for person, found in zip(request.panel, given_levels, strict=False)
    )
    case = AttemptCase(request=request, definition=a_credential(), sent=SENT, judgements=judgements)
    return replace(case, **changes)


def peers(*names: str) -> ReviewRequest:
    return a_request(
        rule="peer",
        panel=tuple(names),
        candidates=tuple(Load(person=n, open=0) for n in names),  # type: ignore[arg-type]
    )


class TestAsking:
    def test_experts_first(self) -> None:
        asking = explain_asking(a_case(), a_catalog())
        assert (asking.rule, asking.assessed_before, asking.needed) == ("expert", 0, 1)
        assert (asking.due, asking.hindered, asking.peers_free) == ((MEI,), (), None)
        assert asking.policy.expert_submissions == 50

    def test_peers_and_why_one_of_them_could_not(self) -> None:
        programme = a_programme(Policy(expert_submissions=0, peers=2))
        people = {p: a_person(p) for p in (ANA, BEN, CLEO, DEV, MEI)}
        people[DEV] = a_person("dev", school=people[ANA].school)
        catalog = a_catalog(programme=programme, people=people, holders={WAIT: frozenset({BEN, CLEO, DEV})})
        asking = explain_asking(a_case(peers("ben", "cleo")), catalog)
        assert asking.rule == "peer"
        assert {c.person for c in asking.candidates} == {BEN, CLEO}
        assert [(h.person, h.reasons) for h in asking.hindered] == [
            (DEV, ("dev and ana are at the same school",))
        ]

    def test_experts_instead_of_too_few_peers(self) -> None:
        programme = a_programme(Policy(expert_submissions=0, peers=3))
        catalog = a_catalog(programme=programme, holders={WAIT: frozenset({BEN, CLEO, ANA})})
        asking = explain_asking(a_case(), catalog)
        assert (asking.rule, asking.due, asking.peers_free) == ("expert", (MEI,), 2)
        assert [h.person for h in asking.hindered] == [ANA]

    def test_none_where_the_state_never_was(self) -> None:
        assert derive(a_case(), None).asking is None

    @given(some.dictionaries(some.sampled_from((BEN, CLEO, DEV)), some.integers(0, 6)), some.booleans())
    def test_whom_the_rules_ask_is_whom_the_panel_asks(self, loads: dict[str, int], again: bool) -> None:
        programme = a_programme(Policy(expert_submissions=0, peers=2))
        catalog = a_catalog(programme=programme, holders={WAIT: frozenset({BEN, CLEO, DEV})})
        earlier = (DEV,) if again else ()
        panel = choose_panel(ANAS, catalog, programme.assessment, loads, earlier)  # type: ignore[arg-type]
        case = a_case(a_request(candidates=panel.candidates), earlier=earlier)
        asking = explain_asking(case, catalog)
        assert (asking.due, asking.candidates) == (panel.members, panel.candidates)


class TestLevels:
    def test_what_they_come_to(self) -> None:
        request = peers("ben", "cleo", "dev")
        story = derive(a_case(request, {"questions": "basic"}, {"questions": "basic"}, {}), a_catalog())
        line = next(n for n in story.lines if n.row.criterion.id == "questions")
        assert (line.level, line.settled, line.row.met) == ("basic", False, False)
        assert story.matrix is not None
        assert story.matrix.recommended == "revise"

    def test_a_level_that_the_issuer_set(self) -> None:
        levels = (
            Settled(criterion=Slug("context"), level=Slug("passing")),
            Settled(criterion=Slug("questions"), level=Slug("basic")),
            Settled(criterion=Slug("waiting"), level=Slug("proficient")),
        )
        story = derive(a_case(decision=a_decision(levels=levels)), a_catalog())
        assert [n.row.criterion.id for n in story.lines if n.settled] == ["questions"]
        assert [n.level for n in story.lines] == ["passing", "basic", "proficient"]

    def test_kept_from_before(self) -> None:
        before = a_decision(outcome="revise")
        case = a_case(a_request(carried=(Slug("waiting"),)), before=before)
        open_only = replace(
            case.judgements[0].assessment,
            scores=tuple(s for s in case.judgements[0].assessment.scores if s.criterion != "waiting"),
        )
        story = derive(
            replace(case, judgements=(Judgement(assessment=open_only, record=RECORD),)), a_catalog()
        )
        line = story.lines[-1]
        assert (line.row.criterion.id, line.level, line.row.carried) == ("waiting", "basic", True)

    def test_nothing_comes_out_while_someone_is_missing(self) -> None:
        story = derive(a_case(peers("ben", "cleo"), {}), a_catalog())
        assert (story.missing, story.matrix, story.lines) == ((CLEO,), None, ())

    def test_levels_that_no_rubric_has_stop_nothing(self) -> None:
        story = derive(a_case(None, {"questions": "superb"}), a_catalog())
        assert (story.matrix, story.lines) == (None, ())
