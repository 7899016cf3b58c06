"""Contacts: writing, amending, listing and reading them back, and the drafts during a call."""
