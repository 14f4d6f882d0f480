"""Review hosts: what is shown there, and the reviews that come back."""
