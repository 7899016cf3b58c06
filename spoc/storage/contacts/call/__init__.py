"""What a call needs from the store: drafts, sheets, and the facts that guide it."""
