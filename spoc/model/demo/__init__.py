"""Invented work for a demo desk, made from a seed."""
