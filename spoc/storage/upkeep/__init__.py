"""Upkeep: backups, verifying, the doctor, and the invented work of the demo."""
