"""What people do with a programme: use cases that a terminal, a page, a bot or another program can call."""
