"""Verbs shown to issuers in the help."""
