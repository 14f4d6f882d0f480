"""Places of a panel change hands: `mcred decline-review` and `mcred assign`, from request to proof."""

from __future__ import annotations

import shlex
from datetime import timedelta

import pytest
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push
from mcred.app.keys.signing import read_key
from mcred.app.programme.progress import open_glance
from mcred.cli.terminal import Terminal
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import MAIN, declined_path
from mcred.domain.seats import Assignment, DeclinedReview
from mcred.formats.encode import encode
from mcred.store.git import open_repo, resolve
from tests.cli.court import (
    ANAS,
    an_honest_review,
    asked,
    hand_scores,
    names_on_main,
    read_on_main,
    repo_of,
    send_forgery,
    set_rules,
    standing_of,
)
from tests.cli.town import EXPERTS, WAIT, Town, git

ANA, DEV = f"ana/{WAIT}", f"dev/{WAIT}"


def give_back(town: Town, person: str, about: str = ANA, *words: str) -> str:
    return town.run(person, "decline-review", about, "--because", "I coach her.", *words).said


def proved(town: Town) -> bool:
    """Whether a fresh audit finds nothing and proves every award."""
    said = town.run("rosa", "audit", "--json").json
    return not said["findings"] and all(a["proved"] for a in said["awards"]) and bool(said["awards"])


