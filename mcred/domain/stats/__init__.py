"""Figures over a whole programme: who waits, how long it takes, how far assessors agree."""
