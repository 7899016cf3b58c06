"""Keys and seals: the key file, restricted records, and what is encrypted for whom."""
