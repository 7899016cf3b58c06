"""The commands for how the service works: users, settings, packs and prompts, its desks."""
