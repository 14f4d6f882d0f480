"""One module per verb: a function `run` and its `EXAMPLES`."""
