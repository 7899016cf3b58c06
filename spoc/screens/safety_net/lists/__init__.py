"""Bringing lists in: from a file, pasted or by hand, and rows that were set aside."""
