"""Forged decisions on what is recognized: by another person, of another state or day, too much, or twice.

`HONEST` holds the twins.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from mcred.app.audit.recorded import prove_ledgers
from mcred.app.catalogs import catalog_of
from mcred.app.recognition.award_files import read_awards
from mcred.domain.ids import CommitId, PersonId, Slug
from mcred.domain.layout import recognition_path, recognized_path
from mcred.domain.programme import Programme
from mcred.domain.recognition.decided import RecognitionDecision, RecordedAmount, find_new
from mcred.domain.recognition.on_record import read_record
from mcred.formats.encode import encode
from mcred.formats.recognition import read_policy
from tests.audit.forged_files import FORGERIES
from tests.audit.forgeries import Where, found_as, revoke
from tests.audit.workshop import AUTHOR, Workshop

__all__ = ["FORGERIES", "HONEST"]

ROSA, ANA = PersonId("rosa"), PersonId("ana")
MAPLE = Slug("maple")
FILE = recognition_path(MAPLE)
DAY = date(2026, 3, 2)
POLICY = b"""\
format: 2
id: maple
title: Maple Ridge
issuers:
  - {id: own, program: true}
overrides: refused
rules:
  - id: talk
    credentials: [{id: wait-time}]
    worth: {hours: 15, stipend_usd: 300.00}
