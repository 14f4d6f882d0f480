"""The picture of growth: all that is shown and nothing else, in words too, by day and by night."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.domain.ids import CommitId
from mcred.domain.people import Shown
from mcred.domain.status import Event, EventKind
from mcred.domain.timeline import ALL, Timeline, keep_shown, make_timeline, tell
from mcred.website.timeline import LEFT, RIGHT, WIDTH, draw_timeline
from tests.school import ANA, ANAS, BLOB, NOON, a_credential, a_decision

NS = "{http://www.w3.org/2000/svg}"


def happened(kind: EventKind, day: float, attempt: int = 1, outcome: str = "") -> Event:
    decision = a_decision(outcome=outcome, attempt=attempt) if outcome else None
    return Event(
        kind=kind,
        submission=ANAS,
        attempt=attempt,
        person=ANA,
        commit=CommitId("f" * 40),
        when=NOON + timedelta(days=day),
        decision=decision,
    )


EVENTS = (
    happened("save", 0),
    happened("save", 1),
    happened("submit", 2),
    happened("assess", 5),
    happened("decide", 6, outcome="revise"),
    happened("save", 9),
    happened("submit", 10, 2),
    happened("assess", 12, 2),
    happened("decide", 13, 2, "award"),
)


def grown(*events: Event, title: str = "Wait Time") -> Timeline:
    return make_timeline(ANAS, events or EVENTS, {BLOB: a_credential()}, title)


def read(timeline: Timeline) -> ElementTree.Element:
    return ElementTree.fromstring(draw_timeline(timeline))  # noqa: S314 -- made here


MOMENTS = some.lists(
    some.builds(
        happened,
        some.sampled_from(["save", "submit", "withdraw", "assess", "revoke"]),
        some.floats(0, 900, allow_nan=False),
        some.integers(1, 4),
    ),
    max_size=12,
)


class TestWords:
    def test_drafts_between_two_events_are_told_together(self) -> None:
        assert list(tell(grown())) == [
            "2026-11-02 to 2026-11-03 saved 2 drafts",
            "2026-11-04 submitted, attempt 1",
            "2026-11-07 an assessor answered",
            "2026-11-08 not yet earned, 3 of 3 criteria met",
            "2026-11-11 saved a draft",
            "2026-11-12 submitted, attempt 2",
            "2026-11-14 an assessor answered",
            "2026-11-15 earned, 3 of 3 criteria met",
        ]

    @pytest.mark.parametrize(("kind", "said"), [("withdraw", "withdrawn"), ("revoke", "revoked")])
    def test_what_ended_it(self, kind: EventKind, said: str) -> None:
        assert list(tell(grown(happened(kind, 0)))) == [f"2026-11-02 {said}"]

    def test_answers_that_came_together(self) -> None:
        panel = (happened("assess", 0), happened("assess", 0.1, 2), happened("assess", 3))
        assert list(tell(grown(*panel))) == ["2026-11-02 to 2026-11-05 3 assessors answered"]

    def test_two_drafts_of_one_day(self) -> None:
        assert list(tell(grown(happened("save", 0), happened("save", 0.1)))) == ["2026-11-02 saved 2 drafts"]

    def test_criteria_are_counted_by_the_definition_of_then(self) -> None:
        (moment,) = make_timeline(ANAS, EVENTS[4:5], {}, "x").moments
        assert (moment.met, moment.of) == (None, None)

    @given(MOMENTS)
    def test_the_order_of_events_does_not_matter_nor_does_hearing_twice(self, events: list[Event]) -> None:
        once = make_timeline(ANAS, events, {}, "x")
        assert make_timeline(ANAS, [*reversed(events), *events], {}, "x") == once
        assert [m.when for m in once.moments] == sorted(m.when for m in once.moments)


class TestChoice:
    @given(some.sets(some.sampled_from(ALL)))
    def test_nothing_is_left_that_was_not_chosen(self, chosen: set[Shown]) -> None:
        kept = keep_shown(grown(), chosen)
        assert {m.shown for m in kept.moments} == chosen - {"levels"}
        assert all(m.met is None for m in kept.moments) or "levels" in chosen
        assert keep_shown(kept, chosen) == kept

    def test_all_is_everything(self) -> None:
        assert keep_shown(grown(), ALL) == grown() and get_args(Shown) == ALL


class TestPicture:
    def test_has_a_title_a_description_and_a_row_for_each_kind(self) -> None:
        root = read(grown())
        assert root.attrib["role"] == "img" and "Wait Time" in root.attrib["aria-label"]
        assert root.findtext(f"{NS}title") == "How the portfolio for Wait Time grew"
        assert root.findtext(f"{NS}desc") == "; ".join(tell(grown()))
        words = [t.text for t in root.iter(f"{NS}text")]
        assert words[:4] == ["Drafts", "Sent", "Reviews", "Decided"]
        assert "2026-11-15: attempt 2, earned, 3 of 3 criteria met" in words
        assert len(list(root.iter(f"{NS}circle"))) == 5 and len(list(root.iter(f"{NS}rect"))) == 2

    def test_rows_without_anything_are_left_out(self) -> None:
        words = [t.text for t in read(keep_shown(grown(), ["reviews"])).iter(f"{NS}text")]
        assert words[0] == "Reviews" and "Drafts" not in words

    def test_nothing_at_all_is_said(self) -> None:
        empty = keep_shown(grown(), ())
        assert read(empty).findtext(f"{NS}desc") == "Nothing is shown."

    def test_is_for_light_and_dark_and_asks_for_nothing(self) -> None:
        text = draw_timeline(grown()).decode()
        assert "prefers-color-scheme:dark" in text
        assert "href" not in text and "url(" not in text and "script" not in text
        assert all(f".mg-{name}" in text for name in ("ink", "soft", "line", "mark", "good", "back"))

    def test_a_hostile_title_stays_text(self) -> None:
        evil = "</title><script>alert(1)</script>\"'&\u202e\x07"
        text = draw_timeline(grown(title=evil)).decode()
        assert "<script" not in text and "\u202e" not in text and "\x07" not in text
        assert "alert(1)" in (read(grown(title=evil)).findtext(f"{NS}title") or "")

    @given(MOMENTS)
    def test_every_mark_stays_inside_and_time_goes_from_left_to_right(self, events: list[Event]) -> None:
        timeline = make_timeline(ANAS, events, {}, "x")
        root = read(timeline)
        dots = [float(c.attrib["cx"]) for c in root.iter(f"{NS}circle")]
        squares = [float(r.attrib["x"]) + 6 for r in root.iter(f"{NS}rect")]
        for x in (*dots, *squares):
            assert LEFT <= x <= WIDTH - RIGHT
        sent = [m for m in timeline.moments if m.kind in ("submit", "withdraw")]
        assert squares == sorted(squares) and len(squares) == len(sent)
        assert draw_timeline(timeline) == draw_timeline(timeline)

    def test_contrast_is_enough_in_both(self) -> None:
        light, dark = (0xFF, 0xFF, 0xFF), (0x14, 0x18, 0x1C)
        for colour, paper in (
            *((c, light) for c in ("20262e", "55606c", "1b5a63", "2c6e3f")),
            *((c, dark) for c in ("e6e4de", "a5aeb6", "84c5c9", "8fd0a0", "d8b06a")),
        ):
            assert contrast(tuple(bytes.fromhex(colour)), paper) >= 4.5
        assert contrast(tuple(bytes.fromhex("a8792b")), light) >= 3, "a mark, no text"


def contrast(one: tuple[int, ...], two: tuple[int, ...]) -> float:
    """WCAG 2.2, contrast ratio."""

    def light(colour: tuple[int, ...]) -> float:
        parts = [c / 255 for c in colour]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(two)))
    return (high + 0.05) / (low + 0.05)
