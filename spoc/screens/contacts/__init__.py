"""Contacts as a list and a page each: amended, added to, read back."""
