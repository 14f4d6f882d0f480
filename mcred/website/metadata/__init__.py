"""What a file says beside what it shows (EXIF, XMP, Office): found, and taken out."""
