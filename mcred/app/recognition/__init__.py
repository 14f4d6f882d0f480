"""What a district recognizes: its policies, the badges they are applied to, and what those come to."""
