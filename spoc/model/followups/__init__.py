"""What was promised and asked: follow-ups, requests to social care, their clocks."""
