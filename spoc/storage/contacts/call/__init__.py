"""What a call needs of the store: drafts, sheets, what guides it."""
