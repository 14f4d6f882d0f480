"""Files for other programs: tables for spreadsheets, days for calendars."""
