"""Decisions, awards and stack badges, and what becomes of them."""
