"""Frozen values and plain functions: what a programme, a submission, an award *is*."""
