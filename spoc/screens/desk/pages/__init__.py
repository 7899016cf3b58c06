"""The bases of other pages: lists, covers, unsaved typing, leaving a page."""
