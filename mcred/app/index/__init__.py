"""Answers about everyone without reading everyone's files: derived from main, rebuilt when in doubt."""
