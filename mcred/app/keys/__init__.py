"""Keys and tokens: a person's signing key, the issuer's key, tokens for review hosts."""
