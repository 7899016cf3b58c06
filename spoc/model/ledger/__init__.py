"""Entries, chains, ids, the fold, and the kinds of record."""
