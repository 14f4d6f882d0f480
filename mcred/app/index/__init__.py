"""Answers about everybody without reading everybody's files: derived from main, rebuilt when in doubt."""
