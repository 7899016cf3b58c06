"""Joining a service: invitations, coming back with only a passphrase, the group's key."""
