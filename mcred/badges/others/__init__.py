"""Badges that other software issued: older versions, other signatures, other packings."""
