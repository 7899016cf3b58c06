"""Search: the indexes, near spellings, and finding contacts by what somebody remembers."""
