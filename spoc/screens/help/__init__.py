"""Help with keys: those that work here, a letter on every field, the commands by name."""
