"""Attendances at an emergency department: what a list says of one, and what follows from it."""
