"""The commands for the desk's records: contacts, people, follow-ups, requests and attendances."""
