"""The award as an Open Badge: made, signed, drawn, and checked, as other people's software does."""
