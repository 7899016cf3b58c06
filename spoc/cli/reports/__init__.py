"""The commands for figures: returns, and charts of any series."""
