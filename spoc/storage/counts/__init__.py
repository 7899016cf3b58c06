"""Counts over the records, returns that were made, notes on charts, and numbers from others."""
