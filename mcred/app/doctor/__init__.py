"""The checks of `mcred doctor`."""