"""
LATER = AUTHOR.replace("1772445600", "1773050400")
"""An author line of a week later, 9 March."""
WEEK = timedelta(days=7)
APRIL = AUTHOR.replace("1772445600", "1777543200")
"""An author line of 30 April."""
LAST = date(2026, 4, 30)
RECENT = POLICY.replace(b"rules:", b"earned_within_months: 1\nrules:")
"""By the end of April, nothing of it counts that was not recorded before."""


def wait(shop: Workshop, time: timedelta = WEEK) -> None:
    """The audit is made later."""
    shop.town.now += time


def agree(shop: Workshop, policy: bytes = POLICY, **more: Any) -> CommitId:
    """A maintainer says what is recognized."""
    return shop.step({FILE: policy}, **more)


def say(
    shop: Workshop, person: PersonId = ANA, *, main: str = "", as_of: date = DAY, by: PersonId = ROSA
) -> RecognitionDecision:
    """What is rightly recorded next for a person, at the tip or at another state."""
    commit = CommitId(main or shop.tip)
    policy, problems = read_policy(shop.show(FILE, commit), FILE, MAPLE)
    assert policy is not None, problems
    catalog = catalog_of(shop.repo, read_awards(shop.repo, commit))[0]
    ledger = prove_ledgers(shop.repo, shop.tip, [(person, MAPLE)])[person, MAPLE]
    new = find_new(policy, read_record(catalog, person, policy), as_of, ledger)
    return RecognitionDecision(
        format=2,
        person=person,
        policy=MAPLE,
        number=ledger.next_number,
        by=by,
        recorded=datetime(2026, 3, 2, 10, tzinfo=UTC),
        main=commit,
        blob=shop.blob(FILE, commit),
        as_of=as_of,
        lines=new.lines,
        total=new.total,
    )


def write(shop: Workshop, said: RecognitionDecision, by: str | None = "rosa", **more: Any) -> Where:
    """The step that adds it."""
    path = recognized_path(said.person, said.policy, said.number)
    return shop.step({path: encode(said)}, by, text="Record\n\nMcred-Event: recognize\n", **more), path


def in_april(said: RecognitionDecision) -> RecognitionDecision:
    """The same, recorded on the last day of April."""
    return replace(said, as_of=LAST, recorded=datetime(2026, 4, 30, 10, tzinfo=UTC))


def add(said: RecognitionDecision, like: RecognitionDecision, hours: str) -> RecognitionDecision:
    """Another one with some hours, of the badge that one like it names."""
    amounts = (RecordedAmount(unit="hours", amount=hours),)
    return replace(said, lines=(replace(like.lines[0], amounts=amounts),), total=amounts)


def record_what_had_run_out(shop: Workshop) -> RecognitionDecision:
    """A wrong decision, at the end of April, on what counted in March."""
    agree(shop, RECENT)
    said = say(shop)
    wait(shop, timedelta(days=59))
    shop.step({"docs/april.md": b"1\n"}, author=APRIL)
    said = in_april(replace(said, main=shop.tip))
    write(shop, said, author=APRIL)
    return said


@found_as("not-allowed")
def an_issuer_who_is_no_recognizer_records_what_counts(shop: Workshop) -> Where:
    roles = shop.read("mcred.yaml", Programme).roles
    shop.rules(roles=replace(roles, issuers=(*roles.issuers, PersonId("mei"))))
    agree(shop)
    return write(shop, say(shop, by=PersonId("mei")), "mei")


@found_as("not-allowed")
def a_maintainer_records_where_the_policy_names_others(shop: Workshop) -> Where:
    agree(shop, POLICY.replace(b"overrides:", b"recognizers: [ben]\noverrides:"))
    return write(shop, say(shop))


@found_as("not-allowed")
def a_recognizer_records_their_own(shop: Workshop) -> Where:
    agree(shop, POLICY.replace(b"overrides:", b"recognizers: [ana]\noverrides:"))
    return write(shop, say(shop, by=ANA), "ana")


@found_as("not-signed")
def no_one_signs_what_is_recorded(shop: Workshop) -> Where:
    agree(shop)
    return write(shop, say(shop), None)


@found_as("not-allowed")
def a_recognizer_names_themselves_in_a_policy_of_their_own(shop: Workshop) -> Where:
    agree(shop)
    agree(shop, POLICY.replace(b"overrides:", b"recognizers: [ben]\noverrides:"), by="ben")
    return write(shop, say(shop, by=PersonId("ben")), "ben")


@found_as("recognized-wrong")
def a_policy_that_no_maintainer_signed_is_counted(shop: Workshop) -> Where:
    agree(shop)
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 90"), by="ben")
    return write(shop, say(shop))


@found_as("recognized-wrong")
def what_is_recorded_names_another_recognizer_than_signed_it(shop: Workshop) -> Where:
    agree(shop)
    return write(shop, say(shop, by=PersonId("mei")))


@found_as("recognized-wrong")
def what_is_recorded_is_in_another_persons_folder(shop: Workshop) -> Where:
    agree(shop)
    path = recognized_path(PersonId("eva"), MAPLE, 1)
    return shop.step({path: encode(say(shop))}), path


@found_as("recognized-wrong")
def what_is_recorded_skips_a_number(shop: Workshop) -> Where:
    agree(shop)
    return write(shop, replace(say(shop), number=2))


@found_as("recognized-wrong")
def a_number_is_left_out_next_to_one_that_was_skipped(shop: Workshop) -> Where:
    agree(shop)
    shop.step({recognized_path(ANA, MAPLE, 2): b"{}\n"})
    return write(shop, replace(say(shop), number=3))


@found_as("recognized-wrong")
def what_was_taken_away_comes_again(shop: Workshop) -> Where:
    agree(shop)
    _, path = write(shop, said := say(shop))
    shop.step({path: None})
    return shop.step({path: encode(said)}), path


@found_as("recognized-wrong")
def an_older_policy_is_named(shop: Workshop) -> Where:
    agree(shop)
    old = shop.blob(FILE)
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 5"))
    return write(shop, replace(say(shop), blob=old))


@found_as("recognized-wrong")
def an_older_state_is_counted_before_a_revocation_of_the_same_day(shop: Workshop) -> Where:
    before = agree(shop)
    revoke(shop, "ben")
    return write(shop, say(shop, PersonId("ben"), main=before))


@found_as("recognized-wrong")
def a_state_is_counted_that_is_on_no_main(shop: Workshop) -> Where:
    agree(shop)
    side = shop.commit(shop.tree(shop.tip, {"a.md": b"1\n"}), [shop.tip], "Side\n", "rosa")
    return write(shop, say(shop, main=side))


@found_as("recognized-wrong")
def a_later_state_is_counted_for_an_earlier_day(shop: Workshop) -> Where:
    """By a policy that did not hold then."""
    agree(shop)
    wait(shop)
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 90"), author=LATER)
    said = say(shop, main=shop.tip, as_of=DAY)
    return write(shop, replace(said, recorded=said.recorded + WEEK), author=LATER)


@found_as("recognized-wrong")
def a_day_is_recorded_that_has_not_begun(shop: Workshop) -> Where:
    agree(shop)
    return write(shop, say(shop, as_of=DAY + timedelta(days=1)))


@found_as("recognized-wrong")
def what_is_recorded_is_backdated(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    return write(shop, replace(said, recorded=said.recorded - timedelta(minutes=6)))


@found_as("recognized-wrong")
def an_earlier_day_is_recorded_after_a_later_one(shop: Workshop) -> Where:
    before = agree(shop)
    wait(shop)
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 20"), author=LATER)
    said = say(shop, as_of=DAY + WEEK)
    write(shop, replace(said, recorded=said.recorded + WEEK), author=LATER)
    said = say(shop, main=before)
    return write(shop, replace(said, recorded=said.recorded + WEEK), author=LATER)


@found_as("recognized-other")
def more_is_recorded_than_counts(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    more = (RecordedAmount(unit="hours", amount="20"), *said.lines[0].amounts[1:])
    return write(shop, replace(said, lines=(replace(said.lines[0], amounts=more),), total=more))


@found_as("recognized-other")
def more_is_recorded_together_than_line_by_line(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    return write(shop, replace(said, total=(RecordedAmount(unit="hours", amount="20"), *said.total[1:])))


@found_as("recognized-other")
def the_same_is_recorded_twice(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    write(shop, said)
    return write(shop, replace(said, number=2, main=shop.tip))


@found_as("recognized-other")
def a_revoked_badge_is_recorded(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop, PersonId("ben"))
    revoke(shop, "ben")
    return write(shop, replace(said, main=shop.tip))


@found_as("recognized-other")
def another_day_is_said_to_pay(shop: Workshop) -> Where:
    agree(shop, POLICY + b"adjustments:\n  - {id: fall, submit_by: 09-15, pay_from: 10-01}\n")
    said = say(shop)
    early = replace(said.lines[0], pay_from=date(2026, 4, 1))
    return write(shop, replace(said, lines=(early,)))


@found_as("recognized-other")
def a_cap_is_exceeded(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    agree(shop, POLICY + b"caps:\n  - {most: {hours: 12}, per: school-year}\n")
    return write(shop, replace(said, main=shop.tip, blob=shop.blob(FILE)))


@found_as("recognized-other")
def nothing_is_recorded(shop: Workshop) -> Where:
    agree(shop)
    write(shop, say(shop))
    return write(shop, say(shop))


@found_as("recognized-other")
def a_wrong_one_keeps_what_had_run_out(shop: Workshop) -> Where:
    wrong = record_what_had_run_out(shop)
    agree(shop, RECENT.replace(b"hours: 15", b"hours: 16"), author=APRIL)
    return write(shop, add(in_april(say(shop, as_of=LAST)), wrong, "1"), author=APRIL)


@found_as("recognized-other")
def what_was_taken_back_of_a_wrong_one_counts_again(shop: Workshop) -> Where:
    wrong = record_what_had_run_out(shop)
    write(shop, in_april(say(shop, as_of=LAST)), author=APRIL)
    return write(shop, replace(wrong, number=3, main=shop.tip), author=APRIL)


@found_as("recognized-other")
def what_only_a_wrong_one_had_counts_again_after_a_slip_in_the_policy(shop: Workshop) -> Where:
    wrong = record_what_had_run_out(shop)
    agree(shop, RECENT.replace(b"wait-time", b"other"), author=APRIL)
    write(shop, in_april(say(shop, as_of=LAST)), author=APRIL)
    agree(shop, RECENT, author=APRIL)
    return write(shop, replace(wrong, number=3, main=shop.tip), author=APRIL)


@found_as("record-changed")
def what_is_recorded_is_changed_afterwards(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    _, path = write(shop, said)
    more = (RecordedAmount(unit="hours", amount="90"),)
    return shop.step({path: encode(replace(said, total=more))}), path


@found_as("record-changed")
def what_is_recorded_is_taken_away(shop: Workshop) -> Where:
    agree(shop)
    _, path = write(shop, say(shop))
    return shop.step({path: None}), path


@found_as("mixed-step")
def what_is_recorded_comes_with_a_merge(shop: Workshop) -> Where:
    agree(shop)
    said = say(shop)
    path = recognized_path(said.person, said.policy, said.number)
    side = shop.commit(shop.tree(shop.tip, {path: encode(said)}), [shop.tip], "Record\n", "rosa")
    shop.step({"docs/a.md": b"1\n"})
    return shop.step({path: encode(said)}, merged=[side]), path


@found_as("recognized-wrong")
def a_policy_is_counted_that_a_merge_brought_in_unsigned(shop: Workshop) -> Where:
    agree(shop)
    new = POLICY.replace(b"hours: 15", b"hours: 90")
    side = shop.commit(shop.tree(shop.tip, {FILE: new}), [shop.tip], "More\n", None)
    shop.step({"docs/a.md": b"1\n"})
    shop.step({FILE: new}, "dev", text="Merge branch 'more'\n", merged=[side])
    return write(shop, say(shop))


# What is right -------------------------------------------------------------------------------------------


def what_counts_is_recorded(shop: Workshop) -> None:
    agree(shop)
    for person in ("ana", "ben", "cleo"):
        write(shop, say(shop, PersonId(person)))


def a_recognizer_who_is_no_maintainer_records_it(shop: Workshop) -> None:
    agree(shop, POLICY.replace(b"overrides:", b"recognizers: [ben]\noverrides:"))
    write(shop, say(shop, by=PersonId("ben")), "ben")


def a_policy_that_a_merge_brought_in_is_counted(shop: Workshop) -> None:
    """Merged by Dev, who has no role: a maintainer signed it."""
    agree(shop)
    new = POLICY.replace(b"hours: 15", b"hours: 16")
    side = shop.commit(shop.tree(shop.tip, {FILE: new}), [shop.tip], "More\n", "rosa")
    shop.step({"docs/a.md": b"1\n"})
    shop.step({FILE: new}, "dev", text="Merge branch 'more'\n", merged=[side])
    write(shop, said := say(shop))
    assert said.total[0].amount == "16"


def what_was_revoked_since_is_taken_back(shop: Workshop) -> None:
    agree(shop)
    write(shop, said := say(shop, PersonId("ben")))
    revoke(shop, "ben")
    write(shop, back := say(shop, PersonId("ben")))
    assert [one.amount for one in back.total] == [f"-{one.amount}" for one in said.total]


def an_edit_of_the_policy_is_recorded_as_the_difference(shop: Workshop) -> None:
    agree(shop)
    write(shop, say(shop))
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 17.5"))
    write(shop, more := say(shop))
    assert [(one.unit, one.amount) for one in more.total] == [("hours", "2.5")]


def what_grew_too_old_since_stays_recorded(shop: Workshop) -> None:
    agree(shop, RECENT)
    write(shop, say(shop))
    wait(shop, timedelta(days=59))
    agree(shop, RECENT.replace(b"hours: 15", b"hours: 16"), author=APRIL)
    write(shop, said := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert [(one.unit, one.amount) for one in said.total] == [("hours", "1")]


def a_slip_in_the_policy_that_was_recorded_is_put_right_after_it_grew_too_old(shop: Workshop) -> None:
    agree(shop, RECENT)
    write(shop, first := say(shop))
    agree(shop, RECENT.replace(b"wait-time", b"other"))
    write(shop, back := say(shop))
    wait(shop, timedelta(days=59))
    agree(shop, RECENT, author=APRIL)
    write(shop, again := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert [one.amount for one in back.total] == ["-15", "-300.00"]
    assert again.total == first.total


def an_earlier_day_is_recorded_by_its_state(shop: Workshop) -> None:
    before = agree(shop)
    wait(shop)
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 20"), author=LATER)
    said = say(shop, main=before)
    write(shop, replace(said, recorded=said.recorded + WEEK), author=LATER)


def a_day_ends_where_the_policy_holds(shop: Workshop) -> None:
    """On 2 March at 23:00 in Chicago it is 3 March in UTC."""
    wait(shop, timedelta(days=1))
    before = agree(shop, POLICY.replace(b"rules:", b"time_zone: America/Chicago\nrules:"))
    night = AUTHOR.replace("1772445600", "1772514000")  # 3 March, 05:00 UTC
    shop.step({"docs/a.md": b"1\n"}, author=night)
    said = say(shop, main=shop.tip)
    assert before != said.main
    write(shop, replace(said, recorded=datetime(2026, 3, 3, 5, tzinfo=UTC)), author=night)


def everything_that_a_policy_can_say_is_counted(shop: Workshop) -> None:
    agree(
        shop,
        b"""\
