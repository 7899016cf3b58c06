"""The desks of a service: the group and its key, the other desks, conflicts, and what was sent where."""
