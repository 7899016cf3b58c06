"""Rules: matching codes, guiding a call, who may do what, working time."""
