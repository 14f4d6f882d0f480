"""Days as an iCalendar file (RFC 5545), for calendar programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from mcred.domain.stats.due_dates import DueDate

CALENDAR_MARK = b"PRODID:-//mcred//"


def write_calendar(days: Iterable[DueDate], name: str, now: datetime) -> bytes:
    """An all-day entry for each day, with a reminder two days before. `name`: that of the calendar.

    The same day of the same submission has the same identifier in every file, so that importing a newer
    file changes the entry.
    """
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//mcred//due dates//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for one in days:
        event = Event()
        event.add("uid", f"{one.kind}-{one.submission.earner}-{one.submission.credential}@mcred")
        event.add("dtstamp", now)
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", one.said)
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.said)
        alarm.add("trigger", timedelta(days=-2))
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
