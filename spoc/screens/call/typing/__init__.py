"""Typing into the call's form: the walk, suggestions, answers of one letter, saving as it is typed."""
