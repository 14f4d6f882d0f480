"""One catalogue over many programmes, each of them fetched, audited and read on its own."""
