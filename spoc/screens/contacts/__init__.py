"""Contacts: the list, amending, adding and reading back."""
