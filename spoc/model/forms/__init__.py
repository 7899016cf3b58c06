"""Forms as data, the call sheet, and how what is typed is taken."""
