"""What badges are worth to a district: its policy as data, and how it is applied."""
