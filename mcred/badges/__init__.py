"""Open Badges 3.0: building, signing, drawing, baking and verifying the badges of awards."""
