"""Does every award follow from the rules of its day? The history of main, replayed."""
