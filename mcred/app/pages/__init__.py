"""The static pages: what a build reads, caches and writes."""
