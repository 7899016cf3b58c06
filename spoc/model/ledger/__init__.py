"""Entries, chains, ids, the fold, and what kinds of record there are."""
