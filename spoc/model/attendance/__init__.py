"""Attendances at an emergency department: what a list says about them, and what follows from it."""
