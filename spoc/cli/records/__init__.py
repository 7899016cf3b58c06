"""The commands for what the desk keeps: contacts, people, follow-ups, requests and attendances."""
