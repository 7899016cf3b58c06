"""The users: the list, adding and removing one, one's own passphrase."""
