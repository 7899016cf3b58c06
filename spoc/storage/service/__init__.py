"""The service: its users, settings and the pack in force."""
