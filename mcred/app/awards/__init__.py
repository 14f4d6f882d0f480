"""Decisions, awards and stack badges, and their later changes."""
