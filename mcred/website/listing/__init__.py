"""Lists of many awards or people, as pages of a list: cut so that one more changes few of them."""
