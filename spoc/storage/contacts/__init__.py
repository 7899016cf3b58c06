"""Contacts: written, amended, listed, read back, and kept as drafts while they are typed."""
