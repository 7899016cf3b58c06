"""Persons: looked up while a name is typed, and as they stand when chosen."""
