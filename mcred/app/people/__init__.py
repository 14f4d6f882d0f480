"""People: who they are here, and how the programme confirms them."""
