"""Follow-ups and requests to social care: their acts, and reading them."""