def test_the_next_by_the_same_choice_is_asked_judges_and_the_award_is_proved(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    said = give_back(sent, first)
    assert f"{other} is next" in said and f"{other} is now assigned instead" in said
    assert sent.panel("ana") == [other]
    hand_scores(sent, other)
    sent.decide("ana")
    decision = read_on_main(sent, f"portfolios/{ANA}/attempts/1/decision.json", Decision)
    assert [b.assessor for b in decision.basis] == [other]
    assert [b.assessor for b in decision.declined] == [first]
    kept = read_on_main(sent, f"portfolios/{ANA}/attempts/1/declined/{first}.json", DeclinedReview)
    assert (kept.assessor, kept.because) == (first, "I coach her.")
    assert names_on_main(sent, f"portfolios/{ANA}/attempts/1/reviews") == [f"{other}.json"]
    assert proved(sent)
    told = sent.run("ana", "explain", ANA).said
    assert f"{first} declined to assess: I coach her." in told
    assert f"Assigned in the end: {other}." in told
    found = sent.run("rosa", "explain", ANA, "--json").json
    assert found["asked"]["in_the_end"] == [other]


def test_typed_again_it_says_so_and_nothing_is_written_twice(sent: Town) -> None:
    first = asked(sent)
    give_back(sent, first)
    before = git(sent.remote, "for-each-ref")
    assert "no longer assigned" in give_back(sent, first)
    assert git(sent.remote, "for-each-ref") == before


def test_a_dry_run_names_the_next_and_writes_nothing(sent: Town) -> None:
    first = asked(sent)
    sent.run(first, "sync")
    refs, mine = sent.refs(), sent.refs(first)
    said = give_back(sent, first, ANA, "--dry-run")
    assert "is next" in said and "Nothing was changed" in said
    assert (sent.refs(), sent.refs(first)) == (refs, mine)


def test_who_gave_back_does_not_assess_any_more_and_who_assessed_does_not_give_back(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    refused = sent.run(other, "decline-review", ANA, "--because", "No.", expect=5)
    assert "you are not assigned" in refused.err and refused.next == f"mcred queue --why {ANA}"
    give_back(sent, first)
    scores = sent.desk(first) / "s.yaml"
    late = sent.run(first, "assess", ANA, "--from", str(scores), "--yes", expect=6)
    assert f"assigned now: {other}" in late.err
    hand_scores(sent, other)
    done = sent.run(other, "decline-review", ANA, "--because", "No.", expect=6)
    assert "and that stays" in done.err


def test_a_reason_is_asked_for(sent: Town) -> None:
    refused = sent.run(asked(sent), "decline-review", ANA, expect=2)
    assert "--because" in refused.next


def test_what_a_cut_left_here_is_sent_by_the_same_command(sent: Town) -> None:
    first = asked(sent)
    away = sent.remote.rename(sent.place / "away.git")
    sent.run(first, "decline-review", ANA, "--because", "No.", expect=7)
    away.rename(sent.remote)
    ref = f"refs/heads/review/{ANA}/1/{first}"
    hook = sent.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    sent.run(first, "decline-review", ANA, "--because", "No.", expect=6)
    stored = resolve(repo_of(sent, first), ref)
    hook.unlink()
    assert stored and not git(sent.remote, "for-each-ref", ref)
    assert "no longer assigned" in sent.run(first, "decline-review", ANA).said
    assert git(sent.remote, "rev-parse", ref).strip() == stored


def test_when_no_one_is_left_an_issuer_hears_it_and_the_earner_knows_who_acts(sent: Town) -> None:
    for person in (asked(sent), *({*EXPERTS} - {asked(sent)})):
        said = give_back(sent, person)
    assert "No other assessor is eligible" in said
    assert sent.status("ana")["waiting_for"] == "rosa"
    duties = sent.run("rosa", "status", "--json").json["duties"]
    helps = "mcred person add ben --role expert"
    assert {d["next"] for d in duties} >= {helps}
    assert sent.run("rosa", "reconcile", ANA, expect=1).next == helps
    nobody = sent.run("rosa", "assign", ANA, expect=2)
    assert "no one else is eligible" in nobody.err and nobody.next == helps
    (row,) = sent.run("rosa", "queue", "--all", "--json").json["submissions"]
    assert (row["panel"], len(row["vacant"])) == ([], 1)


def typed(text: str) -> list[str]:
    """The words of a next step, as a person would type them."""
    return shlex.split(text.partition("   ")[0])[1:]


def test_every_next_step_from_an_empty_place_leads_to_the_award(sent: Town) -> None:
    """Status, queue and assign agree on what an issuer does, and each step typed as it stands moves on."""
    gone = [asked(sent), *({*EXPERTS} - {asked(sent)})]
    for person in gone:
        give_back(sent, person)
    needs = f"{ANA} needs another assessor in place of {gone[-1]}."
    steps = []
    for _ in range(4):
        shown = [sent.run("rosa", *words) for words in ((), ("status",), ("queue",), ("queue", "--all"))]
        assert all(needs in ran.out and "Nothing is waiting" not in ran.out for ran in shown)
        assert len({ran.next for ran in shown}) == 1
        step = shown[0].next
        ran = sent.run("rosa", *typed(step), expect=None)
        steps.append(step)
        if ran.code and ran.next != step:
            steps.append(ran.next)
            sent.run("rosa", *typed(ran.next))
        if standing_of(sent).panel:
            break
    assert steps == [
        "mcred person add ben --role expert",
        f"mcred assign {ANA}",
        f'mcred assign {ANA} --to ben --because "WHY"',
    ]
    assert standing_of(sent).panel == ("ben",)
    assert sent.run("rosa", "queue").next == "mcred person add eva", "who waits to be confirmed"


def test_the_empty_place_is_the_one_that_is_filled(peers: Town) -> None:
    """Others have not answered either, and are not asked about."""
    give_back(peers, "ben", DEV)
    said = peers.run("rosa", "assign", DEV, expect=2)
    assert "eligible: mei, tom" in said.err
    peers.run("rosa", *typed(said.next))
    assert set(peers.panel("dev")) == {"ana", "cleo", "mei"}


def test_who_lacks_only_the_role_is_the_one_to_give_it_to(sent: Town) -> None:
    for person in (asked(sent), *({*EXPERTS} - {asked(sent)})):
        give_back(sent, person)
    ran = sent.run("rosa", "assign", ANA, "--to", "dev", "--because", "x", expect=5)
    assert "dev is not an expert" in ran.err and ran.next == "mcred person add dev --role expert"
    sent.run("rosa", *typed(ran.next))
    sent.run("rosa", "assign", ANA, "--to", "dev", "--because", "x")
    assert sent.panel("ana") == ["dev"]


def test_an_absent_assessor_does_not_block_for_ever(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    assert not any("assign" in d["next"] for d in sent.run("rosa", "status", "--json").json["duties"])
    sent.run("rosa", "sync", wait=timedelta(days=30))
    late = sent.run("rosa", "status", "--json").json["duties"]
    assert f"mcred assign {ANA}" in {d["next"] for d in late}
    named = sent.run("rosa", "assign", ANA, expect=2)
    assert f"eligible: {other}" in named.err
    words = ("assign", ANA, "--to", other, "--because", "On leave.")
    said = sent.run("rosa", *words).said
    assert f"{other} is now assigned to assess {ANA}" in said
    assert sent.panel("ana") == [other]
    one = read_on_main(sent, f"portfolios/{ANA}/attempts/1/assignments/1.json", Assignment)
    assert (one.issuer, one.instead_of, one.to, one.because) == ("rosa", first, other, "On leave.")
    assert one.judged == standing_of(sent).judged
    before = git(sent.remote, "for-each-ref")
    sent.run("rosa", *words)
    assert git(sent.remote, "for-each-ref") == before
    late_scores = sent.desk(first) / "s.yaml"
    assert sent.run(first, "assess", ANA, "--from", str(late_scores), "--yes", expect=6).code == 6
    hand_scores(sent, other)
    sent.decide("ana")
    assert proved(sent)
    assert f"rosa assigned {other} in place of {first}: On leave." in sent.run("ana", "explain", ANA).said
    assert f"Assigned in the end: {other}." in " ".join(sent.run("rosa", "explain", ANA).said.split())


def test_an_expert_stands_in_for_a_peer_and_gives_the_place_back_to_the_next_peer(peers: Town) -> None:
    why = peers.run("rosa", "assign", DEV, "--to", "mei", "--because", "Away.", expect=2)
    assert "several have not answered" in why.err and "--instead-of" in why.next
    words = ("--to", "mei", "--instead-of", "ben", "--because", "Away.")
    assert "Nothing was changed" in peers.run("rosa", "assign", DEV, *words, "--dry-run").said
    peers.run("rosa", "assign", DEV, *words)
    assert set(peers.panel("dev")) == {"ana", "cleo", "mei"}
    for person in ("ana", "cleo", "mei"):
        hand_scores(peers, person, earner="dev")
    told = peers.run("rosa", "queue", "--why", DEV).out
    assert "rosa assigned mei in place of ben: Away." in told
    peers.decide("dev")
    assert proved(peers)
    assert "mei" in peers.run("rosa", "explain", DEV).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "dev"), 5, "no one assesses their own work"),
        (("--to", "cleo"), 5, "cleo has a place, or gave one back"),
        (("--to", "eva"), 1, "no person 'eva'"),
        (("--to", "mei", "--instead-of", "tom"), 1, "tom is not among the assessors"),
        (("--to", "mei", "--instead-of", "ana"), 5, "ana has already assessed"),
    ],
)
def test_who_cannot_be_asked(peers: Town, words: tuple[str, ...], code: int, said: str) -> None:
    hand_scores(peers, "ana", earner="dev")
    place = () if "--instead-of" in words else ("--instead-of", "ben")
    refs = peers.refs()
    ran = peers.run("rosa", "assign", DEV, *words, *place, "--because", "So.", expect=code)
    assert said in ran.err and ran.next.startswith("mcred ")
    assert peers.refs() == refs


