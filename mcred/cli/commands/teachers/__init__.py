"""Verbs shown to teachers in the help."""
