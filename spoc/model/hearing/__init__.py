"""Hearing: the phrases in a text, what it denies, which codes it resembles, and which code is meant."""