def test_only_issuers_assign_and_never_for_their_own_work(sent: Town) -> None:
    first = asked(sent)
    refused = sent.run("ana", "assign", ANA, "--to", first, "--because", "So.", expect=5)
    assert "only issuers decide" in refused.err


def test_work_sent_again_asks_again(sent: Town) -> None:
    first = asked(sent)
    give_back(sent, first)
    (sent.folder("ana") / "1-overview.md").write_text(
        "# Overview questions\n\n## Your setting\n\nAnother class, ten year olds.\n", "utf-8"
    )
    sent.run("ana", "submit", "--replace", "--yes")
    standing = standing_of(sent)
    assert (standing.attempt, standing.changes) == (2, ())
    assert standing.panel == standing.request.panel if standing.request else False


# At the remote --------------------------------------------------------------------------------------


def refused(town: Town, ref: str, old: str | None, new: str) -> set[str]:
    """The codes of what the remote says to a push."""
    update = Update(ref=ref, old=CommitId(old) if old else None, new=CommitId(new))
    return {r.code for r in check_push(open_repo(town.remote), [update], town.now.date())}


def tip_of(town: Town, ref: str) -> str:
    return git(town.remote, "rev-parse", ref).strip()


def test_the_remote_takes_a_place_given_back_and_an_assignment(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    before = tip_of(sent, "main")
    give_back(sent, first)
    ref = f"refs/heads/review/{ANA}/1/{first}"
    assert refused(sent, ref, None, tip_of(sent, ref)) == set()
    sent.run("rosa", "assign", ANA, "--to", "ana", "--because", "So.", expect=5)
    give_back(sent, other)
    set_rules(sent, "    - tom\n", "    - tom\n    - ben\n")
    middle = tip_of(sent, "main")
    sent.run("rosa", "assign", ANA, "--to", "ben", "--because", "Nobody is left.")
    assert refused(sent, MAIN, middle, tip_of(sent, "main")) == set()
    assert refused(sent, MAIN, before, tip_of(sent, "main")) == set()
    assert sent.panel("ana") == ["ben"]


def test_the_remote_keeps_a_place_whose_assessment_arrived(sent: Town) -> None:
    """Rosa's folder did not hear of the assessment: she assigns, and the remote knows better."""
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    before = tip_of(sent, "main")
    judged = standing_of(sent).judged
    hand_scores(sent, first)
    scored = tip_of(sent, f"refs/heads/review/{ANA}/1/{first}")
    git(sent.remote, "update-ref", "-d", f"refs/heads/review/{ANA}/1/{first}")
    git(sent.home("rosa"), "update-ref", "-d", f"refs/remotes/origin/review/{ANA}/1/{first}")
    sent.run("rosa", "assign", ANA, "--to", other, "--because", "Late.")
    git(sent.remote, "update-ref", f"refs/heads/review/{ANA}/1/{first}", scored)
    assert standing_of(sent).judged == judged
    assert refused(sent, MAIN, before, tip_of(sent, "main")) == {"assign-scored"}


def test_a_forged_way_out_is_turned_away_and_moves_no_one(sent: Town) -> None:
    first = asked(sent)
    _, review = an_honest_review(sent, first)
    standing = standing_of(sent)
    assert standing.judged is not None
    said = DeclinedReview(
        format=2,
        submission=ANAS,
        attempt=1,
        assessor=PersonId(first),
        judged=standing.judged,
        main=CommitId(tip_of(sent, "main")),
        declined=sent.now,
        because="Not me.",
    )
    files = {declined_path(ANAS, 1, PersonId(first)): encode(said)}
    forged = replace(review, files=files, by="ana", key=read_key(repo_of(sent, "ana")))
    send_forgery(sent, forged)
    after = standing_of(sent)
    assert after.panel == (first,)
    away = sent.run("rosa", "queue", "--all", "--json").json["turned_away"]
    assert [f"it is signed with a key that is not {first}'s"] in [a["reasons"] for a in away]


def test_a_place_is_given_back_only_by_whoever_has_it(sent: Town) -> None:
    """Tom was not asked; what he sends by hand moves no one, and he is heard when his turn comes."""
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    _, review = an_honest_review(sent, other)
    judged = standing_of(sent).judged
    assert judged is not None
    said = DeclinedReview(
        format=2,
        submission=ANAS,
        attempt=1,
        assessor=PersonId(other),
        judged=judged,
        main=CommitId(tip_of(sent, "main")),
        declined=sent.now,
        because="Not me.",
    )
    send_forgery(sent, replace(review, files={declined_path(ANAS, 1, PersonId(other)): encode(said)}))
    assert (standing_of(sent).panel, standing_of(sent).changes) == ((first,), ())
    (away,) = sent.run("rosa", "queue", "--all", "--json").json["turned_away"]
    assert away["reasons"] == [f"{other} is not assigned to assess this"]
    give_back(sent, first)
    assert (standing_of(sent).panel, standing_of(sent).seats.vacant) == ((), (other,))


def test_whoever_looks_over_everything_sees_the_same_places(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}

    def seen() -> tuple[tuple[str, ...], ...]:
        edge = Terminal(at=sent.home("rosa"), now=lambda: sent.now, no_input=True)
        glanced = open_glance(edge).standings[ANAS]
        whole = standing_of(sent)
        assert (glanced.word, glanced.panel, glanced.due) == (whole.word, whole.panel, whole.due)
        return glanced.seats.places

    sent.run("rosa", "assign", ANA, "--to", other, "--because", "Late.")
    assert seen() == ((first, other),)
    set_rules(sent, "    - tom\n", "    - tom\n    - ben\n")
    give_back(sent, other)
    assert seen() == ((first, other),)
    sent.run("rosa", "assign", ANA, "--to", "ben", "--because", "Nobody is left.")
    assert seen() == ((first, other, "ben"),)


def test_whoever_looks_over_everything_sees_who_is_next(sent: Town) -> None:
    first = asked(sent)
    (other,) = {*EXPERTS} - {first}
    give_back(sent, first)
    edge = Terminal(at=sent.home("rosa"), now=lambda: sent.now, no_input=True)
    assert open_glance(edge).standings[ANAS].missing == (other,)
