"""Static pages from frozen values: which pages exist, how they read, writing only what changed."""
