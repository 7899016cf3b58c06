"""Hearing: phrases in a text, what it denies, what it is like, and which code is meant."""
