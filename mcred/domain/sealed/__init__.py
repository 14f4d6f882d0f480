"""What is sealed: submitted work, reviews and decisions, and files too large for git."""
