"""What other programs show of a page: a card where it is shared, and what search engines are told."""
