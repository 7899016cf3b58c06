"""What is typed into: a line, a box of several lines, the form drawn from its description, the walk."""