format: 2
id: maple
title: "Maple: all of it"
text: |
  Everything that a policy can say.
issuers:
  - {id: state, known_as: ["did:web:state.example"], achievements: {talks: "https://state.example/talks"}}
  - {id: own, name: Ours, program: true}
overrides: accepted
earned_within_months: 24
rules:
  - id: best
    issuers: [own]
    credentials: [{id: wait-time, from_version: 0.9}]
    levels: {best_criteria: 9}
    worth: {hours: 40}
  - id: newer
    credentials: [{id: wait-time, from_version: 99.0.0}]
    worth: {hours: 50}
  - id: good
    issuers: [own]
    credentials: [{id: wait-time}]
    levels: {every: proficient, criteria: {waiting: proficient}, best_criteria: 1}
    worth: {credits: 1.3333, hours: 15.50, stipend_usd: 300.5}
equivalents:
  - credentials: [own/wait-time, state/talks]
    because: Both ask for it.
time_zone: America/New_York
school_year_begins: 08-15
adjustments:
  - {id: fall, submit_by: 09-15, pay_from: 10-01}
  - {id: spring, submit_by: 02-15, pay_from: 03-01}
caps:
  - {most: {hours: 14}, per: school-year}
  - {most: {hours: 13}, per: calendar-year}
  - {most: {stipend_usd: 250.00}, per: adjustment}
  - {most: {hours: 12.5}, per: months, months: 60}
  - {most: {credits: 1}, per: all-time}
lanes:
  - {id: two, title: BA + 2, needs: {credits: 1}, pays: {salary_usd_per_year: 600}}
""",
    )
    write(shop, said := say(shop))
    amounts = [("hours", "12.5"), ("credits", "1"), ("stipend_usd", "250.00")]
    assert [(one.unit, one.amount) for one in said.total] == amounts
    assert [(line.rule, str(line.pay_from)) for line in said.lines] == [("good", "2026-10-01")]


HONEST: tuple[Callable[[Workshop], None], ...] = (
    what_counts_is_recorded,
    a_recognizer_who_is_no_maintainer_records_it,
    a_policy_that_a_merge_brought_in_is_counted,
    what_was_revoked_since_is_taken_back,
    an_edit_of_the_policy_is_recorded_as_the_difference,
    what_grew_too_old_since_stays_recorded,
    a_slip_in_the_policy_that_was_recorded_is_put_right_after_it_grew_too_old,
    an_earlier_day_is_recorded_by_its_state,
    a_day_ends_where_the_policy_holds,
    everything_that_a_policy_can_say_is_counted,
)
