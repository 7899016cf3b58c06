"""Help with keys: which work here, a letter on every field, the commands by name."""
