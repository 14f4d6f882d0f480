"""Hidden metadata of a file (EXIF, XMP, Office): finds it, and removes it."""
