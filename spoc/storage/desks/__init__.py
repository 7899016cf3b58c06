"""The desks of a service: this one's keys, the group, who else is in it, and what was carried where."""
