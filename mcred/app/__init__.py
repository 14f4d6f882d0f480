"""Use cases, callable from a terminal, a web page, a bot or another program."""
