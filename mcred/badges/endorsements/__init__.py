"""Endorsements: what someone signs about a badge, a micro-credential, or an issuer (Open Badges 3.0)."""
