"""The static site, from frozen values: which pages exist, how they are rendered, and writing only changes."""
