"""Upkeep: backups, verification, the computer check, and the demo's invented work."""
