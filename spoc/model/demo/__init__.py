"""Invented work of a duty desk, from a seed and nothing else."""
