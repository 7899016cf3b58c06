"""Sync: the state of sync with the other desks, and conflicts between two desks."""
