"""Endorsements: signed here, brought in, listed, taken out, withdrawn; verified each time they are shown."""
