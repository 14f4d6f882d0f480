"""`python -m mcred`."""

from mcred.cli.app import main

main()
