"""Two portfolios laid side by side: what differs, and what it means to a person."""
