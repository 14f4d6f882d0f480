"""The audit: replays main's history to check that every award follows from the rules of its day."""
