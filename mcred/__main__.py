"""`python -m mcred`."""

from mcred.cli.app import main

if __name__ == "__main__":
    main()
