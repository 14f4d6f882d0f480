"""Files of other programs: tables for spreadsheets, lists of people from them, days for calendars."""
