"""Drafts as their earner's other computers and the remote have them: sealed."""
