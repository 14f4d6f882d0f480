"""Self-contained pages for one reader: a submission, a comparison, a report."""
