"""What stands on a page: the header, the footer and its keys, lists and their columns."""
