"""Upkeep: backups, verification, the doctor, and the demo's invented work."""
