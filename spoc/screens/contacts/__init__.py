"""Contacts as a list and on their own pages: amended, added to, read back."""
