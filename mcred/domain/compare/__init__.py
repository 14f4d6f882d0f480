"""Comparing two portfolios or attempts: differences, and their meaning for readers."""
