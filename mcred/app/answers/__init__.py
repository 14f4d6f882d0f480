"""What each verb answers a program with `--json`: one value for a verb, with its schema's name in it."""
