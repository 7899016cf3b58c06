"""What other pages are built on: lists, covers, unsaved typing, leaving a page."""
