"""The edge: words, prompts, clock, environment. The only layer that prints."""
