"""Contacts: written, amended, listed and read back, and kept as drafts during the call."""
