"""The static pages: what a build reads, keeps and writes."""
