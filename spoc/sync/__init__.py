"""Sync: entries carried between desks as signed, sealed segments. It understands none of what it carries."""
