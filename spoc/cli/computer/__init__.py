"""The commands for this computer: what it gives, and spoc tried on invented work."""
