"""git's own files, read without starting git. What they do not tell for certain is asked of git."""
