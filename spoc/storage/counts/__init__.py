"""Counts over the records, and what was sent, noted and supplied."""
