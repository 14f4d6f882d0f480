"""Renders results as text on a terminal, a module for each kind of result."""
