"""The pages of a network: one catalogue over many programmes."""
