"""A contact's page: its head, its lines, its history, its conflicts, and the keys that correct it."""
