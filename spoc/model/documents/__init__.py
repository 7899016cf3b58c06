"""Documents: the read-back, JSON in and out, the words of a crash or a check-up."""
