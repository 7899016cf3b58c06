"""Desks that join: invitations, coming back with a passphrase alone, the group's key."""
