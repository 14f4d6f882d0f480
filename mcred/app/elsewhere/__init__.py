"""Badges that people earned elsewhere: kept with their drafts, and shown where they say so."""
