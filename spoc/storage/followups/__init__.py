"""Follow-ups and requests to social care: their acts, and how they are read."""
