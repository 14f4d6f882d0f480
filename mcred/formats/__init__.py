"""Reading files into values and writing values to files. Does not use git."""
