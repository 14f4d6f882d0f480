"""Verbs shown to recognizers in the help."""
