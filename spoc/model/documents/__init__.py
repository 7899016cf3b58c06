"""Documents: the read-back, JSON in and out, what a crash or a check-up says."""
