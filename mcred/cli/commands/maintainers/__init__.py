"""Verbs shown to maintainers in the help."""
