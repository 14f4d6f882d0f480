"""The audit: reads the repository for the rules in `domain.audit`, and applies the same rules to a push."""
