"""Verbs shown to assessors in the help."""
