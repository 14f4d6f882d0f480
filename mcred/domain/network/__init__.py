"""Networks of programmes: the file that lists them, and what is read of each."""
