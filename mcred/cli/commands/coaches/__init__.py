"""Verbs shown to coaches in the help."""
