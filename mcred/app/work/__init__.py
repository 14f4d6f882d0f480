"""The earner's own work: drafts, evidence, attempts, versions."""
