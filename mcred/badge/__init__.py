"""The award as an Open Badge: a document other people's software reads. Not signed yet."""
