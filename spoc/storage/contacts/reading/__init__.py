"""Contacts read: found, listed, as rows, as they were."""
