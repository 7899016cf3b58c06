"""Benchmarks: each measures spoc beside the floor of the same work, in one run, and says the ratio."""
