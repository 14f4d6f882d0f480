"""Single pieces of a submission: revealing one to someone, verifying one, and erasing some."""
