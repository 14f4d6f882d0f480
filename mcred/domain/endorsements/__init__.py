"""What others say about a badge, a micro-credential, or an issuer, as it is listed."""
