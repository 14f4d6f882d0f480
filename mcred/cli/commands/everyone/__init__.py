"""Verbs shown to everyone in the help."""
