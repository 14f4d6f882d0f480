"""Text of files ↔ values. Knows where things live and how they are written; never git."""
