"""Guiding a call: what a pack says, when a question is asked or a prompt fires, what answers it."""
