"""The ledger: acts appended, folded into the tables that screens read, and who looked at what."""
