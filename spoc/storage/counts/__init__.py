"""What is counted over the records, and what of it was sent, noted and supplied."""
