"""Persons: looked up while a name is typed, and read when chosen."""
