"""The parts of a page: the header, the footer and its keys, lists and their columns."""
