"""Sync: where this desk stands with the others, and what stands two ways."""
