"""Sync: how this desk stands with the others, and where two desks differ."""
