"""The audit: what of the repository it reads, and the same rules held against a push."""
