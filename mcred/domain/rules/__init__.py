"""The rules as pure functions: eligibility, panels, outcomes, decisions. No files, no git."""
