"""Promises and requests: follow-ups, requests to social care, their clocks."""
