"""Maintaining a programme: definitions, rules, statistics."""
