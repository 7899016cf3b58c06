"""The extract: a store without identifiers for those who hold no key of the records."""
