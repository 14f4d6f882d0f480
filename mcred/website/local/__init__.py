"""Pages that are a file by themselves, for one reader: a submission, a comparison, a report."""
