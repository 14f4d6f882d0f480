"""The command line: text, prompts, clock, environment. The only layer that prints."""
