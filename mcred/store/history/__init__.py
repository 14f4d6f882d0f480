"""A whole history read once: every object hashed, and what each commit changed."""
