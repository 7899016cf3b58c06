"""Widgets to type into: a line, a box of several lines, the form drawn from its description, the walk."""
