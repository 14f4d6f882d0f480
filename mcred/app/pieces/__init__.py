"""Single pieces of a submission: revealing one to somebody, and verifying one."""
