"""The commands for the service: users, settings, packs and prompts, and its desks."""
