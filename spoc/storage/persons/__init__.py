"""Persons: looking them up while a name is typed, their records, and matching them."""
